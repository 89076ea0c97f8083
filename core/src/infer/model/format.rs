//! The model file, byte by byte.
//!
//! All numbers are little-endian. Offsets are from the file's first byte.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | magic: `89 70 67 61 6e 0d 0a 1a` (`\x89pgan\r\n\x1a`) |
//! | 8 | 2 | version of this format: 4 |
//! | 10 | 2 | length of the header, h |
//! | 12 | 4 | length of the whole file, checksum included |
//! | 16 | h | the [`Header`], in [postcard's encoding](https://postcard.jamesmunns.com/wire-format), and behind it the counts |
//! | | 0..15 | zeros up to a multiple of 16 |
//! | | | the table of digits: a `u32` for each seed that is counted, those of 0 first; zeros up to a multiple of 16 |
//! | | | the parts ([`Header::parts`] lists them), each followed by zeros up to a multiple of 16 |
//! | length - 4 | 4 | CRC-32 (ISO-HDLC, the one of zip and PNG) of all bytes before |
//!
//! The header's fields follow each other without filling. `n` is a number as postcard writes it: seven bits a byte, the
//! lowest first, the eighth bit set in all bytes but the last.
//!
//! | field | encoding |
//! |---|---|
//! | number of layers | n, at most 8; then for each layer the next six rows |
//! | inputs, outputs | n, n |
//! | activation | n: 0 none, 1 leaky ReLU, 2 tanh |
//! | quantisation | byte 0 if there is none (`f32`), 1 before the next three rows |
//! | bits of a weight | n: 0 for 8, 1 for 4 |
//! | shift of the sum, shift of the product | byte, byte |
//! | zero point | byte |
//! | version of the program | n, that many bytes of UTF-8, at most 16 |
//! | seed, epochs, steps, batch | n, n, n, n |
//! | learning rates of generator and discriminator | 4 bytes each, IEEE 754 |
//! | real label | 4 bytes, IEEE 754 |
//! | updates per batch | n |
//! | gradient penalty | 4 bytes, IEEE 754 |
//! | epochs of the learning rates' decay | n |
//! | share that the average of weights kept | 4 bytes, IEEE 754 |
//! | SHA-256 of the images | 32 bytes |
//! | seeds of each digit in the table, from 0 to 9 | 10 bytes, each at most 16 |
//!
//! For each layer there are, one after the other:
//!
//! * without quantisation: the kernel, `f32[inputs][outputs]`, and the bias, `f32[outputs]`;
//! * with it: the kernel, as words in the [order of the kernels](crate::infer::integer::layout), which is the same for all
//!   processors; the bias, `i32[outputs]`; and the multipliers, `u16[outputs]`. How an output is computed from them is
//!   written down at the head of `model/integer.rs`.
//!
//! Older versions were never released, and are refused.
//!
//! The magic shows damage by transfer as text: its first byte is not ASCII, and it contains both kinds of line end.
//! Every change of one byte, every cut and every addition is an error with its reason.

use super::digits::seed_count;
use super::{DIGITS, DigitCounts, DigitSeeds, Header, ModelError, Part};
use crate::infer::checksum::crc32;

/// The first bytes of every model file.
pub const MAGIC: [u8; 8] = *b"\x89pgan\r\n\x1a";
/// The version of the format that is written here.
pub const VERSION: u16 = 4;
/// Every part begins on a multiple of this.
pub const ALIGN: usize = 16;

const VERSION_AT: usize = 8;
const HEADER_LEN_AT: usize = 10;
const FILE_LEN_AT: usize = 12;
const HEADER_AT: usize = 16;
const CHECKSUM_LEN: usize = 4;

#[cfg(not(target_endian = "little"))]
compile_error!("weights are borrowed from the file as they are, and the file is little-endian");

/// A file whose form is right.
pub(super) struct Frame<'a> {
    pub(super) header: Header,
    pub(super) digits: DigitSeeds<'a>,
    pub(super) checksum: u32,
    file: &'a [u8],
    /// Where the parts begin.
    pub(super) parts_at: usize,
}

impl<'a> Frame<'a> {
    /// What stands behind the header.
    pub(super) fn contents(&self) -> Contents<'a, impl Iterator<Item = (Part, usize)>> {
        Contents { file: self.file, parts: parts_from(&self.header, self.parts_at) }
    }
}

/// Checks magic, version, length and checksum, and reads the header.
pub(super) fn open(file: &[u8]) -> Result<Frame<'_>, ModelError> {
    let got = u32::try_from(file.len()).unwrap_or(u32::MAX);
    if !file.starts_with(&MAGIC[..MAGIC.len().min(file.len())]) || file.is_empty() {
        return Err(ModelError::NotAModel);
    }
    if file.len() < HEADER_AT + CHECKSUM_LEN {
        return Err(ModelError::Length { expected: (HEADER_AT + CHECKSUM_LEN) as u32, got });
    }
    let version = u16::from_le_bytes(field(file, VERSION_AT));
    if version != VERSION {
        return Err(ModelError::Version { expected: VERSION, got: version });
    }
    let expected = u32::from_le_bytes(field(file, FILE_LEN_AT));
    if expected != got {
        return Err(ModelError::Length { expected, got });
    }
    let checksum = check_sum(file)?;
    let header_len = usize::from(u16::from_le_bytes(field(file, HEADER_LEN_AT)));
    let (header, counts) = read_header(file, header_len)?;
    let table_len = size_of::<u32>() * seed_count(counts)?;
    // The header is not encoded again to find its length: a device has no other use for the code that does.
    let (table_at, parts_at) = places_behind(header_len, table_len);
    if len_from(&header, parts_at) != file.len() {
        return Err(ModelError::Header);
    }
    // As long as its counts say, by its length.
    let digits = DigitSeeds { counts: *counts, seeds: slice_at(file, table_at, table_len)? };
    Ok(Frame { header, digits, checksum, file, parts_at })
}

/// `N` bytes at `at`; the caller has seen that they are there.
fn field<const N: usize>(file: &[u8], at: usize) -> [u8; N] {
    core::array::from_fn(|i| file[at + i])
}

fn check_sum(file: &[u8]) -> Result<u32, ModelError> {
    let end = file.len() - CHECKSUM_LEN;
    let expected = u32::from_le_bytes(field(file, end));
    let got = crc32(&file[..end]);
    if got == expected { Ok(got) } else { Err(ModelError::Checksum { expected, got }) }
}

/// The header, and how many seeds there are of each digit.
fn read_header(file: &[u8], len: usize) -> Result<(Header, &DigitCounts), ModelError> {
    let bytes = file[..file.len() - CHECKSUM_LEN].get(HEADER_AT..HEADER_AT + len).ok_or(ModelError::Header)?;
    let (header, counts) = postcard::take_from_bytes(bytes).map_err(|_| ModelError::Header)?;
    Ok((header, counts.try_into().map_err(|_| ModelError::Header)?))
}

/// Length of the header's encoding, with the counts.
fn header_len(header: &Header) -> Result<usize, ModelError> {
    let len = postcard::experimental::serialized_size(header).map_err(|_| ModelError::Header)?;
    Ok(len + DIGITS)
}

/// Length of the file that `header` and `digits` describe.
///
/// # Errors
/// [`ModelError::Header`] if the header's encoding or the file would be too long.
pub fn encoded_len(header: &Header, digits: &DigitSeeds) -> Result<usize, ModelError> {
    let len = header_len(header)?;
    if u16::try_from(len).is_err() {
        return Err(ModelError::Header);
    }
    let (_, parts_at) = places_behind(len, size_of_val(digits.seeds()));
    let total = len_from(header, parts_at);
    if u32::try_from(total).is_ok() { Ok(total) } else { Err(ModelError::Header) }
}

/// Where the table of digits and the parts begin.
fn places_behind(header_len: usize, table_len: usize) -> (usize, usize) {
    let table_at = (HEADER_AT + header_len).next_multiple_of(ALIGN);
    (table_at, (table_at + table_len).next_multiple_of(ALIGN))
}

/// The parts of a file, of which the first begins at `at`, and where each begins.
pub(super) fn parts_from(header: &Header, mut at: usize) -> impl Iterator<Item = (Part, usize)> {
    header.parts().map(move |part| {
        let start = at;
        at += part.len.next_multiple_of(ALIGN);
        (part, start)
    })
}

/// Length of a file whose first part begins at `at`.
fn len_from(header: &Header, at: usize) -> usize {
    let parts: usize = header.parts().map(|part| part.len.next_multiple_of(ALIGN)).sum();
    at + parts + CHECKSUM_LEN
}

/// Writes the file that consists of `header`, `digits` and `contents` into `out`, which is [`encoded_len`] bytes long.
///
/// # Errors
/// If `out` or a part has another length than the header says.
pub fn encode(header: &Header, digits: &DigitSeeds, contents: &[&[u8]], out: &mut [u8]) -> Result<(), ModelError> {
    let total = encoded_len(header, digits)?;
    if out.len() != total {
        let got = u32::try_from(out.len()).unwrap_or(u32::MAX);
        return Err(ModelError::Room { expected: total as u32, got });
    }
    let header_len = header_len(header)?;
    out.fill(0);
    out[..MAGIC.len()].copy_from_slice(&MAGIC);
    out[VERSION_AT..HEADER_LEN_AT].copy_from_slice(&VERSION.to_le_bytes());
    out[HEADER_LEN_AT..FILE_LEN_AT].copy_from_slice(&(header_len as u16).to_le_bytes());
    out[FILE_LEN_AT..HEADER_AT].copy_from_slice(&(total as u32).to_le_bytes());
    postcard::to_slice(&(header, digits.counts()), &mut out[HEADER_AT..]).map_err(|_| ModelError::Header)?;
    let table = bytemuck::cast_slice(digits.seeds());
    let (table_at, parts_at) = places_behind(header_len, table.len());
    out[table_at..][..table.len()].copy_from_slice(table);
    let mut contents = contents.iter();
    for (index, (part, at)) in parts_from(header, parts_at).enumerate() {
        let bytes = contents.next().filter(|bytes| bytes.len() == part.len);
        let bytes = bytes.ok_or(ModelError::PartLength { part: index as u8 })?;
        out[at..at + part.len].copy_from_slice(bytes);
    }
    let checksum = crc32(&out[..total - CHECKSUM_LEN]);
    out[total - CHECKSUM_LEN..].copy_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// The contents of a file's parts, in order, as slices of what they hold.
pub(super) struct Contents<'a, I> {
    file: &'a [u8],
    parts: I,
}

impl<'a, I: Iterator<Item = (Part, usize)>> Contents<'a, I> {
    /// The next part.
    pub(super) fn next<T: bytemuck::AnyBitPattern>(&mut self) -> Result<&'a [T], ModelError> {
        let (part, at) = self.parts.next().ok_or(ModelError::Header)?;
        slice_at(self.file, at, part.len)
    }
}

/// The `len` bytes at `at` as a slice of what they hold.
fn slice_at<T: bytemuck::AnyBitPattern>(file: &[u8], at: usize, len: usize) -> Result<&[T], ModelError> {
    let bytes = file.get(at..at + len).ok_or(ModelError::Header)?;
    bytemuck::try_cast_slice(bytes).map_err(|_| ModelError::Misaligned)
}
