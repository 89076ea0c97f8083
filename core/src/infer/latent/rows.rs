//! The latents of a training step, sixteen at a time, each in one lane of vectors.
//!
//! The arithmetic and the numbers are those of single latents; the loops are written to be vectorised.

use super::{QUANTILES, TAIL, interpolate, locate, signed, to_f32, training_index};
use crate::nn::kernel::WIDTH;
use crate::random::{Purpose, Streams};
use crate::recipe::LATENT;

/// Writes latents `first`, `first + 1`, ... of training step `step` of the training with seed `seed` to `rows`
/// (`[rows][LATENT]`), as floats; they are those of [`Latent::of_training`](super::Latent::of_training).
///
/// # Panics
/// If `rows` are not whole rows, or the index of one is above `u16::MAX`.
#[inline(always)]
pub fn write_training_rows(seed: u64, step: u64, first: u16, rows: &mut [f32]) {
    assert_eq!(rows.len() % LATENT, 0, "latents are whole rows");
    assert!(rows.len() / LATENT <= usize::from(u16::MAX - first) + 1, "a step has at most 65536 latents");
    let groups = (training_index(step, first)..).step_by(WIDTH).zip(rows.chunks_mut(WIDTH * LATENT));
    for (index, rows) in groups {
        write_group(Streams::at(seed, Purpose::Training, index), rows);
    }
}

/// Writes the latents of `streams` to up to sixteen `rows`.
#[inline(always)]
fn write_group(mut streams: Streams<WIDTH>, rows: &mut [f32]) {
    for column in 0..LATENT {
        let numbers = normals(streams.next_u32s());
        for (row, number) in rows.chunks_exact_mut(LATENT).zip(numbers) {
            row[column] = number;
        }
    }
}

/// One normal number from each 32 random bits.
#[inline(always)]
fn normals(bits: [u32; WIDTH]) -> [f32; WIDTH] {
    let mut numbers = [0.0; WIDTH];
    for (number, bits) in numbers.iter_mut().zip(bits) {
        let (outer, fine) = locate(bits & TAIL);
        let (from, length) = (INTERVALS[outer] >> 16, INTERVALS[outer] & 0xffff);
        let magnitude = interpolate(from as i32, length as i32, fine);
        *number = to_f32(signed(bits, magnitude));
    }
    numbers
}

/// Each of [`QUANTILES`] in the upper half, and its difference to the one before in the lower, so that one load serves.
/// Not linked on a device that only draws.
static INTERVALS: [u32; QUANTILES.len()] = intervals();

const fn intervals() -> [u32; QUANTILES.len()] {
    let mut intervals = [0; QUANTILES.len()];
    let mut outer = 1;
    while outer < intervals.len() {
        let (from, to) = (QUANTILES[outer] as u32, QUANTILES[outer - 1] as u32);
        intervals[outer] = from << 16 | (from - to);
        outer += 1;
    }
    intervals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::latent::{Latent, normal};
    use crate::nn::kernel::Isa;
    use crate::random::Stream;

    const SEED: u64 = 7;
    const STEP: u64 = 70_499;

    fn rows_one_by_one(first: u16, count: usize) -> [[f32; LATENT]; 64] {
        let mut rows = [[0.0; LATENT]; 64];
        for (row, to) in (first..=u16::MAX).zip(&mut rows[..count]) {
            Latent::of_training(SEED, STEP, row).write_f32(to);
        }
        rows
    }

    #[test]
    fn rows_at_once_are_the_latents_one_by_one_on_every_instruction_set() {
        for isa in Isa::available() {
            for (first, count) in [(0, 0), (0, 1), (3, 15), (0, 16), (200, 17), (64, 64), (u16::MAX - 32, 33)] {
                let mut rows = [[0.0; LATENT]; 64];
                let into = rows[..count].as_flattened_mut();
                isa.vectorised(
                    #[inline(always)]
                    || write_training_rows(SEED, STEP, first, into),
                );
                assert!(rows == rows_one_by_one(first, count), "{}: {count} from {first}", isa.name());
            }
        }
    }

    /// The rows of the test above have too few numbers to include unlikely ones.
    #[test]
    fn vectors_agree_with_single_numbers_in_every_interval_of_the_table() {
        let mut stream = Stream::at(SEED, Purpose::Training, 0);
        for octave in 0..32 {
            for _ in 0..64 {
                let bits = [(); WIDTH].map(|()| stream.next_u32()).map(|bits| bits & !TAIL | (bits & TAIL) >> octave);
                assert_eq!(normals(bits), bits.map(|bits| to_f32(normal(bits).into())), "octave {octave}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "whole rows")]
    fn a_part_of_a_row_is_rejected() {
        write_training_rows(SEED, STEP, 0, &mut [0.0; LATENT + 1]);
    }

    #[test]
    #[should_panic(expected = "at most 65536")]
    fn rows_of_the_next_step_are_rejected() {
        write_training_rows(SEED, STEP, u16::MAX, &mut [0.0; 2 * LATENT]);
    }
}
