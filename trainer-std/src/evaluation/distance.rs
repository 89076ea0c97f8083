//! Squared Euclidean distances between all points of two sets, by core's matrix product: `|a - b|² = |a|² + |b|² - 2 a·b`.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::nn::kernel::{Isa, Left, Product, Right, Start, WIDTH};
use pocketgan_core::recipe::PIXELS;
use rayon::prelude::*;

use super::features::Features;

/// Points of the second set that are transposed at a time, for all tasks.
const BLOCK: usize = 512;
/// Points of the first set per task.
const CHUNK: usize = 64;

/// A set of points of equal dimension.
pub(super) trait Points: Sync {
    /// Dimension of the points.
    const WIDTH: usize;
    /// How many points there are.
    fn count(&self) -> usize;
    /// Writes point `index`.
    fn write(&self, index: usize, into: &mut [f32]);
}

/// Pictures as points, pixels scaled to 0..=1.
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

impl Points for Features {
    const WIDTH: usize = Features::WIDTH;

    fn count(&self) -> usize {
        Features::count(self)
    }

    fn write(&self, index: usize, into: &mut [f32]) {
        into.copy_from_slice(self.vector(index));
    }
}

/// Calls `visit(i, states[i], first, distances)` for each point i of `from` and each block of consecutive points of `to`, in
/// order: `distances` are the squared distances of point i to points `first`, `first + 1`, ... of `to`.
///
/// Runs on the current rayon pool; the calls do not depend on the number of threads.
///
/// # Panics
/// If there is not one state per point of `from`.
pub(super) fn visit<P: Points, S: Send>(
    from: &P,
    to: &P,
    states: &mut [S],
    visit: impl Fn(usize, &mut S, usize, &[f32]) + Sync,
) {
    assert_eq!(states.len(), from.count(), "one state per point");
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

/// Some points, transposed for the product.
struct Block {
    count: usize,
    /// `[groups of 16 points][dimension][16]`
    transposed: Vec<f32>,
    /// Squared norms, `[count]`.
    squares: Vec<f32>,
}

impl Block {
    fn new<P: Points>(points: &P, first: usize) -> Self {
        let count = BLOCK.min(points.count() - first);
        let mut transposed = vec![0.0; count.div_ceil(WIDTH) * P::WIDTH * WIDTH];
        let mut squares = vec![0.0; count];
        transposed.par_chunks_mut(P::WIDTH * WIDTH).zip(squares.par_chunks_mut(WIDTH)).enumerate().for_each(
            |(group, (group_transposed, squares))| {
                let mut point = vec![0.0; P::WIDTH];
                for (lane, square_of_point) in squares.iter_mut().enumerate() {
                    points.write(first + group * WIDTH + lane, &mut point);
                    group_transposed.iter_mut().skip(lane).step_by(WIDTH).zip(&point).for_each(|(to, &x)| *to = x);
                    *square_of_point = square(&point);
                }
            },
        );
        Self { count, transposed, squares }
    }

    /// Squared distances of points `first..first + rows` of `from` to those of this block, `[rows][count]`.
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
            right: Right { data: &self.transposed, depth_stride: WIDTH, group_stride: P::WIDTH * WIDTH },
            start: Start::Zero,
            out: &mut distances,
            out_stride: self.count,
            order: (),
            interleaved: (),
        });
        for (row, point) in distances.chunks_exact_mut(self.count).zip(points.chunks_exact(P::WIDTH)) {
            let of_point = square(point);
            for (distance, of_other) in row.iter_mut().zip(&self.squares) {
                // Rounding errors can make this slightly negative.
                *distance = (of_point + of_other - 2.0 * *distance).max(0.0);
            }
        }
        distances
    }
}

/// `Σ x²`, summed in f64, since differences of such sums are taken.
fn square(point: &[f32]) -> f32 {
    point.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>() as f32
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use pocketgan_core::random::{Purpose, Stream};

    /// Uniform noise.
    pub(in crate::evaluation) fn noise(count: usize, seed: u64) -> Features {
        let mut stream = Stream::at(seed, Purpose::Picture, 0);
        Features::new((0..count * Features::WIDTH).map(|_| stream.symmetric()).collect())
    }

    /// The squared distance of vector `i` of `a` and vector `j` of `b`, in f64.
    pub(in crate::evaluation) fn squared(a: &Features, i: usize, b: &Features, j: usize) -> f64 {
        a.vector(i).iter().zip(b.vector(j)).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum()
    }

    #[test]
    fn every_pair_is_visited_once_in_order_with_its_distance() {
        let (from, to) = (noise(CHUNK + 3, 1), noise(BLOCK + 21, 2));
        let mut seen = vec![Vec::new(); CHUNK + 3];
        visit(&from, &to, &mut seen, |_, seen, first, distances| {
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
    fn pixels_are_scaled_to_zero_to_one() {
        let (black, white) = ([[0; PIXELS]], [[255; PIXELS]]);
        let mut seen = [0.0];
        visit(&Pixels(&black), &Pixels(&white), &mut seen, |_, seen, _, distances| *seen = distances[0]);
        assert_eq!(seen, [PIXELS as f32]);
    }
}
