use super::*;
use pocketgan_core::infer::latent::Latent;

fn checksum_of(file: &[u8]) -> u32 {
    u32::from_le_bytes(*file.last_chunk().unwrap())
}

fn begin(file: &[u8]) -> Request {
    Request::BeginUpload { len: file.len() as u32, checksum: checksum_of(file) }
}

fn chunk(file: &[u8], index: usize) -> Request {
    let bytes = file.chunks(CHUNK).nth(index).unwrap().iter().copied().collect();
    Request::Upload { offset: (index * CHUNK) as u32, bytes }
}

/// The requests that upload a model file.
pub(super) fn upload_of(file: &[u8]) -> impl Iterator<Item = Request> {
    [begin(file)].into_iter().chain((0..file.len().div_ceil(CHUNK)).map(|index| chunk(file, index)))
}

/// The replies to `sent`, the last one first.
fn last_answers(sent: impl IntoIterator<Item = Request>) -> impl Iterator<Item = Reply> {
    answers(&requests(sent)).into_iter().rev().map(|(_, reply)| reply)
}

fn last_answer(sent: impl IntoIterator<Item = Request>) -> Reply {
    last_answers(sent).next().unwrap()
}

fn error(error: DeviceError) -> Reply {
    Reply::Error(error)
}

#[test]
fn an_uploaded_model_is_used_until_the_one_in_flash_is_requested() {
    let mut file = FILE.to_vec();
    let other = another_model(&mut file);
    let hello = || Request::Hello { protocol: PROTOCOL };
    let sent =
        upload_of(&file).chain([Request::UseUploaded, Request::Draw { seed: 5 }, hello(), Request::UseFlash, hello()]);
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

/// Changes the last layer of a model a little, and returns the checksum of its picture of seed 5.
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
fn every_request_of_an_upload_may_be_repeated() {
    let twice = upload_of(FILE).skip(1).flat_map(|request| [request.clone(), request]);
    let sent = [begin(FILE), begin(FILE)].into_iter().chain(twice);
    let answers: Vec<Reply> = last_answers(sent.chain([Request::UseUploaded, Request::UseUploaded])).take(2).collect();
    assert!(matches!(answers[..], [Reply::Using(_), Reply::Using(_)]), "{answers:?}");
}

#[test]
fn a_model_that_does_not_fit_is_rejected_with_the_capacity() {
    let begin = |len| last_answer([Request::BeginUpload { len, checksum: 0 }]);
    assert_eq!(begin(CAPACITY as u32), Reply::Received { received: 0 });
    for len in [CAPACITY as u32 + 1, u32::MAX] {
        assert_eq!(begin(len), error(DeviceError::ModelTooLarge { capacity: CAPACITY as u32 }));
    }
}

#[test]
fn a_rejected_upload_leaves_the_previous_one_in_use() {
    let too_large = Request::BeginUpload { len: u32::MAX, checksum: 0 };
    let hello = Request::Hello { protocol: PROTOCOL };
    let Reply::Hello(after) = last_answer(upload_of(FILE).chain([Request::UseUploaded, too_large, hello])) else {
        panic!("no description")
    };
    assert_eq!(after.model.unwrap().memory, Memory::Ram);
}

#[test]
fn an_incomplete_upload_is_not_used() {
    let len = FILE.len() as u32;
    let received = 100 * CHUNK as u32;
    let sent = upload_of(FILE).take(101).chain([Request::UseUploaded, Request::Hello { protocol: PROTOCOL }]);
    let answers: Vec<Reply> = last_answers(sent).take(2).collect();
    let [Reply::Hello(description), Reply::Error(error)] = &answers[..] else { panic!("{answers:?}") };
    assert_eq!(*error, DeviceError::Incomplete { received, len });
    assert_eq!(description.model.as_ref().unwrap().memory, Memory::Flash);
}

#[test]
fn a_chunk_at_a_wrong_offset_is_rejected_and_changes_nothing() {
    let file = FILE;
    let len = file.len() as u32;
    let wrong_offset = error(DeviceError::WrongOffset { received: CHUNK as u32, len });
    assert_eq!(last_answer([begin(file), chunk(file, 0), chunk(file, 2)]), wrong_offset);
    let far = Request::Upload { offset: u32::MAX, bytes: Chunk::from_slice(&[1; CHUNK]).unwrap() };
    assert_eq!(last_answer([begin(file), chunk(file, 0), far]), wrong_offset);
    let past_the_end = [Request::BeginUpload { len: 100, checksum: 0 }, chunk(file, 0)];
    assert_eq!(last_answer(past_the_end), error(DeviceError::WrongOffset { received: 0, len: 100 }));
}

#[test]
fn a_file_that_is_damaged_or_was_not_announced_is_not_used() {
    let mut damaged = FILE.to_vec();
    damaged[70_000] ^= 4;
    let answer = last_answer(upload_of(&damaged).chain([Request::UseUploaded]));
    assert!(matches!(answer, Reply::Error(DeviceError::Model(ModelError::Checksum { .. }))), "{answer:?}");

    let announced = Request::BeginUpload { len: FILE.len() as u32, checksum: 5 };
    let sent = [announced].into_iter().chain(upload_of(FILE).skip(1)).chain([Request::UseUploaded]);
    let wrong = DeviceError::WrongChecksum { expected: 5, got: checksum_of(FILE) };
    assert_eq!(last_answer(sent), error(wrong));

    let nothing = [Request::BeginUpload { len: 0, checksum: 0 }, Request::UseUploaded];
    assert_eq!(last_answer(nothing), error(DeviceError::Model(ModelError::NotAModel)));
}

#[test]
fn chunks_are_rejected_before_an_upload_has_begun_and_while_its_model_is_in_use() {
    assert_eq!(last_answer([chunk(FILE, 0)]), error(DeviceError::NoUpload));
    assert_eq!(last_answer([Request::UseUploaded]), error(DeviceError::NoUpload));
    let sent = upload_of(FILE).chain([Request::UseUploaded, chunk(FILE, 0)]);
    assert_eq!(last_answer(sent), error(DeviceError::NoUpload));
}
