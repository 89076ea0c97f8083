//! Standard output and standard error that are closed or full, and signals that were ignored before the program started.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, PipeWriter, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pocketgan_emulation::firmware;
use pocketgan_tests::{images, program};
use tempfile::{TempDir, tempdir};

/// A pipe without a reader.
fn closed_pipe() -> PipeWriter {
    pipe().unwrap().1
}

/// A device without room for a byte.
fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A training of five epochs in a folder of its own: the folder, the run and the command line.
fn training() -> (TempDir, PathBuf, String) {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 40);
    let run = folder.path().join("run");
    let line = format!("train --epochs 5 --data {} --out {}", data.display(), run.display());
    (folder, run, line)
}

#[track_caller]
fn assert_complete(run: &Path) {
    for name in ["metrics.csv", "index.html", "model-f32.pgan", "model-int8.pgan"] {
        assert!(run.join(name).exists(), "no {name}");
    }
    assert_eq!(fs::read_to_string(run.join("metrics.csv")).unwrap().lines().count(), 6);
}

#[test]
fn a_training_whose_reader_leaves_after_a_line_writes_everything() {
    let (_folder, run, line) = training();
    let mut child = program::command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let finished = child.wait_with_output().unwrap();
    assert_eq!((finished.status.code(), finished.stderr), (Some(0), vec![]), "after {first:?}");
    assert_complete(&run);
}

#[test]
fn a_training_without_working_streams_writes_everything() {
    for (out, err) in [(Stdio::from(full()), Stdio::from(full())), (closed_pipe().into(), closed_pipe().into())] {
        let (_folder, run, line) = training();
        let status = program::command(&line).stdout(out).stderr(err).status().unwrap();
        assert_eq!(status.code(), Some(0));
        assert_complete(&run);
        // An error keeps its exit code even if it cannot be printed.
        let status = program::command(&line).stdout(Stdio::null()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(1));
    }
}

#[test]
fn short_commands_end_quietly_on_a_closed_pipe_and_with_a_sentence_on_a_full_disk() {
    let model = firmware::model();
    let folder = tempdir().unwrap();
    let (run, generator) = (folder.path().join("run"), folder.path().join("generator.safetensors"));
    let data = images::write(folder.path(), 40);
    program::succeed(&format!("train --epochs 1 --data {} --out {}", data.display(), run.display()));
    let (run, generator) = (run.display(), generator.display());
    for line in [
        format!("inspect {}", model.display()),
        format!("sample {} --count 1000", model.display()),
        format!("sample {} --digits 2026", model.display()),
        format!("export {run} --out {generator}"),
        format!("export {run} --precision int8 --out {generator}.pgan"),
        format!("import {generator} --precision int8 --out {generator}.pgan"),
        "--help".to_owned(),
        "--version".to_owned(),
    ] {
        let finished = program::finish(program::command(&line).stdout(closed_pipe()));
        assert_eq!((finished.code, finished.err.as_str()), (Some(0), ""), "`pocketgan {line}`");
        let finished = program::finish(program::command(&line).stdout(full()));
        assert_eq!(finished.code, Some(1), "`pocketgan {line}`: {finished:?}");
        let sentence = "pocketgan: standard output cannot be written: No space left on device (os error 28)\n";
        assert_eq!(finished.err, sentence, "`pocketgan {line}`");
    }
}

/// Runs a line of shell in `folder` in which `$P` is `pocketgan` and `$M` a model, and returns what it says on standard error.
#[track_caller]
fn shell(folder: &Path, line: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-ec", line]).current_dir(folder).env("P", program::path()).env("M", firmware::model());
    let finished = program::finish(&mut command);
    assert_eq!(finished.code, Some(0), "{line}: {finished:?}");
    finished.err
}

#[test]
fn data_written_to_standard_output_is_the_file_and_remarks_go_to_standard_error() {
    let folder = tempdir().unwrap();
    let data = images::write(folder.path(), 40);
    let run = folder.path().join("run");
    program::succeed(&format!("train --epochs 1 --data {} --out {}", data.display(), run.display()));
    shell(folder.path(), "$P export run --format safetensors --out g.safetensors");
    shell(folder.path(), "ln -s /dev/stdout out.png; ln -s /dev/stdout out.gif; ln -s /dev/stdout out.idx");
    for (command, name) in [
        ("export run --format onnx --out", "/dev/stdout"),
        ("export run --precision int8 --out", "/dev/stdout"),
        ("import g.safetensors --precision int4 --out", "/dev/fd/1"),
        ("sample $M --count 3 --out", "out.png"),
        ("sample $M --count 3 --out", "out.idx"),
        ("sample $M --morph 1..2 --frames 2 --out", "out.gif"),
    ] {
        let file = format!("written-to-a-file{}", name.strip_prefix("out").unwrap_or(""));
        let err = shell(
            folder.path(),
            &format!("$P {command} {file} >said; $P {command} {name} >plain; $P {command} {name} | cat >piped"),
        );
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        assert!(read("plain") == read(&file) && read("piped") == read(&file), "{command}");
        // Each of the two remarks of each run.
        let said = String::from_utf8(read("said")).unwrap().replace(&file, name);
        assert_eq!(err, said.repeat(2), "{command}");
    }
}

#[test]
fn a_stream_opened_for_appending_is_appended_to() {
    let folder = tempdir().unwrap();
    shell(folder.path(), "ln -s /dev/stdout out.idx; ln -s /dev/fd/3 three.idx; $P sample $M --out one.idx");
    shell(
        folder.path(),
        "printf before > both; $P sample $M --out out.idx >> both; $P sample $M --out three.idx 3>> both",
    );
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(read("both") == [b"before", &read("one.idx")[..], &read("one.idx")].concat());
}

#[test]
fn a_link_to_nothing_is_written_through() {
    let folder = tempdir().unwrap();
    shell(folder.path(), "ln -s file.png link.png; $P sample $M --out link.png; test -L link.png; test -f file.png");
}

#[test]
fn a_reader_that_has_gone_ends_the_writing_of_data_quietly() {
    let folder = tempdir().unwrap();
    shell(folder.path(), "ln -s /dev/stdout out.idx");
    let line = format!("sample {} --count 1000 --out {}/out.idx", firmware::model().display(), folder.path().display());
    let finished = program::finish(program::command(&line).stdout(closed_pipe()));
    assert_eq!((finished.code, finished.err.as_str()), (Some(0), ""));
}
