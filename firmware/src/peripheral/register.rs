//! One register of a peripheral.

/// A 32-bit register in the memory map.
#[derive(Clone, Copy, Debug)]
pub struct Register(usize);

impl Register {
    /// The register at `address`.
    ///
    /// # Safety
    /// At `address`, a multiple of 4, this board has a register of a peripheral: reading and writing it touches no
    /// memory that Rust code owns.
    pub const unsafe fn at(address: usize) -> Self {
        Self(address)
    }

    /// Its value.
    pub fn read(self) -> u32 {
        // SAFETY: whoever made this promised a register here.
        unsafe { (self.0 as *const u32).read_volatile() }
    }

    /// Sets all its bits.
    pub fn write(self, value: u32) {
        // SAFETY: whoever made this promised a register here.
        unsafe { (self.0 as *mut u32).write_volatile(value) }
    }

    /// Gives the bits of `mask` the values that they have in `bits`, by reading and writing.
    pub fn change(self, mask: u32, bits: u32) {
        self.write(self.read() & !mask | bits & mask);
    }

    /// Whether all bits of `mask` are set.
    pub fn has(self, mask: u32) -> bool {
        self.read() & mask == mask
    }
}
