//! The functions that the page calls. Addresses and lengths are in bytes of the module's memory.

use core::panic::PanicInfo;
use core::slice;

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::morph::{self, FULL_WEIGHT};
use pocketgan_core::infer::picture::Picture;

use crate::instance::Instance;

static INSTANCE: Instance = Instance::new();

/// Takes the model file of `len` bytes at `file`, and returns whether it is valid. To be called once.
///
/// # Safety
/// There are `len` bytes at `file`, on a multiple of 16, which nothing else uses and nobody changes from now on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(file: *const u8, len: usize) -> bool {
    // SAFETY: as the caller guarantees, for as long as the instance exists.
    INSTANCE.open(unsafe { slice::from_raw_parts(file, len) })
}

/// Address of the model's description, or of the reason why the file was refused: UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    INSTANCE.text().as_ptr()
}

/// Length of [`text`].
#[unsafe(no_mangle)]
pub extern "C" fn text_len() -> usize {
    INSTANCE.text().len()
}

/// Address of the model's metadata.
#[unsafe(no_mangle)]
pub extern "C" fn metadata() -> *const u8 {
    INSTANCE.model().map_or(&[][..], |model| model.metadata()).as_ptr()
}

/// Length of [`metadata`].
#[unsafe(no_mangle)]
pub extern "C" fn metadata_len() -> usize {
    INSTANCE.model().map_or(0, |model| model.metadata().len())
}

/// The number of classes: ten digits, or as many as there are names.
#[unsafe(no_mangle)]
pub extern "C" fn classes() -> usize {
    INSTANCE.model().map_or(0, |model| model.digits().counts().len())
}

/// Address of the name of `class`: UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn name(class: u8) -> *const u8 {
    name_of(class).as_ptr()
}

/// Length of [`name`]; 0 if the classes are digits.
#[unsafe(no_mangle)]
pub extern "C" fn name_len(class: u8) -> usize {
    name_of(class).len()
}

fn name_of(class: u8) -> &'static str {
    INSTANCE.model().and_then(|model| model.digits().name(class)).unwrap_or("")
}

/// The number of variants in which the model draws `digit`, or the class of this label, on demand: the seeds in its table.
#[unsafe(no_mangle)]
pub extern "C" fn variants(digit: u8) -> usize {
    INSTANCE.model().map_or(0, |model| model.digits().of(digit).len())
}

/// The seed of a variant of `digit`; after the last of its [`variants`] the first comes again. 0 if there are none.
#[unsafe(no_mangle)]
pub extern "C" fn seed(digit: u8, variant: u32) -> u32 {
    INSTANCE.model().and_then(|model| model.digits().seed(digit, variant)).unwrap_or(0)
}

/// Address of the picture of `seed`: 28x28 bytes, row by row, until the next picture is drawn.
#[unsafe(no_mangle)]
pub extern "C" fn draw(seed: u32) -> *const Picture {
    INSTANCE.draw(&Latent::of_picture(seed))
}

/// Like [`draw`], between two seeds: `weight` is that of the second, 0 to 256.
#[unsafe(no_mangle)]
pub extern "C" fn draw_between(from: u32, to: u32, weight: u16) -> *const Picture {
    let [from, to] = [from, to].map(Latent::of_picture);
    INSTANCE.draw(&from.blend(&to, weight.min(FULL_WEIGHT)))
}

/// Like [`draw`], on the plane through three seeds: `u` and `v` go from `origin` to `to` and `down`, -256 to 256.
#[unsafe(no_mangle)]
pub extern "C" fn draw_on_plane(origin: u32, to: u32, down: u32, u: i16, v: i16) -> *const Picture {
    let [origin, to, down] = [origin, to, down].map(Latent::of_picture);
    let [u, v] = [u, v].map(|position| position.clamp(-(FULL_WEIGHT as i16), FULL_WEIGHT as i16));
    INSTANCE.draw(&origin.on_plane(&to, &down, u, v))
}

/// The weight of the second picture after `step` of `steps` steps of a morph: that of `pocketgan sample --morph`.
#[unsafe(no_mangle)]
pub extern "C" fn morph_weight(step: u32, steps: u32) -> u16 {
    morph::weight(step, steps)
}

/// A trap: the page's call throws an exception. Nothing is said, so that the module holds no text of panics.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
