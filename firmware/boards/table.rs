//! The boards: for the build script, which builds for one, and for the tests, which build for all.
//!
//! A board is a line here, a feature in Cargo.toml, an alias in .cargo/config.toml, a memory layout beside this file and
//! a file in src/board/.
// Each of the two users is private and reads what it needs.
#![allow(dead_code, unreachable_pub)]

/// What tools have to know of a board.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Its name: the cargo feature, the alias, the memory layout.
    pub name: &'static str,
    /// The core, as people name it.
    pub core: &'static str,
    /// The compiler's target for that core.
    pub target: &'static str,
    /// The models that fit its flash (files of models/, without their ending); the first is the one it gets unless the
    /// environment variable [`MODEL_VARIABLE`] names another.
    pub models: &'static [&'static str],
    /// The chip, as probe-rs calls it, where the board can be had: then it can be built with the feature `probe`.
    pub chip: Option<&'static str>,
    /// How QEMU emulates it, if it does.
    pub machine: Option<Machine>,
}

/// A machine of QEMU's.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Its name.
    pub name: &'static str,
    /// Which of the machine's serial lines is the firmware's.
    pub serial: usize,
    /// In a program that counts them, an instruction takes 2^shift ns: one or two ticks of SysTick, which then counts
    /// exactly and as far as possible.
    pub shift: u32,
}

impl Board {
    /// The name as part of a linker symbol.
    pub fn symbol(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// The M0's. Every other core runs its code too, so any board may be built for it: that is how an M0 is measured with
/// the model of 8 bits, for which no emulated M0 has the flash.
pub const V6M: &str = "thumbv6m-none-eabi";
const V7M: &str = "thumbv7m-none-eabi";
const V7EM: &str = "thumbv7em-none-eabihf";
const V8M: &str = "thumbv8m.main-none-eabihf";

/// For a build with another model than the board's first.
pub const MODEL_VARIABLE: &str = "POCKETGAN_MODEL";

/// From the largest and best model to the smallest.
const ALL: &[&str] = &["mnist-int8", "mnist-mixed", "mnist-int4"];
/// For 256 KB of flash, in which the weights of 8 bits alone find no room.
const SMALL: &[&str] = &["mnist-mixed", "mnist-int4"];

/// All boards. The last two were never run: QEMU does not model them and there was none to try.
pub const BOARDS: &[Board] = &[
    Board {
        name: "microbit",
        core: "M0",
        target: V6M,
        models: SMALL,
        chip: Some("nRF51822_xxAA"),
        machine: Some(Machine { name: "microbit", serial: 0, shift: 6 }),
    },
    Board {
        name: "lm3s6965evb",
        core: "M3",
        target: V7M,
        models: SMALL,
        chip: None,
        machine: Some(Machine { name: "lm3s6965evb", serial: 0, shift: 5 }),
    },
    Board {
        name: "mps2-an385",
        core: "M3",
        target: V7M,
        models: ALL,
        chip: None,
        machine: Some(Machine { name: "mps2-an385", serial: 0, shift: 6 }),
    },
    Board {
        name: "mps2-an386",
        core: "M4F",
        target: V7EM,
        models: ALL,
        chip: None,
        machine: Some(Machine { name: "mps2-an386", serial: 0, shift: 6 }),
    },
    Board {
        name: "netduinoplus2",
        core: "M4F",
        target: V7EM,
        models: ALL,
        chip: Some("STM32F405RG"),
        machine: Some(Machine { name: "netduinoplus2", serial: 5, shift: 3 }),
    },
    Board {
        name: "mps2-an500",
        core: "M7",
        target: V7EM,
        models: ALL,
        chip: None,
        machine: Some(Machine { name: "mps2-an500", serial: 0, shift: 6 }),
    },
    Board {
        name: "mps2-an505",
        core: "M33",
        target: V8M,
        models: ALL,
        chip: None,
        machine: Some(Machine { name: "mps2-an505", serial: 0, shift: 6 }),
    },
    Board {
        name: "mps3-an547",
        core: "M55",
        target: V8M,
        models: ALL,
        chip: None,
        machine: Some(Machine { name: "mps3-an547", serial: 0, shift: 5 }),
    },
    Board { name: "nrf52840-dk", core: "M4F", target: V7EM, models: ALL, chip: Some("nRF52840_xxAA"), machine: None },
    Board { name: "pico2", core: "M33", target: V8M, models: ALL, chip: Some("RP235x"), machine: None },
];
