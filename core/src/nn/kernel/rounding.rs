//! Rounding to bfloat16, the upper half of a float.

/// The bits of a float that bfloat16 keeps.
pub(super) const UPPER: u32 = 0xffff_0000;

/// The bits of `x` rounded to bfloat16, to nearest even, as `VCVTNE2PS2BF16` rounds. Denormal numbers become zeros of the
/// same sign, as `VDPBF16PS` reads them.
#[inline(always)]
pub(super) fn rounded(x: f32) -> u32 {
    let bits = x.to_bits();
    let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & UPPER;
    if x.abs() < f32::MIN_POSITIVE { bits & SIGN } else { nearest }
}

/// The bit of a float that is its sign.
const SIGN: u32 = 1 << 31;

/// The bits of a pair: `first` rounded, and `second`.
#[inline(always)]
pub(super) fn rounded_pair(first: f32, second: f32) -> u32 {
    rounded(first) >> 16 | rounded(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(x: f32) -> f32 {
        f32::from_bits(rounded(x))
    }

    #[test]
    fn numbers_are_rounded_to_the_nearest_of_eight_bits_and_halves_to_the_even_one() {
        let ulp = 1.0 / 128.0;
        assert_eq!(round(1.0 + 0.49 * ulp), 1.0);
        assert_eq!(round(1.0 + 0.51 * ulp), 1.0 + ulp);
        assert_eq!((round(1.0 + 0.5 * ulp), round(1.0 + 1.5 * ulp)), (1.0, 1.0 + 2.0 * ulp));
        assert_eq!((round(-1.0 - 0.51 * ulp), round(1.999)), (-1.0 - ulp, 2.0));
        assert_eq!((round(f32::INFINITY), round(f32::MAX)), (f32::INFINITY, f32::INFINITY));
        assert_eq!([1e-39, 0.0, -1e-39].map(rounded), [0.0, 0.0, -0.0].map(f32::to_bits));
        assert!(round(f32::NAN).is_nan() && round(-f32::NAN).is_nan());
    }
}
