//! `pocketgan device show` and `morph`: pictures on the device's own display.

use std::time::Duration;

use anyhow::Result;
use pocketgan_protocol::{Reply, Request};

use super::cli::{MorphArguments, ShowArguments};
use super::client::{Client, Step};

/// What drawing and showing a picture takes a slow device at most.
const FRAME: Duration = Duration::from_millis(500);

pub(super) fn show(typed: &ShowArguments) -> Result<()> {
    let (mut client, _) = Client::connect(&typed.line)?;
    client.ask_patiently(&Request::Show { seed: typed.seed }, FRAME, shown)
}

pub(super) fn morph(typed: &MorphArguments) -> Result<()> {
    let (mut client, _) = Client::connect(&typed.line)?;
    let MorphArguments { from, to, frames, .. } = *typed;
    client.ask_patiently(&Request::Morph { from, to, frames }, FRAME * u32::from(frames), shown)
}

fn shown(reply: Reply) -> Step<()> {
    if reply == Reply::Shown { Step::Done(()) } else { Step::Wrong }
}
