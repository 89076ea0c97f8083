//! Work that is compiled for each instruction set.

use super::element::Element;
use super::product::Product;
use super::register_tile::{Interleave, RegisterTile};

/// Work that is compiled for each instruction set.
pub trait Operation {
    /// Its result.
    type Output;

    /// Whether it multiplies or rounds to pairs of bfloat16. If so, it is compiled for the processor's instructions for them too.
    const PAIRS: bool = false;

    /// Does the work with the chosen instruction set. Implementations, and all that they call, must be
    /// `#[inline(always)]`: a function that is not inlined is compiled without the instruction set.
    fn run<T: RegisterTile>(self) -> Self::Output;
}

impl<W: Interleave, E: Element> Operation for Product<'_, W, E> {
    type Output = ();

    const PAIRS: bool = E::PAIRS;

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        T::multiply(self);
    }
}
