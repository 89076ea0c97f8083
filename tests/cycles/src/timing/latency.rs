//! When the registers of a pipelined core have their values.

use crate::instruction::{Operation, Registers};

/// For each register the cycle from which it can be read, and from which it can be read in a later stage.
#[derive(Default)]
pub(super) struct Latencies {
    ready: [u64; Registers::COUNT],
    ready_late: [u64; Registers::COUNT],
}

impl Latencies {
    /// The first cycle in which an operation can read its registers. Flags are not waited for.
    pub(super) fn ready(&self, operation: &Operation) -> u64 {
        let of = |registers: Registers, ready: &[u64]| registers.numbers().map(|number| ready[number]).max();
        let reads = operation.reads.without(Registers::FLAGS);
        of(reads, &self.ready).max(of(operation.late, &self.ready_late)).unwrap_or(0)
    }

    /// An operation issued in the cycle `now` writes its results, which can be read `latency` cycles later, and as addends
    /// or values to store `late` cycles later. An updated address can be read in the next cycle.
    pub(super) fn write(&mut self, operation: &Operation, now: u64, (latency, late): (u64, u64)) {
        for number in operation.updates.numbers() {
            (self.ready[number], self.ready_late[number]) = (now + 1, now + 1);
        }
        for number in operation.writes.numbers() {
            (self.ready[number], self.ready_late[number]) = (now + latency, now + late);
        }
    }
}
