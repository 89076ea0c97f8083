//! Compares the kernels of this core with plain loops, and its requantisation: `kernel-test`. Needs feature `test-support`.
//!
//! Exits with status 0 if every result is correct, and reports the first that is not otherwise.
#![no_std]
#![no_main]

use core::error::Error;
use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::infer::{integer, model};
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::{board, uart::Uart};

#[entry]
fn main() -> ! {
    exit(match run() {
        Ok(()) => {
            // The serial line is infallible.
            let _ = writeln!(Uart::open(), "{}: the kernels compute what plain loops compute", board::NAME);
            Status::Done
        }
        Err(status) => status,
    })
}

fn run() -> Result<(), Status> {
    const SEED: u64 = 20_261_123;
    integer::check::kernels(SEED).map_err(fail)?;
    model::check::requantisation(SEED).map_err(fail)
}

fn fail(wrong: impl Error) -> Status {
    report_error(format_args!("kernel-test: {wrong}"));
    Status::WrongResult
}
