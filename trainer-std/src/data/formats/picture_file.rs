//! Decodes one file with a picture: PNG, JPEG, GIF or BMP, by its content.

use std::io::{Cursor, Read};

use anyhow::{Context, Result, bail, ensure};
use image::codecs::gif::GifDecoder;
use image::error::UnsupportedErrorKind;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::data::foreign::ForeignFormat;
use crate::data::preparation::GreyImage;

/// Endings of names of pictures.
const ENDINGS: [&str; 5] = ["png", "jpg", "jpeg", "gif", "bmp"];
/// Bytes of the largest file that is read.
const LARGEST_FILE: u64 = 64 << 20;
/// Bytes that decoding a picture may take: a small file may promise any number of pixels.
const MEMORY: u64 = 192 << 20;
/// Pixels of the longest side.
const LONGEST_SIDE: u32 = 16_384;

/// Whether a file of this name is expected to be a picture.
pub(super) fn is_picture(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    !name.starts_with('.') && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// A decoded picture.
pub(super) struct Decoded {
    pub(super) image: GreyImage,
    /// Whether it is the first of several frames.
    pub(super) is_animated: bool,
}

/// Reads all of a file, if it is not too large for a picture.
pub(super) fn read(file: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= LARGEST_FILE, "it is larger than {} MiB", LARGEST_FILE >> 20);
    Ok(bytes)
}

/// The picture in a file.
///
/// # Errors
/// A sentence about what is wrong with it.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded> {
    ensure!(!bytes.is_empty(), "it is empty");
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let Some(format) = reader.format() else {
        match ForeignFormat::of(bytes) {
            Some(format) => bail!("{}", format.instead_of_pictures()),
            None => bail!("it is no PNG, JPEG, GIF or BMP picture, whatever its name"),
        }
    };
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| explain(&error))?;
    let (width, height) = decoder.dimensions();
    ensure!(width > 0 && height > 0, "it is {width}x{height} pixels, which is nothing");
    let orientation = decoder.orientation();
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| explain(&error))?;
    if let Ok(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    let is_animated = format == ImageFormat::Gif && has_frames(bytes).unwrap_or(false);
    Ok(Decoded { image: GreyImage::of(&image), is_animated })
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    limits
}

/// Whether a GIF has more than one frame.
fn has_frames(gif: &[u8]) -> Result<bool> {
    let mut decoder = GifDecoder::new(Cursor::new(gif))?;
    decoder.set_limits(limits())?;
    Ok(decoder.into_frames().nth(1).context("it has one frame")?.is_ok())
}

fn explain(error: &ImageError) -> anyhow::Error {
    match error {
        ImageError::Limits(_) => anyhow::anyhow!(
            "it is too large: at most {LONGEST_SIDE} pixels a side and {} MiB of colours; shrink it first",
            MEMORY >> 20
        ),
        ImageError::Unsupported(unsupported) => match unsupported.kind() {
            UnsupportedErrorKind::Format(format) => {
                anyhow::anyhow!("it is a picture of a format that is not read ({format}); convert it to PNG")
            }
            _ => anyhow::anyhow!("it has a form that is not read ({error}); convert it to PNG"),
        },
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            anyhow::anyhow!("it is truncated; fetch or copy it again")
        }
        error => anyhow::anyhow!("it is damaged ({error})"),
    }
}
