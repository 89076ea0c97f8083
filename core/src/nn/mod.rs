//! Neural networks: kernels, dense layers, activations, losses, and the multilayer perceptron made of them.

pub mod activation;
pub mod activations;
pub mod bf16_mlp;
pub mod convolution;
pub mod declaration;
#[allow(unsafe_code)]
pub mod kernel;
pub mod loss;
pub(crate) mod memory;
pub mod mlp;
pub mod network;
pub mod operands;
pub mod patches;
pub mod precision;
pub mod softmax;
