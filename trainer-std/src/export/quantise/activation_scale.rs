//! Affine 8-bit quantisation of a layer's activations.

/// The scale of 8-bit activations: q stands for `step * (q - zero_point)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActivationScale {
    pub(crate) step: f64,
    pub(crate) zero_point: u8,
}

impl ActivationScale {
    /// The scale with the smallest squared error on `values`: it covers their whole range, or clips the largest.
    pub(crate) fn of(values: &[f32]) -> Self {
        let (low, high) =
            values.iter().fold((0.0_f64, 0.0_f64), |(low, high), &x| (low.min(f64::from(x)), high.max(f64::from(x))));
        let candidates = (40..=100).step_by(4).map(|percent| Self::over(low, high * f64::from(percent) / 100.0));
        let error =
            |scale: &Self| values.iter().map(|&x| (scale.nearest(f64::from(x)) - f64::from(x)).powi(2)).sum::<f64>();
        let rated = candidates.map(|scale| (error(&scale), scale));
        rated.min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are candidates").1
    }

    /// The scale whose 256 values cover `low` to `high`, including 0.
    fn over(low: f64, high: f64) -> Self {
        // A layer whose outputs are all zero needs a step too.
        let step = ((high - low) / 255.0).max(f64::from(f32::MIN_POSITIVE));
        Self { step, zero_point: (-low / step).round().clamp(0.0, 255.0) as u8 }
    }

    /// The largest value that can be represented.
    pub(crate) fn highest(&self) -> f64 {
        f64::from(255 - self.zero_point) * self.step
    }

    /// The representable value nearest to `x`.
    fn nearest(&self, x: f64) -> f64 {
        let zero = f64::from(self.zero_point);
        let q = (x / self.step + zero).round().clamp(0.0, 255.0);
        (q - zero) * self.step
    }

    /// Rounds each of `values` to the nearest representable one.
    pub(crate) fn round(&self, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = self.nearest(f64::from(*x)) as f32);
    }
}
