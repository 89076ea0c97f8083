//! A driver for OLED panels of 128x64 pixels in 16 greys with a Solomon Systech SSD0323, over SPI.
//!
//! It keeps no copy of the panel: what is drawn goes straight there, in a window of the controller's memory, and takes a
//! buffer of one row. That memory holds two pixels a byte and cannot be read over SPI. So **an area whose left edge is odd,
//! or whose right edge is even, blackens the pixel beside that edge**, and so does a single pixel, unless its neighbour in
//! the byte is drawn right after it. [`Layout`](crate::layout::Layout) keeps to whole bytes. Whoever needs pixels at other
//! places draws into `embedded_graphics::framebuffer::Framebuffer` and gives that to the panel with `fill_contiguous`.
//!
//! Commands and the settings of the panel: Solomon Systech's data sheet of the SSD0323, and OSRAM's application note AN018
//! for its Pictiva 128x64, whose values Luminary's driver for the EK-LM3S6965 uses as well.

use embedded_graphics_core::{
    Pixel,
    draw_target::DrawTarget,
    geometry::{Dimensions, OriginDimensions, Point, Size},
    pixelcolor::{Gray4, GrayColor},
    primitives::Rectangle,
};
use embedded_hal::{digital::OutputPin, spi::SpiDevice};

/// Pixels of the panel in a row.
pub const WIDTH: u32 = 128;
/// Rows of the panel.
pub const HEIGHT: u32 = 64;

/// Bytes of a whole row.
const ROW_BYTES: usize = WIDTH as usize / 2;

const SET_COLUMNS: u8 = 0x15;
const SET_ROWS: u8 = 0x75;

/// What the panel needs after power-up.
#[rustfmt::skip]
const SETTINGS: &[u8] = &[
    0xae,                   // display off meanwhile
    0x81, 50,               // contrast
    0x85,                   // half of the current range
    0xa0, 0x52,             // odd and even rows on either side, rows from the far end, the high nibble is the left pixel
    0xa1, 0,                // first line
    0xa2, 0x4c,             // the panel's 64 rows among the controller's 80
    0xa4,                   // as in memory: neither inverted nor all on or off
    0xa8, HEIGHT as u8 - 1, // rows that are driven
    0xb1, 0x22,             // length of the phases
    0xb2, 70,               // length of a row
    0xb3, 0xf1,             // clock
    0xbf, 0x0d,             // low level of the segments
    0xbe, 0x02,             // high level of the rows
    0xbc, 0x10,             // precharge
    0xb8, 0x01, 0x11, 0x22, 0x32, 0x43, 0x54, 0x65, 0x76, // what the 16 greys are
    0xad, 0x03,             // voltage converter on
];

const DISPLAY_ON: u8 = 0xaf;

/// A panel on an SPI device, of which the driver owns all but the chip-select, and a pin that is high for data and low for
/// commands. The controller takes each bit at the rising edge of a clock of at most 4 MHz (SPI mode 0 or 3).
#[derive(Debug)]
pub struct Ssd0323<SPI, DC> {
    spi: SPI,
    dc: DC,
}

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelError<S, P> {
    /// The SPI device.
    Spi(S),
    /// The data/command pin (D/C).
    Pin(P),
}

impl<SPI: SpiDevice, DC: OutputPin> Ssd0323<SPI, DC> {
    /// Sets the panel up, black.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub fn new(spi: SPI, dc: DC) -> Result<Self, PanelError<SPI::Error, DC::Error>> {
        let mut panel = Self { spi, dc };
        panel.command(SETTINGS)?;
        // The memory holds anything after power-up: clear it before it can be seen.
        panel.clear(Gray4::BLACK)?;
        panel.command(&[DISPLAY_ON])?;
        Ok(panel)
    }

    /// Gives back what the panel is connected to.
    pub fn release(self) -> (SPI, DC) {
        (self.spi, self.dc)
    }

    fn command(&mut self, bytes: &[u8]) -> Result<(), PanelError<SPI::Error, DC::Error>> {
        self.dc.set_low().map_err(PanelError::Pin)?;
        self.spi.write(bytes).map_err(PanelError::Spi)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<(), PanelError<SPI::Error, DC::Error>> {
        self.dc.set_high().map_err(PanelError::Pin)?;
        self.spi.write(bytes).map_err(PanelError::Spi)
    }

    /// Lets the bytes of data that follow fill `bytes` x `rows` of the memory, row by row.
    fn window(&mut self, window: &Window) -> Result<(), PanelError<SPI::Error, DC::Error>> {
        let Window { first_byte, last_byte, first_row, last_row } = *window;
        self.command(&[SET_COLUMNS, first_byte, last_byte, SET_ROWS, first_row, last_row])
    }

    /// Writes one byte of memory: two pixels.
    fn write_pair(&mut self, pair: Pair) -> Result<(), PanelError<SPI::Error, DC::Error>> {
        let Pair { byte, row, pixels } = pair;
        self.window(&Window { first_byte: byte, last_byte: byte, first_row: row, last_row: row })?;
        self.data(&[pixels])
    }
}

/// A part of the controller's memory; a row has [`ROW_BYTES`].
struct Window {
    first_byte: u8,
    last_byte: u8,
    first_row: u8,
    last_row: u8,
}

impl Window {
    /// The bytes that `area` touches, which lies on the panel; none if it is empty.
    fn round(area: &Rectangle) -> Option<Self> {
        let (first, last) = (area.top_left, area.bottom_right()?);
        Some(Self {
            first_byte: (first.x / 2) as u8,
            last_byte: (last.x / 2) as u8,
            first_row: first.y as u8,
            last_row: last.y as u8,
        })
    }
}

/// Two pixels that share a byte.
#[derive(Clone, Copy)]
struct Pair {
    byte: u8,
    row: u8,
    pixels: u8,
}

impl Pair {
    /// The pair of the pixel at `point`, which lies on the panel, with its neighbour black.
    fn of(point: Point, colour: Gray4) -> Self {
        Self { byte: (point.x / 2) as u8, row: point.y as u8, pixels: nibble(point.x, colour) }
    }

    /// Both, if they are the same pair; the later pixel counts.
    fn with(self, point: Point, colour: Gray4) -> Option<Self> {
        let later = Self::of(point, colour);
        let kept = if point.x % 2 == 0 { 0x0f } else { 0xf0 };
        (self.byte == later.byte && self.row == later.row)
            .then_some(Self { pixels: self.pixels & kept | later.pixels, ..self })
    }
}

/// A pixel in its half of a byte.
fn nibble(x: i32, colour: Gray4) -> u8 {
    if x % 2 == 0 { colour.luma() << 4 } else { colour.luma() }
}

impl<SPI, DC> OriginDimensions for Ssd0323<SPI, DC> {
    fn size(&self) -> Size {
        Size::new(WIDTH, HEIGHT)
    }
}

impl<SPI: SpiDevice, DC: OutputPin> DrawTarget for Ssd0323<SPI, DC> {
    type Color = Gray4;
    type Error = PanelError<SPI::Error, DC::Error>;

    fn draw_iter<I: IntoIterator<Item = Pixel<Gray4>>>(&mut self, pixels: I) -> Result<(), Self::Error> {
        let panel = self.bounding_box();
        let mut waiting: Option<Pair> = None;
        for Pixel(point, colour) in pixels.into_iter().filter(|Pixel(point, _)| panel.contains(*point)) {
            let joined = waiting.and_then(|pair| pair.with(point, colour));
            if let (Some(pair), None) = (waiting, joined) {
                self.write_pair(pair)?;
            }
            waiting = Some(joined.unwrap_or(Pair::of(point, colour)));
        }
        waiting.map_or(Ok(()), |pair| self.write_pair(pair))
    }

    fn fill_contiguous<I>(&mut self, area: &Rectangle, colors: I) -> Result<(), Self::Error>
    where
        I: IntoIterator<Item = Gray4>,
    {
        let visible = area.intersection(&self.bounding_box());
        let Some(window) = Window::round(&visible) else { return Ok(()) };
        let (first, width) = (visible.top_left.x, area.size.width as usize);
        let skipped = (first - area.top_left.x) as usize;
        let mut colors = colors.into_iter();
        self.window(&window)?;
        for y in area.rows().take_while(|y| *y < visible.rows().end) {
            let mut row = Row::new(&visible);
            // All of the row's colours are taken, also those past the panel's right edge.
            colors.by_ref().take(width).skip(skipped).for_each(|colour| row.push(colour));
            if visible.rows().contains(&y) {
                self.data(row.bytes())?;
            }
        }
        Ok(())
    }
}

/// The visible pixels of one row, from left to right, as they come in.
struct Row {
    bytes: [u8; ROW_BYTES],
    columns: core::ops::Range<i32>,
    first_byte: usize,
    used: usize,
}

impl Row {
    fn new(visible: &Rectangle) -> Self {
        let columns = visible.columns();
        Self { bytes: [0; ROW_BYTES], first_byte: (columns.start / 2) as usize, columns, used: 0 }
    }

    /// Takes the next pixel; those past the last column are dropped.
    fn push(&mut self, colour: Gray4) {
        if let Some(x) = self.columns.next() {
            let byte = (x / 2) as usize - self.first_byte;
            self.bytes[byte] |= nibble(x, colour);
            self.used = byte + 1;
        }
    }

    /// As many as have pixels.
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

#[cfg(test)]
mod tests;
