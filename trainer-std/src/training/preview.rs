//! `pocketgan train --preview`: the digits of now as characters, as large a part of them as the terminal has room for.

use std::io::IsTerminal;

use anyhow::{Result, ensure};
use console::Term;
use pocketgan_core::infer::picture::{Picture, TEXT_WIDTH, text_rows};
use pocketgan_core::recipe::{Generator, SIDE};

use crate::export::float;
use crate::output::terminal;

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
            terminal::can_redraw(),
            "--preview: {}; leave it out and see the pictures in the run's index.html",
            match std::io::stderr().is_terminal() {
                true => "TERM is unset or \"dumb\", so no line of this terminal can be drawn over",
                false => "standard error is not a terminal",
            }
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
        let cut = self.border * TEXT_WIDTH;
        let mut lines = vec![String::new(); SIDE - 2 * self.border];
        for picture in pictures {
            for (line, row) in lines.iter_mut().zip(text_rows(picture).skip(self.border)) {
                line.extend(row[cut..row.len() - cut].iter().copied().map(char::from));
                line.push_str(&" ".repeat(GAP));
            }
        }
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_as_many_digits_as_fit_and_a_low_one_their_middle() {
        let room = |digits, border| Some(Room { digits, border });
        assert_eq!(Room::of(50, 120), room(2, 0));
        assert_eq!(Room::of(30, 56), room(1, 0));
        assert_eq!(Room::of(24, 80), room(1, 4));
        assert_eq!(Room::of(24, 82), room(2, 4));
        assert_eq!(Room::of(1000, 10_000), room(MOST, 0));
        for (rows, columns) in [(21, 80), (24, 39), (50, 55), (0, 0)] {
            assert_eq!(Room::of(rows, columns), None, "{rows} x {columns}");
        }
    }

    #[test]
    fn the_text_fits_into_its_room_and_is_that_of_the_pictures() {
        let mut picture = [0; 784];
        picture[4 * SIDE + 4] = 255;
        picture[23 * SIDE + 23] = 255;
        for (border, first, last) in [(0, 4, 23), (4, 0, 19)] {
            let text = Room { digits: 2, border }.text(&[picture, picture]);
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), SIDE - 2 * border);
            let marked: Vec<usize> = (0..lines.len()).filter(|&row| lines[row].contains('@')).collect();
            assert_eq!(marked, [first, last]);
            assert_eq!(lines[last].len(), 2 * (last + 1) + GAP + 2 * (SIDE - 2 * border));
            assert!(text.ends_with('\n') && lines.iter().all(|line| line.trim_end() == *line));
        }
    }
}
