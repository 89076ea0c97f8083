//! Alterations of images that people notice.

use pocketgan_core::infer::picture::Picture;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::recipe::{PIXELS, SIDE};

/// Pixels at least this bright are ink.
const INK: u8 = 128;

/// Salt and pepper: each pixel becomes black or white with probability `share`.
pub(super) fn speckled(pictures: &[Picture], share: f32) -> Vec<Picture> {
    altered(pictures, |picture, stream| {
        picture.map(|pixel| if chance(stream, share) { stream.below(2) as u8 * 255 } else { pixel })
    })
}

/// Each pixel of a stroke that touches the background is inverted with probability `share`.
pub(super) fn ragged(pictures: &[Picture], share: f32) -> Vec<Picture> {
    altered(pictures, |picture, stream| {
        std::array::from_fn(|at| match is_edge(picture, at) && chance(stream, share) {
            true => 255 - picture[at],
            false => picture[at],
        })
    })
}

/// The mean of each pixel and its eight neighbours.
pub(super) fn blurred(pictures: &[Picture]) -> Vec<Picture> {
    altered(pictures, |picture, _| {
        std::array::from_fn(|at| (square(at).map(|at| u32::from(pixel(picture, at))).sum::<u32>() / 9) as u8)
    })
}

/// The first `count` of `images` that show no `digit`.
pub(super) fn without(digit: u8, images: &[(Picture, u8)], count: usize) -> Vec<Picture> {
    images.iter().filter(|&&(_, label)| label != digit).map(|&(picture, _)| picture).take(count).collect()
}

/// The first half of `pictures`, twice.
pub(super) fn halved(pictures: &[Picture]) -> Vec<Picture> {
    pictures[..pictures.len() / 2].repeat(2)
}

fn altered(pictures: &[Picture], alter: impl Fn(&Picture, &mut Stream) -> Picture) -> Vec<Picture> {
    (0..).zip(pictures).map(|(index, picture)| alter(picture, &mut Stream::at(7, Purpose::Shift, index))).collect()
}

fn chance(stream: &mut Stream, probability: f32) -> bool {
    (stream.next_u32() as f32) < probability * 2.0_f32.powi(32)
}

/// A row and a column, which may lie outside of the picture.
type Position = (i32, i32);

fn position(at: usize) -> Position {
    ((at / SIDE) as i32, (at % SIDE) as i32)
}

/// The pixel at a position; outside there is background.
fn pixel(picture: &Picture, (y, x): Position) -> u8 {
    let sides = 0..SIDE as i32;
    if sides.contains(&y) && sides.contains(&x) { picture[y as usize * SIDE + x as usize] } else { 0 }
}

/// The position of pixel `at` and the eight around it.
fn square(at: usize) -> impl Iterator<Item = Position> {
    let (y, x) = position(at);
    (y - 1..=y + 1).flat_map(move |y| (x - 1..=x + 1).map(move |x| (y, x)))
}

/// Whether pixel `at` is ink beside, above or below background.
fn is_edge(picture: &Picture, at: usize) -> bool {
    let (y, x) = position(at);
    let neighbours = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)];
    picture[at] >= INK && neighbours.iter().any(|&neighbour| pixel(picture, neighbour) < INK)
}

/// Ink in rows and columns 10 to 14.
fn block() -> Picture {
    std::array::from_fn(|at| if (10..15).contains(&(at / SIDE)) && (10..15).contains(&(at % SIDE)) { 255 } else { 0 })
}

fn differing(a: &Picture, b: &Picture) -> usize {
    (0..PIXELS).filter(|&at| a[at] != b[at]).count()
}

#[test]
fn ragged_strokes_differ_at_their_edges_only() {
    assert_eq!(differing(&ragged(&[block()], 1.0)[0], &block()), 16);
    assert_eq!(differing(&ragged(&[block()], 0.0)[0], &block()), 0);
}

#[test]
fn speckle_covers_the_given_share_of_the_pixels_with_black_and_white() {
    let grey = vec![[100; PIXELS]; 100];
    let changed: Vec<u8> = speckled(&grey, 0.05).into_iter().flatten().filter(|&pixel| pixel != 100).collect();
    assert!((3600..4200).contains(&changed.len()), "{}", changed.len());
    let white = changed.iter().filter(|&&pixel| pixel == 255).count();
    assert!(changed.iter().all(|&pixel| pixel == 255 || pixel == 0) && white.abs_diff(changed.len() / 2) < 150);
}

#[test]
fn blur_is_the_mean_of_nine_pixels() {
    let blurred = blurred(&[block()])[0];
    assert_eq!([0, 10 * SIDE + 10, 10 * SIDE + 12, 12 * SIDE + 12].map(|at| blurred[at]), [0, 113, 170, 255]);
}
