//! Counts the instructions of one drawn picture: latent, all layers, pixels. It takes no arguments.
//!
//! They are exact under QEMU, started so that every instruction takes the same time (cargo's runner sees to that). They
//! are instructions, not cycles.
#![no_std]
#![no_main]

use core::fmt::Write;
use core::hint::black_box;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use pocketgan_core::latent::Latent;
use pocketgan_core::network::Network;
use pocketgan_core::recipe::{Generator, PIXELS};
use pocketgan_firmware::counter::{Counter, NoCount};
use pocketgan_firmware::exit::{Status, exit};
use pocketgan_firmware::report::report;
use pocketgan_firmware::uart::Uart;
use pocketgan_firmware::{board, model, stack};

/// The seeds whose pictures are counted. No path depends much on the numbers; the largest count is told.
const SEEDS: [u32; 3] = [0, 67, 2026];

#[entry]
fn main() -> ! {
    let status = run();
    defmt::info!("stack: {=usize} bytes", stack::deepest());
    exit(status)
}

fn run() -> Status {
    // Before the counter: it sets the clock that the counter runs by.
    Uart::open();
    let generator = match model::generator() {
        Ok(generator) => generator,
        Err(reason) => {
            report(format_args!("bench: the model in flash cannot be used: {reason}"));
            return Status::BadModel;
        }
    };
    let mut picture = [0; PIXELS];
    let mut count = |seed: u32, counter: &mut Counter| {
        counter.count(|| generator.draw(&Latent::of_picture(black_box(seed)), black_box(&mut picture)))
    };
    let systick = Peripherals::take().expect("nobody else takes the peripherals").SYST;
    let most = Counter::new(systick)
        .and_then(|mut counter| SEEDS.iter().try_fold(0, |most, &seed| Ok(count(seed, &mut counter)?.max(most))));
    match most {
        Ok(instructions) => tell(instructions),
        Err(reason) => refuse(reason),
    }
}

/// The multiply-adds of the generator's five matrices, to which engines are compared.
const MULTIPLY_ADDS: u32 = {
    let (mut sum, mut layer) = (0, 0);
    while layer < Generator::LAYERS.len() {
        sum += Generator::LAYERS[layer].inputs * Generator::LAYERS[layer].outputs;
        layer += 1;
    }
    sum as u32
};

fn tell(instructions: u32) -> Status {
    let hundredths = (instructions * 100 + MULTIPLY_ADDS / 2) / MULTIPLY_ADDS;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    let mut uart = Uart::open();
    // The serial line never refuses.
    let _ = writeln!(uart, "{}: {instructions} instructions a picture, {whole}.{part:02} a multiply-add", board::NAME);
    Status::Done
}

fn refuse(reason: NoCount) -> Status {
    report(format_args!(
        "bench: {}",
        match reason {
            NoCount::NotInStep => "SysTick is not in step with the instructions; is this QEMU with -icount?",
            NoCount::TooLong => "a picture takes longer than SysTick can count",
        }
    ));
    Status::NoCount
}
