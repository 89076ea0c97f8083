//! Latents: standard normal numbers, addressed by where they are used, in integers.
//!
//! A number is a multiple of 2^-12: the quantile of 32 random bits, interpolated in a table. No floating point is involved,
//! so a PC and a Cortex-M0 draw bit-identical latents, and an integer model reads them with a shift.

mod rows;

use crate::infer::morph::FULL_WEIGHT;
use crate::random::{Purpose, Stream};
use crate::recipe::LATENT;

pub use rows::write_training_rows;

/// Fraction bits of a latent's numbers.
pub const FRACTION_BITS: u32 = 12;

/// The input of the generator: [`LATENT`] standard normal numbers in units of 2^-12.
///
/// ```
/// use pocketgan_core::infer::latent::Latent;
///
/// assert_eq!(Latent::of_picture(0).0[..4], [-185, -103, 2402, -1485]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latent(pub [i16; LATENT]);

impl Latent {
    /// The latent of picture `seed`, the same on every machine.
    pub fn of_picture(seed: u32) -> Self {
        Self::from_stream(Stream::at(0, Purpose::Picture, u64::from(seed)))
    }

    /// Latent `row` of training step `step` (both counted from 0) of the training with seed `seed`.
    /// [`write_training_rows`] computes many of them faster.
    pub fn of_training(seed: u64, step: u64, row: u16) -> Self {
        Self::from_stream(Stream::at(seed, Purpose::Training, training_index(step, row)))
    }

    fn from_stream(mut stream: Stream) -> Self {
        let mut numbers = [0; LATENT];
        for number in &mut numbers {
            *number = normal(stream.next_u32());
        }
        Self(numbers)
    }

    /// Interpolates linearly between two latents; `weight` is that of `other`, from 0 to [`FULL_WEIGHT`].
    ///
    /// # Panics
    /// If `weight` is above [`FULL_WEIGHT`].
    pub fn blend(&self, other: &Self, weight: u16) -> Self {
        assert!(weight <= FULL_WEIGHT, "the weight is at most 256");
        let (weight, full) = (i32::from(weight), i32::from(FULL_WEIGHT));
        Self(core::array::from_fn(|i| {
            let (a, b) = (i32::from(self.0[i]), i32::from(other.0[i]));
            ((a * (full - weight) + b * weight) >> FULL_WEIGHT.ilog2()) as i16
        }))
    }

    /// A point of the plane through three latents: `self + u (to - self) + v (down - self)`, with `u` and `v` in units of
    /// 1/[`FULL_WEIGHT`]. With `v` = 0 it is the [`blend`](Self::blend) of `self` and `to`.
    ///
    /// Points far outside of the triangle are clamped, number by number, at eight standard deviations.
    ///
    /// # Panics
    /// If `u` or `v` is not in `-FULL_WEIGHT..=FULL_WEIGHT`.
    pub fn on_plane(&self, to: &Self, down: &Self, u: i16, v: i16) -> Self {
        assert!(u.unsigned_abs().max(v.unsigned_abs()) <= FULL_WEIGHT, "the position is at most 256");
        Self(core::array::from_fn(|i| {
            let [origin, to, down] = [self, to, down].map(|latent| i32::from(latent.0[i]));
            let from_origin = ((to - origin) * i32::from(u) + (down - origin) * i32::from(v)) >> FULL_WEIGHT.ilog2();
            (origin + from_origin).clamp(i16::MIN.into(), i16::MAX.into()) as i16
        }))
    }

    /// Writes its numbers to `row` as floats, exactly.
    ///
    /// # Panics
    /// If `row` is not [`LATENT`] long.
    #[inline(always)]
    pub fn write_f32(&self, row: &mut [f32]) {
        assert_eq!(row.len(), LATENT);
        for (to, &from) in row.iter_mut().zip(&self.0) {
            *to = to_f32(from.into());
        }
    }
}

/// A latent's number as a float.
#[inline(always)]
fn to_f32(number: i32) -> f32 {
    number as f32 / (1 << FRACTION_BITS) as f32
}

/// Index of the stream of a training's latent.
fn training_index(step: u64, row: u16) -> u64 {
    step << 16 | u64::from(row)
}

/// Halvings of the probability that the table covers: numbers are clamped at 2^-22, 5.16 standard deviations.
const OCTAVES: u32 = 22;
/// Number of intervals of the table per halving.
const PARTS: u32 = 16;
const PART_BITS: u32 = PARTS.ilog2();
/// Bits of the position within an interval.
const FINE_BITS: u32 = 12;

/// A normal number from 32 random bits: one is the sign, 31 are the probability of a larger magnitude.
#[inline(always)]
fn normal(bits: u32) -> i16 {
    signed(bits, half_normal(bits & TAIL)) as i16
}

/// The bits of the probability.
const TAIL: u32 = 0x7fff_ffff;

/// `magnitude` with the sign of the first of `bits`.
#[inline(always)]
fn signed(bits: u32, magnitude: i32) -> i32 {
    if bits >> 31 == 0 { magnitude } else { -magnitude }
}

/// The magnitude that a normal number exceeds with probability `tail / 2^31`, in units of 2^-12.
#[inline(always)]
fn half_normal(tail: u32) -> i32 {
    let (outer, fine) = locate(tail);
    let (from, to) = (i32::from(QUANTILES[outer]), i32::from(QUANTILES[outer - 1]));
    interpolate(from, from - to, fine)
}

/// The position of the quantile of `tail` in the table: an entry, and the distance back towards the entry before it in
/// units of 2^-12.
#[inline(always)]
fn locate(tail: u32) -> (usize, i32) {
    // The table's last entry is used for all larger magnitudes. A branch instead would prevent vectorisation.
    let tail = tail.max(1 << (31 - OCTAVES));
    let octave = (tail << 1).leading_zeros();
    // The leading one is shifted out: what remains is the position in the octave, from its small end.
    let within = tail << 2 << octave;
    let part = within >> (32 - PART_BITS);
    let fine = within << PART_BITS >> (32 - FINE_BITS);
    ((octave * PARTS + PARTS - part) as usize, fine as i32)
}

/// `from` minus `fine` 2^-12ths of the interval's `length`.
#[inline(always)]
fn interpolate(from: i32, length: i32, fine: i32) -> i32 {
    from - ((length * fine) >> FINE_BITS)
}

/// Entry `octave * 16 + 16 - part` is the quantile of the probability `2^-(octave + 1) (1 + part / 16)`.
static QUANTILES: [u16; (OCTAVES * PARTS + 1) as usize] = quantiles();

const fn quantiles() -> [u16; (OCTAVES * PARTS + 1) as usize] {
    let mut table = [0; (OCTAVES * PARTS + 1) as usize];
    let (mut x, mut scale) = (0.0, 0.5);
    let mut i = 1;
    while i < table.len() {
        let part = PARTS - 1 - (i as u32 - 1) % PARTS;
        let probability = scale * (1.0 + part as f64 / PARTS as f64);
        if part == 0 {
            scale *= 0.5;
        }
        x = outer_quantile(probability, x);
        table[i] = (x * (1 << FRACTION_BITS) as f64 + 0.5) as u16;
        i += 1;
    }
    table
}

/// The `x` that the magnitude of a normal number exceeds with probability `tail`, by Newton's method from below.
const fn outer_quantile(tail: f64, mut x: f64) -> f64 {
    let mut round = 0;
    while round < 5 {
        let density = density(x);
        x += (1.0 - 2.0 * density * central_series(x) - tail) / (2.0 * density);
        round += 1;
    }
    x
}

/// `x + x³/3 + x⁵/(3·5) + ...`; its product with the density is the probability of the interval from 0 to `x`.
const fn central_series(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (x, x, 3.0);
    while term > 1e-17 * sum {
        term *= x * x / n;
        sum += term;
        n += 2.0;
    }
    sum
}

/// The density of the normal distribution, `exp(-x²/2) / sqrt(2 pi)`.
const fn density(x: f64) -> f64 {
    const ONE_OVER_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;
    // exp(-y) = exp(-y/64)^64, with the Taylor series for the inner exponential.
    let y = -0.5 * x * x / 64.0;
    let (mut term, mut sum, mut n) = (1.0, 1.0, 1.0);
    while n < 16.0 {
        term *= y / n;
        sum += term;
        n += 1.0;
    }
    let mut squarings = 0;
    while squarings < 6 {
        sum *= sum;
        squarings += 1;
    }
    ONE_OVER_SQRT_2_PI * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latents_have_their_recorded_values() {
        assert_eq!(Latent::of_picture(0).0[..8], [-185, -103, 2402, -1485, 2736, 6809, 3470, 6561]);
        assert_eq!(Latent::of_picture(2026).0[..8], [-848, -1439, 565, 2097, 1610, 2053, 3664, -3541]);
        assert_eq!(Latent::of_training(7, 70_499, 255).0[..8], [7442, 2562, -3976, -1023, -5473, 69, 7732, 3146]);
    }

    /// The probability that the magnitude of a normal number exceeds `x`.
    fn exceeding(x: f64) -> f64 {
        libm::erfc(x / core::f64::consts::SQRT_2)
    }

    #[test]
    fn the_table_interpolates_the_quantile_to_a_thousandth() {
        for i in 1..200_000_u32 {
            let tail = i.wrapping_mul(10_737);
            let x = f64::from(half_normal(tail)) / 4096.0;
            let expected = (f64::from(tail) + 0.5) / f64::from(1u32 << 31);
            // The error of the quantile, from the error of the probability.
            let error = (exceeding(x) - expected) / (2.0 * density(x));
            assert!(error.abs() < 1e-3, "tail {expected:e}: {x} is off by {error:e}");
        }
    }

    #[test]
    fn quantiles_decrease_with_the_probability_and_reach_both_ends() {
        let mut last = half_normal(0);
        assert!(last > 5 * 4096);
        for tail in (0..=31).map(|bit| (1_u64 << bit) as u32 - 1) {
            let next = half_normal(tail);
            assert!(next <= last);
            last = next;
        }
        // The largest tail is half a step below certainty.
        assert_eq!(last, 1);
    }

    #[test]
    fn numbers_have_the_moments_of_the_normal_distribution() {
        let numbers = || (0..2_000).flat_map(|seed| Latent::of_picture(seed).0).map(|q| f64::from(q) / 4096.0);
        let moment = |power: i32| numbers().map(|x| libm::pow(x, f64::from(power))).sum::<f64>() / 200_000.0;
        assert!(moment(1).abs() < 0.01, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.015, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.03, "skewness {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.1, "kurtosis {}", moment(4));
    }

    #[test]
    fn a_blend_starts_at_one_latent_and_ends_at_the_other() {
        let (a, b) = (Latent::of_picture(1), Latent::of_picture(2));
        assert_eq!(a.blend(&b, 0), a);
        assert_eq!(a.blend(&b, FULL_WEIGHT), b);
        assert_eq!(a.blend(&b, 128).0[0], ((i32::from(a.0[0]) + i32::from(b.0[0])) >> 1) as i16);
    }

    #[test]
    fn a_plane_goes_through_its_three_latents_and_along_its_edges_it_is_a_blend() {
        let [a, b, c] = [1, 2, 3].map(Latent::of_picture);
        let full = FULL_WEIGHT as i16;
        assert_eq!(
            [(0, 0), (full, 0), (0, full)].map(|(u, v)| a.on_plane(&b, &c, u, v)),
            [a.clone(), b.clone(), c.clone()]
        );
        for at in 0..=FULL_WEIGHT {
            let along = at as i16;
            assert_eq!(a.on_plane(&b, &c, along, 0), a.blend(&b, at));
            assert_eq!(a.on_plane(&b, &c, 0, along), a.blend(&c, at));
            assert_eq!(a.on_plane(&b, &c, full - along, along), b.blend(&c, at));
        }
    }

    #[test]
    fn points_of_a_plane_far_outside_are_clamped() {
        let [low, high] = [Latent([-20_000; LATENT]), Latent([20_000; LATENT])];
        assert_eq!(low.on_plane(&high, &high, 256, 256), Latent([i16::MAX; LATENT]));
        assert_eq!(low.on_plane(&high, &high, -256, -256), Latent([i16::MIN; LATENT]));
    }
}
