//! Small sets of training images, made up.

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of an idx3-ubyte file of `count` pictures of 28x28: bars that differ in place, length and shade.
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
