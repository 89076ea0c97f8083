//! What a program takes of a microcontroller's memories.

use anyhow::Result;
use object::{Object, ObjectSection, SectionFlags, SectionKind, elf::SHF_ALLOC, elf::SHF_WRITE};

/// Bytes a program takes before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Flash: code, constants, and the first values of variables.
    pub flash: u64,
    /// RAM for variables; the stack comes on top.
    pub static_ram: u64,
}

impl Sizes {
    /// Adds up the sections of an ELF file that are loaded.
    ///
    /// # Errors
    /// If it is no ELF file.
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
