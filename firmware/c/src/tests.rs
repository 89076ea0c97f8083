//! The functions as C calls them, on any processor.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use std::vec::Vec;

use pocketgan_core::include_model;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator, Model as File, format};
use pocketgan_core::infer::picture::Picture;

use crate::classes::{
    POCKETGAN_NAME_ROOM, pocketgan_class_count, pocketgan_class_name, pocketgan_class_of_name, pocketgan_seed_count,
    pocketgan_seed_of_class,
};
use crate::drawing::{
    pocketgan_blend_latents, pocketgan_draw_latent, pocketgan_draw_morph, pocketgan_draw_seed,
    pocketgan_latent_of_seed, pocketgan_morph_weight,
};
use crate::model::{Model, pocketgan_open};
use crate::pocketgan_version;
use crate::status::{Status, TEXTS, pocketgan_status_text};

static FILE: &[u8] = include_model!("../../models/mnist-int4.pgan");
/// Bytes of a picture, numbers of a latent.
const PIXELS: usize = 784;
const LATENT: usize = 100;

/// A handle in memory that a C program did not initialise.
fn handle() -> Model {
    // SAFETY: an array of numbers.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

fn open(file: &[u8]) -> Result<Model, Status> {
    let mut model = handle();
    // SAFETY: the file outlives the tests' handles.
    match unsafe { pocketgan_open(&mut model, file.as_ptr().cast(), file.len()) } {
        Status::Ok => Ok(model),
        status => Err(status),
    }
}

fn picture_of(latent: &Latent) -> Picture {
    let mut picture = [0; PIXELS];
    IntegerGenerator::parse(FILE).unwrap().draw(latent, &mut picture);
    picture
}

fn text(status: i32) -> &'static str {
    // SAFETY: it is static and ends in NUL.
    unsafe { CStr::from_ptr(pocketgan_status_text(status)) }.to_str().unwrap()
}

/// A model of the classes "cat" and "dog", of which the second has two seeds.
fn named() -> Vec<u32> {
    let file = File::parse(FILE).unwrap();
    let classes = DigitSeeds::named(&[0, 2], &[5, 9], b"\x03cat\x03dog").unwrap();
    let contents: Vec<&[u8]> = file.sections().map(|(section, at)| &FILE[at..at + section.len]).collect();
    let len = format::encoded_len(file.header(), &classes, b"xyz").unwrap();
    let mut words = vec![0u32; len.div_ceil(4)];
    let bytes = &mut bytes_of(&mut words)[..len];
    format::encode(file.header(), &classes, &contents, b"xyz", bytes).unwrap();
    words
}

fn bytes_of(words: &mut [u32]) -> &mut [u8] {
    // SAFETY: plain numbers.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}

/// The model file in `words`, as long as it says at offset 12.
fn file_in(words: &mut [u32]) -> &mut [u8] {
    let len = words[3] as usize;
    &mut bytes_of(words)[..len]
}

#[test]
fn a_seed_a_latent_and_a_morph_are_the_pictures_that_core_draws() {
    let (model, mut pixels, mut latent) = (open(FILE).unwrap(), [0; PIXELS], [0; LATENT]);
    let (seven, eight) = (Latent::of_picture(7), Latent::of_picture(8));
    // SAFETY: the handle is open, and the buffers are as long as stated.
    unsafe {
        assert_eq!(pocketgan_draw_seed(&model, 7, pixels.as_mut_ptr(), PIXELS), Status::Ok);
        assert_eq!(pixels, picture_of(&seven));
        assert_eq!(pocketgan_draw_morph(&model, 7, 8, 100, pixels.as_mut_ptr(), PIXELS), Status::Ok);
        assert_eq!(pixels, picture_of(&seven.blend(&eight, 100)));
        assert_eq!(pocketgan_latent_of_seed(8, latent.as_mut_ptr(), LATENT), Status::Ok);
        assert_eq!(latent, eight.0);
        assert_eq!(pocketgan_draw_latent(&model, latent.as_ptr(), LATENT, pixels.as_mut_ptr(), PIXELS), Status::Ok);
        assert_eq!(pixels, picture_of(&eight));
    }
    assert_eq!([0, 1, 4, 5].map(|step| pocketgan_morph_weight(step, 4)), [0, 37, 256, 256]);
}

#[test]
fn latents_are_blended_in_place_too() {
    let (mut from, to) = (Latent::of_picture(1).0, Latent::of_picture(2).0);
    let place = from.as_mut_ptr();
    // SAFETY: each has the length that is stated.
    assert_eq!(unsafe { pocketgan_blend_latents(place, to.as_ptr(), 64, place, LATENT) }, Status::Ok);
    assert_eq!(from, Latent::of_picture(1).blend(&Latent::of_picture(2), 64).0);
}

#[test]
fn digits_and_named_classes_have_their_seeds() {
    let (model, table) = (open(FILE).unwrap(), File::parse(FILE).unwrap().digits());
    let (mut number, mut name) = (0, [1; POCKETGAN_NAME_ROOM]);
    // SAFETY: the handle is open, and there is room for what is written.
    unsafe {
        assert_eq!((pocketgan_class_count(&model, &mut number), number), (Status::Ok, 10));
        assert_eq!((pocketgan_seed_count(&model, 4, &mut number), number), (Status::Ok, table.of(4).len() as u32));
        assert_eq!((pocketgan_seed_of_class(&model, 4, 1, &mut number), number), (Status::Ok, table.of(4)[1]));
        assert_eq!((pocketgan_class_of_name(&model, c"7".as_ptr(), &mut number), number), (Status::Ok, 7));
        assert_eq!(pocketgan_class_name(&model, 3, name.as_mut_ptr(), name.len()), Status::Ok);
        assert_eq!(CStr::from_ptr(name.as_ptr()), c"3");
    }
    let mut file = named();
    let model = open(file_in(&mut file)).unwrap();
    // SAFETY: likewise; the file lives until the end.
    unsafe {
        assert_eq!((pocketgan_class_count(&model, &mut number), number), (Status::Ok, 2));
        assert_eq!((pocketgan_class_of_name(&model, c"dog".as_ptr(), &mut number), number), (Status::Ok, 1));
        assert_eq!((pocketgan_seed_of_class(&model, 1, 3, &mut number), number), (Status::Ok, 9));
        assert_eq!(pocketgan_seed_of_class(&model, 0, 0, &mut number), Status::NoSeeds);
        assert_eq!(pocketgan_class_name(&model, 0, name.as_mut_ptr(), name.len()), Status::Ok);
        assert_eq!(CStr::from_ptr(name.as_ptr()), c"cat");
        let long = c"a name that is longer than any that a model can have";
        for unknown in [c"cats", c"ca", c"", c"\xff", long] {
            assert_eq!(pocketgan_class_of_name(&model, unknown.as_ptr(), &mut number), Status::UnknownClass);
        }
        for unknown in [2, 256, u32::MAX] {
            assert_eq!(pocketgan_seed_of_class(&model, unknown, 0, &mut number), Status::UnknownClass);
            assert_eq!(pocketgan_seed_count(&model, unknown, &mut number), Status::UnknownClass);
            assert_eq!(pocketgan_class_name(&model, unknown, name.as_mut_ptr(), name.len()), Status::UnknownClass);
        }
        let short = POCKETGAN_NAME_ROOM - 1;
        assert_eq!(pocketgan_class_name(&model, 0, name.as_mut_ptr(), short), Status::BufferLength);
    }
}

#[test]
fn null_pointers_are_errors() {
    let (model, mut pixels, mut latent) = (open(FILE).unwrap(), [0; PIXELS], [0; LATENT]);
    let (pixels, latent, mut number) = (pixels.as_mut_ptr(), latent.as_mut_ptr(), 0);
    let (mut other, mut name) = (handle(), [0; POCKETGAN_NAME_ROOM]);
    // SAFETY: what is not null leads to what is stated.
    let results = unsafe {
        [
            pocketgan_open(null_mut(), FILE.as_ptr().cast(), FILE.len()),
            pocketgan_open(&mut other, null(), FILE.len()),
            pocketgan_draw_seed(null(), 0, pixels, PIXELS),
            pocketgan_draw_seed(&model, 0, null_mut(), PIXELS),
            pocketgan_draw_latent(&model, null(), LATENT, pixels, PIXELS),
            pocketgan_draw_morph(&model, 0, 1, 2, null_mut(), PIXELS),
            pocketgan_latent_of_seed(0, null_mut(), LATENT),
            pocketgan_blend_latents(null(), latent, 0, latent, LATENT),
            pocketgan_blend_latents(latent, null(), 0, latent, LATENT),
            pocketgan_blend_latents(latent, latent, 0, null_mut(), LATENT),
            pocketgan_class_count(&model, null_mut()),
            pocketgan_class_count(null(), &mut number),
            pocketgan_class_of_name(&model, null(), &mut number),
            pocketgan_class_of_name(&model, c"1".as_ptr(), null_mut()),
            pocketgan_class_name(&model, 1, null_mut(), POCKETGAN_NAME_ROOM),
            pocketgan_class_name(null(), 1, name.as_mut_ptr(), POCKETGAN_NAME_ROOM),
            pocketgan_seed_count(&model, 1, null_mut()),
            pocketgan_seed_of_class(&model, 1, 0, null_mut()),
        ]
    };
    assert_eq!(results, [Status::NullPointer; 18]);
}

#[test]
fn unaligned_pointers_are_errors() {
    let (model, mut memory, mut file) = (open(FILE).unwrap(), [0u64; 200], named());
    let odd = memory.as_mut_ptr().wrapping_byte_add(1);
    let mut moved = vec![0u32; file.len() + 1];
    let file = file_in(&mut file);
    let len = file.len();
    bytes_of(&mut moved)[1..=len].copy_from_slice(file);
    assert_eq!(open(&bytes_of(&mut moved)[1..=len]).map(|_| ()), Err(Status::ModelUnaligned));
    // SAFETY: there is memory, and nothing is read or written where it is unaligned.
    let results = unsafe {
        [
            pocketgan_open(odd.cast(), FILE.as_ptr().cast(), FILE.len()),
            pocketgan_draw_seed(odd.cast(), 0, memory.as_mut_ptr().cast(), PIXELS),
            pocketgan_draw_latent(&model, odd.cast(), LATENT, memory.as_mut_ptr().cast(), PIXELS),
            pocketgan_latent_of_seed(0, odd.cast(), LATENT),
            pocketgan_class_count(&model, odd.cast()),
            pocketgan_seed_of_class(&model, 0, 0, odd.cast()),
        ]
    };
    assert_eq!(results, [Status::Unaligned; 6]);
    // Bytes have no alignment.
    // SAFETY: there is room for a picture.
    assert_eq!(unsafe { pocketgan_draw_seed(&model, 0, odd.cast(), PIXELS) }, Status::Ok);
}

#[test]
fn other_lengths_than_the_stated_are_errors() {
    let (model, mut pixels, mut latent) = (open(FILE).unwrap(), [0; PIXELS], [0; LATENT]);
    let (pixels, latent) = (pixels.as_mut_ptr(), latent.as_mut_ptr());
    let file: *const c_void = FILE.as_ptr().cast();
    for len in [0, 99, 101, 783, 785, usize::MAX / 2, usize::MAX] {
        // SAFETY: no function goes beyond the buffers, whatever the length.
        let results = unsafe {
            [
                pocketgan_draw_seed(&model, 0, pixels, len),
                pocketgan_draw_morph(&model, 0, 1, 2, pixels, len),
                pocketgan_draw_latent(&model, latent, len, pixels, PIXELS),
                pocketgan_draw_latent(&model, latent, LATENT, pixels, len),
                pocketgan_latent_of_seed(0, latent, len),
                pocketgan_blend_latents(latent, latent, 0, latent, len),
            ]
        };
        assert_eq!(results, [Status::BufferLength; 6], "{len}");
    }
    for (len, status) in [
        (0, Status::NotAModel),
        (7, Status::ModelLength),
        (FILE.len() - 1, Status::ModelLength),
        (isize::MAX as usize + 1, Status::BufferLength),
        (usize::MAX, Status::BufferLength),
    ] {
        // SAFETY: no more is read than there is.
        assert_eq!(unsafe { pocketgan_open(&mut handle(), file, len) }, status, "{len}");
    }
    // SAFETY: the buffers are as long as stated.
    assert_eq!(unsafe { pocketgan_draw_morph(&model, 0, 1, 257, pixels, PIXELS) }, Status::Weight);
}

#[test]
fn a_handle_without_a_model_draws_nothing() {
    let (mut model, mut pixels, mut number) = (open(FILE).unwrap(), [0; PIXELS], 0);
    // SAFETY: the file is read as far as it is one.
    assert_eq!(unsafe { pocketgan_open(&mut model, c"GIF89a".as_ptr().cast(), 6) }, Status::NotAModel);
    for model in [model, handle()] {
        // SAFETY: the handles are memory, and the buffers are as long as stated.
        unsafe {
            assert_eq!(pocketgan_draw_seed(&model, 0, pixels.as_mut_ptr(), PIXELS), Status::NotOpen);
            assert_eq!(pocketgan_class_count(&model, &mut number), Status::NotOpen);
            assert_eq!(pocketgan_class_of_name(&model, c"1".as_ptr(), &mut number), Status::NotOpen);
            assert_eq!(pocketgan_seed_of_class(&model, 0, 0, &mut number), Status::NotOpen);
        }
    }
    assert_eq!(pixels, [0; PIXELS]);
}

#[test]
fn a_copied_handle_draws_too() {
    let model = open(FILE).unwrap();
    let (copy, mut pixels) = (model, [0; PIXELS]);
    // SAFETY: the buffer is as long as stated.
    assert_eq!(unsafe { pocketgan_draw_seed(&copy, 3, pixels.as_mut_ptr(), PIXELS) }, Status::Ok);
    assert_eq!(pixels, picture_of(&Latent::of_picture(3)));
}

#[test]
fn every_flipped_bit_of_a_model_is_found() {
    let mut file = named();
    let len = file_in(&mut file).len();
    for at in (0..len).step_by(997).chain([1, 8, 10, 12, 16, 20, len - 1]) {
        bytes_of(&mut file)[at] ^= 0x40;
        let status = open(file_in(&mut file)).map(|_| ()).unwrap_err();
        assert!(status as i32 >= Status::NotAModel as i32, "byte {at}: {status:?}");
        bytes_of(&mut file)[at] ^= 0x40;
    }
    assert!(open(file_in(&mut file)).is_ok());
}

#[test]
fn every_status_has_a_text_and_other_numbers_have_one_too() {
    for (status, expected) in TEXTS {
        assert_eq!(text(status as i32), expected.to_str().unwrap());
    }
    assert_eq!([-1, 8, 99, 114, i32::MAX].map(text), ["unknown status"; 5]);
    // SAFETY: it is static and ends in NUL.
    assert_eq!(unsafe { CStr::from_ptr(pocketgan_version()) }.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}
