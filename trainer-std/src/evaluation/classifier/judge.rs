//! What the classifier makes of pictures.

use pocketgan_core::infer::picture::{Picture, scaled};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::mlp::PerLayer;
use pocketgan_core::nn::network::{LayerView, Network as _, layers};
use pocketgan_core::nn::softmax::{argmax, softmax};
use pocketgan_core::train::classifier::{CLASSES, Classifier as Network, FEATURES};
use rayon::prelude::*;

use super::Classifier;
use crate::export::float::forward_by;

/// Pictures a task judges at a time.
const CHUNK: usize = 128;

/// What the classifier makes of some pictures.
pub(crate) struct Judged {
    /// `[pictures][FEATURES]`: the outputs of the last hidden layer.
    pub(crate) features: Vec<f32>,
    /// `[pictures][CLASSES]`: the probabilities of the classes.
    pub(crate) probabilities: Vec<f32>,
}

impl Judged {
    /// The most probable class of each picture.
    pub(crate) fn classes(&self) -> impl ExactSizeIterator<Item = usize> {
        self.probabilities.as_chunks::<CLASSES>().0.iter().map(|row| argmax(row))
    }

    /// The share of pictures that belong to the class that is most probable.
    pub(crate) fn accuracy(&self, labels: &[u8]) -> f64 {
        let right = self.classes().zip(labels).filter(|&(class, &label)| class == usize::from(label));
        right.count() as f64 / labels.len() as f64
    }
}

impl Classifier {
    /// Judges `pictures`, by the threads of the pool it is called in.
    pub(crate) fn judge(&self, pictures: &[Picture]) -> Judged {
        let mut judged = Judged {
            features: vec![0.0; pictures.len() * FEATURES],
            probabilities: vec![0.0; pictures.len() * CLASSES],
        };
        let features = judged.features.par_chunks_mut(CHUNK * FEATURES);
        let probabilities = judged.probabilities.par_chunks_mut(CHUNK * CLASSES);
        (pictures.par_chunks(CHUNK), features, probabilities)
            .into_par_iter()
            .for_each(|(pictures, features, probabilities)| judge(self, pictures, features, probabilities));
        judged
    }
}

fn judge(network: &Network, pictures: &[Picture], features: &mut [f32], probabilities: &mut [f32]) {
    let layers: PerLayer<LayerView<'_>> = layers(Network::LAYERS, network.flat()).collect();
    let (last, hidden) = layers.split_last().expect("a network has layers");
    let pixels: Vec<f32> = pictures.as_flattened().iter().copied().map(scaled).collect();
    let of_hidden = hidden.iter().fold(pixels, |x, &layer| forward_by(Isa::best(), layer, &x));
    features.copy_from_slice(&of_hidden);
    probabilities.copy_from_slice(&forward_by(Isa::best(), *last, &of_hidden));
    probabilities.chunks_exact_mut(CLASSES).for_each(softmax);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::classifier::learn::{learn, tests::bars};
    use crate::training::threads::Threads;

    #[test]
    fn what_was_learned_is_told_apart_alone_and_among_others() {
        let (pictures, labels) = bars(600);
        let classifier = Classifier { network: learn(&pictures, &labels, &Threads::start(1).unwrap()).unwrap() };
        let judged = classifier.judge(&pictures);
        assert_eq!(judged.accuracy(&labels), 1.0);
        let alone = classifier.judge(&pictures[333..334]);
        assert_eq!(alone.probabilities, judged.probabilities[333 * CLASSES..][..CLASSES]);
        assert_eq!(alone.features, judged.features[333 * FEATURES..][..FEATURES]);
        for row in judged.probabilities.chunks_exact(CLASSES) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn accuracy_is_the_share_of_the_largest_probabilities_that_are_right() {
        let mut probabilities = vec![0.0; 4 * CLASSES];
        [3, 5, 5, 9].iter().enumerate().for_each(|(row, class)| probabilities[row * CLASSES + class] = 0.6);
        let judged = Judged { features: Vec::new(), probabilities };
        assert_eq!(judged.accuracy(&[3, 5, 6, 9]), 0.75);
    }
}
