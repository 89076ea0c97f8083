//! `pocketgan device draw`: pictures from a device.

use anyhow::Result;

use super::cli::DrawArguments;
use super::client::Client;
use crate::sample::Form;

pub(super) fn draw(typed: &DrawArguments) -> Result<()> {
    let form = Form::of(&typed.out)?;
    let (mut client, _) = Client::connect(&typed.line)?;
    let seeds = (0..typed.count).map(|i| typed.seed.wrapping_add(i));
    form.write(&typed.out, seeds.map(|seed| Ok((seed, client.draw(seed)?))))
}
