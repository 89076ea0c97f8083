//! `pocketgan device show` and `morph`: pictures on the device's own display.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, value_parser};
use pocketgan_protocol::{Reply, Request};

use super::client::{Client, LineArguments, Step};

/// Have the device show a picture on its own display.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device show --port /dev/ttyACM0 --seed 67\n  \
    pocketgan device show --port /dev/ttyACM0 --class sandal")]
pub(crate) struct ShowArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u32,
    /// Show a picture of this class of the device's model, such as sandal, or this digit
    #[arg(long, value_name = "NAME", conflicts_with = "seed")]
    pub(super) class: Option<String>,
}

/// Have the device walk from one picture to another on its own display.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device morph --port /dev/ttyACM0 --from 67 --to 69")]
pub(crate) struct MorphArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the first picture
    #[arg(long, value_name = "S")]
    pub(super) from: u32,
    /// Seed of the last picture
    #[arg(long, value_name = "S")]
    pub(super) to: u32,
    /// Pictures of the walk, both ends included
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u16).range(2..=1000))]
    pub(super) frames: u16,
}

/// What drawing and showing a picture takes a slow device at most.
const FRAME: Duration = Duration::from_millis(500);

pub(crate) fn show(arguments: &ShowArguments) -> Result<()> {
    let (mut client, _) = Client::connect(&arguments.line)?;
    let seed = match &arguments.class {
        Some(name) => {
            let class = client.class_names()?.find(name)?;
            client.seed(class, 0)?
        }
        None => arguments.seed,
    };
    client.ask_patiently(&Request::Show { seed }, FRAME, shown)
}

pub(crate) fn morph(arguments: &MorphArguments) -> Result<()> {
    let (mut client, _) = Client::connect(&arguments.line)?;
    let MorphArguments { from, to, frames, .. } = *arguments;
    client.ask_patiently(&Request::Morph { from, to, frames }, FRAME * u32::from(frames), shown)
}

fn shown(reply: Reply) -> Step<()> {
    if reply == Reply::Shown { Step::Done(()) } else { Step::Wrong }
}
