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
use crate::morph::{Ends, Walk};
use crate::pictures::grid_png;

/// Pixels of a PNG for one of a picture.
const SCALE: usize = 3;

/// What pictures are written as.
pub(crate) enum Form {
    /// Characters, on the terminal.
    Text,
    /// A grid.
    Png,
    /// As MNIST's files.
    Idx,
}

pub(crate) fn sample(typed: &SampleArguments) -> Result<()> {
    // What cannot be written is said before a model is read.
    let order = Order::of(typed)?;
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", typed.model.display()))?;
    let form = match order {
        Order::Pictures(form) => form,
        Order::Walk(walk) => return walk.write(&model, &typed.out),
    };
    let seeds = (0..typed.count).map(|i| typed.seed.wrapping_add(i));
    form.write(&typed.out, seeds.map(|seed| Ok((seed, draw(&model, seed)))))
}

/// What is to be drawn.
enum Order {
    Pictures(Form),
    Walk(Walk),
}

impl Order {
    fn of(typed: &SampleArguments) -> Result<Self> {
        let is_gif = typed.out.extension().is_some_and(|extension| extension == "gif");
        match typed.morph {
            None if is_gif => bail!("--out {}: a .gif is made with --morph A..B", typed.out.display()),
            None => Ok(Self::Pictures(Form::of(&typed.out)?)),
            Some(Ends { from, to }) if is_gif => Ok(Self::Walk(Walk { from, to, frames: typed.frames })),
            Some(Ends { from, to }) => {
                bail!("--morph {from}..{to} makes an animation: name it with --out X.gif, not {}", typed.out.display())
            }
        }
    }
}

impl Form {
    /// The form that a file's name asks for.
    pub(crate) fn of(out: &Path) -> Result<Self> {
        if out == Path::new("-") {
            return Ok(Self::Text);
        }
        match out.extension().and_then(|extension| extension.to_str()) {
            Some("png") => Ok(Self::Png),
            Some("idx") => Ok(Self::Idx),
            _ => bail!("--out {}: the name must end in .png or .idx, or be - for the terminal", out.display()),
        }
    }

    /// Writes pictures, each beside its seed, to `out`: text as they come, files when all are there. The first that is
    /// an error ends it.
    pub(crate) fn write(self, out: &Path, pictures: impl Iterator<Item = Result<(u32, Picture)>>) -> Result<()> {
        if let Self::Text = self {
            return show(pictures);
        }
        let pictures: Vec<Picture> = pictures.map(|picture| Ok(picture?.1)).collect::<Result<_>>()?;
        if let Self::Idx = self {
            return write_whole_with(out, |out| Ok(write_images(out, pictures.into_iter())?));
        }
        let columns = pictures.len().isqrt().max(1);
        let columns = if columns * columns < pictures.len() { columns + 1 } else { columns };
        write_whole(out, &grid_png(&pictures, columns, SCALE))
    }
}

/// The picture of `seed` by `model`.
pub(crate) fn draw(model: &Model<'_>, seed: u32) -> Picture {
    let mut picture = [0; PIXELS];
    model.draw(&Latent::of_picture(seed), &mut picture);
    picture
}

/// Pictures as characters, each under its seed, as a device shows them.
fn show(pictures: impl Iterator<Item = Result<(u32, Picture)>>) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for picture in pictures {
        let (seed, picture) = picture?;
        match show_one(&mut out, seed, &picture) {
            // Whoever reads our text (`head`, a pager) may have seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            shown => shown.context("the pictures could not be written")?,
        }
    }
    Ok(())
}

fn show_one(out: &mut impl Write, seed: u32, picture: &Picture) -> io::Result<()> {
    writeln!(out, "seed {seed}")?;
    for row in text_rows(picture) {
        out.write_all(&row)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
