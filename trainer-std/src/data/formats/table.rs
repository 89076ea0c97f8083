//! Tables of pixels (CSV) as Kaggle has them: a picture a line, its label first (or last) where there are labels.

use anyhow::{Context, Result, bail, ensure};
use csv::{ByteRecord, ReaderBuilder};

use super::bounded_lines::BoundedLines;
use super::{Found, LARGEST_ARRAY, MOST, Part, PictureArray, Pictures};
use crate::data::gzip::unpacked;
use crate::data::location::Location;
use crate::output::printable::shortened;

/// What a column of labels is called.
const LABELS: [&str; 4] = ["label", "class", "target", "y"];
/// Characters of a cell that a message shows.
const SHOWN: usize = 20;

/// The pictures in a table, and those in the one beside it whose name has `test` in place of `train`.
///
/// # Errors
/// If it is no such table; the message names the line and the column.
pub(in crate::data) fn read(location: &Location) -> Result<Found> {
    let training = read_part(location)?;
    let mut remarks = Vec::new();
    let test = match test_beside(location) {
        Some(test) => {
            let part = read_part(&test)?;
            let is_usable = part.labels.is_some() == training.labels.is_some() && size(&part) == size(&training);
            if !is_usable {
                remarks.push(format!("{test} is not used: it has no labels, or pictures of another size"));
            }
            is_usable.then_some(part)
        }
        None => None,
    };
    let what = "table of pixels (CSV)".to_owned();
    Ok(Found { what, training, test, names: None, remarks, beside: Some(location.clone()) })
}

fn size(part: &Part) -> Option<(usize, usize)> {
    match &part.pictures {
        Pictures::Array(array) => Some((array.width, array.height)),
        Pictures::Files(_) => None,
    }
}

fn test_beside(location: &Location) -> Option<Location> {
    let name = location.name();
    let other = name.replacen("train", "test", 1);
    (other != name).then(|| location.container().ok()?.find(&other)).flatten()
}

fn read_part(location: &Location) -> Result<Part> {
    read_table(location).with_context(|| location.to_string())
}

fn read_table(location: &Location) -> Result<Part> {
    let source = BoundedLines::new(unpacked(location.open()?)?);
    let mut table = ReaderBuilder::new().has_headers(false).flexible(true).quoting(false).from_reader(source);
    let mut record = ByteRecord::new();
    let mut rows = Rows::default();
    while table.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        drop_trailing_comma(&mut record);
        rows.add(&record).with_context(|| format!("line {line}"))?;
    }
    rows.finish()
}

/// Some programs write a comma after each value, also after a line's last.
fn drop_trailing_comma(record: &mut ByteRecord) {
    if record.len() > 1 && record.iter().next_back().is_some_and(|cell| cell.trim_ascii().is_empty()) {
        record.truncate(record.len() - 1);
    }
}

/// The rows read so far.
#[derive(Default)]
struct Rows {
    shape: Option<Shape>,
    /// Whether the header says that labels come last.
    ends_in_label: bool,
    /// All cells, row by row.
    cells: Vec<u8>,
}

/// What columns are there.
#[derive(Clone, Copy)]
struct Shape {
    has_label: bool,
    side: usize,
    columns: usize,
}

impl Shape {
    /// With square pictures: a label and pixels, or only pixels.
    fn of(columns: usize) -> Result<Self> {
        let square = |pixels: usize| Some(pixels.isqrt()).filter(|side| side * side == pixels && *side >= 4);
        if let Some(side) = square(columns) {
            return Ok(Self { has_label: false, side, columns });
        }
        match columns.checked_sub(1).and_then(square) {
            Some(side) => Ok(Self { has_label: true, side, columns }),
            None => bail!(
                "it has {columns} columns; a label and 784 pixels are expected, or the pixels of another square picture"
            ),
        }
    }
}

impl Rows {
    fn add(&mut self, record: &ByteRecord) -> Result<()> {
        let Some(Shape { columns, .. }) = self.shape else { return self.begin(record) };
        ensure!(record.len() == columns, "it has {} columns, the line before {columns}", record.len());
        ensure!(self.cells.len() / columns < MOST, "there are more than {MOST} pictures; train on a part of them");
        ensure!(self.cells.len() <= LARGEST_ARRAY, "there are more than {} GiB", LARGEST_ARRAY >> 30);
        for (column, cell) in (1..).zip(record) {
            let value = number(cell).filter(|value| (0.0..=255.0).contains(value));
            let message = || format!("column {column} is {}, and pixels and labels are 0 to 255", shown(cell));
            self.cells.push(value.with_context(message)?.round() as u8);
        }
        Ok(())
    }

    /// The first line: numbers, or names above them.
    fn begin(&mut self, record: &ByteRecord) -> Result<()> {
        self.shape = Some(Shape::of(record.len())?);
        if record.iter().all(|cell| number(cell).is_some()) {
            return self.add(record);
        }
        let last = record.iter().next_back().and_then(text).unwrap_or_default().to_ascii_lowercase();
        self.ends_in_label = LABELS.contains(&last.as_str());
        Ok(())
    }

    fn finish(self) -> Result<Part> {
        let Some(Shape { has_label, side, columns }) = self.shape.filter(|_| !self.cells.is_empty()) else {
            bail!("it has no line with pixels")
        };
        let rows = || self.cells.chunks_exact(columns);
        // The corners of pictures are often all the same.
        let varies = |column: usize| rows().any(|row| row[column] != self.cells[column]);
        let at = if self.ends_in_label || (!varies(0) && varies(columns - 1)) { columns - 1 } else { 0 };
        let labels = has_label.then(|| rows().map(|row| row[at].into()).collect());
        let pixels = match has_label {
            false => self.cells,
            true => rows().flat_map(|row| [&row[..at], &row[at + 1..]].concat()).collect(),
        };
        let array = PictureArray { width: side, height: side, pixels };
        Ok(Part { pictures: Pictures::Array(array), labels })
    }
}

fn number(cell: &[u8]) -> Option<f32> {
    // Nearly all cells are such; this is several times faster than the general way.
    if let [b'0'..=b'9'] = cell {
        return Some(f32::from(cell[0] - b'0'));
    }
    text(cell)?.parse().ok()
}

/// A cell without spaces and quotes around it.
fn text(cell: &[u8]) -> Option<&str> {
    Some(std::str::from_utf8(cell).ok()?.trim().trim_matches('"'))
}

fn shown(cell: &[u8]) -> String {
    format!("\"{}\"", shortened(&String::from_utf8_lossy(cell), SHOWN))
}
