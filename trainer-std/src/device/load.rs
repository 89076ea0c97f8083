//! `pocketgan device load`: a model into a device's RAM.

use std::path::Path;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::ProgressBar;
use pocketgan_protocol::{CHUNK, Memory, ModelSummary, Reply, Request};

use super::client::{Client, LineArguments, Step};
use super::info::summary;
use crate::export::model_file::ModelFile;
use crate::output::terminal;

/// Send a model into the device's RAM, to be drawn from until it is switched off, or go back to the one in flash.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device load digits.pgan --port /dev/ttyACM0\n  \
    pocketgan device load --flash --port /dev/ttyACM0")]
pub(crate) struct LoadArguments {
    /// The model file
    #[arg(required_unless_present = "flash", conflicts_with = "flash")]
    pub(super) model: Option<PathBuf>,
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Draw from the model in flash again
    #[arg(long)]
    pub(super) flash: bool,
}

pub(crate) fn load(arguments: &LoadArguments) -> Result<()> {
    let used = match &arguments.model {
        None => use_flash(&mut Client::connect(&arguments.line)?.0)?,
        Some(path) => load_file(path, arguments)?,
    };
    terminal::print_line(format_args!("drawing from {}", summary(&used)))
}

fn use_flash(client: &mut Client) -> Result<ModelSummary> {
    client.ask(&Request::UseFlash, using(Memory::Flash))
}

fn load_file(path: &Path, arguments: &LoadArguments) -> Result<ModelSummary> {
    let file = ModelFile::read(path)?;
    let model = file.model().with_context(|| format!("{} is no whole model", path.display()))?;
    let (mut client, _) = Client::connect(&arguments.line)?;
    let len = u32::try_from(file.bytes().len()).context("no device has room for 4 GB")?;
    client.ask(&Request::BeginUpload { len, checksum: model.checksum() }, stored(0))?;
    send_pieces(&mut client, file.bytes())?;
    client.ask(&Request::UseUploaded, using(Memory::Ram))
}

fn send_pieces(client: &mut Client, file: &[u8]) -> Result<()> {
    let bar = terminal::can_redraw().then(|| ProgressBar::new(file.len() as u64));
    let mut offset = 0;
    for piece in file.chunks(CHUNK) {
        let end = offset + piece.len() as u32;
        let bytes = piece.iter().copied().collect();
        client
            .ask(&Request::Upload { offset, bytes }, stored(end))
            .with_context(|| format!("after {offset} of {} bytes", file.len()))?;
        match &bar {
            Some(bar) => bar.set_position(end.into()),
            None => remark_tenth(offset, end, file.len()),
        }
        offset = end;
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(())
}

/// In place of a bar: a line for each tenth of `len` bytes that was reached between `start` and `end`.
fn remark_tenth(start: u32, end: u32, len: usize) {
    let tenth = |offset: u32| u64::from(offset) * 10 / len as u64;
    if tenth(end) > tenth(start) {
        terminal::remark(format_args!("{} % sent", tenth(end) * 10));
    }
}

/// Takes the reply that so many bytes are there.
fn stored(expected: u32) -> impl FnMut(Reply) -> Step<()> {
    move |reply| match reply {
        Reply::Received { received } if received == expected => Step::Done(()),
        _ => Step::Wrong,
    }
}

/// Takes the reply that a model of this memory is drawn from.
fn using(expected: Memory) -> impl FnMut(Reply) -> Step<ModelSummary> {
    move |reply| match reply {
        Reply::Using(model) if model.memory == expected => Step::Done(model),
        _ => Step::Wrong,
    }
}
