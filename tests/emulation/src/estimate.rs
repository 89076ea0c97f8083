//! How long a digit takes on each board: estimated cycles, at the board's clock, with the waits of its flash.

use crate::{
    cycles::{self, Core, Count, Flash},
    firmware::{self, Board, V6M},
};
use anyhow::{Context, Result};
use std::time::Duration;

/// The multiply-adds of the generator's five matrices, by which engines are compared.
pub const MULTIPLY_ADDS: f64 = 272_656.0;

/// Far longer than `bench` takes.
const LIMIT: Duration = Duration::from_secs(120);

/// A board with a model, and what its time depends on.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The board. Those that QEMU does not emulate are measured on another with the same core and compiler's target.
    pub board: &'static str,
    /// The board that is emulated.
    pub emulated: &'static str,
    /// The core whose timings are used.
    pub core: Core,
    /// A file in firmware/models, without its ending.
    pub model: &'static str,
    /// The clock.
    pub mhz: u32,
    /// How the flash is waited for, if it is.
    pub waits: Option<Waits>,
    /// Where the model is, and what else is assumed.
    pub assumption: &'static str,
}

/// How a flash is waited for; see [`Flash`].
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Cycles for a line.
    pub cycles: u64,
    /// Bytes in a line.
    pub line: u32,
    /// Lines of code that are kept.
    pub code: usize,
    /// Lines of data that are kept; 0: they share those of code.
    pub data: usize,
}

/// A cache as in STM32F4, with other wait states: 64 lines of code and 8 of data, each of 16 bytes (ST RM0090, 3.5.2).
const fn stm32f4(cycles: u64) -> Option<Waits> {
    Some(Waits { cycles, line: 16, code: 64, data: 8 })
}

/// The nRF52's flash: a cache for code only, and up to three wait states for other reads (Nordic's product specifications,
/// W_FLASHCACHE). How many bytes such a read brings is not published: 16 are assumed, and 2 KB of cache.
const NRF52: Option<Waits> = Some(Waits { cycles: 3, line: 16, code: 128, data: 1 });

/// The Picos' flash through XIP: a cache of 16 KB in lines of 8 bytes, for code and data. A line takes 6 to 10 cycles a byte,
/// depending on the dividers; 8 are assumed.
const XIP: Option<Waits> = Some(Waits { cycles: 64, line: 8, code: 2048, data: 0 });

const NO_WAITS: &str = "no wait states";
const IN_RAM: &str = "model in RAM, code cached";
const THROUGH_XIP: &str = "model read through XIP, 8 cycles a byte";

/// The board that QEMU emulates, without waits.
const AN386: Setting = Setting {
    board: "mps2-an386",
    emulated: "mps2-an386",
    core: Core::M4,
    model: "mnist-int8",
    mhz: 25,
    waits: None,
    assumption: NO_WAITS,
};
const MICROBIT: Setting =
    Setting { board: "microbit", emulated: "microbit", core: Core::M0, model: "mnist-mixed", mhz: 16, ..AN386 };
const LM3S6965: Setting =
    Setting { board: "lm3s6965evb", emulated: "lm3s6965evb", core: Core::M3, model: "mnist-mixed", mhz: 50, ..AN386 };
const AN385: Setting = Setting { board: "mps2-an385", emulated: "mps2-an385", core: Core::M3, ..AN386 };
const PICO: Setting = Setting {
    board: "pico",
    emulated: "microbit",
    core: Core::M0Plus,
    model: "mnist-mixed",
    mhz: 125,
    assumption: IN_RAM,
    ..AN386
};
const PICO2: Setting =
    Setting { board: "pico2", emulated: "mps2-an505", core: Core::M33, mhz: 150, assumption: IN_RAM, ..AN386 };

const AN547: Setting = Setting { board: "mps3-an547", emulated: "mps3-an547", core: Core::M55, mhz: 32, ..AN386 };

/// What is measured: each board with its first model and on one board for each kernel all models, those that owners use first.
pub const SETTINGS: &[Setting] = &[
    PICO,
    Setting { waits: XIP, assumption: THROUGH_XIP, ..PICO },
    Setting { model: "mnist-int4", ..PICO },
    // No emulated M0 has enough flash, but an M3 runs an M0's code.
    Setting { model: "mnist-int8", emulated: "mps2-an385", waits: XIP, assumption: THROUGH_XIP, ..PICO },
    PICO2,
    Setting { waits: XIP, assumption: THROUGH_XIP, ..PICO2 },
    Setting {
        board: "microbit-v2",
        mhz: 64,
        waits: NRF52,
        assumption: "3 wait states for 16 bytes of data, code cached",
        ..AN386
    },
    Setting {
        board: "nrf52840-dk",
        mhz: 64,
        waits: NRF52,
        assumption: "3 wait states for 16 bytes of data, code cached",
        ..AN386
    },
    Setting {
        board: "black-pill",
        mhz: 96,
        waits: stm32f4(3),
        assumption: "3 wait states for 16 bytes, caches on",
        ..AN386
    },
    Setting {
        board: "netduinoplus2",
        emulated: "netduinoplus2",
        mhz: 168,
        waits: stm32f4(5),
        assumption: "5 wait states for 16 bytes, caches on",
        ..AN386
    },
    MICROBIT,
    Setting { model: "mnist-int4", ..MICROBIT },
    LM3S6965,
    Setting { model: "mnist-int4", ..LM3S6965 },
    AN385,
    Setting { model: "mnist-mixed", ..AN385 },
    Setting { model: "mnist-int4", ..AN385 },
    AN386,
    Setting { model: "mnist-mixed", ..AN386 },
    Setting { model: "mnist-int4", ..AN386 },
    Setting { board: "mps2-an500", emulated: "mps2-an500", core: Core::M7, ..AN386 },
    Setting { board: "mps2-an505", emulated: "mps2-an505", core: Core::M33, mhz: 20, ..AN386 },
    AN547,
    Setting { model: "mnist-mixed", ..AN547 },
    Setting { model: "mnist-int4", ..AN547 },
];

impl Setting {
    /// Builds `bench`, runs it, and counts the cycles of a picture: latent, all layers, pixels. Of several pictures, which
    /// differ little, it is the slowest.
    ///
    /// # Errors
    /// Those of [`firmware::elf_with`] and [`cycles::count`].
    pub fn count(&self) -> Result<Count> {
        let board = self.build();
        let elf = firmware::elf_with(&board, self.model, "bench")?;
        let flash = self.waits.map(|waits| waits.of(&board));
        let counts = cycles::count(&elf, &[], self.core, flash, LIMIT);
        let counts = counts.with_context(|| format!("{} with {}", self.board, self.model))?;
        counts.into_iter().max_by_key(|count| count.cycles).context("bench draws pictures")
    }

    /// The board to build for. The cores without Thumb-2 run on any machine.
    fn build(&self) -> Board {
        let board = *firmware::board(self.emulated);
        if matches!(self.core, Core::M0 | Core::M0Plus) { Board { target: V6M, ..board } } else { board }
    }

    /// Milliseconds of this many cycles.
    pub fn milliseconds(&self, count: Count) -> f64 {
        count.cycles as f64 / f64::from(self.mhz) / 1000.0
    }
}

impl Waits {
    fn of(self, board: &Board) -> Flash {
        let start = board.flash.origin;
        let addresses = start..start + board.flash.kib * 1024;
        Flash { addresses, wait: self.cycles, line: self.line, code: self.code, data: self.data }
    }
}

/// The table's head.
pub const HEAD: &str = "| board | core | MHz | model | ms a digit | cycles | a multiply-add | of them waiting | assumed |\n\
                        |---|---|---|---|---|---|---|---|---|";

/// A setting's line of the table.
pub fn line(setting: &Setting, count: Count) -> String {
    let Setting { board, core, mhz, model, assumption, .. } = setting;
    let model = model.trim_start_matches("mnist-");
    let (ms, each) = (setting.milliseconds(count), count.cycles as f64 / MULTIPLY_ADDS);
    let Count { cycles, waited, .. } = count;
    format!("| {board} | {core} | {mhz} | {model} | {ms:.2} | {cycles} | {each:.2} | {waited} | {assumption} |")
}
