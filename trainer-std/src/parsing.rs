//! Arguments from a line of text, for tests.

use clap::{Args, Parser};

#[derive(Parser)]
struct Line<A: Args> {
    #[command(flatten)]
    arguments: A,
}

/// The arguments in `line`, which are separated by spaces.
///
/// # Errors
/// Those of clap.
pub(crate) fn parse<A: Args>(line: &str) -> Result<A, clap::Error> {
    Line::try_parse_from(["pocketgan"].into_iter().chain(line.split_whitespace())).map(|line| line.arguments)
}
