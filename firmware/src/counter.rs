//! Counting the instructions of a piece of work, exactly, in an emulator that gives every instruction the same time.
//!
//! QEMU does so with `-icount`; then SysTick, which every core under QEMU has, runs in step with the instructions. How
//! many ticks an instruction takes is found from a loop of known length, so nothing here knows a clock. On a chip an
//! instruction has no fixed time: there the ticks, which are cycles, are told as they are.

use core::arch::asm;
use core::hint::black_box;
use core::sync::atomic::{Ordering, compiler_fence};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use heapless::Vec;
use pocketgan_protocol::Unit;

/// What is counted: a build for a chip has the feature `probe`.
pub const UNIT: Unit = if cfg!(feature = "probe") { Unit::Cycles } else { Unit::Instructions };

/// The highest value of SysTick's 24 bits.
const TOP: u32 = 0x00ff_ffff;
/// How often SysTick is looked at before it is taken to be missing.
const PATIENCE: u32 = 10_000;
/// Instructions a turn of [`turn`] has.
const INSTRUCTIONS_A_TURN: u32 = 2;
const _: () = assert!(INSTRUCTIONS_A_TURN.is_power_of_two(), "counts are scaled by shifts");
/// Turns of the two loops that are compared: what surrounds a loop cancels out.
const SHORT: u32 = 1_000;
const LONG: u32 = SHORT + (1 << TURN_BITS);
/// The loops differ by 2 to this power of turns.
const TURN_BITS: u32 = 20;

/// A counter of instructions or, on a chip, of cycles.
pub struct Counter {
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

impl Counter {
    /// Starts SysTick and finds out how it runs.
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
        // Where a tick falls between two instructions may make a difference of one.
        if first < LONG || first.abs_diff(second) > 1 {
            return Err(NoCount::NotInStep);
        }
        self.calibration = first;
        Ok(())
    }

    /// Ticks that the [`LONG`] loop takes more than the [`SHORT`] one.
    fn long_loop(&mut self) -> Result<u32, NoCount> {
        let (short, long) = (self.ticks(|| turn(SHORT))?, self.ticks(|| turn(LONG))?);
        long.checked_sub(short).ok_or(NoCount::NotInStep)
    }

    /// The number of [`UNIT`]s that `work` takes; its calls of memory outside must not be optimised away.
    ///
    /// # Errors
    /// [`NoCount::TooLong`] beyond some ten million.
    pub fn count(&mut self, work: impl FnOnce()) -> Result<u32, NoCount> {
        let ticks = self.ticks(work)?.saturating_sub(self.overhead);
        Ok(self.counted(ticks))
    }

    /// Like [`count`](Self::count), for each step of `work`, which calls what it is given at the end of each. More than
    /// `N` steps are left out.
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

    /// What so many ticks are.
    fn counted(&self, ticks: u32) -> u32 {
        if UNIT == Unit::Cycles {
            return ticks;
        }
        // ticks * instructions / calibration bit by bit, as the instructions are a power of two: dividing 64 bits would need more code than all else here.
        let (mut count, mut rest) = (ticks / self.calibration, ticks % self.calibration);
        for _ in 0..TURN_BITS + INSTRUCTIONS_A_TURN.ilog2() {
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

    /// SysTick's value, which falls, before `work` and after it.
    fn span(&mut self, work: impl FnOnce()) -> Result<(u32, u32), NoCount> {
        // Any write sets the count to 0; the next tick loads the highest value and counts down. Where there is no
        // SysTick, none comes.
        self.systick.clear_current();
        (0..PATIENCE).find(|_| SYST::get_current() != 0).ok_or(NoCount::NotInStep)?;
        // Forgets an earlier pass through zero.
        let _ = self.systick.has_wrapped();
        let before = SYST::get_current();
        // The compiler moves no access to memory out of here.
        compiler_fence(Ordering::SeqCst);
        work();
        compiler_fence(Ordering::SeqCst);
        let after = SYST::get_current();
        if self.systick.has_wrapped() { Err(NoCount::TooLong) } else { Ok((before, after)) }
    }
}

/// Goes round `turns` times: [`INSTRUCTIONS_A_TURN`] instructions each.
fn turn(turns: u32) {
    // SAFETY: a loop on one register that ends when it is 0; it touches neither memory nor stack.
    unsafe {
        asm!("2: subs {left}, {left}, #1", "bne 2b", left = inout(reg) black_box(turns) => _, options(nomem, nostack));
    }
}
