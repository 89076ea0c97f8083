//! What the 8-bit numbers of a layer's activations stand for.

/// What an 8-bit number q stands for: `step * (q - zero_point)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) step: f64,
    pub(crate) zero_point: u8,
}

impl Scale {
    /// The scale that loses least on `values`: their whole range, or a part of it with the rest cut off.
    pub(crate) fn of(values: &[f32]) -> Self {
        let (low, high) =
            values.iter().fold((0.0_f64, 0.0_f64), |(low, high), &x| (low.min(f64::from(x)), high.max(f64::from(x))));
        let candidates = (40..=100).step_by(4).map(|percent| Self::over(low, high * f64::from(percent) / 100.0));
        let loss =
            |scale: &Self| values.iter().map(|&x| (scale.nearest(f64::from(x)) - f64::from(x)).powi(2)).sum::<f64>();
        candidates.map(|scale| (loss(&scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0)).expect("some candidates").1
    }

    /// The scale whose 256 numbers reach from `low` to `high`; 0 is one of them.
    fn over(low: f64, high: f64) -> Self {
        // A layer that gives nothing but zeros still needs a step.
        let step = ((high - low) / 255.0).max(f64::from(f32::MIN_POSITIVE));
        Self { step, zero_point: (-low / step).round().clamp(0.0, 255.0) as u8 }
    }

    /// The largest number that there is.
    pub(crate) fn highest(&self) -> f64 {
        f64::from(255 - self.zero_point) * self.step
    }

    /// The number nearest to `x` that there is.
    fn nearest(&self, x: f64) -> f64 {
        let zero = f64::from(self.zero_point);
        let q = (x / self.step + zero).round().clamp(0.0, 255.0);
        (q - zero) * self.step
    }

    pub(crate) fn round(&self, values: &mut [f32]) {
        values.iter_mut().for_each(|x| *x = self.nearest(f64::from(*x)) as f32);
    }
}
