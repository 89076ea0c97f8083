//! Networks in the safetensors format (<https://github.com/huggingface/safetensors>): encodes both, decodes generators.
//!
//! Layer n has the tensors `layers.n.kernel`, `[inputs][outputs]` as in Keras, and `layers.n.bias`. A file that is read may
//! have `layers.n.weight`, `[outputs][inputs]` as in PyTorch, instead of the kernel. The name distinguishes them, because the
//! shape of a square layer cannot. Names may have the prefixes of PyTorch's wrappers, and values may be f16, bf16 or f64.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use half::{bf16, f16};
use pocketgan_core::nn::network::{Layer, Network, layers_mut};
use pocketgan_core::recipe::Generator;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::export::metadata::Metadata;

use super::{DESCRIPTION_KEY, Description, NetworkName, Outgoing, bias_name, kernel_name};
use crate::output::printable::printable;

/// Encodes `network`; the same bytes each time.
pub(crate) fn encode(network: &Outgoing<'_>) -> Result<Vec<u8>> {
    let views = network.tensors().map(|tensor| {
        Ok((tensor.name, TensorView::new(Dtype::F32, tensor.shape, bytemuck::cast_slice(tensor.values))?))
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    // One entry for all metadata: the crate writes several in random order.
    let metadata = HashMap::from([(DESCRIPTION_KEY.to_owned(), network.description.to_json()?)]);
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// Decodes the generator in the file `bytes`, and its metadata if the file has some.
///
/// # Errors
/// If the file is damaged, describes another network, lacks a tensor or has one too many, or if a tensor's type, shape
/// or numbers are wrong.
pub(crate) fn decode_generator(bytes: &[u8]) -> Result<(Box<Generator>, Metadata)> {
    let (_, header) = SafeTensors::read_metadata(bytes).context("it is not a complete safetensors file")?;
    let described = header.metadata().as_ref().and_then(|metadata| metadata.get(DESCRIPTION_KEY));
    let described =
        described.map(|json| Description::parse(json, NetworkName::Generator, Generator::LAYERS)).transpose()?;
    let mut file = Unread::new(SafeTensors::deserialize(bytes)?.tensors())?;
    let mut generator: Box<Generator> = bytemuck::zeroed_box();
    for (index, (shape, kernel, bias)) in layers_mut(Generator::LAYERS, generator.flat_mut()).enumerate() {
        file.read_kernel(index, &shape, kernel)?;
        file.read(&bias_name(index), &[shape.outputs], bias)?;
    }
    file.check_empty()?;
    Ok((generator, described.map(|described| described.metadata).unwrap_or_default()))
}

/// The tensors of a file that have not been read yet, by name without [`WRAPPERS`].
struct Unread<'a>(HashMap<String, TensorView<'a>>);

/// Prefixes that PyTorch's `DataParallel` and `torch.compile` add to all names.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// `name` without any [`WRAPPERS`].
fn unwrapped(mut name: &str) -> &str {
    while let Some(rest) = WRAPPERS.iter().find_map(|prefix| name.strip_prefix(prefix)) {
        name = rest;
    }
    name
}

impl<'a> Unread<'a> {
    fn new(tensors: Vec<(String, TensorView<'a>)>) -> Result<Self> {
        let mut unread = HashMap::new();
        for (name, tensor) in tensors {
            let name = unwrapped(&name);
            let earlier = unread.insert(name.to_owned(), tensor);
            ensure!(earlier.is_none(), "{name} is there with and without the prefix of a wrapper");
        }
        Ok(Self(unread))
    }

    fn read_kernel(&mut self, index: usize, layer: &Layer, kernel: &mut [f32]) -> Result<()> {
        let Layer { inputs, outputs, .. } = *layer;
        let (ours, transposed) = (kernel_name(index), format!("layers.{index}.weight"));
        if self.0.contains_key(&ours) || !self.0.contains_key(&transposed) {
            return self.read(&ours, &[inputs, outputs], kernel);
        }
        let mut weight = vec![0.0; kernel.len()];
        self.read(&transposed, &[outputs, inputs], &mut weight)?;
        for (input, row) in kernel.chunks_exact_mut(outputs).enumerate() {
            row.iter_mut().zip(weight.iter().skip(input).step_by(inputs)).for_each(|(to, &from)| *to = from);
        }
        Ok(())
    }

    /// Reads the tensor `name`, which must have this shape, into `values`.
    fn read(&mut self, name: &str, shape: &[usize], values: &mut [f32]) -> Result<()> {
        let tensor =
            self.0.remove(name).with_context(|| format!("{name} is missing; the file has {}", self.names()))?;
        check_shape(name, tensor.shape(), shape)?;
        convert(tensor.dtype(), tensor.data(), values).with_context(|| name.to_owned())?;
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => bail!("{name} has {} at index {at}; weights must be finite 32-bit floats", values[at]),
            None => Ok(()),
        }
    }

    /// Tensors that are left over would be weights that have no effect.
    fn check_empty(&self) -> Result<()> {
        ensure!(self.0.is_empty(), "it has tensors that the generator does not have: {}", self.names());
        Ok(())
    }

    /// For an error: the names that are left, in order, or the first of them.
    fn names(&self) -> String {
        const SHOWN: usize = 12;
        let names: BTreeSet<&str> = self.0.keys().map(String::as_str).collect();
        let mut shown = names.iter().take(SHOWN).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
        if names.len() > SHOWN {
            shown += &format!(" and {} more", names.len() - SHOWN);
        }
        if shown.is_empty() { "nothing else".to_owned() } else { shown }
    }
}

/// Converts little-endian `data` of type `dtype` to `values`.
fn convert(dtype: Dtype, data: &[u8], values: &mut [f32]) -> Result<()> {
    match dtype {
        Dtype::F32 => write(values, data, f32::from_le_bytes),
        Dtype::F64 => write(values, data, |bytes| f64::from_le_bytes(bytes) as f32),
        Dtype::F16 => write(values, data, |bytes| f16::from_le_bytes(bytes).to_f32()),
        Dtype::BF16 => write(values, data, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        other => bail!("its type is {other}; convert it to F32 (F16, BF16 and F64 can be read too)"),
    }
    Ok(())
}

fn write<const N: usize>(values: &mut [f32], data: &[u8], value: impl Fn([u8; N]) -> f32) {
    for (to, from) in values.iter_mut().zip(data.as_chunks().0) {
        *to = value(*from);
    }
}

fn check_shape(name: &str, found: &[usize], wanted: &[usize]) -> Result<()> {
    let is_transposed = found.iter().rev().eq(wanted);
    let hint = match name.rsplit_once('.') {
        Some((layer, "kernel")) if is_transposed => format!("; for [outputs, inputs] call it {layer}.weight"),
        Some((layer, "weight")) if is_transposed => format!("; for [inputs, outputs] call it {layer}.kernel"),
        _ => String::new(),
    };
    ensure!(found == wanted, "{name} has shape {found:?}, expected {wanted:?}{hint}");
    Ok(())
}
