//! `pocketgan import`: a generator that was trained elsewhere as a model file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::nn::network::{Network, layers};
use pocketgan_core::recipe::Generator;

use crate::commands::export::check_named_as_model;
use crate::commands::precision::Precision;
use crate::data::{self, foreign::ForeignFormat, preparation::Preparation};
use crate::evaluation::classifier::Classifier;
use crate::export::float::{forward, rows_of};
use crate::export::formats::safetensors;
use crate::export::generator_model::write_and_compare;
use crate::export::metadata::{Metadata, Provenance};
use crate::output::destination::{check_spares, print_about};
use crate::training::threads::{self, Threads};

/// Make a model file of a generator that was trained elsewhere.
///
/// The file's tensors are layers.0.kernel, [inputs, outputs] as in Keras, or layers.0.weight, [outputs, inputs] as in
/// PyTorch, then layers.0.bias, and so on to layers.4: 100 -> 100 -> 128 -> 128 -> 256 -> 784. The first layer has no
/// activation, the next three a leaky ReLU of slope 0.01, the last tanh. Tensors are F32, F16, BF16 or F64; the prefixes
/// "module." and "_orig_mod." of PyTorch's wrappers are ignored. `pocketgan export` writes such files.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan import generator.safetensors --precision int8 --out digits.pgan\n  \
    pocketgan import generator.safetensors --precision int8 --out digits.pgan --data mnist")]
pub(crate) struct ImportArguments {
    /// The .safetensors file
    pub(crate) file: PathBuf,
    /// How the model keeps its weights
    #[arg(long, value_enum)]
    pub(crate) precision: Precision,
    /// The model file to write
    #[arg(long, value_name = "FILE.pgan")]
    pub(crate) out: PathBuf,
    /// Folder with the images that it was trained on, with their labels: to find seeds that draw each digit, as
    /// `pocketgan digits` does [default: no seeds]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
}

/// Longest file that is read, in bytes. A generator takes 1.1 MB, twice that in f64.
const LONGEST: u64 = 64 << 20;
/// Pictures for which sums are checked.
const TRIED: u32 = 64;

pub(crate) fn import(arguments: &ImportArguments) -> Result<()> {
    check_named_as_model(&arguments.out)?;
    check_spares(&arguments.file, &arguments.out)?;
    let path = arguments.file.display();
    let bytes = read(&arguments.file).with_context(|| format!("{path} cannot be read"))?;
    let (generator, metadata) = decode(&bytes).with_context(|| format!("{path} cannot be used"))?;
    let threads = Threads::start(threads::count(None)?)?;
    let classifier = arguments.data.as_deref().map(|data| classifier(data, &metadata, &threads)).transpose()?;
    let (kind, out) = (arguments.precision.into(), &arguments.out);
    threads.enter(|| write_and_compare(kind, &generator, &metadata, classifier.as_ref(), out))?;
    match classifier {
        Some(_) => Ok(()),
        None => print_about(out, format_args!("`pocketgan digits {}` finds seeds for chosen digits", out.display())),
    }
}

/// The generator in a safetensors file, with weights of which a model can be made.
fn decode(bytes: &[u8]) -> Result<(Box<Generator>, Metadata)> {
    if let Some(format) = ForeignFormat::of(bytes).filter(|&format| format != ForeignFormat::Safetensors) {
        bail!("{format}");
    }
    let (generator, metadata) = safetensors::decode_generator(bytes)?;
    check_sums(&generator)?;
    Ok((generator, metadata))
}

/// The classifier of the images at `data`, which must be those of the training if `metadata` name them.
fn classifier(data: &Path, metadata: &Metadata, threads: &Threads) -> Result<Classifier> {
    match &metadata.provenance {
        Some(Provenance { data_sha256, recipe, .. }) => {
            Classifier::of_images(data_sha256, Some(data), recipe.preparation(), threads)
        }
        None => {
            let dataset = data::load(Some(data), Preparation::default())?;
            Classifier::of(&dataset, dataset.reference()?.labels()?, threads)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() as u64 <= LONGEST, "it is longer than {} MiB, so it is not just a generator", LONGEST >> 20);
    Ok(bytes)
}

/// Checks that no sum overflows.
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
    use std::fs;

    use super::*;
    use crate::export::formats::{NetworkName, Outgoing};
    use crate::export::quantise::folding::tests::generator;

    #[test]
    fn weights_whose_sums_overflow_are_rejected_with_their_layer() {
        let mut generator = generator();
        assert!(check_sums(&generator).is_ok());
        generator.dense2.kernel[5].fill(f32::MAX);
        let message = check_sums(&generator).unwrap_err().to_string();
        assert!(message.starts_with("the sums of layer 2 overflow"), "{message}");
    }

    #[test]
    fn a_file_too_long_for_a_generator_is_not_read_completely() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(LONGEST).unwrap();
        assert_eq!(read(file.path()).unwrap().len() as u64, LONGEST);
        file.as_file().set_len(1 << 40).unwrap();
        assert!(read(file.path()).unwrap_err().to_string().starts_with("it is longer than 64 MiB"));
    }

    #[test]
    fn files_of_other_formats_are_rejected_with_what_to_do() {
        let reason = |bytes: &[u8]| decode(bytes).map(|_| ()).unwrap_err().to_string();
        assert!(reason(b"PK\x03\x04\0\0archive/data.pkl").contains("safetensors.torch.save_file"));
        assert!(reason(b"<html><title>404</title>").contains("download it again"));
        assert!(reason(b"0123456789").contains("not a complete safetensors file"));
    }

    #[test]
    fn images_that_are_named_but_cannot_be_found_are_an_error_and_no_file_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [file, out, data] = ["g.safetensors", "g.pgan", "nowhere"].map(|name| folder.path().join(name));
        let generator = generator();
        let outgoing = Outgoing::new(NetworkName::Generator, &*generator, Metadata::default());
        fs::write(&file, safetensors::encode(&outgoing).unwrap()).unwrap();
        let import = |data: Option<PathBuf>| {
            import(&ImportArguments { file: file.clone(), precision: Precision::F32, out: out.clone(), data })
        };
        let error = format!("{:#}", import(Some(data)).unwrap_err());
        assert!(error.contains("nowhere") && !out.exists(), "{error}");
        import(None).unwrap();
        assert!(out.exists());
    }
}
