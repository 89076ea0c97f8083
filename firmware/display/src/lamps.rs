//! A digit reduced to 5x5 lamps in ten brightness steps, and how lamps are dimmed by switching them.
//!
//! # The rule
//!
//! MNIST's digits are drawn in the middle 20x20 pixels of a picture, so a lamp stands for a square of 4x4 of these; what
//! lies outside is left out. With `sum` over a square's 16 pixels, and `top` the largest of the 25 sums but at least
//! [`LEAST_TOP`],
//!
//! ```text
//! level = (18 * sum + top) / (2 * top)        0 to 9, rounded to the nearest, halves up
//! ```
//!
//! The brightest lamp is as bright as it can be, since thin strokes fill no square; a picture with next to nothing on it
//! stays dark.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::SIDE;

/// Lamps in a row and in a column.
pub const LAMPS: usize = 5;

/// The brightest level; 0 is dark.
pub const BRIGHTEST: u8 = 9;

/// The sum of a square of 16 pixels that is shown at the brightest even if no other is brighter: a quarter of white.
pub const LEAST_TOP: u32 = 16 * 255 / 4;

/// Pixels in a row or column of a lamp's square.
const SQUARE: usize = 4;
/// Where the first square begins, in rows and in columns.
const MARGIN: usize = (SIDE - LAMPS * SQUARE) / 2;

/// The level of each lamp, in rows.
pub type Levels = [[u8; LAMPS]; LAMPS];

/// The levels for `picture`, by the rule at the head of this module.
pub fn levels(picture: &Picture) -> Levels {
    let sums: [[u32; LAMPS]; LAMPS] =
        core::array::from_fn(|row| core::array::from_fn(|column| sum(picture, row, column)));
    let top = sums.as_flattened().iter().fold(LEAST_TOP, |top, &sum| top.max(sum));
    sums.map(|row| row.map(|sum| ((2 * u32::from(BRIGHTEST) * sum + top) / (2 * top)) as u8))
}

/// The sum of the pixels in a lamp's square.
fn sum(picture: &Picture, row: usize, column: usize) -> u32 {
    let lines = picture.chunks_exact(SIDE).skip(MARGIN + SQUARE * row).take(SQUARE);
    let pixels = lines.flat_map(|line| line.iter().skip(MARGIN + SQUARE * column).take(SQUARE));
    pixels.map(|&pixel| u32::from(pixel)).sum()
}

/// Slots of equal length into which the time of a lamp is divided: in `level` of them it is lit.
pub const SLOTS: u8 = BRIGHTEST;

/// Whether a lamp of this level is lit in `slot`, of the slots 0 to [`SLOTS`] - 1.
pub fn is_lit(level: u8, slot: u8) -> bool {
    level > slot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;
    use pocketgan_core::recipe::PIXELS;

    #[test]
    fn levels_are_the_shares_of_the_brightest_square() {
        let mut picture = [0; PIXELS];
        // All of the square of lamp (0, 0), half of that of lamp (4, 4), and two pixels of that of lamp (2, 1).
        for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
            picture[28 * (4 + y) + 4 + x] = 200;
            picture[28 * (20 + y) + 20 + x] = 100;
        }
        picture[28 * 12 + 8] = 200;
        picture[28 * 15 + 11] = 200;
        let mut expected = [[0; 5]; 5];
        (expected[0][0], expected[4][4], expected[2][1]) = (9, 5, 1);
        assert_eq!(levels(&picture), expected);
    }

    #[test]
    fn levels_agree_with_their_formula_in_floats() {
        for picture in (0..200).map(noise) {
            let mean = |row: usize, column: usize| {
                let inside = |(i, _): &(usize, &u8)| {
                    (i / 28).wrapping_sub(4) / 4 == row && (i % 28).wrapping_sub(4) / 4 == column
                };
                picture.iter().enumerate().filter(inside).map(|(_, &pixel)| f64::from(pixel)).sum::<f64>() / 16.0
            };
            let brightest = (0..25).map(|i| mean(i / 5, i % 5)).fold(255.0 / 4.0, f64::max);
            for (row, column) in (0..25).map(|i| (i / 5, i % 5)) {
                let exact = 9.0 * mean(row, column) / brightest;
                let level = f64::from(levels(&picture)[row][column]);
                assert!((level - exact).abs() <= 0.5 + 1e-9, "lamp ({row}, {column}): {level} for {exact}");
            }
        }
    }

    #[test]
    fn black_and_nearly_black_pictures_stay_dark_and_white_is_all_bright() {
        assert_eq!(levels(&[0; PIXELS]), [[0; 5]; 5]);
        assert_eq!(levels(&[3; PIXELS]), [[0; 5]; 5]);
        assert_eq!(levels(&[255; PIXELS]), [[9; 5]; 5]);
    }

    #[test]
    fn what_lies_outside_the_middle_does_not_count() {
        let mut picture = [255; PIXELS];
        for (y, x) in (4..24).flat_map(|y| (4..24).map(move |x| (y, x))) {
            picture[28 * y + x] = 0;
        }
        assert_eq!(levels(&picture), [[0; 5]; 5]);
    }

    #[test]
    fn a_lamp_is_lit_in_as_many_slots_as_its_level() {
        for level in 0..=BRIGHTEST {
            assert_eq!((0..SLOTS).filter(|&slot| is_lit(level, slot)).count(), usize::from(level));
        }
    }
}
