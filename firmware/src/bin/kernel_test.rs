//! Compares the kernels of this core with plain loops: `kernel-test`. Needs feature `test-support`.
//!
//! Ends with status 0 if every sum is right, and says which one is not otherwise.
#![no_std]
#![no_main]

use core::fmt::Write;
use cortex_m_rt::entry;
use pocketgan_core::infer::integer::check;
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report;
use pocketgan_firmware::{board, uart::Uart};

#[entry]
fn main() -> ! {
    exit(match check::kernels(20_261_123) {
        Ok(()) => {
            // The serial line never refuses.
            let _ = writeln!(Uart::open(), "{}: the kernels sum what plain loops sum", board::NAME);
            Status::Done
        }
        Err(wrong) => {
            report(format_args!("kernel-test: {wrong}"));
            Status::WrongSum
        }
    })
}
