//! Exports a generator as a model file, of floats or of integers, and measures what quantisation costs.

use std::path::Path;

use anyhow::{Context, Result};
use pocketgan_core::infer::integer::Precision::{Int4, Int8};
use pocketgan_core::infer::model::{Header, Kind};
use pocketgan_core::nn::network::{LayerView, Network, PerLayer, layers};
use pocketgan_core::recipe::Generator;

use crate::evaluation::classifier::Classifier;
use crate::export::digit_table::{file_with_digits, written};
use crate::export::loss::Loss;
use crate::export::metadata::Metadata;
use crate::export::model_file::{ModelFile, encode, layer_header};
use crate::export::quantise::{Scheme, quantise};
use crate::output::destination::print_about;
use crate::output::files::write_whole;

/// [`write_model`], and prints its name and how much its pictures differ from those of the float generator.
pub(crate) fn write_and_compare(
    kind: Kind,
    generator: &Generator,
    metadata: &Metadata,
    classifier: Option<&Classifier>,
    path: &Path,
) -> Result<()> {
    let file = write_model(kind, generator, metadata, classifier, path)?;
    print_about(path, written(path, &file)?)?;
    if kind == Kind::F32 {
        return Ok(());
    }
    let Loss { mean, .. } = Loss::of(generator, &file.model()?);
    print_about(path, format_args!("its pixels differ from those of f32 by {mean:.2} of 255 in the mean"))
}

/// Writes `generator` as a model file of `kind`, with seeds for the digits that `classifier` recognises. Runs in the
/// current thread pool; the bytes do not depend on the number of threads.
pub(crate) fn write_model(
    kind: Kind,
    generator: &Generator,
    metadata: &Metadata,
    classifier: Option<&Classifier>,
    path: &Path,
) -> Result<ModelFile> {
    let file = make_model(kind, generator, metadata, classifier)?;
    write_whole(path, file.bytes())?;
    Ok(file)
}

/// The file that [`write_model`] writes.
pub(crate) fn make_model(
    kind: Kind,
    generator: &Generator,
    metadata: &Metadata,
    classifier: Option<&Classifier>,
) -> Result<ModelFile> {
    let file = make(kind, generator, metadata)?;
    Ok(match classifier {
        Some(classifier) => ModelFile::new(&file_with_digits(&file, classifier)?),
        None => file,
    })
}

/// A valid file that draws what `generator` does. Weights far from those of a training may not be representable as integers.
fn make(kind: Kind, generator: &Generator, metadata: &Metadata) -> Result<ModelFile> {
    let trained_in_four_bits = metadata.is_of_four_bits();
    let metadata = metadata.to_json()?;
    let integers = |hidden, last| quantise(generator, Scheme { hidden, last, trained_in_four_bits }, &metadata);
    let bytes = match kind {
        Kind::F32 => float_model(generator, &metadata)?,
        Kind::Int8 => integers(Int8, Int8)?,
        Kind::Mixed => integers(Int8, Int4)?,
        Kind::Int4 => integers(Int4, Int4)?,
    };
    let file = ModelFile::new(&bytes);
    let model = file.model().with_context(|| format!("the weights do not fit a model of {kind}; choose f32"))?;
    if kind != Kind::F32 {
        Loss::of(generator, &model).check(kind)?;
    }
    drop(model);
    Ok(file)
}

fn float_model(generator: &Generator, metadata: &[u8]) -> Result<Vec<u8>> {
    let header = Header { layers: Generator::LAYERS.iter().map(layer_header).collect() };
    let views: PerLayer<LayerView<'_>> = layers(Generator::LAYERS, generator.flat()).collect();
    let sections: Vec<&[u8]> =
        views.iter().flat_map(|layer| [layer.kernel, layer.bias]).map(bytemuck::cast_slice).collect();
    encode(&header, &sections, metadata)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::quantise::folding::tests::generator;

    #[test]
    fn weights_that_cannot_be_quantised_are_an_error_and_no_file_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pgan");
        let mut generator = generator();
        // Two equal units whose huge weights cancel: a step that reaches those leaves nothing of the others.
        for row in &mut generator.dense3.kernel {
            row[1] = row[0];
        }
        generator.dense3.bias[1] = generator.dense3.bias[0];
        generator.dense4.kernel[0].iter_mut().for_each(|weight| *weight += 1e5);
        generator.dense4.kernel[1].iter_mut().for_each(|weight| *weight -= 1e5);
        for kind in [Kind::Int8, Kind::Mixed, Kind::Int4] {
            let failed = write_model(kind, &generator, &Metadata::default(), None, &path).map(|_| ()).unwrap_err();
            assert!(format!("{failed:#}").contains("choose f32"), "{failed:#}");
            assert!(!path.exists());
        }
        write_model(Kind::F32, &generator, &Metadata::default(), None, &path).unwrap();
    }
}
