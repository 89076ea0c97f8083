//! `pocketgan device info`: what a device says of itself.

use std::fmt::Write;

use anyhow::Result;
use clap::Args;
use pocketgan_protocol::{Description, Memory, ModelSummary};

use super::client::{Client, LineArguments};
use crate::output::printable::printable;
use crate::output::terminal;

/// Print what the device says of itself: board, versions, model, room for another model, deepest stack.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device info --port /dev/ttyACM0")]
pub(crate) struct InfoArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
}

pub(crate) fn info(arguments: &InfoArguments) -> Result<()> {
    let (_, description) = Client::connect(&arguments.line)?;
    terminal::print(describe(&description)?)
}

fn describe(description: &Description) -> Result<String> {
    let Description { protocol, format, program, board, model, capacity, display, peak_stack } = description;
    let mut text = String::new();
    writeln!(text, "board          {}", printable(board))?;
    writeln!(text, "firmware       {}, protocol {protocol}, model format {format}", printable(program))?;
    match model {
        Ok(model) => writeln!(text, "model          {}", summary(model))?,
        Err(error) => writeln!(text, "model          cannot be drawn from: {error}")?,
    }
    writeln!(text, "RAM for models {capacity} bytes")?;
    writeln!(text, "display        {}", if *display { "yes" } else { "none" })?;
    writeln!(text, "deepest stack  {peak_stack} bytes so far")?;
    Ok(text)
}

/// A model in a line.
pub(super) fn summary(model: &ModelSummary) -> String {
    let ModelSummary { memory, kind, shape, checksum } = model;
    let widths: Vec<String> = shape.iter().map(u16::to_string).collect();
    let place = match memory {
        Memory::Flash => "flash",
        Memory::Ram => "RAM",
    };
    format!("{kind} {}, CRC-32 {checksum:08x}, in {place}", widths.join("-"))
}
