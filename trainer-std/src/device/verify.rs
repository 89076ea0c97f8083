//! `pocketgan device verify`: the device's pictures against this computer's.

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, value_parser};
use pocketgan_core::infer::model::Model;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_protocol::Description;

use super::client::{Client, LineArguments};
use super::info::summary;
use crate::export::draw::draw;
use crate::export::model_file::ModelFile;
use crate::output::printable::printable;
use crate::output::terminal;

/// Compare the device's pictures of random seeds with this computer's, byte for byte.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan device verify firmware/models/mnist-int8.pgan --port /dev/ttyACM0\n  \
    pocketgan device verify digits.pgan --port tcp:127.0.0.1:7007 --count 1000 --seed 5")]
pub(crate) struct VerifyArguments {
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

pub(crate) fn verify(arguments: &VerifyArguments) -> Result<()> {
    let path = arguments.model.display();
    let file = ModelFile::read(&arguments.model)?;
    let model = file.model().with_context(|| format!("{path} cannot be drawn from"))?;
    let (mut client, description) = Client::connect(&arguments.line)?;
    same_model(&description, &model).with_context(|| format!("{path} is not what the device draws from"))?;
    let seed = arguments.seed.unwrap_or_else(|| RandomState::new().hash_one(()));
    let mut seeds = Stream::at(seed, Purpose::Picture, 0);
    for done in 0..arguments.count {
        let picture = seeds.next_u32();
        compare(&mut client, &model, picture).with_context(|| format!("after {done} pictures (--seed {seed})"))?;
    }
    let (count, board) = (arguments.count, printable(&description.board));
    terminal::print_line(format_args!("{count} pictures of {board} are the same to the byte, --seed {seed}"))
}

fn same_model(description: &Description, model: &Model<'_>) -> Result<()> {
    let theirs = description.model.as_ref().map_err(|&error| error).context("its model cannot be drawn from")?;
    let ours = model.checksum();
    ensure!(theirs.checksum == ours, "the file's CRC-32 is {ours:08x}, the device has {}", summary(theirs));
    Ok(())
}

fn compare(client: &mut Client, model: &Model<'_>, seed: u32) -> Result<()> {
    let (theirs, ours) = (client.draw(seed)?, draw(model, seed));
    let differ = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours).count();
    if differ > 0 {
        bail!("{differ} pixels of the picture of seed {seed} differ from this computer's");
    }
    Ok(())
}
