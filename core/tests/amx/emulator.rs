//! The part of AMX that the kernel uses, in software: a thread's tiles, and what instructions do with them.

use crate::decode::{Instruction, Rows};

const TILES: usize = 8;
const MAX_ROWS: usize = 16;
const MAX_BYTES: usize = 64;

/// What a processor would raise an exception for.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault(&'static str);

/// The shape of a tile.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Shape {
    rows: usize,
    /// Of a row.
    bytes: usize,
}

/// The tiles of a thread.
pub(crate) struct Tiles {
    /// Those of tiles that are not configured are 0.
    shapes: [Shape; TILES],
    data: [[[u8; MAX_BYTES]; MAX_ROWS]; TILES],
}

impl Tiles {
    /// As a thread begins.
    pub(crate) const RELEASED: Self =
        Self { shapes: [Shape { rows: 0, bytes: 0 }; TILES], data: [[[0; MAX_BYTES]; MAX_ROWS]; TILES] };

    /// Executes `instruction`.
    ///
    /// # Safety
    /// Memory that it reads or writes is this process's.
    pub(crate) unsafe fn execute(&mut self, instruction: Instruction) -> Result<(), Fault> {
        match instruction {
            // SAFETY: the caller's promise.
            Instruction::LoadConfiguration(address) => self.configure(unsafe { &*(address as *const [u8; 64]) })?,
            Instruction::Release => *self = Self::RELEASED,
            Instruction::Zero(tile) => self.write(tile, |_, _| {})?,
            // SAFETY: the caller's promise.
            Instruction::Load(tile, rows) => self.write(tile, |row, to| unsafe {
                rows.at(row).cast_const().copy_to_nonoverlapping(to.as_mut_ptr(), to.len());
            })?,
            Instruction::Store(rows, tile) => {
                let shape = self.configured(tile)?;
                for (row, from) in self.data[tile].iter().enumerate().take(shape.rows) {
                    // SAFETY: the caller's promise.
                    unsafe { rows.at(row).copy_from_nonoverlapping(from.as_ptr(), shape.bytes) };
                }
            }
            Instruction::MultiplyAdd { sums, a, b } => self.multiply_add(sums, a, b)?,
        }
        Ok(())
    }

    fn configure(&mut self, configuration: &[u8; 64]) -> Result<(), Fault> {
        let (header, shapes) = configuration.split_at(16);
        let (bytes, rows) = shapes.split_at(32);
        let is_zero = |bytes: &[u8]| bytes.iter().all(|&byte| byte == 0);
        *self = Self::RELEASED;
        if header[0] != 1 || !is_zero(&header[1..]) || !is_zero(&bytes[2 * TILES..]) || !is_zero(&rows[TILES..]) {
            return Err(Fault("only palette 1 from row 0 on is known, and nothing in reserved bytes"));
        }
        for (tile, shape) in self.shapes.iter_mut().enumerate() {
            let bytes = usize::from(u16::from_le_bytes([bytes[2 * tile], bytes[2 * tile + 1]]));
            *shape = Shape { rows: rows[tile].into(), bytes };
            if shape.rows > MAX_ROWS || bytes > MAX_BYTES || (shape.rows == 0) != (bytes == 0) {
                return Err(Fault("a tile has at most 16 rows of 64 bytes"));
            }
        }
        Ok(())
    }

    fn configured(&self, tile: usize) -> Result<Shape, Fault> {
        let shape = self.shapes[tile];
        if shape == Shape::default() { Err(Fault("the tile is not configured")) } else { Ok(shape) }
    }

    /// Fills a tile: each row by `write`, and what is outside of its shape with zeros.
    fn write(&mut self, tile: usize, write: impl Fn(usize, &mut [u8])) -> Result<(), Fault> {
        let shape = self.configured(tile)?;
        self.data[tile] = [[0; MAX_BYTES]; MAX_ROWS];
        for (row, to) in self.data[tile].iter_mut().enumerate().take(shape.rows) {
            write(row, &mut to[..shape.bytes]);
        }
        Ok(())
    }

    /// `TDPBF16PS`
    fn multiply_add(&mut self, sums: usize, a: usize, b: usize) -> Result<(), Fault> {
        let [of_sums, of_a, of_b] = [self.configured(sums)?, self.configured(a)?, self.configured(b)?];
        if sums == a || sums == b || a == b {
            return Err(Fault("the three tiles are different ones"));
        }
        let fit = of_sums.rows == of_a.rows && of_sums.bytes == of_b.bytes && of_a.bytes == 4 * of_b.rows;
        if !fit || of_sums.bytes % 4 != 0 {
            return Err(Fault("the tiles do not fit each other"));
        }
        let (a, b) = (self.data[a], self.data[b]);
        for (a, sums) in a.iter().zip(&mut self.data[sums]).take(of_sums.rows) {
            for (column, sum) in sums.as_chunks_mut::<4>().0.iter_mut().enumerate().take(of_sums.bytes / 4) {
                let pair = |row: &[u8; MAX_BYTES], at: usize| [0, 2].map(|half| bf16(&row[4 * at + half..]));
                let mut chains = [0.0; 2];
                for (k, b) in b.iter().enumerate().take(of_b.rows) {
                    for (chain, (a, b)) in chains.iter_mut().zip(pair(a, k).into_iter().zip(pair(b, column))) {
                        *chain = flushed(flushed(a).mul_add(flushed(b), *chain));
                    }
                }
                let before = flushed(f32::from_le_bytes(*sum));
                *sum = flushed(before + flushed(chains[0] + chains[1])).to_le_bytes();
            }
        }
        Ok(())
    }
}

impl Rows {
    fn at(self, row: usize) -> *mut u8 {
        self.first.wrapping_add(self.stride.wrapping_mul(row as u64)) as *mut u8
    }
}

fn bf16(bytes: &[u8]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes([bytes[0], bytes[1]])) << 16)
}

/// Denormal numbers are read and written as 0.
fn flushed(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0_f32.copysign(x) } else { x }
}
