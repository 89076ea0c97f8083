//! Training steps on a microcontroller give the bits of a PC's portable kernel.

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::recipe::{BATCH, LATENT, PIXELS};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::golden::{Lcg, take_step, write_result};
use pocketgan_core::train::recipe::{Gan, Workspace};
use pocketgan_emulation::{firmware, qemu};
use std::time::Duration;

/// A step takes 15 s on an idle machine.
const LIMIT: Duration = Duration::from_secs(300);

/// The second step starts with the optimisers' moments of the first.
const STEPS: u64 = 2;

/// The expected output of `train-step`, computed here with an instruction set.
fn on_the_host(isa: Isa) -> String {
    // The seed of fixtures/gan_step_seed7.json, with which golden.rs compares the same steps.
    let mut lcg = Lcg::new(7);
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    lcg.start(&mut gan);
    let (mut latents, mut images) = (vec![0.0; BATCH * LATENT], vec![0.0; BATCH * PIXELS]);
    let mut memory = bytemuck::zeroed_vec(Workspace::lines(BATCH));
    let mut workspace = Workspace::new(&mut memory, BATCH);
    let plan = Plan::serial(isa, 4);
    let mut text = String::new();
    for number in 1..=STEPS {
        let inputs = lcg.inputs(&mut latents, &mut images);
        let report = take_step(&mut gan, &mut workspace, &inputs, &plan, number);
        write_result(&mut text, number, &report, &gan).unwrap();
    }
    text
}

#[test]
fn a_cortex_m7_computes_the_golden_steps_to_the_bits_of_the_portable_kernel() {
    let train_step = firmware::elf_for(firmware::board("mps2-an500"), "train-step").unwrap();
    let device = qemu::run(&train_step, &[&STEPS.to_string()], LIMIT).unwrap();
    assert_eq!(device.status, 0, "{}", device.text());
    let host = on_the_host(Isa::PORTABLE);
    assert_eq!(device.text(), host);
    // Fused multiply-adds round once where the portable kernel rounds twice, and the checksums show it.
    for isa in Isa::available().filter(|isa| *isa != Isa::PORTABLE) {
        assert_ne!(on_the_host(isa), host, "{}", isa.name());
    }
}

#[test]
fn an_invalid_number_of_steps_is_rejected() {
    let train_step = firmware::elf_for(firmware::board("mps2-an500"), "train-step").unwrap();
    for words in [&["0"][..], &["236"], &["x"], &["1", "2"]] {
        let device = qemu::run(&train_step, words, LIMIT).unwrap();
        assert_eq!(device.status, 2, "{words:?}: {}", device.text());
        assert!(device.text().starts_with("train-step: the one argument is a number of steps"), "{}", device.text());
    }
}
