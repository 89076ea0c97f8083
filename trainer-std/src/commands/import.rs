//! `pocketgan import`: a generator that was trained elsewhere as a model file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::nn::network::{Network, layers};
use pocketgan_core::recipe::Generator;

use crate::commands::precision::Precision;
use crate::export::float::{forward, rows_of};
use crate::export::formats::safetensors;
use crate::export::generator_model::write_and_compare;
use crate::output::destination::print_about;

/// Make a model file of a generator that was trained elsewhere.
///
/// The file's tensors, all F32, are layers.0.kernel, [inputs, outputs] as Keras has it, or layers.0.weight, [outputs,
/// inputs] as PyTorch has it, then layers.0.bias, and so on to layers.4: 100 -> 100 -> 128 -> 128 -> 256 -> 784. Nothing
/// follows the first layer, a leaky ReLU of 0.01 each of the next three, tanh the last. A file of `pocketgan export` is
/// of this form.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan import generator.safetensors --precision int8 --out digits.pgan")]
pub(crate) struct ImportArguments {
    /// The .safetensors file
    pub(crate) file: PathBuf,
    /// How the model keeps its weights
    #[arg(long, value_enum)]
    pub(crate) precision: Precision,
    /// The model file to write
    #[arg(long, value_name = "FILE.pgan")]
    pub(crate) out: PathBuf,
    /// Folder with the images of the run, with their labels [default: as they were named to the run]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
}

/// Longest file that is read, in bytes. A generator takes 1.1 MB; what is much longer holds something else.
const LONGEST: u64 = 64 << 20;
/// Pictures that weights are tried on.
const TRIED: u32 = 64;

pub(crate) fn import(arguments: &ImportArguments) -> Result<()> {
    let bytes = read(&arguments.file).with_context(|| format!("{} cannot be read", arguments.file.display()))?;
    let (generator, metadata) = safetensors::decode_generator(&bytes)
        .with_context(|| format!("{} cannot be used", arguments.file.display()))?;
    check_sums(&generator).with_context(|| format!("{} cannot be used", arguments.file.display()))?;
    write_and_compare(arguments.precision.into(), &generator, &metadata, None, &arguments.out)?;
    let out = arguments.out.display();
    print_about(&arguments.out, format_args!("`pocketgan digits {out}` finds seeds for chosen digits"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= LONGEST, "it is longer than {} MiB, so it is no generator alone", LONGEST >> 20);
    Ok(bytes)
}

/// That the weights are not so large that sums overflow: no scale would fit those.
fn check_sums(generator: &Generator) -> Result<()> {
    let latents: Vec<Latent> = (0..TRIED).map(Latent::of_picture).collect();
    let mut x = rows_of(&latents);
    for (index, layer) in layers(Generator::LAYERS, generator.flat()).enumerate() {
        x = forward(layer, &x);
        ensure!(x.iter().all(|x| x.is_finite()), "the sums of layer {index} overflow: its weights are too large");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::quantise::folding::tests::generator;

    #[test]
    fn weights_whose_sums_overflow_are_refused_and_the_layer_named() {
        let mut generator = generator();
        assert!(check_sums(&generator).is_ok());
        generator.dense2.kernel[5].fill(f32::MAX);
        let message = check_sums(&generator).unwrap_err().to_string();
        assert!(message.starts_with("the sums of layer 2 overflow"), "{message}");
    }

    #[test]
    fn a_file_too_long_for_a_generator_is_not_read_to_its_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LONGEST).unwrap();
        assert_eq!(read(file.path()).unwrap().len() as u64, LONGEST);
        file.as_file().set_len(1 << 40).unwrap();
        assert!(read(file.path()).unwrap_err().to_string().starts_with("it is longer than 64 MiB"));
    }
}
