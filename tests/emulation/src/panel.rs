//! The picture on the lm3s6965evb's OLED, from a screenshot of QEMU.

use anyhow::{Context, Result, ensure};

/// Pixels of the panel in a row.
pub const WIDTH: usize = 128;
/// Rows of the panel.
pub const HEIGHT: usize = 64;

/// QEMU draws each pixel of the panel as a square of 4x4.
const SCALE: usize = 4;
/// The step between the screen's greys, 0 to 255, for the panel's, 0 to 15.
const GREY_STEP: u8 = 17;

/// The panel's pixels, row by row, each a grey from 0 to 15.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel(pub Vec<u8>);

impl Panel {
    /// Reads the panel from a screenshot, a binary PPM.
    ///
    /// # Errors
    /// If the screenshot is not a PPM of the panel's size, or if a square is not one of the sixteen greys.
    pub fn from_screen(ppm: &[u8]) -> Result<Self> {
        let header = format!("P6\n{} {}\n255\n", WIDTH * SCALE, HEIGHT * SCALE);
        let pixels = ppm.strip_prefix(header.as_bytes()).context("it is not a picture of the panel's size")?;
        let (pixels, []) = pixels.as_chunks::<3>() else { anyhow::bail!("its last pixel is cut") };
        ensure!(pixels.len() == WIDTH * HEIGHT * SCALE * SCALE, "it has {} pixels", pixels.len());
        let squares = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        squares.map(|(x, y)| grey(pixels, x, y)).collect::<Result<_>>().map(Self)
    }

    /// The pixel in column `x` of row `y`.
    ///
    /// # Panics
    /// If it is not on the panel.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.0[y * WIDTH..][..WIDTH][x]
    }

    /// The panel as a greyscale PNG, as large as on QEMU's screen.
    ///
    /// # Errors
    /// None in practice: memory takes every byte.
    pub fn png(&self) -> Result<Vec<u8>> {
        let wide = |row: &[u8]| row.iter().flat_map(|grey| [grey * GREY_STEP; SCALE]).collect::<Vec<u8>>();
        let pixels: Vec<u8> = self.0.chunks(WIDTH).flat_map(|row| wide(row).repeat(SCALE)).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, (WIDTH * SCALE) as u32, (HEIGHT * SCALE) as u32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header()?.write_image_data(&pixels)?;
        Ok(file)
    }
}

/// The grey of the panel's pixel (x, y).
fn grey(screen: &[[u8; 3]], x: usize, y: usize) -> Result<u8> {
    let rows = (SCALE * y..SCALE * (y + 1)).map(|row| &screen[row * WIDTH * SCALE..][SCALE * x..][..SCALE]);
    let colours: Vec<[u8; 3]> = rows.flatten().copied().collect();
    let [red, ..] = colours[0];
    ensure!(red % GREY_STEP == 0 && colours.iter().all(|colour| *colour == [red; 3]), "({x}, {y}) is not a grey pixel");
    Ok(red / GREY_STEP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen() -> Vec<u8> {
        let grey = |at: usize| ((at % 512 / 4 + at / 512 / 4) % 16 * 17) as u8;
        [b"P6\n512 256\n255\n".to_vec(), (0..512 * 256).flat_map(|at| [grey(at); 3]).collect()].concat()
    }

    #[test]
    fn the_panel_is_read_from_the_screen_pixel_by_pixel_and_drawn_as_it_was() {
        let panel = Panel::from_screen(&screen()).unwrap();
        assert!((0..64).all(|y| (0..128).all(|x| usize::from(panel.at(x, y)) == (x + y) % 16)));
        let png = panel.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels.iter().eq(screen()[15..].iter().step_by(3)));
    }

    #[test]
    fn other_pictures_are_errors() {
        for (change, reason) in [
            ((|ppm| ppm[1] = b'5') as fn(&mut Vec<u8>), "not a picture of the panel's size"),
            (|ppm| ppm.truncate(4000), "cut"),
            (|ppm| ppm.truncate(4002), "has 1329 pixels"),
            (|ppm| ppm[15 + 3 * 513] ^= 17, "(0, 0) is not a grey pixel"),
            (|ppm| ppm[15..].fill(18), "(0, 0) is not a grey pixel"),
        ] {
            let mut ppm = screen();
            change(&mut ppm);
            let error = Panel::from_screen(&ppm).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
