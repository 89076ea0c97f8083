use proptest::prelude::*;

use super::*;
use pocketgan_core::infer::model::Kind;

/// The messages and errors that a receiver of the host's frames returns for `line`.
fn received(line: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
    let mut receiver = Receiver::new();
    line.iter().filter_map(|&byte| Some(receiver.take(Sender::Host, byte)?.map(<[u8]>::to_vec))).collect()
}

fn store(offset: u32, bytes: &[u8]) -> (u16, Request) {
    (u16::MAX, Request::Upload { offset, bytes: bytes.iter().copied().collect() })
}

#[test]
fn the_first_request_has_the_specified_bytes() {
    // COBS replaces each zero by the distance to the next one, counted from the byte before the content.
    let line = frame(Sender::Host, &(1_u16, Request::Hello { protocol: 1 }));
    let checksum = pocketgan_core::infer::checksum::crc32(b"?\x01\x00\x01").to_le_bytes();
    assert!(!checksum.contains(&0));
    assert_eq!(line, [&b"\0\x03?\x01\x06\x01"[..], &checksum, b"\0"].concat());
}

#[test]
fn the_error_for_another_protocol_has_the_bytes_that_no_version_may_change() {
    let error = Reply::Error(DeviceError::Protocol { supported: 1 });
    assert_eq!(*postcard::to_slice(&(1_u16, error), &mut [0; 8]).unwrap(), [1, 0, 0, 1]);
}

#[test]
fn the_longest_messages_fit_a_frame() {
    frame(Sender::Host, &store(u32::MAX, &[0xff; CHUNK]));
    let pixels = Reply::Pixels { offset: u16::MAX, bytes: [0xff; CHUNK].into_iter().collect() };
    frame(Sender::Device, &(u16::MAX, pixels));
    let summary = ModelSummary {
        memory: Memory::Ram,
        kind: Kind::Int8,
        shape: Shape::from_slice(&[u16::MAX; pocketgan_core::nn::network::MAX_LAYERS + 1]).unwrap(),
        checksum: u32::MAX,
    };
    let description = Description {
        protocol: u16::MAX,
        format: u16::MAX,
        program: "0123456789abcdef".try_into().unwrap(),
        board: "0123456789abcdef01234567".try_into().unwrap(),
        model: Ok(summary),
        capacity: u32::MAX,
        display: true,
        peak_stack: u32::MAX,
    };
    frame(Sender::Device, &(u16::MAX, Reply::Hello(description)));
}

#[test]
fn a_message_that_is_too_long_is_not_sent() {
    let mut sent = 0;
    assert!(!send(Sender::Host, &[[1_u8; 32]; 7], &mut [0; CONTENT], |bytes| sent += bytes.len()));
    assert_eq!(sent, 0);
}

proptest! {
    #[test]
    fn any_message_is_received_as_it_was_sent(number: u16, offset: u32, bytes in prop::collection::vec(any::<u8>(), 0..=CHUNK)) {
        let message = (number, store(offset, &bytes).1);
        let line = frame(Sender::Host, &message);
        let [Ok(got)] = &received(&line)[..] else { panic!("{line:?}") };
        prop_assert_eq!(postcard::from_bytes::<(u16, Request)>(got).unwrap(), message);
        // The cobs crate decodes the same content, and only the delimiters are zero.
        let mut content = [0; CONTENT];
        let len = cobs::decode(&line[1..], &mut content).unwrap();
        prop_assert_eq!(&content[1..len - 4], &got[..]);
        prop_assert_eq!(cobs::max_encoding_length(len), line.len() - 2);
        prop_assert!(!line[1..line.len() - 1].contains(&0));
    }

    #[test]
    fn a_frame_is_received_after_any_noise(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let message = store(1, b"after noise");
        let line = [noise, frame(Sender::Host, &message)].concat();
        let last = received(&line).pop().unwrap().unwrap();
        prop_assert_eq!(postcard::from_bytes::<(u16, Request)>(&last).unwrap(), message);
    }
}

#[test]
fn every_flipped_bit_and_every_lost_byte_is_detected() {
    let whole = frame(Sender::Host, &store(70_000, b"a chunk\0with zeros\0\0in it"));
    let inner = 1..whole.len() - 1;
    for bit in inner.start * 8..inner.end * 8 {
        let mut line = whole.clone();
        line[bit / 8] ^= 1 << (bit % 8);
        assert!(received(&line).iter().all(|frame| *frame == Err(FrameError::Damaged)), "bit {bit}");
    }
    for at in inner {
        let mut line = whole.clone();
        line.remove(at);
        assert_eq!(received(&line), [Err(FrameError::Damaged)], "byte {at}");
    }
}

#[test]
fn an_overlong_frame_is_one_error_and_the_next_frame_is_received() {
    let good = frame(Sender::Host, &store(0, b"good"));
    for code in [1, 2, 200, 255] {
        let line = [&vec![code; 100_000][..], &good].concat();
        let got = received(&line);
        assert_eq!((got.len(), &got[0], got[1].is_ok()), (2, &Err(FrameError::Overlong), true), "bytes {code}");
    }
}

#[test]
fn text_between_frames_does_not_damage_them() {
    let good = frame(Sender::Host, &store(0, b"good"));
    let line = [&good[..], b"hard fault at pc 0x00001234, lr 0x00005678\n", &good].concat();
    let got = received(&line);
    assert_eq!(got.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn frames_of_the_other_sender_are_ignored() {
    let echo = frame(Sender::Device, &(1_u16, Reply::Shown));
    assert_eq!(received(&echo), []);
}

/// The number of a variant: the first byte of its encoding.
fn number(message: &impl serde::Serialize) -> u8 {
    postcard::to_slice(message, &mut [0; CONTENT]).unwrap()[0]
}

#[test]
fn requests_replies_and_errors_have_the_documented_numbers() {
    let bytes = || Chunk::new();
    let requests = [
        Request::Hello { protocol: 0 },
        Request::Draw { seed: 0 },
        Request::Show { seed: 0 },
        Request::Morph { from: 0, to: 0, frames: 0 },
        Request::Measure { seed: 0 },
        Request::BeginUpload { len: 0, checksum: 0 },
        Request::Upload { offset: 0, bytes: bytes() },
        Request::UseUploaded,
        Request::UseFlash,
        Request::Seed { digit: 0, variant: 0 },
        Request::Class { class: 0 },
    ];
    assert!((0..).zip(&requests).all(|(expected, request)| number(request) == expected));
    for (reply, expected) in [
        (Reply::Pixels { offset: 0, bytes: bytes() }, 2),
        (Reply::Shown, 4),
        (Reply::Received { received: 0 }, 6),
        (Reply::Seed(0), 8),
        (Reply::Class(Class { name: heapless::String::new(), seeds: 0, classes: 0 }), 9),
    ] {
        assert_eq!(number(&reply), expected, "{reply:?}");
    }
    let last = DeviceError::NoClass { class: 0 };
    assert_eq!((number(&last), number(&ModelError::Names)), (14, 15));
    assert_eq!((number(&DeviceError::NoUpload), number(&ModelError::Misaligned)), (8, 11));
}
