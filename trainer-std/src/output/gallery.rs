//! The pictures of the fixed latents that a run keeps.

use anyhow::Result;

use crate::export::float;
use crate::output::files::write_whole;
use crate::output::frames;
use crate::output::pictures::grid_png;
use crate::training::run_folder::RunFolder;
use crate::training::state::TrainingState;

/// Epochs from pictures of the fixed latents to the next, counted from the first epoch.
const EVERY: u32 = 50;
/// Fixed latents: those of the picture seeds 0, 1, ...
const PICTURES: u32 = 64;
const COLUMNS: usize = 8;
/// Pixels of a PNG for one of a picture: alone, and in a grid.
const SCALE: usize = 8;
const GRID_SCALE: usize = 3;

/// Saves what is due of the recipe's single picture, the grid, and the frame of the animation; returns whether that was
/// more than a frame. After the last epoch everything is due.
pub(crate) fn save_due(folder: &RunFolder, state: &TrainingState, is_last: bool) -> Result<bool> {
    let epoch = state.progress.epoch;
    let due = is_last || (epoch - 1).is_multiple_of(EVERY);
    let frame_due = is_last || frames::is_due(epoch);
    if !due && !frame_due {
        return Ok(false);
    }
    let pictures = float::pictures(state.generator(), 0..PICTURES);
    if frame_due {
        frames::save(folder, epoch, &pictures)?;
    }
    if due {
        write_whole(&folder.sample(epoch), &grid_png(&pictures[..1], 1, SCALE))?;
        write_whole(&folder.sample_grid(epoch), &grid_png(&pictures, COLUMNS, GRID_SCALE))?;
    }
    Ok(due)
}
