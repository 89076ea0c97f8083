//! What goes into a layer of integers.

/// Widest input of a layer: with 256 inputs, each field of the kernels' packed sums is just wide enough.
pub const WIDEST: usize = 256;

/// One activation, 0..=255, as the kernels read it: the DSP instructions take two in a word, the others one.
#[cfg(not(any(integer_kernel = "v7m", integer_kernel = "v6m")))]
type Input = u16;
#[cfg(any(integer_kernel = "v7m", integer_kernel = "v6m"))]
type Input = u32;

impl Default for Inputs {
    fn default() -> Self {
        Self::new()
    }
}

/// The inputs of a layer, with their sum, by which kernels take offsets out of their sums.
// The assembly kernels know this layout: the sum at 0, the values from 8 on.
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

    /// Replaces all inputs by `blocks`, one after the other; what is beyond the [`WIDEST`] is left out.
    #[inline]
    pub fn set<const N: usize>(&mut self, blocks: impl Iterator<Item = [u8; N]>) {
        (self.sum, self.len) = (0, 0);
        for (places, block) in self.values.as_chunks_mut::<N>().0.iter_mut().zip(blocks) {
            for (place, value) in places.iter_mut().zip(block) {
                *place = value.into();
                self.sum += i32::from(value);
            }
            self.len += N as u32;
        }
    }

    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All inputs added up.
    #[inline]
    pub fn sum(&self) -> i32 {
        self.sum
    }

    /// The inputs, and what stood there before behind them.
    #[inline]
    pub fn values(&self) -> &[Input; WIDEST] {
        &self.values
    }
}
