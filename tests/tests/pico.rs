//! The Raspberry Pi Pico as its owner has it: the image that is flashed, its USB port, and programs of a host that misuse it.

use pocketgan_core::random::{Purpose, Stream};
use pocketgan_emulation::{
    firmware::{self, Board},
    pico, qemu, serial,
};
use pocketgan_protocol::{DeviceError, PROTOCOL, Reply, Request, Sender};
use pocketgan_tests::{
    program,
    wire::{Host, damaged, frame},
};
use std::{
    fs,
    io::{Read, Write},
    os::unix::net::UnixStream,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};
use tempfile::{TempDir, tempdir};

/// Far longer than any of these runs.
const LIMIT: Duration = Duration::from_secs(120);

fn board() -> &'static Board {
    firmware::board("pico")
}

/// A Pico that runs the console as it is flashed, with its USB port at a socket.
struct Plugged {
    board: serial::Board,
    // Keeps the folder of the socket.
    _folder: TempDir,
}

impl Plugged {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        program::path();
        let elf = firmware::elf_for_chip(board(), "console").unwrap();
        let board = serial::Board::start(&elf, &folder.path().join("ttyACM0"), false, LIMIT).unwrap();
        Self { board, _folder: folder }
    }

    /// A program of the host that opens the port.
    fn open(&self) -> Host {
        Host::connect(self.board.path(), LIMIT)
    }

    /// The pictures of the board are the host's.
    fn assert_well(&self) {
        let file = firmware::model_file(board().models[0]);
        let out = program::succeed(&format!(
            "device verify {} --count 2 --seed 1 --timeout 20 --port {}",
            file.display(),
            self.board.port()
        ));
        assert_eq!(out, "2 pictures of pico are the same to the byte, --seed 1\n");
    }
}

fn hello() -> Request {
    Request::Hello { protocol: PROTOCOL }
}

/// The flat image of a program that is built for the chip.
fn image(program: &str) -> PathBuf {
    let elf = firmware::elf_for_chip(board(), program).unwrap();
    let image = pico::image_of(&elf).unwrap();
    let file = elf.with_extension("flash");
    fs::write(&file, image).unwrap();
    file
}

#[test]
fn the_image_that_is_flashed_draws_four_digits_on_the_uart() {
    let file = firmware::model_file(board().models[0]);
    let expected = program::succeed(&format!("sample {} --seed 0 --count 4", file.display()));
    let sent = pico::run_image(&image("draw"), |sent| sent.len() >= expected.len(), LIMIT).unwrap();
    assert_eq!(String::from_utf8(sent).unwrap(), expected);
}

#[test]
fn an_image_with_a_damaged_second_stage_of_the_boot_does_not_start() {
    let mut bytes = fs::read(image("draw")).unwrap();
    bytes[17] ^= 1;
    let folder = tempdir().unwrap();
    let damaged = folder.path().join("damaged.bin");
    fs::write(&damaged, bytes).unwrap();
    let error = pico::run_image(&damaged, |_| false, LIMIT).unwrap_err();
    assert!(format!("{error:#}").contains("ended before it connected"), "{error:#}");
}

#[test]
fn a_damaged_model_or_one_of_another_format_is_reported_and_not_used() {
    let mut bytes = fs::read(image("draw")).unwrap();
    let model = fs::read(firmware::model_file(board().models[0])).unwrap();
    let place =
        bytes.windows(model.len()).position(|window| window == model).expect("the model lies in flash as it is");
    let folder = tempdir().unwrap();
    let file = folder.path().join("image.bin");
    // In the magic bytes, the version and the weights.
    for at in [0, 4, model.len() / 2] {
        bytes[place + at] ^= 0x40;
        fs::write(&file, &bytes).unwrap();
        bytes[place + at] ^= 0x40;
        let sent = pico::run_image(&file, |sent| sent.ends_with(b"\n"), LIMIT).unwrap();
        let text = String::from_utf8(sent).unwrap();
        assert!(text.starts_with("the model in flash cannot be used: "), "byte {at}: {text}");
    }
}

#[test]
fn the_flashed_draw_draws_the_next_digits_over_usb_when_a_byte_is_sent() {
    let folder = tempdir().unwrap();
    let elf = firmware::elf_for_chip(board(), "draw").unwrap();
    let plugged = serial::Board::start(&elf, &folder.path().join("ttyACM0"), false, LIMIT).unwrap();
    let mut terminal = UnixStream::connect(plugged.path()).unwrap();
    terminal.set_read_timeout(Some(LIMIT)).unwrap();
    for seed in [4, 8] {
        let file = firmware::model_file(board().models[0]);
        let expected = program::succeed(&format!("sample {} --seed {seed} --count 4", file.display()));
        terminal.write_all(b"\n").unwrap();
        let mut text = vec![0; expected.len()];
        terminal.read_exact(&mut text).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}

#[test]
fn cycles_are_counted_exactly_and_those_of_the_steps_add_up() {
    let elf = firmware::elf_for(board(), "bench").unwrap();
    let text = qemu::run(&elf, &[], LIMIT).unwrap().text();
    assert_eq!(text, qemu::run(&elf, &[], LIMIT).unwrap().text());
    let numbers: Vec<u64> = text.split([' ', '\n', ':']).filter_map(|word| word.parse().ok()).collect();
    let (picture, steps) = (numbers[0], &numbers[1..]);
    let names: Vec<_> = text.lines().skip(1).map(|line| line.split_once(':').unwrap().0).collect();
    assert_eq!(names, ["making the latent", "the latent enters", "layer 1", "layer 2", "layer 3", "layer 4"]);
    // "layer N" has a number of its own.
    let sum: u64 = steps.iter().filter(|&&number| number > 4).sum();
    assert!(sum.abs_diff(picture) < picture / 50, "{sum} are not {picture}: {text}");
}

#[test]
fn a_port_can_be_closed_and_opened_again_at_any_point_of_a_frame_or_reply() {
    let plugged = Plugged::start();
    let request = frame(Sender::Host, &(1_u16, Request::Draw { seed: 3 }));
    for len in 1..=request.len() {
        // Closed after a part of the request, or while the reply comes.
        plugged.open().send(&request[..len]);
    }
    plugged.assert_well();
}

#[test]
fn two_programs_that_have_the_port_open_disturb_each_other_but_not_the_board() {
    let plugged = Plugged::start();
    let (mut first, mut second) = (plugged.open(), plugged.open());
    let request = frame(Sender::Host, &(1_u16, hello()));
    let (head, tail) = request.split_at(5);
    for _ in 0..50 {
        // Each one's bytes come between the other's.
        first.send(head);
        second.send(head);
        first.send(tail);
        second.send(tail);
    }
    drop((first, second));
    plugged.assert_well();
}

#[test]
fn a_program_that_opens_the_port_and_reads_nothing_does_not_stop_the_board() {
    let plugged = Plugged::start();
    let mut idle = plugged.open();
    let request = frame(Sender::Host, &(1_u16, Request::Draw { seed: 3 }));
    // 600 KB of replies, more than sockets buffer. The board may have to answer all of them before the next program's
    // requests, if that opens the port before the first one's end is noticed.
    for _ in 0..600 {
        idle.send(&request);
    }
    drop(idle);
    plugged.assert_well();
}

#[test]
fn after_thousands_of_damaged_frames_over_usb_a_good_one_is_answered() {
    const FRAMES: usize = 5000;
    let plugged = Plugged::start();
    let mut host = plugged.open();
    let mut line = host.writer();
    let start = Instant::now();
    let sender = thread::spawn(move || {
        let mut stream = Stream::at(100_000, Purpose::Shuffle, 1);
        let frames: Vec<u8> = (0..FRAMES).flat_map(|_| damaged(&mut stream)).collect();
        line.write_all(&frames).unwrap();
        line.write_all(&frame(Sender::Host, &(9_u16, hello()))).unwrap();
    });
    let (mut replies, _) = host.replies_until(9);
    sender.join().unwrap();
    println!("{FRAMES} damaged frames over USB in {:?}", start.elapsed());
    let (_, last) = replies.pop().unwrap();
    assert!(matches!(last, Reply::Hello(_)), "{last:?}");
    let refusals = [DeviceError::Damaged, DeviceError::Overlong].map(|refusal| (0, Reply::Error(refusal)));
    assert!(replies.iter().all(|reply| refusals.contains(reply)));
    assert!(replies.len() > FRAMES * 9 / 10, "{} refusals", replies.len());
    drop(host);
    plugged.assert_well();
}
