//! The `pocketgan` program as a library: trains the generator, exports it for microcontrollers, and draws with it.
//!
//! [`run`] is the whole program; `main.rs` only passes it the arguments. Networks, training steps and models are in
//! `pocketgan-core`.

mod bench;
mod commands;
mod data;
mod device;
mod evaluation;
mod export;
mod output;
#[cfg(test)]
mod parsing;
mod training;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use training::interrupt::{INTERRUPTED, Interrupted};

/// Runs the program with `arguments`, of which the first is its name, and returns its exit code: 0 for success, 1 for an
/// error (described on standard error), 2 for invalid arguments and 130 for a run stopped by Ctrl-C.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed stream is no reason to end otherwise.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pocketgan: {error:#}");
            ExitCode::from(if error.is::<Interrupted>() { INTERRUPTED } else { 1 })
        }
    }
}
