//! `pocketgan eval`: quality metrics of a model's pictures, compared with those of real images.

use std::time::Instant;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::Model;

use crate::cli::EvalArguments;
use crate::data::{self, hex};
use crate::evaluation::evaluator::Evaluator;
use crate::evaluation::report::EvaluationReport;
use crate::export::draw::draw_all;
use crate::export::metadata::trained_on;
use crate::export::model_file::ModelFile;
use crate::training::config;
use crate::training::threads::Threads;

pub(crate) fn eval(typed: &EvalArguments) -> Result<()> {
    let threads = Threads::start(config::threads(typed.threads)?)?;
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{} cannot be used", typed.model.display()))?;
    let dataset = data::load(typed.data.as_deref())?;
    let reference = dataset.reference().context("an evaluation needs labels and test images")?;
    if let Some(trained_on) = trained_on(&model).filter(|trained_on| trained_on != dataset.images.sha256()) {
        eprintln!(
            "warning: {} was trained on other images (SHA-256 {}) than those it is evaluated on",
            typed.model.display(),
            hex(&trained_on)
        );
    }
    let evaluator = Evaluator::new(&dataset, &reference, &threads)?;
    threads.enter(|| print_report(typed, &model, &evaluator))
}

fn print_report(typed: &EvalArguments, model: &Model<'_>, evaluator: &Evaluator<'_>) -> Result<()> {
    let began = Instant::now();
    let generated = evaluator.evaluate(&draw_all(model, 0..typed.count));
    let seconds = began.elapsed().as_secs_f64();
    let report = EvaluationReport {
        program: env!("CARGO_PKG_VERSION"),
        model: typed.model.display().to_string(),
        kind: model.kind().to_string(),
        checksum: format!("{:08x}", model.checksum()),
        count: typed.count,
        test_images: evaluator.test_images(),
        classifier_accuracy: evaluator.accuracy,
        generated,
        real: evaluator.evaluate_real(typed.count),
        seconds,
    };
    match typed.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{report}"),
    }
    Ok(())
}
