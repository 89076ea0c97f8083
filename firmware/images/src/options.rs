//! The command line: which programs are built, for which boards, with which model.

use anyhow::{Result, ensure};
use clap::{Parser, builder::PossibleValuesParser};
use pocketgan_emulation::firmware::{BOARDS, Board};
use std::path::{Path, PathBuf};

/// The programs that a person runs on a board.
pub const PROGRAMS: [&str; 3] = ["draw", "console", "show"];

const EXAMPLES: &str = "Examples:
  cargo flash-images                                   every program for every board, into the folder flash-images
  cargo flash-images --board pico2                     for one board
  cargo flash-images --board pico2 --model my.pgan     with a model of your own";

/// Builds the firmware as the files that boards are flashed with, without a debug probe.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo flash-images", bin_name = "cargo flash-images", after_help = EXAMPLES)]
pub struct Options {
    /// A board to build for; may be repeated [default: all that exist as hardware]
    #[arg(long = "board", value_name = "BOARD", value_parser = PossibleValuesParser::new(boards().map(|board| board.name)))]
    pub boards: Vec<String>,
    /// A program to build: draw sends digits over the serial line, console answers `pocketgan device`, show draws on the
    /// board's display; may be repeated [default: all]
    #[arg(long = "program", value_name = "PROGRAM", value_parser = PossibleValuesParser::new(PROGRAMS))]
    pub programs: Vec<String>,
    /// The model: one of firmware/models by its name, or a file X.pgan [default: the best that fits the board]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// The folder to write into
    #[arg(long, value_name = "FOLDER", default_value = "flash-images")]
    pub out: PathBuf,
}

/// Programs to build for one board with one model.
#[derive(Clone, Debug)]
pub struct Build {
    /// The board.
    pub board: &'static Board,
    /// The name of a committed model that fits, or the absolute path of a file.
    pub model: String,
    /// The programs.
    pub programs: Vec<&'static str>,
}

/// The boards that exist as hardware.
pub fn boards() -> impl Iterator<Item = &'static Board> {
    BOARDS.iter().filter(|board| board.chip.is_some())
}

impl Options {
    /// What is to be built, board after board.
    ///
    /// # Errors
    /// If the model is no file or has no room on a board, and if nothing is left to build.
    pub fn builds(&self) -> Result<Vec<Build>> {
        let chosen = |board: &&Board| self.boards.is_empty() || self.boards.iter().any(|name| name == board.name);
        let builds = boards().filter(chosen).map(|board| self.build(board)).collect::<Result<Vec<_>>>()?;
        let builds: Vec<_> = builds.into_iter().filter(|build| !build.programs.is_empty()).collect();
        ensure!(
            !builds.is_empty(),
            "none of these boards has a display, which show needs; the others are draw and console"
        );
        Ok(builds)
    }

    fn build(&self, board: &'static Board) -> Result<Build> {
        let chosen = |program: &&str| self.programs.is_empty() || self.programs.iter().any(|name| name == program);
        let runs = |program: &&str| *program != "show" || board.has_display();
        let programs = PROGRAMS.into_iter().filter(chosen).filter(runs).collect();
        Ok(Build { board, model: self.model(board)?, programs })
    }

    fn model(&self, board: &Board) -> Result<String> {
        let Some(model) = &self.model else { return Ok(board.models[0].to_owned()) };
        if board.models.contains(&model.as_str()) {
            return Ok(model.clone());
        }
        let fitting = board.models.join(", ");
        let file = Path::new(model);
        ensure!(
            file.extension().is_some_and(|ending| ending == "pgan"),
            "the board {} has room for {fitting}, or for a file X.pgan of such a model, not for {model:?}; choose boards with \
             --board",
            board.name
        );
        ensure!(file.is_file(), "there is no file {model}");
        Ok(file.canonicalize()?.display().to_string())
    }
}
