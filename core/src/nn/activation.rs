//! Activation functions and their derivatives, element by element.
//!
//! Plain arithmetic without fused operations or calls, so that the compiler vectorises the loops for the instruction set
//! of the caller ([`Isa::vectorised`](crate::nn::kernel::Isa::vectorised)), with the same bits for each.

/// The activation function of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activation {
    /// The identity.
    Linear,
    /// `x` where positive, [`LEAK`]` * x` elsewhere.
    LeakyRelu,
    /// Hyperbolic tangent.
    Tanh,
}

/// Slope of the leaky ReLU for negative inputs.
pub const LEAK: f32 = 0.01;

/// Forward: `y = f(y)`, where `y` holds the weighted sums of a layer.
#[inline(always)]
pub fn forward(activation: Activation, y: &mut [f32]) {
    match activation {
        Activation::Linear => {}
        Activation::LeakyRelu => y.iter_mut().for_each(|y| *y = leaky_relu(*y)),
        Activation::Tanh => y.iter_mut().for_each(|y| *y = tanh(*y)),
    }
}

/// Backward: `dy = dy * f'`. On entry `dy` is the gradient with respect to the outputs `y`, on return with respect to
/// the weighted sums. `f'` is computed from `y`, which determines it for all three functions.
#[inline(always)]
pub fn backward(activation: Activation, y: &[f32], dy: &mut [f32]) {
    backward_scaled(activation, 1.0, y, dy);
}

/// [`backward`] of `factor * dy`.
#[inline(always)]
pub fn backward_scaled(activation: Activation, factor: f32, y: &[f32], dy: &mut [f32]) {
    backward_by(activation, factor, y.iter().copied(), dy);
}

/// [`backward_scaled`] by any outputs.
#[inline(always)]
pub fn backward_by(activation: Activation, factor: f32, y: impl Iterator<Item = f32>, dy: &mut [f32]) {
    let pairs = dy.iter_mut().zip(y);
    match activation {
        Activation::Linear => pairs.for_each(|(dy, _)| *dy *= factor),
        Activation::LeakyRelu => pairs.for_each(|(dy, y)| *dy = *dy * factor * if y > 0.0 { 1.0 } else { LEAK }),
        Activation::Tanh => pairs.for_each(|(dy, y)| *dy = *dy * factor * (1.0 - y * y)),
    }
}

/// `y = f'`, where `y` holds the outputs.
#[inline(always)]
pub fn derivatives(activation: Activation, y: &mut [f32]) {
    match activation {
        Activation::Linear => y.fill(1.0),
        Activation::LeakyRelu => y.iter_mut().for_each(|y| *y = if *y > 0.0 { 1.0 } else { LEAK }),
        Activation::Tanh => y.iter_mut().for_each(|y| *y = 1.0 - *y * *y),
    }
}

/// `x` where positive, [`LEAK`]` * x` elsewhere.
#[inline(always)]
pub fn leaky_relu(x: f32) -> f32 {
    x * if x > 0.0 { 1.0 } else { LEAK }
}

/// Hyperbolic tangent with an absolute error below 2e-7: `(1 - e) / (1 + e)` with `e = exp(-2 |x|)`. NaN stays NaN.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    // The result is 1 in f32 from 10 on; the limit keeps the exponential from underflowing.
    let a = x.abs();
    let a = if a > 10.0 { 10.0 } else { a };
    let e = exp(-2.0 * a);
    ((1.0 - e) / (1.0 + e)).copysign(x)
}

/// `exp(x)` for `-87 <= x <= 0`, to 2 units in the last place: 2^n times a polynomial on [-ln(2)/2, ln(2)/2].
#[inline(always)]
fn exp(x: f32) -> f32 {
    // ln(2) as a sum of two, the first with few bits, so that `n * LN2_HI` is exact (Cody and Waite).
    const LN2_HI: f32 = 0.693_359_4;
    const LN2_LO: f32 = -2.121_944_4e-4;
    // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    // The Taylor polynomial of degree 7, whose error on [-0.347, 0.347] is below 6e-9.
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    p * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_agrees_with_f64_to_two_ten_millionths() {
        for i in -240_000..=240_000 {
            let x = i as f32 / 20_000.0;
            let error = f64::from(tanh(x)) - libm::tanh(f64::from(x));
            assert!(error.abs() < 2e-7, "tanh({x}) is off by {error:e}");
        }
    }

    #[test]
    fn tanh_of_nan_is_nan_and_of_infinity_is_one() {
        assert!(tanh(f32::NAN).is_nan());
        assert_eq!(tanh(f32::INFINITY), 1.0);
        assert_eq!(tanh(f32::NEG_INFINITY), -1.0);
        assert_eq!(tanh(0.0), 0.0);
    }

    #[test]
    fn derivatives_agree_with_finite_differences() {
        for activation in [Activation::Linear, Activation::LeakyRelu, Activation::Tanh] {
            for x in [-2.0_f32, -0.4, 0.3, 1.7] {
                let at = |x: f32| {
                    let mut y = [x];
                    forward(activation, &mut y);
                    y
                };
                let h = 1e-2;
                let expected = (at(x + h)[0] - at(x - h)[0]) / (2.0 * h);
                let mut dy = [1.0];
                backward(activation, &at(x), &mut dy);
                assert!((dy[0] - expected).abs() < 1e-4, "{activation:?} at {x}: {} not {expected}", dy[0]);
            }
        }
    }
}
