//! Counts cycles between two marks.
//!
//! A mark is an address: of a function, in most programs. Executing the first starts a count, executing the second ends it.
//! What is counted is all between the two, without the instructions at the marks themselves; with functions that is the
//! work and the call of the second mark.

use crate::{
    flash::{Flash, Lines},
    instruction::Instruction,
    timing::{Core, Timing},
};

/// The addresses of the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Where a count begins.
    pub begin: u32,
    /// Where it ends.
    pub end: u32,
}

/// What was executed between two marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Cycles, including those of waiting.
    pub cycles: u64,
    /// Of these, cycles of waiting for the flash.
    pub waited: u64,
    /// Instructions.
    pub instructions: u64,
    /// Instructions that the decoder does not know, each counted as one cycle.
    pub unknown: u64,
}

/// Counts the cycles of executed instructions.
pub struct Counter {
    core: Core,
    marks: Marks,
    flash: Option<Flash>,
    counting: Option<Running>,
    counts: Vec<Count>,
}

/// A count that has begun.
struct Running {
    timing: Box<dyn Timing>,
    lines: Option<Lines>,
    count: Count,
    /// The last instruction, whose cycles depend on which one follows.
    last: Option<Instruction>,
}

impl Counter {
    /// Nothing is counted yet.
    pub fn new(core: Core, marks: Marks, flash: Option<Flash>) -> Self {
        Self { core, marks, flash, counting: None, counts: Vec::new() }
    }

    /// An instruction is executed.
    pub fn execute(&mut self, instruction: &Instruction) {
        if instruction.address == self.marks.end {
            if let Some(running) = self.counting.take() {
                self.counts.push(running.end(instruction));
            }
        } else if instruction.address == self.marks.begin {
            let lines = self.flash.clone().map(Lines::new);
            let timing = self.core.timing();
            self.counting = Some(Running { timing, lines, count: Count::default(), last: None });
        } else if let Some(running) = &mut self.counting {
            running.execute(instruction);
        }
    }

    /// The instruction that was executed last reads memory.
    pub fn load(&mut self, address: u32) {
        if let Some(running) = &mut self.counting {
            running.wait(|lines| lines.load(address));
        }
    }

    /// The finished counts.
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }
}

impl Running {
    fn execute(&mut self, instruction: &Instruction) {
        self.retire(instruction);
        self.wait(|lines| lines.fetch(instruction.address));
        self.last = Some(*instruction);
    }

    fn end(mut self, next: &Instruction) -> Count {
        self.retire(next);
        self.count
    }

    /// Counts the last instruction, as the next one is known.
    fn retire(&mut self, next: &Instruction) {
        let Some(last) = self.last.take() else { return };
        let taken = last.operation.class.may_branch() && next.address != last.next();
        self.count.cycles += self.timing.cycles(&last, taken);
        self.count.instructions += 1;
        self.count.unknown += u64::from(last.operation.class == crate::instruction::Class::Unknown);
    }

    fn wait(&mut self, cycles: impl FnOnce(&mut Lines) -> u64) {
        let waited = self.lines.as_mut().map_or(0, cycles);
        self.count.cycles += waited;
        self.count.waited += waited;
    }
}
