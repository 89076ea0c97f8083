//! Animated GIFs of greyscale images, which begin anew when they are over.

use std::borrow::Cow;
use std::io::Write;

use anyhow::{Context, Result, ensure};
use gif::{Encoder, Frame, Repeat};

use crate::output::pictures::Image;

/// Greys of a GIF. An eye sees no more of them in a moving digit, and with all 256 the file is twice as large.
const GREYS: usize = 32;

/// Writes frames, each of which is shown for a time in hundredths of a second, to `out`, as they come.
///
/// # Errors
/// If there is no frame, one is as large as no GIF can be, or they differ in size; and the first error among them.
pub(crate) fn write_gif(out: &mut dyn Write, frames: impl Iterator<Item = Result<(Image, u16)>>) -> Result<()> {
    let mut frames = frames.peekable();
    let Some(Ok((first, _))) = frames.peek() else {
        frames.next().context("an animation has at least one frame")??;
        return Ok(());
    };
    let (width, height) = (side(first.width)?, side(first.height())?);
    let mut encoder = Encoder::new(out, width, height, &palette())?;
    encoder.set_repeat(Repeat::Infinite)?;
    for frame in frames {
        let (image, delay) = frame?;
        ensure!(
            (image.width, image.height()) == (usize::from(width), usize::from(height)),
            "a frame has {} x {} pixels, those before it {width} x {height}",
            image.width,
            image.height()
        );
        let buffer = Cow::Owned(image.pixels.iter().copied().map(grey).collect());
        encoder.write_frame(&Frame { width, height, delay, buffer, ..Frame::default() })?;
    }
    encoder.into_inner()?;
    Ok(())
}

fn side(pixels: usize) -> Result<u16> {
    u16::try_from(pixels).with_context(|| format!("{pixels} pixels are more than a side of a GIF can have"))
}

/// Red, green and blue of each grey, from black to white.
fn palette() -> Vec<u8> {
    (0..GREYS).flat_map(|grey| [(grey * 255 / (GREYS - 1)) as u8; 3]).collect()
}

/// The grey nearest to a pixel.
fn grey(pixel: u8) -> u8 {
    ((usize::from(pixel) * (GREYS - 1) + 127) / 255) as u8
}

/// The frames of a GIF, as greyscale images, and the times for which they are shown.
#[cfg(test)]
pub(crate) fn decoded(file: &[u8]) -> Vec<(Image, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).unwrap();
    assert_eq!(decoder.repeat(), Repeat::Infinite);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let pixels = frame.buffer.as_chunks::<4>().0.iter().map(|&[red, green, blue, alpha]| {
            assert!(red == green && green == blue && alpha == 255);
            red
        });
        frames.push((Image { width: frame.width.into(), pixels: pixels.collect() }, frame.delay));
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: usize, height: usize, shade: u8) -> Image {
        Image { width, pixels: (0..width * height).map(|at| (at as u8).wrapping_mul(3) ^ shade).collect() }
    }

    fn written(frames: Vec<Result<(Image, u16)>>) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        write_gif(&mut file, frames.into_iter()).map(|()| file)
    }

    #[test]
    fn frames_come_back_in_order_with_their_size_and_time_and_nearly_their_greys() {
        let frames: Vec<(Image, u16)> = (0..5).map(|i| (image(30, 20, i * 50), 7 + u16::from(i))).collect();
        let file = written(frames.iter().map(|(image, delay)| Ok((image.clone(), *delay))).collect()).unwrap();
        let back = decoded(&file);
        assert_eq!(back.len(), frames.len());
        for ((found, delay), (expected, expected_delay)) in back.iter().zip(&frames) {
            assert_eq!((found.width, found.height(), delay), (30, 20, expected_delay));
            let far = found.pixels.iter().zip(&expected.pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(far <= 255 / (GREYS as u8 - 1) / 2 + 1, "a grey is off by {far}");
        }
    }

    #[test]
    fn black_and_white_stay_black_and_white() {
        let palette = palette();
        assert_eq!((palette[3 * usize::from(grey(0))], palette[3 * usize::from(grey(255))]), (0, 255));
    }

    #[test]
    fn no_frames_frames_of_two_sizes_and_giant_ones_are_refused_with_the_reason() {
        let refused = |frames| written(frames).unwrap_err().to_string();
        assert!(refused(vec![]).contains("at least one frame"));
        assert!(refused(vec![Ok((image(9, 9, 0), 1)), Ok((image(9, 8, 0), 1))]).contains("9 x 8"));
        assert!(refused(vec![Ok((image(65_536, 1, 0), 1))]).contains("65536 pixels"));
        for at in 0..2 {
            let mut frames = vec![Ok((image(9, 9, 0), 1))];
            frames.insert(at, Err(anyhow::anyhow!("the picture is lost")));
            assert_eq!(refused(frames), "the picture is lost");
        }
    }
}
