//! Requantisation row by row, on all processors without vectors.

use super::{LEAK_FRACTION_BITS, LEAK_MULTIPLIER, Requantise, TANH, TANH_ENTRIES};
use crate::infer::integer::ROWS;

/// Writes the outputs of eight rows for their sums.
#[inline]
pub(in crate::infer::model) fn write(
    by: &Requantise,
    sums: &[i32; ROWS],
    bias: &[i32; ROWS],
    multipliers: &[u16; ROWS],
    outputs: &mut [u8; ROWS],
) {
    let rows = sums.iter().zip(bias).zip(multipliers);
    let rows = outputs.iter_mut().zip(rows.map(|((&sum, &bias), &multiplier)| (sum.wrapping_add(bias), multiplier)));
    // One loop for each activation: to look it up in each row would take longer.
    if by.tanh {
        rows.for_each(|(output, (sum, multiplier))| *output = tanh(scale(by, narrow(by, sum), multiplier)));
    } else if by.leaky {
        rows.for_each(|(output, (sum, multiplier))| *output = byte(scale(by, leak(narrow(by, sum)), multiplier)));
    } else {
        rows.for_each(|(output, (sum, multiplier))| *output = byte(scale(by, narrow(by, sum), multiplier)));
    }
}

/// The sum in 16 bits.
#[inline]
fn narrow(by: &Requantise, sum: i32) -> i32 {
    (sum >> (by.pre_shift & 31)).clamp(-32_768, 32_767)
}

/// Leaky ReLU of a 16-bit number.
#[inline]
fn leak(t: i32) -> i32 {
    if t < 0 { (t * LEAK_MULTIPLIER + (1 << (LEAK_FRACTION_BITS - 1))) >> LEAK_FRACTION_BITS } else { t }
}

/// The output before it is clamped to its range.
#[inline]
fn scale(by: &Requantise, t: i32, multiplier: u16) -> i32 {
    t.wrapping_mul(i32::from(multiplier)).wrapping_add(by.offset) >> (by.post_shift & 31)
}

/// An output of all layers but the last.
#[inline]
fn byte(scaled: i32) -> u8 {
    scaled.clamp(0, 255) as u8
}

/// The pixel of a scaled sum of the last layer.
#[inline]
fn tanh(scaled: i32) -> u8 {
    TANH[scaled.clamp(0, TANH_ENTRIES as i32 - 1) as usize]
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_MULTIPLIER, tests::quantisation};
    use super::*;
    use crate::nn::network::Activation;

    /// Requantises one sum, up to the clamping.
    fn scaled(by: Requantise, sum: i32, multiplier: u16) -> i32 {
        let t = narrow(&by, sum);
        scale(&by, if by.leaky { leak(t) } else { t }, multiplier)
    }

    #[test]
    fn the_table_of_tanh_is_tanh_rounded_to_pixels() {
        for x in -700..=700 {
            let exact = libm::tanh(f64::from(x) / 128.0);
            let error = f64::from(tanh(x + 512)) - (127.5 + 127.5 * exact);
            assert!(error.abs() <= 0.5, "tanh({x} / 128) gives {}", tanh(x + 512));
        }
        assert_eq!((tanh(i32::MIN), tanh(i32::MAX)), (0, 255));
    }

    #[test]
    fn scaling_rounds_half_up_and_adds_the_zero_point() {
        let by = |zero_point| Requantise::new(quantisation(0, 2, zero_point), Activation::Linear).unwrap();
        let sums = [-7, -6, -5, -2, -1, 0, 1, 2, 5, 6];
        assert_eq!(sums.map(|sum| scaled(by(0), sum, 1)), [-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]);
        assert_eq!(sums.map(|sum| scaled(by(9), sum, 1)), [7, 8, 8, 9, 9, 9, 9, 10, 10, 11]);
    }

    #[test]
    fn scaling_agrees_with_its_formula_in_64_bits_up_to_the_extremes() {
        let sums = [i32::MIN, -40_000_000, -32_769, -32_768, -101, -1, 0, 1, 99, 32_767, 32_768, i32::MAX];
        for (activation, zero) in [(Activation::Linear, 255), (Activation::LeakyRelu, 255), (Activation::Tanh, 512)] {
            for (pre_shift, post_shift) in [(0, 1), (3, 17), (8, 20), (31, 16)] {
                let by = Requantise::new(quantisation(pre_shift, post_shift, 255), activation).unwrap();
                for (sum, multiplier) in sums.into_iter().flat_map(|sum| [0, 777, MAX_MULTIPLIER].map(|m| (sum, m))) {
                    let mut t = i64::from(sum >> pre_shift).clamp(-32_768, 32_767);
                    if t < 0 && activation == Activation::LeakyRelu {
                        t = (t * 5243 + (1 << 18)) >> 19;
                    }
                    let expected = (t * i64::from(multiplier) + (1 << (post_shift - 1))) >> post_shift;
                    assert_eq!(i64::from(scaled(by, sum, multiplier)), expected + zero);
                }
            }
        }
    }
}
