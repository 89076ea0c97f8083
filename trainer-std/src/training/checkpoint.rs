//! Checkpoints: all that a training needs to go on and end with the bits it would have had anyway.
//!
//! A file is the magic `pgckpt\x0d\x0a`, the length (u32) of a header in postcard's encoding, the header, then the
//! floats of both networks and of their moments, those of the generator's average if the recipe keeps one, and a CRC-32
//! of all that. Nothing in it depends on the machine, the
//! number of threads or the time, so two trainings of one recipe have equal files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use crc::{CRC_32_ISO_HDLC, Crc};
use pocketgan_core::nn::network::Network;
use pocketgan_core::recipe::{Gan, Generator};
use serde::{Deserialize, Serialize};

use crate::output::files::write_whole;
use crate::output::terminal;
use crate::training::config::Recipe;
use crate::training::metrics::Sums;

const MAGIC: &[u8; 8] = b"pgckpt\r\n";
const CRC: Crc<u32, crc::Table<16>> = Crc::<u32, crc::Table<16>>::new(&CRC_32_ISO_HDLC);
/// Checkpoints of a run that are kept: the newest ones, in case the very newest is damaged.
const KEPT: usize = 3;
const ENDING: &str = ".ckpt";

/// How far a training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Whole epochs done.
    pub(crate) epoch: u32,
    /// Batches done of the next epoch.
    pub(crate) batch: u32,
    /// Updates done since the beginning.
    pub(crate) steps: u64,
    /// What the batches of the unfinished epoch measured.
    pub(crate) sums: Sums,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    version: u16,
    recipe: Recipe,
    progress: Progress,
    /// Of the pictures, where this is the best of a run's checkpoints.
    frechet_distance: Option<f64>,
}

const VERSION: u16 = 3;

/// A training's state.
pub(crate) struct Checkpoint {
    pub(crate) recipe: Recipe,
    pub(crate) progress: Progress,
    pub(crate) gan: Box<Gan>,
    /// The average of the generator's weights, if the recipe keeps one.
    pub(crate) average: Option<Box<Generator>>,
}

impl Checkpoint {
    /// The state of a training at its beginning.
    pub(crate) fn start(recipe: Recipe) -> Self {
        let mut gan: Box<Gan> = bytemuck::zeroed_box();
        gan.start(recipe.seed);
        let mut average = recipe.ema.map(|_| bytemuck::zeroed_box::<Generator>());
        if let Some(average) = &mut average {
            average.flat_mut().copy_from_slice(gan.generator.weights.flat());
        }
        Self { recipe, progress: Progress::default(), gan, average }
    }

    /// The generator that pictures and models are made of: the average, if there is one.
    pub(crate) fn generator(&self) -> &Generator {
        self.average.as_deref().unwrap_or(&self.gan.generator.weights)
    }

    /// Whether every weight and moment is a number.
    pub(crate) fn is_finite(&self) -> bool {
        self.tensors().flatten().all(|x| x.is_finite())
    }

    /// The floats that the file keeps, in its order.
    fn tensors(&self) -> impl Iterator<Item = &[f32]> {
        let (g, d) = (&self.gan.generator, &self.gan.discriminator);
        let networks =
            [g.weights.flat(), g.moments[0].flat(), g.moments[1].flat(), d.weights.flat(), d.moments[0].flat()];
        networks.into_iter().chain(self.average.as_deref().map(Network::flat))
    }

    fn tensors_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (g, d) = (&mut self.gan.generator, &mut self.gan.discriminator);
        let [m, v] = g.moments.each_mut().map(Network::flat_mut);
        let networks = [g.weights.flat_mut(), m, v, d.weights.flat_mut(), d.moments[0].flat_mut()];
        networks.into_iter().chain(self.average.as_deref_mut().map(Network::flat_mut))
    }
}

/// Writes a checkpoint into `folder` and removes all but the newest few.
pub(crate) fn save(folder: &Path, checkpoint: &Checkpoint) -> Result<PathBuf> {
    let Progress { epoch, batch, .. } = checkpoint.progress;
    let path = folder.join(format!("epoch-{epoch:05}-batch-{batch:05}{ENDING}"));
    write_whole(&path, &encode(checkpoint, None)?)?;
    for old in newest_first(folder)?.into_iter().skip(KEPT) {
        // What cannot be removed only takes room.
        let _ = fs::remove_file(old);
    }
    Ok(path)
}

/// Writes a checkpoint whose pictures have this Fréchet distance to `path`.
pub(crate) fn save_best(path: &Path, checkpoint: &Checkpoint, frechet_distance: f64) -> Result<()> {
    write_whole(path, &encode(checkpoint, Some(frechet_distance))?)
}

fn encode(checkpoint: &Checkpoint, frechet_distance: Option<f64>) -> Result<Vec<u8>> {
    let (recipe, progress) = (checkpoint.recipe.clone(), checkpoint.progress);
    let header = postcard::to_allocvec(&Header { version: VERSION, recipe, progress, frechet_distance })?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(header.len())?.to_le_bytes());
    bytes.extend(header);
    for tensor in checkpoint.tensors() {
        bytes.extend_from_slice(bytemuck::cast_slice(tensor));
    }
    bytes.extend(CRC.checksum(&bytes).to_le_bytes());
    Ok(bytes)
}

/// Reads the checkpoint at `path`.
///
/// # Errors
/// If it cannot be read, is damaged, or is no checkpoint; the sentence names the file.
pub(crate) fn load(path: &Path) -> Result<Checkpoint> {
    Ok(read(path)?.0)
}

/// Reads the checkpoint that [`save_best`] wrote to `path`, and the Fréchet distance of its pictures.
///
/// # Errors
/// Those of [`load`], and if it is another checkpoint.
pub(crate) fn load_best(path: &Path) -> Result<(Checkpoint, f64)> {
    let (checkpoint, distance) = read(path)?;
    Ok((checkpoint, distance.with_context(|| format!("{} is not the best checkpoint of a run", path.display()))?))
}

fn read(path: &Path) -> Result<(Checkpoint, Option<f64>)> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    decode(&bytes).with_context(|| format!("{} cannot be used", path.display()))
}

fn decode(bytes: &[u8]) -> Result<(Checkpoint, Option<f64>)> {
    let rest = bytes.strip_prefix(MAGIC).context("this is not a checkpoint")?;
    let (body, checksum) = bytes.split_last_chunk().context("it is cut short")?;
    ensure!(CRC.checksum(body) == u32::from_le_bytes(*checksum), "it is damaged: its checksum is not right");
    let (len, rest) = rest.split_first_chunk().context("it is cut short")?;
    let len = u32::from_le_bytes(*len) as usize;
    let header = rest.get(..len).context("its header is longer than the file")?;
    let (version, _) = postcard::take_from_bytes::<u16>(header).context("its header cannot be read")?;
    ensure!(version == VERSION, "it has form {version}, known is {VERSION}");
    let Header { recipe, progress, frechet_distance, .. } =
        postcard::from_bytes(header).context("its header cannot be read")?;
    let mut checkpoint = Checkpoint { progress, ..Checkpoint::start(recipe) };
    decode_networks(&rest[len..rest.len() - checksum.len()], &mut checkpoint)?;
    Ok((checkpoint, frechet_distance))
}

fn decode_networks(mut bytes: &[u8], into: &mut Checkpoint) -> Result<()> {
    for tensor in into.tensors_mut() {
        let Some((head, tail)) = bytes.split_at_checked(size_of_val(tensor)) else {
            bail!("its networks are smaller than this program's");
        };
        bytemuck::cast_slice_mut(tensor).copy_from_slice(head);
        bytes = tail;
    }
    ensure!(bytes.is_empty(), "its networks are larger than this program's");
    into.gan.transpose();
    Ok(())
}

/// The newest checkpoint in `folder` that is whole, or none if there is no checkpoint at all. Damaged ones are named on
/// standard error.
///
/// # Errors
/// If there are checkpoints and all are damaged.
pub(crate) fn newest_good(folder: &Path) -> Result<Option<(PathBuf, Checkpoint)>> {
    let paths = newest_first(folder)?;
    for path in &paths {
        match load(path) {
            Ok(checkpoint) => return Ok(Some((path.clone(), checkpoint))),
            Err(error) => terminal::remark(format_args!("{error:#}; the one before it is tried")),
        }
    }
    ensure!(paths.is_empty(), "{}: no checkpoint there can be used", folder.display());
    Ok(None)
}

/// The checkpoints in `folder`; their names sort by age.
fn newest_first(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(ENDING));
    paths.sort_unstable_by(|a, b| b.cmp(a));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            seed: 3,
            batch: 256,
            learning_rate_g: 2e-4,
            learning_rate_d: 2e-4,
            updates_per_batch: 1,
            real_label: 0.9,
            ema: None,
            decay_epochs: None,
            gradient_penalty: 0.0,
            data_sha256: [5; 32],
        }
    }

    fn at(epoch: u32) -> Checkpoint {
        let progress = Progress { epoch, batch: 7, steps: 1234, sums: Sums::default() };
        let mut checkpoint = Checkpoint { progress, ..Checkpoint::start(recipe()) };
        checkpoint.gan.generator.moments[1].flat_mut()[9] = 0.25;
        checkpoint
    }

    fn assert_same(a: &Checkpoint, b: &Checkpoint) {
        assert_eq!((&a.recipe, a.progress), (&b.recipe, b.progress));
        assert!(a.tensors().eq(b.tensors()));
        let transposed = |checkpoint: &Checkpoint| bytemuck::bytes_of(checkpoint.gan.generator.transposed()).to_vec();
        assert!(transposed(a) == transposed(b));
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = save(folder.path(), &at(2)).unwrap();
        assert_same(&load(&path).unwrap(), &at(2));
        assert!(load(&path).unwrap().average.is_none());
    }

    #[test]
    fn an_average_comes_back_beside_the_weights_and_is_what_is_drawn_with() {
        let folder = tempfile::tempdir().unwrap();
        let mut checkpoint = Checkpoint::start(Recipe { ema: Some(0.99), ..recipe() });
        checkpoint.average.as_mut().unwrap().flat_mut()[5] = 123.0;
        let loaded = load(&save(folder.path(), &checkpoint).unwrap()).unwrap();
        assert_same(&loaded, &checkpoint);
        assert_eq!(loaded.generator().flat()[5], 123.0);
        assert!(loaded.gan.generator.weights.flat()[5] < 1.0);
    }

    #[test]
    fn the_best_checkpoint_tells_its_distance_and_no_other_is_taken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.ckpt");
        save_best(&path, &at(50), 12.5).unwrap();
        let (checkpoint, distance) = load_best(&path).unwrap();
        assert_same(&checkpoint, &at(50));
        assert_eq!(distance, 12.5);
        let message = load_best(&save(folder.path(), &at(1)).unwrap()).err().unwrap().to_string();
        assert!(message.ends_with("is not the best checkpoint of a run"), "{message}");
    }

    #[test]
    fn flipped_cut_and_appended_bytes_are_errors() {
        let bytes = encode(&at(0), None).unwrap();
        assert!(decode(&bytes).is_ok());
        for at in (0..200).chain((200..bytes.len()).step_by(500_009)) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_err(), "a flip at {at} was taken");
        }
        for len in [0, 5, 8, 12, 40, bytes.len() - 1] {
            assert!(decode(&bytes[..len]).is_err(), "a cut to {len} was taken");
        }
        assert!(decode(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn a_damaged_checkpoint_gives_way_to_the_one_before_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(newest_good(folder.path()).unwrap().is_none());
        save(folder.path(), &at(1)).unwrap();
        let newest = save(folder.path(), &at(2)).unwrap();
        fs::write(&newest, b"pgckpt\r\ndamaged").unwrap();
        let (_, checkpoint) = newest_good(folder.path()).unwrap().unwrap();
        assert_eq!(checkpoint.progress.epoch, 1);
        for path in newest_first(folder.path()).unwrap() {
            fs::write(path, b"").unwrap();
        }
        assert!(newest_good(folder.path()).is_err());
    }

    #[test]
    fn the_newest_three_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for epoch in 0..5 {
            save(folder.path(), &at(epoch)).unwrap();
        }
        let names = newest_first(folder.path()).unwrap();
        assert_eq!(names.len(), KEPT);
        assert!(names[0].to_string_lossy().contains("00004"));
    }
}
