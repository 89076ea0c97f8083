//! Cortex-M55, by the model of slothy-optimizer/slothy (cortex_m55r1.py), in a simple form; Arm's tables are not public:
//!
//! * One instruction a cycle. A vector instruction occupies its unit (memory, integer, multiplication) for two cycles, during
//!   which an instruction of another unit can be issued, even one that needs its result.
//! * Results can be read in the next cycle; those of multiplications, of shifted second operands and of loads of bytes and
//!   halfwords a cycle later, sums of vectors in general registers two cycles later.
//! * LDM, STM, LDRD and STRD as on a Cortex-M33. A taken branch takes two cycles; the end of a low-overhead loop takes none
//!   (Arm 102692, the core remembers it).
//!
//! Assumed without a source: a return by POP or LDR takes two cycles more than its loads, a division seven.

use super::{Timing, latency::Latencies};
use crate::instruction::{Class, Instruction};

/// The core's state.
#[derive(Default)]
pub(super) struct M55 {
    /// The cycle in which the next instruction may be issued.
    now: u64,
    registers: Latencies,
    /// The cycle from which each vector unit is free.
    free: [u64; 3],
}

/// The index of a vector instruction's unit.
fn unit(class: Class) -> Option<usize> {
    match class {
        Class::VectorLoad | Class::VectorStore => Some(0),
        Class::Vector => Some(1),
        Class::VectorMultiply | Class::VectorDot => Some(2),
        _ => None,
    }
}

/// Cycles of a vector instruction in its unit.
const BEATS: u64 = 2;

/// The cycles during which no other instruction is issued.
fn issue(class: Class, taken: bool) -> u64 {
    let refill = u64::from(taken);
    match class {
        Class::LoopEnd if taken => 0,
        Class::LoadMultiple { count, to_pc } => u64::from(count) + u64::from(to_pc) + refill,
        Class::StoreMultiple(count) => u64::from(count),
        Class::Divide => 7,
        Class::LoadPc | Class::TableBranch | Class::Barrier | Class::SpecialRegister | Class::System => 2 + refill,
        _ => 1 + refill,
    }
}

/// The cycles after which a result can be read, also as an addend or value to store.
fn latency(class: Class) -> (u64, u64) {
    match class {
        Class::VectorDot => (3, 3),
        Class::VectorMultiply | Class::Shifted | Class::Load { part: true } => (2, 2),
        class if class.multiplies() => (2, 1),
        _ => (1, 1),
    }
}

impl Timing for M55 {
    fn cycles(&mut self, instruction: &Instruction, taken: bool) -> u64 {
        let (start, operation) = (self.now, &instruction.operation);
        let mut issued = self.now.max(self.registers.ready(operation));
        if let Some(unit) = unit(operation.class) {
            issued = issued.max(self.free[unit]);
            self.free[unit] = issued + BEATS;
        }
        self.now = issued + issue(operation.class, taken);
        self.registers.write(operation, self.now.saturating_sub(1), latency(operation.class));
        self.now - start
    }
}
