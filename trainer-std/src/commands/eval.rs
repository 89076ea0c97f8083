//! `pocketgan eval`: quality metrics of a model's pictures, compared with those of real images.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use pocketgan_core::infer::model::Model;

use crate::data::{self, hex};
use crate::evaluation::evaluator::{COUNT, Evaluator};
use crate::evaluation::report::EvaluationReport;
use crate::export::draw::draw_all;
use crate::export::metadata::{prepared_by, trained_on};
use crate::export::model_file::ModelFile;
use crate::output::terminal;
use crate::training::threads::{self, Threads};

/// Measure the quality of a model's pictures: Fréchet distance, precision, recall and others, compared with real images.
///
/// The metrics are computed from the features of a convolutional classifier that is trained on the labelled training images
/// the first time (some ten seconds) and then cached; images without labels are measured by MNIST's. The metrics are
/// comparable with each other, but not with those of other programs.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan eval runs/0001/model-int8.pgan\n  \
    pocketgan eval runs/0001/model-f32.pgan --json > f32.json")]
pub(crate) struct EvalArguments {
    /// The model file
    pub(crate) model: PathBuf,
    /// Number of pictures, those of the seeds from 0 on; metrics of different numbers are not comparable
    #[arg(long, value_name = "N", default_value_t = COUNT, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) count: u32,
    /// Images to compare with, as for `pocketgan train` [default: POCKETGAN_DATA, or MNIST, fetched once]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Threads; the result does not depend on them [default: the machine's cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn eval(arguments: &EvalArguments) -> Result<()> {
    let threads = Threads::start(threads::count(arguments.threads)?)?;
    let file = ModelFile::read(&arguments.model)?;
    let model = file.model().with_context(|| format!("{} cannot be used", arguments.model.display()))?;
    let dataset = data::load(arguments.data.as_deref(), prepared_by(&model))?;
    let reference = dataset.reference().context("an evaluation needs test images")?;
    if let Some(trained_on) = trained_on(&model).filter(|trained_on| trained_on != dataset.images.sha256()) {
        terminal::remark(format_args!(
            "warning: {} was trained on other images (SHA-256 {}) than those it is evaluated on",
            arguments.model.display(),
            hex(&trained_on)
        ));
    }
    let evaluator = Evaluator::new(&dataset, &reference, &threads)?;
    threads.enter(|| print_report(arguments, &model, &evaluator))
}

fn print_report(arguments: &EvalArguments, model: &Model<'_>, evaluator: &Evaluator<'_>) -> Result<()> {
    let began = Instant::now();
    let generated = evaluator.evaluate(&draw_all(model, 0..arguments.count));
    let seconds = began.elapsed().as_secs_f64();
    let report = EvaluationReport {
        program: env!("CARGO_PKG_VERSION"),
        model: arguments.model.display().to_string(),
        kind: model.kind().to_string(),
        checksum: format!("{:08x}", model.checksum()),
        count: arguments.count,
        test_images: evaluator.test_images(),
        classifier_accuracy: evaluator.accuracy,
        class_names: evaluator.class_names(),
        generated,
        real: evaluator.evaluate_real(arguments.count),
        seconds,
    };
    match arguments.json {
        true => terminal::print_json(&report),
        false => terminal::print(report),
    }
}
