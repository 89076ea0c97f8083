//! Pictures in files: what is in a PNG or a GIF.

/// An image of greys, row by row.
#[derive(Debug, PartialEq)]
pub struct Image {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 0 is black.
    pub pixels: Vec<u8>,
}

/// The greys of a PNG with four bytes a pixel.
///
/// # Panics
/// If it is none, or has another colour.
pub fn png(file: &[u8]) -> Image {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("it is a PNG");
    let mut rgba = vec![0; reader.output_buffer_size().expect("it has a size")];
    let info = reader.next_frame(&mut rgba).expect("it is whole");
    Image { width: info.width as usize, height: info.height as usize, pixels: greys(&rgba) }
}

/// The frames of a GIF that repeats forever, each with its time in hundredths of a second.
///
/// # Panics
/// If it is none, or has another colour.
pub fn gif(file: &[u8]) -> Vec<(Image, u16)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).expect("it is a GIF");
    assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().expect("it is whole") {
        let image = Image { width: frame.width.into(), height: frame.height.into(), pixels: greys(&frame.buffer) };
        frames.push((image, frame.delay));
    }
    frames
}

/// The greys of pixels of four bytes each.
///
/// # Panics
/// If one has a colour or is transparent.
pub fn greys(rgba: &[u8]) -> Vec<u8> {
    let grey = |&[red, green, blue, alpha]: &[u8; 4]| {
        assert!(red == green && green == blue && alpha == 255, "a pixel is no grey");
        red
    };
    rgba.as_chunks().0.iter().map(grey).collect()
}
