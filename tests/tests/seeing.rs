//! What a user sees of a training: its page, morphs between pictures, and the preview.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pocketgan_tests::pictures::{self, Image};
use pocketgan_tests::{images, program};
use tempfile::{TempDir, tempdir};

/// The frames of a GIF: size, duration in hundredths of a second, and its pixels.
fn frames(path: &Path) -> Vec<([usize; 2], u16, Vec<u8>)> {
    let of_image = |(image, time): (Image, u16)| ([image.width, image.height], time, image.pixels);
    pictures::gif(&fs::read(path).unwrap()).into_iter().map(of_image).collect()
}

/// A folder with images, its subfolder `run`, and the command that trains into that.
fn place(options: &str) -> (TempDir, PathBuf, String) {
    let folder = tempdir().unwrap();
    images::write_labelled(folder.path(), 400);
    let run = folder.path().join("run");
    let line = format!("train {options} --data {} --out {}", folder.path().display(), run.display());
    (folder, run, line)
}

/// `pocketgan`, keeping its classifier in `cache`.
fn command(cache: &Path, line: &str) -> Command {
    let mut command = program::command(line);
    command.env("XDG_CACHE_HOME", cache);
    command
}

/// The references in a page.
fn references(page: &str) -> Vec<&str> {
    let behind = |attribute: &'static str| page.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap());
    behind(" src=\"").chain(behind(" href=\"")).collect()
}

/// Asserts that the page in `run` refers only to existing files of the run, and to each of `expected`.
fn assert_whole(run: &Path, expected: &[&str]) {
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    let references = references(&page);
    for reference in &references {
        assert!(run.join(reference).is_file() && !reference.contains(':'), "{reference}");
    }
    for expected in expected {
        assert!(references.contains(expected), "no {expected} in {page}");
    }
    assert!(page.ends_with("</html>\n") && !page.contains("<script"));
}

#[test]
fn the_page_of_a_finished_training_shows_its_curves_animation_pictures_and_models() {
    let (folder, run, line) = place("--epochs 23 --eval-every 10");
    assert_eq!(program::finish(&mut command(folder.path(), &line)).code, Some(0));
    let shown = ["animation.gif", "losses.svg", "quality.svg", "samples/epoch-00001-grid.png"];
    assert_whole(
        &run,
        &[&shown[..], &["samples/epoch-00023-grid.png", "model-int8.html", "model-int8.pgan", "metrics.csv"]].concat(),
    );
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    for telling in ["epoch 23 of 23", "epoch 20", "real images", "--resume", "--morph", "learning_rate_g"] {
        assert!(page.contains(telling), "no {telling} in {page}");
    }
    let quality = fs::read_to_string(run.join("quality.svg")).unwrap();
    assert!(quality.contains("as many real images") && run.join("real.csv").exists());
    let frames = frames(&run.join("animation.gif"));
    assert_eq!(frames.len(), 22, "1 to 20, 22 and 23");
    assert!(frames.iter().all(|(size, delay, _)| *size == [8 * (56 + 2) - 2; 2] && *delay >= 10));
    assert!(frames.first().unwrap().2 != frames.last().unwrap().2);
}

#[test]
fn the_page_exists_from_the_first_epoch_on_and_shows_all_epochs_after_ctrl_c() {
    let (folder, run, line) = place("--epochs 100000 --batch 20");
    let mut child = command(folder.path(), &line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    // Well before the pictures of epoch 51, with which the page is drawn again.
    while !run.join("index.html").exists() || !run.join("frames/epoch-00005.png").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "no page after 60 s");
        sleep(Duration::from_millis(1));
    }
    assert_whole(&run, &["animation.gif", "losses.svg", "samples/epoch-00001-grid.png"]);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_whole(&run, &["animation.gif", "losses.svg", "samples/epoch-00001-grid.png"]);
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    let epochs = metrics.lines().count() - 1;
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    assert!(page.contains(&format!("epoch {epochs} of 100000")), "not {epochs} epochs: {page}");
}

#[test]
fn a_diverged_training_still_gets_its_page() {
    let (_folder, run, line) = place("--epochs 2000 --eval-every 1000 --lr-d 1e6");
    let error = program::fail(&line);
    assert!(error.contains("became"), "{error}");
    assert_whole(&run, &["animation.gif", "losses.svg"]);
    let epochs = fs::read_to_string(run.join("metrics.csv")).unwrap().lines().count() - 1;
    let page = fs::read_to_string(run.join("index.html")).unwrap();
    assert!(epochs > 1 && page.contains(&format!("epoch {epochs} of 2000")), "not {epochs} epochs: {page}");
}

#[test]
fn a_damaged_frame_is_named_and_left_out_when_a_run_is_resumed() {
    let (folder, run, line) = place("--epochs 3");
    assert_eq!(program::finish(&mut command(folder.path(), &line)).code, Some(0));
    fs::write(run.join("frames/epoch-00002.png"), b"half a picture").unwrap();
    let finished = program::run(&format!("train --resume {} --epochs 4", run.display()));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.err.contains("epoch-00002.png is left out"), "{finished:?}");
    assert_eq!(frames(&run.join("animation.gif")).len(), 3);
}

#[test]
fn a_morph_goes_from_one_picture_to_the_other_and_back_with_every_kind_of_model() {
    let (folder, run, line) = place("--epochs 1");
    program::succeed(&line);
    let (gif, idx) = (folder.path().join("morph.gif"), folder.path().join("x.idx"));
    let models = ["f32", "int8", "mixed", "int4"].map(|precision| {
        let model = folder.path().join(precision).display().to_string();
        program::succeed(&format!("export {} --precision {precision} --out {model}", run.display()));
        model
    });
    for model in models {
        program::succeed(&format!("sample {model} --morph 67..69 --frames 9 --out {}", gif.display()));
        let morph = frames(&gif);
        assert_eq!(morph.len(), 16);
        assert!(morph.iter().all(|(size, ..)| *size == [224, 224]));
        for (seed, frame) in [(67, &morph[0]), (69, &morph[8])] {
            program::succeed(&format!("sample {model} --seed {seed} --count 1 --out {}", idx.display()));
            let picture = fs::read(&idx).unwrap().split_off(16);
            let shown = (0..784).map(|at| frame.2[(at / 28 * 8 + 3) * 224 + at % 28 * 8 + 3]);
            let far = shown.zip(&picture).map(|(shown, &pixel)| shown.abs_diff(pixel)).max().unwrap();
            assert!(far <= 5, "{model}: seed {seed} is off by {far}");
            assert!(frame.1 > morph[1].1, "the first and the last frame are not shown longer");
        }
        assert!((1..8).all(|at| morph[at].2 == morph[16 - at].2), "the way back differs");
    }
}

#[test]
fn invalid_morphs_are_rejected_and_nothing_is_written() {
    let (folder, run, line) = place("--epochs 1");
    program::succeed(&line);
    let model = run.join("model-int8.pgan").display().to_string();
    let gif = folder.path().join("x.gif");
    for (options, telling) in [
        ("--morph 5", "such as 67..69"),
        ("--morph 5..", "no seed"),
        ("--morph 5..5", "both 5"),
        ("--morph 0..4294967296", "4294967295"),
        ("--morph 1..2 --frames 1", "2..=257"),
        ("--morph 1..2 --frames 258", "2..=257"),
        ("--frames 5", "--morph"),
        ("--morph 1..2 --seed 3", "--seed"),
        ("--morph 1..2 --count 3", "--count"),
    ] {
        let finished = program::run(&format!("sample {model} {options} --out {}", gif.display()));
        assert!(finished.code == Some(2) && finished.err.contains(telling), "{options}: {finished:?}");
    }
    for line in [format!("--out {}", gif.display()), "--morph 1..2".into(), "--morph 1..2 --out x.png".into()] {
        let error = program::fail(&format!("sample {model} {line}"));
        assert!(error.contains("--morph") && error.contains(".gif"), "{line}: {error}");
    }
    assert!(!gif.exists());
}

#[test]
fn a_preview_without_a_terminal_is_rejected_before_anything_is_written() {
    let (_folder, run, line) = place("--epochs 1 --preview");
    let error = program::fail(&line);
    assert!(
        error.contains("--preview")
            && error.contains("standard error is not a terminal")
            && error.contains("index.html"),
        "{error}"
    );
    assert!(!run.exists());
}

/// Runs `pocketgan` on a terminal of its own, by util-linux; returns the exit code and what was shown.
fn on_a_terminal(setup: &str, line: &str, cache: &Path) -> (Option<i32>, String) {
    let shell = format!("stty rows 40 columns 60; {setup}; exec {} {line}", program::path().display());
    let mut command = Command::new("timeout");
    command.args(["120", "script", "--quiet", "--return", "--command", &shell, "/dev/null"]);
    command.env("XDG_CACHE_HOME", cache).stdin(Stdio::null());
    let finished = program::finish(&mut command);
    (finished.code, finished.out)
}

#[test]
fn a_terminal_that_cannot_draw_over_a_line_shows_plain_lines_and_no_preview() {
    for setup in ["export TERM=dumb", "unset TERM"] {
        let (folder, run, line) = place("--epochs 3");
        let (code, text) = on_a_terminal(setup, &format!("{line} --preview"), folder.path());
        assert!(code == Some(1) && text.contains("--preview: TERM is unset or \"dumb\""), "{text}");
        assert!(!run.exists());
        let (code, text) = on_a_terminal(setup, &line, folder.path());
        assert_eq!(code, Some(0), "{text}");
        let epochs = text.lines().filter(|line| line.starts_with("epoch ") && line.contains("d_loss"));
        assert_eq!(epochs.count(), 3, "{text}");
        assert!(!text.contains('\x1b'), "{text}");
    }
}

#[test]
fn a_preview_shows_a_digit_on_a_terminal() {
    let (folder, _run, line) = place("--epochs 3 --preview");
    let (code, text) = on_a_terminal("export TERM=xterm", &line, folder.path());
    assert_eq!(code, Some(0), "{text}");
    // The first epochs draw some grey in every pixel, and where a row ends there are spaces.
    let is_row = |part: &&str| part.len() == 56 && part.bytes().all(|byte| b".:-=+*#%@".contains(&byte));
    let rows = text.split("    ").filter(is_row).count();
    assert!(rows >= 28, "{rows} rows of a digit in {text}");
}
