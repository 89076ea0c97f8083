//! `pocketgan export --format html`: a page of a model file, or of a run or checkpoint, which is quantised first.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use pocketgan_core::infer::model::{Kind, format};

use super::{ExportArguments, classifier, find};
use crate::commands::precision::Precision;
use crate::export::formats::NetworkName;
use crate::export::generator_model::make_model;
use crate::export::model_file::ModelFile;
use crate::export::web_page::write_page;
use crate::output::destination::print_about;
use crate::training::threads::{self, Threads};

/// Whether the file at `path` is a model, as far as its first bytes tell.
pub(super) fn is_model(path: &Path) -> bool {
    let mut start = [0; format::MAGIC.len()];
    path.is_file()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start == format::MAGIC
}

/// Writes the page that the arguments ask for.
pub(super) fn export_page(arguments: &ExportArguments) -> Result<()> {
    ensure!(
        arguments.network == NetworkName::Generator,
        "--network discriminator: a page draws, which is what a generator does; choose --format safetensors or onnx"
    );
    let (path, out) = (&arguments.run_or_checkpoint, &arguments.out);
    if is_model(path) {
        refuse_options_of_runs(arguments)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        write_page(&ModelFile::read(path)?, &name, out).with_context(|| format!("no page of {}", path.display()))?;
    } else {
        let name = out.file_stem().unwrap_or(out.as_os_str()).to_string_lossy();
        write_page(&model_of(arguments)?, &name, out)?;
    }
    print_about(out, out.display())
}

fn refuse_options_of_runs(arguments: &ExportArguments) -> Result<()> {
    let path = arguments.run_or_checkpoint.display();
    for (option, given) in [
        ("--precision", arguments.precision.is_some()),
        ("--best", arguments.best),
        ("--data", arguments.data.is_some()),
    ] {
        ensure!(!given, "{option}: {path} is a model, which is taken as it is; leave the option away");
    }
    Ok(())
}

/// The model that a page of a run or checkpoint draws from.
fn model_of(arguments: &ExportArguments) -> Result<ModelFile> {
    let checkpoint = find(&arguments.run_or_checkpoint, arguments.best)?;
    let threads = Threads::start(threads::count(None)?)?;
    let classifier = classifier(arguments, &checkpoint, &threads)?;
    let kind = Kind::from(arguments.precision.unwrap_or(Precision::Int8));
    let (generator, metadata) = (checkpoint.generator(), checkpoint.metadata());
    threads.enter(|| make_model(kind, generator, &metadata, classifier.as_ref()))
}
