//! The animation of a run: its fixed latents as it goes on, kept as pictures and made into a GIF.

use anyhow::{Context, Result};
use pocketgan_core::infer::picture::Picture;

use crate::output::animation::write_gif;
use crate::output::files::{write_whole, write_whole_with};
use crate::output::pictures::{Image, grid_png, read_png};
use crate::output::terminal;
use crate::training::run_folder::RunFolder;

const COLUMNS: usize = 8;
/// Pixels of a frame for one of a picture.
const SCALE: usize = 2;
/// Hundredths of a second that a frame is shown for, and the last one.
const DELAY: u16 = 12;
const LAST_DELAY: u16 = 250;

/// Whether a frame is kept after `epoch`, whatever the epochs of the run. 300 epochs have 58: digits change fastest early.
pub(crate) fn is_due(epoch: u32) -> bool {
    epoch.is_multiple_of(step(epoch))
}

/// Epochs from a frame to the next around `epoch`: 1, 2, 4, ..., but at most a tenth of the epochs behind us.
fn step(epoch: u32) -> u32 {
    1 << (epoch / 10).max(1).ilog2()
}

/// Keeps the pictures after `epoch` as a frame.
pub(crate) fn save(folder: &RunFolder, epoch: u32, pictures: &[Picture]) -> Result<()> {
    write_whole(&folder.frame(epoch), &grid_png(pictures, COLUMNS, SCALE))
}

/// Writes the animation of the first `epoch` epochs, if there are frames of them. One that is damaged is named and left
/// out.
pub(crate) fn write_animation(folder: &RunFolder, epoch: u32) -> Result<()> {
    // A longer goal leaves the frame of the old one's last epoch behind, which is not in step.
    let epochs = (1..=epoch).filter(|&of| is_due(of) || of == epoch);
    let mut kept = epochs.filter(|&of| folder.frame(of).exists()).filter_map(|of| read(folder, of)).peekable();
    if kept.peek().is_none() {
        return Ok(());
    }
    let frames = std::iter::from_fn(|| {
        let image = kept.next()?;
        let delay = if kept.peek().is_some() { DELAY } else { LAST_DELAY };
        Some(Ok((image, delay)))
    });
    write_whole_with(&folder.animation(), |out| write_gif(out, frames))
}

/// The frame after `epoch`; if it cannot be used, that is said.
fn read(folder: &RunFolder, epoch: u32) -> Option<Image> {
    let path = folder.frame(epoch);
    let image = std::fs::read(&path).map_err(Into::into).and_then(|file| read_png(&file));
    let named = image.with_context(|| format!("{} is left out of the animation", path.display()));
    named.inspect_err(|error| terminal::remark(format_args!("{error:#}"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::animation::decoded;
    use std::fs;

    fn shade(epoch: u32) -> Picture {
        [(epoch * 8) as u8; 784]
    }

    /// A run with frames after the epochs that are due.
    fn run(epochs: u32) -> (tempfile::TempDir, RunFolder) {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(Some(&place.path().join("run"))).unwrap();
        for epoch in (1..=epochs).filter(|&epoch| is_due(epoch) || epoch == epochs) {
            save(&folder, epoch, &[shade(epoch); 4]).unwrap();
        }
        (place, folder)
    }

    /// What the animation shows: the shade of each frame, and its time.
    fn shown(folder: &RunFolder) -> Vec<(u8, u16)> {
        let frames = decoded(&fs::read(folder.animation()).unwrap());
        frames.iter().map(|(image, delay)| (image.pixels[0], *delay)).collect()
    }

    #[test]
    fn frames_are_dense_at_first_and_some_sixty_in_three_hundred_epochs() {
        assert!((1..20).all(is_due));
        let due = |epochs: std::ops::RangeInclusive<u32>| epochs.filter(|&epoch| is_due(epoch)).count();
        assert_eq!((due(1..=300), due(20..=39), due(160..=319)), (58, 10, 10));
        assert!(due(1..=u32::from(u16::MAX)) < 150);
    }

    #[test]
    fn the_animation_shows_every_frame_in_order_and_rests_at_the_last() {
        let (_place, folder) = run(23);
        write_animation(&folder, 23).unwrap();
        let shown = shown(&folder);
        assert_eq!(shown.len(), 22, "1 to 20, 22 and 23");
        assert!(shown.is_sorted() && shown.iter().rev().skip(1).all(|&(_, delay)| delay == DELAY));
        assert_eq!(shown.last().unwrap().1, LAST_DELAY);
    }

    #[test]
    fn frames_of_later_epochs_and_of_an_old_goal_are_not_shown() {
        let (_place, folder) = run(23);
        write_animation(&folder, 5).unwrap();
        assert_eq!(shown(&folder).len(), 5);
        save(&folder, 24, &[shade(24); 4]).unwrap();
        write_animation(&folder, 24).unwrap();
        assert_eq!(shown(&folder).len(), 22, "1 to 20, 22 and 24");
    }

    #[test]
    fn missing_and_damaged_frames_are_left_out() {
        let (_place, folder) = run(4);
        fs::remove_file(folder.frame(1)).unwrap();
        fs::write(folder.frame(3), b"PNG, say").unwrap();
        write_animation(&folder, 4).unwrap();
        assert_eq!(shown(&folder).len(), 2);
    }

    #[test]
    fn without_frames_there_is_no_animation() {
        let (_place, folder) = run(0);
        write_animation(&folder, 0).unwrap();
        assert!(!folder.animation().exists());
    }
}
