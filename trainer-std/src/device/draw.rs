//! `pocketgan device draw`: pictures from a device.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, value_parser};
use pocketgan_core::infer::picture::Picture;

use super::client::{Client, LineArguments};
use crate::output::number::NumberArguments;
use crate::output::picture_format::PictureFormat;

/// Have the device draw pictures, and show or save them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device draw --port /dev/ttyACM0 --seed 67\n  \
    pocketgan device draw --port tcp:127.0.0.1:7007 --count 16 --out digits.png\n  \
    pocketgan device draw --port /dev/ttyACM0 --digits 2026\n  \
    pocketgan device draw --port /dev/ttyACM0 --text HELLO")]
pub(crate) struct DrawArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the first picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u32,
    /// Pictures to draw
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(super) count: u32,
    #[command(flatten)]
    pub(super) number: NumberArguments,
    /// Where to: X.png (a grid), X.idx (idx3-ubyte, as MNIST's files) or - (characters on the terminal)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) out: PathBuf,
}

pub(crate) fn draw(arguments: &DrawArguments) -> Result<()> {
    let form = PictureFormat::of(&arguments.out)?;
    let (mut client, _) = Client::connect(&arguments.line)?;
    if arguments.number.is_given() {
        // An older device has no names, but digits.
        let names = match arguments.number.digits {
            Some(_) => client.class_names().unwrap_or_default(),
            None => client.class_names()?,
        };
        let seeds = arguments.number.seeds(&names, |digit, variant| client.seed(digit, variant))?;
        let pictures: Vec<Picture> = seeds.into_iter().map(|seed| client.draw(seed)).collect::<Result<_>>()?;
        return form.write_row(&arguments.out, &pictures);
    }
    let seeds = (0..arguments.count).map(|i| arguments.seed.wrapping_add(i));
    form.write(&arguments.out, seeds.map(|seed| Ok((seed, client.draw(seed)?))))
}
