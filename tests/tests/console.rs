//! The console on emulated boards, driven by `pocketgan device`, and by hand with anything that a bad line may deliver.

use pocketgan_core::random::{Purpose, Stream};
use pocketgan_emulation::{
    firmware::{self, BOARDS, Board, Machine},
    serial,
};
use pocketgan_protocol::{CHUNK, Chunk, DeviceError, Memory, PROTOCOL, Reply, Request, Sender};
use pocketgan_tests::{
    images,
    model::ModelFile,
    program::{self, Finished},
    sizes::Sizes,
    wire::{Host, damaged, frame},
};
use std::{fs, io::Write, thread, time::Duration};
use tempfile::{TempDir, tempdir};

/// Far longer than any of these boards runs, so that a test that hangs leaves none behind.
const LIMIT: Duration = Duration::from_secs(240);
/// For one reply, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const KIB: u64 = 1024;

/// A board that runs the console.
struct Running {
    board: serial::Board,
    // Keeps the folder of the board's socket.
    _folder: TempDir,
}

impl Running {
    fn start(board: &Board, counts: bool) -> Self {
        let folder = tempdir().unwrap();
        // Both are built before the board's time begins.
        program::path();
        let elf = match board.machine {
            // What is flashed: its emulator needs no other program.
            Some(Machine::Rp2040js) => firmware::elf_for_chip(board, "console").unwrap(),
            _ => firmware::elf_for(board, "console").unwrap(),
        };
        let board = serial::Board::start(&elf, &folder.path().join("line"), counts, LIMIT).unwrap();
        Self { board, _folder: folder }
    }

    fn named(name: &str) -> Self {
        Self::start(firmware::board(name), false)
    }

    /// A board with 4 MB of RAM.
    fn default() -> Self {
        Self::named(firmware::DEFAULT_BOARD)
    }

    /// What `pocketgan device` prints for this board.
    fn succeed(&self, arguments: &str) -> String {
        let Finished { code, out, err } = self.run(arguments);
        assert_eq!(code, Some(0), "pocketgan device {arguments}: {err}");
        out
    }

    /// The error of `pocketgan device`, which is one line.
    fn fail(&self, arguments: &str) -> String {
        let Finished { code, err, .. } = self.run(arguments);
        assert_eq!((code, err.lines().count()), (Some(1), 1), "pocketgan device {arguments}: {err}");
        err
    }

    fn run(&self, arguments: &str) -> Finished {
        program::run_within(&format!("device {arguments} --timeout 20 --port {}", self.board.port()), LIMIT)
    }

    fn host(&self) -> Host {
        Host::connect(self.board.path(), PATIENCE)
    }
}

fn model(name: &str) -> String {
    firmware::model_file(name).display().to_string()
}

/// The CRC-32 at the end of a model file, in the printed form.
fn checksum_of(name: &str) -> String {
    let file = fs::read(firmware::model_file(name)).unwrap();
    format!("{:08x}", u32::from_le_bytes(*file.last_chunk().unwrap()))
}

#[test]
fn a_board_describes_itself() {
    let info = Running::default().succeed("info");
    let expected = [
        "board          mps2-an386".to_owned(),
        format!("firmware       {}, protocol {PROTOCOL}, model format ", env!("CARGO_PKG_VERSION")),
        format!("model          int8 100-128-128-256-784, CRC-32 {}, in flash", checksum_of("mnist-int8")),
        "display        none".to_owned(),
    ];
    for line in expected {
        assert!(info.contains(&line), "{line:?} is not in {info}");
    }
}

#[test]
fn every_board_draws_the_bytes_of_the_host() {
    for board in BOARDS.iter().filter(|board| board.machine.is_some()) {
        let out =
            Running::start(board, false).succeed(&format!("verify {} --count 5 --seed 1", model(board.models[0])));
        assert_eq!(out, format!("5 pictures of {} are the same to the byte, --seed 1\n", board.name));
    }
}

#[test]
fn a_board_draws_words_by_the_names_in_its_model() {
    let (running, folder) = (Running::default(), tempdir().unwrap());
    let named = ModelFile::read(&firmware::model_file("mnist-int4")).write_with_letters(folder.path());
    running.succeed(&format!("load {}", named.display()));
    for words in ["--text BADGE", "--class A --class C --variant 2"] {
        let expected = program::succeed(&format!("sample {} {words}", named.display()));
        assert_eq!(running.succeed(&format!("draw {words}")), expected);
    }
    assert!(running.fail("draw --text BAZ").contains('Z'));
}

#[test]
fn pictures_of_a_board_are_printed_and_saved_like_those_of_the_host() {
    let (running, folder) = (Running::default(), tempdir().unwrap());
    let (int8, here) = (model("mnist-int8"), folder.path().display());
    assert_eq!(
        running.succeed("draw --seed 67 --count 2"),
        program::succeed(&format!("sample {int8} --seed 67 --count 2"))
    );
    for form in ["png", "idx"] {
        running.succeed(&format!("draw --seed 4294967294 --count 3 --out {here}/device.{form}"));
        program::succeed(&format!("sample {int8} --seed 4294967294 --count 3 --out {here}/host.{form}"));
        let bytes = |name: &str| fs::read(folder.path().join(name).with_extension(form)).unwrap();
        assert!(bytes("device") == bytes("host"), "{form} files differ");
    }
}

#[test]
fn a_board_draws_numbers_by_its_models_own_seeds() {
    let (running, folder) = (Running::default(), tempdir().unwrap());
    let (int8, here) = (model("mnist-int8"), folder.path().display());
    for options in ["--digits 2026", "--digits 90 --variant 20"] {
        assert_eq!(running.succeed(&format!("draw {options}")), program::succeed(&format!("sample {int8} {options}")));
    }
    running.succeed(&format!("draw --digits 0123456789 --out {here}/device.png"));
    program::succeed(&format!("sample {int8} --digits 0123456789 --out {here}/host.png"));
    let bytes = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("device.png") == bytes("host.png"));

    let data = images::write(folder.path(), 30);
    program::succeed(&format!("train --epochs 1 --data {} --out {here}/run", data.display()));
    running.succeed(&format!("load {here}/run/model-int8.pgan"));
    let news = running.fail("draw --digits 2026");
    assert!(
        news.contains("answered with an error: its model has no seed for the digit 2; `pocketgan digits`"),
        "{news}"
    );
    let news = running.run("draw --digits 2026 --seed 3");
    assert_eq!(news.code, Some(2), "{news:?}");
}

#[test]
fn a_board_counts_the_instructions_of_each_layer() {
    let running = Running::start(firmware::board(firmware::DEFAULT_BOARD), true);
    let counts = |out: &str| {
        let lines = out.lines().skip(1);
        lines.map(|line| line.split_whitespace().find_map(|word| word.parse().ok()).unwrap()).collect::<Vec<u64>>()
    };
    let out = running.succeed("bench --count 2");
    assert!(out.starts_with("mps2-an386: ") && out.contains(" instructions\n"), "{out}");
    // The latent, four layers (their words are "layer N COUNT"), and their sum.
    let steps: Vec<&str> = out.lines().skip(1).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(steps, ["latent", "layer", "layer", "layer", "layer", "picture"]);
    assert_eq!(counts(&out), counts(&running.succeed("bench --count 2")), "an exact count repeats itself");
    let total: u64 = out.lines().last().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!((200_000..4_000_000).contains(&total), "{out}");
}

#[test]
fn without_a_clock_in_step_instructions_are_not_counted() {
    let news = Running::default().fail("bench --count 1");
    assert!(news.contains("answered with an error: it has no counter"), "{news}");
}

#[test]
fn a_loaded_model_is_used_until_the_one_in_flash_is_selected() {
    let running = Running::default();
    let (int8, int4) = (model("mnist-int8"), model("mnist-int4"));
    let loaded = running.succeed(&format!("load {int4}"));
    let expected = format!("int4 100-128-128-256-784, CRC-32 {}, in RAM", checksum_of("mnist-int4"));
    assert_eq!(loaded, format!("drawing from {expected}\n"));
    assert!(running.succeed("info").contains(&expected));
    running.succeed(&format!("verify {int4} --count 5"));
    let news = running.fail(&format!("verify {int8} --count 5"));
    assert!(news.contains("mnist-int8.pgan is not what the device draws from"), "{news}");
    running.succeed("load --flash");
    running.succeed(&format!("verify {int8} --count 5"));
}

#[test]
fn a_board_without_memory_or_display_says_so() {
    let running = Running::named("lm3s6965evb");
    let news = running.fail(&format!("load {}", model("mnist-int4")));
    assert!(news.contains("answered with an error: it has RAM for a model of at most "), "{news}");
    let running = Running::default();
    for arguments in ["show --seed 3", "morph --from 3 --to 4"] {
        let news = running.fail(arguments);
        assert!(news.ends_with("answered with an error: it has no display\n"), "{news}");
    }
}

#[test]
fn an_incomplete_upload_is_not_used_and_does_no_harm() {
    let running = Running::default();
    let mut host = running.host();
    let file = fs::read(firmware::model_file("mnist-int4")).unwrap();
    let (len, checksum) = (file.len() as u32, u32::from_le_bytes(*file.last_chunk().unwrap()));
    assert_eq!(host.ask(1, &Request::BeginUpload { len, checksum }), Reply::Received { received: 0 });
    let piece =
        |at: usize| Request::Upload { offset: at as u32, bytes: Chunk::from_slice(&file[at..at + CHUNK]).unwrap() };
    let received = CHUNK as u32;
    assert_eq!(host.ask(2, &piece(0)), Reply::Received { received });
    assert_eq!(host.ask(3, &piece(2 * CHUNK)), Reply::Error(DeviceError::WrongOffset { received, len }));
    assert_eq!(host.ask(4, &Request::UseUploaded), Reply::Error(DeviceError::Incomplete { received, len }));
    // The next piece is cut in its middle, and the host is gone.
    host.send(&frame(Sender::Host, &(5_u16, piece(CHUNK)))[..100]);
    drop(host);
    running.succeed(&format!("verify {} --count 2", model("mnist-int8")));
}

#[test]
fn unknown_messages_and_other_protocols_are_rejected_with_their_request_number() {
    let running = Running::default();
    let mut host = running.host();
    host.send(&frame(Sender::Host, &(7_u16, 200_u8)));
    assert_eq!(host.replies_until(7).0, [(7, Reply::Error(DeviceError::UnknownRequest))]);
    let refused = Reply::Error(DeviceError::Protocol { supported: PROTOCOL });
    assert_eq!(host.ask(8, &Request::Hello { protocol: PROTOCOL + 1 }), refused);
    host.send(&[0x55; 1000]);
    host.send(&[0]);
    assert_eq!(host.replies_until(0).0, [(0, Reply::Error(DeviceError::Overlong))]);
    let Reply::Hello(description) = host.ask(9, &Request::Hello { protocol: PROTOCOL }) else { panic!("no hello") };
    assert_eq!(description.model.map(|model| model.memory), Ok(Memory::Flash));
}

#[test]
fn after_a_hundred_thousand_damaged_frames_a_good_one_is_answered() {
    // The board whose UART takes the most bytes at a time.
    let running = Running::named("lm3s6965evb");
    let mut host = Host::connect(running.board.path(), LIMIT);
    let mut line = host.writer();
    let sender = thread::spawn(move || {
        let mut stream = Stream::at(100_000, Purpose::Shuffle, 0);
        for _ in 0..100 {
            let frames: Vec<u8> = (0..1000).flat_map(|_| damaged(&mut stream)).collect();
            line.write_all(&frames).unwrap();
        }
        line.write_all(&frame(Sender::Host, &(9_u16, Request::Hello { protocol: PROTOCOL }))).unwrap();
    });
    let (mut replies, _) = host.replies_until(9);
    sender.join().unwrap();
    let (_, last) = replies.pop().unwrap();
    assert!(matches!(last, Reply::Hello(_)), "{last:?}");
    let refusals = [DeviceError::Damaged, DeviceError::Overlong].map(|refusal| (0, Reply::Error(refusal)));
    assert!(replies.iter().all(|reply| refusals.contains(reply)));
    assert!(replies.len() > 90_000, "{} refusals", replies.len());
    // The socket takes one host at a time.
    drop(host);
    running.succeed(&format!("verify {} --count 2", model("mnist-mixed")));
}

#[test]
fn the_console_stays_within_its_budgets_of_flash_and_ram() {
    for board in ["microbit", "lm3s6965evb", "mps2-an386"].map(firmware::board) {
        let running = Running::start(board, false);
        running.succeed(&format!("verify {} --count 2", model(board.models[0])));
        let info = running.succeed("info");
        let stack = info.lines().find_map(|line| line.strip_prefix("deepest stack")).unwrap();
        let stack: u64 = stack.split_whitespace().next().unwrap().parse().unwrap();
        let elf = fs::read(firmware::elf_for(board, "console").unwrap()).unwrap();
        let Sizes { flash, static_ram } = Sizes::of(&elf).unwrap();
        let model = fs::metadata(firmware::model_file(board.models[0])).unwrap().len();
        println!(
            "console on {}: {} + {model} bytes of flash, {static_ram} of RAM, {stack} of stack",
            board.name,
            flash - model
        );
        assert!(flash <= model + 36 * KIB, "{flash} bytes of flash");
        assert!(static_ram + stack <= 7 * KIB, "{static_ram} + {stack} bytes of RAM");
    }
}
