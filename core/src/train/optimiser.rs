//! Optimisers, as Keras 2 (TensorFlow 2) defines them: `eps` is added outside the square root.

use crate::nn::kernel::Lanes;

/// A gradient descent rule with `MOMENTS` moments per weight.
pub trait Optimiser<const MOMENTS: usize>: Sync {
    /// The step of sixteen weights with this `gradient`; updates their `moments`. Implementations must be
    /// `#[inline(always)]`, as all [operations](crate::nn::kernel::Operation) are.
    fn step<L: Lanes>(&self, gradient: L, moments: &mut [L; MOMENTS]) -> Step<L>;
}

/// A step of sixteen weights: `w -= numerator / denominator`.
///
/// Not yet divided, so that the caller can do other work between the square root of the denominator and the division,
/// which are the slowest instructions of an update.
#[derive(Clone, Copy, Debug)]
pub struct Step<L> {
    /// The learning rate times the gradient, or times its average.
    pub numerator: L,
    /// The root of the average squared gradient.
    pub denominator: L,
}

impl<L: Lanes> Step<L> {
    /// The weights after the step.
    #[inline(always)]
    pub fn apply(self, weights: L) -> L {
        weights - self.numerator / self.denominator
    }
}

/// RMSprop without momentum: `v = rho v + (1 - rho) g²; w -= lr g / (sqrt(v) + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    learning_rate: f32,
    rho: f32,
}

impl RmsProp {
    const RHO: f32 = 0.9;
    const EPS: f32 = 1e-7;

    /// RMSprop with Keras' `rho` of 0.9.
    pub fn new(learning_rate: f32) -> Self {
        Self { learning_rate, rho: Self::RHO }
    }

    /// [`Adam`] with a `beta1` of 0 and this `beta2`, at step number `step`, counted from 1: RMSprop whose learning rate
    /// corrects the bias of the average.
    pub fn adam_without_momentum(learning_rate: f32, beta2: f32, step: u64) -> Self {
        let correction = 1.0 - libm::pow(f64::from(beta2), step as f64);
        Self { learning_rate: (f64::from(learning_rate) * libm::sqrt(correction)) as f32, rho: beta2 }
    }
}

impl Optimiser<1> for RmsProp {
    #[inline(always)]
    fn step<L: Lanes>(&self, g: L, [v]: &mut [L; 1]) -> Step<L> {
        *v = L::splat(self.rho) * *v + L::splat(1.0 - self.rho) * (g * g);
        Step { numerator: L::splat(self.learning_rate) * g, denominator: v.sqrt() + L::splat(Self::EPS) }
    }
}

/// Adam: `m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w -= rate m / (sqrt(v) + eps)`, with the `rate` of one step.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Learning rate with the bias corrections of step t: `lr sqrt(1 - b2^t) / (1 - b1^t)`.
    rate: f32,
    beta1: f32,
}

impl Adam {
    /// Keras' `beta1`, the decay rate of the average gradient.
    pub const BETA1: f32 = 0.9;
    const BETA2: f32 = 0.999;
    const EPS: f32 = 1e-7;

    /// Adam with Keras' `beta1` of 0.9 at step number `step`, counted from 1.
    pub fn at_step(learning_rate: f32, step: u64) -> Self {
        Self::with_beta1(learning_rate, Self::BETA1, step)
    }

    /// The same with another `beta1`.
    pub fn with_beta1(learning_rate: f32, beta1: f32, step: u64) -> Self {
        let t = step as f64;
        let correction1 = 1.0 - libm::pow(f64::from(beta1), t);
        let correction2 = 1.0 - libm::pow(f64::from(Self::BETA2), t);
        Self { rate: (f64::from(learning_rate) * libm::sqrt(correction2) / correction1) as f32, beta1 }
    }
}

impl Optimiser<2> for Adam {
    #[inline(always)]
    fn step<L: Lanes>(&self, g: L, [m, v]: &mut [L; 2]) -> Step<L> {
        *m = L::splat(self.beta1) * *m + L::splat(1.0 - self.beta1) * g;
        *v = L::splat(Self::BETA2) * *v + L::splat(1.0 - Self::BETA2) * (g * g);
        Step { numerator: L::splat(self.rate) * *m, denominator: v.sqrt() + L::splat(Self::EPS) }
    }
}

/// For tests: stores the gradient as the first moment and leaves the weights unchanged.
#[cfg(feature = "test-support")]
#[derive(Clone, Copy, Debug)]
pub struct KeepGradient;

#[cfg(feature = "test-support")]
impl<const MOMENTS: usize> Optimiser<MOMENTS> for KeepGradient {
    #[inline(always)]
    fn step<L: Lanes>(&self, g: L, moments: &mut [L; MOMENTS]) -> Step<L> {
        moments[0] = g;
        Step { numerator: L::splat(0.0), denominator: L::splat(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::kernel::{Isa, Operation, WIDTH};

    /// One step of weights that are all `w`, with gradients that are all `g`.
    struct Once<'a, O, const M: usize> {
        optimiser: &'a O,
        w: &'a mut f32,
        g: f32,
        moments: &'a mut [f32; M],
    }

    impl<O: Optimiser<M>, const M: usize> Operation for Once<'_, O, M> {
        type Output = ();
        #[inline(always)]
        fn run<L: Lanes>(self) {
            let first = |lanes: L| {
                let mut to = [0.0; WIDTH];
                lanes.store(&mut to);
                assert!(to.iter().all(|&x| x == to[0]));
                to[0]
            };
            let mut moments = self.moments.map(L::splat);
            *self.w = first(self.optimiser.step(L::splat(self.g), &mut moments).apply(L::splat(*self.w)));
            *self.moments = moments.map(first);
        }
    }

    #[test]
    fn adam_follows_its_formula_over_three_steps() {
        for (isa, beta1) in Isa::available().flat_map(|isa| [(isa, 0.9_f32), (isa, 0.5), (isa, 0.0)]) {
            let (mut w, mut moments) = (1.0_f32, [0.0_f32; 2]);
            let (mut w64, mut m, mut v) = (1.0_f64, 0.0_f64, 0.0_f64);
            for (t, g) in [(1, 0.5_f32), (2, -0.2), (3, 0.1)] {
                let optimiser = Adam::with_beta1(1e-2, beta1, t);
                isa.run(Once { optimiser: &optimiser, w: &mut w, g, moments: &mut moments });
                let (g, beta1) = (f64::from(g), f64::from(beta1));
                m = beta1 * m + (1.0 - beta1) * g;
                v = 0.999 * v + 0.001 * g * g;
                let rate = 1e-2 * libm::sqrt(1.0 - libm::pow(0.999, t as f64)) / (1.0 - libm::pow(beta1, t as f64));
                w64 -= rate * m / (libm::sqrt(v) + 1e-7);
            }
            assert!((f64::from(w) - w64).abs() < 1e-6, "{w} is not {w64} with {isa:?} and a beta1 of {beta1}");
        }
    }

    #[test]
    fn adam_without_momentum_follows_its_formula_over_three_steps() {
        for isa in Isa::available() {
            let (mut w, mut moments) = (1.0_f32, [0.0_f32]);
            let (mut w64, mut v) = (1.0_f64, 0.0_f64);
            for (t, g) in [(1, 0.5_f32), (2, -0.2), (3, 0.1)] {
                let optimiser = RmsProp::adam_without_momentum(1e-2, 0.99, t);
                isa.run(Once { optimiser: &optimiser, w: &mut w, g, moments: &mut moments });
                let g = f64::from(g);
                v = 0.99 * v + 0.01 * g * g;
                let rate = 1e-2 * libm::sqrt(1.0 - libm::pow(0.99, t as f64));
                w64 -= rate * g / (libm::sqrt(v) + 1e-7);
            }
            assert!((f64::from(w) - w64).abs() < 1e-6, "{w} is not {w64} with {isa:?}");
        }
    }

    #[test]
    fn rmsprop_follows_its_formula_over_two_steps() {
        for isa in Isa::available() {
            let (mut w, mut moments) = (1.0_f32, [0.0_f32]);
            let (mut w64, mut v) = (1.0_f64, 0.0_f64);
            for g in [0.5_f32, -0.2] {
                isa.run(Once { optimiser: &RmsProp::new(1e-2), w: &mut w, g, moments: &mut moments });
                let g = f64::from(g);
                v = 0.9 * v + 0.1 * g * g;
                w64 -= 1e-2 * g / (libm::sqrt(v) + 1e-7);
            }
            assert!((f64::from(w) - w64).abs() < 1e-6, "{w} is not {w64} with {isa:?}");
        }
    }
}
