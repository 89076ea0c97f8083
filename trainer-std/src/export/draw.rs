//! Pictures of model files, one or many.

use std::ops::Range;

use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::Model;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;
use rayon::prelude::*;

/// Seeds per task.
const CHUNK: u32 = 100;

/// The picture of `seed`, to the bit that of a device.
pub(crate) fn draw(model: &Model<'_>, seed: u32) -> Picture {
    let mut picture = [0; PIXELS];
    model.draw(&Latent::of_picture(seed), &mut picture);
    picture
}

/// The pictures of `seeds`, in order, drawn on the current rayon pool.
pub(crate) fn draw_all(model: &Model<'_>, seeds: Range<u32>) -> Vec<Picture> {
    draw_in_chunks(seeds, |seeds| seeds.map(|seed| draw(model, seed)).collect())
}

/// The pictures of `seeds`, in order, drawn by `draw` in chunks on the current rayon pool.
pub(crate) fn draw_in_chunks(seeds: Range<u32>, draw: impl Fn(Range<u32>) -> Vec<Picture> + Sync) -> Vec<Picture> {
    let starts: Vec<u32> = seeds.clone().step_by(CHUNK as usize).collect();
    let chunk = |&start: &u32| draw(start..seeds.end.min(start.saturating_add(CHUNK)));
    starts.par_iter().flat_map_iter(chunk).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_in_the_order_of_their_seeds() {
        let shade = |seed: u32| [(seed % 251) as u8; PIXELS];
        let drawn = draw_in_chunks(7..560, |seeds| seeds.map(shade).collect());
        assert!(drawn.into_iter().eq((7..560).map(shade)));
    }
}
