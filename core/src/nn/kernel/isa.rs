//! The instruction sets, detected at run time, and the dispatch to them.

#[cfg(target_arch = "x86_64")]
use super::amx;
#[cfg(target_arch = "x86_64")]
use super::avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
use super::neon::Neon;
use super::operation::Operation;
use super::pair_order::{PairOrder, TileUnit};
use super::portable::Portable;
use super::register_tile::RegisterTile;

/// An instruction set that this machine has, and the order in which it sums products of pairs of bfloat16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa {
    kind: Kind,
    order: PairOrder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Portable,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    Neon,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512 {
        /// Whether it multiplies pairs of bfloat16.
        bf16: bool,
    },
}

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx2_detected, "avx2", "fma");
// The latents need the leading-zero count of CD; every processor with F has it.
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx512_detected, "avx512f", "avx512cd", "avx2", "fma");

// Rounded pairs are put together with BW; every processor with AVX512-BF16 has it.
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(avx512bw_detected, "avx512bw");

/// Whether the processor has AVX512-BF16, which `cpufeatures` does not know: bit 5 of EAX, leaf 7, subleaf 1 (Intel 64 and
/// IA-32 Architectures Software Developer's Manual, volume 2, CPUID).
#[cfg(target_arch = "x86_64")]
fn bf16_detected() -> bool {
    use core::arch::x86_64::__cpuid_count;
    #[allow(unused_unsafe, reason = "older compilers declare it unsafe")]
    // SAFETY: every 64-bit processor has the instruction.
    let eax = |leaf, subleaf| unsafe { __cpuid_count(leaf, subleaf) }.eax;
    avx512bw_detected::get() && eax(0, 0) >= 7 && eax(7, 0) >= 1 && eax(7, 1) >> 5 & 1 == 1
}

/// Whether the processor's maker is AMD: EBX, EDX and ECX of leaf 0.
#[cfg(target_arch = "x86_64")]
fn made_by_amd() -> bool {
    #[allow(unused_unsafe, reason = "older compilers declare it unsafe")]
    // SAFETY: every 64-bit processor has the instruction.
    let leaf = unsafe { core::arch::x86_64::__cpuid(0) };
    [leaf.ebx, leaf.edx, leaf.ecx].map(u32::to_le_bytes).as_flattened() == b"AuthenticAMD"
}

impl Isa {
    /// Runs everywhere, microcontrollers included.
    pub const PORTABLE: Self = Self::of(Kind::Portable);

    const fn of(kind: Kind) -> Self {
        Self { kind, order: PairOrder::Pairs }
    }

    /// The instruction sets of this machine, slowest first; the portable one is always among them. They sum products of pairs
    /// in the order of [`PairOrder::Pairs`].
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        [
            Some(Kind::Portable),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Some(Kind::Neon),
            #[cfg(target_arch = "x86_64")]
            avx2_detected::get().then_some(Kind::Avx2),
            #[cfg(target_arch = "x86_64")]
            avx512_detected::get().then(|| Kind::Avx512 { bf16: bf16_detected() }),
        ]
        .into_iter()
        .flatten()
        .map(Self::of)
    }

    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self::available().next_back().unwrap_or(Self::PORTABLE)
    }

    /// Its name: `portable`, `neon`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self.kind {
            Kind::Portable => "portable",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Kind::Neon => "neon",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 { .. } => "avx512",
        }
    }

    /// The same instruction set, with products of pairs summed in the order of [`PairOrder::Tiles`]: by AMX, if the processor
    /// and the system have it and this is the fastest instruction set beside it, otherwise by multiply-adds.
    pub fn in_tiles(self) -> Self {
        let amx = match self.kind {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 { .. } => amx::is_available(),
            _ => false,
        };
        Self { order: PairOrder::Tiles(TileUnit { amx }), ..self }
    }

    /// [`Isa::in_tiles`] with AMX, for tests that emulate it.
    ///
    /// # Safety
    /// Whatever executes this process executes the instructions of AMX.
    #[cfg(all(feature = "test-support", target_arch = "x86_64"))]
    pub const unsafe fn with_amx(self) -> Self {
        Self { order: PairOrder::Tiles(TileUnit { amx: true }), ..self }
    }

    /// The order in which it sums products of pairs.
    #[inline(always)]
    pub const fn pair_order(self) -> PairOrder {
        self.order
    }

    /// Whether it has instructions that multiply pairs of bfloat16 in its order. Without them, such products take about as
    /// long as those of floats, or somewhat longer.
    pub const fn multiplies_pairs(self) -> bool {
        match (self.order, self.kind) {
            (PairOrder::Tiles(TileUnit { amx }), _) => amx,
            #[cfg(target_arch = "x86_64")]
            (PairOrder::Pairs, Kind::Avx512 { bf16 }) => bf16,
            _ => false,
        }
    }

    /// Whether products of pairs in the order of [`PairOrder::Pairs`] are much faster with it than those of floats: with the
    /// instruction of AMD's processors. Intel's does no more multiply-adds in a second than one of floats does (measured on
    /// an Emerald Rapids).
    pub fn gains_from_pairs(self) -> bool {
        match (self.order, self.kind) {
            #[cfg(target_arch = "x86_64")]
            (PairOrder::Pairs, Kind::Avx512 { bf16: true }) => made_by_amd(),
            _ => false,
        }
    }

    /// Runs `operation`, compiled for this instruction set.
    pub fn run<O: Operation>(self, operation: O) -> O::Output {
        // SAFETY: only where AMX is available, or emulated, the order uses it.
        #[cfg(target_arch = "x86_64")]
        let _configured = (O::PAIRS && self.order.uses_amx()).then(|| unsafe { amx::ConfiguredTiles::new() });
        match self.kind {
            Kind::Portable => operation.run::<Portable>(),
            #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
            Kind::Neon => operation.run::<Neon>(),
            // SAFETY: `available` makes an `Isa` of this kind only where its features are detected.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::run(operation) },
            // SAFETY: `available` makes an `Isa` of this kind only where its features are detected.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 { bf16: true } if O::PAIRS => unsafe { avx512::run_with_bf16(operation) },
            // SAFETY: `available` makes an `Isa` of this kind only where its features are detected.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 { .. } => unsafe { avx512::run(operation) },
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
