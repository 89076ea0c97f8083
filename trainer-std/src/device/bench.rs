//! `pocketgan device bench`: what a picture takes on a device.

use std::time::Instant;

use anyhow::Result;
use pocketgan_core::network::{Layer, Network};
use pocketgan_core::recipe::Generator;
use pocketgan_core::wire::{Count, Reply, Request};

use super::cli::BenchArguments;
use super::client::{Client, Step};

pub(super) fn bench(typed: &BenchArguments) -> Result<()> {
    let (mut client, description) = Client::connect(&typed.line)?;
    let seconds = time(&mut client, typed.count)?;
    println!("{}: {:.1} ms a picture, drawn and sent", description.board, 1e3 * seconds);
    let counts = (0..typed.count).map(|seed| count(&mut client, seed)).collect::<Result<Vec<_>>>()?;
    let (least, most) =
        (counts.iter().min_by_key(|count| count.number), counts.iter().max_by_key(|count| count.number));
    if let (Some(least), Some(most)) = (least, most) {
        println!("{} to {} {} a picture, drawn only", least.number, most.number, most.unit);
        println!("{:.2} a multiply-add of the generator's matrices", f64::from(most.number) / multiply_adds());
    }
    Ok(())
}

/// Multiply-adds of the recipe's five matrices, to which engines are compared, whatever a model folds.
fn multiply_adds() -> f64 {
    Generator::LAYERS.iter().map(Layer::kernel_len).sum::<usize>() as f64
}

/// Seconds from a request to its picture, the mean of several.
fn time(client: &mut Client, pictures: u32) -> Result<f64> {
    let start = Instant::now();
    (0..pictures).try_for_each(|seed| client.draw(seed).map(drop))?;
    Ok(start.elapsed().as_secs_f64() / f64::from(pictures))
}

fn count(client: &mut Client, seed: u32) -> Result<Count> {
    client.ask(&Request::Measure { seed }, |reply| match reply {
        Reply::Measured(measured) => Step::Done(measured.picture),
        _ => Step::Wrong,
    })
}
