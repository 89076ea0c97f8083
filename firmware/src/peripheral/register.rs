//! The registers of a peripheral.

/// The part of the memory map, at most 4 KB, with the registers of a peripheral.
#[derive(Clone, Copy, Debug)]
pub struct Block(usize);

/// A 32-bit register.
#[derive(Clone, Copy, Debug)]
pub struct Register(usize);

/// Bytes of a [`Block`].
const BLOCK: usize = 0x1000;

impl Block {
    /// The registers from `base` on.
    ///
    /// # Safety
    /// From `base`, a multiple of 4, this board has registers of peripherals and nothing else for 4 KB: reading and
    /// writing there touches no memory that Rust code owns.
    pub const unsafe fn at(base: usize) -> Self {
        Self(base)
    }

    /// The register `offset` bytes from the first.
    ///
    /// # Panics
    /// If the offset is not a multiple of 4, or not below 4 KB. For constants that is a compile error.
    #[inline(always)]
    pub const fn register(self, offset: usize) -> Register {
        assert!(offset < BLOCK && offset.is_multiple_of(4), "a register lies on a multiple of 4 in its block");
        Register(self.0 + offset)
    }
}

impl Register {
    /// Its value.
    pub fn read(self) -> u32 {
        // SAFETY: registers come from a `Block` only, whose constructor requires that they exist.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    /// Sets all its bits.
    pub fn write(self, value: u32) {
        // SAFETY: as for `read`.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Sets the bits of `mask` to their values in `bits`: a read and a write.
    pub fn change(self, mask: u32, bits: u32) {
        self.write(self.read() & !mask | bits & mask);
    }

    /// Whether all bits of `mask` are set.
    pub fn has(self, mask: u32) -> bool {
        self.read() & mask == mask
    }
}
