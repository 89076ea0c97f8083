//! What is done to all pictures of a set, decided by looking at some of them.

use std::fmt;

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::SIDE;

use super::{Fit, GreyImage, Invert, Preparation, fitting};

/// Pictures that are looked at.
pub(crate) const SAMPLE: usize = 256;
/// A border is plain if this share of its pixels differs from its median by at most [`NEAR`].
const PLAIN: f64 = 0.9;
const NEAR: u8 = 24;

/// What is done to every picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// [`Fit::Auto`] if they have the size already.
    fit: Fit,
    invert: bool,
}

impl Plan {
    /// The plan for pictures like those in `sample`.
    pub(crate) fn of(asked: Preparation, sample: &[GreyImage]) -> Self {
        let most = |is: &dyn Fn(&GreyImage) -> bool| 2 * sample.iter().filter(|image| is(image)).count() > sample.len();
        let fit = match asked.fit {
            Fit::Auto if sample.iter().all(|image| (image.width, image.height) == (SIDE, SIDE)) => Fit::Auto,
            Fit::Auto if most(&|image| Border::of(image).is_plain) => Fit::Mass,
            Fit::Auto => Fit::Whole,
            fit => fit,
        };
        let invert = match asked.invert {
            Invert::Auto => most(&|image| Border::of(image).is_plain && Border::of(image).median > 127),
            invert => invert == Invert::Yes,
        };
        Self { fit, invert }
    }

    /// The image that training sees.
    pub(crate) fn prepare(&self, image: GreyImage) -> Picture {
        let image = if self.invert { image.inverted() } else { image };
        match self.fit {
            Fit::Mass => fitting::mass(&image),
            Fit::Crop => fitting::crop(&image),
            Fit::Auto | Fit::Whole => fitting::whole(&image),
        }
    }
}

/// A few words for the line that describes a set.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fit {
            Fit::Mass => "cropped, scaled to 20x20 and centred by mass in 28x28",
            Fit::Crop => "cropped to their content and scaled to 28x28",
            Fit::Auto => "as they are",
            Fit::Whole => "scaled as a whole to 28x28",
        })?;
        if self.invert { f.write_str(", dark and light exchanged") } else { Ok(()) }
    }
}

/// What a border looks like.
struct Border {
    median: u8,
    is_plain: bool,
}

impl Border {
    fn of(image: &GreyImage) -> Self {
        let mut border: Vec<u8> = image.border().collect();
        let middle = border.len() / 2;
        let median = *border.select_nth_unstable(middle).1;
        let near = border.iter().filter(|pixel| pixel.abs_diff(median) <= NEAR).count();
        Self { median, is_plain: near as f64 >= PLAIN * border.len() as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(side: usize, border: u8, inside: u8) -> GreyImage {
        let pixels = vec![inside; side * side];
        let mut image = GreyImage { width: side, height: side, pixels };
        for at in 0..side * side {
            if at % side < 3 || at / side < 3 || at % side >= side - 3 || at / side >= side - 3 {
                image.pixels[at] = border;
            }
        }
        image
    }

    fn noise(side: usize) -> GreyImage {
        GreyImage { width: side, height: side, pixels: (0..side * side).map(|i| (i * 97 % 251) as u8).collect() }
    }

    fn plan(sample: &[GreyImage]) -> (Fit, bool) {
        let Plan { fit, invert } = Plan::of(Preparation::default(), sample);
        (fit, invert)
    }

    #[test]
    fn most_pictures_decide() {
        assert_eq!(plan(&[image(64, 255, 0), image(64, 255, 0), image(64, 0, 255)]), (Fit::Mass, true));
        assert_eq!(plan(&[image(64, 0, 255), image(64, 255, 0), image(64, 0, 255)]), (Fit::Mass, false));
        assert_eq!(plan(&[noise(64), noise(64), image(64, 255, 0)]), (Fit::Whole, false));
        assert_eq!(plan(&[(); 3].map(|()| image(28, 0, 255))), (Fit::Auto, false));
        assert_eq!(plan(&[(); 3].map(|()| image(28, 250, 0))), (Fit::Auto, true));
    }

    #[test]
    fn what_is_asked_for_is_done() {
        let asked = Preparation { fit: Fit::Crop, invert: Invert::No, augment: None };
        assert_eq!(Plan::of(asked, &[image(28, 255, 0)]), Plan { fit: Fit::Crop, invert: false });
        let asked = Preparation { fit: Fit::Auto, invert: Invert::Yes, augment: None };
        assert_eq!(Plan::of(asked, &[image(28, 0, 255)]), Plan { fit: Fit::Auto, invert: true });
    }
}
