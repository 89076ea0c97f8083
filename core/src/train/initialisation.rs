//! The weights before the first step.

use crate::nn::network::{Network, layers_mut};
use crate::random::{Purpose, Stream};

/// Fills `network` with Glorot-uniform weights and zero biases. Networks of one training differ in `salt`.
pub fn glorot<N: Network>(network: &mut N, seed: u64, salt: u32) {
    for (index, (shape, kernel, bias)) in (0_u64..).zip(layers_mut(N::LAYERS, network.flat_mut())) {
        let mut stream = Stream::at(seed, Purpose::Weights, u64::from(salt) << 32 | index);
        let limit = libm::sqrtf(6.0 / (shape.inputs + shape.outputs) as f32);
        kernel.fill_with(|| limit * stream.symmetric());
        bias.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::network::layers;
    use crate::recipe::Discriminator;
    use bytemuck::Zeroable;

    #[test]
    fn weights_fill_the_glorot_interval_evenly_and_biases_are_zero() {
        let mut network = Discriminator::zeroed();
        glorot(&mut network, 1, 2);
        for layer in layers(Discriminator::LAYERS, network.flat()) {
            let limit = libm::sqrtf(6.0 / (layer.shape.inputs + layer.shape.outputs) as f32);
            let n = layer.kernel.len() as f32;
            let (mut sum, mut squares) = (0.0, 0.0);
            for w in layer.kernel {
                assert!(w.abs() <= limit);
                sum += w;
                squares += w * w;
            }
            let deviation = limit / libm::sqrtf(3.0);
            assert!((sum / n).abs() < 5.0 * deviation / libm::sqrtf(n));
            assert!((squares / n / (deviation * deviation) - 1.0).abs() < 5.0 / libm::sqrtf(n));
            assert!(layer.bias.iter().all(|&b| b == 0.0));
        }
    }
}
