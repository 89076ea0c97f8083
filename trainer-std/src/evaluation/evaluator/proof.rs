//! Proof that the evaluator sees what people see: the Fréchet distance of real images grows when they are altered.
//!
//! The table that the test prints is in docs/quality.md:
//! `cargo test --release --package pocketgan-trainer evaluator_sees -- --nocapture`.

#![allow(clippy::print_stdout, reason = "the test harness keeps it")]

mod alterations;

use pocketgan_core::infer::picture::Picture;

use super::*;
use crate::data;
use crate::training::threads::Threads;
use alterations::{blurred, halved, ragged, speckled, without};

/// What is measured of real images after an alteration.
#[derive(Clone, Copy)]
struct Seen {
    distance: f64,
    recall: f64,
}

/// Ten thousand training images and the evaluator.
struct Proof<'a> {
    evaluator: Evaluator<'a>,
    images: Vec<(Picture, u8)>,
}

impl<'a> Proof<'a> {
    fn new(dataset: &'a Dataset, reference: &Reference, threads: &Threads) -> Self {
        let evaluator = Evaluator::new(dataset, reference, threads).unwrap();
        let mut indices = vec![0; dataset.images.count()];
        shuffle(&mut indices, SEED, 0);
        let labels = &reference.labels().unwrap().training;
        let labelled = |&index: &u32| (evaluator.training[index as usize], labels[index as usize]);
        Self { images: indices.iter().map(labelled).collect(), evaluator }
    }

    /// The images that metrics of real images are measured on.
    fn real(&self) -> Vec<Picture> {
        self.images[..COUNT as usize].iter().map(|&(picture, _)| picture).collect()
    }

    /// Measures `pictures` and adds a row to the printed table. `floor` is of real images as they are.
    fn row(&self, name: &str, pictures: &[Picture], floor: Option<Seen>) -> Seen {
        let features = self.evaluator.score(pictures).features;
        let distance = Moments::of(&features).frechet_distance(&self.evaluator.test_moments);
        let seen = Seen { distance, recall: Manifold::of(features).share_inside(self.evaluator.test.features()) };
        let factor = distance / floor.unwrap_or(seen).distance;
        println!("| {name} | {distance:.2} | {factor:.1} | {:.3} |", seen.recall);
        seen
    }

    fn table(&self) {
        let real = self.real();
        let floor = self.row("nothing", &real, None);
        assert!(self.evaluator.accuracy > Some(0.992), "accuracy {:?}", self.evaluator.accuracy);
        let row = |name: &str, pictures: &[Picture]| self.row(name, pictures, Some(floor));
        let speckle = [0.01, 0.02, 0.05]
            .map(|share| row(&format!("speckle on {:.0} % of the pixels", 100.0 * share), &speckled(&real, share)));
        let rough = [0.1, 0.2].map(|share| row(&format!("ragged strokes, {share}"), &ragged(&real, share)));
        let blur = row("blur", &blurred(&real));
        let missing = row("no 9", &without(9, &self.images, COUNT as usize));
        let twice = row("5,000 images, each twice", &halved(&real));
        let factors = |seen: &[Seen]| seen.iter().map(|seen| seen.distance / floor.distance).collect::<Vec<_>>();
        let (speckle, rough) = (factors(&speckle), factors(&rough));
        assert!(speckle.is_sorted() && speckle[0] > 2.0 && speckle[2] > 20.0, "speckle: {speckle:?}");
        assert!(rough.is_sorted() && rough[0] > 5.0 && rough[1] > 10.0, "ragged strokes: {rough:?}");
        assert!(factors(&[blur, missing]).iter().all(|&factor| factor > 5.0), "blur, a missing digit");
        // As many different images as in half the sample lie as near to the test images: only recall can see it.
        assert!(twice.recall < 0.8 * floor.recall, "repeated images: recall {}, not {}", twice.recall, floor.recall);
    }
}

#[test]
fn the_evaluator_sees_what_people_see() {
    let threads = Threads::start(crate::training::threads::count(None).unwrap()).unwrap();
    let dataset = data::load(None, data::preparation::Preparation::default()).unwrap();
    let proof = Proof::new(&dataset, &dataset.reference().unwrap(), &threads);
    threads.enter(|| proof.table());
}
