//! What kind of instruction the bytes of a Thumb instruction are (Arm DDI 0403, DDI 0419 and DDI 0553, chapters on
//! encodings).

mod bits;
mod narrow;
mod vector;
mod wide;

use crate::instruction::{Class, Instruction, Operation};

/// Decodes the instruction at `address`. Bytes that are no instruction give [`Class::Unknown`].
pub fn decode(address: u32, bytes: &[u8]) -> Instruction {
    let half = |at: usize| bytes.get(at..at + 2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]])));
    let operation = match (half(0), half(2)) {
        (Some(first), Some(second)) if bytes.len() == 4 => wide::operation(first, second),
        (Some(first), _) => narrow::operation(first),
        _ => Operation::new(Class::Unknown),
    };
    Instruction { address, bytes: if bytes.len() == 4 { 4 } else { 2 }, operation }
}
