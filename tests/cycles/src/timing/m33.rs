//! Cortex-M33. Arm publishes no timings of it; these were measured on an RP2350 by github.com/jnk0le/random
//! ("pipeline cycle test", cortex_m33.md), and Arm's KA001260 confirms that of MULS:
//!
//! * Instructions take a cycle; MULS two; LDM, STM, LDRD and STRD one for each register.
//! * Results of loads, multiplications, of shifted second operands and of the DSP extension can be read two cycles later, as
//!   addend of a multiplication or as a value to store one cycle later.
//! * A taken branch takes two cycles. A narrow branch after a narrow instruction is issued together with it: then it takes
//!   none if it is not taken, and one if the instruction before sets no flags. IT is issued together with the instruction before.
//!
//! Assumed without a source: a return by POP or LDR takes two cycles more than its loads, a division seven.

use super::{Timing, latency::Latencies};
use crate::instruction::{Class, Instruction, Registers};

/// The core's state.
#[derive(Default)]
pub(super) struct M33 {
    /// The cycle in which the next instruction may be issued.
    now: u64,
    registers: Latencies,
    before: Option<Instruction>,
}

/// What a branch that is taken costs beside its own cycle.
const REFILL: u64 = 1;

impl M33 {
    /// Whether `this` can be issued in the cycle of the narrow instruction before it.
    fn is_issued_with_the_one_before(&self, this: &Instruction, taken: bool) -> bool {
        let Some(before) = self.before else { return false };
        let sets_flags = before.operation.writes.meets(Registers::FLAGS);
        let joins = match this.operation.class {
            Class::Branch | Class::CompareAndBranch | Class::BranchToRegister => !taken || !sets_flags,
            Class::IfThen => true,
            _ => false,
        };
        joins && this.is_narrow() && before.is_narrow()
    }
}

/// The cycles during which no other instruction is issued.
fn issue(instruction: &Instruction, taken: bool) -> u64 {
    let refill = if taken { REFILL } else { 0 };
    refill
        + match instruction.operation.class {
            Class::LoadMultiple { count, to_pc } => u64::from(count) + u64::from(to_pc),
            Class::StoreMultiple(count) => u64::from(count),
            Class::Multiply if instruction.is_narrow() => 2,
            Class::Divide => 7,
            Class::LoadPc | Class::TableBranch => 2,
            Class::Barrier | Class::SpecialRegister | Class::System => 2,
            _ => 1,
        }
}

/// The cycles after which a result can be read, and read as an addend or stored.
fn latency(class: Class) -> (u64, u64) {
    match class {
        Class::Load { .. } | Class::LoadMultiple { .. } | Class::Shifted | Class::Parallel => (2, 1),
        class if class.multiplies() => (2, 1),
        _ => (1, 1),
    }
}

impl Timing for M33 {
    fn cycles(&mut self, instruction: &Instruction, taken: bool) -> u64 {
        let (start, operation) = (self.now, &instruction.operation);
        let joined = self.is_issued_with_the_one_before(instruction, taken);
        let issue = issue(instruction, taken) - u64::from(joined);
        self.now = self.now.max(self.registers.ready(operation)) + issue;
        // The results of several cycles come with the last of them.
        self.registers.write(operation, self.now.saturating_sub(1), latency(operation.class));
        self.before = if taken || joined { None } else { Some(*instruction) };
        self.now - start
    }
}
