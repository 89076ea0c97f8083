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
fn hello_is_answered_with_what_the_device_is() {
    let Reply::Hello(description) = answer(Request::Hello { protocol: PROTOCOL }) else { panic!("no description") };
    assert_eq!((&description.board[..], &description.program[..]), ("desk", "1.2.3"));
    assert_eq!((description.protocol, description.format), (PROTOCOL, pocketgan_core::infer::model::format::VERSION));
    assert_eq!((description.room, description.display, description.deepest_stack), (ROOM as u32, false, 1234));
    let model = description.model.unwrap();
    assert_eq!((model.memory, model.kind, model.checksum), (Memory::Flash, Kind::Int8, flash().checksum()));
    assert_eq!((model.shape.first(), model.shape.last()), (Some(&100), Some(&784)));
    assert_eq!(model.shape.len(), flash().header().layers.len() + 1);
}

#[test]
fn another_protocol_is_refused_with_the_one_that_is_spoken() {
    for protocol in [0, PROTOCOL + 1, u16::MAX] {
        let refusal = Refusal::Protocol { speaks: PROTOCOL };
        assert_eq!(answer(Request::Hello { protocol }), Reply::Refused(refusal));
    }
}

#[test]
fn a_picture_comes_in_pieces_with_its_checksum_at_the_end() {
    let mut answers = answers(&frame(Sender::Host, &(9_u16, Request::Draw { seed: 67 })));
    let expected = picture(&Latent::of_picture(67));
    assert_eq!(answers.pop().unwrap(), (9, Reply::Drawn { checksum: crc32(&expected) }));
    let mut got = Vec::new();
    for (number, piece) in answers {
        let Reply::Piece { offset, bytes } = piece else { panic!("{piece:?}") };
        assert_eq!((number, usize::from(offset)), (9, got.len()));
        got.extend(bytes);
    }
    assert_eq!(got, expected);
}

#[test]
fn a_digit_is_answered_with_the_seed_that_draws_it_in_the_way_that_was_asked_for() {
    let digits = flash().digits();
    for (digit, variant) in [(0, 0), (7, 1), (9, 3), (4, u32::MAX)] {
        let expected = digits.of(digit)[variant as usize % digits.of(digit).len()];
        assert_eq!(answer(Request::Seed { digit, variant }), Reply::Seed(expected), "{digit}");
    }
}

/// The model file of these tests without its table of digits.
fn without_table() -> Vec<u8> {
    let model = flash();
    let sections: Vec<&[u8]> = model.sections().map(|(section, at)| &FILE.0[at..at + section.len]).collect();
    let mut file = vec![0; format::encoded_len(model.header(), &DigitSeeds::NONE, &[]).unwrap()];
    format::encode(model.header(), &DigitSeeds::NONE, &sections, &[], &mut file).unwrap();
    file
}

#[test]
fn what_is_no_digit_or_has_no_seed_is_refused() {
    for digit in [10, 255] {
        assert_eq!(answer(Request::Seed { digit, variant: 0 }), Reply::Refused(Refusal::NoSeed { digit }));
    }
    let ask = [Request::UseStored, Request::Seed { digit: 3, variant: 0 }];
    let answers = answers(&requests(upload::file_in_pieces(&without_table()).chain(ask)));
    assert_eq!(answers.last().unwrap().1, Reply::Refused(Refusal::NoSeed { digit: 3 }));
}

#[test]
fn a_message_of_no_known_kind_or_length_is_refused_under_its_number() {
    let mut long = frame_of(&[5, 1, 67, 0]);
    let unknown = [vec![5, 99], vec![5, 1], vec![5, 0, 1, 1], vec![5], vec![5, 9, 3], vec![5, 9, 3, 0, 1]];
    assert!(unknown.iter().all(|message| answers(&frame_of(message)) == [(5, Reply::Refused(Refusal::Unknown))]));
    // A store whose chunk says it is longer than any, and a number that does not end.
    assert_eq!(answers(&frame_of(&[5, 6, 0, 0xff, 1])), [(5, Reply::Refused(Refusal::Unknown))]);
    assert_eq!(answers(&frame_of(&[0xff, 0xff, 0xff])), [(0, Reply::Refused(Refusal::Unknown))]);
    assert_eq!(answers(&frame_of(&[])), [(0, Reply::Refused(Refusal::Unknown))]);
    long.extend(requests([Request::UseFlash]));
    assert!(matches!(answers(&long)[..], [(5, Reply::Refused(Refusal::Unknown)), (1, Reply::Using(_))]));
}

#[test]
fn a_display_shows_a_picture_and_a_walk() {
    let line = requests([Request::Show { seed: 3 }, Request::Morph { from: 1, to: 2, frames: 3 }]);
    let mut desk = desk(&line);
    desk.shown = Some(Vec::new());
    assert_eq!(serve(&mut desk, &FILE.0), [(1, Reply::Shown), (2, Reply::Shown)]);
    let (from, to) = (Latent::of_picture(1), Latent::of_picture(2));
    let expected = [Latent::of_picture(3), from.clone(), from.blend(&to, 128), to];
    assert_eq!(desk.shown.unwrap(), expected.map(|latent| picture(&latent)));
}

#[test]
fn what_the_board_lacks_is_refused() {
    assert_eq!(answer(Request::Show { seed: 3 }), Reply::Refused(Refusal::NoDisplay));
    assert_eq!(answer(Request::Morph { from: 3, to: 4, frames: 5 }), Reply::Refused(Refusal::NoDisplay));
    assert_eq!(answer(Request::Measure { seed: 3 }), Reply::Refused(Refusal::NoCounter));
    let line = requests([0, 1].map(|frames| Request::Morph { from: 1, to: 2, frames }));
    let mut desk = desk(&line);
    desk.shown = Some(Vec::new());
    let refused = Reply::Refused(Refusal::TooFewFrames);
    assert_eq!(serve(&mut desk, &FILE.0), [(1, refused.clone()), (2, refused)]);
}

#[test]
fn what_is_counted_is_told_with_its_unit_for_the_latent_and_each_layer() {
    let line = requests([Request::Measure { seed: 3 }]);
    let mut desk = desk(&line);
    desk.counts = true;
    let layers = flash().header().layers.len() as u32;
    let expected = Measured { unit: Unit::Cycles, steps: (0..=layers).collect() };
    assert_eq!(serve(&mut desk, &FILE.0), [(1, Reply::Measured(expected))]);
}

#[test]
fn a_device_with_a_damaged_model_says_so_and_still_takes_another() {
    let line = requests([Request::Hello { protocol: PROTOCOL }, Request::Draw { seed: 1 }, Request::UseFlash]);
    let mut damaged = FILE.0.to_vec();
    damaged[0] ^= 1;
    let damage = ModelError::NotAModel;
    let answers = serve(&mut desk(&line), &damaged);
    let Reply::Hello(description) = &answers[0].1 else { panic!("{answers:?}") };
    assert_eq!(description.model, Err(damage));
    assert!(answers[1..].iter().all(|(_, reply)| *reply == Reply::Refused(Refusal::Model(damage))), "{answers:?}");

    let line = requests(upload::file_in_pieces(&FILE.0).chain([Request::UseStored, Request::Draw { seed: 1 }]));
    let answers = serve(&mut desk(&line), &damaged);
    let checksum = crc32(&picture(&Latent::of_picture(1)));
    assert_eq!(answers.last().unwrap().1, Reply::Drawn { checksum });
}
