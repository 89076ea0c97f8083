//! Checkpoint files: everything that a training needs to go on and end with the same bits as without an interruption.
//!
//! A file is the magic `pgckpt\x0d\x0a`, the length (u32) of a header, the header as JSON, the floats of both networks, of
//! their moments and, if the recipe keeps one, of the generator's average, and a CRC-32 of everything before it. All
//! numbers are little-endian. Nothing in it depends on the machine, the number of threads or the time, so two trainings
//! with one recipe write equal files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::sha256_field;
use crate::output::files::write_whole;
use crate::training::known_keys::reject_unknown_keys;
use crate::training::recipe::Recipe;
use crate::training::state::{Progress, TrainingState};

const MAGIC: &[u8; 8] = b"pgckpt\r\n";
const CRC: Crc<u32, crc::Table<16>> = Crc::<u32, crc::Table<16>>::new(&CRC_32_ISO_HDLC);
const VERSION: u16 = 4;

#[derive(Serialize, Deserialize)]
struct Header {
    version: u16,
    recipe: Recipe,
    #[serde(with = "sha256_field")]
    data_sha256: [u8; 32],
    progress: Progress,
    /// Of the best checkpoint of a run.
    frechet_distance: Option<f64>,
}

/// Writes `state`, whose samples have this Fréchet distance, to `path`.
///
/// # Errors
/// If the file cannot be written; nothing of an older one is lost.
pub(crate) fn save_best(path: &Path, state: &TrainingState, frechet_distance: f64) -> Result<()> {
    write_whole(path, &encode(state, Some(frechet_distance))?)
}

/// The bytes of the checkpoint of `state`.
///
/// # Errors
/// None that a valid state could cause.
pub(super) fn encode(state: &TrainingState, frechet_distance: Option<f64>) -> Result<Vec<u8>> {
    let (recipe, data_sha256, progress) = (state.recipe.clone(), state.data_sha256, state.progress);
    let header = serde_json::to_vec(&Header { version: VERSION, recipe, data_sha256, progress, frechet_distance })?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend(u32::try_from(header.len())?.to_le_bytes());
    bytes.extend(header);
    for tensor in state.tensors() {
        bytes.extend_from_slice(bytemuck::cast_slice(tensor));
    }
    bytes.extend(CRC.checksum(&bytes).to_le_bytes());
    Ok(bytes)
}

/// Reads the checkpoint at `path`.
///
/// # Errors
/// If it cannot be read, is damaged, is not a checkpoint or holds invalid values; the message names the file.
pub(crate) fn load(path: &Path) -> Result<TrainingState> {
    Ok(read(path)?.0)
}

/// Reads the checkpoint that [`save_best`] wrote to `path`, and the Fréchet distance of its samples.
///
/// # Errors
/// Those of [`load`], and if it is another checkpoint.
pub(crate) fn load_best(path: &Path) -> Result<(TrainingState, f64)> {
    let (state, distance) = read(path)?;
    Ok((state, distance.with_context(|| format!("{} is not the best checkpoint of a run", path.display()))?))
}

fn read(path: &Path) -> Result<(TrainingState, Option<f64>)> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    decode(&bytes).with_context(|| format!("{} cannot be used", path.display()))
}

fn decode(bytes: &[u8]) -> Result<(TrainingState, Option<f64>)> {
    let rest = bytes.strip_prefix(MAGIC).context("it is not a checkpoint")?;
    let (body, checksum) = bytes.split_last_chunk().context("it is truncated")?;
    ensure!(CRC.checksum(body) == u32::from_le_bytes(*checksum), "it is damaged: its checksum is wrong");
    let (len, rest) = rest.split_first_chunk().context("it is truncated")?;
    let len = u32::from_le_bytes(*len) as usize;
    let header = decode_header(rest.get(..len).context("its header is longer than the file")?)?;
    let mut state = TrainingState::start(header.recipe, header.data_sha256);
    state.progress = header.progress;
    decode_tensors(&rest[len..rest.len() - checksum.len()], &mut state)?;
    ensure!(state.is_finite(), "it has weights or moments that are not finite");
    Ok((state, header.frechet_distance))
}

fn decode_header(json: &[u8]) -> Result<Header> {
    // Headers were not JSON before version 4, and began with the version.
    if let Some(&version) = json.first().filter(|&&first| first != b'{') {
        bail!("its format has version {version}; this program reads version {VERSION}");
    }
    let values: Value = serde_json::from_slice(json).context("its header cannot be read")?;
    let version = values.get("version").and_then(Value::as_u64).context("its header has no version")?;
    ensure!(version == u64::from(VERSION), "its format has version {version}; this program reads version {VERSION}");
    let header: Header = serde_json::from_slice(json).context("its header cannot be read")?;
    reject_unknown_keys(&values["recipe"], &serde_json::to_value(&header.recipe)?)?;
    header.recipe.validate()?;
    let (begun, epochs) = (header.progress.begun_epochs(), header.recipe.epochs);
    ensure!(begun.is_some_and(|begun| begun <= epochs), "it is beyond the last of its {epochs} epochs");
    Ok(header)
}

fn decode_tensors(mut bytes: &[u8], into: &mut TrainingState) -> Result<()> {
    for tensor in into.tensors_mut() {
        let Some((head, tail)) = bytes.split_at_checked(size_of_val(tensor)) else {
            bail!("its networks are smaller than this program's");
        };
        bytemuck::cast_slice_mut(tensor).copy_from_slice(head);
        bytes = tail;
    }
    ensure!(bytes.is_empty(), "its networks are larger than this program's");
    into.networks.copy_kernels();
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::training::sums::Sums;
    use pocketgan_core::nn::network::Network;

    /// The state of a plain training after `epoch` epochs and `batch` batches.
    pub(in super::super) fn state(epoch: u32, batch: u32) -> TrainingState {
        let mut state = TrainingState::start(Recipe { epochs: 200_000, ..Recipe::PLAIN }, [5; 32]);
        state.progress = Progress { epoch, batch, steps: 1234, sums: Sums::default() };
        state.networks.tensors_mut()[2][9] = 0.25;
        state
    }

    #[track_caller]
    fn assert_same(a: &TrainingState, b: &TrainingState) {
        assert_eq!((&a.recipe, a.data_sha256, a.progress), (&b.recipe, b.data_sha256, b.progress));
        assert!(a.tensors().eq(b.tensors()));
        assert!(a.networks.copies() == b.networks.copies());
    }

    fn restored(state: &TrainingState) -> Result<TrainingState> {
        Ok(decode(&encode(state, None)?)?.0)
    }

    #[track_caller]
    fn assert_rejected(state: &TrainingState, reason: &str) {
        let message = format!("{:#}", restored(state).err().unwrap());
        assert!(message.contains(reason), "{message}");
    }

    #[test]
    fn a_saved_state_is_restored() {
        assert_same(&restored(&state(2, 7)).unwrap(), &state(2, 7));
        assert!(restored(&state(2, 7)).unwrap().average.is_none());
    }

    #[test]
    fn sums_that_decimal_digits_could_change_are_restored_to_the_bit() {
        let mut saved = state(2, 7);
        (0..200).for_each(|i| saved.progress.sums.add_losses(1.0 / f64::from(3 + i)));
        assert_same(&restored(&saved).unwrap(), &saved);
    }

    #[test]
    fn an_average_is_restored_and_is_the_generator_of_samples() {
        let mut saved = TrainingState::start(Recipe { ema: 0.99, ..Recipe::PLAIN }, [5; 32]);
        saved.average.as_mut().unwrap().flat_mut()[5] = 123.0;
        let restored = restored(&saved).unwrap();
        assert_same(&restored, &saved);
        assert_eq!(restored.generator().flat()[5], 123.0);
        assert!(restored.networks.generator().flat()[5] < 1.0);
    }

    #[test]
    fn the_best_checkpoint_has_its_distance_and_no_other_is_mistaken_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("best.ckpt");
        save_best(&path, &state(50, 0), 12.5).unwrap();
        let (best, distance) = load_best(&path).unwrap();
        assert_same(&best, &state(50, 0));
        assert_eq!(distance, 12.5);
        fs::write(&path, encode(&state(1, 0), None).unwrap()).unwrap();
        let message = load_best(&path).err().unwrap().to_string();
        assert!(message.ends_with("is not the best checkpoint of a run"), "{message}");
    }

    #[test]
    fn flipped_truncated_and_appended_bytes_are_errors() {
        let bytes = encode(&state(0, 0), None).unwrap();
        assert!(decode(&bytes).is_ok());
        for at in (0..600).step_by(3).chain((600..bytes.len()).step_by(500_009)) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(decode(&flipped).is_err(), "a flip at {at} was accepted");
        }
        for len in [0, 5, 8, 12, 40, bytes.len() - 1] {
            assert!(decode(&bytes[..len]).is_err(), "{len} bytes were accepted");
        }
        assert!(decode(&[bytes, vec![0]].concat()).is_err());
    }

    #[test]
    fn what_is_read_back_is_checked_like_what_is_given() {
        let mut invalid = state(0, 0);
        invalid.recipe.ema = 1.5;
        assert_rejected(&invalid, "--ema 1.5");
        for progress in [(200_001, 0), (200_000, 1), (u32::MAX, 1)] {
            assert_rejected(&state(progress.0, progress.1), "beyond the last of its 200000 epochs");
        }
        let mut invalid = state(1, 0);
        invalid.networks.generator_mut().flat_mut()[77] = f32::NAN;
        assert_rejected(&invalid, "not finite");
    }

    /// The bytes of a checkpoint with this header and no tensors.
    fn with_header(header: &[u8]) -> Vec<u8> {
        let mut bytes = [MAGIC, &(header.len() as u32).to_le_bytes()[..], header].concat();
        bytes.extend(CRC.checksum(&bytes).to_le_bytes());
        bytes
    }

    #[test]
    fn checkpoints_of_other_versions_are_rejected_by_their_version() {
        let rejection = |header: &[u8]| format!("{:#}", decode(&with_header(header)).err().unwrap());
        assert!(rejection(&[3, 0, 1]).contains("version 3; this program reads version 4"));
        assert!(rejection(b"{\"version\":5,\"other\":0}").contains("version 5;"));
        let TrainingState { recipe, data_sha256, progress, .. } = state(0, 0);
        let newer = Header { version: VERSION, recipe, data_sha256, progress, frechet_distance: None };
        let newer = serde_json::to_string(&newer).unwrap().replace("\"seed\"", "\"newer_option\":1,\"seed\"");
        assert!(rejection(newer.as_bytes()).contains("newer_option"), "{}", rejection(newer.as_bytes()));
    }
}
