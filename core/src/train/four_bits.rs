//! Quantisation-aware training (Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
//! Integer-Arithmetic-Only Inference"): a step is computed with a kernel whose weights are rounded to 4 bits, as a model
//! will have them, and its update is added to the exact weights. So the networks learn with what rounding leaves.
//!
//! The weights of each output, a column of the kernel, become multiples from -8 to 7 of one step. The steps follow from the
//! weights alone, so an export finds those of the training.

use crate::nn::kernel::Isa;
use crate::nn::memory::take;

/// Step of a column, relative to the root mean square of its weights: the uniform quantiser with sixteen levels that errs
/// least for normally distributed values (Max 1960, "Quantizing for Minimum Distortion").
const RELATIVE_STEP: f32 = 0.3352;
/// The smallest and the largest integer.
const RANGE: [f32; 2] = [-8.0, 7.0];

/// A kernel that is rounded for the time of a step.
#[derive(Debug)]
pub struct FourBits<'m> {
    isa: Isa,
    /// `[inputs][outputs]`
    exact: &'m mut [f32],
    rounded: &'m mut [f32],
}

impl<'m> FourBits<'m> {
    /// Floats of memory for a kernel of so many weights.
    pub const fn floats(weights: usize, outputs: usize) -> usize {
        2 * weights + outputs
    }

    /// Rounds `kernel`, `[inputs][outputs]`, and keeps its exact weights in `memory`, of any content.
    ///
    /// # Panics
    /// If the memory is shorter than [`FourBits::floats`] says.
    pub fn round(isa: Isa, kernel: &mut [f32], outputs: usize, mut memory: &'m mut [f32]) -> Self {
        let exact = take(&mut memory, kernel.len());
        let rounded = take(&mut memory, kernel.len());
        exact.copy_from_slice(kernel);
        round_columns(isa, kernel, take(&mut memory, outputs), rounded);
        kernel.copy_from_slice(rounded);
        Self { isa, exact, rounded }
    }

    /// Turns `kernel`, which is now the rounded one after an update, into the exact one after the same update.
    ///
    /// # Panics
    /// If it has another length than the one that was rounded.
    pub fn restore(self, kernel: &mut [f32]) {
        let Self { isa, exact, rounded } = self;
        assert_eq!(kernel.len(), exact.len(), "the kernel is the one that was rounded");
        isa.vectorised(
            #[inline(always)]
            || kernel.iter_mut().zip(exact).zip(rounded).for_each(|((w, e), r)| *w = *e + (*w - *r)),
        );
    }
}

/// Rounds `kernel`, `[inputs][outputs]`, to multiples of the `steps`, `[outputs]`, which are written as well.
///
/// # Panics
/// If `rounded` has another length than `kernel`.
pub fn round_columns(isa: Isa, kernel: &[f32], steps: &mut [f32], rounded: &mut [f32]) {
    assert_eq!(kernel.len(), rounded.len(), "each weight is rounded");
    isa.vectorised(
        #[inline(always)]
        || {
            write_steps(kernel, steps);
            for (row, rounded) in kernel.chunks_exact(steps.len()).zip(rounded.chunks_exact_mut(steps.len())) {
                for ((rounded, &weight), &step) in rounded.iter_mut().zip(row).zip(&*steps) {
                    *rounded = nearest_integer(weight / step).clamp(RANGE[0], RANGE[1]) * step;
                }
            }
        },
    );
}

/// The step of each column of `kernel`; positive.
#[inline(always)]
fn write_steps(kernel: &[f32], steps: &mut [f32]) {
    steps.fill(0.0);
    for row in kernel.chunks_exact(steps.len()) {
        steps.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * weight);
    }
    let rows = (kernel.len() / steps.len()) as f32;
    // Weights that are all 0 need a step too.
    steps.iter_mut().for_each(|step| *step = (RELATIVE_STEP * libm::sqrtf(*step / rows)).max(f32::MIN_POSITIVE));
}

/// `x` rounded to the nearest integer, halves to the even one, if its magnitude is below 2^22.
#[inline(always)]
fn nearest_integer(x: f32) -> f32 {
    // There are no fractions between 2^23 and 2^24.
    const LARGE: f32 = 1.5 * (1 << 23) as f32;
    (x + LARGE) - LARGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    const OUTPUTS: usize = 24;
    const WEIGHTS: usize = 200 * OUTPUTS;

    fn kernel() -> [f32; WEIGHTS] {
        let mut stream = Stream::at(3, Purpose::Weights, 0);
        core::array::from_fn(|at| {
            let sum: f32 = (0..4).map(|_| stream.symmetric()).sum();
            sum * (1.0 + (at % OUTPUTS) as f32)
        })
    }

    #[test]
    fn weights_become_the_nearest_of_sixteen_multiples_with_the_same_bits_on_every_instruction_set() {
        let kernel = kernel();
        let rounded_by = |isa| {
            let (mut steps, mut rounded) = ([0.0; OUTPUTS], [0.0; WEIGHTS]);
            round_columns(isa, &kernel, &mut steps, &mut rounded);
            (steps, rounded)
        };
        let (steps, rounded) = rounded_by(Isa::PORTABLE);
        for ((&weight, &rounded), &step) in kernel.iter().zip(&rounded).zip(steps.iter().cycle()) {
            let integer = rounded / step;
            let nearest = libm::roundf(integer);
            assert!((integer - nearest).abs() < 1e-6 && (-8.0..=7.0).contains(&nearest), "{integer}");
            let inside = (-8.5..=7.5).contains(&(weight / step));
            assert!(!inside || (weight - rounded).abs() <= 0.5001 * step, "{weight} became {rounded}");
        }
        assert!(Isa::available().all(|isa| rounded_by(isa) == (steps, rounded)));
    }

    #[test]
    fn normally_distributed_weights_lose_about_a_hundredth_of_their_variance() {
        let kernel = kernel();
        let (mut steps, mut rounded) = ([0.0; OUTPUTS], [0.0; WEIGHTS]);
        round_columns(Isa::best(), &kernel, &mut steps, &mut rounded);
        let lost: f32 = kernel.iter().zip(&rounded).map(|(a, b)| (a - b) * (a - b)).sum();
        let whole: f32 = kernel.iter().map(|a| a * a).sum();
        assert!((0.005..0.015).contains(&(lost / whole)), "{}", lost / whole);
    }

    #[test]
    fn an_update_of_the_rounded_kernel_moves_the_exact_one() {
        let (mut weights, mut memory) = (kernel(), [f32::NAN; FourBits::floats(WEIGHTS, OUTPUTS)]);
        let before = weights;
        let four_bits = FourBits::round(Isa::best(), &mut weights, OUTPUTS, &mut memory);
        assert!(weights != before);
        weights.iter_mut().for_each(|weight| *weight -= 0.125);
        four_bits.restore(&mut weights);
        assert!(weights.iter().zip(&before).all(|(after, before)| (before - after - 0.125).abs() < 1e-5));
    }

    #[test]
    fn weights_of_zero_stay_zero() {
        let (mut steps, mut rounded) = ([0.0; OUTPUTS], [1.0; 2 * OUTPUTS]);
        round_columns(Isa::best(), &[0.0; 2 * OUTPUTS], &mut steps, &mut rounded);
        assert!(rounded == [0.0; 2 * OUTPUTS] && steps.iter().all(|&step| step > 0.0));
    }
}
