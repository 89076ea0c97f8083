//! Draws four pictures with each model into `MODEL.idx` (idx3-ubyte, the format of MNIST's files), and prints how many
//! instructions a picture takes.
//!
//! `cargo riscv32` runs it in QEMU, where the counter of instructions is exact. They are not cycles.
#![no_std]
#![no_main]

use core::hint::black_box;

use pocketgan_core::include_model;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::nn::network::Network;
use pocketgan_core::recipe::{Generator, PIXELS, SIDE};
use riscv::register::minstret;
use riscv_rt::entry;
use semihosting::io::{self, Write};
use semihosting::{fs::File, println, process};

/// Each model, with the name of the file for its pictures.
static MODELS: [(&str, &core::ffi::CStr, &[u8]); 3] = [
    ("mnist-int8", c"mnist-int8.idx", include_model!("../../../models/mnist-int8.pgan")),
    ("mnist-mixed", c"mnist-mixed.idx", include_model!("../../../models/mnist-mixed.pgan")),
    ("mnist-int4", c"mnist-int4.idx", include_model!("../../../models/mnist-int4.pgan")),
];

const FIRST_SEED: u32 = 7;
const COUNT: u32 = 4;

/// Draws with each model, and counts.
#[entry]
fn main() -> ! {
    for (name, file, model) in MODELS {
        let generator = IntegerGenerator::parse(model).expect("the model is valid");
        write_pictures(file, &generator).expect("the host takes files");
        print_instructions(name, &generator);
    }
    process::exit(0)
}

fn write_pictures(file: &core::ffi::CStr, generator: &IntegerGenerator) -> io::Result<()> {
    let mut file = File::create(file)?;
    for word in [0x0803, COUNT, SIDE as u32, SIDE as u32] {
        file.write_all(&word.to_be_bytes())?;
    }
    for seed in FIRST_SEED..FIRST_SEED + COUNT {
        let mut picture: Picture = [0; PIXELS];
        generator.draw(&Latent::of_picture(seed), &mut picture);
        file.write_all(&picture)?;
    }
    Ok(())
}

/// The seeds whose pictures are counted. The counts differ little; the largest is printed.
const SEEDS: [u32; 3] = [0, 67, 2026];

fn print_instructions(name: &str, generator: &IntegerGenerator) {
    let most = SEEDS.map(|seed| instructions(generator, black_box(seed))).into_iter().max().unwrap_or_default();
    // The multiply-adds of the generator's five matrices, by which inference engines are compared.
    let multiply_adds: usize = Generator::LAYERS.iter().map(|layer| layer.kernel_len()).sum();
    println!("{name}: {most} instructions a picture, {:.2} a multiply-add", most as f32 / multiply_adds as f32);
}

/// The number of instructions of a picture with its latent.
fn instructions(generator: &IntegerGenerator, seed: u32) -> u32 {
    let mut picture: Picture = [0; PIXELS];
    let before = minstret::read();
    generator.draw(&Latent::of_picture(seed), black_box(&mut picture));
    // It wraps, and so does the difference.
    minstret::read().wrapping_sub(before) as u32
}
