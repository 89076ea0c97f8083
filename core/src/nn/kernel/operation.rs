//! Work that is compiled for each instruction set.

use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};

/// Work that is compiled for each instruction set.
pub trait Operation {
    /// Its result.
    type Output;

    /// Does the work with the chosen instruction set. Implementations, and all that they call, must be
    /// `#[inline(always)]`: a function that is not inlined is compiled without the instruction set.
    fn run<T: RegisterTile>(self) -> Self::Output;
}

impl<W: Interleave> Operation for Product<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        T::multiply(self);
    }
}
