//! The table of seeds by digit or by name.

use core::ffi::c_char;

use pocketgan_core::infer::model::{DIGITS, DigitSeeds, MAX_NAME};

use crate::model::{Model, opened};
use crate::pointers;
use crate::status::Status;

/// Most bytes of a class's name, with the NUL at its end.
pub const POCKETGAN_NAME_ROOM: usize = 32;

const _: () = assert!(POCKETGAN_NAME_ROOM == MAX_NAME + 1);

/// Writes the number of the model's classes to `count`: 10 digits, or the classes that have names.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_class_count(model: *const Model, count: *mut u32) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { opened(model).and_then(|model| pointers::write(count, model.classes.counts().len() as u32)) }.into()
}

/// Writes the class with this name to `class_number`. In a model of digits their names are "0" to "9".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_class_of_name(
    model: *const Model,
    name: *const c_char,
    class_number: *mut u32,
) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { opened(model).and_then(|model| pointers::write(class_number, class_of(&model.classes, name)?)) }.into()
}

/// Writes the name of a class, and NUL after it, to `name`; `len` is at least `POCKETGAN_NAME_ROOM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_class_name(
    model: *const Model,
    class_number: u32,
    name: *mut c_char,
    len: usize,
) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { opened(model).and_then(|model| write_name(&model.classes, class_number, name.cast(), len)) }.into()
}

/// Writes the number of seeds that the model has for a class to `count`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_seed_count(model: *const Model, class_number: u32, count: *mut u32) -> Status {
    // SAFETY: as the caller guarantees.
    let seeds = unsafe { opened(model) }.and_then(|model| seeds(&model.classes, class_number));
    // SAFETY: as the caller guarantees.
    seeds.and_then(|seeds| unsafe { pointers::write(count, seeds.len() as u32) }).into()
}

/// Writes a seed of a class (a digit, in a model of digits) to `seed`. Variant 0 is the most typical; after the last of
/// `pocketgan_seed_count` variants the first comes again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_seed_of_class(
    model: *const Model,
    class_number: u32,
    variant: u32,
    seed: *mut u32,
) -> Status {
    // SAFETY: as the caller guarantees.
    let found = unsafe { opened(model) }.and_then(|model| variant_of(&model.classes, class_number, variant));
    // SAFETY: as the caller guarantees.
    found.and_then(|found| unsafe { pointers::write(seed, found) }).into()
}

/// The seeds of a class.
fn seeds(classes: &DigitSeeds<'static>, number: u32) -> Result<&'static [u32], Status> {
    Ok(classes.of(known(classes, number)?))
}

fn variant_of(classes: &DigitSeeds<'_>, number: u32, variant: u32) -> Result<u32, Status> {
    classes.seed(known(classes, number)?, variant).ok_or(Status::NoSeeds)
}

/// The number of a class that exists.
fn known(classes: &DigitSeeds<'_>, number: u32) -> Result<u8, Status> {
    let known = u8::try_from(number).ok().filter(|&number| usize::from(number) < classes.counts().len());
    known.ok_or(Status::UnknownClass)
}

/// The class of a name that ends in NUL.
///
/// # Safety
/// `name` is null or leads to text that ends in NUL.
unsafe fn class_of(classes: &DigitSeeds<'_>, name: *const c_char) -> Result<u32, Status> {
    pointers::check(name, 1)?;
    let mut len = 0;
    // No name is longer, so no more of a text is read.
    // SAFETY: what is read is the text up to its NUL.
    while len < POCKETGAN_NAME_ROOM && unsafe { name.add(len).read() } != 0 {
        len += 1;
    }
    // SAFETY: these bytes were read.
    let text = core::str::from_utf8(unsafe { pointers::slice(name.cast(), len) }?);
    let class = text.ok().and_then(|text| classes.class_of(text));
    class.map(u32::from).ok_or(Status::UnknownClass)
}

/// # Safety
/// `place` is null or leads to `len` bytes.
unsafe fn write_name(classes: &DigitSeeds<'_>, number: u32, place: *mut u8, len: usize) -> Result<(), Status> {
    pointers::check(place, len)?;
    if len < POCKETGAN_NAME_ROOM {
        return Err(Status::BufferLength);
    }
    let number = known(classes, number)?;
    let digit = [DIGIT_NAMES[usize::from(number) % DIGITS]];
    let name = classes.name(number).map_or(&digit[..], str::as_bytes);
    // SAFETY: there is room for any name and a NUL.
    let room: &mut [u8; POCKETGAN_NAME_ROOM] = unsafe { pointers::array_mut(place, POCKETGAN_NAME_ROOM) }?;
    room.fill(0);
    for (to, from) in room.iter_mut().zip(name) {
        *to = *from;
    }
    Ok(())
}

const DIGIT_NAMES: &[u8; DIGITS] = b"0123456789";
