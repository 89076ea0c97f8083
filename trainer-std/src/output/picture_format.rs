//! Pictures as a command writes them: characters on the terminal, or a file whose name says what it is.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, bail};
use console::Term;
use pocketgan_core::infer::picture::{Picture, TEXT_WIDTH, text_rows};
use pocketgan_core::recipe::SIDE;

use crate::data::idx::write_images;
use crate::output::files::{write_whole, write_whole_with};
use crate::output::pictures::grid_png;
use crate::output::terminal::write_stdout;

/// Pixels of a PNG for one of a picture.
const SCALE: usize = 3;

/// What pictures are written as.
pub(crate) enum PictureFormat {
    /// Characters, on the terminal.
    Text,
    /// A grid.
    Png,
    /// As MNIST's files.
    Idx,
}

impl PictureFormat {
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
        let columns = pictures.len().isqrt().max(1);
        let columns = if columns * columns < pictures.len() { columns + 1 } else { columns };
        self.write_file(out, &pictures, columns)
    }

    /// Writes pictures side by side to `out`.
    pub(crate) fn write_row(self, out: &Path, pictures: &[Picture]) -> Result<()> {
        match self {
            Self::Text => show_row(pictures),
            _ => self.write_file(out, pictures, pictures.len()),
        }
    }

    fn write_file(self, out: &Path, pictures: &[Picture], columns: usize) -> Result<()> {
        match self {
            Self::Idx => write_whole_with(out, |out| Ok(write_images(out, pictures.iter().copied())?)),
            _ => write_whole(out, &grid_png(pictures, columns, SCALE)),
        }
    }
}

/// Pictures as characters, each under its seed, as a device shows them.
fn show(pictures: impl Iterator<Item = Result<(u32, Picture)>>) -> Result<()> {
    for picture in pictures {
        let (seed, picture) = picture?;
        write_stdout(|out| show_one(out, seed, &picture))?;
    }
    Ok(())
}

/// Pictures as characters, as many side by side as the terminal has room for.
fn show_row(pictures: &[Picture]) -> Result<()> {
    let width = Term::stdout().size_checked().map_or(usize::MAX, |(_, columns)| columns.into());
    write_stdout(|out| show_side_by_side(out, pictures, width))
}

/// Writes pictures beside each other in lines of at most `width` characters, but at least one.
fn show_side_by_side(out: &mut dyn Write, pictures: &[Picture], width: usize) -> io::Result<()> {
    for pictures in pictures.chunks((width / (SIDE * TEXT_WIDTH)).max(1)) {
        let mut rows: Vec<_> = pictures.iter().map(text_rows).collect();
        for _ in 0..SIDE {
            let line: Vec<u8> = rows.iter_mut().filter_map(Iterator::next).flatten().collect();
            out.write_all(line.trim_ascii_end())?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn show_one(out: &mut dyn Write, seed: u32, picture: &Picture) -> io::Result<()> {
    writeln!(out, "seed {seed}")?;
    for row in text_rows(picture) {
        out.write_all(&row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    fn lines(count: usize, width: usize) -> Vec<usize> {
        let mut text = Vec::new();
        show_side_by_side(&mut text, &vec![[255; PIXELS]; count], width).unwrap();
        String::from_utf8(text).unwrap().lines().map(str::len).collect()
    }

    #[test]
    fn pictures_stand_side_by_side_as_far_as_there_is_room() {
        assert_eq!(lines(4, usize::MAX), [224; 28]);
        assert_eq!(lines(3, 112), [[112; 28], [56; 28]].concat());
        assert_eq!(lines(2, 10), [56; 56]);
    }

    #[test]
    fn a_row_is_that_of_each_picture_in_turn() {
        let (mut left, mut right) = ([0; PIXELS], [0; PIXELS]);
        (left[SIDE - 1], right[0]) = (255, 255);
        let mut text = Vec::new();
        show_side_by_side(&mut text, &[left, right], 200).unwrap();
        let first = [" ".repeat(54), "@@@@".to_owned()].concat();
        assert_eq!(String::from_utf8(text).unwrap(), first + &"\n".repeat(28));
    }
}
