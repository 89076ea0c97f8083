//! Small sets of synthetic images.

use pocketgan_core::random::{Purpose, Stream};
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of an idx3-ubyte file of `count` 28x28 images: bars that differ in position, length and shade.
pub fn idx(count: u32) -> Vec<u8> {
    let mut file: Vec<u8> = [0x0803, count, 28, 28].into_iter().flat_map(u32::to_be_bytes).collect();
    for i in 0..count {
        let (column, length, shade) = (4 + i * 7 % 20, 6 + i * 5 % 17, 128 + (i * 37 % 128) as u8);
        let inked = |x: u32, y: u32| x.abs_diff(column) < 2 && (5..5 + length).contains(&y);
        file.extend((0..28 * 28).map(|at| if inked(at % 28, at / 28) { shade } else { 0 }));
    }
    file
}

/// Writes such a file into `folder` and returns its path.
///
/// # Panics
/// If it cannot be written.
pub fn write(folder: &Path, count: u32) -> PathBuf {
    let path = folder.join("images.idx");
    fs::write(&path, idx(count)).expect("the folder can be written");
    path
}

/// Writes `count` training images and a quarter as many test images into `folder`, with labels, under MNIST's names.
///
/// # Panics
/// If they cannot be written.
pub fn write_labelled(folder: &Path, count: u32) {
    write_sets(folder, count, idx, bar);
}

/// Like [`write_labelled`], with grey noise as the images of one label. A generator draws such noise after its first epoch, and
/// a classifier that was trained on these images is certain of its class.
///
/// # Panics
/// If they cannot be written.
pub fn write_noise(folder: &Path, count: u32, label: u8) {
    write_sets(folder, count, |count| noise(count, label), bar);
}

/// The label of image `i`: the column of its bar, in tenths of the columns there are.
fn bar(i: u32) -> u8 {
    (i * 7 % 20 / 2) as u8
}

/// The bytes of an idx3-ubyte file of `count` images: bars, but noise in place of those of one label.
fn noise(count: u32, label: u8) -> Vec<u8> {
    let mut stream = Stream::at(0, Purpose::Shuffle, 0);
    let mut file = idx(count);
    let images = file[16..].chunks_exact_mut(28 * 28).zip(0..).filter(|&(_, i)| bar(i) == label);
    images.flat_map(|(image, _)| image).for_each(|pixel| *pixel = 64 + stream.below(128) as u8);
    file
}

fn write_sets(folder: &Path, count: u32, images: impl Fn(u32) -> Vec<u8>, label: impl Fn(u32) -> u8) {
    for (set, count) in [("train", count), ("t10k", count / 4)] {
        let labels: Vec<u8> = (0..count).map(&label).collect();
        let idx1 = [&0x0801_u32.to_be_bytes()[..], &count.to_be_bytes(), &labels].concat();
        fs::write(folder.join(format!("{set}-images-idx3-ubyte")), images(count)).expect("the folder can be written");
        fs::write(folder.join(format!("{set}-labels-idx1-ubyte")), idx1).expect("the folder can be written");
    }
}
