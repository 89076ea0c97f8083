//! 16-bit instructions.

use super::bits::{bit, field, low};
use crate::instruction::{Class, Operation, Registers};

/// Decodes a 16-bit instruction.
pub(super) fn operation(word: u32) -> Operation {
    match field(word, 10, 6) {
        0b000000..=0b000101 => shift(word),
        0b000110..=0b000111 => add_three(word),
        0b001000..=0b001111 => immediate(word),
        0b010000 => data_processing(word),
        0b010001 => high_registers(word),
        0b010010..=0b010011 => Operation::new(LOAD).writing(low(word, 8)),
        0b010100..=0b010111 => register_offset(word),
        0b011000..=0b100011 => immediate_offset(word),
        0b100100..=0b100111 => stack_offset(word),
        0b101000..=0b101001 => Operation::new(Class::Arithmetic).writing(low(word, 8)),
        0b101010..=0b101011 => Operation::new(Class::Arithmetic).reading(Registers::SP).writing(low(word, 8)),
        0b101100..=0b101111 => miscellaneous(word),
        0b110000..=0b110001 => store_multiple(word),
        0b110010..=0b110011 => load_multiple(word),
        0b110100..=0b110111 if field(word, 8, 4) < 14 => Operation::new(Class::Branch).reading(Registers::FLAGS),
        0b110100..=0b110111 => Operation::new(Class::System),
        0b111000..=0b111001 => Operation::new(Class::Branch),
        _ => Operation::new(Class::Unknown),
    }
}

const LOAD: Class = Class::Load { part: false };

fn arithmetic() -> Operation {
    Operation::new(Class::Arithmetic)
}

fn shift(word: u32) -> Operation {
    arithmetic().reading(low(word, 3)).writing(low(word, 0) | Registers::FLAGS)
}

fn add_three(word: u32) -> Operation {
    let second = if bit(word, 10) { Registers::NONE } else { low(word, 6) };
    arithmetic().reading(low(word, 3) | second).writing(low(word, 0) | Registers::FLAGS)
}

fn immediate(word: u32) -> Operation {
    let register = low(word, 8);
    match field(word, 11, 2) {
        0 => arithmetic().writing(register | Registers::FLAGS),
        1 => arithmetic().reading(register).writing(Registers::FLAGS),
        _ => arithmetic().reading(register).writing(register | Registers::FLAGS),
    }
}

fn data_processing(word: u32) -> Operation {
    let (target, second) = (low(word, 0), low(word, 3));
    match field(word, 6, 4) {
        // TST, CMP, CMN
        8 | 10 | 11 => arithmetic().reading(target | second).writing(Registers::FLAGS),
        // RSB, MVN
        9 | 15 => arithmetic().reading(second).writing(target | Registers::FLAGS),
        13 => Operation::new(Class::Multiply).reading(target | second).writing(target | Registers::FLAGS),
        _ => arithmetic().reading(target | second).writing(target | Registers::FLAGS),
    }
}

fn high_registers(word: u32) -> Operation {
    let (number, source) = (field(word, 7, 1) << 3 | field(word, 0, 3), Registers::general(field(word, 3, 4)));
    let target = Registers::general(number);
    let class = if number == 15 { Class::ArithmeticToPc } else { Class::Arithmetic };
    match field(word, 7, 3) {
        0b000 | 0b001 => Operation::new(class).reading(target | source).writing(target),
        0b010 | 0b011 => arithmetic().reading(target | source).writing(Registers::FLAGS),
        0b100 | 0b101 => Operation::new(class).reading(source).writing(target),
        0b110 => Operation::new(Class::BranchToRegister).reading(source),
        _ => Operation::new(Class::CallRegister).reading(source).writing(Registers::LR),
    }
}

fn register_offset(word: u32) -> Operation {
    let (address, value) = (low(word, 3) | low(word, 6), low(word, 0));
    match field(word, 9, 3) {
        0..=2 => Operation::new(Class::Store { by_register: true }).reading(address).reading_late(value),
        kind => Operation::new(Class::Load { part: kind != 4 }).reading(address).writing(value),
    }
}

fn immediate_offset(word: u32) -> Operation {
    let (address, value, part) = (low(word, 3), low(word, 0), field(word, 12, 4) != 6);
    if bit(word, 11) {
        Operation::new(Class::Load { part }).reading(address).writing(value)
    } else {
        Operation::new(Class::Store { by_register: false }).reading(address).reading_late(value)
    }
}

fn stack_offset(word: u32) -> Operation {
    let value = low(word, 8);
    if bit(word, 11) {
        Operation::new(LOAD).reading(Registers::SP).writing(value)
    } else {
        Operation::new(Class::Store { by_register: false }).reading(Registers::SP).reading_late(value)
    }
}

fn miscellaneous(word: u32) -> Operation {
    match field(word, 8, 4) {
        0b0000 => arithmetic().reading(Registers::SP).writing(Registers::SP),
        0b0001 | 0b0011 | 0b1001 | 0b1011 => Operation::new(Class::CompareAndBranch).reading(low(word, 0)),
        0b0010 | 0b1010 => arithmetic().reading(low(word, 3)).writing(low(word, 0)),
        0b0100 | 0b0101 => push(field(word, 0, 8) | field(word, 8, 1) << 14),
        0b1100 | 0b1101 => pop(field(word, 0, 8) | field(word, 8, 1) << 15),
        0b1111 if field(word, 0, 4) != 0 => Operation::new(Class::IfThen).reading(Registers::FLAGS),
        0b1111 => Operation::new(Class::Hint),
        _ => Operation::new(Class::System),
    }
}

fn push(list: u32) -> Operation {
    let class = Class::StoreMultiple(list.count_ones());
    Operation::new(class).reading(Registers::SP).reading_late(Registers::list(list)).updating(Registers::SP)
}

fn pop(list: u32) -> Operation {
    let class = Class::LoadMultiple { count: list.count_ones(), to_pc: bit(list, 15) };
    Operation::new(class).reading(Registers::SP).writing(Registers::list(list)).updating(Registers::SP)
}

fn store_multiple(word: u32) -> Operation {
    let (address, list) = (low(word, 8), field(word, 0, 8));
    let class = Class::StoreMultiple(list.count_ones());
    Operation::new(class).reading(address).reading_late(Registers::list(list)).updating(address)
}

fn load_multiple(word: u32) -> Operation {
    let (address, list) = (low(word, 8), field(word, 0, 8));
    let class = Class::LoadMultiple { count: list.count_ones(), to_pc: false };
    Operation::new(class).reading(address).writing(Registers::list(list)).updating(address)
}
