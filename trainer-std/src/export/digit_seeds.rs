//! Chooses seeds for each digit: pictures that the classifier is certain of, typical, and different from each other.

use std::ops::Range;

use pocketgan_core::infer::model::{MAX_SEEDS, Model};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::nn::softmax::argmax;
use pocketgan_core::recipe::PIXELS;

use crate::evaluation::classifier::Classifier;
use crate::export::draw::draw_all;
use crate::export::model_file::SeedTable;

/// Least probability that the classifier must give to the digit.
const MIN_PROBABILITY: f32 = 0.99;
/// Most pictures of a digit to choose from.
const CANDIDATES: usize = 512;
/// One in this many of them is typical enough to be chosen.
const TYPICAL: usize = 4;
/// A picture's oddness is its distance to this nearest neighbour.
const NEIGHBOUR: usize = 8;
/// Seeds drawn at a time.
const BATCH: u32 = 1024;
/// Seeds tried at most.
const MAX_SEEDS_TRIED: u32 = 32 * BATCH;

struct Candidate {
    seed: u32,
    picture: Picture,
}

/// For each digit, up to sixteen seeds whose pictures by `model` the classifier assigns to it with a probability of at least
/// 0.99, and that look different from each other; fewer or none if the first 32,768 seeds have fewer. Runs on the current
/// rayon pool; the result does not depend on its threads.
pub(crate) fn find_digit_seeds(model: &Model<'_>, classifier: &Classifier) -> SeedTable {
    let count = classifier.classes.count();
    let candidates =
        candidates(count, |seeds| draw_all(model, seeds), |pictures| classifier.score(pictures).probabilities);
    SeedTable { classes: classifier.classes.clone(), seeds: choose(&candidates) }
}

fn choose(candidates: &[Vec<Candidate>]) -> Vec<Vec<u32>> {
    candidates.iter().map(|candidates| diverse(&typical(candidates))).collect()
}

/// The first seeds of each digit, or each of `classes` classes, that the classifier is certain of.
fn candidates(
    classes: usize,
    draw: impl Fn(Range<u32>) -> Vec<Picture>,
    probabilities: impl Fn(&[Picture]) -> Vec<f32>,
) -> Vec<Vec<Candidate>> {
    let mut found: Vec<Vec<Candidate>> = std::iter::repeat_with(Vec::new).take(classes).collect();
    for first in (0..MAX_SEEDS_TRIED).step_by(BATCH as usize) {
        let seeds = first..first + BATCH;
        let drawn = draw(seeds.clone());
        let scored = probabilities(&drawn);
        for ((seed, picture), row) in seeds.zip(drawn).zip(scored.chunks_exact(classes)) {
            let digit = argmax(row);
            if row[digit] >= MIN_PROBABILITY && found[digit].len() < CANDIDATES {
                found[digit].push(Candidate { seed, picture });
            }
        }
        if found.iter().all(|candidates| candidates.len() == CANDIDATES) {
            break;
        }
    }
    found
}

/// The `candidates` that are most similar to others, most typical first: a picture without neighbours is more likely an error
/// of the generator than a style.
fn typical(candidates: &[Candidate]) -> Vec<&Candidate> {
    let mut sorted: Vec<(u64, &Candidate)> =
        candidates.iter().map(|candidate| (oddness(&candidate.picture, candidates), candidate)).collect();
    sorted.sort_by_key(|&(oddness, candidate)| (oddness, candidate.seed));
    sorted.truncate(MAX_SEEDS.max(candidates.len() / TYPICAL));
    sorted.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Distance of `picture` to its neighbours, relative to its ink: a faint picture is near to all others.
fn oddness(picture: &Picture, candidates: &[Candidate]) -> u64 {
    let mut distances: Vec<u32> = candidates.iter().map(|other| distance(picture, &other.picture)).collect();
    let (_, &mut neighbour, _) = distances.select_nth_unstable(NEIGHBOUR.min(candidates.len() - 1));
    let ink = distance(picture, &[0; PIXELS]).max(1);
    (u64::from(neighbour) << 32) / u64::from(ink)
}

/// Farthest-point sampling: the seed of the first of `candidates`, then again and again that of the picture farthest from
/// those chosen before, while any differs from them.
fn diverse(candidates: &[&Candidate]) -> Vec<u32> {
    let mut seeds = Vec::new();
    let mut nearest = vec![u32::MAX; candidates.len()];
    while let Some(chosen) = farthest(&nearest).filter(|_| seeds.len() < MAX_SEEDS) {
        seeds.push(candidates[chosen].seed);
        for (nearest, candidate) in nearest.iter_mut().zip(candidates) {
            *nearest = (*nearest).min(distance(&candidates[chosen].picture, &candidate.picture));
        }
    }
    seeds
}

/// The index of the largest distance, the first of equal ones; `None` if all are 0.
fn farthest(distances: &[u32]) -> Option<usize> {
    let larger = |best: usize, i: usize| if distances[i] > distances[best] { i } else { best };
    (0..distances.len()).reduce(larger).filter(|&i| distances[i] > 0)
}

/// Squared Euclidean distance of pixels 0 to 255, in integers, so that the choice is the same on every machine.
fn distance(a: &Picture, b: &Picture) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    const CLASSES: usize = 10;

    /// Digit `seed % 10`, in one of many styles; every seventh is uncertain.
    fn picture(seed: u32) -> Picture {
        let style = seed / 10 % 37;
        std::array::from_fn(|at| match at as u32 {
            0 => (seed % 10) as u8,
            1 => u8::from(seed.is_multiple_of(7)),
            at => (at * style % 200) as u8,
        })
    }

    fn probabilities(pictures: &[Picture]) -> Vec<f32> {
        let row = |picture: &Picture| {
            let probability = if picture[1] == 1 { 0.98 } else { 0.995 };
            let digit = usize::from(picture[0]);
            std::array::from_fn::<f32, CLASSES, _>(|i| if i == digit { probability } else { (1.0 - probability) / 9.0 })
        };
        pictures.iter().flat_map(row).collect()
    }

    fn draw(seeds: Range<u32>) -> Vec<Picture> {
        seeds.map(picture).collect()
    }

    #[test]
    fn each_digit_gets_certain_seeds_that_all_look_different() {
        let table = choose(&candidates(CLASSES, draw, probabilities));
        for (digit, seeds) in (0..).zip(&table) {
            assert_eq!(seeds.len(), 16);
            assert!(seeds.iter().all(|seed| seed % 10 == digit && !seed.is_multiple_of(7)), "{digit}: {seeds:?}");
            let mut styles: Vec<u32> = seeds.iter().map(|seed| seed / 10 % 37).collect();
            styles.sort_unstable();
            assert!(styles.windows(2).all(|pair| pair[0] != pair[1]), "{digit}: {styles:?}");
        }
    }

    #[test]
    fn a_digit_that_is_rarely_or_never_drawn_gets_few_seeds_or_none() {
        let rare = [404, 4444, 32_714];
        let without_four = |seed: u32| seed % 10 != 4 || rare.contains(&seed);
        let draw = |seeds: Range<u32>| seeds.map(|seed| picture(if without_four(seed) { seed } else { 1 })).collect();
        let mut fours = choose(&candidates(CLASSES, draw, probabilities))[4].clone();
        fours.sort_unstable();
        assert_eq!(fours, rare);
        let table = choose(&candidates(CLASSES, |seeds| seeds.map(|_| picture(1)).collect(), probabilities));
        assert_eq!(
            table.iter().map(Vec::len).collect::<Vec<_>>(),
            [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            "all pictures are the same"
        );
    }

    fn shades(shades: impl IntoIterator<Item = u8>) -> Vec<Candidate> {
        (0..).zip(shades).map(|(seed, shade)| Candidate { seed, picture: [shade; PIXELS] }).collect()
    }

    #[test]
    fn outliers_are_not_chosen() {
        let candidates = shades((100..163).chain([255]));
        let typical = typical(&candidates);
        assert_eq!(typical.len(), 16);
        assert!(typical.iter().all(|candidate| candidate.seed != 63));
    }

    #[test]
    fn faint_pictures_are_not_typical_because_they_are_near_to_all_others() {
        // The faint ones are 1 apart, the others 4.
        let candidates = shades((1..20).chain((100..=252).step_by(4)));
        assert!(typical(&candidates).iter().all(|candidate| candidate.seed >= 19));
    }

    #[test]
    fn the_first_is_the_most_typical_and_the_next_the_farthest_from_all_before() {
        let candidates = shades([10, 11, 200, 100, 12, 11]);
        let chosen = diverse(&candidates.iter().collect::<Vec<_>>());
        assert_eq!(chosen, [0, 2, 3, 4, 1]);
    }
}
