//! Exact counts of executed instructions, in an emulator that gives every instruction the same time.
//!
//! QEMU does so with `-icount`: SysTick then runs in step with the instructions. A loop of known length calibrates how many
//! ticks an instruction takes, so no clock frequency is needed. On a chip an instruction has no fixed time: there the
//! counts are SysTick's ticks, which are cycles. So they are in the emulator of the Pico.

use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::{Ordering, compiler_fence};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use heapless::Vec;
use pocketgan_protocol::Unit;

/// What is counted: cycles in a build for a chip, which has the feature `probe`, and on a Pico also in its emulator.
pub const UNIT: Unit = if cfg!(any(feature = "probe", feature = "pico")) { Unit::Cycles } else { Unit::Instructions };

/// The highest value of SysTick's 24 bits.
const TOP: u32 = 0x00ff_ffff;
/// How often SysTick is read before it counts as missing.
const ATTEMPTS: u32 = 10_000;
/// Instructions in an iteration of [`spin`].
const INSTRUCTIONS_PER_ITERATION: u32 = 2;
const _: () = assert!(INSTRUCTIONS_PER_ITERATION.is_power_of_two(), "counts are scaled by shifts");
/// Iterations of the two loops that are compared: what surrounds a loop cancels out.
const SHORT: u32 = 1_000;
const LONG: u32 = SHORT + (1 << ITERATION_BITS);
/// The loops differ by 2 to the power of this.
const ITERATION_BITS: u32 = 20;

/// A counter of instructions or, on a chip, of cycles.
pub struct InstructionCounter {
    systick: SYST,
    /// Ticks that the [`LONG`] loop takes more than the [`SHORT`] one.
    calibration: u32,
    /// Ticks of no work at all.
    overhead: u32,
}

/// Why there is no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCount {
    /// SysTick does not run in step with the instructions, or there is none (an nRF51 has none).
    NotInStep,
    /// The work takes longer than SysTick can count.
    TooLong,
}

impl InstructionCounter {
    /// Starts and calibrates SysTick.
    ///
    /// # Errors
    /// [`NoCount::NotInStep`] if two equal loops take different times, or none at all.
    pub fn new(mut systick: SYST) -> Result<Self, NoCount> {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(TOP);
        systick.clear_current();
        systick.enable_counter();
        let mut counter = Self { systick, calibration: 0, overhead: 0 };
        if UNIT == Unit::Instructions {
            counter.calibrate()?;
        }
        counter.overhead = counter.ticks(|| ())?;
        Ok(counter)
    }

    fn calibrate(&mut self) -> Result<(), NoCount> {
        let (first, second) = (self.long_loop()?, self.long_loop()?);
        // They may differ by one tick, as ticks fall between instructions.
        if first < LONG || first.abs_diff(second) > 1 {
            return Err(NoCount::NotInStep);
        }
        self.calibration = first;
        Ok(())
    }

    /// Ticks that the [`LONG`] loop takes more than the [`SHORT`] one.
    fn long_loop(&mut self) -> Result<u32, NoCount> {
        let (short, long) = (self.ticks(|| spin(SHORT))?, self.ticks(|| spin(LONG))?);
        long.checked_sub(short).ok_or(NoCount::NotInStep)
    }

    /// The number of [`UNIT`]s that `work` takes. The compiler must not be able to optimise it away.
    ///
    /// # Errors
    /// [`NoCount::TooLong`] beyond some ten million.
    pub fn count(&mut self, work: impl FnOnce()) -> Result<u32, NoCount> {
        let ticks = self.ticks(work)?.saturating_sub(self.overhead);
        Ok(self.counted(ticks))
    }

    /// Like [`count`](Self::count), for each step of `work`, which calls its argument at the end of each. Steps after the
    /// first `N` are dropped.
    ///
    /// # Errors
    /// Those of [`count`](Self::count).
    pub fn count_steps<const N: usize>(&mut self, work: impl FnOnce(&mut dyn FnMut())) -> Result<Vec<u32, N>, NoCount> {
        let mut ends = Vec::<u32, N>::new();
        let (mut start, _) = self.span(|| work(&mut || ends.push(SYST::get_current()).unwrap_or_default()))?;
        let step = |end| {
            let ticks = start - end;
            start = end;
            self.counted(ticks)
        };
        Ok(ends.into_iter().map(step).collect())
    }

    /// Converts ticks to [`UNIT`]s.
    fn counted(&self, ticks: u32) -> u32 {
        if UNIT == Unit::Cycles {
            return ticks;
        }
        // ticks * instructions / calibration, bit by bit since the instructions are a power of two: a 64-bit division would
        // take more code than the rest of this file.
        let (mut count, mut rest) = (ticks / self.calibration, ticks % self.calibration);
        for _ in 0..ITERATION_BITS + INSTRUCTIONS_PER_ITERATION.ilog2() {
            rest <<= 1;
            count = count << 1 | u32::from(rest >= self.calibration);
            rest -= if rest >= self.calibration { self.calibration } else { 0 };
        }
        count + u32::from(2 * rest >= self.calibration)
    }

    /// The ticks from before `work` to after it.
    fn ticks(&mut self, work: impl FnOnce()) -> Result<u32, NoCount> {
        let (before, after) = self.span(work)?;
        Ok(before - after)
    }

    /// The values of SysTick, which counts down, before and after `work`.
    fn span(&mut self, work: impl FnOnce()) -> Result<(u32, u32), NoCount> {
        // This sets the count to 0; the next tick reloads it. Without a SysTick it stays 0.
        self.systick.clear_current();
        (0..ATTEMPTS).find(|_| SYST::get_current() != 0).ok_or(NoCount::NotInStep)?;
        // Clears the flag.
        let _ = self.systick.has_wrapped();
        let before = SYST::get_current();
        // Keeps accesses to memory between the fences.
        compiler_fence(Ordering::SeqCst);
        work();
        compiler_fence(Ordering::SeqCst);
        let after = SYST::get_current();
        if self.systick.has_wrapped() { Err(NoCount::TooLong) } else { Ok((before, after)) }
    }
}

/// Iterates, with [`INSTRUCTIONS_PER_ITERATION`] instructions each time.
fn spin(iterations: u32) {
    // SAFETY: a loop on one register that ends when it is 0; it touches neither memory nor stack.
    unsafe {
        asm!("2: subs {left}, {left}, #1", "bne 2b", left = inout(reg) black_box(iterations) => _, options(nomem, nostack));
    }
}
