//! What a file of labels may be, and what is said of every other file.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::data::gzip::gzipped;

fn idx1(labels: &[u8]) -> Vec<u8> {
    [&BYTES_MAGIC.to_be_bytes(), &(labels.len() as u32).to_be_bytes(), labels].concat()
}

/// Rows of eight columns, as QMNIST has them.
fn idx2(labels: &[u8]) -> Vec<u8> {
    let header = [INTS_MAGIC, labels.len() as u32, 8];
    let rows = labels.iter().flat_map(|&label| [label.into(), 1, 2, 3, 4, 5, 6, 7]);
    header.into_iter().chain(rows).flat_map(u32::to_be_bytes).collect()
}

/// Reads a file of training labels, together with labels of a single test image.
fn read_beside(content: &[u8], images: usize, test: &[u8]) -> Result<Labels, LabelsError> {
    let [file, test_file] = [content, test].map(|content| {
        let file = tempfile::NamedTempFile::with_prefix("given-").unwrap();
        fs::write(file.path(), content).unwrap();
        file
    });
    let [file, test_file] = [&file, &test_file].map(|file| Location::File(file.path().into()));
    read_labels((&file, images), (&test_file, 1), None)
}

fn read(content: &[u8], images: usize) -> Result<Vec<u8>, LabelsError> {
    read_beside(content, images, &idx1(&[1])).map(|labels| labels.training)
}

#[track_caller]
fn assert_rejected(content: &[u8], words: &str) {
    let message = read(content, 3).unwrap_err().to_string();
    assert!(message.contains("given-") && message.contains(words), "expected {words:?} in: {message}");
}

proptest! {
    #[test]
    fn labels_are_read_in_both_formats_gzipped_or_not(more in proptest::collection::vec(0u8..10, 0..50)) {
        let labels: Vec<u8> = (0..10).chain(more).collect();
        for file in [idx1(&labels), idx2(&labels)] {
            prop_assert_eq!(&read(&file, labels.len()).unwrap(), &labels);
            prop_assert_eq!(&read(&gzipped(&file), labels.len()).unwrap(), &labels);
        }
    }

    #[test]
    fn whatever_the_bytes_there_is_no_panic(content: Vec<u8>, header in 0usize..3) {
        let prefix = [vec![], BYTES_MAGIC.to_be_bytes().to_vec(), INTS_MAGIC.to_be_bytes().to_vec()];
        prop_assert!(read(&[&prefix[header][..], &content].concat(), 3).is_err());
    }
}

#[test]
fn without_names_each_number_that_an_image_has_is_a_class() {
    let labels: Vec<u8> = (1..=10).collect();
    for (given, test, names) in [
        (&labels[..], 4, &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"][..]),
        (&[3, 200, 3], 3, &["3", "200"]),
        (&[0, 1, 0], 7, &["0", "1", "7"]),
        (&[5], 5, &["5"]),
    ] {
        let Labels { training, test, classes } = read_beside(&idx1(given), given.len(), &idx1(&[test])).unwrap();
        assert_eq!(classes.names().unwrap(), names);
        assert!(training.iter().zip(given).all(|(&class, number)| names[class as usize] == number.to_string()));
        assert!(usize::from(test[0]) < names.len());
    }
    let digits = read_beside(&idx1(&[9, 8, 7, 6, 5, 4, 3, 2, 1]), 9, &idx1(&[0])).unwrap();
    assert_eq!((digits.classes, digits.training[0]), (Classes::DIGITS, 9));
}

#[test]
fn numbers_of_names_begin_at_0_or_with_ten_and_more_at_1() {
    let named = |count: usize| Classes::named((0..count).map(|class| format!("class {class}"))).unwrap();
    let last = |labels: &[i32], count| Labels::of(labels, &[], Some(named(count))).unwrap().training[labels.len() - 1];
    for count in [10, 26] {
        let labels: Vec<i32> = (1..=count as i32).collect();
        assert_eq!(last(&labels, count), count as u8 - 1);
    }
    assert_eq!(last(&[1, 2], 3), 2);
}

#[test]
fn what_is_not_a_file_of_labels_is_rejected_with_expected_and_found() {
    assert_rejected(b"", "ends after 0 bytes");
    assert_rejected(&[0, 0, 8, 3, 0, 0, 0, 3, 1, 2, 3], "starts with 0x00000803, and those with 0x00000801");
    assert_rejected(&idx1(&[1, 2, 3])[..10], "promises 3 labels, 11 bytes in all, but it holds 10");
    assert_rejected(&[&idx1(&[1, 2, 3])[..], &[4]].concat(), "promises 3 labels, 11 bytes in all, but it holds 12");
    assert_rejected(&idx1(&[1, 2]), "each of the 3 images, but it holds 2");
    assert_rejected(&idx2(&[1, 2, 3])[..10], "ends after 10 bytes");
    assert_rejected(&idx2(&[1, 2, 3])[..100], "promises 3 labels, 108 bytes in all, but it holds 100");
}

#[test]
fn labels_that_are_no_classes_are_errors() {
    let many: Vec<u8> = (0..65).collect();
    let message = read(&idx1(&many), 65).unwrap_err().to_string();
    assert!(message.contains("there are 65 different labels, and at most 64 classes"), "{message}");
    let two = Classes::named(["a".to_owned(), "b".to_owned()]).unwrap();
    let error = Labels::of(&[0, 1, 1], &[1, 2], Some(two)).unwrap_err();
    assert_eq!(
        (error.0, error.1.to_string().as_str()),
        (PartName::Test, "label 1 is 2; the classes are numbered from 0 to 1")
    );
    let (part, error) = Labels::of(&[0, -1], &[], None).unwrap_err();
    assert_eq!((part, error.to_string().as_str()), (PartName::Training, "label 1 is -1; a label is 0 or more"));
}
