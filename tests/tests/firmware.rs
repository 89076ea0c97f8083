//! The firmware, built and run as a user does, and its reactions to deliberate faults.

use pocketgan_emulation::{
    firmware,
    qemu::{self, Run},
};
use pocketgan_tests::{program, sizes::deepest_stack};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::tempdir;

/// Far longer than any of these runs.
const LIMIT: Duration = Duration::from_secs(30);

const SIDE: usize = 28;
/// Characters in a row of a text picture.
const ROW: usize = 2 * SIDE;

fn draw() -> PathBuf {
    firmware::elf("draw").unwrap()
}

fn run(elf: &Path, arguments: &[&str]) -> Run {
    qemu::run(elf, arguments, LIMIT).unwrap()
}

#[test]
fn the_firmware_draws_text_pictures_from_its_flash() {
    let Run { uart, log, status } = run(&draw(), &["--seed", "4294967295", "--count", "2"]);
    assert_eq!(status, 0, "{log:?}");
    let text = String::from_utf8(uart).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2 * (1 + SIDE), "{text}");
    assert_eq!([lines[0], lines[1 + SIDE]], ["seed 4294967295", "seed 0"]);
    let (first, second) = (&lines[1..=SIDE], &lines[2 + SIDE..]);
    assert!(first.iter().chain(second).all(|row| row.len() == ROW), "{text}");
    assert_ne!(first, second);
    assert!(deepest_stack(&log) > 0);
}

/// The pictures of the idx3-ubyte stream that `draw` sends.
fn pictures(arguments: &[&str]) -> Vec<Vec<u8>> {
    let Run { uart, log, status } = run(&draw(), arguments);
    assert_eq!(status, 0, "{log:?}");
    let (header, pixels) = uart.split_at(16);
    let count = (pixels.len() / (SIDE * SIDE)) as u32;
    let expected = [0x0803, count, SIDE as u32, SIDE as u32].map(u32::to_be_bytes);
    assert_eq!((header, pixels.len() % (SIDE * SIDE)), (expected.as_flattened(), 0));
    pixels.chunks(SIDE * SIDE).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_morph_begins_and_ends_at_the_pictures_of_its_seeds() {
    let morph = pictures(&["--idx", "--seed", "5", "--morph", "7"]);
    let ends = pictures(&["--idx", "--seed", "5", "--count", "3"]);
    assert_eq!((morph.len(), ends.len()), (5, 3));
    assert_eq!((&morph[0], &morph[4]), (&ends[0], &ends[2]));
    assert!(morph.windows(2).all(|pair| pair[0] != pair[1]));
}

/// The first pixel of each of the GIF's squares of 8x8, frame by frame.
fn gif_pictures(path: &Path) -> Vec<Vec<u8>> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(fs::File::open(path).unwrap()).unwrap();
    let mut pictures = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        let pixel = |at: usize| frame.buffer[4 * (at / SIDE * 8 * SIDE * 8 + at % SIDE * 8)];
        pictures.push((0..SIDE * SIDE).map(pixel).collect());
    }
    pictures
}

#[test]
fn a_morph_is_the_same_pictures_on_the_device_and_in_the_gif() {
    let folder = tempdir().unwrap();
    let gif = folder.path().join("morph.gif");
    let model = firmware::model_file("mnist-int8");
    program::succeed(&format!("sample {} --morph 5..7 --frames 5 --out {}", model.display(), gif.display()));
    let (device, host) = (pictures(&["--idx", "--seed", "5", "--morph", "7"]), gif_pictures(&gif));
    for (number, (device, host)) in device.iter().zip(&host).enumerate() {
        let difference = device.iter().zip(host).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // The GIF has 32 shades of grey.
        assert!(difference <= 5, "frame {number} differs by {difference}");
    }
}

#[test]
fn invalid_arguments_are_rejected_with_a_message() {
    let draw = draw();
    let long = "x".repeat(300);
    for (arguments, sentence) in [
        (&["--sed", "1"][..], "unknown argument \"--sed\""),
        (&["--seed"], "--seed needs a number after it"),
        (&["--count", "-1"], "--count needs a number from 0 to 4294967295, not \"-1\""),
        (&["--count", "0"], "--count needs at least 1"),
        (&["--count", "2", "--morph", "3"], "--morph draws 5 pictures and takes no --count"),
        (&[&long], "the host gave no command line of at most 256 bytes"),
    ] {
        let run = run(&draw, arguments);
        let text = run.text();
        assert_eq!((run.status, text.lines().count()), (2, 1), "{arguments:?}: {text}");
        assert!(text.starts_with(&format!("draw: {sentence}")), "{arguments:?}: {text}");
        assert!(run.log.contains(&format!("ERROR {}", text.trim_end())), "{:?}", run.log);
    }
}

#[test]
fn a_damaged_model_is_reported_and_not_used() {
    let mut elf = fs::read(draw()).unwrap();
    let model = fs::read(firmware::model()).unwrap();
    let place = elf.windows(model.len()).position(|window| window == model).expect("the model lies in flash as it is");
    let damaged = Path::new(env!("CARGO_TARGET_TMPDIR")).join("draw-damaged");
    for byte in [0, model.len() / 2, model.len() - 1] {
        elf[place + byte] ^= 0x10;
        fs::write(&damaged, &elf).unwrap();
        elf[place + byte] ^= 0x10;
        let run = run(&damaged, &[]);
        let text = run.text();
        assert_eq!((run.status, text.lines().count()), (3, 1), "byte {byte}: {text}");
        assert!(text.starts_with("the model in flash cannot be used: "), "byte {byte}: {text}");
        assert!(run.log.contains(&format!("ERROR {}", text.trim_end())), "{:?}", run.log);
    }
}

#[test]
fn a_panic_and_a_fault_are_reported_in_one_line_and_end_the_program() {
    let crash = firmware::elf("crash").unwrap();
    for (how, status, news) in [("panic", 101, "panic at src/bin/crash.rs"), ("fault", 102, "hard fault at pc 0x")] {
        let run = run(&crash, &[how]);
        let text = run.text();
        assert_eq!((run.status, text.lines().count()), (status, 1), "{how}: {text}");
        assert!(text.starts_with(news), "{how}: {text}");
        assert_eq!(run.log, [format!("ERROR {}", text.trim_end())]);
    }
}

#[test]
fn a_run_is_killed_at_its_time_limit_with_an_error() {
    let (draw, start) = (draw(), Instant::now());
    let error = qemu::run(&draw, &["--count", "4000000000", "--idx"], Duration::from_millis(500)).unwrap_err();
    assert_eq!(error.to_string(), "the program was still running after 500ms and was killed");
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
}

#[test]
fn core_builds_for_thumbv6m_and_thumbv7em_without_std() {
    for target in ["thumbv6m-none-eabi", "thumbv7em-none-eabihf"] {
        firmware::build(&["--quiet", "--package", "pocketgan-core", "--target", target]).unwrap();
    }
}
