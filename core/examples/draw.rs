//! Draws the digit of a seed on the terminal: `cargo run --example draw -- 67`.

use pocketgan_core::include_model;
use pocketgan_core::infer::{latent::Latent, model::Model, picture::text_rows};

static FILE: &[u8] = include_model!("../../firmware/models/mnist-int8.pgan");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).unwrap_or("67".to_owned()).parse()?;
    let mut picture = [0; 784];
    Model::parse(FILE)?.draw(&Latent::of_picture(seed), &mut picture);
    for row in text_rows(&picture) {
        println!("{}", str::from_utf8(&row)?);
    }
    Ok(())
}
