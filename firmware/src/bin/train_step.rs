//! Takes the golden training steps on the microcontroller: `train-step [STEPS]`, one by default. Needs feature `train`.
//!
//! Forward, backward and both optimisers run as they do on a PC, with core's portable kernel. The losses and a checksum
//! of every tensor go over the serial line; a PC's portable kernel gives the same bits.
#![no_std]
#![no_main]

use bytemuck::Zeroable;
use core::mem::MaybeUninit;
use cortex_m_rt::entry;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::CacheLine;
use pocketgan_core::recipe::{BATCH, LATENT, PIXELS};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::golden::{Lcg, take_step, write_result};
use pocketgan_core::train::recipe::{Gan, Workspace};
use pocketgan_firmware::board;
use pocketgan_firmware::command_line::CommandLine;
use pocketgan_firmware::exit::{Status, finish};
use pocketgan_firmware::report::report_error;
use pocketgan_firmware::uart::Uart;

/// The seed of tests/fixtures/gan_step_seed7.json.
const SEED: u32 = 7;

/// The memory of a training.
#[derive(Zeroable)]
#[repr(C)]
struct Training {
    gan: Gan,
    workspace: [CacheLine; Workspace::lines(BATCH)],
    latents: [f32; BATCH * LATENT],
    images: [f32; BATCH * PIXELS],
}

/// In the PSRAM, which start-up code does not initialise.
#[unsafe(link_section = ".psram")]
static mut TRAINING: MaybeUninit<Training> = MaybeUninit::uninit();

#[entry]
fn main() -> ! {
    let memory = &raw mut TRAINING;
    // SAFETY: an `entry` is called once, and nothing else uses the variable.
    finish(run(zeroed(unsafe { &mut *memory })))
}

/// Initialises a training with zeros in place: it is too large for the stack.
fn zeroed(memory: &mut MaybeUninit<Training>) -> &mut Training {
    // SAFETY: all bytes are written, and a `Training` of zeros is one (`Zeroable`).
    unsafe {
        memory.as_mut_ptr().write_bytes(0, 1);
        memory.assume_init_mut()
    }
}

fn run(training: &mut Training) -> Status {
    match CommandLine::read().map(|line| steps(line.words())) {
        Ok(Some(steps)) => take_steps(training, steps),
        _ => {
            report_error(format_args!("train-step: the one argument is a number of steps from 1 to 235"));
            Status::BadArguments
        }
    }
}

/// The number of steps from the arguments, 1 by default; none if they are invalid.
fn steps<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<u64> {
    let steps = words.next().map_or(Some(1), |word| word.parse().ok());
    steps.filter(|steps| (1..=235).contains(steps) && words.next().is_none())
}

fn take_steps(training: &mut Training, steps: u64) -> Status {
    defmt::info!("{=str}: a training in {=usize} bytes", board::NAME, size_of::<Training>());
    let Training { gan, workspace, latents, images } = training;
    let mut workspace = Workspace::new(workspace, BATCH);
    let plan = Plan::serial(Isa::PORTABLE, 1);
    let mut lcg = Lcg::new(SEED);
    lcg.start(gan);
    let mut uart = Uart::open();
    for number in 1..=steps {
        let inputs = lcg.inputs(latents, images);
        let report = take_step(gan, &mut workspace, &inputs, &plan, number);
        // The serial line is infallible.
        let _ = write_result(&mut uart, number, &report, gan);
    }
    Status::Done
}
