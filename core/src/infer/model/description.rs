//! What a model file says of itself, as text.

use core::fmt::{self, Write};

use super::format::version_with;
use super::{DigitSeeds, LayerHeader, Model};

/// The text of `pocketgan inspect` and of the page that draws in a browser: kind, sizes, digit seeds, layers and sections,
/// a line each. The metadata are left to the caller.
///
/// ```
/// use pocketgan_core::include_model;
/// use pocketgan_core::infer::model::{Description, Model};
///
/// static FILE: &[u8] = include_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware/models/mnist-int4.pgan"));
///
/// let text = Description(&Model::parse(FILE)?).to_string();
/// assert!(text.starts_with("kind            int4\nfile            140303 bytes, format 5"));
/// # Ok::<(), pocketgan_core::infer::model::ModelError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Description<'a>(pub &'a Model<'a>);

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(model) = self;
        writeln!(f, "kind            {}", model.kind())?;
        let (digits, checksum) = (model.digits(), model.checksum());
        let version = version_with(&digits);
        writeln!(f, "file            {} bytes, format {version}, CRC-32 {checksum:08x}", model.file_len())?;
        writeln!(f, "{} seeds     {digits}", if digits.is_named() { "class" } else { "digit" })?;
        writeln!(f, "layers")?;
        for (index, layer) in model.header().layers.iter().enumerate() {
            writeln!(f, "  {index}: {layer}")?;
        }
        write_sections(f, model)
    }
}

fn write_sections(f: &mut fmt::Formatter<'_>, model: &Model<'_>) -> fmt::Result {
    writeln!(f, "sections")?;
    let mut weights = 0;
    for (section, at) in model.sections() {
        writeln!(f, "  layer {} {:<12} {:>7} bytes at {at}", section.layer, section.kind, section.len)?;
        weights += section.len;
    }
    let rest = model.file_len() - weights - model.metadata().len();
    writeln!(f, "  header, digit seeds, padding and checksum {rest} bytes")
}

impl fmt::Display for LayerHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}, {:?}", self.inputs, self.outputs, self.activation)?;
        let Some(of) = self.quantisation else { return Ok(()) };
        let (precision, zero) = (of.precision, of.zero_point);
        write!(f, ", {precision}, shifts {} and {}, zero point {zero}", of.pre_shift, of.post_shift)
    }
}

/// How many seeds there are of each digit or class, in a few words.
impl fmt::Display for DigitSeeds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        if self.is_named() {
            return write_named_counts(f, self);
        }
        match counts.iter().all(|count| *count == counts[0]) {
            true if counts[0] == 0 => f.write_str("none; `pocketgan digits` finds some"),
            true => write!(f, "{} of each digit", counts[0]),
            false => write_counts(f, counts),
        }
    }
}

fn write_named_counts(f: &mut fmt::Formatter<'_>, table: &DigitSeeds<'_>) -> fmt::Result {
    for (class, count) in (0..).zip(table.counts()) {
        f.write_str(if class == 0 { "" } else { ", " })?;
        write_name(f, table.name(class).unwrap_or_default())?;
        write!(f, " {count}")?;
    }
    Ok(())
}

/// Writes a name with escapes for the characters that a terminal could obey.
fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    name.chars().try_for_each(|c| match c {
        ' '..='~' => f.write_char(c),
        _ => write!(f, "{}", c.escape_debug()),
    })
}

fn write_counts(f: &mut fmt::Formatter<'_>, counts: &[u8]) -> fmt::Result {
    for (digit, count) in counts.iter().enumerate() {
        write!(f, "{}{count}", if digit == 0 { "" } else { ", " })?;
    }
    f.write_str(" (of 0 to 9)")
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    #[test]
    fn the_seeds_of_digits_are_counted_in_a_few_words() {
        let of = |counts: [u8; 10], seeds: &[u32]| DigitSeeds::new(&counts, seeds).unwrap().to_string();
        assert_eq!(DigitSeeds::NONE.to_string(), "none; `pocketgan digits` finds some");
        assert_eq!(of([2; 10], &[0; 20]), "2 of each digit");
        assert_eq!(of([0, 0, 0, 16, 0, 0, 0, 0, 0, 1], &[0; 17]), "0, 0, 0, 16, 0, 0, 0, 0, 0, 1 (of 0 to 9)");
    }
    #[test]
    fn classes_are_counted_by_their_names_and_control_characters_are_escaped() {
        let table = DigitSeeds::named(&[1, 0], &[7], "\x03cat\x04\x1b\u{e9}t".as_bytes()).unwrap();
        assert_eq!(table.to_string(), "cat 1, \\u{1b}\u{e9}t 0");
    }
}
