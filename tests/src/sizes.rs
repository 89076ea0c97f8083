//! How much of a microcontroller's memory a program needs.

use anyhow::Result;
use object::{Object, ObjectSection, SectionFlags, SectionKind, elf::SHF_ALLOC, elf::SHF_WRITE};

/// Bytes that a program occupies before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Flash: code, constants, and the first values of variables.
    pub flash: u64,
    /// RAM for variables, without the stack.
    pub static_ram: u64,
}

impl Sizes {
    /// Adds up the sections of an ELF file that are loaded.
    ///
    /// # Errors
    /// If it is not an ELF file.
    pub fn of(elf: &[u8]) -> Result<Self> {
        let mut sizes = Self::default();
        for section in object::File::parse(elf)?.sections() {
            let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
            let has = |flag: u32| sh_flags & u64::from(flag) != 0;
            if has(SHF_ALLOC) && section.kind() != SectionKind::UninitializedData {
                sizes.flash += section.size();
            }
            if has(SHF_ALLOC) && has(SHF_WRITE) {
                sizes.static_ram += section.size();
            }
        }
        Ok(sizes)
    }
}

/// The bytes in the firmware's log line `INFO stack: 1234 bytes`.
///
/// # Panics
/// If the log has no such line.
pub fn deepest_stack(log: &[String]) -> u64 {
    let bytes = |line: &String| line.strip_prefix("INFO stack: ")?.strip_suffix(" bytes")?.parse().ok();
    log.iter().find_map(bytes).expect("the log says how much stack was used")
}
