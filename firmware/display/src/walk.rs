//! A walk from one digit to another that starts and arrives softly.

use core::f32::consts::PI;
use micromath::F32Ext;

/// The weight at the end of a walk, where only the second digit is left.
pub const WHOLE: u16 = 256;

/// The second digit's weight after `step` of `steps` steps, from 0 to [`WHOLE`]: half a cosine wave. Beyond the last step
/// it stays [`WHOLE`].
///
/// Software arithmetic on every processor, so all of them walk the same way.
pub fn weight(step: u32, steps: u32) -> u16 {
    if step >= steps {
        return WHOLE;
    }
    let way = step as f32 / steps as f32;
    // Named in full: where `std` is linked, f32 has methods of its own by these names.
    let eased = (1.0 - F32Ext::cos(PI * way)) / 2.0;
    F32Ext::round(eased * f32::from(WHOLE)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_goes_from_nothing_to_the_whole_without_turning_back() {
        for steps in 1..=200 {
            assert_eq!((weight(0, steps), weight(steps, steps), weight(steps + 1, steps)), (0, WHOLE, WHOLE));
            assert!((0..steps).all(|step| weight(step, steps) <= weight(step + 1, steps)), "{steps} steps");
        }
        assert_eq!(weight(0, 0), WHOLE);
    }

    #[test]
    fn a_walk_is_half_over_in_the_middle_and_slow_at_both_ends() {
        assert_eq!([0, 1, 2, 3, 4].map(|step| weight(step, 4)), [0, 37, 128, 219, 256]);
    }
}
