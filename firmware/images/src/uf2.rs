//! Files in Microsoft's USB Flashing Format (UF2), which the boot ROMs of the RP2040 and the RP2350 take.
//!
//! A file is a sequence of blocks of 512 bytes, each with 256 bytes for one address; the format is specified at
//! github.com/microsoft/uf2. Both ROMs want blocks of that size in ascending order, at multiples of it.

use pocketgan_emulation::image::Image;

/// Bytes of flash in a block.
const PAYLOAD: usize = 256;
/// Bytes of a block.
const BLOCK: usize = 512;

const MAGIC_START: [u32; 2] = [0x0a32_4655, 0x9e5d_5157];
const MAGIC_END: u32 = 0x0ab1_6f30;
/// The last field of the header is the family.
const FLAG_FAMILY: u32 = 0x2000;
/// Tags follow the payload.
const FLAG_TAGS: u32 = 0x8000;

/// The RP2350 in its secure Arm state.
pub const FAMILY_RP2350_ARM_S: u32 = 0xe48b_ff59;
/// The RP2350's family of blocks for an address whatever partitions there are.
const FAMILY_RP2350_ABSOLUTE: u32 = 0xe48b_ff57;
/// The tag of a block that other readers ignore.
const TAG_IGNORED: u32 = 0x9957_e304;
/// The last 256 bytes of the largest flash.
const END_OF_FLASH: u32 = 0x1100_0000 - PAYLOAD as u32;

/// The contents of a UF2 file for the chips of `family`. The image begins at a multiple of 256; its end is padded with
/// zeros.
///
/// A file for the RP2350 begins with another block: by the chip's erratum E10 a partition table in its flash would
/// otherwise keep the ROM from taking the file. As picotool does, it writes the end of the flash, and is the first of two
/// blocks of which the second does not come.
///
/// # Panics
/// If the image begins elsewhere.
pub fn file(image: &Image, family: u32) -> Vec<u8> {
    assert!(image.origin.is_multiple_of(PAYLOAD as u32), "an image of a flash begins with a block");
    let payloads = image.bytes.chunks(PAYLOAD);
    let count = payloads.len() as u32;
    let mut file = if family == FAMILY_RP2350_ARM_S { first_for_rp2350() } else { Vec::new() };
    for (number, payload) in (0..).zip(payloads) {
        let address = image.origin + number * PAYLOAD as u32;
        file.extend(block(FLAG_FAMILY, address, number, count, family, payload));
    }
    file
}

fn first_for_rp2350() -> Vec<u8> {
    let content = [&[0xef; PAYLOAD], &TAG_IGNORED.to_le_bytes()[..]].concat();
    block(FLAG_FAMILY | FLAG_TAGS, END_OF_FLASH, 0, 2, FAMILY_RP2350_ABSOLUTE, &content)
}

/// A block with the payload, and tags behind it, at the start of `content`.
fn block(flags: u32, address: u32, number: u32, count: u32, family: u32, content: &[u8]) -> Vec<u8> {
    let [first, second] = MAGIC_START;
    let header = [first, second, flags, address, PAYLOAD as u32, number, count, family];
    let mut block: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).collect();
    block.extend(content);
    block.resize(BLOCK - size_of_val(&MAGIC_END), 0);
    block.extend(MAGIC_END.to_le_bytes());
    block
}
