//! Networks in the safetensors format (<https://github.com/huggingface/safetensors>): written, and a generator read back.
//!
//! Layer n has the tensors `layers.n.kernel`, `[inputs][outputs]` as Keras keeps it, and `layers.n.bias`. What is read may
//! have `layers.n.weight`, `[outputs][inputs]` as PyTorch keeps it, in the kernel's place: the name says which it is, for
//! the shape of a square layer cannot.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, bail, ensure};
use pocketgan_core::nn::network::{Layer, Network, layers_mut};
use pocketgan_core::recipe::Generator;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::export::metadata::Metadata;

use super::{DESCRIPTION_KEY, Description, NetworkName, Outgoing, bias_name, kernel_name};
use crate::output::printable::printable;

/// The file of `network`; the same bytes each time.
pub(crate) fn encode(network: &Outgoing<'_>) -> Result<Vec<u8>> {
    let views = network.tensors().map(|tensor| {
        Ok((tensor.name, TensorView::new(Dtype::F32, tensor.shape, bytemuck::cast_slice(tensor.values))?))
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    // One entry and not one for each fact: the crate writes several in any order.
    let metadata = HashMap::from([(DESCRIPTION_KEY.to_owned(), network.description.to_json()?)]);
    Ok(safetensors::serialize(views, Some(metadata))?)
}

/// The generator in the file `bytes`, and its metadata if the file has some.
///
/// # Errors
/// If the file is damaged, describes another network, lacks a tensor or has one too many, or if a tensor's type, shape
/// or numbers are wrong.
pub(crate) fn decode_generator(bytes: &[u8]) -> Result<(Box<Generator>, Metadata)> {
    let (_, header) = SafeTensors::read_metadata(bytes).context("this is no whole safetensors file")?;
    let described = header.metadata().as_ref().and_then(|metadata| metadata.get(DESCRIPTION_KEY));
    let described = described.map(|json| Description::parse(json, NetworkName::Generator)).transpose()?;
    let mut file = Unread(SafeTensors::deserialize(bytes)?.tensors().into_iter().collect());
    let mut generator: Box<Generator> = bytemuck::zeroed_box();
    for (index, (shape, kernel, bias)) in layers_mut(Generator::LAYERS, generator.flat_mut()).enumerate() {
        file.read_kernel(index, &shape, kernel)?;
        file.read(&bias_name(index), &[shape.outputs], bias)?;
    }
    file.check_empty()?;
    Ok((generator, described.map(|described| described.metadata).unwrap_or_default()))
}

/// The tensors of a file that nobody has read yet, by name.
struct Unread<'a>(HashMap<String, TensorView<'a>>);

impl Unread<'_> {
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

    /// Takes the tensor `name`, which has to be of this shape, into `values`.
    fn read(&mut self, name: &str, shape: &[usize], values: &mut [f32]) -> Result<()> {
        let tensor = self.0.remove(name).with_context(|| format!("{name} is missing; there is {}", self.names()))?;
        let dtype = tensor.dtype();
        ensure!(dtype == Dtype::F32, "{name} is of type {dtype}, and F32 is wanted");
        check_shape(name, tensor.shape(), shape)?;
        for (to, from) in values.iter_mut().zip(tensor.data().as_chunks().0) {
            *to = f32::from_le_bytes(*from);
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => bail!("{name} has {} at {at}, and only finite numbers make a network", values[at]),
            None => Ok(()),
        }
    }

    /// What is left would be weights that the pictures miss.
    fn check_empty(&self) -> Result<()> {
        ensure!(self.0.is_empty(), "it has tensors that this program's generator does not: {}", self.names());
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

fn check_shape(name: &str, found: &[usize], wanted: &[usize]) -> Result<()> {
    let is_transposed = found.iter().rev().eq(wanted);
    let hint = match name.rsplit_once('.') {
        Some((layer, "kernel")) if is_transposed => format!("; for [outputs, inputs] call it {layer}.weight"),
        Some((layer, "weight")) if is_transposed => format!("; for [inputs, outputs] call it {layer}.kernel"),
        _ => String::new(),
    };
    ensure!(found == wanted, "{name} has shape {found:?}, and {wanted:?} is wanted{hint}");
    Ok(())
}
