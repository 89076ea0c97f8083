//! The `pocketgan` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    pocketgan_trainer::run(std::env::args_os())
}
