//! What there is to see of a run, in its folder: curves, an animation, and a page that shows everything.
//!
//! All of it is made from files of the folder, so that it is whole after every interruption.

mod curves;
pub(crate) mod history;
mod page;

use anyhow::Result;

use crate::output::files::write_whole;
use crate::output::frames;
use crate::training::config::Config;
use crate::training::run_folder::RunFolder;
use curves::{LOSSES, QUALITY};
use history::History;

/// Draws what there is of the run after `epoch` epochs; before the first there is nothing.
pub(crate) fn write(folder: &RunFolder, config: &Config, epoch: u32) -> Result<()> {
    if epoch == 0 {
        return Ok(());
    }
    let history = History::read(&folder.metrics())?;
    let floor = folder.real().exists().then(|| History::read(&folder.real())).transpose()?;
    for (panels, path) in [(LOSSES, folder.losses()), (QUALITY, folder.quality())] {
        if let Some(svg) = curves::svg(panels, &history, floor.as_ref())? {
            write_whole(&path, svg.as_bytes())?;
        }
    }
    frames::write_animation(folder, epoch)?;
    page::write(folder, config, epoch, &history, floor.as_ref())
}
