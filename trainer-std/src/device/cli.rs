//! What was typed behind `pocketgan device`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, value_parser};

use crate::output::number::NumberArguments;

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
    pub(super) task: Task,
}

#[derive(Debug, Subcommand)]
pub(super) enum Task {
    Info(InfoArguments),
    Draw(DrawArguments),
    Show(ShowArguments),
    Morph(MorphArguments),
    Verify(VerifyArguments),
    Bench(BenchArguments),
    Load(LoadArguments),
}

/// Where the device is.
#[derive(Args, Clone, Debug)]
pub(super) struct LineArguments {
    /// A serial port (/dev/ttyACM0, COM3), tcp:HOST:PORT or unix:PATH
    #[arg(long, value_name = "PORT")]
    pub(super) port: String,
    /// Seconds to wait for an answer before asking again (three times in all)
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(super) timeout: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|seconds| (0.01..=3600.0).contains(seconds));
    number.map(Duration::from_secs_f64).ok_or_else(|| "seconds from 0.01 to 3600 are needed".to_owned())
}

/// Print what the device says of itself: board, versions, model, room for another model, deepest stack.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device info --port /dev/ttyACM0")]
pub(super) struct InfoArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
}

/// Have the device draw pictures, and show or save them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device draw --port /dev/ttyACM0 --seed 67\n  \
    pocketgan device draw --port tcp:127.0.0.1:7007 --count 16 --out digits.png\n  \
    pocketgan device draw --port /dev/ttyACM0 --digits 2026")]
pub(super) struct DrawArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the first picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u32,
    /// Pictures to draw
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(super) count: u32,
    #[command(flatten)]
    pub(super) number: NumberArguments,
    /// Where to: X.png (a grid), X.idx (idx3-ubyte, as MNIST's files) or - (characters on the terminal)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) out: PathBuf,
}

/// Have the device show a picture on its own display.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device show --port /dev/ttyACM0 --seed 67")]
pub(super) struct ShowArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u32,
}

/// Have the device walk from one picture to another on its own display.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device morph --port /dev/ttyACM0 --from 67 --to 69")]
pub(super) struct MorphArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Seed of the first picture
    #[arg(long, value_name = "S")]
    pub(super) from: u32,
    /// Seed of the last picture
    #[arg(long, value_name = "S")]
    pub(super) to: u32,
    /// Pictures of the walk, both ends included
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u16).range(2..=1000))]
    pub(super) frames: u16,
}

/// Compare the device's pictures of random seeds with this computer's, byte for byte.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device verify firmware/models/mnist-int8.pgan --port /dev/ttyACM0\n  \
    pocketgan device verify digits.pgan --port tcp:127.0.0.1:7007 --count 1000 --seed 5")]
pub(super) struct VerifyArguments {
    /// The model file that the device draws from
    pub(super) model: PathBuf,
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Pictures to compare
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..))]
    pub(super) count: u32,
    /// Seed of the random seeds [default: another one each time; it is printed]
    #[arg(long, value_name = "SEED")]
    pub(super) seed: Option<u64>,
}

/// Measure what a picture takes: what the device counts, and the time that it takes to arrive.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device bench --port /dev/ttyACM0")]
pub(super) struct BenchArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Pictures to measure
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(super) count: u32,
}

/// Send a model into the device's RAM, to be drawn from until it is switched off, or go back to the one in flash.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device load digits.pgan --port /dev/ttyACM0\n  \
    pocketgan device load --flash --port /dev/ttyACM0")]
pub(super) struct LoadArguments {
    /// The model file
    #[arg(required_unless_present = "flash", conflicts_with = "flash")]
    pub(super) model: Option<PathBuf>,
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Draw from the model in flash again
    #[arg(long)]
    pub(super) flash: bool,
}
