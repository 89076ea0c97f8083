//! The cache of trained classifiers.
//!
//! A file is the key (32 bytes), the SHA-256 of what follows, and the weights as little-endian floats.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use pocketgan_core::nn::network::Network;
use sha2::{Digest, Sha256};

use crate::data::hex;
use crate::data::idx::Images;
use crate::output::files::write_whole;
use crate::output::terminal;

/// The key of the classifier that this `version` of the training gives for these images and labels.
pub(super) fn key(version: u8, images: &Images, labels: &[u8]) -> [u8; 32] {
    let hasher = Sha256::new().chain_update([version]).chain_update(images.sha256()).chain_update(labels);
    hasher.finalize().into()
}

/// The classifier of `key` from `folder`, or else the one that `train` returns, which is then cached there.
///
/// A damaged file is replaced. That the cache cannot be written is a warning, not an error.
pub(super) fn load_or_train<N: Network>(
    folder: &Path,
    key: &[u8; 32],
    train: impl FnOnce() -> Result<Box<N>>,
) -> Result<Box<N>> {
    let path = folder.join(format!("{}.weights", &hex(key)[..16]));
    if path.exists() {
        match load(&path, key) {
            Ok(classifier) => return Ok(classifier),
            Err(error) => terminal::remark(format_args!("{error:#}; the classifier is trained again")),
        }
    }
    let classifier = train()?;
    if let Err(error) = save(&path, key, &*classifier) {
        terminal::remark(format_args!("{error:#}; the classifier will be trained again next time"));
    }
    Ok(classifier)
}

fn save<N: Network>(path: &Path, key: &[u8; 32], classifier: &N) -> Result<()> {
    let weights: Vec<u8> = classifier.flat().iter().flat_map(|w| w.to_le_bytes()).collect();
    let hash: [u8; 32] = Sha256::digest(&weights).into();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    write_whole(path, &[&key[..], &hash, &weights].concat())
}

fn load<N: Network>(path: &Path, key: &[u8; 32]) -> Result<Box<N>> {
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    decode(&file, key).with_context(|| format!("{} is damaged", path.display()))
}

fn decode<N: Network>(file: &[u8], key: &[u8; 32]) -> Result<Box<N>> {
    let rest = file.strip_prefix(key).context("it belongs to other images")?;
    let (hash, weights) = rest.split_first_chunk::<32>().context("it is truncated")?;
    ensure!(Sha256::digest(weights)[..] == hash[..], "its checksum does not match");
    ensure!(weights.len() == size_of::<N>(), "it holds a network of another size");
    let mut classifier: Box<N> = bytemuck::zeroed_box();
    for (to, from) in classifier.flat_mut().iter_mut().zip(weights.as_chunks().0) {
        *to = f32::from_le_bytes(*from);
    }
    Ok(classifier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use pocketgan_core::train::classifier::Classifier;
    use pocketgan_core::train::initialisation::glorot;

    fn trained() -> Result<Box<Classifier>> {
        let mut classifier: Box<Classifier> = bytemuck::zeroed_box();
        glorot(&mut *classifier, 4, 2);
        Ok(classifier)
    }

    fn never() -> Result<Box<Classifier>> {
        bail!("not cached")
    }

    #[test]
    fn a_trained_classifier_is_cached_by_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("deep/down");
        load_or_train(&folder, &[1; 32], trained).unwrap();
        let again = load_or_train(&folder, &[1; 32], never).unwrap();
        assert!(again.flat() == trained().unwrap().flat());
        assert!(load_or_train(&folder, &[2; 32], never).is_err());
    }

    #[test]
    fn a_damaged_file_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        load_or_train(folder.path(), &[1; 32], trained).unwrap();
        let path = folder.path().join("0101010101010101.weights");
        let good = fs::read(&path).unwrap();
        let mut flipped = good.clone();
        flipped[70_000] ^= 1;
        for damaged in [&flipped[..], &good[..good.len() - 4], &good[..40], b"", &[&good[..], &[0]].concat()] {
            fs::write(&path, damaged).unwrap();
            assert!(load_or_train(folder.path(), &[1; 32], never).is_err());
            load_or_train(folder.path(), &[1; 32], trained).unwrap();
            assert!(fs::read(&path).unwrap() == good);
        }
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_not_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        load_or_train(&file.path().join("below-a-file"), &[1; 32], trained).unwrap();
    }
}
