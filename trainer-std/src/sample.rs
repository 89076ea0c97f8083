//! `pocketgan sample`: pictures from a model file.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use pocketgan_core::latent::Latent;
use pocketgan_core::model::Model;
use pocketgan_core::picture::{Picture, text_rows};
use pocketgan_core::recipe::PIXELS;

use crate::cli::SampleArguments;
use crate::data::idx::write_images;
use crate::files::{write_whole, write_whole_with};
use crate::model_file::ModelFile;
use crate::pictures::grid_png;

/// Pixels of a PNG for one of a picture.
const SCALE: usize = 3;

/// What the pictures are written as.
enum Form {
    Text,
    Png,
    Idx,
}

pub(crate) fn sample(typed: &SampleArguments) -> Result<()> {
    let form = form(&typed.out)?;
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", typed.model.display()))?;
    let seeds = (0..typed.count).map(|i| typed.seed.wrapping_add(i));
    let pictures = seeds.clone().map(|seed| draw(&model, seed));
    match form {
        Form::Text => show(seeds.zip(pictures)).or_else(ignore_closed_pipe),
        Form::Png => {
            let pictures: Vec<Picture> = pictures.collect();
            let columns = pictures.len().isqrt().max(1);
            let columns = if columns * columns < pictures.len() { columns + 1 } else { columns };
            write_whole(&typed.out, &grid_png(&pictures, columns, SCALE))
        }
        Form::Idx => {
            let pictures: Vec<Picture> = pictures.collect();
            write_whole_with(&typed.out, |out| Ok(write_images(out, pictures.into_iter())?))
        }
    }
}

fn form(out: &Path) -> Result<Form> {
    if out == Path::new("-") {
        return Ok(Form::Text);
    }
    match out.extension().and_then(|extension| extension.to_str()) {
        Some("png") => Ok(Form::Png),
        Some("idx") => Ok(Form::Idx),
        _ => bail!("--out {}: the name must end in .png or .idx, or be - for the terminal", out.display()),
    }
}

/// The picture of `seed` by `model`.
pub(crate) fn draw(model: &Model<'_>, seed: u32) -> Picture {
    let mut picture = [0; PIXELS];
    model.draw(&Latent::of_picture(seed), &mut picture);
    picture
}

/// Pictures as characters, each under its seed, as a device shows them.
fn show(pictures: impl Iterator<Item = (u32, Picture)>) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (seed, picture) in pictures {
        writeln!(out, "seed {seed}")?;
        for row in text_rows(&picture) {
            out.write_all(&row)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}

/// Whoever reads our text (`head`, a pager) may have seen enough.
fn ignore_closed_pipe(error: anyhow::Error) -> Result<()> {
    match error.downcast_ref::<io::Error>() {
        Some(io_error) if io_error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error.context("the pictures could not be written")),
    }
}
