//! The inputs of an integer layer.

/// Most inputs of a layer: the fields of the kernels' packed sums are just wide enough for 256.
pub const WIDEST: usize = 256;

/// One activation, 0..=255, as the kernels read it: four per word for vectors, two for DSP instructions, one otherwise.
#[cfg(integer_kernel = "mve")]
type Input = u8;
#[cfg(not(any(integer_kernel = "mve", integer_kernel = "v7m", integer_kernel = "v6m")))]
type Input = u16;
#[cfg(any(integer_kernel = "v7m", integer_kernel = "v6m"))]
type Input = u32;

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}

/// The inputs of a layer, with their sum, from which kernels correct for the offsets of stored weights.
// The assembly kernels rely on this layout: the sum at offset 0, the values from offset 8.
#[derive(Clone, Debug)]
#[repr(C, align(4))]
pub struct Inputs {
    sum: i32,
    len: u32,
    values: [Input; WIDEST],
}

impl Inputs {
    /// No inputs.
    pub const fn new() -> Self {
        Self { sum: 0, len: 0, values: [0; WIDEST] }
    }

    /// Replaces all inputs by the concatenation of `blocks`, of which at most [`WIDEST`] are kept.
    #[inline]
    pub fn set<const N: usize>(&mut self, blocks: impl Iterator<Item = [u8; N]>) {
        (self.sum, self.len) = (0, 0);
        for (slots, block) in self.values.as_chunks_mut::<N>().0.iter_mut().zip(blocks) {
            for (slot, value) in slots.iter_mut().zip(block) {
                *slot = value.into();
                self.sum += i32::from(value);
            }
            self.len += N as u32;
        }
    }

    /// The number of inputs.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no inputs.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The sum of all inputs.
    #[inline]
    pub fn sum(&self) -> i32 {
        self.sum
    }

    /// The inputs, followed by unspecified values.
    #[inline]
    pub fn values(&self) -> &[Input; WIDEST] {
        &self.values
    }
}
