//! The handle: a model that was opened in place.

use core::ffi::c_void;

use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator};

use crate::pointers;
use crate::status::Status;

/// Words of a handle, of the size of a pointer.
pub const POCKETGAN_MODEL_WORDS: usize = 96;

/// A model, opened in place: the file stays where it is, and the handle only refers to it. It has no pointers into itself,
/// so it may be copied, and it needs no closing. Its contents are private.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Model {
    /// Private.
    reserved: [usize; POCKETGAN_MODEL_WORDS],
}

/// What is in a [`Model`].
#[repr(C)]
struct Opened {
    /// [`OPEN`] in a handle with a model.
    mark: usize,
    model: OpenModel,
}

/// A generator and its table of seeds.
pub(crate) struct OpenModel {
    pub(crate) generator: IntegerGenerator<'static>,
    pub(crate) classes: DigitSeeds<'static>,
}

/// Neither zeros nor the pattern of a debugger: memory in which nobody opened a model has something else here.
const OPEN: usize = 0x6e61_6770;

const _: () = {
    let fits = size_of::<Opened>() <= size_of::<Model>() && align_of::<Opened>() <= align_of::<Model>();
    assert!(fits, "a handle has room for an open model");
};

/// Opens the model file of `len` bytes at `file` in place. The whole file is validated, once: drawing then cannot fail.
///
/// The file must begin on a multiple of 4 bytes, and stay unchanged where it is for as long as `model` is used.
/// Only integer models (int8, mixed, int4) can be opened. If the call fails, no model is open with `model`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pocketgan_open(model: *mut Model, file: *const c_void, len: usize) -> Status {
    // SAFETY: as the caller guarantees.
    unsafe { open(model.cast(), file.cast(), len) }.into()
}

unsafe fn open(handle: *mut Opened, file: *const u8, len: usize) -> Result<(), Status> {
    pointers::check(handle, 1)?;
    // SAFETY: the handle is neither null nor unaligned, so there is memory for one.
    unsafe { (&raw mut (*handle).mark).write(0) };
    // SAFETY: as the caller guarantees, for as long as the handle is used.
    let file = unsafe { pointers::slice(file, len) }?;
    let (generator, classes) = IntegerGenerator::parse_with_digits(file)?;
    // SAFETY: as above; nothing refers to what was in the handle.
    unsafe { handle.write(Opened { mark: OPEN, model: OpenModel { generator, classes } }) };
    Ok(())
}

/// The model that was opened with a handle.
///
/// # Errors
/// If the handle is null or unaligned, or if no model was opened with it.
///
/// # Safety
/// If it is neither null nor unaligned, it leads to memory for a handle, which nobody changes during `'a`.
pub(crate) unsafe fn opened<'a>(handle: *const Model) -> Result<&'a OpenModel, Status> {
    let handle: *const Opened = handle.cast();
    pointers::check(handle, 1)?;
    // SAFETY: neither null nor unaligned, so there is a handle. Only the mark is read, which is valid with any bits.
    if unsafe { (&raw const (*handle).mark).read() } != OPEN {
        return Err(Status::NotOpen);
    }
    // SAFETY: only `open` writes the mark, together with a model.
    Ok(unsafe { &(*handle).model })
}
