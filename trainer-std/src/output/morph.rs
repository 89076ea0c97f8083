//! `pocketgan sample --morph`: a morph from one picture to another and back, as an animated GIF.

use std::path::Path;
use std::str::FromStr;

use anyhow::Result;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::Model;
use pocketgan_core::infer::morph::weights;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

use crate::output::animation::write_gif;
use crate::output::files::write_whole_with;
use crate::output::pictures::enlarged;

/// Side of a picture's pixel in pixels of the GIF.
const SCALE: usize = 8;
/// Hundredths of a second for which a picture is shown, and for which the first and the last are.
const DELAY: u16 = 4;
const END_DELAY: u16 = 60;

/// The seeds of the first and the last picture, as in `67..69`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

impl FromStr for Ends {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once("..").ok_or("two seeds with .. between them are needed, such as 67..69")?;
        let seed = |text: &str| {
            let seed = text.parse::<u32>();
            seed.map_err(|_| format!("{text:?} is no seed; seeds are whole numbers from 0 to {}", u32::MAX))
        };
        match (seed(from)?, seed(to)?) {
            (from, to) if from == to => Err(format!("the two seeds are both {from}; a morph needs different ones")),
            (from, to) => Ok(Self { from, to }),
        }
    }
}

/// A morph from one picture to another, and back.
pub(crate) struct Morph {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Pictures in one direction, the first and the last included; at least 2.
    pub(crate) frames: u16,
}

impl Morph {
    /// Writes the GIF `out` with pictures drawn by `model`.
    pub(crate) fn write(&self, model: &Model<'_>, out: &Path) -> Result<()> {
        let pictures = self.pictures(model);
        let last = pictures.len() - 1;
        let frames = there_and_back(last).map(|at| {
            let delay = if at == 0 || at == last { END_DELAY } else { DELAY };
            Ok((enlarged(&pictures[at], SCALE), delay))
        });
        write_whole_with(out, |out| write_gif(out, frames))
    }

    /// The pictures in one direction.
    fn pictures(&self, model: &Model<'_>) -> Vec<Picture> {
        let (from, to) = (Latent::of_picture(self.from), Latent::of_picture(self.to));
        let draw = |weight: u16| {
            let mut picture = [0; PIXELS];
            model.draw(&from.blend(&to, weight), &mut picture);
            picture
        };
        weights(self.frames).map(draw).collect()
    }
}

/// The indices from 0 to `last` and back to 1, so that the animation repeats without a repeated frame.
fn there_and_back(last: usize) -> impl Iterator<Item = usize> {
    (0..=last).chain((1..last).rev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seeds_with_dots_between_them_are_the_ends_of_a_morph() {
        assert_eq!("67..69".parse(), Ok(Ends { from: 67, to: 69 }));
        assert_eq!("4294967295..0".parse(), Ok(Ends { from: u32::MAX, to: 0 }));
    }

    #[test]
    fn anything_else_is_rejected_with_a_reason() {
        for (text, reason) in [
            ("67", "such as 67..69"),
            ("", "such as 67..69"),
            ("67-69", "such as 67..69"),
            ("67..", "\"\" is no seed"),
            ("..69", "\"\" is no seed"),
            ("67..=69", "\"=69\" is no seed"),
            ("1..2..3", "\"2..3\" is no seed"),
            ("-1..5", "\"-1\" is no seed"),
            ("0..4294967296", "from 0 to 4294967295"),
            ("7..7", "both 7"),
        ] {
            let error = text.parse::<Ends>().unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn neither_end_is_shown_twice_in_a_row() {
        assert!(there_and_back(3).eq([0, 1, 2, 3, 2, 1]));
        assert!(there_and_back(1).eq([0, 1]));
    }
}
