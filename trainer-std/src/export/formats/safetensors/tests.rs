//! Which files are read, and why others are rejected.

use super::*;
use crate::export::formats::tests::outgoing;
use crate::export::quantise::folding::tests::generator;

/// A file's tensors, to be changed: name, type, shape, and values, all in bytes.
type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

/// The tensors of a whole generator, as another program would name them, without a description.
fn tensors() -> Tensors {
    let bytes = encode(&outgoing(NetworkName::Generator, &*generator())).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: Tensors =
        file.iter().map(|(name, t)| (name.to_owned(), t.dtype(), t.shape().to_vec(), t.data().to_vec())).collect();
    tensors.sort();
    tensors
}

fn file_of(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        (name, TensorView::new(*dtype, shape.clone(), data).expect("a tensor is as long as its shape says"))
    });
    safetensors::serialize(views, None).unwrap()
}

fn find<'a>(tensors: &'a mut Tensors, name: &str) -> &'a mut (String, Dtype, Vec<usize>, Vec<u8>) {
    tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap()
}

/// `[columns][rows]` of `values`, `[rows][columns]`.
fn transposed(values: &[u8], columns: usize) -> Vec<u8> {
    let values = values.as_chunks::<4>().0;
    (0..columns).flat_map(|column| values.iter().skip(column).step_by(columns)).flatten().copied().collect()
}

/// Why the file with tensors changed by `change` is rejected.
fn rejected(change: impl FnOnce(&mut Tensors)) -> String {
    let mut tensors = tensors();
    change(&mut tensors);
    reason(&file_of(&tensors))
}

fn reason(bytes: &[u8]) -> String {
    format!("{:#}", decode_generator(bytes).expect_err("the file was read"))
}

#[test]
fn a_generator_and_its_metadata_survive_the_file() {
    let generator = generator();
    let file = outgoing(NetworkName::Generator, &*generator);
    let (decoded, metadata) = decode_generator(&encode(&file).unwrap()).unwrap();
    assert_eq!(decoded.flat(), generator.flat());
    assert_eq!(metadata, file.description.metadata);
}

#[test]
fn the_same_network_makes_the_same_file() {
    let generator = generator();
    let encoded = || encode(&outgoing(NetworkName::Generator, &*generator)).unwrap();
    assert!((0..20).all(|_| encoded() == encoded()));
}

#[test]
fn a_file_without_a_description_is_a_generator_of_unknown_origin() {
    let (decoded, metadata) = decode_generator(&file_of(&tensors())).unwrap();
    assert_eq!(decoded.flat(), generator().flat());
    assert_eq!(metadata, Metadata::default());
}

#[test]
fn weights_are_transposed_kernels() {
    let mut tensors = tensors();
    for (name, _, shape, data) in tensors.iter_mut().filter(|tensor| tensor.0.ends_with("kernel")) {
        *name = name.replace("kernel", "weight");
        *data = transposed(data, shape[1]);
        shape.reverse();
    }
    assert_eq!(decode_generator(&file_of(&tensors)).unwrap().0.flat(), generator().flat());
}

#[test]
fn the_error_for_a_transposed_tensor_says_how_to_name_it() {
    let swap = |from: &'static str, to: &'static str| {
        rejected(move |tensors| {
            let tensor = find(tensors, "layers.1.kernel");
            tensor.0 = format!("layers.1.{to}");
            if from == to {
                tensor.2.reverse();
            }
        })
    };
    assert_eq!(
        swap("kernel", "kernel"),
        "layers.1.kernel has shape [128, 100], expected [100, 128]; for [outputs, inputs] call it layers.1.weight"
    );
    assert_eq!(
        swap("kernel", "weight"),
        "layers.1.weight has shape [100, 128], expected [128, 100]; for [inputs, outputs] call it layers.1.kernel"
    );
}

#[test]
fn missing_and_extra_tensors_are_named() {
    let message = rejected(|tensors| tensors.retain(|tensor| tensor.0 != "layers.2.bias"));
    assert!(message.starts_with("layers.2.bias is missing; the file has layers.3.bias, layers.3.kernel"), "{message}");
    let message = rejected(|tensors| find(tensors, "layers.0.kernel").0 = "dense.kernel".to_owned());
    assert!(message.starts_with("layers.0.kernel is missing; the file has dense.kernel, "), "{message}");
    let message = rejected(|tensors| tensors.push(("layers.5.bias".to_owned(), Dtype::F32, vec![1], vec![0; 4])));
    assert!(message.ends_with("does not have: layers.5.bias"), "{message}");
    let both = ("layers.0.weight".to_owned(), Dtype::F32, vec![100, 100], vec![0; 40_000]);
    let message = rejected(|tensors| tensors.push(both));
    assert!(message.ends_with("does not have: layers.0.weight"), "{message}");
    assert_eq!(rejected(Vec::clear), "layers.0.kernel is missing; the file has nothing else");
}

#[test]
fn the_error_for_very_many_tensors_is_short() {
    let extra = |index: usize| (format!("more.{index}"), Dtype::F32, vec![1], vec![0; 4]);
    let message = rejected(|tensors| tensors.extend((0..10_000).map(extra)));
    assert!(message.ends_with(" and 9988 more") && message.len() < 300, "{message}");
}

#[test]
fn other_types_and_shapes_are_rejected() {
    let message = rejected(|tensors| {
        let tensor = find(tensors, "layers.3.bias");
        (tensor.1, tensor.3) = (Dtype::I16, vec![0; 2 * 256]);
    });
    assert_eq!(message, "layers.3.bias: its type is I16; convert it to F32 (F16, BF16 and F64 can be read too)");
    let message = rejected(|tensors| find(tensors, "layers.4.kernel").2 = vec![256, 28, 28]);
    assert_eq!(message, "layers.4.kernel has shape [256, 28, 28], expected [256, 784]");
    let message = rejected(|tensors| {
        let tensor = find(tensors, "layers.4.bias");
        (tensor.2, tensor.3) = (vec![1], vec![0; 4]);
    });
    assert_eq!(message, "layers.4.bias has shape [1], expected [784]");
}

#[test]
fn values_that_are_not_finite_are_rejected_with_their_index() {
    for (number, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
        let message = rejected(|tensors| {
            find(tensors, "layers.1.kernel").3[4 * 777..][..4].copy_from_slice(&number.to_le_bytes());
        });
        assert!(message.starts_with(&format!("layers.1.kernel has {name} at index 777")), "{message}");
    }
}

#[test]
fn a_description_of_something_else_is_rejected() {
    let discriminator = crate::export::formats::tests::discriminator();
    let message = reason(&encode(&outgoing(NetworkName::Discriminator, &*discriminator)).unwrap());
    assert_eq!(message, "it holds a discriminator, not a generator");
    let generator = generator();
    let good = outgoing(NetworkName::Generator, &*generator).description.to_json().unwrap();
    for (from, to, telling) in [
        ("\"leak\":0.01", "\"leak\":0.2", "slope 0.2 below zero"),
        ("\"outputs\":128", "\"outputs\":129", "layers or activations"),
        ("Tanh", "Linear", "layers or activations"),
        ("Tanh", "Sigmoid", "its description is malformed: unknown variant `Sigmoid`"),
        ("\"data_sha256\":\"", "\"data_sha256\":\"0", "64 hexadecimal digits"),
        ("\"program\":\"", "\"program\":1,\"_\":\"", "its description is malformed"),
        ("{", "", "its description is malformed"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good);
        let metadata = HashMap::from([(DESCRIPTION_KEY.to_owned(), changed)]);
        let empty = Vec::<(String, TensorView<'_>)>::new();
        let message = reason(&safetensors::serialize(empty, Some(metadata)).unwrap());
        assert!(message.contains(telling), "{message}");
    }
}

#[test]
fn a_file_that_is_cut_longer_or_damaged_in_its_header_is_rejected() {
    let good = file_of(&tensors());
    let header = 8 + u64::from_le_bytes(*good.first_chunk().unwrap()) as usize;
    for len in (0..=header).chain([good.len() / 2, good.len() - 1]) {
        assert!(reason(&good[..len]).starts_with("it is not a complete safetensors file: "), "a cut to {len}");
    }
    assert!(reason(&[&good[..], &[0]].concat()).starts_with("it is not a complete safetensors file: "));
    for at in 0..header {
        let mut flipped = good.clone();
        flipped[at] ^= 0x80;
        assert!(decode_generator(&flipped).is_err(), "a flip at {at} was read");
    }
}

#[test]
fn headers_longer_than_the_file_or_malformed_are_rejected_at_once() {
    let claim = |len: u64, rest: &[u8]| reason(&[&len.to_le_bytes()[..], rest].concat());
    assert_eq!(claim(u64::MAX, b"{}"), "it is not a complete safetensors file: header too large");
    assert_eq!(claim(90_000_000, b"{}"), "it is not a complete safetensors file: invalid header length");
    let nested = "[".repeat(1_000_000);
    assert!(claim(1_000_000, nested.as_bytes()).contains("invalid JSON"));
    let huge = br#"{"layers.0.kernel":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#;
    assert!(claim(huge.len() as u64, huge).contains("overflow"));
}

#[test]
fn half_and_double_precision_are_converted() {
    let generator = generator();
    let narrowed = |narrow: fn(f32) -> f32| generator.flat().iter().map(|&value| narrow(value)).collect::<Vec<f32>>();
    let file = |dtype: Dtype, encode: fn(f32) -> Vec<u8>| {
        let mut tensors = tensors();
        for (_, of, _, data) in &mut tensors {
            *data = data.as_chunks().0.iter().flat_map(|bytes| encode(f32::from_le_bytes(*bytes))).collect();
            *of = dtype;
        }
        decode_generator(&file_of(&tensors)).unwrap().0
    };
    let double = file(Dtype::F64, |value| f64::from(value).to_le_bytes().to_vec());
    assert_eq!(double.flat(), generator.flat());
    let half = file(Dtype::F16, |value| f16::from_f32(value).to_le_bytes().to_vec());
    assert_eq!(half.flat(), narrowed(|value| f16::from_f32(value).to_f32()));
    let brain = file(Dtype::BF16, |value| bf16::from_f32(value).to_le_bytes().to_vec());
    assert_eq!(brain.flat(), narrowed(|value| bf16::from_f32(value).to_f32()));
}

#[test]
fn double_precision_beyond_single_is_rejected() {
    let message = rejected(|tensors| {
        let tensor = find(tensors, "layers.3.bias");
        (tensor.1, tensor.3) = (Dtype::F64, 1e300_f64.to_le_bytes().repeat(256));
    });
    assert_eq!(message, "layers.3.bias has inf at index 0; weights must be finite 32-bit floats");
}

#[test]
fn prefixes_of_pytorchs_wrappers_are_ignored() {
    for prefix in ["module.", "_orig_mod.", "module._orig_mod."] {
        let mut tensors = tensors();
        tensors.iter_mut().for_each(|tensor| tensor.0.insert_str(0, prefix));
        assert_eq!(decode_generator(&file_of(&tensors)).unwrap().0.flat(), generator().flat());
    }
    let twice = rejected(|tensors| tensors.push(("module.layers.0.bias".to_owned(), Dtype::F32, vec![1], vec![0; 4])));
    assert_eq!(twice, "layers.0.bias is there with and without the prefix of a wrapper");
}
