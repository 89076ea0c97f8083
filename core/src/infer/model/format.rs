//! The model file, byte by byte.
//!
//! All numbers are little-endian. Offsets count from the first byte of the file.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 8 | magic: `89 70 67 61 6e 0d 0a 1a` (`\x89pgan\r\n\x1a`) |
//! | 8 | 2 | format version: 5, or 6 if the classes have names |
//! | 10 | 2 | length of the header, h |
//! | 12 | 4 | length of the whole file, including the checksum |
//! | 16 | 4 | length of the metadata, m |
//! | 20 | h | the [`Header`] in [postcard's encoding](https://postcard.jamesmunns.com/wire-format), then the classes |
//! | | 0..15 | zeros up to a multiple of 16 |
//! | | | the table of seeds: one `u32` per counted seed, those of class 0 first; zeros up to a multiple of 16 |
//! | | | the weights: the sections listed by [`Header::sections`], each followed by zeros up to a multiple of 16 |
//! | length - 4 - m | m | the metadata |
//! | length - 4 | 4 | CRC-32 (ISO-HDLC, as in zip and PNG) of all bytes before it |
//!
//! # Header
//!
//! The fields follow each other without padding. `n` is a variable-length integer: seven bits per byte, least significant
//! first, with the eighth bit set in every byte but the last.
//!
//! | field | encoding |
//! |---|---|
//! | number of layers | n, at most 8; the next six rows repeat for each layer |
//! | inputs, outputs | n, n |
//! | activation | n: 0 linear, 1 leaky ReLU, 2 tanh |
//! | quantisation | byte: 0 for an `f32` layer, without the next three rows; 1 before them |
//! | bits of a weight | n: 0 for 8 bits, 1 for 4 bits |
//! | shift of the sum, shift of the product | byte, byte |
//! | zero point | byte |
//! | version 5: seeds in the table for each digit 0 to 9 | 10 bytes, each at most 16 |
//! | version 6: number of classes | byte, 1 to 64 |
//! | version 6: seeds in the table for each class | a byte each, at most 16 |
//! | version 6: for each class, the length of its name, and the name in UTF-8 | byte, 1 to 31; as many bytes |
//!
//! # Weights
//!
//! Each layer has, in this order:
//!
//! * without quantisation: the kernel, `f32[inputs][outputs]`, and the bias, `f32[outputs]`;
//! * with quantisation: the kernel, words in the [order of the kernels](crate::infer::integer::layout), which is the same
//!   for all processors; the bias, `i32[outputs]`; and the multipliers, `u16[outputs]`. The head of `model/integer.rs`
//!   specifies how an output is computed from them.
//!
//! # Metadata
//!
//! Where the weights come from: opaque bytes that inference never reads, so they may change without a new format version.
//! pocketgan writes one JSON object in UTF-8, and ignores keys that it does not know.
//!
//! # Damage
//!
//! Any changed byte, truncation or appended byte is a [`ModelError`]. The magic exposes transfers in text mode: its first
//! byte is not ASCII, and it contains both kinds of line ending. Versions 1 to 4 were never released and are not read.

use super::digits::{check_names, seed_count};
use super::section::Section;
use super::{DIGITS, DigitSeeds, Header, ModelError};
use crate::infer::checksum::crc32;

/// The first bytes of every model file.
pub const MAGIC: [u8; 8] = *b"\x89pgan\r\n\x1a";
/// The format version of files whose classes are digits. Every reader knows it.
pub const VERSION: u16 = 5;
/// The format version of files whose classes have names: the next one, so that a reader that does not know names says so.
pub const NAMED_VERSION: u16 = 6;
/// The table and every section begin on a multiple of this.
pub const ALIGN: usize = 16;

const VERSION_AT: usize = 8;
const HEADER_LEN_AT: usize = 10;
const FILE_LEN_AT: usize = 12;
const METADATA_LEN_AT: usize = 16;
const HEADER_AT: usize = 20;
/// Length of the checksum, the last field.
pub(super) const CHECKSUM_LEN: usize = 4;

#[cfg(not(target_endian = "little"))]
compile_error!("weights are borrowed from the little-endian file as they are");

/// A file whose framing, header and digit counts are valid.
pub(super) struct Frame<'a> {
    pub(super) header: Header,
    pub(super) digits: DigitSeeds<'a>,
    pub(super) metadata: &'a [u8],
    pub(super) checksum: u32,
    /// Offset of the first section.
    pub(super) sections_at: usize,
    file: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The contents of the sections.
    pub(super) fn contents(&self) -> Contents<'a, impl Iterator<Item = (Section, usize)>> {
        Contents { file: self.file, sections: sections_from(&self.header, self.sections_at) }
    }
}

/// Checks magic, version, lengths and checksum, and reads the header.
pub(super) fn open(file: &[u8]) -> Result<Frame<'_>, ModelError> {
    check_framing(file)?;
    let (body, checksum) = check_checksum(file)?;
    let header_len = usize::from(u16::from_le_bytes(field(file, HEADER_LEN_AT)));
    let (header, classes) = read_header(body, header_len)?;
    let (counts, names) = split_classes(version_of(file), classes)?;
    // Before any length is computed: layers of these sizes cannot overflow a usize of 32 bits.
    header.check_layers()?;
    let table_len = size_of::<u32>() * seed_count(counts)?;
    let (table_at, sections_at) = offsets_after_header(header_len, table_len);
    let metadata_at = end_of_sections(&header, sections_at);
    let metadata = body.get(metadata_at..).ok_or(ModelError::Header)?;
    if metadata.len() != u32::from_le_bytes(field(file, METADATA_LEN_AT)) as usize {
        return Err(ModelError::Metadata);
    }
    let seeds = slice_at(file, table_at, table_len)?;
    Ok(Frame { header, digits: DigitSeeds { counts, seeds, names }, metadata, checksum, sections_at, file })
}

/// Checks everything before the header.
fn check_framing(file: &[u8]) -> Result<(), ModelError> {
    let got = u32::try_from(file.len()).unwrap_or(u32::MAX);
    if !file.starts_with(&MAGIC[..MAGIC.len().min(file.len())]) || file.is_empty() {
        return Err(ModelError::NotAModel);
    }
    if file.len() < HEADER_AT + CHECKSUM_LEN {
        return Err(ModelError::Length { expected: (HEADER_AT + CHECKSUM_LEN) as u32, got });
    }
    let version = version_of(file);
    if version != VERSION && version != NAMED_VERSION {
        return Err(ModelError::Version { expected: VERSION, got: version });
    }
    let expected = u32::from_le_bytes(field(file, FILE_LEN_AT));
    if expected == got { Ok(()) } else { Err(ModelError::Length { expected, got }) }
}

/// The version that a file states.
fn version_of(file: &[u8]) -> u16 {
    u16::from_le_bytes(field(file, VERSION_AT))
}

/// `N` bytes at offset `at`, which the caller knows to exist.
fn field<const N: usize>(file: &[u8], at: usize) -> [u8; N] {
    core::array::from_fn(|i| file[at + i])
}

/// Splits a file into what its checksum is of, and its valid checksum.
fn check_checksum(file: &[u8]) -> Result<(&[u8], u32), ModelError> {
    let (body, checksum) = file.split_last_chunk::<CHECKSUM_LEN>().ok_or(ModelError::NotAModel)?;
    let (expected, got) = (u32::from_le_bytes(*checksum), crc32(body));
    if got == expected { Ok((body, got)) } else { Err(ModelError::Checksum { expected, got }) }
}

/// The header, and what it says of classes.
fn read_header(body: &[u8], len: usize) -> Result<(Header, &[u8]), ModelError> {
    let bytes = body.get(HEADER_AT..HEADER_AT + len).ok_or(ModelError::Header)?;
    postcard::take_from_bytes(bytes).map_err(|_| ModelError::Header)
}

/// The number of seeds for each class, and the names, which are empty in a file of [`VERSION`] only.
fn split_classes(version: u16, classes: &[u8]) -> Result<(&[u8], &[u8]), ModelError> {
    if version == VERSION {
        return if classes.len() == DIGITS { Ok((classes, &[])) } else { Err(ModelError::Header) };
    }
    let (&count, rest) = classes.split_first().ok_or(ModelError::Header)?;
    let (counts, names) = rest.split_at_checked(count.into()).ok_or(ModelError::Header)?;
    check_names(counts.len(), names)?;
    Ok((counts, names))
}

/// Offsets of the table of digit seeds and of the first section.
fn offsets_after_header(header_len: usize, table_len: usize) -> (usize, usize) {
    let table_at = (HEADER_AT + header_len).next_multiple_of(ALIGN);
    (table_at, (table_at + table_len).next_multiple_of(ALIGN))
}

/// The sections of a file whose first section is at offset `at`, each with its offset.
pub(super) fn sections_from(header: &Header, mut at: usize) -> impl Iterator<Item = (Section, usize)> {
    header.sections().map(move |section| {
        let start = at;
        at += section.len.next_multiple_of(ALIGN);
        (section, start)
    })
}

/// Offset of the end of the sections, the first of which is at offset `at`.
pub(super) fn end_of_sections(header: &Header, at: usize) -> usize {
    at + header.sections().map(|section| section.len.next_multiple_of(ALIGN)).sum::<usize>()
}

/// Length of the encoded header with the classes.
fn header_len(header: &Header, digits: &DigitSeeds<'_>) -> Result<u16, ModelError> {
    let len = postcard::experimental::serialized_size(header).map_err(|_| ModelError::Header)?;
    let classes = usize::from(digits.is_named()) + digits.counts().len() + digits.names().len();
    u16::try_from(len + classes).map_err(|_| ModelError::Header)
}

/// The version of a file with these classes.
pub fn version_with(digits: &DigitSeeds) -> u16 {
    if digits.is_named() { NAMED_VERSION } else { VERSION }
}

/// Length in bytes of the file with this content.
///
/// # Errors
/// [`ModelError::Header`] if the header is not encodable or the file would be longer than its length field can state.
pub fn encoded_len(header: &Header, digits: &DigitSeeds, metadata: &[u8]) -> Result<usize, ModelError> {
    let (_, sections_at) = offsets_after_header(header_len(header, digits)?.into(), size_of_val(digits.seeds()));
    let total = end_of_sections(header, sections_at) + metadata.len() + CHECKSUM_LEN;
    if u32::try_from(total).is_ok() { Ok(total) } else { Err(ModelError::Header) }
}

/// Writes a model file into `out`, which must be [`encoded_len`] bytes long.
///
/// `contents` are the bytes of the sections, in the order of [`Header::sections`]; `metadata` is stored as it is.
///
/// # Errors
/// [`ModelError::Room`] if `out` has another length, [`ModelError::SectionLength`] if an element of `contents` does not
/// have the length of its section, and the errors of [`encoded_len`].
pub fn encode(
    header: &Header,
    digits: &DigitSeeds,
    contents: &[&[u8]],
    metadata: &[u8],
    out: &mut [u8],
) -> Result<(), ModelError> {
    let total = encoded_len(header, digits, metadata)?;
    if out.len() != total {
        let got = u32::try_from(out.len()).unwrap_or(u32::MAX);
        return Err(ModelError::Room { expected: total as u32, got });
    }
    out.fill(0);
    let header_len = header_len(header, digits)?;
    write_at(out, 0, &MAGIC);
    write_at(out, VERSION_AT, &version_with(digits).to_le_bytes());
    write_at(out, HEADER_LEN_AT, &header_len.to_le_bytes());
    write_at(out, FILE_LEN_AT, &(total as u32).to_le_bytes());
    write_at(out, METADATA_LEN_AT, &(metadata.len() as u32).to_le_bytes());
    write_header(header, digits, &mut out[HEADER_AT..])?;
    let table = bytemuck::cast_slice(digits.seeds());
    let (table_at, sections_at) = offsets_after_header(header_len.into(), table.len());
    write_at(out, table_at, table);
    write_sections(header, contents, sections_at, out)?;
    let checksum_at = total - CHECKSUM_LEN;
    write_at(out, checksum_at - metadata.len(), metadata);
    let checksum = crc32(&out[..checksum_at]);
    write_at(out, checksum_at, &checksum.to_le_bytes());
    Ok(())
}

/// Writes the header and the classes.
fn write_header(header: &Header, digits: &DigitSeeds, out: &mut [u8]) -> Result<(), ModelError> {
    let mut at = postcard::to_slice(header, out).map_err(|_| ModelError::Header)?.len();
    // At most `MAX_CLASSES`.
    let number = [digits.counts().len() as u8];
    let number = if digits.is_named() { &number[..] } else { &[] };
    for part in [number, digits.counts(), digits.names()] {
        write_at(out, at, part);
        at += part.len();
    }
    Ok(())
}

fn write_sections(header: &Header, contents: &[&[u8]], at: usize, out: &mut [u8]) -> Result<(), ModelError> {
    let mut contents = contents.iter();
    for (index, (section, at)) in sections_from(header, at).enumerate() {
        let bytes = contents.next().filter(|bytes| bytes.len() == section.len);
        write_at(out, at, bytes.ok_or(ModelError::SectionLength { section: index as u8 })?);
    }
    Ok(())
}

fn write_at(out: &mut [u8], at: usize, bytes: &[u8]) {
    out[at..at + bytes.len()].copy_from_slice(bytes);
}

/// The contents of a file's sections, in order, borrowed as slices of their elements.
pub(super) struct Contents<'a, I> {
    file: &'a [u8],
    sections: I,
}

impl<'a, I: Iterator<Item = (Section, usize)>> Contents<'a, I> {
    /// The next section.
    pub(super) fn next<T: bytemuck::AnyBitPattern>(&mut self) -> Result<&'a [T], ModelError> {
        let (section, at) = self.sections.next().ok_or(ModelError::Header)?;
        slice_at(self.file, at, section.len)
    }
}

fn slice_at<T: bytemuck::AnyBitPattern>(file: &[u8], at: usize, len: usize) -> Result<&[T], ModelError> {
    let bytes = file.get(at..at + len).ok_or(ModelError::Header)?;
    bytemuck::try_cast_slice(bytes).map_err(|_| ModelError::Misaligned)
}
