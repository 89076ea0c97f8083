//! C's pointers as Rust's references, after all checks that are possible.

use core::slice;

use crate::status::Status;

/// `len` values at `start`.
///
/// # Errors
/// If `start` is null or unaligned, or if memory cannot hold that many values from there on.
///
/// # Safety
/// If it is a place for `len` values, they are there, and nobody changes them during `'a`.
pub(crate) unsafe fn slice<'a, T>(start: *const T, len: usize) -> Result<&'a [T], Status> {
    check(start, len)?;
    // SAFETY: not null, aligned, within the address space, and otherwise as the caller guarantees.
    Ok(unsafe { slice::from_raw_parts(start, len) })
}

/// The array at `start`, whose length the caller states.
///
/// # Errors
/// Those of [`slice`], and if `len` is not `N`.
///
/// # Safety
/// As [`slice`].
pub(crate) unsafe fn array<'a, T, const N: usize>(start: *const T, len: usize) -> Result<&'a [T; N], Status> {
    check_array::<T, N>(start, len)?;
    // SAFETY: as in `slice`.
    Ok(unsafe { &*start.cast() })
}

/// Like [`array`], to be written.
///
/// # Errors
/// Those of [`array`].
///
/// # Safety
/// As [`slice`]; and nothing else refers to the array during `'a`.
pub(crate) unsafe fn array_mut<'a, T, const N: usize>(start: *mut T, len: usize) -> Result<&'a mut [T; N], Status> {
    check_array::<T, N>(start, len)?;
    // SAFETY: as in `slice`, and exclusive.
    Ok(unsafe { &mut *start.cast() })
}

/// Writes `value` to `place`.
///
/// # Errors
/// If `place` is null or unaligned.
///
/// # Safety
/// If it is neither, there is room for a value.
pub(crate) unsafe fn write<T>(place: *mut T, value: T) -> Result<(), Status> {
    check(place, 1)?;
    // SAFETY: not null, aligned, and otherwise as the caller guarantees.
    unsafe { place.write(value) };
    Ok(())
}

fn check_array<T, const N: usize>(start: *const T, len: usize) -> Result<(), Status> {
    check(start, N)?;
    if len == N { Ok(()) } else { Err(Status::BufferLength) }
}

/// Checks that `len` values may begin at `start`.
pub(crate) fn check<T>(start: *const T, len: usize) -> Result<(), Status> {
    if start.is_null() {
        return Err(Status::NullPointer);
    }
    if !start.is_aligned() {
        return Err(Status::Unaligned);
    }
    // No object of Rust's is longer, or wraps around the end of the address space.
    let bytes = len.checked_mul(size_of::<T>()).filter(|&bytes| bytes <= isize::MAX as usize);
    let end = bytes.and_then(|bytes| start.addr().checked_add(bytes));
    end.map(|_| ()).ok_or(Status::BufferLength)
}
