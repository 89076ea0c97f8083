//! How far a quantised generator's pictures are from those of the float one.

use anyhow::{Result, ensure};
use pocketgan_core::infer::model::{Kind, Model};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::Generator;

use crate::export::draw::draw;
use crate::export::float;

/// Number of pictures that are compared.
const COMPARED: u32 = 256;
/// Largest acceptable relative loss. Trained generators lose 0.01 with 8 bits and 0.03 with 4.
const MAX_RELATIVE: f64 = 0.3;
/// A mean difference up to this is not visible, however little contrast the pictures have.
const INVISIBLE: f64 = 2.0;

/// What quantisation costs.
pub(crate) struct Loss {
    /// Mean absolute difference of the pixels, 0 to 255.
    pub(crate) mean: f64,
    /// The same as a share of the mean absolute deviation of the float pixels from their mean.
    relative: f64,
}

impl Loss {
    /// The loss of `model`, which is `generator` quantised.
    pub(crate) fn of(generator: &Generator, model: &Model<'_>) -> Self {
        let drawn: Vec<Picture> = (0..COMPARED).map(|seed| draw(model, seed)).collect();
        Self::between(&float::pictures(generator, 0..COMPARED), &drawn)
    }

    /// `exact` and `quantised` are pictures of the same seeds.
    fn between(exact: &[Picture], quantised: &[Picture]) -> Self {
        let (exact, quantised) = (exact.as_flattened(), quantised.as_flattened());
        let count = exact.len() as f64;
        let sum: u64 = exact.iter().zip(quantised).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / count;
        let brightness = exact.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / count;
        let deviation = exact.iter().map(|&pixel| (f64::from(pixel) - brightness).abs()).sum::<f64>() / count;
        Self { mean, relative: mean / deviation.max(f64::MIN_POSITIVE) }
    }

    /// # Errors
    /// If the pictures are visibly others.
    pub(crate) fn check(&self, kind: Kind) -> Result<()> {
        ensure!(
            self.mean <= INVISIBLE || self.relative <= MAX_RELATIVE,
            "{kind} integers cannot represent these weights: the pixels would differ from those of f32 by {:.0} of 255 in \
             the mean; choose f32, or more bits",
            self.mean
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    fn halves(left: u8, right: u8) -> Picture {
        std::array::from_fn(|at| if at % 28 < 14 { left } else { right })
    }

    #[test]
    fn the_loss_is_relative_to_the_contrast_of_the_float_pictures() {
        let loss = Loss::between(&[halves(0, 100)], &[halves(10, 100)]);
        assert_eq!((loss.mean, loss.relative), (5.0, 0.1));
        assert!(loss.check(Kind::Int8).is_ok());
    }

    #[test]
    fn other_pictures_are_an_error_that_names_the_kind() {
        let error = Loss::between(&[halves(0, 255)], &[[0; PIXELS]]).check(Kind::Int4).unwrap_err().to_string();
        assert!(error.starts_with("int4 integers cannot represent these weights"), "{error}");
    }

    #[test]
    fn pictures_without_contrast_may_differ_invisibly() {
        assert!(Loss::between(&[[128; PIXELS]], &[[128; PIXELS]]).check(Kind::Int8).is_ok());
        assert!(Loss::between(&[[128; PIXELS]], &[[130; PIXELS]]).check(Kind::Int8).is_ok());
        assert!(Loss::between(&[[128; PIXELS]], &[[131; PIXELS]]).check(Kind::Int8).is_err());
    }
}
