//! Buffers of the workspaces, taken one after another from one slice.

/// Splits off the first `len` elements of `memory`.
///
/// # Panics
/// If there are fewer.
pub(crate) fn take<'m, T>(memory: &mut &'m mut [T], len: usize) -> &'m mut [T] {
    let available = memory.len();
    memory.split_off_mut(..len).unwrap_or_else(|| panic!("a buffer of {len} elements in a memory of {available}"))
}
