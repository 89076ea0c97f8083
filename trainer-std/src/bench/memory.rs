//! The latency of caches and memory: loads of which each has to wait for the one before.

use std::hint::black_box;
use std::time::Instant;

use pocketgan_core::random::shuffle;

use super::statistics::median;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Sizes walked through: on most machines one in each level of cache, and one beyond all of them.
pub(super) const SIZES: [usize; 4] = [16 * KIB, 512 * KIB, 4 * MIB, 64 * MIB];

/// Walks timed, of which the median counts: here the neighbours' share of the cache is part of what is asked.
const WALKS: usize = 5;

/// A cache line that holds the index of the next one.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    next: u32,
}

/// Nanoseconds a load, walking through `bytes` of memory in random order. Misses of the page tables are included.
pub(super) fn nanoseconds(bytes: usize, loads: usize) -> f64 {
    let ring = ring(bytes / size_of::<Line>());
    let mut at = walk(&ring, 0, ring.len());
    let times = (0..WALKS).map(|_| {
        let began = Instant::now();
        // From where the last walk ended: its lines may still be cached.
        at = black_box(walk(&ring, at, loads));
        began.elapsed().as_nanos() as f64 / loads as f64
    });
    median(times.collect())
}

/// Lines that lead through all of them, in random order, and back to the first.
fn ring(lines: usize) -> Vec<Line> {
    let mut order = vec![0; lines];
    shuffle(&mut order, 0, 0);
    let mut ring = vec![Line { next: 0 }; lines];
    for (i, &line) in order.iter().enumerate() {
        ring[line as usize].next = order[(i + 1) % lines];
    }
    ring
}

/// Where `loads` steps from line `at` lead.
fn walk(ring: &[Line], at: u32, loads: usize) -> u32 {
    (0..loads).fold(at, |at, _| ring[at as usize].next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_comes_back_after_every_line_and_not_before() {
        let ring = ring(1000);
        assert!((1..1000).all(|loads| walk(&ring, 0, loads) != 0));
        assert_eq!(walk(&ring, 0, 1000), 0);
    }
}
