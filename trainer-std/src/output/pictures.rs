//! Pictures of digits as greyscale images: one, or many in a grid, in memory or as PNG files.

use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::SIDE;

/// Width of the line between two cells, in pixels of the PNG.
const GAP: usize = 2;

/// The line's colour, and that of cells without a picture: neither ink nor background.
const GREY: u8 = 128;

/// Pixels of the largest PNG that is read: a damaged one may promise any number.
const LARGEST: usize = 1 << 24;

/// A greyscale image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    pub(crate) width: usize,
    /// Row by row; 0 is black, 255 white.
    pub(crate) pixels: Vec<u8>,
}

impl Image {
    pub(crate) fn height(&self) -> usize {
        self.pixels.len() / self.width
    }
}

/// The image in an 8-bit greyscale PNG, as [`grid_png`] makes them.
///
/// # Errors
/// If `file` is no whole PNG, or one of another form.
pub(crate) fn read_png(file: &[u8]) -> Result<Image> {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info()?;
    let form = reader.output_color_type();
    ensure!(form == (png::ColorType::Grayscale, png::BitDepth::Eight), "it is no greyscale of 8 bits");
    let size = reader.output_buffer_size().filter(|&size| size <= LARGEST).context("it is too large")?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels)?;
    Ok(Image { width: reader.info().width as usize, pixels })
}

/// `picture` alone, each pixel a square of `scale` x `scale`.
///
/// # Panics
/// When `scale` is zero.
pub(crate) fn enlarged(picture: &Picture, scale: usize) -> Image {
    assert!(scale > 0, "an image has at least one pixel");
    let grid = Grid { pictures: std::slice::from_ref(picture), columns: 1, scale };
    let width = grid.extent(1);
    Image { width, pixels: (0..width).flat_map(|y| grid.line(y, width)).collect() }
}

/// An 8-bit greyscale PNG of `pictures`, `columns` in a row, each pixel a square of `scale` x `scale`.
///
/// One picture alone has no line around it. The same arguments give the same bytes.
///
/// # Panics
/// When there is no picture, or `columns` or `scale` is zero: such a PNG would have no pixel.
pub(crate) fn grid_png(pictures: &[Picture], columns: usize, scale: usize) -> Vec<u8> {
    assert!(!pictures.is_empty() && columns > 0 && scale > 0, "a grid has at least one pixel");
    let columns = columns.min(pictures.len());
    let grid = Grid { pictures, columns, scale };
    let mut file = Vec::new();
    grid.encode(&mut file).expect("memory takes every byte");
    file
}

struct Grid<'a> {
    pictures: &'a [Picture],
    columns: usize,
    scale: usize,
}

impl Grid<'_> {
    /// Row by row, so that a large grid needs room for its compressed bytes only.
    fn encode(&self, file: &mut Vec<u8>) -> Result<(), png::EncodingError> {
        let (width, height) = (self.extent(self.columns), self.extent(self.rows()));
        let side = |pixels: usize| u32::try_from(pixels).map_err(|_| png::EncodingError::LimitsExceeded);
        let mut encoder = png::Encoder::new(file, side(width)?, side(height)?);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        let mut lines = writer.stream_writer()?;
        for y in 0..height {
            std::io::Write::write_all(&mut lines, &self.line(y, width))?;
        }
        lines.finish()?;
        writer.finish()
    }

    fn rows(&self) -> usize {
        self.pictures.len().div_ceil(self.columns)
    }

    /// Pixels of `cells` cells in a row or column, with the lines between them.
    fn extent(&self, cells: usize) -> usize {
        cells * self.pitch() - GAP
    }

    /// Pixels from one cell's start to the next one's.
    fn pitch(&self) -> usize {
        SIDE * self.scale + GAP
    }

    /// The PNG's row `y`.
    fn line(&self, y: usize, width: usize) -> Vec<u8> {
        let mut line = vec![GREY; width];
        let (row, y) = (y / self.pitch(), y % self.pitch() / self.scale);
        let in_a_picture = y < SIDE;
        let pictures = self.pictures.chunks(self.columns).nth(row).filter(|_| in_a_picture);
        let cells = line.chunks_mut(self.pitch());
        for (cell, picture) in cells.zip(pictures.into_iter().flatten()) {
            let squares = cell.chunks_mut(self.scale);
            for (square, &pixel) in squares.zip(&picture[y * SIDE..][..SIDE]) {
                square.fill(pixel);
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noise(seed: usize) -> Picture {
        std::array::from_fn(|i| (((i + 1) * (seed + 3) * 40_503) >> 7) as u8)
    }

    /// What belongs at (x, y), found from the pixel's side instead of the picture's.
    fn expected(pictures: &[Picture], columns: usize, scale: usize, x: usize, y: usize) -> u8 {
        let pitch = SIDE * scale + GAP;
        let (cell_x, cell_y) = (x % pitch / scale, y % pitch / scale);
        let picture = pictures.get(y / pitch * columns + x / pitch);
        match picture {
            Some(picture) if cell_x < SIDE && cell_y < SIDE => picture[cell_y * SIDE + cell_x],
            _ => GREY,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn every_pixel_of_a_grid_is_its_pictures_or_grey(count in 1usize..12, columns in 1usize..6, scale in 1usize..5) {
            let pictures: Vec<Picture> = (0..count).map(noise).collect();
            let image = read_png(&grid_png(&pictures, columns, scale)).unwrap();
            let (width, height, pixels) = (image.width, image.height(), &image.pixels);
            let columns = columns.min(count);
            prop_assert_eq!(width, columns * SIDE * scale + (columns - 1) * GAP);
            let rows = count.div_ceil(columns);
            prop_assert_eq!(height, rows * SIDE * scale + (rows - 1) * GAP);
            for (i, &pixel) in pixels.iter().enumerate() {
                prop_assert_eq!(pixel, expected(&pictures, columns, scale, i % width, i / width));
            }
        }
    }

    #[test]
    fn one_picture_at_scale_one_is_itself() {
        let picture = noise(1);
        let expected = Image { width: SIDE, pixels: picture.to_vec() };
        assert_eq!(read_png(&grid_png(&[picture], 8, 1)).unwrap(), expected);
        assert_eq!(enlarged(&picture, 1), expected);
    }

    #[test]
    fn a_picture_enlarged_is_the_one_in_its_png() {
        assert_eq!(enlarged(&noise(2), 5), read_png(&grid_png(&[noise(2)], 1, 5)).unwrap());
    }

    #[test]
    fn what_is_no_whole_greyscale_png_is_refused() {
        let good = grid_png(&[noise(1)], 1, 1);
        let mut flipped = good.clone();
        flipped[60] ^= 1;
        for bad in [&b""[..], b"GIF89a, say", &good[..good.len() / 2], &flipped] {
            assert!(read_png(bad).is_err());
        }
        let mut giant = Vec::new();
        let mut encoder = png::Encoder::new(&mut giant, 4096, 4097);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&vec![0; 4096 * 4097]).unwrap();
        assert_eq!(read_png(&giant).unwrap_err().to_string(), "it is too large");
        let mut coloured = Vec::new();
        let mut encoder = png::Encoder::new(&mut coloured, 1, 1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.write_header().unwrap().write_image_data(&[1, 2, 3]).unwrap();
        assert_eq!(read_png(&coloured).unwrap_err().to_string(), "it is no greyscale of 8 bits");
    }

    #[test]
    fn the_same_pictures_give_the_same_bytes() {
        let pictures: Vec<Picture> = (0..9).map(noise).collect();
        assert_eq!(grid_png(&pictures, 3, 2), grid_png(&pictures, 3, 2));
    }

    #[test]
    #[should_panic(expected = "at least one pixel")]
    fn no_picture_makes_no_grid() {
        grid_png(&[], 8, 1);
    }
}
