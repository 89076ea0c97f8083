use super::*;
use pocketgan_core::infer::checksum::crc32;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, Kind, format};

fn picture(latent: &Latent) -> Picture {
    let mut picture = [0; 784];
    flash().draw(latent, &mut picture);
    picture
}

#[test]
fn hello_is_answered_with_a_description_of_the_device() {
    let Reply::Hello(description) = answer(Request::Hello { protocol: PROTOCOL }) else { panic!("no description") };
    assert_eq!((&description.board[..], &description.program[..]), ("simulated", "1.2.3"));
    assert_eq!(
        (description.protocol, description.format),
        (PROTOCOL, pocketgan_core::infer::model::format::NAMED_VERSION)
    );
    assert_eq!((description.capacity, description.display, description.peak_stack), (CAPACITY as u32, false, 1234));
    let model = description.model.unwrap();
    assert_eq!((model.memory, model.kind, model.checksum), (Memory::Flash, Kind::Int8, flash().checksum()));
    assert_eq!((model.shape.first(), model.shape.last()), (Some(&100), Some(&784)));
    assert_eq!(model.shape.len(), flash().header().layers.len() + 1);
}

#[test]
fn another_protocol_is_rejected_with_the_supported_one() {
    for protocol in [0, PROTOCOL + 1, u16::MAX] {
        let error = DeviceError::Protocol { supported: PROTOCOL };
        assert_eq!(answer(Request::Hello { protocol }), Reply::Error(error));
    }
}

#[test]
fn a_picture_is_sent_in_chunks_and_then_its_checksum() {
    let mut answers = answers(&frame(Sender::Host, &(9_u16, Request::Draw { seed: 67 })));
    let expected = picture(&Latent::of_picture(67));
    assert_eq!(answers.pop().unwrap(), (9, Reply::Drawn { checksum: crc32(&expected) }));
    let mut got = Vec::new();
    for (number, reply) in answers {
        let Reply::Pixels { offset, bytes } = reply else { panic!("{reply:?}") };
        assert_eq!((number, usize::from(offset)), (9, got.len()));
        got.extend(bytes);
    }
    assert_eq!(got, expected);
}

#[test]
fn a_digit_is_answered_with_the_seed_of_the_requested_variant() {
    let digits = flash().digits();
    for (digit, variant) in [(0, 0), (7, 1), (9, 3), (4, u32::MAX)] {
        let expected = digits.of(digit)[variant as usize % digits.of(digit).len()];
        assert_eq!(answer(Request::Seed { digit, variant }), Reply::Seed(expected), "{digit}");
    }
}

/// The model file without its table of digit seeds.
fn without_table() -> Vec<u8> {
    let model = flash();
    let sections: Vec<&[u8]> = model.sections().map(|(section, at)| &FILE[at..at + section.len]).collect();
    let mut file = vec![0; format::encoded_len(model.header(), &DigitSeeds::NONE, &[]).unwrap()];
    format::encode(model.header(), &DigitSeeds::NONE, &sections, &[], &mut file).unwrap();
    file
}

#[test]
fn a_digit_without_a_seed_is_an_error() {
    for digit in [10, 255] {
        assert_eq!(answer(Request::Seed { digit, variant: 0 }), Reply::Error(DeviceError::NoSeed { digit }));
    }
    let last = [Request::UseUploaded, Request::Seed { digit: 3, variant: 0 }];
    let answers = answers(&requests(upload::upload_of(&without_table()).chain(last)));
    assert_eq!(answers.last().unwrap().1, Reply::Error(DeviceError::NoSeed { digit: 3 }));
}

#[test]
fn a_message_that_is_not_a_request_is_an_error_with_its_number() {
    let mut long = frame_of(&[5, 1, 67, 0]);
    let unknown = [vec![5, 99], vec![5, 1], vec![5, 0, 1, 1], vec![5], vec![5, 9, 3], vec![5, 9, 3, 0, 1]];
    assert!(
        unknown.iter().all(|message| answers(&frame_of(message)) == [(5, Reply::Error(DeviceError::UnknownRequest))])
    );
    // A chunk that claims to be longer than any, and a number that does not end.
    assert_eq!(answers(&frame_of(&[5, 6, 0, 0xff, 1])), [(5, Reply::Error(DeviceError::UnknownRequest))]);
    assert_eq!(answers(&frame_of(&[0xff, 0xff, 0xff])), [(0, Reply::Error(DeviceError::UnknownRequest))]);
    assert_eq!(answers(&frame_of(&[])), [(0, Reply::Error(DeviceError::UnknownRequest))]);
    long.extend(requests([Request::UseFlash]));
    assert!(matches!(answers(&long)[..], [(5, Reply::Error(DeviceError::UnknownRequest)), (1, Reply::Using(_))]));
}

#[test]
fn a_display_shows_a_picture_and_a_morph() {
    let line = requests([Request::Show { seed: 3 }, Request::Morph { from: 1, to: 2, frames: 3 }]);
    let mut device = simulated(&line);
    device.shown = Some(Vec::new());
    assert_eq!(serve(&mut device, FILE), [(1, Reply::Shown), (2, Reply::Shown)]);
    let (from, to) = (Latent::of_picture(1), Latent::of_picture(2));
    let expected = [Latent::of_picture(3), from.clone(), from.blend(&to, 128), to];
    assert_eq!(device.shown.unwrap(), expected.map(|latent| picture(&latent)));
}

#[test]
fn what_the_board_lacks_is_an_error() {
    assert_eq!(answer(Request::Show { seed: 3 }), Reply::Error(DeviceError::NoDisplay));
    assert_eq!(answer(Request::Morph { from: 3, to: 4, frames: 5 }), Reply::Error(DeviceError::NoDisplay));
    assert_eq!(answer(Request::Measure { seed: 3 }), Reply::Error(DeviceError::NoCounter));
    let line = requests([0, 1].map(|frames| Request::Morph { from: 1, to: 2, frames }));
    let mut device = simulated(&line);
    device.shown = Some(Vec::new());
    let error = Reply::Error(DeviceError::TooFewFrames);
    assert_eq!(serve(&mut device, FILE), [(1, error.clone()), (2, error)]);
}

#[test]
fn a_measurement_has_a_count_for_the_latent_and_each_layer() {
    let line = requests([Request::Measure { seed: 3 }]);
    let mut device = simulated(&line);
    device.counts = true;
    let layers = flash().header().layers.len() as u32;
    let expected = Measurement { unit: Unit::Cycles, steps: (0..=layers).collect() };
    assert_eq!(serve(&mut device, FILE), [(1, Reply::Measured(expected))]);
}

#[test]
fn a_device_with_a_damaged_model_reports_it_and_accepts_another() {
    let line = requests([Request::Hello { protocol: PROTOCOL }, Request::Draw { seed: 1 }, Request::UseFlash]);
    let mut damaged = FILE.to_vec();
    damaged[0] ^= 1;
    let damage = ModelError::NotAModel;
    let answers = serve(&mut simulated(&line), &damaged);
    let Reply::Hello(description) = &answers[0].1 else { panic!("{answers:?}") };
    assert_eq!(description.model, Err(damage));
    assert!(answers[1..].iter().all(|(_, reply)| *reply == Reply::Error(DeviceError::Model(damage))), "{answers:?}");

    let line = requests(upload::upload_of(FILE).chain([Request::UseUploaded, Request::Draw { seed: 1 }]));
    let answers = serve(&mut simulated(&line), &damaged);
    let checksum = crc32(&picture(&Latent::of_picture(1)));
    assert_eq!(answers.last().unwrap().1, Reply::Drawn { checksum });
}
