//! Addressed random numbers: every number is a function of (seed, purpose, index, position).
//!
//! A [`Stream`] is short-lived: it is created where it is needed, and then discarded. So a resumed training, another number
//! of threads and a microcontroller use the same numbers by construction. All arithmetic is on integers, so the bits are the
//! same on every machine.

/// The purpose of a stream of random numbers; streams of different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// The latent of a picture with a seed.
    Picture = 1,
    /// The latents of a training step.
    Training = 2,
    /// The order of the images in an epoch.
    Shuffle = 3,
    /// The weights before the first step.
    Weights = 4,
    /// The shifts of images that augment the classifier's training data.
    Shift = 5,
    /// How training images are distorted where there are few.
    Augment = 6,
}

/// xoshiro128++ (Blackman and Vigna 2019), with a state that SplitMix64 derives from an address.
#[derive(Clone, Debug)]
pub struct Stream {
    state: [u32; 4],
}

impl Stream {
    /// The stream at (`seed`, `purpose`, `index`).
    pub fn at(seed: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(mix(mix(seed).wrapping_add(purpose as u64)).wrapping_add(index));
        let (a, b) = (mix(key.wrapping_add(GOLDEN)), mix(key.wrapping_add(GOLDEN.wrapping_mul(2))));
        // One bit is always set, as an all-zero state would stay zero.
        Self { state: [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32 | 1] }
    }

    /// The next 32 random bits.
    #[inline(always)]
    pub fn next_u32(&mut self) -> u32 {
        let result;
        (result, self.state) = advance(self.state);
        result
    }

    /// A uniformly distributed number below `bound` (Lemire 2019).
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        assert!(bound > 0, "there is no number below 0");
        // Products below this remainder of 2^32 are rejected, as they would make some results more likely.
        let unfair = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.next_u32()) * u64::from(bound);
            if product as u32 >= unfair {
                return (product >> 32) as u32;
            }
        }
    }

    /// A uniformly distributed number in -1..1, a multiple of 2^-23.
    pub fn symmetric(&mut self) -> f32 {
        (self.next_u32() as i32 >> 8) as f32 / (1 << 23) as f32
    }
}

/// The output of a state, and the next state.
#[inline(always)]
fn advance([s0, s1, s2, s3]: [u32; 4]) -> (u32, [u32; 4]) {
    let result = s0.wrapping_add(s3).rotate_left(7).wrapping_add(s0);
    let (s2, s3) = (s2 ^ s0, s3 ^ s1);
    (result, [s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 9), s3.rotate_left(11)])
}

/// The streams of `N` consecutive indices, for loops that the compiler vectorises.
#[derive(Clone, Debug)]
pub struct Streams<const N: usize> {
    /// `[word][stream]`
    state: [[u32; N]; 4],
}

impl<const N: usize> Streams<N> {
    /// The streams at (`seed`, `purpose`, `first`), (`seed`, `purpose`, `first + 1`), ...
    #[inline(always)]
    pub fn at(seed: u64, purpose: Purpose, first: u64) -> Self {
        let mut state = [[0; N]; 4];
        for lane in 0..N {
            let stream = Stream::at(seed, purpose, first + lane as u64);
            for (word, lanes) in stream.state.into_iter().zip(&mut state) {
                lanes[lane] = word;
            }
        }
        Self { state }
    }

    /// The next 32 random bits of each stream.
    #[inline(always)]
    pub fn next_u32s(&mut self) -> [u32; N] {
        let mut results = [0; N];
        let [s0, s1, s2, s3] = &mut self.state;
        for lane in 0..N {
            let next;
            (results[lane], next) = advance([s0[lane], s1[lane], s2[lane], s3[lane]]);
            [s0[lane], s1[lane], s2[lane], s3[lane]] = next;
        }
        results
    }
}

/// The odd number nearest to 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's finaliser: every bit of the input affects every bit of the output.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(GOLDEN);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Fills `order` with the permutation of the numbers 0, 1, ... for epoch `epoch` (Fisher and Yates).
///
/// # Panics
/// If `order` has more than `u32::MAX` elements.
pub fn shuffle(order: &mut [u32], seed: u64, epoch: u64) {
    let mut stream = Stream::at(seed, Purpose::Shuffle, epoch);
    for (i, slot) in (0..).zip(order.iter_mut()) {
        *slot = i;
    }
    for last in (1..order.len()).rev() {
        let bound = u32::try_from(last + 1).expect("at most u32::MAX elements");
        order.swap(last, stream.below(bound) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_agrees_with_its_authors_implementation() {
        let mut stream = Stream { state: [1, 2, 3, 4] };
        assert_eq!([(); 5].map(|()| stream.next_u32()), [641, 1_573_767, 3_222_811_527, 3_517_856_514, 836_907_274]);
    }

    /// A change of these numbers changes every picture and every training.
    #[test]
    fn a_stream_has_its_recorded_values() {
        let mut stream = Stream::at(7, Purpose::Picture, 42);
        assert_eq!([(); 4].map(|()| stream.next_u32()), [3_545_079_724, 2_488_648_394, 3_026_895_112, 1_071_492_127]);
    }

    #[test]
    fn streams_agree_with_single_streams_of_consecutive_indices() {
        let mut streams = Streams::<3>::at(7, Purpose::Training, 42);
        let mut each = [42, 43, 44].map(|index| Stream::at(7, Purpose::Training, index));
        for _ in 0..5 {
            assert_eq!(streams.next_u32s(), each.each_mut().map(Stream::next_u32));
        }
    }

    #[test]
    fn adjacent_addresses_give_unrelated_streams() {
        let base = Stream::at(7, Purpose::Picture, 42).next_u32();
        for other in [
            Stream::at(8, Purpose::Picture, 42),
            Stream::at(7, Purpose::Training, 42),
            Stream::at(7, Purpose::Picture, 43),
        ] {
            let differing = (base ^ other.clone().next_u32()).count_ones();
            assert!((6..=26).contains(&differing), "{differing} of 32 bits differ");
        }
    }

    #[test]
    fn a_shuffle_is_a_permutation_that_depends_on_the_epoch() {
        let (mut a, mut b) = ([0; 1000], [0; 1000]);
        shuffle(&mut a, 3, 0);
        shuffle(&mut b, 3, 1);
        assert_ne!(a, b);
        a.sort_unstable();
        assert!((0..1000).eq(a));
    }

    #[test]
    fn every_position_in_a_shuffle_is_equally_likely() {
        let mut counts = [[0; 4]; 4];
        for epoch in 0..24_000 {
            let mut order = [0; 4];
            shuffle(&mut order, 1, epoch);
            order.iter().enumerate().for_each(|(position, &i)| counts[position][i as usize] += 1);
        }
        // 6,000 expected, standard deviation 67.
        assert!(counts.iter().flatten().all(|&count| (5_700..6_300).contains(&count)), "{counts:?}");
    }
}
