//! Cortex-M3 (Arm DDI 0337H, section 3.3) and M4 (Arm DDI 0439B, section 3.3).
//!
//! Where the tables give a range:
//!
//! | | table | here |
//! |---|---|---|
//! | P, the refill of the pipeline after a taken branch | 1..=3 | 2, as the first edition of the M3's manual has it |
//! | UMULL, SMULL (M3) | 3..=5 | 4 |
//! | UMLAL, SMLAL (M3) | 4..=7, the signed one a cycle longer | 5, 6 |
//! | UDIV, SDIV | 2..=12 | 7 |
//!
//! Section 3.3.3 has the rules for loads and stores next to each other, which [`V7m`] follows. What it does not mention, and
//! github.com/jnk0le/random measured on an STM32F103 and an STM32F407: a load that updates its base register does not follow
//! another without a stall, on an M3 in any case, on an M4 if the base is the same.

use super::Timing;
use crate::instruction::{Class, Instruction, Operation, Registers};

/// P: cycles to refill the pipeline after a branch.
const REFILL: u64 = 2;

/// The timings that differ.
struct Table {
    /// MLA and MLS.
    multiply_accumulate: u64,
    /// UMULL and SMULL.
    multiply_long: u64,
    /// UMLAL.
    multiply_accumulate_long: u64,
    /// SMLAL.
    signed_multiply_accumulate_long: u64,
    /// Whether a load that updates its base may directly follow one with another base.
    chains_updates: bool,
}

const M3: Table = Table {
    multiply_accumulate: 2,
    multiply_long: 4,
    multiply_accumulate_long: 5,
    signed_multiply_accumulate_long: 6,
    chains_updates: false,
};

const M4: Table = Table {
    multiply_accumulate: 1,
    multiply_long: 1,
    multiply_accumulate_long: 1,
    signed_multiply_accumulate_long: 1,
    chains_updates: true,
};

/// A core, and the operation before the current one.
pub(super) struct V7m {
    table: Table,
    before: Option<Operation>,
}

impl V7m {
    pub(super) fn m3() -> Self {
        Self { table: M3, before: None }
    }

    pub(super) fn m4() -> Self {
        Self { table: M4, before: None }
    }

    /// The cycles of the tables.
    fn alone(&self, class: Class, taken: bool) -> u64 {
        let refill = if taken { REFILL } else { 0 };
        match class {
            Class::MultiplyAccumulate => self.table.multiply_accumulate,
            Class::MultiplyLong => self.table.multiply_long,
            Class::MultiplyAccumulateLong => self.table.multiply_accumulate_long,
            Class::SignedMultiplyAccumulateLong => self.table.signed_multiply_accumulate_long,
            Class::Divide => 7,
            // "STR Rx,[Ry,#imm] is always one cycle": the data follows during the next instruction.
            Class::Store { by_register: false } => 1,
            Class::Load { .. } | Class::Store { .. } => 2,
            Class::LoadPc | Class::TableBranch => 2 + refill,
            Class::LoadMultiple { count, .. } => 1 + u64::from(count) + refill,
            Class::StoreMultiple(count) => 1 + u64::from(count),
            // Waits for the write buffer; a value for an empty one.
            Class::Barrier => 1 + refill,
            Class::SpecialRegister => 2,
            _ => 1 + refill,
        }
    }

    /// Whether a load or store is pipelined with the load before it, which saves a cycle.
    fn is_pipelined(&self, before: &Operation, this: &Operation) -> bool {
        let Class::Load { .. } = before.class else { return false };
        let can_update = self.table.chains_updates && !before.updates.meets(this.updates);
        let is_load = matches!(this.class, Class::Load { .. });
        this.class.is_single_access()
            && !before.writes.meets(this.reads)
            && (!is_load || this.updates == Registers::NONE || can_update)
    }
}

/// "Any load or store that generates an address dependent on the result of a preceding data processing operation stalls the
/// pipeline for an additional cycle."
fn waits_for_its_address(before: &Operation, this: &Operation) -> bool {
    let accesses = this.class.is_single_access()
        || matches!(
            this.class,
            Class::LoadMultiple { .. } | Class::StoreMultiple(_) | Class::LoadPc | Class::TableBranch
        );
    before.class.computes() && accesses && before.writes.meets(this.reads)
}

impl Timing for V7m {
    fn cycles(&mut self, instruction: &Instruction, taken: bool) -> u64 {
        let this = instruction.operation;
        let alone = self.alone(this.class, taken);
        let cycles = match self.before.replace(this) {
            Some(before) if self.is_pipelined(&before, &this) => alone.saturating_sub(1).max(1),
            Some(before) if waits_for_its_address(&before, &this) => alone + 1,
            _ => alone,
        };
        if taken {
            self.before = None;
        }
        cycles
    }
}
