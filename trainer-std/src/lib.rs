//! The `pocketgan` program as a library: trains the generator, exports it for microcontrollers, and draws with it.
//!
//! [`run`] is the whole program; `main.rs` only passes it the arguments. Networks, training steps and models are in
//! `pocketgan-core`.

// Both panic when the stream is closed or full; `output::terminal` does not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod commands;
mod data;
mod device;
mod evaluation;
mod export;
mod output;
#[cfg(test)]
mod parsing;
mod sweep;
mod training;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use output::terminal::{self, OutputClosed};
use training::interrupt::{INTERRUPTED, Interrupted};

/// Runs the program with `arguments`, of which the first is its name, and returns its exit code: 0 for success, 1 for an
/// error (described on standard error), 2 for invalid arguments and 130 for a run stopped by Ctrl-C.
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) if usage.use_stderr() => {
            // An error keeps its exit code even if it cannot be printed.
            let _ = usage.print();
            return ExitCode::from(usage.exit_code() as u8);
        }
        Err(help) => return exit_code(terminal::write_stdout(|_| help.print())),
    };
    exit_code(cli.run())
}

fn exit_code(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<OutputClosed>() => ExitCode::SUCCESS,
        Err(error) => {
            terminal::remark(format_args!("pocketgan: {error:#}"));
            ExitCode::from(if error.is::<Interrupted>() { INTERRUPTED } else { 1 })
        }
    }
}
