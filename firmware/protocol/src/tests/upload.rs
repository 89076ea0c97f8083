use super::*;
use pocketgan_core::infer::latent::Latent;

fn checksum_of(file: &[u8]) -> u32 {
    u32::from_le_bytes(*file.last_chunk().unwrap())
}

fn begin(file: &[u8]) -> Request {
    Request::Begin { len: file.len() as u32, checksum: checksum_of(file) }
}

fn piece(file: &[u8], index: usize) -> Request {
    let bytes = file.chunks(CHUNK).nth(index).unwrap().iter().copied().collect();
    Request::Store { offset: (index * CHUNK) as u32, bytes }
}

/// The requests that bring a model file into RAM.
pub(super) fn file_in_pieces(file: &[u8]) -> impl Iterator<Item = Request> {
    [begin(file)].into_iter().chain((0..file.len().div_ceil(CHUNK)).map(|index| piece(file, index)))
}

/// The answers to `sent`, the last one first.
fn last_answers(sent: impl IntoIterator<Item = Request>) -> impl Iterator<Item = Reply> {
    answers(&requests(sent)).into_iter().rev().map(|(_, reply)| reply)
}

fn last_answer(sent: impl IntoIterator<Item = Request>) -> Reply {
    last_answers(sent).next().unwrap()
}

fn refused(refusal: Refusal) -> Reply {
    Reply::Refused(refusal)
}

#[test]
fn a_stored_model_is_drawn_from_until_the_one_in_flash_is_asked_for() {
    let mut file = FILE.0.to_vec();
    let other = another_model(&mut file);
    let hello = || Request::Hello { protocol: PROTOCOL };
    let in_pieces = file_in_pieces(&file);
    let sent = in_pieces.chain([Request::UseStored, Request::Draw { seed: 5 }, hello(), Request::UseFlash, hello()]);
    let answers: Vec<Reply> = last_answers(sent).take(9).collect();
    let [Reply::Hello(flash), Reply::Using(used_flash), Reply::Hello(ram), drawn, .., Reply::Using(used_ram)] =
        &answers[..]
    else {
        panic!("{answers:?}")
    };
    assert_eq!((flash.model.as_ref(), ram.model.as_ref()), (Ok(used_flash), Ok(used_ram)));
    assert_eq!((used_flash.memory, used_ram.memory), (Memory::Flash, Memory::Ram));
    assert_eq!(used_ram.checksum, checksum_of(&file));
    assert_eq!(*drawn, Reply::Drawn { checksum: other });
}

/// Changes the last layer of a model a little, and gives the checksum of its picture of seed 5.
fn another_model(file: &mut [u8]) -> u32 {
    let end = file.len() - 4;
    file[end - 100_000..end - 90_000].reverse();
    let checksum = pocketgan_core::infer::checksum::crc32(&file[..end]);
    file[end..].copy_from_slice(&checksum.to_le_bytes());
    with_memory(|memory| {
        memory[..file.len()].copy_from_slice(file);
        let (mut picture, mut original) = ([0; 784], [0; 784]);
        Model::parse(&memory[..file.len()]).unwrap().draw(&Latent::of_picture(5), &mut picture);
        flash().draw(&Latent::of_picture(5), &mut original);
        assert_ne!(picture, original);
        pocketgan_core::infer::checksum::crc32(&picture)
    })
}

#[test]
fn every_request_of_an_upload_may_come_twice() {
    let twice = file_in_pieces(&FILE.0).skip(1).flat_map(|request| [request.clone(), request]);
    let sent = [begin(&FILE.0), begin(&FILE.0)].into_iter().chain(twice);
    let answers: Vec<Reply> = last_answers(sent.chain([Request::UseStored, Request::UseStored])).take(2).collect();
    assert!(matches!(answers[..], [Reply::Using(_), Reply::Using(_)]), "{answers:?}");
}

#[test]
fn a_model_that_does_not_fit_is_refused_with_the_room_there_is() {
    let begin = |len| last_answer([Request::Begin { len, checksum: 0 }]);
    assert_eq!(begin(ROOM as u32), Reply::Stored { received: 0 });
    for len in [ROOM as u32 + 1, u32::MAX] {
        assert_eq!(begin(len), refused(Refusal::NoRoom { room: ROOM as u32 }));
    }
}

#[test]
fn a_refused_upload_leaves_the_one_before_in_use() {
    let too_large = Request::Begin { len: u32::MAX, checksum: 0 };
    let hello = Request::Hello { protocol: PROTOCOL };
    let Reply::Hello(after) = last_answer(file_in_pieces(&FILE.0).chain([Request::UseStored, too_large, hello])) else {
        panic!("no description")
    };
    assert_eq!(after.model.unwrap().memory, Memory::Ram);
}

#[test]
fn a_cut_upload_is_not_used() {
    let len = FILE.0.len() as u32;
    let received = 100 * CHUNK as u32;
    let sent = file_in_pieces(&FILE.0).take(101).chain([Request::UseStored, Request::Hello { protocol: PROTOCOL }]);
    let answers: Vec<Reply> = last_answers(sent).take(2).collect();
    let [Reply::Hello(description), Reply::Refused(refusal)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(*refusal, Refusal::Incomplete { received, len });
    assert_eq!(description.model.as_ref().unwrap().memory, Memory::Flash);
}

#[test]
fn a_piece_out_of_its_place_is_refused_and_changes_nothing() {
    let file = &FILE.0;
    let len = file.len() as u32;
    let wrong_place = refused(Refusal::WrongPlace { received: CHUNK as u32, len });
    assert_eq!(last_answer([begin(file), piece(file, 0), piece(file, 2)]), wrong_place);
    let far = Request::Store { offset: u32::MAX, bytes: Chunk::from_slice(&[1; CHUNK]).unwrap() };
    assert_eq!(last_answer([begin(file), piece(file, 0), far]), wrong_place);
    let past_the_end = [Request::Begin { len: 100, checksum: 0 }, piece(file, 0)];
    assert_eq!(last_answer(past_the_end), refused(Refusal::WrongPlace { received: 0, len: 100 }));
}

#[test]
fn a_file_that_is_damaged_or_not_the_one_announced_is_not_used() {
    let mut damaged = FILE.0.to_vec();
    damaged[70_000] ^= 4;
    let answer = last_answer(file_in_pieces(&damaged).chain([Request::UseStored]));
    assert!(matches!(answer, Reply::Refused(Refusal::Model(ModelError::Checksum { .. }))), "{answer:?}");

    let announced = Request::Begin { len: FILE.0.len() as u32, checksum: 5 };
    let sent = [announced].into_iter().chain(file_in_pieces(&FILE.0).skip(1)).chain([Request::UseStored]);
    let wrong = Refusal::WrongFile { expected: 5, got: checksum_of(&FILE.0) };
    assert_eq!(last_answer(sent), refused(wrong));

    let nothing = [Request::Begin { len: 0, checksum: 0 }, Request::UseStored];
    assert_eq!(last_answer(nothing), refused(Refusal::Model(ModelError::NotAModel)));
}

#[test]
fn nothing_is_stored_or_used_before_it_is_begun_and_nothing_changed_while_it_is_in_use() {
    assert_eq!(last_answer([piece(&FILE.0, 0)]), refused(Refusal::NothingBegun));
    assert_eq!(last_answer([Request::UseStored]), refused(Refusal::NothingBegun));
    let sent = file_in_pieces(&FILE.0).chain([Request::UseStored, piece(&FILE.0, 0)]);
    assert_eq!(last_answer(sent), refused(Refusal::NothingBegun));
}
