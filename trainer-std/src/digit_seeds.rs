//! Seeds whose pictures are a certain digit, beyond doubt, and each in its own way.

use std::ops::Range;

use anyhow::{Result, ensure};
use pocketgan_core::classifier::CLASSES;
use pocketgan_core::model::Model;
use pocketgan_core::picture::Picture;
use pocketgan_core::softmax::argmax;

use crate::classifier::Classifier;
use crate::eval::pictures;
use crate::sample;

/// Seeds that are found for each digit.
pub(crate) const PER_DIGIT: usize = 16;
/// What the classifier has to give to a digit.
const SURE: f32 = 0.99;
/// Pictures of a digit to choose from, where there are so many.
const CANDIDATES: usize = 512;
/// A picture is as odd as its distance to this neighbour.
const NEIGHBOUR: usize = 8;
/// Seeds that are tried together, and at the most.
const BATCH: u32 = 4096;
const MOST: u32 = 64 * BATCH;

/// Seeds of each digit.
pub(crate) type DigitSeeds = [[u32; PER_DIGIT]; CLASSES];

struct Candidate {
    seed: u32,
    picture: Picture,
}

/// For each digit, seeds that `classifier` gives to it with at least 0.99 when `model` draws them, and that look
/// different from each other. Uses the threads of the pool it is called in; the result does not depend on them.
///
/// # Errors
/// If there are not enough among the first few hundred thousand seeds.
pub(crate) fn find_digit_seeds(model: &Model<'_>, classifier: &Classifier) -> Result<DigitSeeds> {
    let draw = |seeds| pictures(seeds, |seeds| seeds.map(|seed| sample::draw(model, seed)).collect());
    choose(&candidates(draw, |pictures| classifier.judge(pictures).probabilities))
}

fn choose(candidates: &[Vec<Candidate>; CLASSES]) -> Result<DigitSeeds> {
    let mut table = DigitSeeds::default();
    for (digit, (row, candidates)) in table.iter_mut().zip(candidates).enumerate() {
        ensure!(
            candidates.len() >= PER_DIGIT,
            "only {} of the first {MOST} seeds are a {digit} beyond doubt, and {PER_DIGIT} are needed; train the model \
             for longer",
            candidates.len()
        );
        *row = different(&usual(candidates));
    }
    Ok(table)
}

/// The first seeds that are sure to be each digit.
fn candidates(
    draw: impl Fn(Range<u32>) -> Vec<Picture>,
    probabilities: impl Fn(&[Picture]) -> Vec<f32>,
) -> [Vec<Candidate>; CLASSES] {
    let mut found: [Vec<Candidate>; CLASSES] = Default::default();
    for first in (0..MOST).step_by(BATCH as usize) {
        let seeds = first..first + BATCH;
        let drawn = draw(seeds.clone());
        let judged = probabilities(&drawn);
        for ((seed, picture), row) in seeds.zip(drawn).zip(judged.as_chunks::<CLASSES>().0) {
            let digit = argmax(row);
            if row[digit] >= SURE && found[digit].len() < CANDIDATES {
                found[digit].push(Candidate { seed, picture });
            }
        }
        if found.iter().all(|candidates| candidates.len() == CANDIDATES) {
            break;
        }
    }
    found
}

/// The half of `candidates` that most resemble others of theirs, most usual first: a picture without neighbours is more
/// likely to be a slip of the generator than a style.
fn usual(candidates: &[Candidate]) -> Vec<&Candidate> {
    let oddness = |candidate: &Candidate| {
        let mut distances: Vec<u32> =
            candidates.iter().map(|other| distance(&candidate.picture, &other.picture)).collect();
        let (_, neighbour, _) = distances.select_nth_unstable(NEIGHBOUR.min(candidates.len() - 1));
        *neighbour
    };
    let mut sorted: Vec<(u32, &Candidate)> =
        candidates.iter().map(|candidate| (oddness(candidate), candidate)).collect();
    sorted.sort_by_key(|&(oddness, candidate)| (oddness, candidate.seed));
    sorted.truncate(PER_DIGIT.max(candidates.len() / 2));
    sorted.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The seed of the first of `candidates`, and then each time of that whose picture is farthest from those chosen before.
fn different(candidates: &[&Candidate]) -> [u32; PER_DIGIT] {
    let mut nearest = vec![u32::MAX; candidates.len()];
    let mut chosen = 0;
    std::array::from_fn(|_| {
        let seed = candidates[chosen].seed;
        for (nearest, candidate) in nearest.iter_mut().zip(candidates) {
            *nearest = (*nearest).min(distance(&candidates[chosen].picture, &candidate.picture));
        }
        // Of equal ones the first: what is chosen twice only when all are chosen is at distance 0.
        chosen = (1..nearest.len()).fold(0, |best, i| if nearest[i] > nearest[best] { i } else { best });
        seed
    })
}

/// Squared, in pixels from 0 to 255: exact, so that the choice is the same on every machine.
fn distance(a: &Picture, b: &Picture) -> u32 {
    a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pocketgan_core::recipe::PIXELS;

    /// Digit `seed % 10`, in one of many styles; every seventh is doubtful.
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
            let sure = if picture[1] == 1 { 0.98 } else { 0.995 };
            let digit = usize::from(picture[0]);
            std::array::from_fn::<f32, CLASSES, _>(|i| if i == digit { sure } else { (1.0 - sure) / 9.0 })
        };
        pictures.iter().flat_map(row).collect()
    }

    fn draw(seeds: Range<u32>) -> Vec<Picture> {
        seeds.map(picture).collect()
    }

    #[test]
    fn each_digit_gets_sure_seeds_of_its_own_that_all_look_different() {
        let table = choose(&candidates(draw, probabilities)).unwrap();
        for (digit, seeds) in (0..).zip(&table) {
            assert!(seeds.iter().all(|seed| seed % 10 == digit && !seed.is_multiple_of(7)), "{digit}: {seeds:?}");
            let mut styles = seeds.map(|seed| seed / 10 % 37);
            styles.sort_unstable();
            assert!(styles.windows(2).all(|pair| pair[0] != pair[1]), "{digit}: {styles:?}");
        }
    }

    #[test]
    fn a_digit_that_is_not_drawn_is_named() {
        let without_four =
            |seeds: Range<u32>| seeds.map(|seed| picture(if seed % 10 == 4 { 1 } else { seed })).collect();
        let message = choose(&candidates(without_four, probabilities)).unwrap_err().to_string();
        assert!(message.starts_with("only 0 of the first") && message.contains("are a 4 beyond doubt"), "{message}");
    }

    #[test]
    fn pictures_that_resemble_no_other_are_not_chosen() {
        let shade = |seed: u32| if seed < 40 { [(100 + seed) as u8; PIXELS] } else { [255; PIXELS] };
        let candidates: Vec<Candidate> = (0..41).map(|seed| Candidate { seed, picture: shade(seed) }).collect();
        let usual = usual(&candidates);
        assert_eq!(usual.len(), 20);
        assert!(usual.iter().all(|candidate| candidate.seed != 40));
    }

    #[test]
    fn the_first_is_the_most_usual_and_the_next_the_farthest_from_all_before() {
        let shades = [10, 11, 200, 100, 12];
        let candidates: Vec<Candidate> =
            (0..).zip(shades).map(|(seed, shade)| Candidate { seed, picture: [shade; PIXELS] }).collect();
        let chosen = different(&candidates.iter().collect::<Vec<_>>());
        assert_eq!(chosen[..5], [0, 2, 3, 4, 1]);
    }
}
