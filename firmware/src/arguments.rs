//! The command lines of `draw` and `show`.

use crate::command_line::LONGEST_LINE;
use core::fmt;

/// Pictures of a morph, the first and the last included.
pub const MORPH_FRAMES: u32 = 5;

/// The arguments of `draw`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawArguments {
    /// The first picture's seed.
    pub seed: u32,
    /// How many pictures.
    pub count: u32,
    /// The second seed, if the pictures are the frames of a morph.
    pub morph: Option<u32>,
    /// Whether to send an idx3-ubyte stream instead of text.
    pub idx: bool,
}

/// The arguments of `show`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShowArguments<'a> {
    /// What to start with.
    pub start: Start<'a>,
    /// Whether each frame stays until a byte is received over the serial line.
    pub step: bool,
}

/// What `show` starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start<'a> {
    /// A counter at 0; all classes in turn if they have names; or the digit of seed 0 if there are no seeds for every digit.
    #[default]
    Default,
    /// A word.
    Word(&'a str),
    /// A counter at a number.
    Number(u32),
    /// The digit of a seed.
    Seed(u32),
}

/// What is wrong with a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentError<'a> {
    /// It is longer than [`LONGEST_LINE`], or the debugger provides none.
    NoLine,
    /// A word that is not an option, and the options that exist.
    Unknown(&'a str, &'static str),
    /// An option without its number at the end of the line.
    NoNumber(&'a str),
    /// `--text` at the end of the line.
    NoWord,
    /// An option and a word after it that is not a number from 0 to 4294967295.
    NotANumber(&'a str, &'a str),
    /// `--count 0`.
    CountIsZero,
    /// `--count` with `--morph`, whose number of pictures is fixed.
    CountWithMorph,
}

impl DrawArguments {
    /// Reads `[--seed S] [--count N] [--morph S2] [--idx]`; the last of repeated options counts.
    pub fn parse<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Self, ArgumentError<'a>> {
        let (mut seed, mut count, mut morph, mut idx) = (0, None, None, false);
        while let Some(word) = words.next() {
            match word {
                "--seed" => seed = number(word, words.next())?,
                "--count" => count = Some(number(word, words.next())?),
                "--morph" => morph = Some(number(word, words.next())?),
                "--idx" => idx = true,
                _ => return Err(ArgumentError::Unknown(word, "--seed S, --count N, --morph S, --idx")),
            }
        }
        let count = picture_count(count, morph.is_some())?;
        Ok(Self { seed, count, morph, idx })
    }
}

impl<'a> ShowArguments<'a> {
    /// Reads `[--number N] [--seed S] [--text WORD] [--step]`; the last of repeated options counts, and of the first three.
    pub fn parse(mut words: impl Iterator<Item = &'a str>) -> Result<Self, ArgumentError<'a>> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match word {
                "--number" => arguments.start = Start::Number(number(word, words.next())?),
                "--seed" => arguments.start = Start::Seed(number(word, words.next())?),
                "--text" => arguments.start = Start::Word(words.next().ok_or(ArgumentError::NoWord)?),
                "--step" => arguments.step = true,
                _ => return Err(ArgumentError::Unknown(word, "--number N, --seed S, --text WORD, --step")),
            }
        }
        Ok(arguments)
    }
}

fn number<'a>(option: &'a str, word: Option<&'a str>) -> Result<u32, ArgumentError<'a>> {
    let word = word.ok_or(ArgumentError::NoNumber(option))?;
    word.parse().map_err(|_| ArgumentError::NotANumber(option, word))
}

/// How many pictures to draw.
fn picture_count(count: Option<u32>, morph: bool) -> Result<u32, ArgumentError<'static>> {
    match (count, morph) {
        (Some(_), true) => Err(ArgumentError::CountWithMorph),
        (None, true) => Ok(MORPH_FRAMES),
        (Some(0), false) => Err(ArgumentError::CountIsZero),
        (count, false) => Ok(count.unwrap_or(4)),
    }
}

impl fmt::Display for ArgumentError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Arguments of `write!` could be padded, for which the code would take flash: strings are written one by one.
        let mut pieces = |pieces: &[&str]| pieces.iter().try_for_each(|piece| f.write_str(piece));
        match self {
            Self::NoLine => write!(f, "the host gave no command line of at most {LONGEST_LINE} bytes"),
            Self::Unknown(word, known) => pieces(&["unknown argument \"", word, "\"; the options are ", known]),
            Self::NoWord => f.write_str("--text needs a word after it"),
            Self::NoNumber(option) => pieces(&[option, " needs a number after it"]),
            Self::NotANumber(option, word) => {
                pieces(&[option, " needs a number from 0 to 4294967295, not \"", word, "\""])
            }
            Self::CountIsZero => f.write_str("--count needs at least 1"),
            Self::CountWithMorph => write!(f, "--morph draws {MORPH_FRAMES} pictures and takes no --count"),
        }
    }
}
