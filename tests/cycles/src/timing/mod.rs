//! How many cycles instructions take on each core.

mod latency;
mod m33;
mod m55;
mod m7;
#[cfg(test)]
mod tests;
mod v6m;
mod v7m;

use crate::instruction::Instruction;
use std::{fmt, str::FromStr};

/// A core that there are timings for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// Cortex-M0.
    M0,
    /// Cortex-M0+.
    M0Plus,
    /// Cortex-M3.
    M3,
    /// Cortex-M4, with or without FPU.
    M4,
    /// Cortex-M7.
    M7,
    /// Cortex-M33.
    M33,
    /// Cortex-M55.
    M55,
}

impl Core {
    /// All of them with their names.
    pub const NAMES: [(&str, Self); 7] = [
        ("M0", Self::M0),
        ("M0+", Self::M0Plus),
        ("M3", Self::M3),
        ("M4", Self::M4),
        ("M7", Self::M7),
        ("M33", Self::M33),
        ("M55", Self::M55),
    ];

    /// Its timings.
    pub fn timing(self) -> Box<dyn Timing> {
        match self {
            Self::M0 => Box::new(v6m::M0),
            Self::M0Plus => Box::new(v6m::M0_PLUS),
            Self::M3 => Box::new(v7m::V7m::m3()),
            Self::M4 => Box::new(v7m::V7m::m4()),
            Self::M7 => Box::new(m7::M7::default()),
            Self::M33 => Box::new(m33::M33::default()),
            Self::M55 => Box::new(m55::M55::default()),
        }
    }
}

impl FromStr for Core {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // The name of a core with an FPU ends in F.
        let name = text.strip_suffix('F').unwrap_or(text);
        let known = Self::NAMES.map(|(name, _)| name).join(", ");
        let found = Self::NAMES.into_iter().find(|(known, _)| *known == name);
        found
            .map(|(_, core)| core)
            .ok_or_else(|| format!("there are no timings for the core {text:?}, but for {known}"))
    }
}

impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::NAMES.into_iter().find(|(_, core)| core == self);
        f.write_str(found.expect("every core has a name").0)
    }
}

/// The timings of a core, and the state of its pipeline.
pub trait Timing: Send {
    /// The cycles that `instruction` takes after those before it. `taken` tells whether an instruction other than the next
    /// in memory follows.
    fn cycles(&mut self, instruction: &Instruction, taken: bool) -> u64;
}
