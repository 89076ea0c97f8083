//! The instruction sets, detected at run time, and the dispatch to them.

#[cfg(target_arch = "x86_64")]
use super::avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
use super::neon::Neon;
use super::operation::Operation;
use super::portable::Portable;
use super::register_tile::RegisterTile;

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

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx2_detected, "avx2", "fma");
// The latents need the leading-zero count of CD; every processor with F has it.
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx512_detected, "avx512f", "avx512cd", "avx2", "fma");

impl Isa {
    /// Runs everywhere, microcontrollers included.
    pub const PORTABLE: Self = Self(Kind::Portable);

    /// The instruction sets of this machine, slowest first; the portable one is always among them.
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

    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::PORTABLE)
    }

    /// Its name: `portable`, `neon`, `avx2` or `avx512`.
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

    /// Runs `operation`, compiled for this instruction set.
    pub fn run<O: Operation>(self, operation: O) -> O::Output {
        match self.0 {
            Kind::Portable => operation.run::<Portable>(),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Kind::Neon => operation.run::<Neon>(),
            // SAFETY: `available` makes an `Isa` of this kind only where its features are detected.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::run(operation) },
            // SAFETY: `available` makes an `Isa` of this kind only where its features are detected.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512::run(operation) },
        }
    }

    /// Runs a closure of plain loops, vectorised for this instruction set. It must be `#[inline(always)]`.
    pub fn vectorised<R>(self, work: impl FnOnce() -> R) -> R {
        struct Plain<F>(F);
        impl<R, F: FnOnce() -> R> Operation for Plain<F> {
            type Output = R;
            #[inline(always)]
            fn run<T: RegisterTile>(self) -> R {
                (self.0)()
            }
        }
        self.run(Plain(work))
    }
}
