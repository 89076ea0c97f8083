//! `cargo flash-images`: a folder with the files that boards are flashed with.

use anyhow::Result;
use clap::Parser;
use pocketgan_images::{folder, options::Options, programs};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flash-images: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let builds = options.builds()?;
    // Nothing is written until everything is built.
    let files = programs::build(&builds, |build| {
        let programs = build.programs.join(", ");
        eprintln!("building {programs} for {} with {}", build.board.name, build.model);
    })?;
    folder::write(&options.out, &files)?;
    for file in &files {
        println!("{:>9} {}", file.bytes.len(), options.out.join(&file.name).display());
    }
    println!("{} says what to do with each", options.out.join(folder::SUMS).display());
    Ok(())
}
