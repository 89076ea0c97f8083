//! The patches of an image. A convolution is a dense layer applied to each of them.

/// The patches of square images: squares of `kernel` by `kernel` pixels, `stride` pixels apart, without padding. A pixel
/// is `channels` numbers that lie together; rows of pixels follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Pixels in a row, and rows, of an image.
    pub side: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// Pixels in a row, and rows, of a patch.
    pub kernel: usize,
    /// Pixels from a patch to the next one beside or below it.
    pub stride: usize,
}

impl Patches {
    /// One patch that is all of an image of `len` numbers: what a dense layer sees.
    pub const fn whole(len: usize) -> Self {
        Self { side: 1, channels: len, kernel: 1, stride: 1 }
    }

    /// Numbers of an image.
    pub const fn image_len(&self) -> usize {
        self.side * self.side * self.channels
    }

    /// Numbers of a patch: the inputs of the layer.
    #[allow(clippy::len_without_is_empty, reason = "a patch is never empty")]
    pub const fn len(&self) -> usize {
        self.kernel * self.kernel * self.channels
    }

    /// Patches of an image.
    pub const fn count(&self) -> usize {
        self.per_side() * self.per_side()
    }

    /// Whether the image has room for a patch, and patches a distance.
    pub(crate) const fn are_valid(&self) -> bool {
        self.len() > 0 && self.kernel <= self.side && self.stride > 0
    }

    const fn per_side(&self) -> usize {
        (self.side - self.kernel) / self.stride + 1
    }

    /// Copies the patches of `images`, `[images][side][side][channels]`, to `patches`,
    /// `[images][count][kernel][kernel][channels]`.
    #[inline(always)]
    pub fn gather(&self, images: &[f32], patches: &mut [f32]) {
        let images = images.chunks_exact(self.image_len());
        for (image, patches) in images.zip(patches.chunks_exact_mut(self.count() * self.len())) {
            let rows = patches.chunks_exact_mut(self.row_len());
            for (row, start) in rows.zip(self.row_starts()) {
                row.copy_from_slice(&image[start..][..self.row_len()]);
            }
        }
    }

    /// The transpose of [`Patches::gather`]: adds the `patches` to the pixels of `images` that they were copied from.
    #[inline(always)]
    pub fn scatter_add(&self, patches: &[f32], images: &mut [f32]) {
        let images = images.chunks_exact_mut(self.image_len());
        for (image, patches) in images.zip(patches.chunks_exact(self.count() * self.len())) {
            let rows = patches.chunks_exact(self.row_len());
            for (row, start) in rows.zip(self.row_starts()) {
                image[start..][..self.row_len()].iter_mut().zip(row).for_each(|(pixel, &x)| *pixel += x);
            }
        }
    }

    /// Numbers in a row of a patch, which lie together in the image as well.
    const fn row_len(&self) -> usize {
        self.kernel * self.channels
    }

    /// Where in an image each row of each patch begins, in the order of the patches.
    #[inline(always)]
    fn row_starts(self) -> impl Iterator<Item = usize> {
        let Self { side, channels, kernel, stride } = self;
        let corners = (0..self.count()).map(move |i| (i / self.per_side() * stride, i % self.per_side() * stride));
        corners.flat_map(move |(y, x)| (y..y + kernel).map(move |y| (y * side + x) * channels))
    }
}

/// Whether each of these is one patch that is the whole image.
pub(crate) const fn are_whole(patches: &[Patches]) -> bool {
    let mut i = 0;
    while i < patches.len() {
        if patches[i].len() != patches[i].image_len() {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    const SMALL: Patches = Patches { side: 4, channels: 1, kernel: 2, stride: 2 };
    const OVERLAPPING: Patches = Patches { side: 7, channels: 3, kernel: 3, stride: 2 };

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| i as f32).collect()
    }

    #[test]
    fn patches_are_read_row_by_row_from_left_to_right_and_down() {
        let mut patches = [0.0; 16];
        SMALL.gather(&numbers(16), &mut patches);
        assert_eq!(patches, [0., 1., 4., 5., 2., 3., 6., 7., 8., 9., 12., 13., 10., 11., 14., 15.]);
    }

    #[test]
    fn a_patch_of_overlapping_ones_holds_the_pixels_of_its_square_in_every_image() {
        let images = numbers(2 * OVERLAPPING.image_len());
        let mut patches = vec![0.0; 2 * OVERLAPPING.count() * OVERLAPPING.len()];
        OVERLAPPING.gather(&images, &mut patches);
        assert_eq!(OVERLAPPING.count(), 9);
        for (at, &x) in patches.iter().enumerate() {
            let (image, patch, inner) = (at / (9 * 27), at / 27 % 9, at % 27);
            let (y, x_of) = (patch / 3 * 2 + inner / 9, patch % 3 * 2 + inner / 3 % 3);
            assert_eq!(x, images[image * 147 + (y * 7 + x_of) * 3 + inner % 3], "number {at}");
        }
    }

    #[test]
    fn scattering_is_the_transpose_of_gathering() {
        let mut patches = vec![0.0; OVERLAPPING.count() * OVERLAPPING.len()];
        for pixel in 0..OVERLAPPING.image_len() {
            let mut image = vec![0.0; OVERLAPPING.image_len()];
            image[pixel] = 1.0;
            OVERLAPPING.gather(&image, &mut patches);
            let weights = numbers(patches.len());
            let mut scattered = vec![0.0; image.len()];
            OVERLAPPING.scatter_add(&weights, &mut scattered);
            let gathered: f32 = patches.iter().zip(&weights).map(|(x, w)| x * w).sum();
            assert_eq!(gathered, scattered[pixel], "pixel {pixel}");
        }
    }

    #[test]
    fn a_dense_layer_sees_one_patch_that_is_the_whole_input() {
        let mut patch = [0.0; 5];
        Patches::whole(5).gather(&numbers(5), &mut patch);
        assert_eq!((Patches::whole(5).count(), &patch[..]), (1, &numbers(5)[..]));
    }
}
