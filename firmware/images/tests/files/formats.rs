//! Each format holds an image's bytes at their addresses.

use crate::uf2_reader::{self, Contents};
use pocketgan_emulation::image::Image;
use pocketgan_images::{intel_hex, uf2};

pub(crate) const RP2040: u32 = 0xe48b_ff56;
pub(crate) const RP2350: u32 = 0xe48b_ff59;

fn image(origin: u32, len: usize) -> Image {
    Image { origin, bytes: (0..len).map(|i| (i * 7 + i / 256) as u8).collect() }
}

#[test]
fn a_uf2_holds_the_image_in_blocks_and_pads_the_last_with_zeros() {
    for (family, more) in [(RP2040, 0), (RP2350, 512)] {
        for len in [1, 255, 256, 257, 5000] {
            let image = image(0x1000_0000, len);
            let file = uf2::file(&image, family);
            assert_eq!(file.len(), len.div_ceil(256) * 512 + more);
            let Contents { address, bytes } = uf2_reader::read(&file, family).unwrap();
            assert_eq!((address, &bytes[..len]), (0x1000_0000, &image.bytes[..]));
            assert!(bytes[len..].iter().all(|&byte| byte == 0));
        }
    }
}

/// A file of three blocks, changed.
fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Result<Contents, String> {
    let mut file = uf2::file(&image(0x1000_0000, 700), RP2040);
    change(&mut file);
    uf2_reader::read(&file, RP2040)
}

#[test]
fn a_truncated_uf2_is_rejected() {
    assert!(changed(|_| ()).is_ok());
    for len in [0, 1, 511, 513, 1535] {
        assert_eq!(changed(|file| file.truncate(len)), Err(format!("{len} bytes are no whole blocks")));
    }
    for len in [512, 1024] {
        let reason = format!("block 0: it is number 0 of 3, not of {}", len / 512);
        assert_eq!(changed(|file| file.truncate(len)), Err(reason));
    }
    assert!(changed(|file| drop(file.drain(..512))).is_err(), "without its first block");
}

#[test]
fn a_uf2_for_another_chip_or_with_a_damaged_block_is_rejected() {
    let foreign = uf2_reader::read(&uf2::file(&image(0x1000_0000, 700), RP2350), RP2040).unwrap_err();
    assert!(foreign.starts_with("block 0: it is for the family 0xe48bff59"), "{foreign}");
    // Every bit of the second block but those of its payload.
    for at in (512..1024).filter(|at| !(544..800).contains(at)) {
        for bit in 0..8 {
            let reason = changed(|file| file[at] ^= 1 << bit).expect_err("a damaged block is noticed");
            assert!(reason.starts_with("block 1: "), "{reason}");
        }
    }
}

/// The bytes of a HEX file, with their addresses, read by a library.
pub(crate) fn hex_contents(text: &str) -> Vec<(u32, u8)> {
    let (mut upper, mut contents, mut ended) = (0, Vec::new(), false);
    for record in ihex::Reader::new(text) {
        assert!(!ended, "nothing follows the end");
        match record.unwrap() {
            ihex::Record::ExtendedLinearAddress(half) => upper = u32::from(half) << 16,
            ihex::Record::Data { offset, value } => {
                assert!(usize::from(offset) + value.len() <= 0x1_0000, "a line stays within its upper half");
                contents.extend((upper + u32::from(offset)..).zip(value));
            }
            ihex::Record::EndOfFile => ended = true,
            other => panic!("{other:?} is not for these chips"),
        }
    }
    assert!(ended, "the end is said");
    contents
}

#[test]
fn a_hex_file_holds_the_image_across_the_borders_of_upper_halves() {
    for (origin, len) in [(0, 1), (0, 0x2_0001), (0xfff8, 24), (0x1_0003, 40), (0x0800_0000, 300)] {
        let image = image(origin, len);
        let expected: Vec<_> = (origin..).zip(image.bytes.iter().copied()).collect();
        assert!(hex_contents(&intel_hex::file(&image)) == expected, "{len} bytes at {origin:#x}");
    }
}

#[test]
fn a_hex_file_has_the_lines_of_intels_specification() {
    let image = Image { origin: 0x0001_fffe, bytes: vec![0x0a, 0xff, 0x01] };
    let lines = [":020000040001F9", ":02FFFE000AFFF8", ":020000040002F8", ":0100000001FE", ":00000001FF", ""];
    assert_eq!(intel_hex::file(&image), lines.join("\n"));
}
