//! Counts the instructions of drawing one picture: latent, all layers, pixels. It takes no arguments.
//!
//! The counts are exact in QEMU, where cargo's runner gives every instruction the same time. They are not cycles, which
//! `cargo run --package pocketgan-emulation --bin cycles` estimates from the same run; built for a chip (feature `probe`) it
//! counts cycles instead.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use heapless::Vec;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::nn::network::{MAX_LAYERS, Network};
use pocketgan_core::recipe::{Generator, PIXELS};
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::instruction_counter::{InstructionCounter, NoCount, UNIT};
use pocketgan_firmware::marks::counted;
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, model};
use pocketgan_protocol::Unit;

/// The seeds whose pictures are counted. The counts differ little; the largest is reported.
const SEEDS: [u32; 3] = [0, 67, 2026];

#[entry]
fn main() -> ! {
    finish(run())
}

fn run() -> Status {
    // First: it sets the clock that the counter runs from.
    Uart::open();
    let generator = match model::generator() {
        Ok(generator) => generator,
        Err(status) => return status,
    };
    let systick = Peripherals::take().expect("they are taken once").SYST;
    match InstructionCounter::new(systick).and_then(|counter| measure(&generator, counter)) {
        Ok(counts) => print(&counts),
        Err(reason) => fail(reason),
    }
}

/// The counts.
struct Counts {
    /// Of the seed's picture that takes most.
    picture: u32,
    /// Of that, for the latent.
    latent: u32,
    /// Of each step: quantising the latent, then each layer.
    steps: Vec<u32, STEPS>,
}

/// The latent's and one for each layer.
const STEPS: usize = 1 + MAX_LAYERS;

fn measure(generator: &IntegerGenerator, mut counter: InstructionCounter) -> Result<Counts, NoCount> {
    let mut picture = [0; PIXELS];
    let latent = |seed: u32| Latent::of_picture(black_box(seed));
    let mut most = 0;
    for seed in SEEDS {
        let draw = || generator.draw(&latent(seed), black_box(&mut picture));
        most = most.max(counter.count(|| counted(draw))?);
    }
    let steps = counter.count_steps(|after| {
        generator.draw_in_steps(&latent(SEEDS[0]), black_box(&mut picture), |_| after());
    });
    let latent = counter.count(|| _ = black_box(latent(SEEDS[0])))?;
    let mut steps = steps?;
    // The first step includes making the latent.
    if let Some(first) = steps.first_mut() {
        *first = first.saturating_sub(latent);
    }
    Ok(Counts { picture: most, latent, steps })
}

/// The multiply-adds of the generator's five matrices, by which inference engines are compared.
const MULTIPLY_ADDS: u32 = {
    let (mut sum, mut layer) = (0, 0);
    while layer < Generator::LAYERS.len() {
        sum += Generator::LAYERS[layer].inputs * Generator::LAYERS[layer].outputs;
        layer += 1;
    }
    sum as u32
};

fn print(counts: &Counts) -> Status {
    let Counts { picture, latent, ref steps } = *counts;
    let hundredths = (picture * 100 + MULTIPLY_ADDS / 2) / MULTIPLY_ADDS;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    let unit = if UNIT == Unit::Cycles { "cycles" } else { "instructions" };
    let mut uart = Uart::open();
    // The serial line is infallible.
    let _ = writeln!(uart, "{}: {picture} {unit} a picture, {whole}.{part:02} a multiply-add", board::NAME);
    let _ = writeln!(uart, "making the latent: {latent}");
    for (number, count) in steps.iter().enumerate() {
        let _ = match number {
            0 => writeln!(uart, "the latent enters: {count}"),
            layer => writeln!(uart, "layer {layer}: {count}"),
        };
    }
    Status::Done
}

fn fail(reason: NoCount) -> Status {
    report_error(format_args!(
        "bench: {}",
        match reason {
            NoCount::NotInStep => "SysTick is not in step with the instructions; is this QEMU with -icount?",
            NoCount::TooLong => "a picture takes longer than SysTick can count",
        }
    ));
    Status::NoCount
}
