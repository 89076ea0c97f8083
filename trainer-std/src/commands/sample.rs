//! `pocketgan sample`: pictures from a model file.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use pocketgan_core::infer::model::Model;

use crate::export::digit_table::class_name;
use crate::export::draw::draw;
use crate::export::model_file::ModelFile;
use crate::output::destination::check_spares;
use crate::output::morph::{Ends, Morph};
use crate::output::number::{ClassNames, NumberArguments};
use crate::output::picture_format::PictureFormat;

/// Draw pictures from a model file.
///
/// Picture i of seed S is the picture of seed S + i, here and on every device.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan sample runs/0001/model-int8.pgan\n  \
    pocketgan sample runs/0001/model-int8.pgan --count 64 --seed 7 --out digits.png\n  \
    pocketgan sample runs/0001/model-int8.pgan --digits 2026 --variant 3\n  \
    pocketgan sample letters.pgan --text HELLO --out hello.png\n  \
    pocketgan sample fashion.pgan --class sandal --class coat\n  \
    pocketgan sample runs/0001/model-int8.pgan --morph 67..69 --out morph.gif")]
pub(crate) struct SampleArguments {
    /// The model file
    pub(crate) model: PathBuf,
    /// Pictures to draw
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Seed of the first picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u32,
    /// Write a looping animation that morphs from the picture of seed A to that of seed B and back, to X.gif
    #[arg(long, value_name = "A..B", conflicts_with_all = ["count", "seed", "digits", "text", "class"])]
    pub(crate) morph: Option<Ends>,
    /// Frames in one direction, the first and the last included
    #[arg(long, value_name = "N", default_value_t = 33, requires = "morph", value_parser = clap::value_parser!(u16).range(2..=257))]
    pub(crate) frames: u16,
    #[command(flatten)]
    pub(crate) number: NumberArguments,
    /// Where to: X.png (a grid), X.idx (idx3-ubyte, as MNIST's files), X.gif (with --morph) or - (characters on the
    /// terminal)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

pub(crate) fn sample(arguments: &SampleArguments) -> Result<()> {
    // What cannot be written is said before a model is read.
    let order = Order::of(arguments)?;
    check_spares(&arguments.model, &arguments.out)?;
    let file = ModelFile::read(&arguments.model)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", arguments.model.display()))?;
    let form = match order {
        Order::Pictures(form) => form,
        Order::Morph(morph) => return morph.write(&model, &arguments.out),
    };
    if arguments.number.is_given() {
        let digits = model.digits();
        let names = (0..digits.counts().len() as u8).map_while(|class| digits.name(class)).map(str::to_owned);
        let names = ClassNames(names.collect());
        let seeds = arguments.number.seeds(&names, |digit, variant| seed_of(&model, digit, variant));
        let seeds = seeds.with_context(|| arguments.model.display().to_string())?;
        return form.write_row(&arguments.out, &seeds.into_iter().map(|seed| draw(&model, seed)).collect::<Vec<_>>());
    }
    let seeds = (0..arguments.count).map(|i| arguments.seed.wrapping_add(i));
    form.write(&arguments.out, seeds.map(|seed| Ok((seed, draw(&model, seed)))))
}

/// What is to be drawn.
enum Order {
    Pictures(PictureFormat),
    Morph(Morph),
}

impl Order {
    fn of(arguments: &SampleArguments) -> Result<Self> {
        let is_gif = arguments.out.extension().is_some_and(|extension| extension == "gif");
        match arguments.morph {
            None if is_gif => bail!("--out {}: a .gif is made with --morph A..B", arguments.out.display()),
            None => Ok(Self::Pictures(PictureFormat::of(&arguments.out)?)),
            Some(Ends { from, to }) if is_gif => Ok(Self::Morph(Morph { from, to, frames: arguments.frames })),
            Some(Ends { from, to }) => {
                bail!(
                    "--morph {from}..{to} makes an animation: name it with --out X.gif, not {}",
                    arguments.out.display()
                )
            }
        }
    }
}

/// The seed by which `model` draws `digit` in one of its ways.
fn seed_of(model: &Model<'_>, digit: u8, variant: u32) -> Result<u32> {
    match model.digits().seed(digit, variant) {
        Some(seed) => Ok(seed),
        None if model.digits().seeds().is_empty() && !model.digits().is_named() => {
            bail!(
                "the model has no seeds for digits; `pocketgan digits` writes them into it, if it draws digits clearly enough"
            )
        }
        None => bail!(
            "the model has no seed for a {}, which it draws too rarely; train it for longer",
            class_name(&model.digits(), digit)
        ),
    }
}
