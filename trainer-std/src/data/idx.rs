//! IDX, the file format of MNIST, as far as images need it: idx3-ubyte with 28x28 pixels.
//!
//! Four big-endian words (magic, images, rows, columns), then one byte a pixel, row by row. The magic is two zero bytes,
//! the type of an element (8 is an unsigned byte) and the number of dimensions.

use std::io::{self, Read, Write};

use super::gzip::unpacked;
use super::hashed::Hashed;
use super::large_pages::LargePages;
use super::location::Location;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::{PIXELS, SIDE};
use sha2::{Digest, Sha256};

const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;
const HEADER_BYTES: usize = 16;
/// How much room a header gets on its word alone. MNIST's 47 MB fit, so they are allocated once; a lying header costs no
/// more than this, and real files beyond it grow as their bytes arrive.
const TRUSTED_BYTES: u64 = 64 << 20;

/// The images of one file: at least one.
#[derive(Debug)]
pub(crate) struct Images {
    /// In large pages: a batch reads images from everywhere, and looking up a small page takes longer than reading it.
    pixels: LargePages,
    sha256: [u8; 32],
}

impl Images {
    /// How many images there are.
    pub(crate) fn count(&self) -> usize {
        self.pixels.len() / PIXELS
    }

    /// Image `i` of the file.
    ///
    /// # Panics
    /// When `i` is not below [`Images::count`].
    pub(crate) fn image(&self, i: usize) -> &Picture {
        &self.pictures()[i]
    }

    /// All images, in the file's order.
    pub(crate) fn pictures(&self) -> &[Picture] {
        self.pixels.as_chunks().0
    }

    /// These pictures, of which there is at least one, with the checksum of an IDX file that holds them.
    ///
    /// # Errors
    /// If there is not so much memory.
    pub(crate) fn of(pictures: &[Picture]) -> io::Result<Self> {
        let pixels = LargePages::copy_of(pictures.as_flattened())?;
        let hasher = Sha256::new().chain_update(header_of(pictures.len() as u32)).chain_update(pictures.as_flattened());
        Ok(Self { pixels, sha256: hasher.finalize().into() })
    }

    /// The images with rows and columns exchanged, and the checksum of an IDX file that holds them so.
    pub(crate) fn transposed(mut self) -> Self {
        let mut hasher = Sha256::new().chain_update(header_of(self.count() as u32));
        for picture in self.pixels.as_chunks_mut::<PIXELS>().0 {
            *picture = std::array::from_fn(|i| picture[i % SIDE * SIDE + i / SIDE]);
            hasher.update(&picture);
        }
        Self { sha256: hasher.finalize().into(), ..self }
    }

    /// SHA-256 of the IDX file, uncompressed even if the file read was gzipped.
    pub(crate) fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }
}

/// Why a file is no set of images.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub(crate) struct IdxError {
    path: String,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error(
        "this is a label file (magic {LABELS_MAGIC:#010x}); images are needed (magic {IMAGES_MAGIC:#010x}), give the images-idx3-ubyte file"
    )]
    Labels,
    #[error(
        "this is an IDX file of {elements} in {dimensions} dimension(s) (magic {magic:#010x}); images are unsigned bytes in 3 (magic {IMAGES_MAGIC:#010x})"
    )]
    OtherIdx { magic: u32, elements: &'static str, dimensions: u8 },
    #[error("this is not an IDX file: it starts with {magic:#010x}, and a file of images with {IMAGES_MAGIC:#010x}")]
    NotIdx { magic: u32 },
    #[error("its images are {rows}x{columns} pixels; {SIDE}x{SIDE} are needed")]
    Shape { rows: u32, columns: u32 },
    #[error("its header promises 0 images; at least one is needed")]
    NoImages,
    #[error("it ends after {found} bytes, and its header alone takes {HEADER_BYTES}; fetch or copy it again")]
    CutHeader { found: usize },
    #[error(
        "its header promises {count} images, {expected} bytes in all, but it holds {found}; fetch or copy it again"
    )]
    Length { count: u32, expected: u64, found: u64 },
}

/// The images in a file, which may store them transposed.
pub(super) fn read_upright(location: &Location, is_transposed: bool) -> Result<Images, IdxError> {
    let images = read_images(location)?;
    Ok(if is_transposed { images.transposed() } else { images })
}

/// Reads a file of 28x28 images, plain or gzipped. Peak memory is the images themselves.
pub(crate) fn read_images(location: &Location) -> Result<Images, IdxError> {
    let images = location.open().and_then(unpacked).map_err(Problem::from).and_then(parse_images);
    images.map_err(|problem| IdxError { path: location.to_string(), problem })
}

/// Writes a file of images, for any reader of idx3-ubyte.
pub(crate) fn write_images(out: &mut dyn Write, pictures: impl ExactSizeIterator<Item = Picture>) -> io::Result<()> {
    let count =
        u32::try_from(pictures.len()).map_err(|_| io::Error::other("an IDX file holds less than 2^32 images"))?;
    out.write_all(&header_of(count))?;
    for picture in pictures {
        out.write_all(&picture)?;
    }
    Ok(())
}

fn header_of(count: u32) -> Vec<u8> {
    [IMAGES_MAGIC, count, SIDE as u32, SIDE as u32].into_iter().flat_map(u32::to_be_bytes).collect()
}

fn parse_images(source: impl Read) -> Result<Images, Problem> {
    let mut source = Hashed::new(source);
    let count = read_header(&mut source)?;
    let pixels = read_pixels(&mut source, count)?;
    Ok(Images { pixels, sha256: source.finish() })
}

/// The number of images the header promises.
fn read_header(source: &mut impl Read) -> Result<u32, Problem> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    source.take(HEADER_BYTES as u64).read_to_end(&mut header)?;
    let words: Vec<u32> = header.as_chunks().0.iter().copied().map(u32::from_be_bytes).collect();
    if let Some(&magic) = words.first() {
        check_magic(magic)?;
    }
    match words[..] {
        [_, _, rows, columns] if rows != SIDE as u32 || columns != SIDE as u32 => Err(Problem::Shape { rows, columns }),
        [_, 0, ..] => Err(Problem::NoImages),
        [_, count, _, _] => Ok(count),
        _ => Err(Problem::CutHeader { found: header.len() }),
    }
}

fn check_magic(magic: u32) -> Result<(), Problem> {
    let [zero, zero_too, element, dimensions] = magic.to_be_bytes();
    match (zero, zero_too, element_name(element)) {
        _ if magic == IMAGES_MAGIC => Ok(()),
        _ if magic == LABELS_MAGIC => Err(Problem::Labels),
        (0, 0, Some(elements)) if dimensions > 0 => Err(Problem::OtherIdx { magic, elements, dimensions }),
        _ => Err(Problem::NotIdx { magic }),
    }
}

fn element_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x08 => "unsigned bytes",
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => return None,
    })
}

/// Reads to the end of the file, which must come exactly after `count` images.
fn read_pixels(source: &mut impl Read, count: u32) -> Result<LargePages, Problem> {
    let expected = u64::from(count) * PIXELS as u64;
    let (pixels, found) = if expected <= TRUSTED_BYTES {
        let mut pixels = LargePages::zeroed(expected as usize)?;
        let found = read_up_to(source, &mut pixels)?;
        (pixels, found)
    } else {
        let mut pixels = Vec::new();
        let found = source.take(expected).read_to_end(&mut pixels)?;
        (LargePages::copy_of(&pixels)?, found)
    };
    let found = found as u64 + io::copy(source, &mut io::sink())?;
    if found != expected {
        let header = HEADER_BYTES as u64;
        return Err(Problem::Length { count, expected: header + expected, found: header + found });
    }
    Ok(pixels)
}

/// Fills `bytes` or reads to the end; gives how many there were.
fn read_up_to(source: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let len = bytes.len() as u64;
    Ok(io::copy(&mut source.take(len), &mut io::Cursor::new(bytes))? as usize)
}

#[cfg(test)]
mod tests;
