use proptest::prelude::*;

use super::*;
use pocketgan_core::random::{Purpose, Stream};

/// Damages a frame, so that the result is not a frame any more.
fn damage(whole: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut line = whole.to_vec();
    let at = 1 + stream.below(whole.len() as u32 - 2) as usize;
    match stream.below(6) {
        0 => line[at] ^= 1 << stream.below(8),
        // Truncated: the next frame's first delimiter ends it.
        1 => line.truncate(at),
        2 => drop(line.remove(at)),
        3 => line.insert(at, 1 + stream.below(255) as u8),
        4 => line.iter_mut().skip(at).for_each(|byte| *byte ^= 1 + stream.below(255) as u8),
        // Two frames overlap, without a delimiter between them.
        _ => line = [&whole[..at + 1], &whole[at..]].concat(),
    }
    line
}

#[test]
fn of_a_hundred_thousand_damaged_frames_none_is_accepted_and_a_valid_one_is_answered_after_them() {
    let mut stream = Stream::at(2026, Purpose::Shuffle, 0);
    let samples = [
        frame(Sender::Host, &(3_u16, Request::BeginUpload { len: 1000, checksum: 77 })),
        frame(Sender::Host, &(4_u16, Request::Upload { offset: 0, bytes: Chunk::from_slice(&[7; 60]).unwrap() })),
        frame(Sender::Host, &(5_u16, Request::Draw { seed: 2026 })),
    ];
    let mut line: Vec<u8> = (0..100_000).flat_map(|i| damage(&samples[i % 3], &mut stream)).collect();
    line.extend(frame(Sender::Host, &(6_u16, Request::Hello { protocol: PROTOCOL })));
    let mut answers = answers(&line);
    let (number, last) = answers.pop().unwrap();
    assert!(number == 6 && matches!(last, Reply::Hello(_)), "{number} {last:?}");
    let errors = [DeviceError::Damaged, DeviceError::Overlong].map(|error| (0, Reply::Error(error)));
    assert!(answers.iter().all(|answer| errors.contains(answer)));
    assert!(answers.len() > 90_000, "{} errors", answers.len());
}

/// The message of a valid frame, not necessarily a request.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![0_u8..12, any::<u8>()], 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_request_is_answered_after_any_noise(
        noise in prop::collection::vec(any::<u8>(), 0..2000),
        messages in prop::collection::vec(any_message(), 0..8),
    ) {
        let mut line = noise;
        // Valid frames of arbitrary messages, which the checksum does not detect.
        for message in messages {
            line.extend(frame_of(&message));
        }
        line.extend(frame(Sender::Host, &(999_u16, Request::UseFlash)));
        let answers = answers(&line);
        prop_assert!(matches!(answers.last(), Some((999, Reply::Using(_)))));
    }
}
