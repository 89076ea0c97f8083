//! `pocketgan digits`: gives a model file a table of digits.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::commands::export::check_named_as_model;
use crate::data;
use crate::evaluation::classifier::Classifier;
use crate::export::digit_table::{file_with_digits, written};
use crate::export::metadata::{prepared_by, trained_on};
use crate::export::model_file::ModelFile;
use crate::output::destination::print_about;
use crate::output::files::write_whole;
use crate::training::threads::{self, Threads};

/// Find seeds that draw each digit, or each class of other images, and write them into a model file.
///
/// A classifier looks at what the model draws, and sixteen seeds a digit are chosen: beyond doubt, and each in another
/// way. With this table `--digits 2026` draws a number and `--class sandal` a sandal, here and on devices. `train` and `export` do the same where the
/// images have labels; this command is for files that have no table.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan digits runs/0001/model-int8.pgan\n  \
    pocketgan digits old.pgan --out new.pgan --data /usr/share/datasets/fashion-mnist")]
pub(crate) struct DigitsArguments {
    /// The model file
    pub(crate) model: PathBuf,
    /// The model file to write [default: the same]
    #[arg(long, value_name = "FILE.pgan")]
    pub(crate) out: Option<PathBuf>,
    /// Folder with the images that the model was trained on, with their labels [default: POCKETGAN_DATA, or MNIST,
    /// fetched once]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Threads; the result does not depend on them [default: the machine's cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

pub(crate) fn digits(arguments: &DigitsArguments) -> Result<()> {
    let path = &arguments.model;
    arguments.out.as_deref().map_or(Ok(()), check_named_as_model)?;
    let file = ModelFile::read(path)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", path.display()))?;
    let threads = Threads::start(threads::count(arguments.threads)?)?;
    let images = arguments.data.as_deref();
    let dataset = match trained_on(&model) {
        Some(sha256) => data::load_same(images, prepared_by(&model), &sha256)?,
        None => data::load(images, prepared_by(&model))?,
    };
    let classifier = Classifier::of(&dataset, dataset.reference()?.labels()?, &threads)?;
    let made = threads.enter(|| file_with_digits(&file, &classifier))?;
    let out = arguments.out.as_ref().unwrap_or(path);
    write_whole(out, &made)?;
    let made = ModelFile::new(&made);
    print_about(out, written(out, &made)?)?;
    match made.model()?.digits().seeds().is_empty() {
        true => print_about(out, "no seeds: the model draws no class clearly enough; train it for longer"),
        false => Ok(()),
    }
}
