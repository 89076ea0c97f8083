//! Neural networks: kernels, dense layers, activations, losses, and the multilayer perceptron made of them.

pub mod activation;
#[allow(unsafe_code)]
pub mod kernel;
pub mod loss;
pub mod mlp;
pub mod network;
pub mod softmax;
