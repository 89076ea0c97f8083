//! Encodes networks as ONNX models (<https://onnx.ai>).
//!
//! A layer is a Gemm and its activation. Input and output are `[batch, width]`, with a dynamic batch size.

mod messages;

use anyhow::Result;
use pocketgan_core::nn::activation::LEAK;
use pocketgan_core::nn::network::{Activation, Layer};
use prost::Message;

use super::{DESCRIPTION_KEY, NetworkName, Outgoing, Tensor, bias_name, kernel_name};
use messages::{
    Attribute, Dimension, FLOAT, FLOAT_ATTRIBUTE, Graph, Model, Node, OperatorSet, Property, Shape, TensorProto,
    TensorType, Type, ValueInfo,
};

/// IR version and operator set of ONNX 1.8 (2020), which all current runtimes read.
const IR_VERSION: i64 = 7;
const OPERATOR_SET: i64 = 13;

const LATENT: Value = Value { name: "latent", meaning: "independent normal numbers of mean 0 and variance 1" };
const PIXELS: Value =
    Value { name: "pixels", meaning: "28 rows of 28 pixels from the top, -1 black, 1 white: (p - 127.5) / 127.5" };
const LOGIT: Value = Value { name: "logit", meaning: "of the probability that these pixels are a real image" };

/// An input or output of the network.
struct Value {
    name: &'static str,
    meaning: &'static str,
}

impl NetworkName {
    fn input(self) -> Value {
        match self {
            Self::Generator => LATENT,
            Self::Discriminator => PIXELS,
        }
    }

    fn output(self) -> Value {
        match self {
            Self::Generator => PIXELS,
            Self::Discriminator => LOGIT,
        }
    }
}

/// Encodes `network`; the same bytes each time.
pub(crate) fn encode(network: &Outgoing<'_>) -> Result<Vec<u8>> {
    Ok(model(network)?.encode_to_vec())
}

fn model(network: &Outgoing<'_>) -> Result<Model> {
    Ok(Model {
        ir_version: IR_VERSION,
        producer_name: "pocketgan".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph(network)),
        opset_import: vec![OperatorSet { version: OPERATOR_SET }],
        metadata_props: vec![Property { key: DESCRIPTION_KEY.to_owned(), value: network.description.to_json()? }],
    })
}

fn graph(network: &Outgoing<'_>) -> Graph {
    let name = network.network();
    let (input, output) = (name.input(), name.output());
    let shapes = network.shapes;
    let (first, last) = (shapes[0], shapes[shapes.len() - 1]);
    Graph {
        node: nodes(shapes, input.name, output.name),
        name: name.as_str().to_owned(),
        initializer: network.tensors().map(constant).collect(),
        input: vec![input.info(first.inputs)],
        output: vec![output.info(last.outputs)],
    }
}

/// The nodes of all layers, from the value `input` to the value `output`.
fn nodes(shapes: &[Layer], input: &str, output: &str) -> Vec<Node> {
    let mut x = input.to_owned();
    let mut nodes = Vec::new();
    for (index, layer) in shapes.iter().enumerate() {
        let is_last = index + 1 == shapes.len();
        let y = if is_last { output.to_owned() } else { format!("layers.{index}.outputs") };
        nodes.extend(layer_nodes(index, layer.activation, &x, &y));
        x = y;
    }
    nodes
}

/// The nodes of one layer, from the value `x` to the value `y`.
fn layer_nodes(index: usize, activation: Activation, x: &str, y: &str) -> Vec<Node> {
    let sums = format!("layers.{index}.sums");
    let gemm = |y: &str| node(index, "Gemm", &[x, &kernel_name(index), &bias_name(index)], y);
    match activation {
        Activation::Linear => vec![gemm(y)],
        Activation::LeakyRelu => {
            let alpha = Attribute { name: "alpha".to_owned(), f: LEAK, kind: FLOAT_ATTRIBUTE };
            vec![gemm(&sums), Node { attribute: vec![alpha], ..node(index, "LeakyRelu", &[&sums], y) }]
        }
        Activation::Tanh => vec![gemm(&sums), node(index, "Tanh", &[&sums], y)],
    }
}

fn node(index: usize, operator: &str, inputs: &[&str], output: &str) -> Node {
    Node {
        input: inputs.iter().map(|&input| input.to_owned()).collect(),
        output: vec![output.to_owned()],
        name: format!("layers.{index}.{operator}"),
        op_type: operator.to_owned(),
        attribute: Vec::new(),
    }
}

fn constant(tensor: Tensor<'_>) -> TensorProto {
    TensorProto {
        dims: tensor.shape.iter().map(|&len| len as i64).collect(),
        data_type: FLOAT,
        name: tensor.name,
        raw_data: bytemuck::cast_slice(tensor.values).to_vec(),
    }
}

impl Value {
    /// The declaration of this value: floats, `[batch, width]`.
    fn info(self, width: usize) -> ValueInfo {
        let batch = Dimension { dim_value: None, dim_param: Some("batch".to_owned()) };
        let width = Dimension { dim_value: Some(width as i64), dim_param: None };
        let tensor = TensorType { elem_type: FLOAT, shape: Some(Shape { dim: vec![batch, width] }) };
        ValueInfo {
            name: self.name.to_owned(),
            r#type: Some(Type { tensor_type: Some(tensor) }),
            doc_string: self.meaning.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::export::formats::tests::{discriminator, outgoing};
    use crate::export::quantise::folding::tests::generator;

    /// An encoded network of this name, decoded by prost.
    fn encoded(network: NetworkName) -> Model {
        let bytes = match network {
            NetworkName::Generator => encode(&outgoing(network, &*generator())),
            NetworkName::Discriminator => encode(&outgoing(network, &*discriminator())),
        };
        Model::decode(bytes.unwrap().as_slice()).unwrap()
    }

    #[test]
    fn nodes_read_inputs_constants_and_outputs_of_earlier_nodes() {
        for network in [NetworkName::Generator, NetworkName::Discriminator] {
            let graph = encoded(network).graph.unwrap();
            let mut known: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
            known.extend(graph.input.iter().map(|input| input.name.as_str()));
            for node in &graph.node {
                assert!(node.input.iter().all(|name| known.contains(name.as_str())), "{node:?}");
                assert!(node.output.iter().all(|name| known.insert(name)), "{node:?}");
            }
            assert!(graph.output.iter().all(|output| known.contains(output.name.as_str())));
        }
    }

    #[test]
    fn operators_are_those_of_the_layers_in_order() {
        let operators = |network| {
            let nodes = encoded(network).graph.unwrap().node;
            nodes.into_iter().map(|node| node.op_type).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(operators(NetworkName::Generator), "Gemm Gemm LeakyRelu Gemm LeakyRelu Gemm LeakyRelu Gemm Tanh");
        assert_eq!(operators(NetworkName::Discriminator), "Gemm LeakyRelu Gemm LeakyRelu Gemm LeakyRelu Gemm");
    }

    #[test]
    fn the_file_states_producer_and_metadata() {
        let model = encoded(NetworkName::Generator);
        assert_eq!(
            (model.producer_name.as_str(), model.producer_version.as_str()),
            ("pocketgan", env!("CARGO_PKG_VERSION"))
        );
        let property = &model.metadata_props[0];
        assert_eq!(property.key, "pocketgan");
        assert!(property.value.contains("\"epochs\":300") && property.value.contains("\"ema\":0.9999"));
    }
}
