//! Pictures of digits as PNG files: one, or many in a grid.

use pocketgan_core::picture::Picture;
use pocketgan_core::recipe::SIDE;

/// Width of the line between two cells, in pixels of the PNG.
const GAP: usize = 2;

/// The line's colour, and that of cells without a picture: neither ink nor background.
const GREY: u8 = 128;

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

    /// Width, height and pixels of an 8-bit greyscale PNG.
    fn decode(file: &[u8]) -> (usize, usize, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.color_type, png::ColorType::Grayscale);
        assert_eq!(info.bit_depth, png::BitDepth::Eight);
        (info.width as usize, info.height as usize, pixels)
    }

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
            let (width, height, pixels) = decode(&grid_png(&pictures, columns, scale));
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
        let (width, height, pixels) = decode(&grid_png(&[picture], 8, 1));
        assert_eq!((width, height), (SIDE, SIDE));
        assert_eq!(pixels, picture);
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
