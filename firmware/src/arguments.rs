//! The command lines of `draw` and `show`.

use crate::command_line::LONGEST_LINE;
use core::fmt;

/// Pictures of a morph, the first and the last included.
pub const MORPH_FRAMES: u32 = 5;

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The first picture's seed.
    pub seed: u32,
    /// How many pictures.
    pub count: u32,
    /// The seed to walk to, when the pictures are the frames of a walk.
    pub morph: Option<u32>,
    /// Whether to send one idx3-ubyte stream instead of text.
    pub idx: bool,
}

/// What `show` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// What it begins with.
    pub start: Start,
    /// Whether each picture stays until a byte comes in on the serial line.
    pub step: bool,
}

/// What `show` begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// A counter at 0, or seed 0 if the model cannot draw every digit when asked to.
    #[default]
    Usual,
    /// A counter at a number.
    Number(u32),
    /// The digit of a seed.
    Seed(u32),
}

/// Why a command line was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// The line is longer than [`LONGEST_LINE`], or the debugger keeps none.
    NoLine,
    /// A word that is no option, and the options there are.
    Unknown(&'a str, &'static str),
    /// An option at the end of the line without its number.
    NoNumber(&'a str),
    /// An option followed by something that is not a number from 0 to 4294967295.
    NotANumber(&'a str, &'a str),
    /// `--count 0`.
    Nothing,
    /// `--count` beside `--morph`, which has its own number of pictures.
    CountOfMorph,
}

impl Order {
    /// Reads `[--seed S] [--count N] [--morph S2] [--idx]`; of an option given twice the last counts.
    pub fn parse<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Self, Refusal<'a>> {
        let (mut seed, mut count, mut morph, mut idx) = (0, None, None, false);
        while let Some(word) = words.next() {
            match word {
                "--seed" => seed = number(word, words.next())?,
                "--count" => count = Some(number(word, words.next())?),
                "--morph" => morph = Some(number(word, words.next())?),
                "--idx" => idx = true,
                _ => return Err(Refusal::Unknown(word, "--seed S, --count N, --morph S, --idx")),
            }
        }
        let count = pictures(count, morph.is_some())?;
        Ok(Self { seed, count, morph, idx })
    }
}

impl Show {
    /// Reads `[--number N] [--seed S] [--step]`; of an option given twice the last counts, and of the first two as well.
    pub fn parse<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Self, Refusal<'a>> {
        let mut show = Self::default();
        while let Some(word) = words.next() {
            match word {
                "--number" => show.start = Start::Number(number(word, words.next())?),
                "--seed" => show.start = Start::Seed(number(word, words.next())?),
                "--step" => show.step = true,
                _ => return Err(Refusal::Unknown(word, "--number N, --seed S, --step")),
            }
        }
        Ok(show)
    }
}

fn number<'a>(option: &'a str, word: Option<&'a str>) -> Result<u32, Refusal<'a>> {
    let word = word.ok_or(Refusal::NoNumber(option))?;
    word.parse().map_err(|_| Refusal::NotANumber(option, word))
}

/// How many pictures to draw, from what was asked for.
fn pictures(count: Option<u32>, morph: bool) -> Result<u32, Refusal<'static>> {
    match (count, morph) {
        (Some(_), true) => Err(Refusal::CountOfMorph),
        (None, true) => Ok(MORPH_FRAMES),
        (Some(0), false) => Err(Refusal::Nothing),
        (count, false) => Ok(count.unwrap_or(4)),
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Words are written piece by piece: as arguments of `write!` they could be padded, which takes code that draws
        // nothing else.
        let mut pieces = |pieces: &[&str]| pieces.iter().try_for_each(|piece| f.write_str(piece));
        match self {
            Self::NoLine => write!(f, "no command line of at most {LONGEST_LINE} bytes came from the host"),
            Self::Unknown(word, known) => pieces(&["unknown argument \"", word, "\"; known are ", known]),
            Self::NoNumber(option) => pieces(&[option, " needs a number after it"]),
            Self::NotANumber(option, word) => {
                pieces(&[option, " needs a number from 0 to 4294967295, not \"", word, "\""])
            }
            Self::Nothing => f.write_str("--count needs at least 1"),
            Self::CountOfMorph => write!(f, "--morph draws {} pictures and takes no --count", MORPH_FRAMES),
        }
    }
}
