//! The contents of a flash: the bytes of an ELF file that are loaded, at their addresses.

use anyhow::{Context, Result, ensure};
use object::{
    Endianness,
    elf::{FileHeader32, PT_LOAD},
    read::elf::{ElfFile, ProgramHeader},
};
use std::ops::Range;

/// What erased flash holds.
const ERASED: u8 = 0xff;

/// Consecutive bytes of a flash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The address of the first byte.
    pub origin: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Image {
    /// The segments of an ELF file that have contents, at the addresses they are loaded from. What is before and between them is as
    /// erased.
    ///
    /// # Errors
    /// If it is not an ELF file of 32 bits or has no such segment, and if segments lie outside of `flash`, or overlap.
    pub fn of(elf: &[u8], flash: Range<u32>) -> Result<Self> {
        let file = ElfFile::<FileHeader32<Endianness>>::parse(elf).context("it is not an ELF file of 32 bits")?;
        let endian = file.endian();
        let loaded = file.elf_program_headers().iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
        let mut image = Self { origin: flash.start, bytes: Vec::new() };
        // A linker writes them in the order of their addresses in RAM.
        let mut segments: Vec<_> = loaded.filter(|segment| segment.p_filesz(endian) > 0).collect();
        segments.sort_by_key(|segment| segment.p_paddr(endian));
        for segment in segments {
            let bytes = segment.data(endian, elf).ok().context("a segment is not in the file")?;
            image.place(segment.p_paddr(endian), bytes, flash.end)?;
        }
        ensure!(!image.bytes.is_empty(), "it has nothing to load");
        Ok(image)
    }

    /// Adds bytes at a later address, up to `end`.
    fn place(&mut self, address: u32, bytes: &[u8], end: u32) -> Result<()> {
        ensure!(
            address >= self.origin && u64::from(address) + bytes.len() as u64 <= u64::from(end),
            "{} bytes at {address:#010x} are outside of the flash",
            bytes.len()
        );
        let at = (address - self.origin) as usize;
        ensure!(at >= self.bytes.len(), "two segments are loaded at {address:#010x}");
        self.bytes.resize(at, ERASED);
        self.bytes.extend(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file with a segment for each (type, address, bytes).
    fn elf(segments: &[(u32, u32, &[u8])]) -> Vec<u8> {
        let (header, entry) = (52, 32);
        let mut file = [&b"\x7fELF\x01\x01\x01"[..], &[0; 9]].concat();
        for half in [2_u16, 40] {
            file.extend(half.to_le_bytes());
        }
        for word in [1_u32, 0, header, 0, 0] {
            file.extend(word.to_le_bytes());
        }
        for half in [header as u16, entry as u16, segments.len() as u16, 40, 0, 0] {
            file.extend(half.to_le_bytes());
        }
        let mut at = header + entry * segments.len() as u32;
        for (kind, address, bytes) in segments {
            let len = bytes.len() as u32;
            // Its address in RAM is another one, as that of initialised variables is.
            for word in [*kind, at, address ^ 0x3000_0000, *address, len, len, 5, 4] {
                file.extend(word.to_le_bytes());
            }
            at += len;
        }
        segments.iter().for_each(|(_, _, bytes)| file.extend(*bytes));
        file
    }

    const ORIGIN: u32 = 0x1000_0000;

    fn failure(segments: &[(u32, u32, &[u8])]) -> String {
        format!("{:#}", Image::of(&elf(segments), ORIGIN..ORIGIN + 16).unwrap_err())
    }

    #[test]
    fn loaded_segments_are_placed_by_address_and_gaps_are_as_erased() {
        let segments: [(u32, u32, &[u8]); 4] =
            [(PT_LOAD, ORIGIN + 6, &[5, 6]), (PT_LOAD, ORIGIN, &[1, 2, 3]), (4, ORIGIN + 3, &[9]), (PT_LOAD, 7, &[])];
        let image = Image::of(&elf(&segments), ORIGIN..ORIGIN + 8).unwrap();
        assert_eq!(image, Image { origin: ORIGIN, bytes: vec![1, 2, 3, 255, 255, 255, 5, 6] });
    }

    #[test]
    fn what_does_not_fit_the_flash_is_an_error() {
        let outside = "are outside of the flash";
        assert!(failure(&[(PT_LOAD, ORIGIN - 1, &[1])]).ends_with(outside));
        assert!(failure(&[(PT_LOAD, ORIGIN + 15, &[1, 2])]).ends_with(outside));
        assert!(failure(&[(PT_LOAD, ORIGIN, &[1, 2]), (PT_LOAD, ORIGIN + 1, &[1])]).starts_with("two segments"));
        assert_eq!(failure(&[]), "it has nothing to load");
        assert!(Image::of(b"MZ", 0..16).is_err());
    }
}
