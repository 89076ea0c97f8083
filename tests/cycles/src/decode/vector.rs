//! Instructions of the floating-point unit and of the vector extension (MVE).
//!
//! Which registers they use is decoded for MVE's loads and arithmetic only as far as timings need it.

use super::bits::{bit, field, general};
use crate::instruction::{Class, Operation, Registers};

/// Decodes an instruction in the space of coprocessors.
pub(super) fn operation(first: u32, second: u32) -> Operation {
    let accesses_memory = first & 0xee00 == 0xec00;
    match (field(second, 9, 3), accesses_memory) {
        (0b101, true) => float_access(first, second),
        (0b101, false) if first & 0xef00 == 0xee00 || first & 0xff00 == 0xfe00 => Operation::new(Class::Float),
        (0b111, true) => vector_access(first, second),
        _ => arithmetic(first, second),
    }
}

/// VLDR, VSTR, VLDM, VSTM and moves of two registers.
fn float_access(first: u32, second: u32) -> Operation {
    let (address, is_load, words) = (general(first, 0), bit(first, 4), field(second, 0, 8).max(1));
    let is_single = bit(first, 8) && !bit(first, 5);
    let is_move = field(first, 5, 4) == 0b0010;
    let class = match (is_move, is_single, is_load) {
        (true, ..) => return Operation::new(Class::Float),
        (_, true, true) => Class::Load { part: false },
        (_, true, false) => Class::Store { by_register: false },
        (_, false, true) => Class::LoadMultiple { count: words, to_pc: false },
        (_, false, false) => Class::StoreMultiple(words),
    };
    let updated = if bit(first, 5) { address } else { Registers::NONE };
    Operation::new(class).reading(address).updating(updated)
}

/// Loads and stores of vectors. VLD2 and VLD4 write parts of several registers; their first one stands for all.
fn vector_access(first: u32, second: u32) -> Operation {
    let (address, vector) = (general(first, 0), Registers::vector(field(second, 13, 3)));
    let updated = if bit(first, 5) { address } else { Registers::NONE };
    if bit(first, 4) {
        Operation::new(Class::VectorLoad).reading(address).writing(vector).updating(updated)
    } else {
        Operation::new(Class::VectorStore).reading(address).reading_late(vector).updating(updated)
    }
}

fn arithmetic(first: u32, second: u32) -> Operation {
    let (one, two) = (Registers::vector(field(first, 1, 3)), Registers::vector(field(second, 1, 3)));
    let target = Registers::vector(field(second, 13, 3));
    // VMLADAV, VMLSDAV, VMLALDAV, VRMLALDAVH, VADDV: the sum is in an even general register.
    if first & 0xef80 == 0xee80 && field(second, 9, 3) == 0b111 && !bit(second, 4) {
        let sum = Registers::general(field(second, 13, 3) << 1);
        let added = if bit(second, 5) { sum } else { Registers::NONE };
        let multiplies = !(bit(first, 0) && bit(second, 8));
        let (class, one) = if multiplies { (Class::VectorDot, one) } else { (Class::Vector, Registers::NONE) };
        return Operation::new(class).reading(one | two).reading_late(added).writing(sum);
    }
    // VMOVN, VQMOVN, VQMOVUN: half of the target stays as it is.
    if first & 0xefb1 == 0xee31 && field(second, 8, 4) == 0b1110 && bit(second, 0) {
        return Operation::new(Class::Vector).reading(target | two).writing(target);
    }
    let multiplies = first & 0xef80 == 0xef00 && bit(second, 4) && field(second, 8, 4) >= 9
        || first & 0xef80 == 0xee00 && field(second, 8, 4) == 0b1110;
    let class = if multiplies { Class::VectorMultiply } else { Class::Vector };
    Operation::new(class).reading(one | two).writing(target)
}
