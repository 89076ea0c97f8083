//! Checkpoints: all that a training needs to go on and end with the bits it would have had anyway.
//!
//! A file is the magic `pgckpt\x0d\x0a`, the length (u32) of a header in postcard's encoding, the header, then the
//! floats of both networks and of their moments, and a CRC-32 of all that. Nothing in it depends on the machine, the
//! number of threads or the time, so two trainings of one recipe have equal files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use crc::{CRC_32_ISO_HDLC, Crc};
use pocketgan_core::gan::Gan;
use pocketgan_core::network::Network;
use serde::{Deserialize, Serialize};

use crate::config::Recipe;
use crate::files::write_whole;
use crate::metrics::Sums;

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
}

const VERSION: u16 = 2;

/// A training's state.
pub(crate) struct Checkpoint {
    pub(crate) recipe: Recipe,
    pub(crate) progress: Progress,
    pub(crate) gan: Box<Gan>,
}

/// The floats that a checkpoint keeps, in the file's order.
fn tensors(gan: &Gan) -> [&[f32]; 5] {
    let (g, d) = (&gan.generator, &gan.discriminator);
    [g.weights.flat(), g.moments[0].flat(), g.moments[1].flat(), d.weights.flat(), d.moments[0].flat()]
}

fn tensors_mut(gan: &mut Gan) -> [&mut [f32]; 5] {
    let (g, d) = (&mut gan.generator, &mut gan.discriminator);
    let [m, v] = g.moments.each_mut().map(Network::flat_mut);
    [g.weights.flat_mut(), m, v, d.weights.flat_mut(), d.moments[0].flat_mut()]
}

/// Whether every weight and moment is a number.
pub(crate) fn is_finite(gan: &Gan) -> bool {
    tensors(gan).into_iter().flatten().all(|x| x.is_finite())
}

/// Writes a checkpoint into `folder` and removes all but the newest few.
pub(crate) fn save(folder: &Path, recipe: &Recipe, progress: &Progress, gan: &Gan) -> Result<PathBuf> {
    let path = folder.join(format!("epoch-{:05}-batch-{:05}{ENDING}", progress.epoch, progress.batch));
    let header = Header { version: VERSION, recipe: recipe.clone(), progress: *progress };
    let bytes = encode(&header, gan)?;
    write_whole(&path, &bytes)?;
    for old in newest_first(folder)?.into_iter().skip(KEPT) {
        // What cannot be removed only takes room.
        let _ = fs::remove_file(old);
    }
    Ok(path)
}

fn encode(header: &Header, gan: &Gan) -> Result<Vec<u8>> {
    let header = postcard::to_allocvec(header)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(header.len())?.to_le_bytes());
    bytes.extend(header);
    for tensor in tensors(gan) {
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
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    decode(&bytes).with_context(|| format!("{} cannot be used", path.display()))
}

fn decode(bytes: &[u8]) -> Result<Checkpoint> {
    let rest = bytes.strip_prefix(MAGIC).context("this is not a checkpoint")?;
    let (body, checksum) = bytes.split_last_chunk().context("it is cut short")?;
    ensure!(CRC.checksum(body) == u32::from_le_bytes(*checksum), "it is damaged: its checksum is not right");
    let (len, rest) = rest.split_first_chunk().context("it is cut short")?;
    let len = u32::from_le_bytes(*len) as usize;
    let header = rest.get(..len).context("its header is longer than the file")?;
    let header: Header = postcard::from_bytes(header).context("its header cannot be read")?;
    ensure!(header.version == VERSION, "it has form {}, known is {VERSION}", header.version);
    let gan = decode_networks(&rest[len..rest.len() - checksum.len()])?;
    Ok(Checkpoint { recipe: header.recipe, progress: header.progress, gan })
}

fn decode_networks(mut bytes: &[u8]) -> Result<Box<Gan>> {
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    for tensor in tensors_mut(&mut gan) {
        let Some((head, tail)) = bytes.split_at_checked(size_of_val(tensor)) else {
            bail!("its networks are smaller than this program's");
        };
        bytemuck::cast_slice_mut(tensor).copy_from_slice(head);
        bytes = tail;
    }
    ensure!(bytes.is_empty(), "its networks are larger than this program's");
    gan.transpose();
    Ok(gan)
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
            Err(error) => eprintln!("{error:#}; the one before it is tried"),
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
            data_sha256: [5; 32],
        }
    }

    fn started() -> Box<Gan> {
        let mut gan: Box<Gan> = bytemuck::zeroed_box();
        gan.start(3);
        gan.generator.moments[1].flat_mut()[9] = 0.25;
        gan
    }

    fn at(epoch: u32) -> Progress {
        Progress { epoch, batch: 7, steps: 1234, sums: Sums::default() }
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let gan = started();
        let path = save(folder.path(), &recipe(), &at(2), &gan).unwrap();
        let loaded = load(&path).unwrap();
        assert_eq!((loaded.recipe, loaded.progress), (recipe(), at(2)));
        assert!(bytemuck::bytes_of(&gan.generator.weights) == bytemuck::bytes_of(&loaded.gan.generator.weights));
        assert_eq!(tensors(&gan), tensors(&loaded.gan));
        assert!(
            bytemuck::bytes_of(gan.generator.transposed()) == bytemuck::bytes_of(loaded.gan.generator.transposed())
        );
    }

    #[test]
    fn flipped_cut_and_appended_bytes_are_errors() {
        let bytes = encode(&Header { version: VERSION, recipe: recipe(), progress: at(0) }, &started()).unwrap();
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
        save(folder.path(), &recipe(), &at(1), &started()).unwrap();
        let newest = save(folder.path(), &recipe(), &at(2), &started()).unwrap();
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
            save(folder.path(), &recipe(), &at(epoch), &started()).unwrap();
        }
        let names = newest_first(folder.path()).unwrap();
        assert_eq!(names.len(), KEPT);
        assert!(names[0].to_string_lossy().contains("00004"));
    }
}
