//! Cortex-M0 (Arm DDI 0432C, section 3.3) and M0+ (Arm DDI 0484C, section 3.3), both with the single-cycle multiplier, as the
//! nRF51822 and the RP2040 have it. With the other multiplier MULS takes 32 cycles.

use super::Timing;
use crate::instruction::{Class, Instruction};

/// The core's instructions take fixed times.
pub(super) struct V6m {
    /// A taken branch.
    branch: u64,
    /// BL.
    call: u64,
    /// BX and BLX.
    branch_to_register: u64,
    /// POP with PC, beside a cycle for each register.
    pop_to_pc: u64,
    /// Barriers, MRS and MSR.
    system: u64,
}

/// "B: 3, BL: 4, BX: 3, BLX: 3, POP with PC: 4 + N, MRS, MSR, DMB, DSB, ISB: 4", where N includes PC.
pub(super) const M0: V6m = V6m { branch: 3, call: 4, branch_to_register: 3, pop_to_pc: 4, system: 4 };
/// "B: 2, BL: 3, BX: 2, BLX: 2, POP with PC: 3 + N, MRS, MSR, DMB, DSB, ISB: 3".
pub(super) const M0_PLUS: V6m = V6m { branch: 2, call: 3, branch_to_register: 2, pop_to_pc: 3, system: 3 };

impl Timing for V6m {
    fn cycles(&mut self, instruction: &Instruction, taken: bool) -> u64 {
        match instruction.operation.class {
            Class::Load { .. } | Class::Store { .. } => 2,
            Class::LoadMultiple { count, to_pc: true } => self.pop_to_pc + u64::from(count),
            Class::LoadMultiple { count, .. } | Class::StoreMultiple(count) => 1 + u64::from(count),
            Class::Branch if taken => self.branch,
            Class::ArithmeticToPc => self.branch,
            Class::Call => self.call,
            Class::BranchToRegister | Class::CallRegister => self.branch_to_register,
            Class::Barrier | Class::SpecialRegister => self.system,
            // All others, of those that these cores have.
            _ => 1,
        }
    }
}
