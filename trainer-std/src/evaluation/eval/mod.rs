//! `pocketgan eval`: how good a model's pictures are, each figure beside that of real images.

mod classes;
mod distance;
mod frechet;
mod judge;
mod manifold;
mod nearest;
mod report;

use std::time::Instant;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::Model;

use crate::cli::EvalArguments;
use crate::commands::sample::draw;
use crate::data::{self, hex};
use crate::export::model_file::ModelFile;
use crate::training::config;
use crate::training::threads::Threads;

pub(crate) use judge::{COUNT, Figures, Judge, pictures};
use report::Report;

pub(crate) fn eval(typed: &EvalArguments) -> Result<()> {
    let threads = Threads::start(config::threads(typed.threads)?)?;
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{} cannot be drawn from", typed.model.display()))?;
    let dataset = data::load(typed.data.as_deref())?;
    let reference = dataset.reference().context("figures need labels and test images")?;
    let origin = &model.header().origin;
    if origin.is_known() && origin.data_sha256 != *dataset.images.sha256() {
        eprintln!(
            "{} was trained on other images (SHA-256 {}) than those it is measured by",
            typed.model.display(),
            hex(&origin.data_sha256)
        );
    }
    let judge = Judge::new(&dataset, &reference, &threads)?;
    threads.enter(|| print_figures(typed, &model, &judge))
}

fn print_figures(typed: &EvalArguments, model: &Model<'_>, judge: &Judge<'_>) -> Result<()> {
    let began = Instant::now();
    let generated = judge.figures(&pictures(0..typed.count, |seeds| seeds.map(|seed| draw(model, seed)).collect()));
    let seconds = began.elapsed().as_secs_f64();
    let real = judge.real_figures(typed.count);
    let report = Report {
        program: env!("CARGO_PKG_VERSION"),
        model: typed.model.display().to_string(),
        kind: model.kind().to_string(),
        checksum: format!("{:08x}", model.checksum()),
        count: typed.count,
        test_images: judge.test_images(),
        classifier_accuracy: judge.accuracy,
        generated,
        real,
        seconds,
    };
    match typed.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => print!("{report}"),
    }
    Ok(())
}
