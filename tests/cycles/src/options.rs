//! How the program that starts QEMU tells the plugin what to count, and how the plugin answers.
//!
//! Options are QEMU's, `name=value`; the answer is a file with a line for each count.

use crate::{
    counter::{Count, Marks},
    flash::Flash,
    timing::Core,
};
use std::{fmt::Write, path::PathBuf};

/// What to count, and where to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The core whose timings are used.
    pub core: Core,
    /// Where counts begin and end.
    pub marks: Marks,
    /// The flash, if it is to be waited for.
    pub flash: Option<Flash>,
    /// The file for the counts.
    pub answer: PathBuf,
}

impl Options {
    /// In the form of QEMU's option `-plugin`, after the plugin's path. In its values a comma is doubled.
    pub fn to_text(&self) -> String {
        let Marks { begin, end } = self.marks;
        let mut text = format!("core={},begin={begin},end={end}", self.core);
        if let Some(Flash { addresses, wait, line, code, data }) = &self.flash {
            let (start, end) = (addresses.start, addresses.end);
            let _ = write!(text, ",flash={start}:{end}:{wait}:{line}:{code}:{data}");
        }
        let _ = write!(text, ",answer={}", self.answer.display().to_string().replace(',', ",,"));
        text
    }

    /// Reads options as QEMU passes them on, each `name=value`.
    ///
    /// # Errors
    /// A sentence that names the option that is missing or has no valid value.
    pub fn parse<'a>(options: impl Iterator<Item = &'a str> + Clone) -> Result<Self, String> {
        let find = |name: &str| options.clone().find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
        let value = |name: &str| find(name).ok_or_else(|| format!("the option {name}= is missing"));
        Ok(Self {
            core: value("core")?.parse()?,
            marks: Marks { begin: number(value("begin")?)?, end: number(value("end")?)? },
            flash: find("flash").map(flash).transpose()?,
            answer: value("answer")?.into(),
        })
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{text:?} is not a number in range"))
}

fn flash(text: &str) -> Result<Flash, String> {
    let fields: Vec<&str> = text.split(':').collect();
    let [start, end, wait, line, code, data] = fields[..] else {
        return Err(format!("the flash {text:?} needs six numbers"));
    };
    let (line, addresses) = (number::<u32>(line)?, number(start)?..number(end)?);
    if !line.is_power_of_two() {
        return Err(format!("a line of flash has a power of two of bytes, not {line}"));
    }
    Ok(Flash { addresses, wait: number(wait)?, line, code: number(code)?, data: number(data)? })
}

/// The text of the answer: a line for each count.
pub fn answer(counts: &[Count]) -> String {
    let line = |count: &Count| format!("{} {} {} {}\n", count.cycles, count.waited, count.instructions, count.unknown);
    counts.iter().map(line).collect()
}

/// The counts in an answer; none if it is not one.
pub fn parse_answer(text: &str) -> Option<Vec<Count>> {
    let line = |line: &str| {
        let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [cycles, waited, instructions, unknown] = numbers[..] else { return None };
        Some(Count { cycles, waited, instructions, unknown })
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(flash: Option<Flash>) -> Options {
        Options { core: Core::M0Plus, marks: Marks { begin: 4, end: 0x1000_0000 }, flash, answer: "a,b=c".into() }
    }

    /// What QEMU makes of an option's text.
    fn passed_on(text: &str) -> Vec<String> {
        text.replace(",,", "\0").split(',').map(|option| option.replace('\0', ",")).collect()
    }

    #[test]
    fn options_survive_the_way_through_qemu() {
        let flash = Flash { addresses: 0x0800_0000..0x0810_0000, wait: 5, line: 16, code: 64, data: 8 };
        for options in [options(None), options(Some(flash))] {
            let passed = passed_on(&options.to_text());
            assert_eq!(Options::parse(passed.iter().map(String::as_str)), Ok(options));
        }
    }

    #[test]
    fn wrong_options_are_named() {
        let parse = |text: &str| Options::parse(text.split(',')).unwrap_err();
        assert_eq!(parse("core=M3,begin=1,end=2"), "the option answer= is missing");
        assert_eq!(parse("core=M3,begin=x,end=2,answer=f"), "\"x\" is not a number in range");
        assert!(parse("core=A9,begin=1,end=2,answer=f").starts_with("there are no timings for the core \"A9\""));
        assert!(parse("core=M3,begin=1,end=2,flash=1:2,answer=f").contains("needs six numbers"));
        assert!(parse("core=M3,begin=1,end=2,flash=1:2:3:12:5:6,answer=f").contains("not 12"));
    }

    #[test]
    fn answers_are_read_back() {
        let counts = [Count { cycles: 9, waited: 2, instructions: 5, unknown: 1 }, Count::default()];
        assert_eq!(parse_answer(&answer(&counts)), Some(counts.to_vec()));
        assert_eq!(parse_answer("1 2 3\n"), None);
    }
}
