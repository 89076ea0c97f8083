//! `pocketgan device draw`: pictures from a device.

use anyhow::Result;
use pocketgan_core::infer::picture::Picture;

use super::cli::DrawArguments;
use super::client::Client;
use crate::commands::sample::Form;

pub(super) fn draw(typed: &DrawArguments) -> Result<()> {
    let form = Form::of(&typed.out)?;
    let (mut client, _) = Client::connect(&typed.line)?;
    if let Some(number) = &typed.number.digits {
        let seeds = number.seeds(typed.number.variant, |digit, variant| client.seed(digit, variant))?;
        let pictures: Vec<Picture> = seeds.into_iter().map(|seed| client.draw(seed)).collect::<Result<_>>()?;
        return form.write_row(&typed.out, &pictures);
    }
    let seeds = (0..typed.count).map(|i| typed.seed.wrapping_add(i));
    form.write(&typed.out, seeds.map(|seed| Ok((seed, client.draw(seed)?))))
}
