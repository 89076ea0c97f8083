//! `pocketgan device` with simulated devices that are silent, broken, lying or no device at all, behind a socket. Whatever
//! they do, the command ends with a message and exit code 1.

use pocketgan_core::{infer::checksum::crc32, infer::model::ModelError};
use pocketgan_emulation::firmware;
use pocketgan_protocol::{CHUNK, Description, DeviceError, PROTOCOL, Receiver, Reply, Request, Sender};
use pocketgan_tests::{
    program,
    wire::{frame, messages},
};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

/// Enough for three attempts of 0.3 s on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What a simulated device sends in reply to a request.
type Answer = Box<dyn FnMut(u16, Request) -> Vec<u8> + Send>;

/// Listens on a free port, serves the first connection, and returns the port's name.
fn listen(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    format!("tcp:127.0.0.1:{port}")
}

/// A device that sends what `answer` returns for each request.
fn device(mut answer: Answer) -> String {
    listen(move |mut line| {
        let (mut receiver, mut bytes) = (Receiver::new(), [0; 4096]);
        while let Ok(n @ 1..) = line.read(&mut bytes) {
            let (requests, _) = messages::<(u16, Request)>(Sender::Host, &bytes[..n], &mut receiver);
            for (number, request) in requests {
                // The host may have seen enough.
                let _ = line.write_all(&answer(number, request));
            }
        }
    })
}

fn hello() -> Reply {
    Reply::Hello(Description {
        protocol: PROTOCOL,
        format: 2,
        program: "0.1.0".try_into().unwrap(),
        board: "liar".try_into().unwrap(),
        model: Err(ModelError::NotAModel),
        capacity: 1_000_000,
        display: true,
        peak_stack: 0,
    })
}

fn reply(number: u16, reply: &Reply) -> Vec<u8> {
    frame(Sender::Device, &(number, reply))
}

/// A device that answers the first request correctly and all others as `answer` says.
fn after_hello(mut answer: impl FnMut(u16, Request) -> Vec<u8> + Send + 'static) -> String {
    device(Box::new(move |number, request| match request {
        Request::Hello { .. } => reply(number, &hello()),
        request => answer(number, request),
    }))
}

/// The error of `pocketgan device TASK` with the device at `port`.
fn give_up(task: &str, port: &str) -> String {
    let start = Instant::now();
    let finished = program::run_within(&format!("device {task} --timeout 0.3 --port {port}"), LIMIT);
    assert_eq!(finished.code, Some(1), "{task}: {finished:?} after {:?}", start.elapsed());
    assert_eq!(finished.err.lines().count(), 1, "{task}: {finished:?}");
    assert!(finished.err.starts_with("pocketgan: "), "{task}: {finished:?}");
    finished.err
}

#[track_caller]
fn says(news: &str, expected: &str) {
    assert!(news.contains(expected), "{expected:?} is not in {news:?}");
}

#[test]
fn an_unreachable_port_is_named_in_the_error() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    says(&give_up("info", &format!("tcp:127.0.0.1:{free}")), &format!("no connection to tcp:127.0.0.1:{free}: "));
    says(&give_up("info", "tcp:nonsense"), "the form is tcp:HOST:PORT");
    says(&give_up("info", "unix:/nonsense/line"), "no connection to unix:/nonsense/line: No such file");
    says(&give_up("info", "/nonsense/tty"), "the serial port /nonsense/tty cannot be used: No such file");
    says(&give_up("info", "/dev/null"), "the serial port /dev/null cannot be used: ");
}

#[test]
fn a_silent_device_times_out() {
    let port = device(Box::new(|_, _| Vec::new()));
    says(&give_up("info", &port), "no answer from tcp:127.0.0.1:");
    let port = after_hello(|_, _| Vec::new());
    says(&give_up("draw", &port), "within 3 times 0.3 s; does a board run the program console there?");
}

#[test]
fn a_closed_connection_is_reported() {
    let port = listen(|line| line.shutdown(Shutdown::Both).unwrap());
    says(&give_up("info", &port), " broke: ");
    // In the middle of a picture.
    let port = listen(|mut line| {
        let (mut receiver, mut bytes) = (Receiver::new(), [0; 4096]);
        for answer in [hello(), Reply::Pixels { offset: 0, bytes: [9; CHUNK].into_iter().collect() }] {
            let n = line.read(&mut bytes).unwrap();
            let (requests, _) = messages::<(u16, Request)>(Sender::Host, &bytes[..n], &mut receiver);
            line.write_all(&reply(requests[0].0, &answer)).unwrap();
        }
    });
    says(&give_up("draw", &port), " broke: the other side closed the line");
}

#[test]
fn endless_garbage_is_not_taken_for_an_answer() {
    for garbage in [vec![0x55; 4096], vec![0; 4096], (0..=255).cycle().take(4096).collect::<Vec<u8>>()] {
        let port = listen(move |mut line| while line.write_all(&garbage).is_ok() {});
        says(&give_up("info", &port), "is not an answer (");
    }
}

#[test]
fn an_echoing_line_is_not_taken_for_a_device() {
    let port = listen(|mut line| {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = line.read(&mut bytes) {
            let _ = line.write_all(&bytes[..n]);
        }
    });
    says(&give_up("info", &port), "is not an answer (");
}

#[test]
fn the_text_of_a_crashing_device_is_part_of_the_error() {
    let port = after_hello(|_, _| b"hard fault at pc 0x00001234, lr 0x00005678\n".to_vec());
    says(&give_up("draw", &port), "; the device reports: hard fault at pc 0x00001234, lr 0x00005678");
}

#[test]
fn text_of_a_failing_device_may_end_with_cr_lf_and_cannot_command_the_terminal() {
    let port = after_hello(|_, _| b"\x1b]0;title\x07\x1b[31mpanicked at src/main.rs:7\x1b[0m\r\n".to_vec());
    let news = give_up("draw", &port);
    says(&news, "; the device reports: panicked at src/main.rs:7");
    assert!(!news.contains('\x1b'), "{news:?}");
}

#[test]
fn names_of_a_device_are_escaped() {
    let Reply::Hello(mut description) = hello() else { unreachable!("it is one") };
    description.board = "\x1b[2J\r\n\u{202e}".try_into().unwrap();
    let port = device(Box::new(move |number, _| reply(number, &Reply::Hello(description.clone()))));
    let finished = program::run_within(&format!("device info --port {port}"), LIMIT);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    says(&finished.out, r"board          \u{1b}[2J\r\n\u{202e}");
}

#[test]
fn another_protocol_version_is_an_error_that_says_what_to_do() {
    let refusal = Reply::Error(DeviceError::Protocol { supported: 9 });
    let port = device(Box::new(move |number, _| reply(number, &refusal)));
    let news = give_up("info", &port);
    says(&news, &format!("it implements version 9 of the protocol, not {PROTOCOL}"));
    says(&news, "use firmware and program of the same version");
}

#[test]
fn answers_to_another_request_are_rejected() {
    let port = device(Box::new(|number, _| reply(number, &Reply::Shown)));
    says(&give_up("info", &port), "answered something else than what it was asked for");
    for answer in [
        hello(),
        Reply::Received { received: 4 },
        Reply::Pixels { offset: 700, bytes: [9; CHUNK].into_iter().collect() },
        Reply::Pixels { offset: u16::MAX, bytes: [9; CHUNK].into_iter().collect() },
    ] {
        let port = after_hello(move |number, _| reply(number, &answer));
        says(&give_up("draw", &port), "answered something else than what it was asked for");
    }
    let port = after_hello(|number, _| reply(number, &Reply::Received { received: 1_000_000 }));
    let load = format!("load {}", firmware::model().display());
    says(&give_up(&load, &port), "answered something else than what it was asked for");
}

#[test]
fn unknown_messages_are_distinguished_from_damaged_frames() {
    let port = device(Box::new(|number, _| frame(Sender::Device, &(number, 200_u8))));
    says(&give_up("info", &port), "its frames are good, their messages are none of protocol");
}

#[test]
fn answers_with_another_request_number_are_ignored() {
    let port = device(Box::new(|number, _| reply(number.wrapping_add(1), &hello())));
    says(&give_up("info", &port), " answered only other requests within 3 times 0.3 s");
}

/// The frames of a picture without the piece `lost`, with `checksum` as the picture's checksum.
fn picture(number: u16, picture: &[u8; 784], lost: Option<usize>, checksum: u32) -> Vec<u8> {
    let pieces = picture.chunks(CHUNK).enumerate().filter(|(index, _)| Some(*index) != lost);
    let mut line: Vec<u8> = pieces
        .map(|(index, bytes)| Reply::Pixels { offset: (index * CHUNK) as u16, bytes: bytes.iter().copied().collect() })
        .flat_map(|piece| reply(number, &piece))
        .collect();
    line.extend(reply(number, &Reply::Drawn { checksum }));
    line
}

#[test]
fn an_incomplete_picture_is_requested_again_up_to_the_limit() {
    let grey = [128; 784];
    for lost in 0..4 {
        let port = after_hello(move |number, _| picture(number, &grey, Some(lost), crc32(&grey)));
        says(&give_up("draw", &port), "parts of the answers from tcp:");
    }
    // The second attempt is whole, after noise.
    let mut attempt = 0;
    let port = after_hello(move |number, _| {
        attempt += 1;
        let lost = (attempt == 1).then_some(2);
        [&b"\x03noise\x80\x00"[..], &picture(number, &grey, lost, crc32(&grey))].concat()
    });
    let finished = program::run_within(&format!("device draw --seed 5 --port {port}"), LIMIT);
    let row = "++".repeat(28);
    assert_eq!((finished.code, finished.out), (Some(0), format!("seed 5\n{}", format!("{row}\n").repeat(28))));
}

#[test]
fn a_picture_with_a_wrong_checksum_is_rejected() {
    let grey = [128; 784];
    let port = after_hello(move |number, _| picture(number, &grey, None, crc32(&grey) ^ 1));
    says(&give_up("draw", &port), "answered something else than what it was asked for");
}

#[test]
fn no_file_is_written_if_a_picture_does_not_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("digits.png");
    let mut pictures = 0;
    let port = after_hello(move |number, _| {
        pictures += 1;
        if pictures < 3 { picture(number, &[7; 784], None, crc32(&[7; 784])) } else { Vec::new() }
    });
    give_up(&format!("draw --count 3 --out {}", out.display()), &port);
    assert!(!out.exists());
}

#[test]
fn verify_fails_on_a_device_that_draws_other_pictures_than_its_model() {
    let model = std::fs::read(firmware::model()).unwrap();
    let checksum = u32::from_le_bytes(*model.last_chunk().unwrap());
    let lie = move |number: u16, request: Request| match request {
        Request::Hello { .. } => {
            let Reply::Hello(mut description) = hello() else { unreachable!("it is one") };
            description.model = Ok(pocketgan_protocol::ModelSummary {
                memory: pocketgan_protocol::Memory::Flash,
                kind: pocketgan_core::infer::model::Kind::Int8,
                shape: [100, 784].into_iter().collect(),
                checksum,
            });
            reply(number, &Reply::Hello(description))
        }
        _ => picture(number, &[0; 784], None, crc32(&[0; 784])),
    };
    let news = give_up(&format!("verify {} --seed 1", firmware::model().display()), &device(Box::new(lie)));
    says(&news, "pixels of the picture of seed ");
    says(&news, "differ from this computer's");
    let news = give_up(&format!("verify {}", firmware::model().display()), &after_hello(|_, _| Vec::new()));
    says(&news, "is not what the device draws from: its model cannot be drawn from: not a pocketgan model file");
}

#[test]
fn a_file_that_is_not_a_model_is_rejected_before_the_line_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no.pgan");
    std::fs::write(&path, "no model").unwrap();
    for task in ["load", "verify"] {
        says(&give_up(&format!("{task} {}", path.display()), "tcp:127.0.0.1:1"), "not a pocketgan model file");
    }
}

#[test]
fn arguments_out_of_range_are_rejected() {
    for arguments in [
        "info",
        "draw --port tcp:a:1 --count 0",
        "info --port tcp:a:1 --timeout 0",
        "info --port tcp:a:1 --timeout nan",
        "load --port tcp:a:1",
        "load a.pgan --flash --port tcp:a:1",
        "morph --from 1 --to 2 --frames 1 --port tcp:a:1",
    ] {
        let finished = program::run_within(&format!("device {arguments}"), LIMIT);
        assert_eq!(finished.code, Some(2), "{arguments}: {finished:?}");
    }
}
