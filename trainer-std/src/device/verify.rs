//! `pocketgan device verify`: the device's pictures against this computer's.

use std::hash::{BuildHasher, RandomState};

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::infer::model::Model;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_protocol::Description;

use super::cli::VerifyArguments;
use super::client::Client;
use super::info::summary;
use crate::export::draw::draw;
use crate::export::model_file::ModelFile;

pub(super) fn verify(typed: &VerifyArguments) -> Result<()> {
    let path = typed.model.display();
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{path} cannot be drawn from"))?;
    let (mut client, description) = Client::connect(&typed.line)?;
    same_model(&description, &model).with_context(|| format!("{path} is not what the device draws from"))?;
    let seed = typed.seed.unwrap_or_else(|| RandomState::new().hash_one(()));
    let mut seeds = Stream::at(seed, Purpose::Picture, 0);
    for done in 0..typed.count {
        let picture = seeds.next_u32();
        compare(&mut client, &model, picture).with_context(|| format!("after {done} pictures (--seed {seed})"))?;
    }
    println!("{} pictures of {} are the same to the byte, --seed {seed}", typed.count, description.board);
    Ok(())
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
