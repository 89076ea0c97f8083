//! Model files of all kinds, valid and damaged.

use super::*;
use crate::infer::integer::{Precision, layout};
use crate::nn::network::Activation::{self, *};
use crate::random::{Purpose, Stream};

extern crate std;
use std::{vec, vec::Vec};

const WIDTHS: [(u16, u16, Activation); 3] = [(100, 24, LeakyRelu), (24, 40, LeakyRelu), (40, 784, Tanh)];
const KINDS: [Kind; 4] = [Kind::F32, Kind::Int8, Kind::Int4, Kind::Mixed];

/// The table of digit seeds in the files.
const COUNTS: [u8; DIGITS] = [2, 1, 0, 1, 0, 0, 0, 0, 0, 1];
const SEEDS: [u32; 5] = [7, 70_000, 11, u32::MAX, 90];
/// Of a length that is no multiple of the alignment.
const METADATA: &[u8] = br#"{"program":"pocketgan"}"#;

fn digits() -> DigitSeeds<'static> {
    DigitSeeds::new(&COUNTS, &SEEDS).unwrap()
}

fn header(kind: Kind) -> Header {
    let precision = |layer| match kind {
        Kind::F32 => None,
        Kind::Int4 => Some(Precision::Int4),
        Kind::Mixed if layer == 2 => Some(Precision::Int4),
        Kind::Int8 | Kind::Mixed => Some(Precision::Int8),
    };
    // Chosen so that random weights give outputs that are neither all 0 nor all 255.
    let quantisation = |precision| {
        let post_shift = if precision == Precision::Int8 { 20 } else { 16 };
        Quantisation { precision, pre_shift: 4, post_shift, zero_point: 28 }
    };
    let layer = |(index, (inputs, outputs, activation))| LayerHeader {
        inputs,
        outputs,
        activation,
        quantisation: precision(index).map(quantisation),
    };
    Header { layers: WIDTHS.into_iter().enumerate().map(layer).collect() }
}

/// A layer's weights as numbers, `[outputs][inputs]`.
fn weights(layer: &LayerHeader, stream: &mut Stream) -> Vec<i8> {
    let unused_bits = 8 - layer.quantisation.unwrap().precision.bits();
    (0..usize::from(layer.inputs) * usize::from(layer.outputs))
        .map(|_| stream.next_u32() as i8 >> unused_bits)
        .collect()
}

/// Random contents for the sections of `header`.
fn contents(header: &Header) -> Vec<Vec<u8>> {
    let mut stream = Stream::at(1, Purpose::Weights, 0);
    let bytes = |section: Section| {
        let layer = &header.layers[section.layer];
        match (layer.quantisation, section.kind) {
            (None, _) => (0..section.len / 4).flat_map(|_| (0.3 * stream.symmetric()).to_le_bytes()).collect(),
            (_, SectionKind::Bias) => {
                (0..section.len / 4).flat_map(|_| (stream.next_u32() as i32 >> 20).to_le_bytes()).collect()
            }
            (_, SectionKind::Multipliers) => {
                (0..section.len / 2).flat_map(|_| ((stream.next_u32() >> 17) as u16).to_le_bytes()).collect()
            }
            (Some(of), SectionKind::Kernel) => {
                let mut words = vec![0; section.len / 4];
                layout::pack(of.precision, &weights(layer, &mut stream), layer.inputs.into(), &mut words);
                bytemuck::cast_slice(&words).to_vec()
            }
        }
    };
    header.sections().map(bytes).collect()
}

/// A file in memory, aligned as a model must be.
struct File {
    words: Vec<u128>,
    len: usize,
}

impl File {
    fn new(bytes: &[u8]) -> Self {
        let mut words = vec![0; bytes.len().div_ceil(16)];
        bytemuck::cast_slice_mut(&mut words)[..bytes.len()].copy_from_slice(bytes);
        Self { words, len: bytes.len() }
    }

    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.len]
    }
}

fn file_of(header: &Header) -> Vec<u8> {
    file_with(header, &contents(header))
}

fn file_with(header: &Header, contents: &[Vec<u8>]) -> Vec<u8> {
    let sections: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let mut file = vec![0; format::encoded_len(header, &digits(), METADATA).unwrap()];
    format::encode(header, &digits(), &sections, METADATA, &mut file).unwrap();
    file
}

/// `file`, which lacks its checksum, with the right one.
fn with_checksum(mut file: Vec<u8>) -> Vec<u8> {
    file.extend(crate::infer::checksum::crc32(&file).to_le_bytes());
    file
}

/// The error of a damaged file, which is the same where only integer models are accepted.
fn error_of(bytes: &[u8]) -> ModelError {
    let file = File::new(bytes);
    let error = Model::parse(file.bytes()).map(|_| ()).expect_err("a damaged file was accepted");
    let of_integers = IntegerGenerator::parse(file.bytes()).map(|_| ()).expect_err("a damaged file was accepted");
    assert!(of_integers == error || of_integers == ModelError::Floats, "{of_integers}, and {error}");
    error
}

#[test]
fn a_file_gives_back_what_was_written_and_draws() {
    for kind in KINDS {
        let header = header(kind);
        let file = File::new(&file_of(&header));
        let model = Model::parse(file.bytes()).unwrap();
        assert_eq!(*model.header(), header);
        assert_eq!(model.digits(), digits());
        assert_eq!((model.metadata(), model.file_len()), (METADATA, file.bytes().len()));
        assert_eq!(model.kind(), kind);
        let floats = (kind == Kind::F32).then_some(ModelError::Floats);
        assert_eq!(model.integers().err(), floats);
        let integers = IntegerGenerator::parse_with_digits(file.bytes());
        assert_eq!(integers.map(|(_, digits)| digits), floats.map_or(Ok(model.digits()), Err));
        let (mut first, mut second) = ([0; 784], [0; 784]);
        model.draw(&Latent::of_picture(1), &mut first);
        model.draw(&Latent::of_picture(2), &mut second);
        assert_ne!(first, second);
    }
}

#[test]
fn the_file_is_encoded_as_specified() {
    let file = file_of(&header(Kind::Mixed));
    let mut header = vec![3];
    header.extend([100, 24, 1, 1, 0, 4, 20, 28]);
    header.extend([24, 40, 1, 1, 0, 4, 20, 28]);
    // 784 is 6 * 128 + 16.
    header.extend([40, 0x90, 6, 2, 1, 1, 4, 16, 28]);
    header.extend(COUNTS);
    assert_eq!(file[..8], *b"\x89pgan\r\n\x1a");
    assert_eq!(file[8..12], [5, 0, header.len() as u8, 0]);
    assert_eq!(file[12..16], (file.len() as u32).to_le_bytes());
    assert_eq!(file[16..20], (METADATA.len() as u32).to_le_bytes());
    assert_eq!(file[20..20 + header.len()], header);
    let table_at = (20 + header.len()).next_multiple_of(16);
    assert!(file[20 + header.len()..table_at].iter().all(|&byte| byte == 0));
    assert_eq!(file[table_at..][..20], SEEDS.map(u32::to_le_bytes).concat());
    assert_eq!(file[table_at + 20..][..12], [0; 12]);
    let checksum_at = file.len() - 4;
    assert_eq!(file[checksum_at - METADATA.len()..checksum_at], *METADATA);
    assert_eq!((checksum_at - METADATA.len()) % 16, 0);
}

/// `file` with another stated length of its metadata, and a checksum that is right.
fn with_metadata_len(mut file: Vec<u8>, len: u32) -> Vec<u8> {
    file[16..20].copy_from_slice(&len.to_le_bytes());
    file.truncate(file.len() - 4);
    with_checksum(file)
}

#[test]
fn metadata_of_another_length_than_stated_is_an_error_despite_a_valid_checksum() {
    let len = METADATA.len() as u32;
    for kind in KINDS {
        let file = file_of(&header(kind));
        for stated in [0, len - 1, len + 1, file.len() as u32, u32::MAX] {
            assert_eq!(error_of(&with_metadata_len(file.clone(), stated)), ModelError::Metadata, "{stated}");
        }
        assert!(Model::parse(File::new(&with_metadata_len(file, len)).bytes()).is_ok());
    }
}

#[test]
fn a_file_without_metadata_is_valid() {
    let header = header(Kind::Int8);
    let contents = contents(&header);
    let sections: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let mut file = vec![0; format::encoded_len(&header, &digits(), &[]).unwrap()];
    format::encode(&header, &digits(), &sections, &[], &mut file).unwrap();
    let file = File::new(&file);
    assert_eq!(Model::parse(file.bytes()).unwrap().metadata(), []);
}

#[test]
fn sections_that_reach_beyond_the_end_are_an_error_despite_a_valid_checksum() {
    let mut file = file_of(&header(Kind::F32));
    file.truncate(file.len() - 4 - METADATA.len() - 16);
    let len = file.len() as u32 + 4;
    file[12..16].copy_from_slice(&len.to_le_bytes());
    assert_eq!(error_of(&with_metadata_len(with_checksum(file), 0)), ModelError::Header);
}

#[test]
fn a_table_with_too_many_seeds_of_a_digit_is_an_error_despite_a_valid_checksum() {
    let file = file_of(&header(Kind::Int8));
    let counts_at = 20 + usize::from(file[10]) - DIGITS;
    assert_eq!(file[counts_at..][..DIGITS], COUNTS);
    for count in [17, 255] {
        let mut damaged = file[..file.len() - 4].to_vec();
        damaged[counts_at + 4] = count;
        assert_eq!(error_of(&with_checksum(damaged)), ModelError::Digits, "{count}");
    }
    // Sixteen are allowed, but the table has none of them.
    let mut damaged = file[..file.len() - 4].to_vec();
    damaged[counts_at + 4] = 16;
    assert_eq!(error_of(&with_checksum(damaged)), ModelError::Header);
}

/// A file whose classes have names.
fn named_file() -> Vec<u8> {
    let digits = DigitSeeds::named(&[2, 0], &[7, 9], b"\x03cat\x01B").unwrap();
    let (header, contents) = (header(Kind::Int8), contents(&header(Kind::Int8)));
    let sections: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let mut file = vec![0; format::encoded_len(&header, &digits, METADATA).unwrap()];
    format::encode(&header, &digits, &sections, METADATA, &mut file).unwrap();
    file
}

#[test]
fn a_file_with_names_has_the_next_version_and_one_without_is_as_before() {
    let file = File::new(&named_file());
    let model = Model::parse(file.bytes()).unwrap();
    assert_eq!((file.bytes()[8], format::version_with(&model.digits())), (6, 6));
    assert_eq!((model.digits().class_of("B"), model.digits().of(0)), (Some(1), &[7, 9][..]));
    assert_eq!(model.metadata(), METADATA);
    assert_eq!(file_of(&header(Kind::Int8))[8], 5);
}

#[test]
fn damaged_classes_are_an_error_despite_a_valid_checksum() {
    let file = named_file();
    let end = 20 + usize::from(file[10]);
    assert_eq!(file[end - 9..end], *b"\x02\x02\0\x03cat\x01B");
    for (at, byte, error) in [
        (end - 9, 0, ModelError::Names),
        (end - 9, 1, ModelError::Names),
        (end - 9, 200, ModelError::Header),
        (end - 8, 17, ModelError::Digits),
        (end - 6, 2, ModelError::Names),
        (end - 5, 0xff, ModelError::Names),
        (end - 2, 0, ModelError::Names),
        // Counts of ten digits are expected.
        (8, 5, ModelError::Header),
        (8, 7, ModelError::Version { expected: 5, got: 7 }),
    ] {
        let mut damaged = file[..file.len() - 4].to_vec();
        damaged[at] = byte;
        assert_eq!(error_of(&with_checksum(damaged)), error, "{byte} at {at}");
    }
}

/// The arithmetic of `integer.rs`, step by step, in 64 bits.
fn reference(header: &Header, contents: &[Vec<u8>], latent: &Latent) -> Vec<u8> {
    // The same numbers as in the contents.
    let mut stream = Stream::at(1, Purpose::Weights, 0);
    let mut x: Vec<i64> = latent.0.iter().map(|&z| (((i64::from(z) + 64) >> 7) + 128).clamp(0, 255)).collect();
    for (layer, sections) in header.layers.iter().zip(contents.chunks(3)) {
        let weights = weights(layer, &mut stream);
        let post_shift = layer.quantisation.unwrap().post_shift;
        let biases = sections[1].as_chunks().0.iter().map(|&b| i32::from_le_bytes(b));
        let multipliers = sections[2].as_chunks().0.iter().map(|&b| u16::from_le_bytes(b));
        (0..2 * usize::from(layer.outputs)).for_each(|_| _ = stream.next_u32());
        let output = |(row, (bias, multiplier)): (&[i8], (i32, u16))| {
            let sum: i64 = i64::from(bias) + row.iter().zip(&x).map(|(&w, &x)| i64::from(w) * x).sum::<i64>();
            let mut t = (sum >> 4).clamp(-32_768, 32_767);
            if t < 0 && layer.activation == LeakyRelu {
                t = (t * 5243 + (1 << 18)) >> 19;
            }
            let scaled = (t * i64::from(multiplier) + (1 << (post_shift - 1))) >> post_shift;
            if layer.activation == Tanh { tanh(scaled) } else { (scaled + 28).clamp(0, 255) }
        };
        x = weights.chunks(layer.inputs.into()).zip(biases.zip(multipliers)).map(output).collect();
    }
    x.iter().map(|&x| x as u8).collect()
}

fn tanh(x: i64) -> i64 {
    libm::round(127.5 + 127.5 * libm::tanh(x.clamp(-512, 511) as f64 / 128.0)) as i64
}

fn drawn(model: &Model, latent: &Latent) -> Picture {
    let mut picture = [0; 784];
    model.draw(latent, &mut picture);
    picture
}

#[test]
fn pictures_of_integer_models_follow_the_specified_arithmetic() {
    for kind in [Kind::Int8, Kind::Int4, Kind::Mixed] {
        let header = header(kind);
        let file = File::new(&file_of(&header));
        let model = Model::parse(file.bytes()).unwrap();
        for seed in 0..20 {
            let latent = Latent::of_picture(seed);
            let mut picture = [0; 784];
            IntegerGenerator::parse(file.bytes()).unwrap().draw(&latent, &mut picture);
            assert_eq!(picture, drawn(&model, &latent));
            assert_eq!(picture[..], reference(&header, &contents(&header), &latent), "{kind}");
        }
    }
}

#[test]
fn drawing_reports_each_step_when_it_is_done() {
    let file = File::new(&file_of(&header(Kind::Mixed)));
    let model = Model::parse(file.bytes()).unwrap();
    let mut steps = vec![];
    model.integers().unwrap().draw_in_steps(&Latent::of_picture(1), &mut [0; 784], |step| steps.push(step));
    assert_eq!(steps, [0, 1, 2, 3]);
}

#[test]
fn every_flipped_bit_is_an_error() {
    for kind in KINDS {
        let mut file = file_of(&header(kind));
        // All of the header and the metadata, and a stride that shares no factor with the alignment between them.
        let last = file.len() - 64;
        for at in (0..256).chain((256..last).step_by(41)).chain(last..file.len()) {
            let flip = 1 << (at % 8);
            file[at] ^= flip;
            error_of(&file);
            file[at] ^= flip;
        }
        assert!(Model::parse(File::new(&file).bytes()).is_ok());
    }
}

#[test]
fn every_truncation_is_an_error() {
    for kind in KINDS {
        let file = file_of(&header(kind));
        for len in (0..300).chain((300..file.len() - 64).step_by(997)).chain(file.len() - 64..file.len()) {
            error_of(&file[..len]);
        }
        assert_eq!(error_of(&[]), ModelError::NotAModel);
        assert_eq!(error_of(&file[..3]), ModelError::Length { expected: 24, got: 3 });
        let (expected, got) = (file.len() as u32, file.len() as u32 - 1);
        assert_eq!(error_of(&file[..file.len() - 1]), ModelError::Length { expected, got });
    }
}

#[test]
fn appended_bytes_are_an_error() {
    for kind in KINDS {
        let mut file = file_of(&header(kind));
        let expected = file.len() as u32;
        file.push(0);
        assert_eq!(error_of(&file), ModelError::Length { expected, got: expected + 1 });
    }
}

#[test]
fn other_files_and_other_versions_are_distinguished_from_damage() {
    assert_eq!(error_of(b"PNG, say, and more than twenty bytes"), ModelError::NotAModel);
    let mut file = file_of(&header(Kind::Int8));
    for got in [4, 7] {
        file[8] = got;
        assert_eq!(error_of(&file), ModelError::Version { expected: 5, got: got.into() });
    }
    file[8] = 5;
    file[5000] ^= 1;
    assert!(matches!(error_of(&file), ModelError::Checksum { .. }));
}

#[test]
fn a_misaligned_file_is_an_error() {
    let mut shifted = vec![0];
    shifted.extend(file_of(&header(Kind::Int8)));
    let shifted = File::new(&shifted);
    assert_eq!(Model::parse(&shifted.bytes()[1..]).map(|_| ()).unwrap_err(), ModelError::Misaligned);
}

/// The error of an int8 file whose header was changed before it was encoded.
fn error_with(change: impl FnOnce(&mut Header)) -> ModelError {
    let mut header = header(Kind::Int8);
    change(&mut header);
    error_of(&file_of(&header))
}

#[test]
fn headers_that_form_no_generator_are_an_error_despite_a_valid_checksum() {
    assert_eq!(error_with(|header| header.layers.clear()), ModelError::Layers);
    assert_eq!(error_with(|header| header.layers[0].inputs = 104), ModelError::Layers);
    assert_eq!(error_with(|header| header.layers[1].outputs = 48), ModelError::Layers);
    assert_eq!(error_with(|header| header.layers[2].activation = Linear), ModelError::Layers);
    assert_eq!(error_with(|header| header.layers[1].activation = Tanh), ModelError::Layers);
    let too_wide = |header: &mut Header| (header.layers[0].outputs, header.layers[1].inputs) = (264, 264);
    assert_eq!(error_with(too_wide), ModelError::Layers);
    assert_eq!(error_with(|header| header.layers[1].quantisation = None), ModelError::Kinds);
}

#[test]
fn integer_layers_that_are_not_whole_groups_are_an_error() {
    let width = |width| move |header: &mut Header| (header.layers[0].outputs, header.layers[1].inputs) = (width, width);
    assert_eq!(error_of(&file_of_zeros(width(20))), ModelError::Groups { layer: 0 });
    assert_eq!(error_of(&file_of_zeros(width(23))), ModelError::Groups { layer: 0 });
    Model::parse(File::new(&file_of_zeros(width(32))).bytes()).map(|_| ()).unwrap();
}

/// A mixed model whose weights are all zero, in shapes that the kernels may not support.
fn file_of_zeros(change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = header(Kind::Mixed);
    change(&mut header);
    let contents: Vec<Vec<u8>> = header.sections().map(|section| vec![0; section.len]).collect();
    file_with(&header, &contents)
}

#[test]
fn numbers_out_of_range_are_an_error_despite_a_valid_checksum() {
    let shift = |header: &mut Header| header.layers[2].quantisation.as_mut().unwrap().post_shift = 0;
    assert_eq!(error_with(shift), ModelError::Range { layer: 2 });
    let header = header(Kind::Int4);
    for (section, bytes) in [(4, &(MAX_BIAS + 1).to_le_bytes()[..]), (5, &(MAX_MULTIPLIER + 1).to_le_bytes())] {
        let mut contents = contents(&header);
        contents[section][4..4 + bytes.len()].copy_from_slice(bytes);
        assert_eq!(error_of(&file_with(&header, &contents)), ModelError::Range { layer: 1 });
    }
}

#[test]
fn encoding_rejects_sections_and_buffers_of_the_wrong_length() {
    let header = header(Kind::F32);
    let contents = contents(&header);
    let mut sections: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    let mut file = vec![0; format::encoded_len(&header, &digits(), METADATA).unwrap()];
    let short = file.len() - 1;
    let encode = |sections: &[&[u8]], file: &mut [u8]| format::encode(&header, &digits(), sections, METADATA, file);
    assert!(matches!(encode(&sections, &mut file[..short]), Err(ModelError::Room { .. })));
    sections[3] = &sections[3][1..];
    assert_eq!(encode(&sections, &mut file), Err(ModelError::SectionLength { section: 3 }));
}
