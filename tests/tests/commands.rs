//! The commands of `pocketgan` on a small set of synthetic images: what they write and what they reject.

use std::fs;
use std::io::Write;
use std::path::Path;

use pocketgan_tests::{images, program};
use tempfile::{TempDir, tempdir};

/// A folder with a training run of two epochs in `run`.
fn trained() -> TempDir {
    let folder = tempdir().unwrap();
    let images = images::write(folder.path(), 300);
    let (data, run) = (images.display(), folder.path().join("run"));
    program::succeed(&format!("train --epochs 2 --data {data} --out {}", run.display()));
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn help_of_every_command_shows_an_example() {
    for command in [
        "",
        "train",
        "export",
        "import",
        "inspect",
        "digits",
        "data",
        "sample",
        "eval",
        "bench",
        "device",
        "device info",
        "device draw",
    ] {
        let help = program::succeed(&format!("{command} --help"));
        assert!(help.contains("Example") && help.contains(&format!("pocketgan {command}")), "{help}");
    }
}

#[test]
fn a_training_leaves_metrics_curves_pictures_config_a_checkpoint_and_both_models() {
    let folder = trained();
    let run = folder.path().join("run");
    assert_eq!(
        names(&run),
        [
            "animation.gif",
            "checkpoints",
            "config.json",
            "frames",
            "index.html",
            "lock",
            "losses.svg",
            "metrics.csv",
            "model-f32.pgan",
            "model-int8.html",
            "model-int8.pgan",
            "samples"
        ]
    );
    assert_eq!(
        names(&run.join("samples")),
        ["epoch-00001-grid.png", "epoch-00001.png", "epoch-00002-grid.png", "epoch-00002.png"]
    );
    assert_eq!(names(&run.join("checkpoints")), ["epoch-00002-batch-00000.ckpt"]);
    let metrics = fs::read_to_string(run.join("metrics.csv")).unwrap();
    let epochs: Vec<&str> = metrics.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(epochs, ["epoch", "1", "2"]);
    let config = fs::read_to_string(run.join("config.json")).unwrap();
    assert!(config.contains("\"batch\": 256") && config.contains("\"epochs\": 2"), "{config}");
}

#[test]
fn pictures_of_the_fixed_latents_come_every_fifty_epochs_from_the_first_and_at_the_last() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 2);
    let run = folder.path().join("run");
    let (data, out) = (data.display(), run.display());
    program::succeed(&format!("train --epochs 53 --batch 2 --data {data} --out {out}"));
    let singles: Vec<String> = names(&run.join("samples")).into_iter().filter(|name| !name.contains("grid")).collect();
    assert_eq!(singles, ["epoch-00001.png", "epoch-00051.png", "epoch-00053.png"]);
    assert_eq!(
        names(&run.join("checkpoints")),
        ["epoch-00040-batch-00000.ckpt", "epoch-00050-batch-00000.ckpt", "epoch-00053-batch-00000.ckpt"]
    );
}

#[test]
fn the_last_grid_of_a_training_is_what_its_f32_model_draws() {
    let folder = trained();
    let run = folder.path().join("run");
    let grid = folder.path().join("grid.png");
    let model = run.join("model-f32.pgan");
    program::succeed(&format!("sample {} --count 64 --out {}", model.display(), grid.display()));
    assert!(fs::read(grid).unwrap() == fs::read(run.join("samples/epoch-00002-grid.png")).unwrap());
}

#[test]
fn plain_and_gzipped_images_give_the_same_weights() {
    let folder = tempdir().unwrap();
    let plain = images::write(folder.path(), 40);
    let zipped = folder.path().join("train-images-idx3-ubyte.gz");
    let mut zip = flate2::write::GzEncoder::new(fs::File::create(zipped).unwrap(), flate2::Compression::default());
    zip.write_all(&images::idx(40)).unwrap();
    zip.finish().unwrap();
    let weights = |name: &str, data: &Path| {
        let run = folder.path().join(name);
        program::succeed(&format!("train --epochs 1 --data {} --out {}", data.display(), run.display()));
        fs::read(run.join("model-f32.pgan")).unwrap()
    };
    assert!(weights("plain", &plain) == weights("zipped", folder.path()));
}

#[test]
fn invalid_image_files_are_rejected_with_the_expected_and_the_found_size() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("bad");
    let bad = |bytes: &[u8], telling: &[&str]| {
        fs::write(&path, bytes).unwrap();
        let out = folder.path().join("run");
        let error = program::fail(&format!("train --epochs 1 --data {} --out {}", path.display(), out.display()));
        let name = path.display().to_string();
        assert!(error.contains(&name) && telling.iter().all(|word| error.contains(word)), "{error}");
        assert!(!out.exists(), "a run was begun on {telling:?}");
    };
    let good = images::idx(3);
    bad(&[0, 0, 8, 1, 0, 0, 0, 1, 5], &["label"]);
    bad(b"", &["it is empty"]);
    bad(b"no pictures", &["it begins with \"no pictu\"", "give a folder or a zip archive of pictures", "IDX"]);
    bad(b"PAR1\x15\x04, and so on", &["a Parquet table", "numpy.savez"]);
    bad(b"MATLAB 5.0 MAT-file, Platform: GLNXA64", &["a MATLAB file", "numpy.savez"]);
    bad(&[&[b'a'; 257][..], b"ustar\x0000", &[0; 250]].concat(), &["a tar archive; unpack it"]);
    bad(b"a table, say", &["784 pixels"]);
    bad(&[&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0, 0, 32][..], &[0; 1024]].concat(), &["28x28", "32x32"]);
    bad(&good[..good.len() - 1], &["2368", "2367"]);
    bad(&[&good[..], &[0]].concat(), &["2368"]);
    bad(&images::idx(0), &["promises 0 images"]);
    let error = program::fail(&format!("train --data {}/nowhere", folder.path().display()));
    assert!(error.contains("nowhere"), "{error}");
}

#[test]
fn a_folder_that_is_not_empty_is_not_used_for_a_run() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 3);
    let error = program::fail(&format!("train --data {} --out {}", data.display(), folder.path().display()));
    assert!(error.contains("not empty") && error.contains("--out"), "{error}");
    assert_eq!(names(folder.path()), ["images.idx"]);
}

#[test]
fn a_run_is_resumed_only_from_its_folder_and_with_its_images() {
    let folder = trained();
    let run = folder.path().join("run");
    let error = program::fail(&format!("train --resume {}/nowhere", folder.path().display()));
    assert!(error.contains("no such folder"), "{error}");
    fs::create_dir(folder.path().join("other")).unwrap();
    let other = images::write(&folder.path().join("other"), 301);
    let error = program::fail(&format!("train --resume {} --data {}", run.display(), other.display()));
    assert!(error.contains("other images"), "{error}");
    fs::write(run.join("config.json"), "{\"epochs\": 3").unwrap();
    let error = program::fail(&format!("train --resume {}", run.display()));
    assert!(error.contains("config.json"), "{error}");
}

/// What a training with this learning rate of the discriminator says when it diverges, in a folder of this name.
fn diverged(folder: &Path, name: &str, rate: &str) -> String {
    let (data, out) = (folder.join("images.idx"), folder.join(name));
    let error = program::fail(&format!(
        "train --epochs 2000 --checkpoint-every 1 --lr-d {rate} --data {} --out {}",
        data.display(),
        out.display()
    ));
    for words in ["became", "in epoch", "begin another run with lower learning rates"] {
        assert!(error.contains(words), "{error}");
    }
    error
}

#[test]
fn a_run_that_diverges_stops_and_keeps_the_last_good_checkpoints() {
    let folder = trained();
    let error = diverged(folder.path(), "later", "1e3");
    let checkpoints = folder.path().join("later/checkpoints");
    assert!(error.contains(&format!("Earlier checkpoints are in {}", checkpoints.display())), "{error}");
    let names = names(&checkpoints);
    assert!(!names.is_empty());
    for name in names {
        let model = folder.path().join("last-good.pgan");
        program::succeed(&format!(
            "export {} --precision f32 --out {}",
            checkpoints.join(name).display(),
            model.display()
        ));
    }
}

#[test]
fn a_run_that_diverges_at_once_says_that_there_is_no_checkpoint() {
    let folder = trained();
    let error = diverged(folder.path(), "at-once", "1e36");
    assert!(error.contains("No checkpoint was saved before"), "{error}");
    assert!(names(&folder.path().join("at-once/checkpoints")).is_empty());
}

#[test]
fn export_of_a_run_or_a_checkpoint_gives_the_models_of_the_training() {
    let folder = trained();
    let run = folder.path().join("run");
    let checkpoint = run.join("checkpoints/epoch-00002-batch-00000.ckpt");
    for (source, precision) in [(&run, "f32"), (&run, "int8"), (&checkpoint, "int8")] {
        let out = folder.path().join("exported.pgan");
        let (source, out_name) = (source.display(), out.display());
        program::succeed(&format!("export {source} --precision {precision} --out {out_name}"));
        assert!(fs::read(&out).unwrap() == fs::read(run.join(format!("model-{precision}.pgan"))).unwrap());
    }
    for precision in ["mixed", "int4"] {
        let out = folder.path().join("exported.pgan");
        let said =
            program::succeed(&format!("export {} --precision {precision} --out {}", run.display(), out.display()));
        assert!(said.contains("its pixels differ from those of f32 by"), "{said}");
        let text = program::succeed(&format!("inspect {}", out.display()));
        assert!(text.contains(&format!("kind            {precision}")) && text.contains("100352 bytes"), "{text}");
    }
    let model = run.join("model-f32.pgan");
    let error = program::fail(&format!("export {} --precision f32 --out x.pgan", model.display()));
    assert!(error.contains("is a model already"), "{error}");
}

#[test]
fn inspect_shows_kind_layers_section_sizes_and_metadata() {
    let folder = trained();
    let run = folder.path().join("run");
    let text = program::succeed(&format!("inspect {}", run.join("model-int8.pgan").display()));
    for telling in ["int8", "provenance.epochs", "recipe.seed", "100 -> 128", "256 -> 784, Tanh", "200704 bytes"] {
        assert!(text.contains(telling), "no {telling:?} in {text}");
    }
    let text = program::succeed(&format!("inspect {}", run.join("model-f32.pgan").display()));
    assert!(text.contains("f32") && text.contains("100 -> 100, Linear") && text.contains("802816 bytes"), "{text}");
}

#[test]
fn picture_i_of_a_seed_is_the_picture_of_seed_plus_i_in_every_format() {
    let folder = trained();
    let idx = folder.path().join("x.idx");
    for model in ["model-f32.pgan", "model-int8.pgan"] {
        let model = folder.path().join("run").join(model).display().to_string();
        let pictures = |seed: u32, count: u32| {
            program::succeed(&format!("sample {model} --seed {seed} --count {count} --out {}", idx.display()));
            let file = fs::read(&idx).unwrap();
            assert_eq!(file[..16], [0x0803, count, 28, 28].map(u32::to_be_bytes).concat());
            file[16..].to_vec()
        };
        let five = pictures(u32::MAX - 1, 5);
        assert!(five[2 * 784..] == pictures(0, 3), "seeds do not go on from the largest to 0");
        assert_ne!(five[..784], five[784..2 * 784]);
        let text = program::succeed(&format!("sample {model} --seed 7 --count 2"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[29]), (58, "seed 7", "seed 8"));
    }
}

#[test]
fn drawn_pictures_can_be_used_as_training_images() {
    let folder = trained();
    let idx = folder.path().join("x.idx");
    let model = folder.path().join("run/model-int8.pgan");
    program::succeed(&format!("sample {} --count 20 --out {}", model.display(), idx.display()));
    let again = folder.path().join("again");
    program::succeed(&format!("train --epochs 1 --data {} --out {}", idx.display(), again.display()));
}

#[test]
fn damaged_and_foreign_model_files_are_rejected_with_the_reason() {
    let folder = trained();
    let model = folder.path().join("run/model-int8.pgan");
    let good = fs::read(&model).unwrap();
    let path = folder.path().join("bad.pgan");
    let mut flipped = good.clone();
    flipped[100_000] ^= 4;
    for (bytes, telling) in [
        (&flipped[..], "checksum"),
        (&good[..1000], "1000 bytes"),
        (&[&good[..], b"!"].concat(), "bytes where the model has"),
        (b"", "not a pocketgan model"),
        (b"no model at all, but long enough to be one", "not a pocketgan model"),
    ] {
        fs::write(&path, bytes).unwrap();
        for command in ["sample", "inspect"] {
            let error = program::fail(&format!("{command} {}", path.display()));
            assert!(error.contains(telling) && error.contains("bad.pgan"), "{error}");
        }
    }
    let error = program::fail(&format!("sample {} --out x.jpg", model.display()));
    assert!(error.contains(".png") && error.contains(".idx"), "{error}");
}

#[test]
fn invalid_arguments_are_rejected_and_nothing_is_written() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 3);
    let run = folder.path().join("run");
    for option in [
        "--batch 0",
        "--batch 5000",
        "--k 0",
        "--epochs 0",
        "--threads 0",
        "--lr-g 0",
        "--lr-d NaN",
        "--ema 1",
        "--r1 inf",
    ] {
        let error = program::fail(&format!("train {option} --data {} --out {}", data.display(), run.display()));
        assert!(error.contains(option.split(' ').next().unwrap()), "{error}");
    }
    assert!(!run.exists());
    for line in [
        "train --epochs x",
        "train --resume a --seed 1",
        "sample",
        "sample x --count 0",
        "sample x --morph 5",
        "export x",
        "dream",
    ] {
        assert_eq!(program::run(line).code, Some(2), "`pocketgan {line}`");
    }
}
