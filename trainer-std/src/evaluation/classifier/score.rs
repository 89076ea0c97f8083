//! What the classifier says of pictures: features and class probabilities.

use pocketgan_core::infer::picture::{Picture, scaled};
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{LayerView, Network, layers};
use pocketgan_core::nn::patches::Patches;
use pocketgan_core::nn::softmax::{argmax, softmax};
use rayon::prelude::*;

use super::{AnyNetwork, Classifier};
use crate::evaluation::features::Features;
use crate::export::float::forward_by;

/// Pictures per task.
const CHUNK: usize = 128;

/// Features and class probabilities of some pictures.
pub(crate) struct ScoredBatch {
    pub(crate) features: Features,
    /// Softmax of the logits, `[pictures][classes]`.
    pub(crate) probabilities: Vec<f32>,
    pub(crate) classes: usize,
}

impl ScoredBatch {
    /// The most probable class of each picture.
    pub(crate) fn classes(&self) -> impl ExactSizeIterator<Item = usize> {
        self.probabilities.chunks_exact(self.classes).map(argmax)
    }

    /// The share of pictures whose most probable class is their label.
    pub(crate) fn accuracy(&self, labels: &[u8]) -> f64 {
        let right = self.classes().zip(labels).filter(|&(class, &label)| class == usize::from(label));
        right.count() as f64 / labels.len() as f64
    }
}

impl Classifier {
    /// Scores `pictures` on the current rayon pool.
    pub(crate) fn score(&self, pictures: &[Picture]) -> ScoredBatch {
        let classes = self.classes.count();
        match &self.network {
            AnyNetwork::Narrow(network) => score_all(&**network, classes, pictures),
            AnyNetwork::Wide(network) => score_all(&**network, classes, pictures),
        }
    }
}

/// Scores `pictures` by the logits of the first `classes` outputs of `network`.
fn score_all<N: Network>(network: &N, classes: usize, pictures: &[Picture]) -> ScoredBatch {
    let mut features = Features::zeros(pictures.len());
    let mut probabilities = vec![0.0; pictures.len() * classes];
    (
        pictures.par_chunks(CHUNK),
        features.as_flat_mut().par_chunks_mut(CHUNK * Features::WIDTH),
        probabilities.par_chunks_mut(CHUNK * classes),
    )
        .into_par_iter()
        .for_each(|(pictures, features, probabilities)| score(network, pictures, features, (classes, probabilities)));
    ScoredBatch { features, probabilities, classes }
}

/// Writes `features`, `[pictures][Features::WIDTH]`, and `probabilities`, `[pictures][classes]`.
fn score<N: Network>(
    network: &N,
    pictures: &[Picture],
    features: &mut [f32],
    (classes, probabilities): (usize, &mut [f32]),
) {
    let mut image: Vec<f32> = pictures.as_flattened().iter().copied().map(scaled).collect();
    let mut first = 0;
    for (layer, patches) in layers(N::LAYERS, network.flat()).zip(N::PATCHES) {
        image = forward(layer, patches, &image);
        let outputs = layer.shape.outputs;
        // The logits are no features.
        if first < Features::WIDTH {
            let columns = features.chunks_exact_mut(Features::WIDTH).map(|row| &mut row[first..first + outputs]);
            columns.zip(image.chunks_exact(patches.count() * outputs)).for_each(|(to, image)| write_means(image, to));
            first += outputs;
        }
    }
    for (row, logits) in probabilities.chunks_exact_mut(classes).zip(image.chunks_exact(N::OUTPUTS)) {
        row.copy_from_slice(&logits[..classes]);
        softmax(row);
    }
}

/// The outputs of `layer` for the patches of all `images`, `[images][patches][outputs]`.
fn forward(layer: LayerView<'_>, patches: &Patches, images: &[f32]) -> Vec<f32> {
    let mut x = vec![0.0; images.len() / patches.image_len() * patches.count() * patches.len()];
    patches.gather(images, &mut x);
    forward_by(Isa::best(), layer, &x)
}

/// Writes the `means` of each channel of an image, `[pixels][channels]`.
fn write_means(image: &[f32], means: &mut [f32]) {
    let pixels = image.chunks_exact(means.len());
    let share = 1.0 / pixels.len() as f32;
    means.fill(0.0);
    for pixel in pixels {
        means.iter_mut().zip(pixel).for_each(|(mean, x)| *mean += share * x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Classes;
    use crate::evaluation::classifier::training::{tests::bars, train};
    use crate::training::threads::Threads;
    use pocketgan_core::train::classifier::CLASSES;

    #[test]
    fn a_trained_classifier_is_right_and_scores_a_picture_alike_alone_and_in_a_batch() {
        let (pictures, labels) = bars(600);
        let network = AnyNetwork::Narrow(train(&pictures, &labels, &Threads::start(1).unwrap()).unwrap());
        let classifier = Classifier { network, classes: Classes::DIGITS };
        let batch = classifier.score(&pictures);
        assert_eq!(batch.accuracy(&labels), 1.0);
        let alone = classifier.score(&pictures[333..334]);
        assert_eq!(alone.probabilities, batch.probabilities[333 * CLASSES..][..CLASSES]);
        assert_eq!(alone.features.vector(0), batch.features.vector(333));
        for row in batch.probabilities.chunks_exact(CLASSES) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn the_outputs_that_are_no_class_do_not_count() {
        let mut network: Box<pocketgan_core::train::classifier::WideClassifier> = bytemuck::zeroed_box();
        network.dense1.bias[40] = 9.0;
        network.dense1.bias[1] = 1.0;
        let classes = Classes::named(["a", "b", "c"].map(str::to_owned)).unwrap();
        let batch = Classifier { network: AnyNetwork::Wide(network), classes }.score(&[[7; 784]]);
        assert_eq!((batch.probabilities.len(), batch.classes().collect::<Vec<_>>()), (3, vec![1]));
        assert!((batch.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn features_of_a_convolution_are_the_means_of_its_channels() {
        let mut means = [9.0; 2];
        write_means(&[1.0, 10.0, 3.0, 30.0, 5.0, -10.0, 3.0, 10.0], &mut means);
        assert_eq!(means, [3.0, 10.0]);
    }

    #[test]
    fn accuracy_is_the_share_of_pictures_whose_most_probable_class_is_their_label() {
        let mut probabilities = vec![0.0; 4 * CLASSES];
        [3, 5, 5, 9].iter().enumerate().for_each(|(row, class)| probabilities[row * CLASSES + class] = 0.6);
        let batch = ScoredBatch { features: Features::zeros(4), probabilities, classes: CLASSES };
        assert_eq!(batch.accuracy(&[3, 5, 6, 9]), 0.75);
    }
}
