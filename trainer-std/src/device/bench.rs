//! `pocketgan device bench`: what a picture takes on a device.

use std::time::Instant;

use anyhow::Result;
use clap::{Args, value_parser};
use pocketgan_core::nn::network::{Layer, Network};
use pocketgan_core::recipe::Generator;
use pocketgan_protocol::{Measurement, Reply, Request};

use super::client::{Client, LineArguments, Step};
use crate::output::printable::printable;
use crate::output::terminal;

/// Measure what a picture takes: what the device counts, and the time that it takes to arrive.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan device bench --port /dev/ttyACM0")]
pub(crate) struct BenchArguments {
    #[command(flatten)]
    pub(super) line: LineArguments,
    /// Pictures to measure
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(super) count: u32,
}

pub(crate) fn bench(arguments: &BenchArguments) -> Result<()> {
    let (mut client, description) = Client::connect(&arguments.line)?;
    let seconds = time(&mut client, arguments.count)?;
    let (board, milliseconds) = (printable(&description.board), 1e3 * seconds);
    terminal::print_line(format_args!("{board}: {milliseconds:.1} ms a picture, drawn and sent"))?;
    let pictures = (0..arguments.count).map(|seed| measure(&mut client, seed)).collect::<Result<Vec<_>>>()?;
    let slowest = pictures.iter().max_by_key(|measured| total(measured));
    slowest.map_or(Ok(()), |slowest| terminal::print(table(slowest)))
}

/// What each step of a picture takes, and all of them.
fn table(measured: &Measurement) -> String {
    let (unit, total) = (measured.unit, total(measured));
    let mut text = String::new();
    for (step, number) in measured.steps.iter().enumerate() {
        let name = if step == 0 { "latent".to_owned() } else { format!("layer {}", step - 1) };
        text += &format!("{name:<9}{number:>10} {unit}\n");
    }
    let each = total as f64 / multiply_adds();
    text + &format!("picture  {total:>10} {unit}, {each:.2} a multiply-add of the generator's matrices\n")
}

fn total(measured: &Measurement) -> u64 {
    measured.steps.iter().copied().map(u64::from).sum()
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

fn measure(client: &mut Client, seed: u32) -> Result<Measurement> {
    client.ask(&Request::Measure { seed }, |reply| match reply {
        Reply::Measured(measured) => Step::Done(measured),
        _ => Step::Wrong,
    })
}
