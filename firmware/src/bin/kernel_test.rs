//! Compares the kernels of this core with plain loops: `kernel-test`. Needs feature `test-support`.
//!
//! Exits with status 0 if every sum is correct, and reports the first that is not otherwise.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::infer::integer::check;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::{board, uart::Uart};

#[entry]
fn main() -> ! {
    exit(match check::kernels(20_261_123) {
        Ok(()) => {
            // The serial line is infallible.
            let _ = writeln!(Uart::open(), "{}: the kernels sum what plain loops sum", board::NAME);
            Status::Done
        }
        Err(wrong) => {
            report_error(format_args!("kernel-test: {wrong}"));
            Status::WrongSum
        }
    })
}
