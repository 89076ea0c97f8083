//! Update rules, as Keras 2 (TensorFlow 2) states them: `eps` stands outside the square root.

use crate::nn::kernel::Lanes;

/// A rule that moves weights against their gradient and remembers `MOMENTS` numbers for each.
pub trait Optimiser<const MOMENTS: usize>: Sync {
    /// How sixteen weights with these gradients are to move; their `moments` are brought up to date.
    fn propose<L: Lanes>(&self, gradients: L, moments: &mut [L; MOMENTS]) -> Move<L>;
}

/// What is to be subtracted from sixteen weights: `numerators / denominators`.
///
/// Not yet divided: a root and a division that waits for it take as long as a hundred other operations, and whoever
/// moves many weights does better to take the roots of some while the quotients of others are computed.
#[derive(Clone, Copy, Debug)]
pub struct Move<L> {
    /// The rate times a gradient, or times the mean of many.
    pub numerators: L,
    /// About how large gradients are.
    pub denominators: L,
}

impl<L: Lanes> Move<L> {
    /// The weights after it.
    #[inline(always)]
    pub fn of(self, weights: L) -> L {
        weights - self.numerators / self.denominators
    }
}

/// RMSprop without momentum: `v = rho v + (1 - rho) g²; w -= lr g / (sqrt(v) + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    /// Learning rate.
    pub learning_rate: f32,
}

impl RmsProp {
    const RHO: f32 = 0.9;
    const EPS: f32 = 1e-7;
}

impl Optimiser<1> for RmsProp {
    #[inline(always)]
    fn propose<L: Lanes>(&self, g: L, [v]: &mut [L; 1]) -> Move<L> {
        *v = L::splat(Self::RHO) * *v + L::splat(1.0 - Self::RHO) * (g * g);
        Move { numerators: L::splat(self.learning_rate) * g, denominators: v.sqrt() + L::splat(Self::EPS) }
    }
}

/// Adam at one step: `m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w -= rate m / (sqrt(v) + eps)`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// Learning rate with the bias corrections of this step: `lr sqrt(1 - b2^t) / (1 - b1^t)`.
    rate: f32,
}

impl Adam {
    const BETA1: f32 = 0.9;
    const BETA2: f32 = 0.999;
    const EPS: f32 = 1e-7;

    /// The rule of update number `step`, counted from 1.
    pub fn at_step(learning_rate: f32, step: u64) -> Self {
        let t = step as f64;
        let correction1 = 1.0 - libm::pow(f64::from(Self::BETA1), t);
        let correction2 = 1.0 - libm::pow(f64::from(Self::BETA2), t);
        Self { rate: (f64::from(learning_rate) * libm::sqrt(correction2) / correction1) as f32 }
    }
}

impl Optimiser<2> for Adam {
    #[inline(always)]
    fn propose<L: Lanes>(&self, g: L, [m, v]: &mut [L; 2]) -> Move<L> {
        *m = L::splat(Self::BETA1) * *m + L::splat(1.0 - Self::BETA1) * g;
        *v = L::splat(Self::BETA2) * *v + L::splat(1.0 - Self::BETA2) * (g * g);
        Move { numerators: L::splat(self.rate) * *m, denominators: v.sqrt() + L::splat(Self::EPS) }
    }
}

/// For tests and tools: keeps the gradient in place of the first moment and leaves the weights alone.
#[derive(Clone, Copy, Debug)]
pub struct KeepGradient;

impl<const MOMENTS: usize> Optimiser<MOMENTS> for KeepGradient {
    #[inline(always)]
    fn propose<L: Lanes>(&self, g: L, moments: &mut [L; MOMENTS]) -> Move<L> {
        moments[0] = g;
        Move { numerators: L::splat(0.0), denominators: L::splat(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::kernel::{Isa, Operation, WIDTH};

    /// One update of weights that are all `w`, by gradients that are all `g`.
    struct Once<'a, O, const M: usize> {
        rule: &'a O,
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
            *self.w = first(self.rule.propose(L::splat(self.g), &mut moments).of(L::splat(*self.w)));
            *self.moments = moments.map(first);
        }
    }

    #[test]
    fn adam_follows_its_formula_over_three_steps() {
        for isa in Isa::available() {
            let (mut w, mut moments) = (1.0_f32, [0.0_f32; 2]);
            let (mut w64, mut m, mut v) = (1.0_f64, 0.0_f64, 0.0_f64);
            for (t, g) in [(1, 0.5_f32), (2, -0.2), (3, 0.1)] {
                isa.run(Once { rule: &Adam::at_step(1e-2, t), w: &mut w, g, moments: &mut moments });
                let g = f64::from(g);
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                let rate = 1e-2 * libm::sqrt(1.0 - libm::pow(0.999, t as f64)) / (1.0 - libm::pow(0.9, t as f64));
                w64 -= rate * m / (libm::sqrt(v) + 1e-7);
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
                isa.run(Once { rule: &RmsProp { learning_rate: 1e-2 }, w: &mut w, g, moments: &mut moments });
                let g = f64::from(g);
                v = 0.9 * v + 0.1 * g * g;
                w64 -= 1e-2 * g / (libm::sqrt(v) + 1e-7);
            }
            assert!((f64::from(w) - w64).abs() < 1e-6, "{w} is not {w64} with {isa:?}");
        }
    }
}
