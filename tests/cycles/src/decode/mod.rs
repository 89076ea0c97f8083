//! What kind of instruction the bytes of a Thumb instruction are (Arm DDI 0403, DDI 0419 and DDI 0553, chapters on
//! encodings).

mod bits;
mod narrow;
#[cfg(test)]
mod tests;
mod vector;
mod wide;

use crate::instruction::{Class, Instruction, Operation};

/// Decodes the instruction at `address`, which `bytes` begin with: at the end of a page QEMU gives more than one.
/// Bytes that are no instruction give [`Class::Unknown`].
pub fn decode(address: u32, bytes: &[u8]) -> Instruction {
    let half = |at: usize| bytes.get(at..at + 2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]])));
    let (bytes, operation) = match (half(0), half(2)) {
        (Some(first), Some(second)) if is_wide(first) => (4, wide::operation(first, second)),
        (Some(first), _) if !is_wide(first) => (2, narrow::operation(first)),
        _ => (2, Operation::new(Class::Unknown)),
    };
    Instruction { address, bytes, operation }
}

/// Whether an instruction with this first half has another one.
fn is_wide(first: u32) -> bool {
    first >> 11 >= 0b11101
}
