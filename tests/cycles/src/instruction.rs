//! What the timings need to know of an instruction.

use std::ops::BitOr;

/// A decoded instruction at its place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its address.
    pub address: u32,
    /// Its length: 2 or 4 bytes.
    pub bytes: u32,
    /// What it is and does.
    pub operation: Operation,
}

impl Instruction {
    /// Whether it has 16 bits.
    pub fn is_narrow(&self) -> bool {
        self.bytes == 2
    }

    /// The address of the instruction after it.
    pub fn next(&self) -> u32 {
        self.address.wrapping_add(self.bytes)
    }
}

/// An instruction without its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its kind.
    pub class: Class,
    /// The registers it reads, except those in `late`.
    pub reads: Registers,
    /// What it reads only in a later stage: the addend of a multiplication, or the value that it stores.
    pub late: Registers,
    /// The registers it writes.
    pub writes: Registers,
    /// The register with its address, if it updates that.
    pub updates: Registers,
}

impl Operation {
    /// An operation that reads and writes no registers.
    pub const fn new(class: Class) -> Self {
        Self { class, reads: Registers::NONE, late: Registers::NONE, writes: Registers::NONE, updates: Registers::NONE }
    }

    /// The same, reading more registers.
    #[must_use]
    pub fn reading(self, registers: Registers) -> Self {
        Self { reads: self.reads | registers, ..self }
    }

    /// The same, reading more registers in a later stage.
    #[must_use]
    pub fn reading_late(self, registers: Registers) -> Self {
        Self { late: self.late | registers, ..self }
    }

    /// The same, writing more registers.
    #[must_use]
    pub fn writing(self, registers: Registers) -> Self {
        Self { writes: self.writes | registers, ..self }
    }

    /// The same, updating the register with its address.
    #[must_use]
    pub fn updating(self, address: Registers) -> Self {
        Self { updates: address, ..self }
    }
}

/// Kinds of instructions that take different times on some core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Additions, logic, shifts, moves, compares, extensions, bit fields, byte reversal, PC-relative addresses.
    Arithmetic,
    /// The same with a second operand that is shifted first, or an immediate that is a shifted constant.
    Shifted,
    /// Arithmetic of the DSP extension that does not multiply: parallel additions, packing, extension and addition.
    Parallel,
    /// An arithmetic instruction that writes the program counter.
    ArithmeticToPc,
    /// MUL: 32-bit product.
    Multiply,
    /// MLA, MLS: 32-bit product and sum.
    MultiplyAccumulate,
    /// UMULL, SMULL: 64-bit product.
    MultiplyLong,
    /// UMLAL: 64-bit product and sum, unsigned.
    MultiplyAccumulateLong,
    /// SMLAL: 64-bit product and sum, signed.
    SignedMultiplyAccumulateLong,
    /// Multiplications of the DSP extension: SMLAD, SMLABB, SMMLA and others.
    DspMultiply,
    /// UDIV, SDIV.
    Divide,
    /// A load of one register.
    Load {
        /// Of a byte or halfword instead of a word.
        part: bool,
    },
    /// A store of one register.
    Store {
        /// The offset is in a register.
        by_register: bool,
    },
    /// LDM, POP, LDRD: a load of `count` registers, among them PC if `to_pc`.
    LoadMultiple {
        /// The number of registers.
        count: u32,
        /// Whether it is also a branch.
        to_pc: bool,
    },
    /// STM, PUSH, STRD: a store of this number of registers.
    StoreMultiple(u32),
    /// LDR to PC.
    LoadPc,
    /// TBB, TBH.
    TableBranch,
    /// B, conditional or not.
    Branch,
    /// CBZ, CBNZ.
    CompareAndBranch,
    /// BL.
    Call,
    /// BX.
    BranchToRegister,
    /// BLX with a register.
    CallRegister,
    /// IT.
    IfThen,
    /// LE, LETP: the end of a low-overhead loop.
    LoopEnd,
    /// DLS, WLS and others: the start of a low-overhead loop.
    LoopStart,
    /// NOP and other hints.
    Hint,
    /// DMB, DSB, ISB.
    Barrier,
    /// MRS, MSR.
    SpecialRegister,
    /// CPS, SVC, BKPT.
    System,
    /// Scalar floating point, without loads and stores.
    Float,
    /// MVE load.
    VectorLoad,
    /// MVE store.
    VectorStore,
    /// MVE multiplication, lane by lane.
    VectorMultiply,
    /// MVE multiplication whose products are added to general registers: VMLADAV, VMLALDAV and others.
    VectorDot,
    /// Other MVE arithmetic.
    Vector,
    /// An encoding that the decoder does not know.
    Unknown,
}

impl Class {
    /// Whether it multiplies.
    pub fn multiplies(self) -> bool {
        matches!(
            self,
            Self::Multiply
                | Self::MultiplyAccumulate
                | Self::MultiplyLong
                | Self::MultiplyAccumulateLong
                | Self::SignedMultiplyAccumulateLong
                | Self::DspMultiply
        )
    }

    /// Whether it is a data-processing instruction: it computes, in general registers.
    pub fn computes(self) -> bool {
        matches!(self, Self::Arithmetic | Self::Shifted | Self::Parallel | Self::Divide) || self.multiplies()
    }

    /// Whether it loads or stores one register.
    pub fn is_single_access(self) -> bool {
        matches!(self, Self::Load { .. } | Self::Store { .. })
    }

    /// Whether it may go to another instruction than the next.
    pub fn may_branch(self) -> bool {
        matches!(
            self,
            Self::ArithmeticToPc
                | Self::LoadMultiple { to_pc: true, .. }
                | Self::LoadPc
                | Self::TableBranch
                | Self::Branch
                | Self::CompareAndBranch
                | Self::Call
                | Self::BranchToRegister
                | Self::CallRegister
                | Self::LoopEnd
                | Self::LoopStart
        )
    }
}

/// A set of registers: sixteen general ones, the flags, and eight vector registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers(u32);

impl Registers {
    /// How many there are.
    pub const COUNT: usize = 25;
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// The condition flags.
    pub const FLAGS: Self = Self(1 << 16);
    /// The stack pointer.
    pub const SP: Self = Self(1 << 13);
    /// The link register.
    pub const LR: Self = Self(1 << 14);

    /// A general register, by its number 0..=15.
    pub fn general(number: u32) -> Self {
        Self(1 << (number & 15))
    }

    /// The general registers whose bits are set.
    pub fn list(bits: u32) -> Self {
        Self(bits & 0xffff)
    }

    /// A vector register, by its number 0..=7.
    pub fn vector(number: u32) -> Self {
        Self(1 << (17 + (number & 7)))
    }

    /// Whether the two sets have a register in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The numbers of the registers in the set, below [`COUNT`](Self::COUNT).
    pub fn numbers(self) -> impl Iterator<Item = usize> {
        (0..Self::COUNT).filter(move |number| self.0 >> number & 1 == 1)
    }

    /// The set without those of another.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Registers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
