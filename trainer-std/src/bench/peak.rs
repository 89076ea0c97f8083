//! The most multiply-adds that the machine does in a second, with everything in registers, in f32 and in bfloat16; in the
//! order of AMX's tiles with everything in the first-level cache.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use pocketgan_core::nn::kernel::{Bf16Pair, Element, Isa, Lanes, Left, Operation, Product, Right, Start, WIDTH};

use crate::training::recipe::Precision;

/// How long to look for the peak.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// Repetitions, of which the fastest counts: what another program took is no property of this machine.
    pub(super) windows: usize,
    /// Floating-point operations of one thread in a window: a few milliseconds, shorter than a scheduler's slice and
    /// much longer than the threads' meeting before it.
    pub(super) flops: usize,
}

/// GFLOP/s of `threads` threads together.
///
/// How many chains fill the units without leaving the registers depends on the instruction set: 3 suit sixteen
/// registers of four floats, 6 those of eight, 12 the thirty-two of AVX-512. All are tried, and the best is the peak.
pub(super) fn gflops(isa: Isa, precision: Precision, threads: usize, effort: Effort) -> f64 {
    match precision {
        Precision::F32 => best_rate::<f32>(isa, threads, effort),
        Precision::Bf16 => best_rate::<Bf16Pair>(isa, threads, effort),
        Precision::Bf16Amx => fastest(threads, effort, |flops| multiply_tiles(isa.in_tiles(), flops)) / 1e9,
    }
}

fn best_rate<E: Element>(isa: Isa, threads: usize, effort: Effort) -> f64 {
    let rates = [
        fastest(threads, effort, |flops| isa.run(Chains::<3, E>::of(flops))),
        fastest(threads, effort, |flops| isa.run(Chains::<6, E>::of(flops))),
        fastest(threads, effort, |flops| isa.run(Chains::<12, E>::of(flops))),
    ];
    rates.into_iter().fold(0.0, f64::max) / 1e9
}

/// Operations a second in the fastest window of `work`, which says how many operations it did.
fn fastest(threads: usize, effort: Effort, work: impl Fn(usize) -> usize + Sync) -> f64 {
    let barrier = Barrier::new(threads);
    let one_thread = || -> Vec<Window> {
        let window = |_| {
            barrier.wait();
            let began = Instant::now();
            let flops = work(effort.flops);
            Window { began, ended: Instant::now(), flops }
        };
        (0..effort.windows).map(window).collect()
    };
    let windows: Vec<Vec<Window>> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        handles.into_iter().map(|handle| handle.join().expect("multiply-adds do not panic")).collect()
    });
    (0..effort.windows).map(|i| rate(windows.iter().map(|of_thread| of_thread[i]))).fold(0.0, f64::max)
}

/// What one thread did between two barriers.
#[derive(Clone, Copy)]
struct Window {
    began: Instant,
    ended: Instant,
    flops: usize,
}

/// Operations a second of all threads from the first one's beginning to the last one's end: threads that had to share
/// a core are not counted as if each had its own.
fn rate(windows: impl Iterator<Item = Window>) -> f64 {
    let all = windows.reduce(|a, b| Window {
        began: a.began.min(b.began),
        ended: a.ended.max(b.ended),
        flops: a.flops + b.flops,
    });
    all.map_or(0.0, |all| all.flops as f64 / (all.ended - all.began).as_secs_f64())
}

/// `N` sums of products of elements, each waiting for nothing but itself.
struct Chains<const N: usize, E> {
    rounds: usize,
    element: E,
}

impl<const N: usize, E: Element> Chains<N, E> {
    const FLOPS_A_ROUND: usize = 2 * N * WIDTH * E::DEPTH;

    fn of(flops: usize) -> Self {
        // Ones: the sums stay finite, and never become so small that the machine takes a slow path.
        Self { rounds: flops / Self::FLOPS_A_ROUND, element: E::ONES[0] }
    }
}

impl<const N: usize, E: Element> Operation for Chains<N, E> {
    type Output = usize;

    const PAIRS: bool = E::PAIRS;

    #[inline(always)]
    fn run<L: Lanes>(self) -> usize {
        let b = L::load(bytemuck::cast_ref(&black_box([self.element; WIDTH])));
        let mut sums = [L::splat(0.0); N];
        for _ in 0..self.rounds {
            // Not known to be the same in each round, so that no product can be computed ahead of the loop.
            let a = L::splat(bytemuck::cast(black_box(self.element)));
            for sum in &mut sums {
                *sum = E::add_product(*sum, a, b);
            }
        }
        let mut ends = [[0.0; WIDTH]; N];
        for (sum, end) in sums.into_iter().zip(&mut ends) {
            sum.store(end);
        }
        black_box(ends);
        self.rounds * Self::FLOPS_A_ROUND
    }
}

/// Products of a block of two by two tiles, again and again; gives the operations done. Operands and sums are in the
/// first-level cache: tiles cannot be kept in registers from product to product.
fn multiply_tiles(isa: Isa, flops: usize) -> usize {
    const SIDE: usize = 32;
    const DEPTH: usize = 128;
    const FLOPS_A_ROUND: usize = 2 * SIDE * SIDE * DEPTH * Bf16Pair::DEPTH;
    let operand = black_box(vec![Bf16Pair::ONES[0]; SIDE * DEPTH]);
    let mut sums = [0.0; SIDE * SIDE];
    let rounds = flops / FLOPS_A_ROUND;
    for _ in 0..rounds {
        isa.run(Product {
            rows: SIDE,
            depth: DEPTH,
            columns: SIDE,
            left: Left::Rows { data: &operand, stride: DEPTH },
            right: Right { data: &operand, depth_stride: SIDE, group_stride: WIDTH },
            start: Start::Zero,
            out: &mut sums,
            out_stride: SIDE,
            order: isa.pair_order(),
            interleaved: (),
        });
        black_box(&mut sums);
    }
    rounds * FLOPS_A_ROUND
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn threads_one_after_the_other_are_not_faster_than_one() {
        let began = Instant::now();
        let window = |from: u64, to: u64| Window {
            began: began + Duration::from_secs(from),
            ended: began + Duration::from_secs(to),
            flops: 100,
        };
        assert_eq!(rate([window(0, 1), window(1, 2)].into_iter()), 100.0);
        assert_eq!(rate([window(0, 1), window(0, 1)].into_iter()), 200.0);
    }

    #[test]
    fn chains_do_the_operations_that_they_report() {
        for isa in Isa::available() {
            assert_eq!(isa.run(Chains::<3, f32>::of(1000)), 10 * 2 * 3 * WIDTH);
            assert_eq!(isa.run(Chains::<3, Bf16Pair>::of(1000)), 5 * 4 * 3 * WIDTH);
            assert_eq!(multiply_tiles(isa.in_tiles(), 2_000_000), 3 * 4 * 32 * 32 * 128);
        }
    }
}
