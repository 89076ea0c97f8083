//! Every option of every command has an effect.
//!
//! The commands and options are those that the help texts list, so an option that is missing below fails a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use pocketgan_emulation::firmware;
use pocketgan_tests::{images, program};
use tempfile::{TempDir, tempdir};

/// How an option shows that it is used.
enum Effect {
    /// This text is printed with the option only.
    Prints(&'static str),
    /// This file in the output folder is written with the option only.
    Writes(&'static str),
    /// This file in the output folder has other bytes with the option.
    Changes(&'static str),
    /// A test in this file uses the option and checks its effect on a device.
    TestedIn(&'static str),
}
use Effect::*;

/// A run of four epochs of three steps.
const TRAIN: &str = "train --data images.idx --epochs 4 --batch 10 --lr-g 1e-2 --lr-d 1e-2 --out OUT/run";
const GRID: &str = "run/samples/epoch-00004-grid.png";

/// Command, option, arguments without and with the option, and its effect. OUT is an output folder for each line.
const OPTIONS: &[(&str, &str, &str, &str, Effect)] = &[
    (
        "train",
        "--epochs",
        "TRAIN",
        "train --data images.idx --epochs 5 --out OUT/run",
        Writes("run/frames/epoch-00005.png"),
    ),
    (
        "train",
        "--batch",
        "TRAIN",
        "train --data images.idx --epochs 4 --batch 30 --lr-g 1e-2 --lr-d 1e-2 --out OUT/run",
        Changes(GRID),
    ),
    (
        "train",
        "--lr-g",
        "TRAIN",
        "train --data images.idx --epochs 4 --batch 10 --lr-d 1e-2 --out OUT/run",
        Changes(GRID),
    ),
    (
        "train",
        "--lr-d",
        "TRAIN",
        "train --data images.idx --epochs 4 --batch 10 --lr-g 1e-2 --out OUT/run",
        Changes(GRID),
    ),
    ("train", "--lr-decay", "TRAIN", "TRAIN --lr-decay", Changes(GRID)),
    ("train", "--k", "TRAIN", "TRAIN --k 2", Changes(GRID)),
    ("train", "--seed", "TRAIN", "TRAIN --seed 1", Changes(GRID)),
    ("train", "--ema", "TRAIN", "TRAIN --ema 0.9", Changes(GRID)),
    ("train", "--r1", "TRAIN", "TRAIN --r1 100", Changes(GRID)),
    ("train", "--r2", "TRAIN", "TRAIN --r2 100", Changes(GRID)),
    ("train", "--loss", "TRAIN", "TRAIN --loss relativistic", Changes(GRID)),
    ("train", "--beta1-g", "TRAIN", "TRAIN --beta1-g 0.5", Changes(GRID)),
    ("train", "--beta2-d", "TRAIN", "TRAIN --beta2-d 0.99", Changes(GRID)),
    ("train", "--differences", "TRAIN", "TRAIN --differences", Changes(GRID)),
    ("train", "--discriminator", "TRAIN", "TRAIN --discriminator wide", Changes(GRID)),
    ("train", "--four-bits-after", "TRAIN", "TRAIN --four-bits-after 1", Changes(GRID)),
    (
        "train",
        "--precision",
        "TRAIN --seed 2 --isa portable",
        "TRAIN --seed 2 --isa portable --precision bf16",
        Prints("--precision bf16: there are no instructions for it here (portable)"),
    ),
    (
        "train",
        "--precision",
        "TRAIN --seed 2 --isa portable",
        "TRAIN --seed 2 --isa portable --precision bf16-amx",
        Prints("--precision bf16-amx: there are no instructions for it here (portable)"),
    ),
    (
        "train",
        "--precision",
        "TRAIN --seed 2 --isa portable --precision bf16",
        "TRAIN --seed 2 --isa portable --precision bf16-amx",
        Changes("run/checkpoints/epoch-00004-batch-00000.ckpt"),
    ),
    ("train", "--fit", "TRAIN", "TRAIN --fit mass", Changes(GRID)),
    ("train", "--invert", "TRAIN", "TRAIN --invert yes", Changes(GRID)),
    ("train", "--augment", "TRAIN", "TRAIN --augment 2", Changes(GRID)),
    ("train", "--recipe", "TRAIN", "TRAIN --recipe best --best=false", Changes(GRID)),
    (
        "train",
        "--checkpoint-every",
        "TRAIN",
        "TRAIN --checkpoint-every 3",
        Writes("run/checkpoints/epoch-00003-batch-00000.ckpt"),
    ),
    ("train", "--eval-every", "TRAIN", "TRAIN --eval-every 2", Prints("--eval-every need test images")),
    ("train", "--best", "TRAIN", "TRAIN --best", Prints("--best and")),
    ("train", "--threads", "TRAIN", "TRAIN --threads 3", Prints(", 3 threads")),
    ("train", "--isa", "TRAIN", "TRAIN --isa abacus", Prints("--isa abacus")),
    ("train", "--data", "TRAIN", "train --data nowhere --out OUT/run", Prints("nowhere")),
    ("train", "--out", "train --data nowhere", "TRAIN", Writes("run/index.html")),
    ("train", "--resume", "TRAIN", "train --resume run --threads 1", Prints("resuming from run/")),
    ("train", "--preview", "TRAIN", "TRAIN --preview", Prints("--preview")),
    (
        "sweep",
        "--out",
        "sweep sweep.toml --list",
        "sweep sweep.toml --list --out OUT/runs",
        Prints("/runs --run plain-0"),
    ),
    ("sweep", "--threads", "sweep sweep.toml --list", "sweep sweep.toml --list --threads 0", Prints("--threads 0")),
    ("sweep", "--list", "sweep sweep.toml --collect", "sweep sweep.toml --list", Prints(" --run plain-0\n")),
    ("sweep", "--collect", "sweep sweep.toml --list", "sweep sweep.toml --collect", Prints("Missing: plain-0")),
    (
        "sweep",
        "--run",
        "sweep sweep.toml --list",
        "sweep sweep.toml --run a-0",
        Prints("--run a-0: there is no such run"),
    ),
    (
        "sweep",
        "--markdown",
        "sweep sweep.toml --collect",
        "sweep sweep.toml --collect --markdown",
        Prints("| setting | options |"),
    ),
    ("export", "--best", "EXPORT --out OUT/x.onnx", "EXPORT --out OUT/x.onnx --best", Prints("best.ckpt")),
    ("data", "--fit", "DATA", "DATA --fit mass", Changes("x.png")),
    ("data", "--invert", "DATA", "DATA --invert yes", Changes("x.png")),
    ("data", "--augment", "DATA", "DATA --augment 3", Changes("x.png")),
    ("data", "--out", "data images.idx", "DATA", Writes("x.png")),
    (
        "export",
        "--format",
        "EXPORT --out OUT/x.onnx",
        "EXPORT --out OUT/x.onnx --format safetensors",
        Changes("x.onnx"),
    ),
    (
        "export",
        "--precision",
        "EXPORT --out OUT/x --precision int8",
        "EXPORT --out OUT/x --precision int4",
        Changes("x"),
    ),
    (
        "export",
        "--network",
        "EXPORT --out OUT/x.onnx",
        "EXPORT --out OUT/x.onnx --network discriminator",
        Changes("x.onnx"),
    ),
    ("export", "--out", "EXPORT --out OUT/x.onnx", "EXPORT --out OUT/y.onnx", Writes("y.onnx")),
    (
        "export",
        "--data",
        "EXPORT --precision f32 --out OUT/x",
        "EXPORT --precision f32 --out OUT/x --data nowhere",
        Prints("nowhere"),
    ),
    (
        "import",
        "--precision",
        "import g.safetensors --out OUT/x --precision int8",
        "import g.safetensors --out OUT/x --precision f32",
        Changes("x"),
    ),
    (
        "import",
        "--out",
        "import g.safetensors --out OUT/x --precision int8",
        "import g.safetensors --out OUT/y --precision int8",
        Writes("y"),
    ),
    (
        "import",
        "--data",
        "import g.safetensors --out OUT/x --precision int8",
        "import g.safetensors --out OUT/x --precision int8 --data nowhere",
        Prints("nowhere"),
    ),
    (
        "digits",
        "--out",
        "digits run/model-f32.pgan --data nowhere --out OUT/x",
        "digits MODEL --out OUT/x",
        Writes("x"),
    ),
    (
        "digits",
        "--data",
        "digits MODEL --out OUT/x --threads 0",
        "digits MODEL --out OUT/x --data nowhere",
        Prints("nowhere"),
    ),
    (
        "digits",
        "--threads",
        "digits MODEL --out OUT/x --data nowhere",
        "digits MODEL --out OUT/x --threads 0",
        Prints("--threads 0"),
    ),
    ("sample", "--count", "sample MODEL", "sample MODEL --count 5", Prints("seed 4\n")),
    ("sample", "--seed", "sample MODEL", "sample MODEL --seed 9", Prints("seed 9\n")),
    ("sample", "--out", "sample MODEL", "sample MODEL --out OUT/x.png", Writes("x.png")),
    ("sample", "--morph", "sample MODEL --out OUT/x.gif", "sample MODEL --out OUT/x.gif --morph 1..2", Writes("x.gif")),
    (
        "sample",
        "--frames",
        "sample MODEL --out OUT/x.gif --morph 1..2",
        "sample MODEL --out OUT/x.gif --morph 1..2 --frames 3",
        Changes("x.gif"),
    ),
    (
        "sample",
        "--digits",
        "sample MODEL --out OUT/x.png",
        "sample MODEL --out OUT/x.png --digits 20",
        Changes("x.png"),
    ),
    ("sample", "--text", "sample MODEL --out OUT/x.png", "sample MODEL --out OUT/x.png --text 20", Changes("x.png")),
    ("sample", "--class", "sample MODEL --out OUT/x.png", "sample MODEL --out OUT/x.png --class 2", Changes("x.png")),
    (
        "sample",
        "--variant",
        "sample MODEL --out OUT/x.png --digits 20",
        "sample MODEL --out OUT/x.png --digits 20 --variant 1",
        Changes("x.png"),
    ),
    ("eval", "--count", "", "", TestedIn("evaluation.rs")),
    ("eval", "--data", "eval MODEL --threads 0", "eval MODEL --data nowhere", Prints("nowhere")),
    ("eval", "--threads", "eval MODEL --data nowhere", "eval MODEL --threads 0", Prints("--threads 0")),
    ("eval", "--json", "", "", TestedIn("evaluation.rs")),
    ("bench", "--epochs", "bench --data nowhere", "bench --epochs 0", Prints("--epochs 0")),
    ("bench", "--threads", "bench --data nowhere", "bench --threads 0", Prints("--threads 0")),
    ("bench", "--isa", "bench --data nowhere", "bench --isa abacus", Prints("--isa abacus")),
    ("bench", "--precision", "", "", TestedIn("bench.rs")),
    ("bench", "--data", "bench --threads 0", "bench --data nowhere", Prints("nowhere")),
    ("bench", "--to-quality", "", "", TestedIn("bench.rs")),
    ("bench", "--target", "", "", TestedIn("bench.rs")),
    ("bench", "--quick", "", "", TestedIn("bench.rs")),
    ("bench", "--json", "", "", TestedIn("bench.rs")),
    ("device draw", "--seed", "", "", TestedIn("console.rs")),
    ("device draw", "--count", "", "", TestedIn("console.rs")),
    ("device draw", "--digits", "", "", TestedIn("console.rs")),
    ("device draw", "--text", "", "", TestedIn("console.rs")),
    ("device draw", "--class", "", "", TestedIn("console.rs")),
    ("device draw", "--variant", "", "", TestedIn("console.rs")),
    ("device draw", "--out", "", "", TestedIn("console.rs")),
    ("device show", "--seed", "", "", TestedIn("display.rs")),
    ("device show", "--class", "", "", TestedIn("display.rs")),
    ("device morph", "--from", "", "", TestedIn("display.rs")),
    ("device morph", "--to", "", "", TestedIn("display.rs")),
    ("device morph", "--frames", "", "", TestedIn("display.rs")),
    ("device verify", "--count", "", "", TestedIn("console.rs")),
    ("device verify", "--seed", "", "", TestedIn("console.rs")),
    ("device bench", "--count", "", "", TestedIn("console.rs")),
    ("device load", "--flash", "", "", TestedIn("console.rs")),
];

/// Commands with a serial line, with the arguments that they need besides `--port`.
const ON_A_LINE: &[(&str, &str)] = &[
    ("device info", ""),
    ("device draw", ""),
    ("device show", ""),
    ("device morph", "--from 1 --to 2"),
    ("device verify", "MODEL"),
    ("device bench", ""),
    ("device load", "MODEL"),
];
/// Their options.
const OF_A_LINE: [&str; 2] = ["--port", "--timeout"];

/// The commands in the help text of `command`, or `command` itself if it has none.
fn commands(command: &str) -> Vec<String> {
    let help = program::succeed(&format!("{command} --help"));
    let Some((_, listed)) = help.split_once("Commands:\n") else { return vec![command.to_owned()] };
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ")?.split(' ').next()?;
        (!name.is_empty() && name != "help").then(|| format!("{command} {name}").trim().to_owned())
    });
    names.flat_map(|name| commands(&name)).collect()
}

/// The long options in the help text of `command`, as pairs with it.
fn options(command: &str) -> Vec<(String, String)> {
    let help = program::succeed(&format!("{command} --help"));
    let name = |line: &str| {
        // Descriptions are indented further.
        let option = line
            .strip_prefix("      --")
            .or_else(|| line.strip_prefix("  -")?.split_once(", --").map(|(_, name)| name));
        let end = |character: char| !(character.is_ascii_alphanumeric() || character == '-');
        Some(format!("--{}", option?.split(end).next()?))
    };
    let names = help.lines().filter_map(name).filter(|name| name != "--help" && name != "--version");
    names.map(|name| (command.to_owned(), name)).collect()
}

#[test]
fn every_option_is_in_the_table() {
    let known: BTreeSet<_> = commands("").iter().flat_map(|command| options(command)).collect();
    let table = OPTIONS.iter().map(|row| (row.0, row.1));
    let lines = ON_A_LINE.iter().flat_map(|row| OF_A_LINE.map(|option| (row.0, option)));
    let named = table.chain(lines).map(|(command, option)| (command.to_owned(), option.to_owned())).collect();
    assert_eq!(known, named);
}

/// A folder with 30 unlabelled images, a run on them and its generator in another format.
fn place() -> TempDir {
    let folder = tempdir().unwrap();
    images::write(folder.path(), 30);
    fs::write(folder.path().join("sweep.toml"), "seeds = [0]\n[settings.plain]\n").unwrap();
    for line in ["train --data images.idx --epochs 2 --out run", "export run --out g.safetensors"] {
        let finished = program::finish(program::command(line).current_dir(folder.path()));
        assert_eq!(finished.code, Some(0), "{finished:?}");
    }
    folder
}

/// What `line` prints when it is run in `folder`, with the new output folder `out`.
fn printed(folder: &Path, line: &str, out: &str) -> String {
    fs::create_dir(folder.join(out)).unwrap();
    let model = firmware::model_file("mnist-int8").display().to_string();
    let line = line
        .replace("TRAIN", TRAIN)
        .replace("EXPORT", "export run")
        .replace("DATA", "data images.idx --out OUT/x.png")
        .replace("MODEL", &model)
        .replace("OUT", out);
    let finished = program::finish(program::command(&line).current_dir(folder));
    finished.out + &finished.err
}

#[test]
fn every_option_has_an_effect() {
    let place = place();
    let mut outcomes = BTreeMap::new();
    let mut unused = String::new();
    for &(command, option, without, with, ref effect) in OPTIONS {
        if let TestedIn(file) = effect {
            assert!(is_used_in(file, command, option), "{file} does not use {command} {option}");
            continue;
        }
        for line in [without, with] {
            let out = format!("out-{}", outcomes.len());
            outcomes.entry(line).or_insert_with(|| (printed(place.path(), line, &out), place.path().join(&out)));
        }
        let [(before, a), (after, b)] = [&outcomes[without], &outcomes[with]];
        if !has_effect(effect, (before, a), (after, b)) {
            unused += &format!("{command} {option} has no effect: without it\n{before}\nwith it\n{after}\n");
        }
    }
    assert!(unused.is_empty(), "{unused}");
}

/// Whether what is printed and the output folder without an option and with it show `effect`.
fn has_effect(effect: &Effect, without: (&str, &Path), with: (&str, &Path)) -> bool {
    let files = |file: &str| [without.1, with.1].map(|out| fs::read(out.join(file)).ok());
    match effect {
        Prints(text) => with.0.contains(text) && !without.0.contains(text),
        Writes(file) => matches!(files(file), [None, Some(_)]),
        Changes(file) => matches!(files(file), [Some(before), Some(after)] if before != after),
        TestedIn(_) => true,
    }
}

/// Whether the tests in `file` have the last word of `command`, and `option` in some line.
fn is_used_in(file: &str, command: &str, option: &str) -> bool {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file)).unwrap();
    let word = command.split(' ').next_back().unwrap();
    text.contains(word) && [' ', '"'].iter().any(|end| text.contains(&format!("{option}{end}")))
}

#[test]
fn every_line_option_has_an_effect() {
    let place = place();
    for (index, (command, needed)) in ON_A_LINE.iter().enumerate() {
        let line = |rest: &str| format!("{command} {needed} {rest}");
        let port = printed(place.path(), &line("--port /nonsense/port"), &format!("{index}-port"));
        assert!(port.contains("/nonsense/port cannot be used"), "{command}: {port}");
        let timeout = printed(place.path(), &line("--port /nonsense/port --timeout 0"), &format!("{index}-timeout"));
        assert!(timeout.contains("seconds from 0.01 to 3600"), "{command}: {timeout}");
    }
}
