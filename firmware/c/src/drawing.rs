//! Pictures of seeds, latents and morphs.

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::morph;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe;

use crate::model::{Model, opened};
use crate::pointers;
use crate::status::Status;

/// Width and height of a picture.
pub const POCKETGAN_SIDE: usize = 28;
/// Bytes of a picture: 28 rows of 28 pixels, from 0 (black) to 255 (white).
pub const POCKETGAN_PIXELS: usize = 784;
/// Numbers of a latent.
pub const POCKETGAN_LATENT: usize = 100;
/// The weight of the second picture at the end of a morph, where only it is left.
pub const POCKETGAN_FULL_WEIGHT: u16 = 256;

const _: () = {
    assert!(POCKETGAN_SIDE == recipe::SIDE && POCKETGAN_PIXELS == recipe::PIXELS);
    assert!(POCKETGAN_LATENT == recipe::LATENT && POCKETGAN_FULL_WEIGHT == morph::FULL_WEIGHT);
};

/// Draws the picture of `seed` into `pixels`; `len` is `POCKETGAN_PIXELS`. Any seed draws some picture, the same on every
/// machine; `pocketgan_seed_of_class` has seeds of chosen digits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_draw_seed(model: *const Model, seed: u32, pixels: *mut u8, len: usize) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { draw(model, Ok(Latent::of_picture(seed)), pixels, len) }.into()
}

/// Draws the picture of a latent into `pixels`; `latent_len` is `POCKETGAN_LATENT`, `len` is `POCKETGAN_PIXELS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_draw_latent(
    model: *const Model,
    latent: *const i16,
    latent_len: usize,
    pixels: *mut u8,
    len: usize,
) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { draw(model, copied(latent, latent_len), pixels, len) }.into()
}

/// Draws a picture between those of two seeds into `pixels`; `len` is `POCKETGAN_PIXELS`. `weight` is that of the second,
/// 0 to `POCKETGAN_FULL_WEIGHT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_draw_morph(
    model: *const Model,
    from: u32,
    to: u32,
    weight: u16,
    pixels: *mut u8,
    len: usize,
) -> Status {
    let latent = blend(&Latent::of_picture(from), &Latent::of_picture(to), weight);
    // SAFETY: as the caller guarantees.
    unsafe { draw(model, latent, pixels, len) }.into()
}

/// Writes the latent of `seed` to `latent`; `len` is `POCKETGAN_LATENT`. Its numbers are in units of 1/4096.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_latent_of_seed(seed: u32, latent: *mut i16, len: usize) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { store(Latent::of_picture(seed), latent, len) }.into()
}

/// Writes the latent between two others to `latent`, which may be one of them; `len` is `POCKETGAN_LATENT` for each.
/// `weight` is that of the second, 0 to `POCKETGAN_FULL_WEIGHT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_blend_latents(
    from: *const i16,
    to: *const i16,
    weight: u16,
    latent: *mut i16,
    len: usize,
) -> Status {
    // SAFETY: as the caller guarantees.
    let (from, to) = unsafe { (copied(from, len), copied(to, len)) };
    let blended = from.and_then(|from| blend(&from, &to?, weight));
    // SAFETY: as the caller guarantees.
    blended.and_then(|blended| unsafe { store(blended, latent, len) }).into()
}

/// The weight of the second picture after `step` of `steps` steps of a morph that starts and ends gently. After the last
/// step it stays `POCKETGAN_FULL_WEIGHT`.
#[unsafe(no_mangle)]
pub extern "C" fn pocketgan_morph_weight(step: u32, steps: u32) -> u16 {
    morph::weight(step, steps)
}

unsafe fn draw(model: *const Model, latent: Result<Latent, Status>, pixels: *mut u8, len: usize) -> Result<(), Status> {
    // SAFETY: as the caller guarantees.
    let (model, pixels) = unsafe { (opened(model)?, pointers::array_mut(pixels, len)?) };
    let pixels: &mut Picture = pixels;
    model.generator.draw(&latent?, pixels);
    Ok(())
}

/// A latent of the caller's.
///
/// # Safety
/// `latent` is null or leads to `len` numbers.
unsafe fn copied(latent: *const i16, len: usize) -> Result<Latent, Status> {
    // SAFETY: as the caller guarantees.
    unsafe { pointers::array(latent, len) }.map(|numbers| Latent(*numbers))
}

/// # Safety
/// `place` is null or leads to memory for `len` numbers.
unsafe fn store(latent: Latent, place: *mut i16, len: usize) -> Result<(), Status> {
    // SAFETY: as the caller guarantees.
    *unsafe { pointers::array_mut(place, len) }? = latent.0;
    Ok(())
}

fn blend(from: &Latent, to: &Latent, weight: u16) -> Result<Latent, Status> {
    if weight > POCKETGAN_FULL_WEIGHT { Err(Status::Weight) } else { Ok(from.blend(to, weight)) }
}
