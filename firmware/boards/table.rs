//! The boards: for the build script, which builds for one, and for the tests, which build for all.
//!
//! To add a board:
//!
//! 1. describe it in [`BOARDS`] below;
//! 2. put its driver (clock and serial line) into `src/board/`, unless an existing one fits;
//! 3. give cargo its name: a feature in `Cargo.toml` and an alias in `.cargo/config.toml`. The test
//!    `a_board_has_a_feature_an_alias_a_driver_and_models` prints the missing lines.
// Included by two crates, each of which uses a part of it.
#![allow(dead_code, unreachable_pub)]

/// What the build and the tests need to know about a board.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Its name, which is also its cargo feature and alias.
    pub name: &'static str,
    /// The short name of its core: `M4F` is a Cortex-M4 with an FPU.
    pub core: &'static str,
    /// The compiler's target for that core.
    pub target: &'static str,
    /// The driver: a file in `src/board/`, without `.rs`.
    pub driver: &'static str,
    /// Memory for code and constants.
    pub flash: Memory,
    /// Memory for variables and the stack.
    pub ram: Memory,
    /// Memory for large variables, in the section `.psram`.
    pub psram: Option<Memory>,
    /// What the linker script has beside these memories.
    pub sections: &'static str,
    /// The models that fit its flash: files in `models/`, without `.pgan`. The first is the default; the environment
    /// variable [`MODEL_VARIABLE`] chooses another.
    pub models: &'static [&'static str],
    /// The name that probe-rs has for the chip of a board that exists as hardware. It can be built with the feature
    /// `probe`.
    pub chip: Option<&'static str>,
    /// How QEMU emulates it, if it does: the machine has the board's name.
    pub machine: Option<Machine>,
}

/// A range of addresses.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The first address.
    pub origin: u32,
    /// Length in units of 1,024 bytes.
    pub kib: u32,
}

/// A machine of QEMU's.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// Which of the machine's serial lines is the firmware's.
    pub serial: usize,
    /// In a program that counts instructions, each takes 2^shift ns: one or two ticks of SysTick, which then counts
    /// exactly and as far as possible.
    pub shift: u32,
}

impl Board {
    /// The name as part of a linker symbol.
    pub fn symbol(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The linker script that cortex-m-rt includes as `memory.x`.
    pub fn linker_script(&self) -> String {
        let memories = [("FLASH", Some(self.flash)), ("RAM", Some(self.ram)), ("PSRAM", self.psram)];
        let region = |(name, memory): (&str, Option<Memory>)| {
            memory.map(|Memory { origin, kib }| format!("  {name} : ORIGIN = {origin:#010x}, LENGTH = {kib}K\n"))
        };
        let regions: String = memories.into_iter().filter_map(region).collect();
        format!("MEMORY\n{{\n{regions}}}\n{}", self.sections)
    }
}

/// The target of a Cortex-M0. Every other core runs its code too, so any board may be built for it: no emulated M0 has
/// the flash for the 8-bit model, and this is how an M0 is measured with it.
pub const V6M: &str = "thumbv6m-none-eabi";
const V7M: &str = "thumbv7m-none-eabi";
const V7EM: &str = "thumbv7em-none-eabihf";
const V8M: &str = "thumbv8m.main-none-eabihf";

/// The environment variable for a build with another model than the board's first.
pub const MODEL_VARIABLE: &str = "POCKETGAN_MODEL";

/// From the largest and best model to the smallest.
const ALL: &[&str] = &["mnist-int8", "mnist-mixed", "mnist-int4"];
/// For 256 KB of flash, for which the 8-bit weights alone are too large.
const SMALL: &[&str] = &["mnist-mixed", "mnist-int4"];

const fn memory(origin: u32, kib: u32) -> Memory {
    Memory { origin, kib }
}

const fn machine(serial: usize, shift: u32) -> Option<Machine> {
    Some(Machine { serial, shift })
}

/// Arm's MPS2 with FPGA image AN386 as QEMU emulates it. Other boards state how they differ.
const MPS2_AN386: Board = Board {
    name: "mps2-an386",
    core: "M4F",
    target: V7EM,
    driver: "mps",
    flash: memory(0, 4096),
    ram: memory(0x2000_0000, 4096),
    psram: None,
    sections: "",
    models: ALL,
    chip: None,
    machine: machine(0, 6),
};

/// All boards. The last two have never been run: QEMU does not emulate them, and no hardware was at hand.
pub const BOARDS: &[Board] = &[
    // BBC micro:bit V1: a Nordic nRF51822 (QFAA).
    Board {
        name: "microbit",
        core: "M0",
        target: V6M,
        driver: "microbit",
        flash: memory(0, 256),
        ram: memory(0x2000_0000, 16),
        models: SMALL,
        chip: Some("nRF51822_xxAA"),
        ..MPS2_AN386
    },
    // Luminary Micro (Texas Instruments) Stellaris LM3S6965 evaluation board.
    Board {
        name: "lm3s6965evb",
        core: "M3",
        target: V7M,
        driver: "lm3s6965evb",
        flash: memory(0, 256),
        ram: memory(0x2000_0000, 64),
        models: SMALL,
        machine: machine(0, 5),
        ..MPS2_AN386
    },
    Board { name: "mps2-an385", core: "M3", target: V7M, ..MPS2_AN386 },
    MPS2_AN386,
    // Netduino Plus 2: an STM32F405RG. Its 64 KB of core-coupled RAM at 0x10000000 are not used. USART6, which is on the
    // board's header, is the sixth serial line.
    Board {
        name: "netduinoplus2",
        driver: "netduinoplus2",
        flash: memory(0x0800_0000, 1024),
        ram: memory(0x2000_0000, 128),
        chip: Some("STM32F405RG"),
        machine: machine(5, 3),
        ..MPS2_AN386
    },
    Board {
        name: "mps2-an500",
        core: "M7",
        psram: Some(memory(0x6000_0000, 16 * 1024)),
        sections: include_str!("psram.x"),
        ..MPS2_AN386
    },
    // The secure aliases of its memories, where the core starts.
    Board {
        name: "mps2-an505",
        core: "M33",
        target: V8M,
        flash: memory(0x1000_0000, 4096),
        ram: memory(0x3800_0000, 4096),
        ..MPS2_AN386
    },
    // Its ITCM and DTCM.
    Board {
        name: "mps3-an547",
        core: "M55",
        target: V8M,
        flash: memory(0, 512),
        ram: memory(0x2000_0000, 512),
        machine: machine(0, 5),
        ..MPS2_AN386
    },
    // Nordic nRF52840 development kit (PCA10056), without a SoftDevice.
    Board {
        name: "nrf52840-dk",
        driver: "nrf52840_dk",
        flash: memory(0, 1024),
        ram: memory(0x2000_0000, 256),
        chip: Some("nRF52840_xxAA"),
        machine: None,
        ..MPS2_AN386
    },
    // Raspberry Pi Pico 2: an RP2350 with 4 MB of flash.
    Board {
        name: "pico2",
        core: "M33",
        target: V8M,
        driver: "pico2",
        flash: memory(0x1000_0000, 4096),
        ram: memory(0x2000_0000, 512),
        sections: include_str!("rp2350.x"),
        chip: Some("RP235x"),
        machine: None,
        ..MPS2_AN386
    },
];
