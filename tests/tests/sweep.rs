//! `pocketgan sweep`: settings times seeds, trained in turn or by another program, and one table.

use std::fs;
use std::io::{Write, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use pocketgan_tests::program::{self, Finished};
use pocketgan_tests::{images, program::repository};
use tempfile::{TempDir, tempdir};

/// Two settings of two epochs, and two seeds.
const SWEEP: &str = "seeds = [0, 3]\n\
    [common]\nepochs = 2\nbatch = 20\ndata = \"images.idx\"\n\
    [settings.plain]\n\
    [settings.penalty]\nr1 = 10.0\nema = 0.9\n";

/// A folder with 40 unlabelled images and `sweep.toml`.
fn place(sweep: &str) -> TempDir {
    let folder = tempdir().unwrap();
    images::write(folder.path(), 40);
    fs::write(folder.path().join("sweep.toml"), sweep).unwrap();
    folder
}

/// The command `sweep` with these arguments, in `folder`, which is also the cache.
fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = program::command_with_cache(folder, &format!("sweep {arguments}"));
    // No sweep is to train on MNIST by mistake.
    command.current_dir(folder).env("POCKETGAN_DATA", "nothing");
    command
}

fn run(folder: &Path, arguments: &str) -> Finished {
    program::finish(&mut command(folder, arguments))
}

fn succeed(folder: &Path, arguments: &str) -> String {
    let finished = run(folder, arguments);
    assert_eq!(finished.code, Some(0), "`pocketgan sweep {arguments}`: {finished:?}");
    finished.out
}

/// The message of a sweep that fails before it trains anything.
fn fail(folder: &Path, arguments: &str) -> String {
    let Finished { code, out, err } = run(folder, arguments);
    assert!(code == Some(1) && out.is_empty(), "`pocketgan sweep {arguments}`: {code:?}, {out}, {err}");
    assert!(err.lines().count() == 1 && err.starts_with("pocketgan: "), "{err}");
    err
}

/// The table's line of a setting, from its name on.
fn line<'t>(table: &'t str, setting: &str) -> &'t str {
    let found = table.lines().find(|line| line.split_whitespace().next() == Some(setting));
    found.unwrap_or_else(|| panic!("no line for {setting} in {table}"))
}

/// Runs each line that standard input has in GNU Parallel.
fn in_parallel(folder: &Path, lines: &str) {
    let mut parallel = Command::new("parallel");
    parallel.args(["--will-cite", "--jobs", "2", "--halt", "now,fail=1"]).current_dir(folder);
    parallel.env("XDG_CACHE_HOME", folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = parallel.spawn().expect("GNU Parallel is there; tests/setup installs it");
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{lines}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn gnu_parallel_runs_the_list_and_the_table_has_every_evaluation() {
    let folder = tempdir().unwrap();
    // A path that a shell would take apart.
    let place = folder.path().join("it's a place");
    fs::create_dir(&place).unwrap();
    images::write_labelled(&place, 400);
    let sweep = "seeds = [0, 3]\n[common]\nepochs = 2\nbatch = 50\ndata = \".\"\neval-every = 1\n\
        [settings.plain]\n[settings.best]\nrecipe = \"best\"\n";
    fs::write(place.join("sweep.toml"), sweep).unwrap();
    let lines = succeed(&place, "sweep.toml --list --threads 1");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    in_parallel(folder.path(), &lines);
    let table = succeed(&place, "sweep.toml --collect");
    for (setting, evaluated) in [("plain", "2 of 2    epoch 2"), ("best", "2 of 2  best of 2")] {
        let line = line(&table, setting);
        assert!(line.contains(evaluated) && line.matches(" ± ").count() == 5, "{table}");
    }
    let mean = (distance(&place, "plain-0") + distance(&place, "plain-3")) / 2.0;
    assert!(line(&table, "plain").contains(&format!(" {mean:.2} ± ")), "{mean}: {table}");
    assert!(!table.contains("loss") && !table.contains("Missing") && !table.contains("Unfinished"), "{table}");
    assert_eq!(succeed(&place, "sweep.toml --list"), "");
    assert_eq!(succeed(&place, "sweep.toml"), table);
    let markdown = succeed(&place, "sweep.toml --collect --markdown");
    assert!(markdown.contains("| best | `--recipe best` | 2 of 2 | best of 2 | "), "{markdown}");
}

/// The Fréchet distance after the last epoch of a run.
fn distance(folder: &Path, run: &str) -> f64 {
    let metrics = fs::read_to_string(folder.join("sweep").join(run).join("metrics.csv")).unwrap();
    let column = metrics.lines().next().unwrap().split(',').position(|name| name == "frechet_distance").unwrap();
    metrics.lines().last().unwrap().split(',').nth(column).unwrap().parse().unwrap()
}

#[test]
fn a_run_has_the_bits_that_train_gives_it() {
    let folder = place(SWEEP);
    let out = succeed(folder.path(), "sweep.toml");
    assert!(out.contains("run 4 of 4: penalty-3"), "{out}");
    program::succeed(&format!(
        "train --epochs 2 --batch 20 --r1 10 --ema 0.9 --seed 3 --data {0}/images.idx --out {0}/train",
        folder.path().display()
    ));
    let model = |run: &str| fs::read(folder.path().join(run).join("model-f32.pgan")).unwrap();
    assert!(model("train") == model("sweep/penalty-3") && model("train") != model("sweep/penalty-0"));
}

#[test]
fn without_labels_the_table_has_losses_only_and_says_so() {
    let folder = place(SWEEP);
    let table = succeed(folder.path(), "sweep.toml");
    assert!(table.contains("setting    runs         D loss         G loss      s/epoch\n"), "{table}");
    assert!(line(&table, "penalty").contains(" 2 of 2 "), "{table}");
    assert!(table.contains("losses only: plain, penalty. Evaluations need test images"), "{table}");
}

#[test]
fn collect_says_what_is_missing_and_unfinished_and_writes_nothing() {
    let folder = place(SWEEP);
    let names = || fs::read_dir(folder.path()).unwrap().count();
    let before = names();
    let table = succeed(folder.path(), "sweep.toml --collect");
    assert!(table.contains("\nMissing: plain-0, plain-3, penalty-0, penalty-3.\n"), "{table}");
    assert_eq!(names(), before);
    succeed(folder.path(), "sweep.toml --run plain-3");
    succeed(folder.path(), "sweep.toml --run penalty-0");
    // As a run is left that is killed when it exports its models.
    fs::remove_file(folder.path().join("sweep/penalty-0/model-int8.pgan")).unwrap();
    let table = succeed(folder.path(), "sweep.toml --collect");
    assert!(table.contains("\nUnfinished: penalty-0 (epoch 2 of 2).\nMissing: plain-0, penalty-3.\n"), "{table}");
    assert!(line(&table, "plain").contains("1 of 2") && line(&table, "penalty").contains("0 of 2"), "{table}");
    let list = succeed(folder.path(), "sweep.toml --list");
    assert!(list.lines().map(|line| line.rsplit(' ').next().unwrap()).eq(["plain-0", "penalty-0", "penalty-3"]));
    assert!(succeed(folder.path(), "sweep.toml --run plain-3").contains("plain-3 is finished"));
}

/// Waits until the training in `run` has saved a checkpoint.
fn wait_for_checkpoint(run: &Path) {
    let began = Instant::now();
    while !fs::read_dir(run.join("checkpoints")).is_ok_and(|mut entries| entries.next().is_some()) {
        assert!(began.elapsed() < Duration::from_secs(30), "no checkpoint after 30 s");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn ctrl_c_stops_the_sweep_and_its_message_says_how_to_go_on() {
    let sweep = "seeds = [7]\n[common]\nepochs = 1\ncheckpoint-every = 1\ndata = \"images.idx\"\n\
        [settings.first]\n[settings.second]\nepochs = 150\n[settings.third]\n";
    let folder = place(sweep);
    let mut command = command(folder.path(), "sweep.toml --out runs");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // In the second run, which has not been asked to stop by what the first one listens to.
    wait_for_checkpoint(&folder.path().join("runs/second-7"));
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("stopped; ") && err.contains("`pocketgan sweep sweep.toml --out runs`"), "{err}");
    let table = succeed(folder.path(), "sweep.toml --out runs --collect");
    assert!(table.contains("\nUnfinished: second-7 (epoch ") && table.contains("\nMissing: third-7.\n"), "{table}");
    let list = succeed(folder.path(), "sweep.toml --out runs --list");
    let resumed = Command::new("sh").args(["-c", list.lines().next().unwrap()]).output().unwrap();
    assert!(String::from_utf8_lossy(&resumed.stdout).contains("resuming from "), "{resumed:?}");
    assert!(!succeed(folder.path(), "sweep.toml --out runs").contains("second-7\n"));
}

#[test]
fn a_run_that_fails_does_not_keep_the_others_from_being_trained() {
    let sweep = "seeds = [0]\n[common]\nepochs = 3\ndata = \"images.idx\"\n\
        [settings.diverges]\nlr-g = 1e30\nlr-d = 1e30\n[settings.trains]\n";
    let folder = place(sweep);
    let Finished { code, out, err } = run(folder.path(), "sweep.toml");
    assert_eq!(code, Some(1), "{err}");
    assert!(err.lines().next().unwrap().starts_with("pocketgan: diverges-0: "), "{err}");
    assert!(err.ends_with("\npocketgan: 1 of 2 runs failed, for the reasons above: diverges-0\n"), "{err}");
    assert!(line(&out, "trains").contains("1 of 1") && line(&out, "diverges").contains("0 of 1"), "{out}");
}

#[test]
fn what_is_no_sweep_is_rejected_before_anything_is_trained() {
    for (sweep, words) in [
        ("seeds = [0\n", "sweep.toml: line 1"),
        ("[settings.plain]\n", "sweep.toml: there are no seeds"),
        ("seeds = [1, 1]\n[settings.plain]\n", "sweep.toml: seeds: 1 is there twice"),
        ("seeds = [0]\n", "sweep.toml: there are no settings"),
        ("seeds = [0]\n[settings.a]\n[settings.a]\n", "sweep.toml: line 3, `[settings.a]`: duplicate key"),
        ("seeds = [0]\n[settings.\"a/b\"]\n", "settings.\"a/b\": it names folders"),
        ("seeds = [0]\n[options]\n[settings.a]\n", "unknown field `options`"),
        (
            "seeds = [0]\n[settings.a]\n[settings.b]\nlr = 1\n",
            "sweep.toml: settings.b: lr: `pocketgan train` has no option",
        ),
        ("seeds = [0]\n[common]\nbatch = 0\n[settings.b]\n", "sweep.toml: settings.b: --batch 0: must be"),
        ("seeds = [0]\n[settings.b]\nrecipe = \"bets\"\n", "settings.b: invalid value 'bets' for '--recipe <NAME>'"),
        ("seeds = [0]\n[settings.b]\nseed = 4\n", "settings.b: seed: is not an option of a setting"),
        ("seeds = [0]\nout = \"sweep.toml\"\n[settings.b]\n", "sweep.toml is not a folder; choose another place"),
    ] {
        let folder = place(sweep);
        for mode in ["", "--list", "--collect"] {
            let message = fail(folder.path(), &format!("sweep.toml {mode}"));
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{sweep}");
    }
    let folder = place(SWEEP);
    assert!(fail(folder.path(), "nothing.toml").contains("nothing.toml cannot be read"));
    assert!(fail(folder.path(), "images.idx").contains("images.idx cannot be read"));
    assert!(
        fail(folder.path(), "sweep.toml --run plain-1").contains("there are plain-0, plain-3, penalty-0, penalty-3")
    );
    fs::copy(folder.path().join("sweep.toml"), folder.path().join("sweep")).unwrap();
    assert!(fail(folder.path(), "sweep").contains("name another with --out"));
}

#[test]
fn a_folder_with_other_runs_is_rejected_with_its_name() {
    let folder = place(SWEEP);
    succeed(folder.path(), "sweep.toml");
    let is_rejected = |words: &str| {
        for mode in ["", "--list", "--collect"] {
            let rejected = run(folder.path(), &format!("sweep.toml {mode}"));
            assert!(rejected.code == Some(1) && rejected.err.contains(words), "{rejected:?}");
        }
    };
    let write = |sweep: &str| fs::write(folder.path().join("sweep.toml"), sweep).unwrap();
    write(&SWEEP.replace("0.9", "0.5"));
    is_rejected("sweep/penalty-0 is a run with other options: ema is 0.9 there and 0.5 here; choose another folder");
    write(&SWEEP.replace("[settings.plain]", "[settings.plain]\nbest = true"));
    is_rejected("sweep/plain-0 is a run with other options: best is false there and true here");
    write(SWEEP);
    let message = fail(folder.path(), "sweep.toml --out sweep/plain-0");
    assert!(message.contains("plain-0 is the folder of one run"), "{message}");
    fs::remove_file(folder.path().join("sweep/penalty-3/config.json")).unwrap();
    is_rejected("sweep/penalty-3 is not empty; choose another folder with --out");
}

#[test]
fn a_damaged_run_is_named_and_the_table_has_the_others() {
    let folder = place(SWEEP);
    succeed(folder.path(), "sweep.toml");
    fs::write(folder.path().join("sweep/penalty-3/config.json"), "{").unwrap();
    let collected = run(folder.path(), "sweep.toml --collect");
    assert_eq!(collected.code, Some(1), "{collected:?}");
    assert!(collected.out.contains("2 of 2") && collected.out.contains("1 of 2"), "{collected:?}");
    assert!(collected.err.contains("lacks") && collected.err.contains("penalty-3/config.json"), "{collected:?}");
}

#[test]
fn runs_of_a_setting_on_different_images_have_no_mean() {
    let folder = place(SWEEP);
    succeed(folder.path(), "sweep.toml --run plain-0");
    fs::write(folder.path().join("images.idx"), images::idx(60)).unwrap();
    succeed(folder.path(), "sweep.toml --run penalty-3");
    assert!(succeed(folder.path(), "sweep.toml --collect").contains("Missing: plain-3, penalty-0."));
    let train = "train --epochs 2 --batch 20 --seed 3 --data images.idx --out sweep/plain-3";
    let trained = program::finish(program::command(train).current_dir(folder.path()));
    assert_eq!(trained.code, Some(0), "{trained:?}");
    let message = fail(folder.path(), "sweep.toml --collect");
    assert!(message.contains("plain-0 and plain-3 have begun with different images"), "{message}");
}

#[test]
fn a_sweep_whose_reader_has_gone_trains_every_run_and_ends_quietly() {
    let folder = place(SWEEP);
    let closed = || pipe().unwrap().1;
    for arguments in ["sweep.toml --list", "sweep.toml --collect", "sweep.toml", "sweep.toml"] {
        let finished = program::finish(command(folder.path(), arguments).stdout(closed()));
        let unexpected = finished.err.lines().find(|line| line.contains("cannot be written") || line.contains("panic"));
        assert!(finished.code == Some(0) && unexpected.is_none(), "{finished:?}");
    }
    let names = ["plain-0", "plain-3", "penalty-0", "penalty-3"];
    assert!(names.iter().all(|name| folder.path().join("sweep").join(name).join("model-int8.pgan").exists()));
}

#[test]
fn the_sweep_of_the_documents_is_valid() {
    let file: PathBuf = repository().join("docs/ablation.toml");
    let folder = tempdir().unwrap();
    let list = succeed(folder.path(), &format!("{} --list --out runs", file.display()));
    assert!(list.lines().count() > 3 && list.contains(" --run best-0\n"), "{list}");
}
