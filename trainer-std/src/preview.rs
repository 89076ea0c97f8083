//! `pocketgan train --preview`: the digits of now as characters, as large a part of them as the terminal has room for.

use std::io::IsTerminal;

use anyhow::{Result, ensure};
use console::Term;
use pocketgan_core::picture::{Picture, TEXT_WIDTH, text_rows};
use pocketgan_core::recipe::{Generator, SIDE};

use crate::float;

/// Characters between two digits.
const GAP: usize = 2;
/// Pixels at each side that MNIST leaves free: its digits fill the 20x20 in the middle.
const BORDER: usize = 4;
/// Lines below the digits: the bar, and the cursor.
const BELOW: usize = 2;
/// Digits that are shown at most.
const MOST: usize = 8;

/// A terminal that digits are shown on.
pub(crate) struct Preview {
    terminal: Term,
}

impl Preview {
    /// # Errors
    /// If the bar, and so the preview, would not go to a terminal.
    pub(crate) fn start() -> Result<Self> {
        ensure!(
            std::io::stderr().is_terminal(),
            "--preview: standard error is no terminal; leave it out and see the pictures in the run's index.html"
        );
        Ok(Self { terminal: Term::stderr() })
    }

    /// What the generator draws now from the first of the fixed latents.
    pub(crate) fn of(&self, generator: &Generator) -> String {
        let (rows, columns) = self.terminal.size();
        let Some(room) = Room::of(rows.into(), columns.into()) else { return String::new() };
        room.text(&float::pictures(generator, 0..room.digits as u32))
    }
}

/// What fits on a terminal.
#[derive(Debug, PartialEq)]
struct Room {
    digits: usize,
    /// Pixels that are left out at each side.
    border: usize,
}

impl Room {
    /// The room on a terminal of `rows` x `columns` characters; none if not even the middle of one digit fits.
    fn of(rows: usize, columns: usize) -> Option<Self> {
        let border = if rows >= SIDE + BELOW { 0 } else { BORDER };
        let (height, width) = (SIDE - 2 * border, (SIDE - 2 * border) * TEXT_WIDTH);
        let digits = ((columns + GAP) / (width + GAP)).min(MOST);
        (rows >= height + BELOW && digits > 0).then_some(Self { digits, border })
    }

    /// Pictures beside each other, each row ended.
    fn text(&self, pictures: &[Picture]) -> String {
        let mut digits: Vec<_> = pictures.iter().map(|picture| text_rows(picture).skip(self.border)).collect();
        let cut = self.border * TEXT_WIDTH;
        let mut text = String::new();
        for _ in self.border..SIDE - self.border {
            for row in digits.iter_mut().filter_map(Iterator::next) {
                text.extend(row[cut..row.len() - cut].iter().map(|&byte| char::from(byte)));
                text.push_str(&" ".repeat(GAP));
            }
            text.truncate(text.trim_end().len().max(text.rfind('\n').map_or(0, |end| end + 1)));
            text.push('\n');
        }
        text
    }
}
