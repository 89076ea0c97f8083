//! Trainings that are stopped, killed or damaged end with the bits of an uninterrupted one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pocketgan_tests::{images, program};
use tempfile::{TempDir, tempdir};

/// About a second of training: batches of 64, 13 an epoch, a checkpoint every other epoch.
const RECIPE: &str = "train --epochs 40 --batch 64 --k 2 --checkpoint-every 2";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        images::write(folder.path(), 800);
        Self { folder }
    }

    fn run(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn line(&self, name: &str) -> String {
        format!("{RECIPE} --data {}/images.idx --out {}", self.folder.path().display(), self.run(name).display())
    }

    /// An uninterrupted training.
    fn reference(&self) -> PathBuf {
        program::succeed(&self.line("reference"));
        self.run("reference")
    }

    fn start(&self, name: &str) -> Child {
        let mut command = program::command(&self.line(name));
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// The files that must not depend on interruptions: all but the lock, the page and the seconds in the metrics.
fn results(run: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> = ["samples", "checkpoints", "frames"]
        .iter()
        .flat_map(|part| fs::read_dir(run.join(part)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    let always = ["config.json", "model-f32.pgan", "model-int8.pgan", "losses.svg", "animation.gif"];
    files.extend(always.map(|name| run.join(name)));
    files.extend(["best.ckpt", "quality.svg"].map(|name| run.join(name)).into_iter().filter(|path| path.exists()));
    files.sort();
    let mut results: Vec<_> =
        files.iter().map(|path| (path.strip_prefix(run).unwrap().to_owned(), fs::read(path).unwrap())).collect();
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    results.push(("metrics.csv".into(), without_seconds(&metrics).into_bytes()));
    results
}

/// A table without its columns of durations.
fn without_seconds(table: &str) -> String {
    let mut rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>()).peekable();
    let header = rows.peek().expect("a table has a header").clone();
    let kept = |row: Vec<&str>| {
        assert_eq!(row.len(), header.len(), "{row:?}");
        let cells = row.into_iter().zip(&header).filter(|(_, name)| !name.contains("seconds"));
        cells.map(|(cell, _)| cell).collect::<Vec<_>>().join(",")
    };
    rows.map(kept).collect::<Vec<_>>().join("\n")
}

fn assert_same(run: &Path, reference: &Path) {
    let (found, expected) = (results(run), results(reference));
    let names = |results: &[(PathBuf, Vec<u8>)]| results.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&found), names(&expected), "in {}", run.display());
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        assert!(found == expected, "{} differs", name.display());
    }
}

fn resume(run: &Path) -> String {
    program::succeed(&format!("train --resume {}", run.display()))
}

/// Waits until `run` has a checkpoint.
fn wait_for_checkpoint(run: &Path) {
    let began = Instant::now();
    let any = || fs::read_dir(run.join("checkpoints")).is_ok_and(|mut entries| entries.next().is_some());
    while !any() {
        assert!(began.elapsed() < Duration::from_secs(30), "no checkpoint after 30 s");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_training_killed_at_any_moment_resumes_to_the_same_bits() {
    let place = Place::new();
    let began = Instant::now();
    let reference = place.reference();
    let whole = began.elapsed();
    let mut resumed_from_checkpoint = 0;
    for part in [2, 15, 30, 45, 60, 75, 90] {
        let name = format!("killed-{part}");
        let mut child = place.start(&name);
        sleep(whole * part / 100);
        child.kill().unwrap();
        child.wait().unwrap();
        let run = place.run(&name);
        if !run.join("config.json").exists() {
            // Killed before the run began: there is nothing to resume, and that is said.
            assert!(program::run(&format!("train --resume {}", run.display())).code == Some(1));
            continue;
        }
        // Twice, the second time within a second of the first: a resumed run can be killed as well.
        let mut again =
            program::command(&format!("train --resume {}", run.display())).stdout(Stdio::null()).spawn().unwrap();
        sleep(whole / 10);
        again.kill().unwrap();
        again.wait().unwrap();
        resumed_from_checkpoint += usize::from(resume(&run).contains("resuming from"));
        assert_same(&run, &reference);
    }
    assert!(resumed_from_checkpoint >= 3, "only {resumed_from_checkpoint} runs were killed after a checkpoint");
}

#[test]
fn ctrl_c_saves_a_checkpoint_within_the_epoch_and_resumes_to_the_same_bits() {
    let place = Place::new();
    let reference = place.reference();
    let child = place.start("stopped");
    let run = place.run("stopped");
    wait_for_checkpoint(&run);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("stopped") && err.contains("--resume"), "{err}");
    assert!(resume(&run).contains("resuming from"));
    assert_same(&run, &reference);
}

/// Waits for a checkpoint of a training that was started behind `sh`, sends it each of the signals, and returns its exit
/// code and what it said on standard error.
fn started_by_shell(place: &Place, name: &str, setup: &str, signals: &[&str]) -> (Option<i32>, String) {
    let shell = format!("{setup}; exec {} {}", program::path().display(), place.line(name));
    let child = Command::new("sh").args(["-c", &shell]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_checkpoint(&place.run(name));
    for signal in signals {
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn signals_ignored_at_the_start_stay_ignored_and_others_stop_the_training() {
    let place = Place::new();
    let (code, err) = started_by_shell(&place, "all", "trap '' INT TERM HUP", &["INT", "TERM", "HUP"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(place.run("all").join("checkpoints/epoch-00040-batch-00000.ckpt").exists());
    let (code, err) = started_by_shell(&place, "one", "trap '' HUP", &["HUP", "TERM"]);
    assert!(code == Some(130) && err.contains("--resume"), "{code:?}: {err}");
    // The way of `nohup`, whose streams may be full.
    let (code, _) = started_by_shell(&place, "full", "trap '' HUP; exec >/dev/full 2>/dev/full", &["HUP"]);
    assert_eq!(code, Some(0));
}

#[test]
fn a_killed_run_with_average_decay_and_evaluations_resumes_to_the_same_bits() {
    let folder = tempdir().unwrap();
    images::write_labelled(folder.path(), 800);
    // The classifier of these images must not stay in the cache of the user who runs the tests.
    let command = |line: &str| {
        let mut command = program::command(line);
        command.env("XDG_CACHE_HOME", folder.path().join("cache")).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let line = |run: &Path| {
        let objective = "--loss relativistic --r1 10 --r2 5 --beta1-g 0.5 --beta2-d 0.99";
        let discriminator = "--discriminator wide --differences --four-bits-after 20";
        let options = format!("{objective} {discriminator} --ema 0.99 --lr-decay --eval-every 16 --best");
        format!("{RECIPE} {options} --data {} --out {}", folder.path().display(), run.display())
    };
    let [reference, killed] = ["reference", "killed"].map(|name| folder.path().join(name));
    assert!(command(&line(&reference)).status().unwrap().success());
    let mut child = command(&line(&killed)).spawn().unwrap();
    // After the first evaluation, whose checkpoint is the best so far.
    let began = Instant::now();
    while !killed.join("best.ckpt").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "no best checkpoint after 60 s");
        sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("model-f32.pgan").exists(), "it was killed too late");
    assert!(command(&format!("train --resume {}", killed.display())).status().unwrap().success());
    assert_same(&killed, &reference);
    let metrics = fs::read_to_string(reference.join("metrics.csv")).unwrap();
    let evaluated: Vec<&str> =
        metrics.lines().skip(1).filter(|line| !line.contains(",,")).map(|line| &line[..2]).collect();
    assert_eq!(evaluated, ["16", "32"]);
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_previous_one_is_used() {
    let place = Place::new();
    let reference = place.reference();
    program::succeed(&place.line("damaged"));
    let run = place.run("damaged");
    let newest = run.join("checkpoints/epoch-00040-batch-00000.ckpt");
    let mut bytes = fs::read(&newest).unwrap();
    bytes[1_000_000] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let finished = program::run(&format!("train --resume {}", run.display()));
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.err.contains("epoch-00040-batch-00000.ckpt") && finished.err.contains("checksum"), "{finished:?}");
    assert!(finished.out.contains("epoch-00038-batch-00000.ckpt"), "{finished:?}");
    assert_same(&run, &reference);
}

#[test]
fn a_finished_run_continues_to_a_later_epoch() {
    let place = Place::new();
    let reference = place.reference();
    let short = place.line("longer").replace("--epochs 40", "--epochs 20");
    program::succeed(&short);
    let run = place.run("longer");
    program::succeed(&format!("train --resume {} --epochs 40", run.display()));
    let last = "checkpoints/epoch-00040-batch-00000.ckpt";
    assert!(fs::read(run.join(last)).unwrap() == fs::read(reference.join(last)).unwrap());
}

#[test]
fn a_run_in_the_order_of_tiles_continues_in_it() {
    let place = Place::new();
    let line = |name: &str, epochs: u32| {
        let line = place.line(name).replace("--epochs 40", &format!("--epochs {epochs}"));
        program::succeed(&format!("{line} --precision bf16-amx"));
        place.run(name)
    };
    let (reference, run) = (line("reference", 6), line("longer", 4));
    program::succeed(&format!("train --resume {} --epochs 6", run.display()));
    let last = "checkpoints/epoch-00006-batch-00000.ckpt";
    assert!(fs::read(run.join(last)).unwrap() == fs::read(reference.join(last)).unwrap());
}

#[test]
fn two_trainings_do_not_write_to_one_folder() {
    let place = Place::new();
    let mut first = place.start("shared");
    let run = place.run("shared");
    wait_for_checkpoint(&run);
    let error = program::fail(&format!("train --resume {}", run.display()));
    assert!(error.contains("another training"), "{error}");
    first.kill().unwrap();
    first.wait().unwrap();
}
