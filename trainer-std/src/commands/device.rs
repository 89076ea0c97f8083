//! `pocketgan device`: talks to a board that runs the console.

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::device::bench::{self, BenchArguments};
use crate::device::draw::{self, DrawArguments};
use crate::device::info::{self, InfoArguments};
use crate::device::load::{self, LoadArguments};
use crate::device::show::{self, MorphArguments, ShowArguments};
use crate::device::verify::{self, VerifyArguments};

/// Talk to a device that runs the firmware's program `console`.
///
/// The device is on a serial port (115,200 baud, 8N1) or, in QEMU, behind a socket: in the folder firmware,
/// `POCKETGAN_QEMU_SERIAL=tcp:127.0.0.1:7007 cargo run --release --bin console` starts one.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device info --port /dev/ttyACM0\n  \
    pocketgan device draw --port tcp:127.0.0.1:7007 --seed 67 --count 2\n  \
    pocketgan device verify firmware/models/mnist-int8.pgan --port /dev/ttyACM0")]
pub(crate) struct DeviceArguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Info(InfoArguments),
    Draw(DrawArguments),
    Show(ShowArguments),
    Morph(MorphArguments),
    Verify(VerifyArguments),
    Bench(BenchArguments),
    Load(LoadArguments),
}

pub(crate) fn device(arguments: &DeviceArguments) -> Result<()> {
    match &arguments.task {
        Task::Info(arguments) => info::info(arguments),
        Task::Draw(arguments) => draw::draw(arguments),
        Task::Show(arguments) => show::show(arguments),
        Task::Morph(arguments) => show::morph(arguments),
        Task::Verify(arguments) => verify::verify(arguments),
        Task::Bench(arguments) => bench::bench(arguments),
        Task::Load(arguments) => load::load(arguments),
    }
}
