//! What a file of images may be, and what is said of every other file.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::data::gzip::gzipped;

fn picture(i: usize) -> Picture {
    std::array::from_fn(|pixel| (pixel * 7 + i * 31) as u8)
}

fn idx(count: usize) -> Vec<u8> {
    let mut file = Vec::new();
    write_images(&mut file, (0..count).map(picture)).unwrap();
    file
}

fn read(content: &[u8]) -> Result<Images, IdxError> {
    let file = tempfile::NamedTempFile::with_prefix("given-").unwrap();
    fs::write(file.path(), content).unwrap();
    read_images(&Location::File(file.path().into()))
}

/// The message for `content`, which must name the file and contain `words`.
#[track_caller]
fn assert_refused(content: &[u8], words: &str) {
    let message = read(content).unwrap_err().to_string();
    assert!(message.contains("given-"), "no file in: {message}");
    assert!(message.contains(words), "expected {words:?} in: {message}");
}

fn with_word(at: usize, word: u32) -> Vec<u8> {
    let mut file = idx(2);
    file[4 * at..][..4].copy_from_slice(&word.to_be_bytes());
    file
}

#[test]
fn the_header_is_the_formats() {
    let header = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28];
    assert_eq!(idx(2)[..HEADER_BYTES], header);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn images_written_are_images_read_gzipped_or_not(count in 1usize..40) {
        let file = idx(count);
        let (plain, gzipped) = (read(&file).unwrap(), read(&gzipped(&file)).unwrap());
        prop_assert_eq!(plain.count(), count);
        for i in 0..count {
            prop_assert_eq!(plain.image(i), &picture(i));
        }
        prop_assert_eq!(plain.pixels, gzipped.pixels);
        prop_assert_eq!(plain.sha256, gzipped.sha256);
    }

    #[test]
    fn a_cut_file_is_refused(kept in 0usize..HEADER_BYTES + 2 * PIXELS) {
        prop_assert!(read(&idx(2)[..kept]).is_err());
        prop_assert!(read(&gzipped(&idx(2)[..kept])).is_err());
    }

    #[test]
    fn whatever_the_bytes_there_is_no_panic(content: Vec<u8>, header: bool) {
        let prefix = if header { idx(1)[..4].to_vec() } else { Vec::new() };
        prop_assert!(read(&[prefix, content].concat()).is_err());
    }
}

#[test]
fn the_hash_is_that_of_the_whole_file() {
    let file = idx(3);
    let mut whole = Hashed::new(&file[..]);
    io::copy(&mut whole, &mut io::sink()).unwrap();
    assert_eq!(read(&file).unwrap().sha256(), &whole.finish());
}

#[test]
fn transposed_images_are_those_of_a_file_that_stores_them_so() {
    let transpose = |picture: Picture| -> Picture { std::array::from_fn(|i| picture[i % SIDE * SIDE + i / SIDE]) };
    let mut file = Vec::new();
    write_images(&mut file, (0..3).map(picture).map(transpose)).unwrap();
    let (images, transposed) = (read(&idx(3)).unwrap(), read(&file).unwrap().transposed());
    assert_eq!(transposed.pixels, images.pixels);
    assert_eq!(transposed.sha256, images.sha256);
    assert_ne!(read(&file).unwrap().sha256, images.sha256);
}

#[test]
fn a_label_file_is_recognised() {
    assert_refused(&with_word(0, 0x0801), "a label file (magic 0x00000801); images are needed (magic 0x00000803)");
}

#[test]
fn other_kinds_of_idx_are_named() {
    assert_refused(&with_word(0, 0x0802), "unsigned bytes in 2 dimension(s)");
    assert_refused(&with_word(0, 0x0d03), "32-bit floats in 3 dimension(s) (magic 0x00000d03)");
}

#[test]
fn what_is_not_idx_is_said_with_its_first_bytes() {
    assert_refused(b"\x89PNG and the rest", "not an IDX file: it starts with 0x89504e47");
    assert_refused(&with_word(0, 0x0703), "not an IDX file");
    assert_refused(&with_word(0, 0x0800), "not an IDX file");
}

#[test]
fn images_of_another_size_are_refused_with_their_size() {
    assert_refused(&with_word(2, 32), "its images are 32x28 pixels; 28x28 are needed");
    assert_refused(&with_word(3, 0), "its images are 28x0 pixels");
}

#[test]
fn a_file_without_images_is_refused() {
    assert_refused(&idx(0), "promises 0 images");
}

#[test]
fn a_short_file_is_refused_with_both_lengths() {
    assert_refused(b"", "ends after 0 bytes");
    assert_refused(&idx(2)[..15], "ends after 15 bytes, and its header alone takes 16");
    let words = "promises 2 images, 1584 bytes in all, but it holds 1583";
    assert_refused(&idx(2)[..1583], words);
    assert_refused(&gzipped(&idx(2)[..1583]), words);
}

#[test]
fn a_long_file_is_refused_with_both_lengths() {
    let longer = [idx(2), vec![0; 5]].concat();
    assert_refused(&longer, "1584 bytes in all, but it holds 1589");
}

#[test]
fn a_huge_promise_costs_little_and_is_refused() {
    assert_refused(
        &with_word(1, u32::MAX),
        "promises 4294967295 images, 3367254359296 bytes in all, but it holds 1584",
    );
}

#[test]
fn broken_gzip_is_said() {
    let packed = gzipped(&idx(2));
    assert_refused(&packed[..packed.len() - 1], "its gzip data are cut short");
    assert_refused(&[&packed[..], b"more"].concat(), "its gzip data are followed by other bytes");
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = read_images(&Location::File(folder.path().join("nothing-here"))).unwrap_err();
    assert!(missing.to_string().contains("nothing-here: cannot be read: "), "{missing}");
    let not_a_file = read_images(&Location::File(folder.path().into())).unwrap_err();
    assert!(not_a_file.to_string().contains(": cannot be read: "), "{not_a_file}");
}
