//! Files in Intel HEX, which the interface chips of the micro:bits and of Nordic's kits take.
//!
//! A file is lines of hexadecimal digits: data at an address of 16 bits, the upper half of the addresses that follow, and
//! the end. Intel's specification is "Hexadecimal Object File Format", revision A.

use pocketgan_emulation::image::Image;
use std::fmt::Write;

/// Bytes of flash in a line.
const LINE: usize = 16;

const DATA: u8 = 0;
const END: u8 = 1;
const UPPER_HALF: u8 = 4;

/// The contents of a HEX file.
pub fn file(image: &Image) -> String {
    let mut text = String::new();
    let mut upper_half = None;
    for (address, bytes) in lines(image) {
        let [a, b, c, d] = address.to_be_bytes();
        if upper_half != Some([a, b]) {
            upper_half = Some([a, b]);
            write_record(&mut text, [0, 0], UPPER_HALF, &[a, b]);
        }
        write_record(&mut text, [c, d], DATA, bytes);
    }
    write_record(&mut text, [0, 0], END, &[]);
    text
}

/// Addresses and bytes of at most [`LINE`] bytes. None crosses an address at which the upper half changes.
fn lines(image: &Image) -> impl Iterator<Item = (u32, &[u8])> {
    let first = image.bytes.len().min(LINE - image.origin as usize % LINE);
    let (first, rest) = image.bytes.split_at(first);
    let lines = [first].into_iter().filter(|line| !line.is_empty()).chain(rest.chunks(LINE));
    lines.scan(image.origin, |next, line| {
        let address = *next;
        *next = next.wrapping_add(line.len() as u32);
        Some((address, line))
    })
}

/// Writes a line: length, address, kind, data, and what makes the sum of all bytes zero.
fn write_record(text: &mut String, address: [u8; 2], kind: u8, data: &[u8]) {
    let head = [data.len() as u8, address[0], address[1], kind];
    let bytes = || head.iter().chain(data).copied();
    let sum = bytes().fold(0, u8::wrapping_add);
    text.push(':');
    for byte in bytes().chain([sum.wrapping_neg()]) {
        // A string takes everything.
        let _ = write!(text, "{byte:02X}");
    }
    text.push('\n');
}
