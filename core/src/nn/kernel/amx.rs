//! A block of [tiles](super::tiles) by AMX, the matrix unit of Intel's processors.
//!
//! Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18 (programming with AMX), and
//! volume 2 (`LDTILECFG`, `TILELOADD`, `TDPBF16PS`, `TILESTORED`, CPUID leaves 1 and 7, `XGETBV`); Linux kernel,
//! Documentation/arch/x86/xstate.rst (permission). Rust's intrinsics for AMX are not stable, so this is assembly.

use core::arch::asm;
use core::sync::atomic::{AtomicU8, Ordering};

use super::tile_block::{Block, TILE};

/// Bytes of an element of an operand or of a sum.
const BYTES: usize = size_of::<f32>();

/// Whether this processor has AMX for bfloat16, and the system lets this process use it. The system is asked once.
pub(super) fn is_available() -> bool {
    const UNKNOWN: u8 = 0;
    const NO: u8 = 1;
    const YES: u8 = 2;
    static ANSWER: AtomicU8 = AtomicU8::new(UNKNOWN);
    if ANSWER.load(Ordering::Relaxed) == UNKNOWN {
        ANSWER.store(if is_detected() && is_permitted() { YES } else { NO }, Ordering::Relaxed);
    }
    ANSWER.load(Ordering::Relaxed) == YES
}

/// Whether the processor has tiles and multiplies bfloat16 in them, and the system saves them.
fn is_detected() -> bool {
    use core::arch::x86_64::__cpuid_count;
    const OSXSAVE: u32 = 1 << 27;
    const AMX_BF16_AND_TILE: u32 = 1 << 22 | 1 << 24;
    const TILE_STATE: u32 = 1 << 17 | 1 << 18;
    #[allow(unused_unsafe, reason = "older compilers declare it unsafe")]
    // SAFETY: every 64-bit processor has the instruction.
    let leaf = |leaf| unsafe { __cpuid_count(leaf, 0) };
    let has = |bits: u32, wanted: u32| bits & wanted == wanted;
    if !has(leaf(1).ecx, OSXSAVE) || leaf(0).eax < 7 || !has(leaf(7).edx, AMX_BF16_AND_TILE) {
        return false;
    }
    let state: u32;
    // SAFETY: OSXSAVE says that the system has enabled the instruction. It reads register 0, which always exists.
    unsafe { asm!("xgetbv", in("ecx") 0, out("eax") state, out("edx") _, options(nomem, nostack, preserves_flags)) };
    has(state, TILE_STATE)
}

/// Asks Linux for permission, which a process needs, as tiles enlarge what is saved of each thread.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_PRCTL: isize = 158;
    const ARCH_REQ_XCOMP_PERM: isize = 0x1023;
    const XFEATURE_XTILEDATA: isize = 18;
    let result: isize;
    // SAFETY: the call changes no memory of this process. The system overwrites rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

/// How other systems give permission is not known here.
#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The operand of `LDTILECFG`.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    bytes_per_row: [u16; 16],
    rows: [u8; 16],
}

/// All eight tiles in full size.
static CONFIGURATION: Configuration = {
    let (mut bytes_per_row, mut rows, mut tile) = ([0; 16], [0; 16], 0);
    while tile < 8 {
        (bytes_per_row[tile], rows[tile]) = ((TILE * BYTES) as u16, TILE as u8);
        tile += 1;
    }
    Configuration { palette: 1, start_row: 0, reserved: [0; 14], bytes_per_row, rows }
};

/// While it lives, the calling thread's tiles are configured. Afterwards they are empty, and cost nothing when the system
/// changes threads.
pub(super) struct ConfiguredTiles(());

impl ConfiguredTiles {
    /// Configures the tiles.
    ///
    /// # Safety
    /// The processor has AMX, and the system permits its use.
    pub(super) unsafe fn new() -> Self {
        // SAFETY: the caller's promise; the configuration is valid.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &CONFIGURATION, options(nostack, preserves_flags, readonly)) };
        Self(())
    }
}

impl Drop for ConfiguredTiles {
    fn drop(&mut self) {
        // SAFETY: who made this has AMX.
        unsafe { asm!("tilerelease", options(nostack, preserves_flags, nomem)) };
    }
}

/// Computes `block`.
///
/// # Safety
/// All operands are whole tiles in memory. The tiles are [configured](ConfiguredTiles).
pub(super) unsafe fn multiply(block: &Block) {
    // SAFETY: the caller's promise.
    unsafe {
        match (block.rows > TILE, block.groups) {
            (false, 1) => multiply_tiles::<1, 1>(block),
            (false, 2) => multiply_tiles::<1, 2>(block),
            (false, _) => multiply_tiles::<1, 3>(block),
            (true, 1) => multiply_tiles::<2, 1>(block),
            (true, _) => multiply_tiles::<2, 2>(block),
        }
    }
}

/// Computes a block of `ROWS` by `GROUPS` tiles: one by up to three, or two by up to two.
///
/// The sums are in `tmm0` to `tmm2`, or `tmm0` to `tmm3`, those of a row of tiles first. A step loads A's tiles to `tmm4` and
/// `tmm5`, and B's to `tmm6` and `tmm7`, or a third one to `tmm5`.
///
/// # Safety
/// That of [`multiply`], for a block of this size.
unsafe fn multiply_tiles<const ROWS: usize, const GROUPS: usize>(block: &Block) {
    let &Block { steps, a, b, start, c, .. } = block;
    debug_assert!(steps > 0 && GROUPS == block.groups);
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tileloadd tmm0, [{start} + {start_stride}]",
            ".if {groups} > 1",
            "tileloadd tmm1, [{start} + {start_stride} + 64]",
            ".endif",
            ".if {groups} > 2",
            "tileloadd tmm2, [{start} + {start_stride} + 128]",
            ".endif",
            ".if {rows} > 1",
            "mov {at}, {start_stride}",
            "shl {at}, 4",
            "add {at}, {start}",
            "tileloadd tmm2, [{at} + {start_stride}]",
            ".if {groups} > 1",
            "tileloadd tmm3, [{at} + {start_stride} + 64]",
            ".endif",
            ".endif",
            // The depth, in steps of sixteen pairs.
            "2:",
            "tileloadd tmm4, [{a} + {a_stride}]",
            "tileloadd tmm6, [{b} + {b_stride}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            ".if {rows} > 1",
            "mov {at}, {a_stride}",
            "shl {at}, 4",
            "add {at}, {a}",
            "tileloadd tmm5, [{at} + {a_stride}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            ".endif",
            ".if {groups} > 1",
            "lea {at}, [{b} + {b_next}]",
            "tileloadd tmm7, [{at} + {b_stride}]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            ".if {rows} > 1",
            "tdpbf16ps tmm3, tmm5, tmm7",
            ".endif",
            ".endif",
            ".if {groups} > 2",
            "add {at}, {b_next}",
            "tileloadd tmm5, [{at} + {b_stride}]",
            "tdpbf16ps tmm2, tmm4, tmm5",
            ".endif",
            "add {a}, {a_next}",
            "mov {at}, {b_stride}",
            "shl {at}, 4",
            "add {b}, {at}",
            "dec {steps}",
            "jnz 2b",
            "tilestored [{c} + {c_stride}], tmm0",
            ".if {groups} > 1",
            "tilestored [{c} + {c_stride} + 64], tmm1",
            ".endif",
            ".if {groups} > 2",
            "tilestored [{c} + {c_stride} + 128], tmm2",
            ".endif",
            ".if {rows} > 1",
            "mov {at}, {c_stride}",
            "shl {at}, 4",
            "add {at}, {c}",
            "tilestored [{at} + {c_stride}], tmm2",
            ".if {groups} > 1",
            "tilestored [{at} + {c_stride} + 64], tmm3",
            ".endif",
            ".endif",
            rows = const ROWS,
            groups = const GROUPS,
            steps = inout(reg) steps => _,
            a = inout(reg) a.data => _,
            a_stride = in(reg) a.stride * BYTES,
            a_next = in(reg) a.next * BYTES,
            b = inout(reg) b.data => _,
            b_stride = in(reg) b.stride * BYTES,
            b_next = in(reg) b.next * BYTES,
            start = in(reg) start.0,
            start_stride = in(reg) start.1 * BYTES,
            c = in(reg) c.0,
            c_stride = in(reg) c.1 * BYTES,
            at = out(reg) _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
