//! Squared distances between all points of two sets, by core's matrix product: `|a - b|² = |a|² + |b|² - 2 a·b`.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::nn::kernel::{Isa, Left, Product, Right, Start, WIDTH};
use pocketgan_core::recipe::PIXELS;
use pocketgan_core::train::classifier::FEATURES;
use rayon::prelude::*;

/// Points of the second set that are prepared at once, for everybody.
const BLOCK: usize = 512;
/// Points of the first set that a task takes.
const CHUNK: usize = 64;

/// A set of points in a space of many dimensions.
pub(super) trait Points: Sync {
    /// Numbers of a point.
    const WIDTH: usize;
    /// How many points there are.
    fn count(&self) -> usize;
    /// Writes point `index`.
    fn write(&self, index: usize, into: &mut [f32]);
}

/// Pictures as points, each pixel from 0 to 1.
pub(super) struct Pixels<'a>(pub(super) &'a [Picture]);

impl Points for Pixels<'_> {
    const WIDTH: usize = PIXELS;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn write(&self, index: usize, into: &mut [f32]) {
        for (to, &pixel) in into.iter_mut().zip(&self.0[index]) {
            *to = f32::from(pixel) / 255.0;
        }
    }
}

/// What a classifier sees, as points.
pub(super) struct Features<'a>(pub(super) &'a [f32]);

impl Points for Features<'_> {
    const WIDTH: usize = FEATURES;

    fn count(&self) -> usize {
        self.0.len() / FEATURES
    }

    fn write(&self, index: usize, into: &mut [f32]) {
        into.copy_from_slice(&self.0[index * FEATURES..][..FEATURES]);
    }
}

/// Shows every point of `from` its squared distances to all points of `to`, in their order, some at a time:
/// `visit(i, state of point i, first, distances)` with the distances to points `first`, `first + 1`, ...
///
/// Points are shared among the threads of the pool this is called in; what each is shown does not depend on them.
///
/// # Panics
/// If there is not one state for each point of `from`.
pub(super) fn visit<P: Points, S: Send>(
    from: &P,
    to: &P,
    states: &mut [S],
    visit: impl Fn(usize, &mut S, usize, &[f32]) + Sync,
) {
    assert_eq!(states.len(), from.count(), "each point has a state");
    for first in (0..to.count()).step_by(BLOCK) {
        let block = Block::new(to, first);
        states.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, states)| {
            let first_from = chunk * CHUNK;
            let distances = block.distances(from, first_from, states.len());
            for (row, (state, distances)) in states.iter_mut().zip(distances.chunks_exact(block.count)).enumerate() {
                visit(first_from + row, state, first, distances);
            }
        });
    }
}

/// Some points, laid out for the product.
struct Block {
    count: usize,
    /// `[groups of 16 points][width][16]`
    panels: Vec<f32>,
    /// `[count]`
    squares: Vec<f32>,
}

impl Block {
    fn new<P: Points>(points: &P, first: usize) -> Self {
        let count = BLOCK.min(points.count() - first);
        let mut panels = vec![0.0; count.div_ceil(WIDTH) * P::WIDTH * WIDTH];
        let mut squares = vec![0.0; count];
        panels.par_chunks_mut(P::WIDTH * WIDTH).zip(squares.par_chunks_mut(WIDTH)).enumerate().for_each(
            |(group, (panel, squares))| {
                let mut point = vec![0.0; P::WIDTH];
                for (lane, square_of_point) in squares.iter_mut().enumerate() {
                    points.write(first + group * WIDTH + lane, &mut point);
                    panel.iter_mut().skip(lane).step_by(WIDTH).zip(&point).for_each(|(to, &x)| *to = x);
                    *square_of_point = square(&point);
                }
            },
        );
        Self { count, panels, squares }
    }

    /// `[rows][count]`: squared distances of points `first..first + rows` of `from`.
    fn distances<P: Points>(&self, from: &P, first: usize, rows: usize) -> Vec<f32> {
        let mut points = vec![0.0; rows * P::WIDTH];
        for (row, point) in points.chunks_exact_mut(P::WIDTH).enumerate() {
            from.write(first + row, point);
        }
        let mut distances = vec![0.0; rows * self.count];
        Isa::best().run(Product {
            rows,
            depth: P::WIDTH,
            columns: self.count,
            left: Left::Rows { data: &points, stride: P::WIDTH },
            right: Right { data: &self.panels, depth_stride: WIDTH, group_stride: P::WIDTH * WIDTH },
            start: Start::Zero,
            out: &mut distances,
            out_stride: self.count,
            beside: (),
        });
        for (row, point) in distances.chunks_exact_mut(self.count).zip(points.chunks_exact(P::WIDTH)) {
            let of_point = square(point);
            for (distance, of_other) in row.iter_mut().zip(&self.squares) {
                // Rounding can take what should be 0 below it.
                *distance = (of_point + of_other - 2.0 * *distance).max(0.0);
            }
        }
        distances
    }
}

/// `Σ x²`, in f64: it is the difference of two such sums that counts.
fn square(point: &[f32]) -> f32 {
    point.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() as f32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    /// Points like noise.
    pub(in crate::evaluation::eval) fn noise(count: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::at(seed, Purpose::Picture, 0);
        (0..count * FEATURES).map(|_| stream.symmetric()).collect()
    }

    /// The squared distance of two points of noise, in f64.
    pub(in crate::evaluation::eval) fn squared(a: &[f32], i: usize, b: &[f32], j: usize) -> f64 {
        let of = |points: &[f32], k: usize| points[k * FEATURES..][..FEATURES].to_vec();
        of(a, i).iter().zip(of(b, j)).map(|(&x, y)| (f64::from(x) - f64::from(y)).powi(2)).sum()
    }

    #[test]
    fn every_pair_is_shown_once_in_order_with_its_distance() {
        let (from, to) = (noise(CHUNK + 3, 1), noise(BLOCK + 21, 2));
        let mut seen = vec![Vec::new(); CHUNK + 3];
        visit(&Features(&from), &Features(&to), &mut seen, |_, seen, first, distances| {
            assert_eq!(seen.len(), first);
            seen.extend_from_slice(distances);
        });
        for (i, seen) in seen.iter().enumerate() {
            assert_eq!(seen.len(), BLOCK + 21);
            for (j, &distance) in seen.iter().enumerate() {
                assert!((f64::from(distance) - squared(&from, i, &to, j)).abs() < 1e-3, "{i} to {j}: {distance}");
            }
        }
    }

    #[test]
    fn pixels_are_points_from_zero_to_one() {
        let (black, white) = ([[0; PIXELS]], [[255; PIXELS]]);
        let mut seen = [0.0];
        visit(&Pixels(&black), &Pixels(&white), &mut seen, |_, seen, _, distances| *seen = distances[0]);
        assert_eq!(seen, [PIXELS as f32]);
    }
}
