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

    /// Replaces all inputs by the concatenation of `blocks`, of which at most [`WIDEST`] are kept. `N` is a multiple of 4.
    #[inline]
    pub fn set<const N: usize>(&mut self, blocks: impl Iterator<Item = [u8; N]>) {
        const { assert!(N.is_multiple_of(4), "inputs are added four at a time") };
        // The sums of every other input, in 16 bits each: 128 * 255 < 2^16.
        let (mut pairs, mut len) = (0, 0);
        for (slots, block) in self.values.as_chunks_mut::<N>().0.iter_mut().zip(blocks) {
            *slots = block.map(Input::from);
            for word in block.as_chunks().0 {
                let word = u32::from_le_bytes(*word);
                pairs += (word & 0x00ff_00ff) + (word >> 8 & 0x00ff_00ff);
            }
            len += N as u32;
        }
        self.sum = ((pairs & 0xffff) + (pairs >> 16)) as i32;
        self.len = len;
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
