//! Every board is complete, draws the bytes that the host draws, and stays within its budgets.

use pocketgan_emulation::{
    firmware::{self, BOARDS, Board, Machine, V6M},
    qemu::{self, Run},
};
use pocketgan_tests::{
    program,
    sizes::{Sizes, deepest_stack},
};
use std::{fs, path::Path, time::Duration};
use tempfile::tempdir;

/// Far longer than any of these runs.
const LIMIT: Duration = Duration::from_secs(60);

const KIB: u64 = 1024;

/// The builds that are measured: every board with its first model, and one board for each kernel with all its models.
fn builds() -> impl Iterator<Item = (&'static Board, &'static str)> {
    let every = ["microbit", "lm3s6965evb", "mps2-an385", "mps2-an386", "mps3-an547"];
    let measured = move |board: &Board| if every.contains(&board.name) { board.models.len() } else { 1 };
    BOARDS.iter().flat_map(move |board| board.models.iter().take(measured(board)).map(move |model| (board, *model)))
}

fn run(board: &Board, program: &str, arguments: &[&str]) -> Run {
    run_with(board, board.models[0], program, arguments)
}

fn run_with(board: &Board, model: &str, program: &str, arguments: &[&str]) -> Run {
    let elf = firmware::elf_with(board, model, program).unwrap();
    qemu::run(&elf, arguments, LIMIT).unwrap_or_else(|error| panic!("{program} on {}: {error:#}", board.name))
}

#[test]
fn a_board_has_a_feature_an_alias_a_driver_and_models() {
    let read = |path: &str| fs::read_to_string(firmware::folder().join(path)).unwrap();
    let (manifest, config) = (read("Cargo.toml"), read(".cargo/config.toml"));
    let alias = |name: &str, features: &str, target: &str| {
        format!("{name} = \"run --release --no-default-features --features {features} --target {target}\"\n")
    };
    for Board { name, target, driver, display, models, chip, machine, .. } in BOARDS {
        assert!(manifest.contains(&format!("\n{name} = [")), "Cargo.toml needs a feature: {name} = []");
        let mut aliases = vec![alias(name, name, target)];
        if chip.is_some() && machine.is_some() {
            aliases.push(alias(&format!("flash-{name}"), &format!("{name},probe"), target));
        }
        for alias in aliases {
            assert!(config.contains(&format!("\n{alias}")), ".cargo/config.toml needs an alias: {alias}");
        }
        let models = models.iter().map(|model| format!("models/{model}.pgan"));
        for part in models.chain([format!("src/board/{driver}.rs"), format!("src/display/{display}.rs")]) {
            assert!(firmware::folder().join(&part).is_file(), "{name} has no {part}");
        }
        assert!(machine.is_some() || chip.is_some(), "{name} can be neither emulated nor flashed");
    }
}

#[test]
fn every_board_draws_the_bytes_that_the_host_draws() {
    let folder = tempdir().unwrap();
    let idx = folder.path().join("host.idx");
    for (board, model) in builds().filter(|(board, _)| board.machine.is_some()) {
        for seed in [7, u32::MAX - 1] {
            let file = firmware::model_file(model);
            program::succeed(&format!("sample {} --seed {seed} --count 4 --out {}", file.display(), idx.display()));
            let device = run_with(board, model, "draw", &["--idx", "--count", "4", "--seed", &seed.to_string()]);
            assert_eq!(device.status, 0, "{}, {model}: {:?}", board.name, device.log);
            let same = device.uart == fs::read(&idx).unwrap();
            assert!(same, "{}, {model}: pictures from seed {seed} on differ", board.name);
        }
    }
}

#[test]
fn every_board_reports_a_panic_and_a_fault() {
    for board in firmware::emulated() {
        for (how, status, news) in [("panic", 101, "panic at src/bin/crash.rs"), ("fault", 102, "hard fault at pc 0x")]
        {
            let run = run(board, "crash", &[how]);
            let text = run.text();
            assert_eq!((run.status, text.lines().count()), (status, 1), "{} {how}: {text}", board.name);
            assert!(text.starts_with(news), "{} {how}: {text}", board.name);
        }
    }
}

/// What `bench` counts on a board.
fn unit(board: &Board) -> &'static str {
    if board.machine == Some(Machine::Rp2040js) { "cycles" } else { "instructions" }
}

/// Parses the output of `bench`: what it counts for a picture, and for each multiply-add of the generator.
fn counted(text: &str, unit: &str) -> Option<(u64, f64)> {
    let (_, counts) = text.lines().next()?.split_once(": ")?;
    let (picture, multiply_add) =
        counts.strip_suffix(" a multiply-add")?.split_once(&format!(" {unit} a picture, "))?;
    Some((picture.parse().ok()?, multiply_add.parse().ok()?))
}

/// The boards whose serial line is USB, for which the code takes 16 KB.
const WITH_USB: [&str; 3] = ["black-pill", "pico", "pico2"];

/// The most bytes of flash that `draw` may occupy with a model file of `len` bytes.
fn flash_limit(board: &Board, model: &str, len: u64) -> u64 {
    match model {
        _ if WITH_USB.contains(&board.name) => len + 42 * KIB,
        "mnist-int8" => len + 24 * KIB,
        "mnist-mixed" => 200 * KIB,
        "mnist-int4" => 170 * KIB,
        _ => panic!("no budget is known for {model}"),
    }
}

/// The most bytes of RAM, including the deepest stack.
const RAM_LIMIT: u64 = 6 * KIB;

/// The most instructions, or cycles, for a multiply-add of the generator: the measured value and a few percent for other compilers.
fn instructions_limit(core: &str, model: &str) -> f64 {
    match (core, model) {
        ("M0", "mnist-int8") => 3.65,
        ("M0", "mnist-mixed") => 2.75,
        ("M0", _) => 2.5,
        // Many short instructions instead of few long ones; see tests/tests/cycles.rs.
        ("M3", "mnist-int8") => 3.4,
        ("M3", "mnist-mixed") => 2.05,
        ("M3", _) => 1.6,
        ("M55", "mnist-int8") => 0.31,
        ("M55", _) => 0.26,
        // Cycles.
        ("M0+", "mnist-mixed") => 3.2,
        ("M0+", _) => 2.8,
        // With the DSP instructions, for which 8 bits are easier than 4.
        (_, "mnist-int8") => 1.05,
        (_, "mnist-mixed") => 1.38,
        _ => 1.45,
    }
}

#[test]
fn every_board_stays_within_its_budgets_of_memory_and_instructions() {
    println!(
        "| board | core | model | flash | beside the model | static RAM | stack | instructions | a multiply-add |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (board, model) in builds() {
        let Board { name, core, .. } = board;
        let place = format!("{name}, {model}");
        let len = fs::metadata(firmware::model_file(model)).unwrap().len();
        let Sizes { flash, mut static_ram } = sizes_of_draw(board, model);
        if board.copies_model(len) {
            static_ram -= len;
        }
        let code = flash.checked_sub(len).expect("the model is in the flash");
        print!("| {name} | {core} | {} | {flash} | {code} | {static_ram} |", &model["mnist-".len()..]);
        assert!(flash <= flash_limit(board, model, len), "{place}: {flash} bytes of flash");
        if board.machine.is_none() {
            println!(" not run | | |");
            continue;
        }
        let stack = most_stack_of_draw(board, model);
        let (picture, multiply_add) = instructions(board, model);
        println!(" {stack} | {picture} | {multiply_add:.2} {} |", unit(board));
        assert!(static_ram + stack <= RAM_LIMIT, "{place}: {static_ram} + {stack} bytes of RAM");
        assert!(multiply_add <= instructions_limit(core, model), "{place}: {multiply_add} instructions a multiply-add");
    }
}

fn sizes_of_draw(board: &Board, model: &str) -> Sizes {
    let draw = firmware::elf_with(board, model, "draw").unwrap();
    Sizes::of(&fs::read(draw).unwrap()).unwrap()
}

fn most_stack_of_draw(board: &Board, model: &str) -> u64 {
    let stack = |line: &str| deepest_stack(&run_with(board, model, "draw", &line.split(' ').collect::<Vec<_>>()).log);
    ["--count 2", "--seed 1 --morph 2", "--wrong"].into_iter().map(stack).max().expect("there are runs")
}

fn instructions(board: &Board, model: &str) -> (u64, f64) {
    let bench = run_with(board, model, "bench", &[]);
    let text = bench.text();
    assert_eq!(bench.status, 0, "{}, {model}: {text}", board.name);
    counted(&text, unit(board)).unwrap_or_else(|| panic!("{}, {model}: {text}", board.name))
}

/// No emulated M0 has enough flash, but an M3 runs an M0's code, instruction for instruction.
#[test]
fn m0_code_draws_from_int8_within_its_budget_of_instructions() {
    let m0 = Board { core: "M0", target: V6M, ..*firmware::board("mps2-an385") };
    let (picture, multiply_add) = instructions(&m0, "mnist-int8");
    println!("M0, mnist-int8: {picture} instructions, {multiply_add:.2} a multiply-add");
    assert!(multiply_add <= instructions_limit(m0.core, "mnist-int8"), "{multiply_add} instructions a multiply-add");
}

#[test]
fn the_instructions_of_the_steps_add_up_to_those_of_the_picture() {
    let text = run(firmware::board(firmware::DEFAULT_BOARD), "bench", &[]).text();
    let (picture, _) = counted(&text, "instructions").unwrap_or_else(|| panic!("{text}"));
    let steps: Vec<(&str, u64)> = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, n)| (name, n.parse().unwrap()))
        .collect();
    let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["making the latent", "the latent enters", "layer 1", "layer 2", "layer 3", "layer 4"]);
    let sum: u64 = steps.iter().map(|(_, count)| count).sum();
    // Telling a step's end takes some instructions, what lies between the steps is optimised for size, and pictures differ a
    // little.
    assert!(sum.abs_diff(picture) < picture / 40, "{sum} are not {picture}: {text}");
    // The last layer has three quarters of the weights.
    assert!(steps[5].1 > picture / 2, "{text}");
}

#[test]
fn instruction_counts_repeat_exactly_and_need_a_clock_in_step() {
    let board = firmware::board(firmware::DEFAULT_BOARD);
    assert_eq!(run(board, "bench", &[]).text(), run(board, "bench", &[]).text());
    // The mark tells the runner to give every instruction the same time; without it nothing may come out.
    let elf = fs::read(firmware::elf_for(board, "bench").unwrap()).unwrap();
    let mark = b"pocketgan_counts_instructions";
    let place = elf.windows(mark.len()).position(|window| window == mark).expect("the program is marked");
    let mut unmarked = elf;
    unmarked[place] = b'x';
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-unmarked");
    fs::write(&file, unmarked).unwrap();
    let run = qemu::run(&file, &[], LIMIT).unwrap();
    assert_eq!(run.status, 4, "{}", run.text());
    assert!(run.text().starts_with("bench: SysTick is not in step with the instructions"), "{}", run.text());
}
