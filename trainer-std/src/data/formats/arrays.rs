//! Arrays of NumPy: `.npz` files as Keras and others distribute them, and `.npy` files side by side.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use npyz::{DType, NpyFile, NpyHeader, Order, TypeChar};

use super::{Found, LARGEST_ARRAY, MOST, Part, PictureArray, Pictures};
use crate::data::location::{Container, Location};

/// The names of the arrays of a set: training pictures and labels, test pictures and labels.
const SETS: [[&str; 4]; 4] = [
    ["x_train", "y_train", "x_test", "y_test"],
    ["train_images", "train_labels", "test_images", "test_labels"],
    ["images", "labels", "", ""],
    ["x", "y", "", ""],
];
/// Values that are read at a time.
const PIECE: usize = 1 << 14;

/// The pictures in an archive of arrays or a folder with them; none if it has no array of a known name, and not just one.
///
/// # Errors
/// If the arrays are not pictures and labels; the message names the array.
pub(in crate::data) fn find(container: &Container) -> Result<Option<Found>> {
    let array = |name: &str| container.find(&format!("{name}.npy"));
    let Some(names) = SETS.iter().find(|names| array(names[0]).is_some()) else {
        return match alone(container) {
            Some(location) => read(&location).map(Some),
            None => Ok(None),
        };
    };
    let [images, labels, test_images, test_labels] = names.map(array);
    let part =
        |images: Option<Location>, labels: Option<Location>| images.map(|images| read_part(&images, labels.as_ref()));
    let Some(training) = part(images, labels).transpose()? else { return Ok(None) };
    let test = part(test_images, test_labels).transpose()?;
    Ok(Some(found(container, training, test)))
}

/// The pictures in one array, with those that belong to it if it has a known name.
pub(in crate::data) fn read(location: &Location) -> Result<Found> {
    let container = location.container()?;
    let stem = location.name().trim_end_matches(".npy");
    if SETS.iter().any(|names| names[0] == stem) {
        return find(&container)?.context("the array has vanished");
    }
    Ok(found(&container, read_part(location, None)?, None))
}

fn found(container: &Container, training: Part, test: Option<Part>) -> Found {
    let what = match container {
        Container::Archive { .. } => "arrays of NumPy (.npz)",
        Container::Folder(_) => "arrays of NumPy (.npy)",
    };
    let beside = Location::File(container.path().join("labels.txt"));
    let beside = match container {
        Container::Archive { path, .. } => Location::File(path.clone()),
        Container::Folder(_) => beside,
    };
    Found { what: what.into(), training, test, names: None, remarks: Vec::new(), beside: Some(beside) }
}

/// The only array in an archive.
fn alone(container: &Container) -> Option<Location> {
    let Container::Archive { path, names } = container else { return None };
    match &names[..] {
        [name] if name.ends_with(".npy") => Some(Location::Member { archive: path.clone(), name: name.clone() }),
        _ => None,
    }
}

fn read_part(images: &Location, labels: Option<&Location>) -> Result<Part> {
    let array = read_pictures(images).with_context(|| images.to_string())?;
    let count = array.pixels.len() / (array.width * array.height);
    let labels = labels.map(|labels| read_labels(labels, count).with_context(|| labels.to_string())).transpose()?;
    Ok(Part { pictures: Pictures::Array(array), labels })
}

/// An array whose header is read.
struct Array {
    values: NpyFile<Box<dyn Read + Send>>,
    shape: Vec<usize>,
    kind: TypeChar,
    /// Bytes of a value.
    size: usize,
}

impl Array {
    fn open(location: &Location) -> Result<Self> {
        let mut source = location.open()?;
        let header = NpyHeader::from_reader(&mut source).map_err(|error| {
            anyhow::anyhow!("it is no array of NumPy, or damaged ({error}); fetch or copy it again")
        })?;
        let shape = header.shape().iter().map(|&length| usize::try_from(length)).collect::<Result<Vec<_>, _>>()?;
        let is_row_major = header.order() == Order::C || shape.len() < 2;
        ensure!(is_row_major, "it is stored column by column; save numpy.ascontiguousarray of it");
        let DType::Plain(of) = header.dtype() else { bail!("it has several fields; save an array of numbers") };
        ensure!(
            !of.uses_pickled_array(),
            "it holds pickled Python objects, which can run any code and are not read; save an array of numbers"
        );
        let (kind, size) = (of.type_char(), of.num_bytes().context("its numbers are too large")?);
        Ok(Self { values: NpyFile::with_header(header, source), shape, kind, size })
    }

    /// Passes all numbers to `take`, in order.
    fn each(self, mut take: impl FnMut(f64) -> Result<()>) -> Result<()> {
        let expected: usize = self.shape.iter().product();
        let mut count = 0;
        {
            let mut counted = |value: f64| {
                count += 1;
                take(value)
            };
            macro_rules! read_as {
                ($number:ty) => {
                    self.values.data::<$number>()?.try_for_each(|value| counted(value.map_err(cut)? as f64))?
                };
            }
            match (self.kind, self.size) {
                (TypeChar::Bool, 1) => {
                    self.values.data::<bool>()?.try_for_each(|value| counted(255.0 * f64::from(value.map_err(cut)?)))?
                }
                (TypeChar::Uint, 1) => read_as!(u8),
                (TypeChar::Uint, 2) => read_as!(u16),
                (TypeChar::Uint, 4) => read_as!(u32),
                (TypeChar::Uint, 8) => read_as!(u64),
                (TypeChar::Int, 1) => read_as!(i8),
                (TypeChar::Int, 2) => read_as!(i16),
                (TypeChar::Int, 4) => read_as!(i32),
                (TypeChar::Int, 8) => read_as!(i64),
                (TypeChar::Float, 4) => read_as!(f32),
                (TypeChar::Float, 8) => read_as!(f64),
                _ => bail!("its values are no whole numbers and no floats of 32 or 64 bits"),
            }
        }
        ensure!(count == expected, "it ends after {count} of {expected} values; fetch or copy it again");
        Ok(())
    }
}

fn cut(error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => anyhow::anyhow!("it is truncated; fetch or copy it again"),
        _ => error.into(),
    }
}

/// The sizes of an array of pictures.
struct Sizes {
    width: usize,
    height: usize,
    /// Values of a pixel: 1, 3 or 4.
    channels: usize,
}

impl Sizes {
    fn of(shape: &[usize]) -> Result<Self> {
        let (&count, picture) = shape.split_first().context("it is a single number")?;
        ensure!(count > 0, "it has no pictures");
        ensure!(count <= MOST, "it has {count} pictures, and at most {MOST} are read; train on a part of them");
        let (height, width, channels) = match *picture {
            [pixels] if pixels.isqrt().pow(2) == pixels => (pixels.isqrt(), pixels.isqrt(), 1),
            [height, width] => (height, width, 1),
            [1, height, width] => (height, width, 1),
            [height, width, channels @ (1 | 3 | 4)] => (height, width, channels),
            _ => bail!(
                "its shape is {shape:?}; pictures are [count, height, width], with [.., 3] for colours, or [count, pixels]"
            ),
        };
        ensure!(height > 0 && width > 0, "its pictures have no pixels: its shape is {shape:?}");
        let bytes = count.checked_mul(height).and_then(|rows| rows.checked_mul(width));
        let fits = bytes.is_some_and(|bytes| bytes <= LARGEST_ARRAY);
        ensure!(fits, "its shape is {shape:?}: more than {} GiB of pixels", LARGEST_ARRAY >> 30);
        Ok(Self { width, height, channels })
    }
}

/// From values to 0 to 255.
#[derive(Clone, Copy)]
struct Range {
    lowest: f64,
    factor: f64,
}

impl Range {
    /// Floats are often from 0 to 1 or from -1 to 1; others are from 0 to 255.
    fn of(location: &Location, kind: TypeChar) -> Result<Self> {
        let as_they_are = Self { lowest: 0.0, factor: 1.0 };
        if kind != TypeChar::Float {
            return Ok(as_they_are);
        }
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        Array::open(location)?.each(|value| {
            (lowest, highest) = (lowest.min(value), highest.max(value));
            Ok(())
        })?;
        Ok(match (lowest, highest) {
            (0.0.., ..=1.0) => Self { lowest: 0.0, factor: 255.0 },
            (-1.0.., ..=1.0) => Self { lowest: -1.0, factor: 127.5 },
            _ => as_they_are,
        })
    }

    fn pixel(self, value: f64) -> Result<f64> {
        let pixel = (value - self.lowest) * self.factor;
        ensure!((0.0..=255.0).contains(&pixel), "it holds {value}, and pixels are 0 to 255, 0 to 1 or -1 to 1");
        Ok(pixel)
    }
}

fn read_pictures(location: &Location) -> Result<PictureArray> {
    let array = Array::open(location)?;
    let Sizes { width, height, channels } = Sizes::of(&array.shape)?;
    let range = Range::of(location, array.kind)?;
    // The shape is only a promise.
    let mut pixels = Vec::with_capacity(PIECE);
    let mut colours = Vec::with_capacity(channels);
    array.each(|value| {
        colours.push(range.pixel(value)?);
        if colours.len() == channels {
            pixels.push(grey(&colours));
            colours.clear();
        }
        Ok(())
    })?;
    Ok(PictureArray { width, height, pixels })
}

/// The grey of one value, or of red, green and blue.
fn grey(colours: &[f64]) -> u8 {
    match *colours {
        [red, green, blue, ..] => (0.2126 * red + 0.7152 * green + 0.0722 * blue).round() as u8,
        _ => colours[0].round() as u8,
    }
}

fn read_labels(location: &Location, images: usize) -> Result<Vec<i32>> {
    let array = Array::open(location)?;
    let is_list = matches!(array.shape[..], [_] | [_, 1]);
    ensure!(is_list, "its shape is {:?}; labels are one number for each picture", array.shape);
    let count = array.shape[0];
    ensure!(count == images, "it has {count} labels for {images} pictures");
    let mut labels = Vec::new();
    array.each(|value| {
        ensure!(value.fract() == 0.0 && value.abs() < 1e9, "it holds {value}, which is no label");
        labels.push(value as i32);
        Ok(())
    })?;
    Ok(labels)
}
