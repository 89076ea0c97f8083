//! `pocketgan sample --morph`: a walk through the latents between two pictures, as an animation.

use std::path::Path;
use std::str::FromStr;

use anyhow::Result;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::Model;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

use crate::output::animation::write_gif;
use crate::output::files::write_whole_with;
use crate::output::pictures::enlarged;

/// Pixels of the GIF for one of a picture.
const SCALE: usize = 8;
/// Hundredths of a second that a picture is shown for, and the two at the ends.
const DELAY: u16 = 4;
const END_DELAY: u16 = 60;
/// The weight of the second latent where only it is left.
const WHOLE: usize = 256;

/// The seeds of the pictures at the ends of a walk, as in `67..69`.
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
            (from, to) if from == to => Err(format!("from seed {from} to itself is no walk")),
            (from, to) => Ok(Self { from, to }),
        }
    }
}

/// A walk from one picture to another, and back.
pub(crate) struct Walk {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Pictures in one direction, both ends included; from 2 to 257.
    pub(crate) frames: u16,
}

impl Walk {
    /// Writes it, drawn by `model`, to the GIF `out`.
    pub(crate) fn write(&self, model: &Model<'_>, out: &Path) -> Result<()> {
        let way = self.way(model);
        let last = way.len() - 1;
        let frames = there_and_back(last).map(|at| {
            let delay = if at == 0 || at == last { END_DELAY } else { DELAY };
            Ok((enlarged(&way[at], SCALE), delay))
        });
        write_whole_with(out, |out| write_gif(out, frames))
    }

    /// Its pictures in one direction.
    fn way(&self, model: &Model<'_>) -> Vec<Picture> {
        let (from, to) = (Latent::of_picture(self.from), Latent::of_picture(self.to));
        let draw = |weight: u16| {
            let mut picture = [0; PIXELS];
            model.draw(&from.blend(&to, weight), &mut picture);
            picture
        };
        weights(self.frames.into()).map(draw).collect()
    }
}

/// The weights of the second latent in `frames` pictures: even steps, rounded to the nearest.
fn weights(frames: usize) -> impl Iterator<Item = u16> {
    let steps = frames - 1;
    (0..frames).map(move |frame| ((frame * WHOLE + steps / 2) / steps) as u16)
}

/// The places from 0 to `last` and back to 1, so that the next round goes on at 0.
fn there_and_back(last: usize) -> impl Iterator<Item = usize> {
    (0..=last).chain((1..last).rev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seeds_with_dots_between_them_are_the_ends_of_a_walk() {
        assert_eq!("67..69".parse(), Ok(Ends { from: 67, to: 69 }));
        assert_eq!("4294967295..0".parse(), Ok(Ends { from: u32::MAX, to: 0 }));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_wrong_about_it() {
        for (text, telling) in [
            ("67", "such as 67..69"),
            ("", "such as 67..69"),
            ("67-69", "such as 67..69"),
            ("67..", "\"\" is no seed"),
            ("..69", "\"\" is no seed"),
            ("67..=69", "\"=69\" is no seed"),
            ("1..2..3", "\"2..3\" is no seed"),
            ("-1..5", "\"-1\" is no seed"),
            ("0..4294967296", "from 0 to 4294967295"),
            ("7..7", "from seed 7 to itself"),
        ] {
            let error = text.parse::<Ends>().unwrap_err();
            assert!(error.contains(telling), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_walk_goes_in_even_steps_from_nothing_to_the_whole() {
        for frames in 2..=257 {
            let weights: Vec<usize> = weights(frames).map(usize::from).collect();
            assert_eq!((weights.len(), weights[0], weights[frames - 1]), (frames, 0, WHOLE));
            let steps = weights.windows(2).map(|pair| pair[1] - pair[0]);
            let even = WHOLE / (frames - 1);
            assert!(steps.into_iter().all(|step| (even..=even + 1).contains(&step)), "{frames}: {weights:?}");
        }
    }

    #[test]
    fn the_way_back_shows_neither_end_twice() {
        assert!(there_and_back(3).eq([0, 1, 2, 3, 2, 1]));
        assert!(there_and_back(1).eq([0, 1]));
    }
}
