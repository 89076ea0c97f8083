//! Morphing from one picture to another: the easing that all animations share.
//!
//! A morph is a sequence of pictures of [`Latent::blend`](crate::infer::latent::Latent::blend) with these weights. They
//! are the same on every machine, so the same seeds give the same pictures on a device and in a GIF.

use core::f32::consts::PI;

use micromath::F32Ext;

/// The weight of the second picture at the end of a morph, where only it is left.
pub const FULL_WEIGHT: u16 = 256;

/// The weight of the second picture after `step` of `steps` steps, from 0 to [`FULL_WEIGHT`]: half a cosine wave, so a
/// morph starts and ends gently. After the last step it stays [`FULL_WEIGHT`].
///
/// ```
/// use pocketgan_core::infer::morph::weight;
///
/// assert_eq!([0, 1, 2, 3, 4].map(|step| weight(step, 4)), [0, 37, 128, 219, 256]);
/// ```
pub fn weight(step: u32, steps: u32) -> u16 {
    if step >= steps {
        return FULL_WEIGHT;
    }
    let position = step as f32 / steps as f32;
    // Called by path: where `std` is linked, f32 has methods of these names whose results depend on the platform.
    let eased = (1.0 - F32Ext::cos(PI * position)) / 2.0;
    F32Ext::round(eased * f32::from(FULL_WEIGHT)) as u16
}

/// The weights of a morph of `frames` pictures, the first and the last included.
pub fn weights(frames: u16) -> impl Iterator<Item = u16> {
    let steps = u32::from(frames).saturating_sub(1);
    (0..u32::from(frames)).map(move |frame| weight(frame, steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_morph_goes_from_the_first_picture_to_the_second_without_turning_back() {
        for steps in 1..=300 {
            assert_eq!([0, steps, steps + 1].map(|step| weight(step, steps)), [0, FULL_WEIGHT, FULL_WEIGHT]);
            assert!((0..steps).all(|step| weight(step, steps) <= weight(step + 1, steps)), "{steps} steps");
        }
        assert_eq!(weight(0, 0), FULL_WEIGHT);
    }

    #[test]
    fn the_easing_is_half_a_cosine_wave_and_symmetric() {
        for step in 0..=100 {
            let expected = 128.0 - 128.0 * libm::cos(core::f64::consts::PI * f64::from(step) / 100.0);
            assert!((f64::from(weight(step, 100)) - expected).abs() < 1.0, "step {step}");
            assert!(weight(step, 100).abs_diff(FULL_WEIGHT - weight(100 - step, 100)) <= 1, "step {step}");
        }
    }

    #[test]
    fn every_frame_has_a_weight() {
        assert!(weights(5).eq([0, 37, 128, 219, 256]));
        assert!(weights(2).eq([0, 256]));
        assert_eq!(weights(u16::MAX).count(), 65_535);
    }
}
