//! A file that is flashed runs: in an emulator of the board.

use crate::{command, uf2_reader};
use pocketgan_core::{
    include_model,
    infer::{
        latent::Latent,
        model::Model,
        picture::{Picture, text_rows},
    },
};
use pocketgan_emulation::pico;
use std::{fs, time::Duration};
use tempfile::tempdir;

/// Far longer than the run.
const LIMIT: Duration = Duration::from_secs(120);

static MODEL: &[u8] = include_model!("../../../models/mnist-mixed.pgan");

/// What `draw` sends for a seed, drawn on this computer.
fn expected(seed: u32) -> String {
    let mut picture: Picture = [0; 784];
    Model::parse(MODEL).unwrap().draw(&Latent::of_picture(seed), &mut picture);
    let rows = text_rows(&picture).map(|row| format!("{}\n", std::str::from_utf8(&row).unwrap()));
    format!("seed {seed}\n{}", rows.collect::<String>())
}

#[test]
fn the_uf2_of_the_pico_draws_four_digits_in_the_emulator() {
    let folder = tempdir().unwrap();
    command::make(folder.path(), &["--board", "pico", "--program", "draw"]);
    let file = fs::read(folder.path().join("flash-images/pico-draw.uf2")).unwrap();
    let flash = uf2_reader::read(&file, 0xe48b_ff56).unwrap();
    assert_eq!(flash.address, 0x1000_0000);
    let image = folder.path().join("flash.bin");
    fs::write(&image, flash.bytes).unwrap();
    let expected: String = (0..4).map(expected).collect();
    let sent = pico::run_image(&image, |sent| sent.len() >= expected.len(), LIMIT).unwrap();
    assert_eq!(String::from_utf8(sent).unwrap(), expected);
}
