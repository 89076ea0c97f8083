//! Fields of instructions.

use crate::instruction::Registers;

/// `length` bits of `word` from bit `lowest` on.
pub(super) fn field(word: u32, lowest: u32, length: u32) -> u32 {
    word >> lowest & ((1 << length) - 1)
}

/// Whether a bit is set.
pub(super) fn bit(word: u32, number: u32) -> bool {
    word >> number & 1 == 1
}

/// The general register whose number is in the three bits of `word` from bit `lowest` on.
pub(super) fn low(word: u32, lowest: u32) -> Registers {
    Registers::general(field(word, lowest, 3))
}

/// The same with four bits.
pub(super) fn general(word: u32, lowest: u32) -> Registers {
    Registers::general(field(word, lowest, 4))
}

/// The same, but none for 15, where the encoding means that there is no such operand.
pub(super) fn unless_15(word: u32, lowest: u32) -> Registers {
    match field(word, lowest, 4) {
        15 => Registers::NONE,
        number => Registers::general(number),
    }
}
