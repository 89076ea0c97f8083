//! A digit reduced to 5x5 LEDs with ten levels of brightness, and how LEDs are dimmed by pulse-width modulation.
//!
//! # The rule
//!
//! MNIST's digits occupy the middle 20x20 pixels of a picture, so each LED stands for a square of 4x4 of these; the margin
//! is ignored. With `sum` over a square's 16 pixels, and `top` the largest of the 25 sums but at least
//! [`LEAST_TOP`],
//!
//! ```text
//! level = (18 * sum + top) / (2 * top)        0 to 9, rounded to the nearest, halves up
//! ```
//!
//! The brightest LED has the highest level, since thin strokes fill no square. An almost empty picture stays dark.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::SIDE;

/// LEDs in a row and in a column.
pub const SIDE_LEDS: usize = 5;

/// The brightest level; 0 is dark.
pub const BRIGHTEST: u8 = 9;

/// The least sum of 16 pixels that is shown at the highest level: a quarter of white.
pub const LEAST_TOP: u32 = 16 * 255 / 4;

/// Pixels in a row or column of an LED's square.
const SQUARE: usize = 4;
/// Where the first square begins, in rows and in columns.
const MARGIN: usize = (SIDE - SIDE_LEDS * SQUARE) / 2;

/// The level of each LED, in rows.
pub type Levels = [[u8; SIDE_LEDS]; SIDE_LEDS];

/// The levels for `picture`, by the rule of this module.
pub fn levels(picture: &Picture) -> Levels {
    let sums: [[u32; SIDE_LEDS]; SIDE_LEDS] =
        core::array::from_fn(|row| core::array::from_fn(|column| sum(picture, row, column)));
    let top = sums.as_flattened().iter().fold(LEAST_TOP, |top, &sum| top.max(sum));
    sums.map(|row| row.map(|sum| ((2 * u32::from(BRIGHTEST) * sum + top) / (2 * top)) as u8))
}

/// The sum of the pixels in an LED's square.
fn sum(picture: &Picture, row: usize, column: usize) -> u32 {
    let lines = picture.chunks_exact(SIDE).skip(MARGIN + SQUARE * row).take(SQUARE);
    let pixels = lines.flat_map(|line| line.iter().skip(MARGIN + SQUARE * column).take(SQUARE));
    pixels.map(|&pixel| u32::from(pixel)).sum()
}

/// Slots of equal length in one period of an LED, which is lit in `level` of them.
pub const SLOTS: u8 = BRIGHTEST;

/// Whether an LED of this level is lit in `slot`, from 0 to [`SLOTS`] - 1.
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
        // The whole square of LED (0, 0), half of that of LED (4, 4), and two pixels of that of LED (2, 1).
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
                assert!((level - exact).abs() <= 0.5 + 1e-9, "LED ({row}, {column}): {level} for {exact}");
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
    fn the_margin_is_ignored() {
        let mut picture = [255; PIXELS];
        for (y, x) in (4..24).flat_map(|y| (4..24).map(move |x| (y, x))) {
            picture[28 * y + x] = 0;
        }
        assert_eq!(levels(&picture), [[0; 5]; 5]);
    }

    #[test]
    fn an_led_is_lit_in_as_many_slots_as_its_level() {
        for level in 0..=BRIGHTEST {
            assert_eq!((0..SLOTS).filter(|&slot| is_lit(level, slot)).count(), usize::from(level));
        }
    }
}
