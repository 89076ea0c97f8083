//! The boards: for the build script, which builds for one, and for the tests, which build for all.
//!
//! To add a board:
//!
//! 1. describe it in [`BOARDS`] below;
//! 2. put its driver (clock and serial line) into `src/board/`, and its display into `src/display/`, unless existing ones
//!    fit;
//! 3. give cargo its name: a feature in `Cargo.toml` and an alias in `.cargo/config.toml`. The test
//!    `a_board_has_a_feature_an_alias_a_driver_and_models` prints the missing lines.
// Included by two crates, each of which uses a part of it.
#![allow(dead_code, unreachable_pub)]

use std::ops::Range;

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
    /// Its display: a file in `src/display/`, without `.rs`.
    pub display: &'static str,
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
    /// A model file of at most this many KiB is copied into RAM when a program starts, since flash is slow to read. Others
    /// are read in place.
    pub model_in_ram: Option<u32>,
    /// The chip of a board that exists as hardware. It can be built with the feature `probe`.
    pub chip: Option<Chip>,
    /// What emulates it, if something does.
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

/// A chip that is sold on a board, and how a program gets into its flash.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    /// The name that probe-rs has for it.
    pub name: &'static str,
    /// The format of the files that the board takes without a debug probe.
    pub format: Format,
    /// What to do with such a file: a sentence without its end.
    pub flashing: &'static str,
}

/// A format of files with the contents of a flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Microsoft's USB Flashing Format: for a boot loader that is a USB drive.
    Uf2 {
        /// Which chips take it; from the list in github.com/microsoft/uf2.
        family: u32,
    },
    /// Intel HEX: for an interface chip that is a USB drive.
    Hex,
    /// The bytes from the flash's first address on.
    Bin,
}

impl Format {
    /// The ending of the names of such files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Uf2 { .. } => "uf2",
            Self::Hex => "hex",
            Self::Bin => "bin",
        }
    }
}

/// An emulated board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// QEMU's machine with the board's name.
    Qemu {
        /// Which of the machine's serial lines is the firmware's.
        serial: usize,
        /// In a program that counts instructions, each takes 2^shift ns: one or two ticks of SysTick, which then counts
        /// exactly and as far as possible.
        shift: u32,
    },
    /// rp2040js: an RP2040 that counts cycles, with an SSD1306 at its I2C 0.
    Rp2040js,
}

impl Board {
    /// The name as part of a linker symbol.
    pub fn symbol(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The addresses of its flash. The first 4 KB may hold something before the memory for code, such as the RP2040's
    /// second boot loader.
    pub fn whole_flash(&self) -> Range<u32> {
        let Memory { origin, kib } = self.flash;
        origin & !0xfff..origin + kib * 1024
    }

    /// Whether a model file of `len` bytes is copied into RAM.
    pub fn copies_model(&self, len: u64) -> bool {
        self.model_in_ram.is_some_and(|kib| len <= u64::from(kib) * 1024)
    }

    /// Whether it has a display.
    pub fn has_display(&self) -> bool {
        self.display != NO_DISPLAY
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

/// The file in `src/display/` of the boards without a display.
const NO_DISPLAY: &str = "none";

/// The environment variable for a build with another model than the board's first.
pub const MODEL_VARIABLE: &str = "POCKETGAN_MODEL";

/// From the largest and best model to the smallest.
const ALL: &[&str] = &["mnist-int8", "mnist-mixed", "mnist-int4"];
/// For 256 KB of flash, for which the 8-bit weights alone are too large.
const SMALL: &[&str] = &["mnist-mixed", "mnist-int4"];

const fn memory(origin: u32, kib: u32) -> Memory {
    Memory { origin, kib }
}

const fn chip(name: &'static str, format: Format, flashing: &'static str) -> Option<Chip> {
    Some(Chip { name, format, flashing })
}

const TO_MICROBIT: &str = "connect the micro:bit and copy the file onto the drive MICROBIT";
const TO_JLINK: &str = "connect the kit and copy the file onto the drive JLINK";
const TO_RP2040: &str = "hold BOOTSEL while connecting the board and copy the file onto the drive RPI-RP2";
const TO_RP2350: &str = "hold BOOTSEL while connecting the board and copy the file onto the drive RP2350";
/// The boot loader in an STM32's ROM speaks DFU.
const TO_BLACK_PILL: &str = "hold BOOT0 and press NRST, then run dfu-util --alt 0 --dfuse-address 0x08000000:leave \
                             --download FILE";
const TO_NETDUINO: &str = "hold the button while connecting the board, then run dfu-util --alt 0 --dfuse-address \
                           0x08000000:leave --download FILE";

/// For the RP2040, and for the RP2350 in its secure Arm state.
const UF2_RP2040: Format = Format::Uf2 { family: 0xe48b_ff56 };
const UF2_RP2350: Format = Format::Uf2 { family: 0xe48b_ff59 };

const fn machine(serial: usize, shift: u32) -> Option<Machine> {
    Some(Machine::Qemu { serial, shift })
}

/// Arm's MPS2 with FPGA image AN386 as QEMU emulates it. Other boards state how they differ.
const MPS2_AN386: Board = Board {
    name: "mps2-an386",
    core: "M4F",
    target: V7EM,
    driver: "mps",
    display: NO_DISPLAY,
    flash: memory(0, 4096),
    ram: memory(0x2000_0000, 4096),
    psram: None,
    sections: "",
    models: ALL,
    model_in_ram: None,
    chip: None,
    machine: machine(0, 6),
};

/// All boards. Those without a machine have never been run: nothing emulates them, and no hardware was at hand.
pub const BOARDS: &[Board] = &[
    // BBC micro:bit V1: a Nordic nRF51822 (QFAA).
    Board {
        name: "microbit",
        core: "M0",
        target: V6M,
        driver: "microbit",
        display: "led_matrix",
        flash: memory(0, 256),
        ram: memory(0x2000_0000, 16),
        models: SMALL,
        chip: chip("nRF51822_xxAA", Format::Hex, TO_MICROBIT),
        ..MPS2_AN386
    },
    // Luminary Micro (Texas Instruments) Stellaris LM3S6965 evaluation board.
    Board {
        name: "lm3s6965evb",
        core: "M3",
        target: V7M,
        driver: "lm3s6965evb",
        display: "oled",
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
        chip: chip("STM32F405RG", Format::Bin, TO_NETDUINO),
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
    // Raspberry Pi Pico: an RP2040 with 2 MB of flash, of which boot2 takes the first 256 bytes. One of its two cores runs.
    // Weights read through the flash's cache cost more time than the arithmetic: a model that fits the RAM is copied.
    Board {
        name: "pico",
        core: "M0+",
        target: V6M,
        driver: "pico",
        display: "ssd1306",
        flash: memory(0x1000_0100, 2047),
        ram: memory(0x2000_0000, 264),
        sections: include_str!("rp2040.x"),
        models: &["mnist-mixed", "mnist-int4", "mnist-int8"],
        model_in_ram: Some(176),
        chip: chip("RP2040", UF2_RP2040, TO_RP2040),
        machine: Some(Machine::Rp2040js),
        ..MPS2_AN386
    },
    // BBC micro:bit V2: a Nordic nRF52833.
    Board {
        name: "microbit-v2",
        driver: "microbit_v2",
        display: "led_matrix",
        flash: memory(0, 512),
        ram: memory(0x2000_0000, 128),
        chip: chip("nRF52833_xxAA", Format::Hex, TO_MICROBIT),
        machine: None,
        ..MPS2_AN386
    },
    // Nordic nRF52840 development kit (PCA10056), without a SoftDevice.
    Board {
        name: "nrf52840-dk",
        driver: "nrf52840_dk",
        flash: memory(0, 1024),
        ram: memory(0x2000_0000, 256),
        chip: chip("nRF52840_xxAA", Format::Hex, TO_JLINK),
        machine: None,
        ..MPS2_AN386
    },
    // WeAct Black Pill: an STM32F411CE.
    Board {
        name: "black-pill",
        driver: "black_pill",
        display: "ssd1306",
        flash: memory(0x0800_0000, 512),
        ram: memory(0x2000_0000, 128),
        chip: chip("STM32F411CE", Format::Bin, TO_BLACK_PILL),
        machine: None,
        ..MPS2_AN386
    },
    // Raspberry Pi Pico 2: an RP2350 with 4 MB of flash. Its models are copied, as the Pico's are.
    Board {
        name: "pico2",
        core: "M33",
        target: V8M,
        driver: "pico",
        display: "ssd1306",
        flash: memory(0x1000_0000, 4096),
        ram: memory(0x2000_0000, 512),
        sections: include_str!("rp2350.x"),
        model_in_ram: Some(272),
        chip: chip("RP235x", UF2_RP2350, TO_RP2350),
        machine: None,
        ..MPS2_AN386
    },
];
