//! 32-bit instructions.

use super::bits::{bit, field, general, unless_15};
use super::vector;
use crate::instruction::{Class, Operation, Registers};

/// Decodes a 32-bit instruction from its two halves.
pub(super) fn operation(first: u32, second: u32) -> Operation {
    let (major, minor) = (field(first, 11, 2), field(first, 4, 7));
    match (major, minor) {
        (1 | 3, 0b100_0000..) => vector::operation(first, second),
        (1, 0b010_0000..) => shifted_register(first, second),
        (1, _) if bit(first, 6) => dual_or_table(first, second),
        (1, _) => multiple(first, second),
        (2, _) if bit(second, 15) => branch_or_control(first, second),
        (2, _) if bit(first, 9) => plain_immediate(first, second),
        (2, _) => modified_immediate(first, second),
        (3, 0b011_1000..) => long_multiply_or_divide(first, second),
        (3, 0b011_0000..) => multiply(first, second),
        (3, 0b010_0000..) => register(first, second),
        (3, _) => single(first, second),
        _ => Operation::new(Class::Unknown),
    }
}

fn flags_if(set: bool) -> Registers {
    if set { Registers::FLAGS } else { Registers::NONE }
}

/// An operation on a first register operand (15: none) and others, whose result is dropped by a compare.
fn to_register(class: Class, first: u32, second: u32, others: Registers) -> Operation {
    let (sets_flags, target) = (bit(first, 4), field(second, 8, 4));
    let operation = Operation::new(class).reading(unless_15(first, 0) | others).writing(flags_if(sets_flags));
    match target {
        15 if sets_flags => operation,
        15 => Operation { class: Class::ArithmeticToPc, ..operation },
        _ => operation.writing(Registers::general(target)),
    }
}

fn shifted_register(first: u32, second: u32) -> Operation {
    let kind = field(first, 5, 4);
    // MOV and MVN; a shift by a constant is a move.
    let is_move = matches!(kind, 2 | 3) && field(first, 0, 4) == 15;
    let packs = kind == 0b0110;
    let shifts = field(second, 12, 3) | field(second, 4, 4) != 0;
    let class = match (packs, shifts && !is_move) {
        (true, _) => Class::Parallel,
        (false, true) => Class::Shifted,
        (false, false) => Class::Arithmetic,
    };
    to_register(class, first, second, general(second, 0))
}

fn modified_immediate(first: u32, second: u32) -> Operation {
    let rotated = bit(first, 10) || bit(second, 14);
    let class = if rotated { Class::Shifted } else { Class::Arithmetic };
    to_register(class, first, second, Registers::NONE)
}

fn plain_immediate(first: u32, second: u32) -> Operation {
    let target = general(second, 8);
    let operation = Operation::new(Class::Arithmetic).reading(unless_15(first, 0)).writing(target);
    match field(first, 4, 5) {
        // MOVW reads no register; MOVT and BFI change a part of their target.
        0b00100 => Operation::new(Class::Arithmetic).writing(target),
        0b01100 => Operation::new(Class::Arithmetic).reading(target).writing(target),
        0b10110 => operation.reading(target),
        _ => operation,
    }
}

fn branch_or_control(first: u32, second: u32) -> Operation {
    match (bit(second, 14), bit(second, 12)) {
        (true, true) => Operation::new(Class::Call).writing(Registers::LR),
        (true, false) => low_overhead_loop(first),
        (false, true) => Operation::new(Class::Branch),
        (false, false) if field(first, 7, 3) != 0b111 => Operation::new(Class::Branch).reading(Registers::FLAGS),
        (false, false) => control(first, second),
    }
}

fn low_overhead_loop(first: u32) -> Operation {
    if field(first, 0, 4) == 15 {
        Operation::new(Class::LoopEnd).reading(Registers::LR).writing(Registers::LR)
    } else {
        Operation::new(Class::LoopStart).reading(general(first, 0)).writing(Registers::LR)
    }
}

fn control(first: u32, second: u32) -> Operation {
    match field(first, 4, 7) {
        0b011_1000 | 0b011_1001 => Operation::new(Class::SpecialRegister).reading(general(first, 0)),
        0b011_1110 | 0b011_1111 => Operation::new(Class::SpecialRegister).writing(general(second, 8)),
        0b011_1010 => Operation::new(Class::Hint),
        0b011_1011 => Operation::new(Class::Barrier),
        _ => Operation::new(Class::System),
    }
}

/// LDM and STM.
fn multiple(first: u32, second: u32) -> Operation {
    let (address, list, count) = (general(first, 0), Registers::list(second), second.count_ones());
    let updated = if bit(first, 5) { address } else { Registers::NONE };
    if bit(first, 4) {
        let class = Class::LoadMultiple { count, to_pc: bit(second, 15) };
        Operation::new(class).reading(address).writing(list).updating(updated)
    } else {
        Operation::new(Class::StoreMultiple(count)).reading(address).reading_late(list).updating(updated)
    }
}

/// LDRD, STRD, exclusive accesses, TBB and TBH.
fn dual_or_table(first: u32, second: u32) -> Operation {
    let (address, is_load) = (general(first, 0), bit(first, 4));
    if bit(first, 8) || bit(first, 5) {
        let pair = general(second, 12) | general(second, 8);
        let updated = if bit(first, 5) { address } else { Registers::NONE };
        return if is_load {
            let class = Class::LoadMultiple { count: 2, to_pc: false };
            Operation::new(class).reading(address).writing(pair).updating(updated)
        } else {
            Operation::new(Class::StoreMultiple(2)).reading(address).reading_late(pair).updating(updated)
        };
    }
    let is_table = bit(first, 7) && is_load && field(second, 5, 3) == 0;
    match (is_table, is_load) {
        (true, _) => Operation::new(Class::TableBranch).reading(address | general(second, 0)),
        (false, true) => load(second, false).reading(address),
        (false, false) => store(second, false).reading(address),
    }
}

fn load(second: u32, part: bool) -> Operation {
    Operation::new(Class::Load { part }).writing(general(second, 12))
}

fn store(second: u32, by_register: bool) -> Operation {
    Operation::new(Class::Store { by_register }).reading_late(general(second, 12))
}

/// Loads and stores of one register.
fn single(first: u32, second: u32) -> Operation {
    let (size, is_load, address) = (field(first, 5, 2), bit(first, 4), unless_15(first, 0));
    let is_literal = field(first, 0, 4) == 15;
    let has_long_offset = bit(first, 7) || is_literal;
    let by_register = !has_long_offset && !bit(second, 11);
    let writeback = !has_long_offset && bit(second, 11) && bit(second, 8);
    let updated = if writeback { address } else { Registers::NONE };
    let address = if by_register { address | general(second, 0) } else { address };
    let to_15 = field(second, 12, 4) == 15;
    let operation = match (is_load, to_15) {
        (true, true) if size == 2 => Operation::new(Class::LoadPc),
        // PLD and PLI
        (true, true) => return Operation::new(Class::Hint).reading(address),
        (true, false) => load(second, size != 2),
        (false, _) => store(second, by_register),
    };
    operation.reading(address).updating(updated)
}

/// Shifts by a register, extensions, parallel additions, byte reversal.
fn register(first: u32, second: u32) -> Operation {
    let (kind, high) = (field(first, 4, 4), field(second, 4, 4) >= 8);
    let adds = field(first, 0, 4) != 15;
    let class = match (kind, high) {
        (0..=7, true) if adds => Class::Parallel,
        (0..=7, _) => Class::Arithmetic,
        // QADD and SEL; REV and CLZ
        (8 | 10, true) => Class::Parallel,
        (_, true) => Class::Arithmetic,
        (_, false) => Class::Parallel,
    };
    let flags = flags_if(!high && kind < 8 && kind & 1 == 1);
    let sources = unless_15(first, 0) | general(second, 0);
    Operation::new(class).reading(sources).writing(general(second, 8) | flags)
}

fn multiply(first: u32, second: u32) -> Operation {
    let (kind, adds) = (field(first, 4, 3), field(second, 12, 4) != 15);
    let class = match (kind, adds) {
        (0, true) => Class::MultiplyAccumulate,
        (0, false) => Class::Multiply,
        _ => Class::DspMultiply,
    };
    let factors = general(first, 0) | general(second, 0);
    Operation::new(class).reading(factors).reading_late(unless_15(second, 12)).writing(general(second, 8))
}

fn long_multiply_or_divide(first: u32, second: u32) -> Operation {
    let (kind, detail) = (field(first, 4, 3), field(second, 4, 4));
    let factors = general(first, 0) | general(second, 0);
    let sum = general(second, 12) | general(second, 8);
    let class = match (kind, detail) {
        (1 | 3, _) => return Operation::new(Class::Divide).reading(factors).writing(general(second, 8)),
        (0 | 2, _) => return Operation::new(Class::MultiplyLong).reading(factors).writing(sum),
        (4, 0) => Class::SignedMultiplyAccumulateLong,
        (6, _) => Class::MultiplyAccumulateLong,
        _ => Class::DspMultiply,
    };
    Operation::new(class).reading(factors).reading_late(sum).writing(sum)
}
