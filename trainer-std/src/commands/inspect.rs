//! `pocketgan inspect`: what a model file says of itself.

use std::fmt::Write;

use anyhow::{Context, Result};
use pocketgan_core::infer::model::format::VERSION;
use pocketgan_core::infer::model::{DigitSeeds, LayerHeader, Model, Origin};

use crate::cli::InspectArguments;
use crate::data::hex;
use crate::export::model_file::ModelFile;

pub(crate) fn inspect(typed: &InspectArguments) -> Result<()> {
    let file = ModelFile::read(&typed.model)?;
    let model = file.model().with_context(|| format!("{} is no whole model", typed.model.display()))?;
    print!("{}", describe(&model, file.bytes().len())?);
    Ok(())
}

fn describe(model: &Model<'_>, len: usize) -> Result<String> {
    let header = model.header();
    let mut text = String::new();
    writeln!(text, "kind            {}", model.kind())?;
    writeln!(text, "file            {len} bytes, format {VERSION}, CRC-32 {:08x}", model.checksum())?;
    describe_origin(&mut text, &header.origin)?;
    writeln!(text, "digit seeds     {}", seeds_of_digits(&model.digits()))?;
    writeln!(text, "layers")?;
    for (index, layer) in header.layers.iter().enumerate() {
        writeln!(text, "  {index}: {}", describe_layer(layer))?;
    }
    describe_parts(&mut text, model, len)?;
    Ok(text)
}

fn describe_origin(text: &mut String, origin: &Origin) -> Result<()> {
    if !origin.is_known() {
        return Ok(writeln!(text, "trained by      another program")?);
    }
    writeln!(text, "trained by      pocketgan {}", origin.program)?;
    writeln!(text, "epochs          {} ({} steps)", origin.epochs, origin.steps)?;
    writeln!(text, "seed            {}", origin.seed)?;
    writeln!(text, "batch           {}, {} updates per batch", origin.batch, origin.updates_per_batch)?;
    writeln!(
        text,
        "learning rates  {} (generator), {} (discriminator)",
        origin.learning_rate_g, origin.learning_rate_d
    )?;
    if origin.decay_epochs > 0 {
        writeln!(text, "                falling to 0 in {} epochs", origin.decay_epochs)?;
    }
    writeln!(text, "real label      {}", origin.real_label)?;
    if origin.gradient_penalty > 0.0 {
        writeln!(text, "R1 penalty      {}", origin.gradient_penalty)?;
    }
    if origin.ema > 0.0 {
        writeln!(text, "averaged by     {}", origin.ema)?;
    }
    writeln!(text, "images SHA-256  {}", hex(&origin.data_sha256))?;
    Ok(())
}

/// How many seeds a table has of each digit, in a few words.
pub(crate) fn seeds_of_digits(digits: &DigitSeeds<'_>) -> String {
    let counts = digits.counts();
    match counts.iter().all(|&count| count == counts[0]) {
        true if counts[0] == 0 => "none; `pocketgan digits` finds some".to_owned(),
        true => format!("{} of each digit", counts[0]),
        false => format!("{} (of 0 to 9)", counts.map(|count| count.to_string()).join(", ")),
    }
}

fn describe_layer(layer: &LayerHeader) -> String {
    let shape = format!("{} -> {}, {:?}", layer.inputs, layer.outputs, layer.activation);
    match layer.quantisation {
        None => shape,
        Some(of) => format!(
            "{shape}, {}, shifts {} and {}, zero point {}",
            of.precision, of.pre_shift, of.post_shift, of.zero_point
        ),
    }
}

fn describe_parts(text: &mut String, model: &Model<'_>, len: usize) -> Result<()> {
    writeln!(text, "parts")?;
    let mut weights = 0;
    for (part, offset) in model.parts() {
        writeln!(text, "  layer {} {:<12} {:>7} bytes at {offset}", part.layer, part.kind.to_string(), part.len)?;
        weights += part.len;
    }
    writeln!(text, "  header, table, checksum and filling {} bytes", len - weights)?;
    Ok(())
}
