//! What was typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pocketgan_core::infer::model::Kind;
use pocketgan_core::recipe;

use crate::device::cli::DeviceArguments;
use crate::export::formats::NetworkName;
use crate::output::morph::Ends;
use crate::output::number::NumberArguments;

/// Trains a GAN on handwritten digits and takes its generator to a microcontroller.
#[derive(Debug, Parser)]
#[command(version, after_help = "Example: pocketgan train && pocketgan sample runs/0001/model-int8.pgan")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(TrainArguments),
    Export(ExportArguments),
    Import(ImportArguments),
    Inspect(InspectArguments),
    Digits(DigitsArguments),
    Sample(SampleArguments),
    Eval(EvalArguments),
    Bench(BenchArguments),
    Device(DeviceArguments),
}

/// Train both networks, by default as the plain recipe says: 300 epochs of MNIST.
///
/// Writes metrics, curves, pictures, an animation, checkpoints and, at the end, the models into a folder of its own, with
/// an index.html that shows all of it. Ctrl-C saves a checkpoint and stops.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan train\n  \
    pocketgan train --recipe best\n  \
    pocketgan train --epochs 20 --data /usr/share/datasets/fashion-mnist --out runs/fashion\n  \
    pocketgan train --resume runs/0001")]
pub(crate) struct TrainArguments {
    /// Epochs to train for; with --resume, a new goal for the run
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<u32>,
    #[command(flatten)]
    pub(crate) recipe: RecipeArguments,
    /// Threads; the result does not depend on them [default: the machine's cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Instruction set: portable, avx2, avx512 or neon; the portable one rounds differently [default: the machine's fastest]
    #[arg(long, value_name = "NAME")]
    pub(crate) isa: Option<String>,
    /// Folder with train-images-idx3-ubyte (or .gz), or such a file: 28x28 images [default: POCKETGAN_DATA, or MNIST,
    /// fetched once]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Folder for the results; must be new or empty [default: the next free runs/0001, runs/0002, ...]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in this folder, from its last good checkpoint
    #[arg(long, value_name = "DIR", conflicts_with = "RecipeArguments")]
    pub(crate) resume: Option<PathBuf>,
    /// Epochs from a checkpoint to the next [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) checkpoint_every: Option<u32>,
    /// Epochs from an evaluation to the next, as `pocketgan eval` does it; its figures go into metrics.csv, and the best
    /// checkpoint is kept [default: 50, if labels and test images lie beside the training images]
    #[arg(long, value_name = "N")]
    pub(crate) eval_every: Option<u32>,
    /// Export the models from the best of the evaluated checkpoints instead of the last one [default: as the recipe has it]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) best: Option<bool>,
    /// Show the digits of now as characters above the bar, after each epoch; needs a terminal
    #[arg(long)]
    pub(crate) preview: bool,
}

/// What a run cannot change once it has begun.
#[derive(Args, Debug)]
#[group(id = "RecipeArguments", multiple = true)]
pub(crate) struct RecipeArguments {
    /// What holds where no other option says otherwise
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    pub(crate) recipe: RecipeName,
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = recipe::BATCH)]
    pub(crate) batch: usize,
    /// Learning rate of the generator (Adam) [default: as the recipe has it]
    #[arg(long, value_name = "RATE")]
    pub(crate) lr_g: Option<f32>,
    /// Learning rate of the discriminator (RMSprop) [default: as the recipe has it]
    #[arg(long, value_name = "RATE")]
    pub(crate) lr_d: Option<f32>,
    /// Updates per batch of real images, each with new noise
    #[arg(long, value_name = "K", default_value_t = recipe::UPDATES_PER_BATCH)]
    pub(crate) k: u32,
    /// Seed of weights, noise and order; the same seed gives the same networks to the bit
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Also keep an exponential moving average of the generator's weights, such as 0.999 of the old average a step, and
    /// make pictures and models of it; 0 for none [default: as the recipe has it]
    #[arg(long, value_name = "BETA")]
    pub(crate) ema: Option<f32>,
    /// Let both learning rates fall to 0 in a straight line until the last epoch [default: as the recipe has it]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) lr_decay: Option<bool>,
    /// Also ask the discriminator to be flat at real images: half of WEIGHT, such as 100, times the mean square of its
    /// gradient there is added to its loss (R1); 0 for nothing of the kind [default: as the recipe has it]
    #[arg(long, value_name = "WEIGHT")]
    pub(crate) r1: Option<f32>,
}

/// Settings that go together.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub(crate) enum RecipeName {
    /// The tutorial's, and nothing else
    #[default]
    Plain,
    /// What gives the best pictures, at no cost to the device: --r1 100 --ema 0.999 --lr-g 5e-4 --lr-d 5e-4 --lr-decay
    /// --best; docs/ablation.md has the measurements
    Best,
}

/// Write a run's generator as a model file, or either network for other programs.
///
/// If its images have labels, a model file also tells which seeds draw which digit, as `pocketgan digits` finds them.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan export runs/0001 --precision int8 --out digits.pgan\n  \
    pocketgan export runs/0001 --out generator.onnx\n  \
    pocketgan export runs/0001 --network discriminator --out discriminator.safetensors")]
pub(crate) struct ExportArguments {
    /// Folder of a run (its last good checkpoint is taken) or a checkpoint
    pub(crate) run_or_checkpoint: PathBuf,
    /// Take the best of the run's evaluated checkpoints instead of the last one
    #[arg(long)]
    pub(crate) best: bool,
    /// Form of the file [default: what the ending of --out says, or else pgan]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// How weights are kept; in the formats of other programs always as f32
    #[arg(long, value_enum)]
    pub(crate) precision: Option<Precision>,
    /// Which network; a .pgan model is always of the generator
    #[arg(long, value_enum, default_value_t = NetworkName::Generator)]
    pub(crate) network: NetworkName,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Folder with the images of the run, with their labels [default: as they were named to the run]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
}

/// Form of an exported network.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// A model of the generator for this program and for devices
    Pgan,
    /// Tensors by name: layers.0.kernel, [inputs, outputs], layers.0.bias, ...
    Safetensors,
    /// A graph that other programs can run: from latent to pixels, or from pixels to logit
    Onnx,
}

/// Make a model file of a generator that was trained elsewhere.
///
/// The file's tensors, all F32, are layers.0.kernel, [inputs, outputs] as Keras has it, or layers.0.weight, [outputs,
/// inputs] as PyTorch has it, then layers.0.bias, and so on to layers.4: 100 -> 100 -> 128 -> 128 -> 256 -> 784. Nothing
/// follows the first layer, a leaky ReLU of 0.01 each of the next three, tanh the last. A file of `pocketgan export` is
/// of this form.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan import generator.safetensors --precision int8 --out digits.pgan")]
pub(crate) struct ImportArguments {
    /// The .safetensors file
    pub(crate) file: PathBuf,
    /// How the model keeps its weights
    #[arg(long, value_enum)]
    pub(crate) precision: Precision,
    /// The model file to write
    #[arg(long, value_name = "FILE.pgan")]
    pub(crate) out: PathBuf,
    /// Folder with the images of the run, with their labels [default: as they were named to the run]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
}

/// How a model keeps its weights.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Precision {
    /// 32-bit floats, as trained: 1.1 MB
    F32,
    /// 8-bit integers, exact on every machine: 265 KB
    Int8,
    /// 8-bit integers, and 4-bit ones in the last layer: 167 KB
    Mixed,
    /// 4-bit integers: 137 KB
    Int4,
}

impl From<Precision> for Kind {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Kind::F32,
            Precision::Int8 => Kind::Int8,
            Precision::Mixed => Kind::Mixed,
            Precision::Int4 => Kind::Int4,
        }
    }
}

/// Print what a model file says of itself, and the size of each part.
#[derive(Args, Debug)]
#[command(after_help = "Example: pocketgan inspect runs/0001/model-int8.pgan")]
pub(crate) struct InspectArguments {
    /// The model file
    pub(crate) model: PathBuf,
}

/// Find seeds that draw each digit, and write them into a model file.
///
/// A classifier looks at what the model draws, and sixteen seeds a digit are chosen: beyond doubt, and each in another
/// way. With this table `--digits 2026` draws a number, here and on devices. `train` and `export` do the same where the
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

/// Draw pictures from a model file.
///
/// Picture i of seed S is the picture of seed S + i, here and on every device.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan sample runs/0001/model-int8.pgan\n  \
    pocketgan sample runs/0001/model-int8.pgan --count 64 --seed 7 --out digits.png\n  \
    pocketgan sample runs/0001/model-int8.pgan --digits 2026 --variant 3
    pocketgan sample runs/0001/model-int8.pgan --morph 67..69 --out walk.gif")]
pub(crate) struct SampleArguments {
    /// The model file
    pub(crate) model: PathBuf,
    /// Pictures to draw
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Seed of the first picture
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(crate) seed: u32,
    /// Draw a walk from the picture of seed A to that of seed B and back, over and over, into X.gif
    #[arg(long, value_name = "A..B", conflicts_with_all = ["count", "seed", "digits"])]
    pub(crate) morph: Option<Ends>,
    /// Pictures of the walk in one direction, both ends included
    #[arg(long, value_name = "N", default_value_t = 33, requires = "morph", value_parser = clap::value_parser!(u16).range(2..=257))]
    pub(crate) frames: u16,
    #[command(flatten)]
    pub(crate) number: NumberArguments,
    /// Where to: X.png (a grid), X.idx (idx3-ubyte, as MNIST's files), X.gif (with --morph) or - (characters on the
    /// terminal)
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

/// Measure the quality of a model's pictures: Fréchet distance, precision, recall and others, compared with real images.
///
/// The metrics are computed from the features of a classifier that is trained on the labelled training images the first
/// time (some seconds) and then cached. They are comparable with each other, but not with those of other programs.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan eval runs/0001/model-int8.pgan\n  \
    pocketgan eval runs/0001/model-f32.pgan --json > f32.json")]
pub(crate) struct EvalArguments {
    /// The model file
    pub(crate) model: PathBuf,
    /// Number of pictures, those of the seeds from 0 on; metrics of different numbers are not comparable
    #[arg(long, value_name = "N", default_value_t = crate::evaluation::evaluator::COUNT, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub(crate) count: u32,
    /// Folder with MNIST's four files (plain or .gz), or others of their form [default: POCKETGAN_DATA, or MNIST, fetched
    /// once]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Threads; the result does not depend on them [default: the machine's cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measure how fast this machine trains the recipe, against the most multiply-adds that it can do.
///
/// Measures the machine (multiply-adds, caches, memory), trains on the images without writing anything, and measures
/// the machine again. Takes one to two minutes on two cores.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    pocketgan bench\n  \
    pocketgan bench --threads 1,2,4 --epochs 9\n  \
    pocketgan bench --isa avx2 --json > avx2.json")]
pub(crate) struct BenchArguments {
    /// Epochs timed of each kind [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Numbers of threads to train with [default: 1 and as many as the machine has]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub(crate) threads: Vec<usize>,
    /// Instruction set to train with: portable, avx2, avx512 or neon [default: the fastest that the machine has]
    #[arg(long, value_name = "NAME")]
    pub(crate) isa: Option<String>,
    /// Images to train on, as for `pocketgan train`
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Option<PathBuf>,
    /// Only see that everything works: a few seconds, and figures that mean little
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}
