//! Cortex-M7. Arm publishes no timings of it; these are the rules that slothy-optimizer/slothy (cortex_m7.py), quinapalus.com
//! (cm7cycles.html) and github.com/jnk0le/random agree on, measured on STM32H7, in a simple form:
//!
//! * Two instructions a cycle, if the second does not need the first's result; it may store it.
//! * Of the two at most one multiplies or stores, at most one is of the DSP extension without multiplying, at most one
//!   branches, at most one has a shifted operand. LDM, STM and their like are issued alone, two registers a cycle.
//! * Results can be read in the next cycle, those of multiplications and of loads of bytes and halfwords a cycle later, but
//!   by then as an addend.
//! * Branches are predicted; a divide takes seven cycles (assumed). Memory is tightly coupled or cached.

use super::{Timing, latency::Latencies};
use crate::instruction::{Class, Instruction, Operation};

/// The core's state.
#[derive(Default)]
pub(super) struct M7 {
    /// The cycle after the one of the last instruction.
    now: u64,
    registers: Latencies,
    /// The first instruction of the current cycle, while there is room for a second.
    first: Option<Operation>,
}

/// The unit of which there is one.
#[derive(PartialEq, Eq)]
enum Unit {
    MultiplyOrStore,
    Parallel,
    Shifter,
    Branch,
    /// No limit.
    Any,
}

fn unit(class: Class) -> Unit {
    match class {
        Class::Store { .. } => Unit::MultiplyOrStore,
        class if class.multiplies() => Unit::MultiplyOrStore,
        Class::Parallel => Unit::Parallel,
        Class::Shifted => Unit::Shifter,
        class if class.may_branch() => Unit::Branch,
        _ => Unit::Any,
    }
}

/// The cycles of an instruction that is issued alone.
fn alone(class: Class) -> Option<u64> {
    Some(match class {
        Class::LoadMultiple { count, to_pc } => u64::from(count.div_ceil(2)) + u64::from(to_pc),
        Class::StoreMultiple(count) => u64::from(count.div_ceil(2)),
        Class::Divide => 7,
        Class::LoadPc | Class::TableBranch => 2,
        Class::Barrier | Class::SpecialRegister | Class::System => 2,
        _ => return None,
    })
}

fn latency(class: Class) -> (u64, u64) {
    match class {
        Class::Load { part: true, .. } => (2, 1),
        Class::Load { .. } | Class::LoadMultiple { .. } => (1, 1),
        class if class.multiplies() => (2, 1),
        _ => (1, 1),
    }
}

impl M7 {
    /// Whether `this` can be issued in the same cycle as the instruction before it.
    fn pairs(&self, this: &Operation) -> bool {
        let Some(first) = self.first else { return false };
        let unit = unit(this.class);
        (unit == Unit::Any || unit != self::unit(first.class))
            && !first.writes.meets(this.reads)
            && !first.updates.meets(this.reads)
            && self.registers.ready(this) < self.now
    }
}

impl Timing for M7 {
    fn cycles(&mut self, instruction: &Instruction, _taken: bool) -> u64 {
        let (start, operation) = (self.now, &instruction.operation);
        let alone = alone(operation.class);
        if alone.is_none() && self.pairs(operation) {
            self.first = None;
        } else {
            self.first = alone.is_none().then_some(*operation);
            self.now = self.now.max(self.registers.ready(operation)) + alone.unwrap_or(1);
        }
        self.registers.write(operation, self.now - 1, latency(operation.class));
        self.now - start
    }
}
