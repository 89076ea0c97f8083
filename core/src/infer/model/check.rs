//! Compares a processor's requantisation with that of plain Rust, on the host and on devices.

use core::fmt;

use super::requantise::scalar;
use super::{MAX_BIAS, MAX_MULTIPLIER, Quantisation, Requantise};
use crate::infer::integer::{Precision, ROWS};
use crate::nn::network::Activation;
use crate::random::{Purpose, Stream};

/// An output that a processor computed wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongOutput {
    /// The parameters of the layer.
    pub quantisation: Quantisation,
    /// The layer's activation.
    pub activation: Activation,
    /// The sum with its bias, and the multiplier of the row.
    pub row: (i32, u16),
    /// The result of plain Rust.
    pub expected: u8,
    /// The result of the processor's instructions.
    pub got: u8,
}

impl fmt::Display for WrongOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quantisation, activation, row: (sum, multiplier), expected, got } = self;
        let Quantisation { pre_shift, post_shift, .. } = quantisation;
        let shifts = format_args!("with shifts of {pre_shift} and {post_shift}");
        write!(f, "the {activation:?} output of {sum} times {multiplier} {shifts} is {got}, not {expected}")
    }
}

impl core::error::Error for WrongOutput {}

/// Compares this machine's requantisation with that of plain Rust: random and extreme sums, with random parameters.
///
/// # Errors
/// The first output that differs.
pub fn requantisation(seed: u64) -> Result<(), WrongOutput> {
    let mut stream = Stream::at(seed, Purpose::Weights, 1);
    for _ in 0..2_000 {
        let [pre_shift, post_shift, zero_point] = [32, 31, 256].map(|bound| stream.below(bound) as u8);
        let quantisation = Quantisation { precision: Precision::Int8, pre_shift, post_shift, zero_point };
        for activation in [Activation::Linear, Activation::LeakyRelu, Activation::Tanh] {
            compare(quantisation, activation, &mut stream)?;
        }
    }
    Ok(())
}

/// Compares eight rows, unless a model with these parameters is rejected.
fn compare(quantisation: Quantisation, activation: Activation, stream: &mut Stream) -> Result<(), WrongOutput> {
    let Some(by) = Requantise::new(quantisation, activation) else { return Ok(()) };
    let sums = [(); ROWS].map(|()| sum(stream));
    let bias = [(); ROWS].map(|()| sum(stream) % MAX_BIAS);
    let multipliers = [(); ROWS].map(|()| multiplier(stream));
    let (mut outputs, mut expected) = ([0; ROWS], [0; ROWS]);
    by.write(&sums, &bias, &multipliers, &mut outputs);
    scalar::write(&by, &sums, &bias, &multipliers, &mut expected);
    for (at, (got, expected)) in outputs.into_iter().zip(expected).enumerate() {
        if got != expected {
            let row = (sums[at].wrapping_add(bias[at]), multipliers[at]);
            return Err(WrongOutput { quantisation, activation, row, expected, got });
        }
    }
    Ok(())
}

/// A number of random length, so that small and large ones occur, or one of the extremes.
fn sum(stream: &mut Stream) -> i32 {
    match stream.below(34) {
        32 => i32::MIN,
        33 => i32::MAX,
        shift => stream.next_u32() as i32 >> shift,
    }
}

/// A random multiplier, often the largest.
fn multiplier(stream: &mut Stream) -> u16 {
    stream.below(5 * u32::from(MAX_MULTIPLIER) / 4).min(MAX_MULTIPLIER.into()) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requantisation_agrees_with_plain_rust() {
        assert_eq!(requantisation(0), Ok(()));
    }
}
