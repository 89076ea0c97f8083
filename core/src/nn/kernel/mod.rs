//! The kernels: one register tile for every matrix product, for each instruction set.
//!
//! [`Isa`] is the one place that chooses. A piece of work is an [`Operation`], written once against [`Lanes`] (sixteen
//! floats) and compiled for each instruction set; [`Isa::run`] enters the copy that suits the machine. Plain loops
//! inside an operation are vectorised by the compiler for the same instruction set.
//!
//! NEON, AVX2 and AVX-512 give the same bits: every output is one chain of fused multiply-adds over its reduction
//! index, in order, whatever the width. The portable lanes round after each multiplication and so agree to rounding.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lanes;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
mod portable;
mod product;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use lanes::{Lanes, WIDTH};
pub use product::{Beside, Left, Product, Right, Start};

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Work that is compiled for each instruction set.
pub trait Operation {
    /// What it gives back.
    type Output;
    /// Does it, with sixteen floats of the chosen instruction set. Implementations say `#[inline(always)]`, so that the
    /// code becomes part of the function that enables the instruction set.
    fn run<L: Lanes>(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx2_detected, "avx2", "fma");
// CD counts leading zeros, of which the latents are made; every processor with F has it.
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx512_detected, "avx512f", "avx512cd", "avx2", "fma");

/// Asks for `bytes`, which will be read soon, to be brought from memory. Where the processor has no such request
/// nothing happens.
#[inline(always)]
pub fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(64) {
        x86::prefetch(line.as_ptr().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

impl Isa {
    /// Runs everywhere, microcontrollers included.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The instruction sets of this machine, slowest first; the portable one is always there.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        [
            Some(Kind::Portable),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Some(Kind::Neon),
            #[cfg(target_arch = "x86_64")]
            avx2_detected::get().then_some(Kind::Avx2),
            #[cfg(target_arch = "x86_64")]
            avx512_detected::get().then_some(Kind::Avx512),
        ]
        .into_iter()
        .flatten()
        .map(Self)
    }

    /// The fastest one of this machine.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::PORTABLE)
    }

    /// What it is called: `portable`, `neon`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Kind::Portable => "portable",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Kind::Neon => "neon",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
        }
    }

    /// Runs `operation` in its copy for this instruction set.
    pub fn run<O: Operation>(self, operation: O) -> O::Output {
        match self.0 {
            Kind::Portable => operation.run::<portable::Portable>(),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Kind::Neon => operation.run::<neon::Neon>(),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => avx2::run(self, operation),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => avx512::run(self, operation),
        }
    }

    /// Runs a closure of plain loops, vectorised for this instruction set.
    pub fn vectorised<R>(self, work: impl FnOnce() -> R) -> R {
        struct Plain<F>(F);
        impl<R, F: FnOnce() -> R> Operation for Plain<F> {
            type Output = R;
            #[inline(always)]
            fn run<L: Lanes>(self) -> R {
                (self.0)()
            }
        }
        self.run(Plain(work))
    }
}
