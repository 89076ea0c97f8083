//! Words of drawn letters: each letter turns into another drawing of itself, and a long word goes on page by page.
//!
//! The letters are classes of the model whose names are single characters; without a word, all classes are shown in turn.

use crate::player::{Frame, Player};
use crate::screen::Screen;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{DigitSeeds, IntegerGenerator};
use pocketgan_core::infer::morph;
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

/// Steps in which a letter turns into the next.
pub const STEPS: u32 = 8;

/// Milliseconds that a page stays on the screen.
pub const PAGE_MILLISECONDS: u32 = 1500;

/// Milliseconds that a frame between two pages stays, in addition to the time that drawing takes.
pub const MORPH_MILLISECONDS: u32 = 20;

/// Neighbouring places that show the same letter use seeds this far apart in the table.
const PLACE_OFFSET: u32 = 4;

/// Shows `lettering` on `screen`, until `player` ends it.
///
/// # Errors
/// The screen's own.
pub fn run<S: Screen>(
    generator: &IntegerGenerator,
    screen: &mut S,
    mut lettering: Lettering,
    player: &mut impl Player<S>,
) -> Result<(), S::Error> {
    let mut picture = [0; PIXELS];
    loop {
        for place in 0..screen.number_count() {
            draw_place(generator, &lettering, place, &mut picture);
            screen.number(place, &picture)?;
            if let (None, Some(seed)) = (lettering.weight(), lettering.seed_of_page(lettering.page, place)) {
                player.digit(seed, &picture);
            }
        }
        let milliseconds = if lettering.weight().is_none() { PAGE_MILLISECONDS } else { MORPH_MILLISECONDS };
        if player.hold(screen, lettering.frame(), milliseconds)?.is_break() {
            return Ok(());
        }
        lettering.advance();
    }
}

/// Draws the letter in a place, or nothing where there is none.
fn draw_place(generator: &IntegerGenerator, lettering: &Lettering, place: usize, picture: &mut Picture) {
    match lettering.latent(place) {
        Some(latent) => generator.draw(&latent, picture),
        None => picture.fill(0),
    }
}

/// Pages of letters: at one of them, or between two.
#[derive(Clone, Debug)]
pub struct Lettering<'a> {
    digits: DigitSeeds<'a>,
    /// None for all classes.
    word: Option<&'a str>,
    /// Letters on a page.
    places: usize,
    /// Pages that were shown before this one; after the last page of the word the first follows.
    page: u32,
    step: u32,
}

impl<'a> Lettering<'a> {
    /// The letters of `word`, or all classes without one, in `places` on a page. None if there are no places or no letters.
    pub fn new(word: Option<&'a str>, places: usize, digits: DigitSeeds<'a>) -> Option<Self> {
        let lettering = Self { digits, word, places, page: 0, step: 0 };
        (places > 0 && lettering.len() > 0).then_some(lettering)
    }

    /// The first character of the word that the model has no seed for.
    pub fn missing(&self) -> Option<char> {
        self.word?.chars().find(|&letter| self.class_of(letter).is_none_or(|class| self.digits.of(class).is_empty()))
    }

    /// The number of letters.
    fn len(&self) -> usize {
        self.word.map_or(self.digits.counts().len(), |word| word.chars().count())
    }

    fn class_of(&self, letter: char) -> Option<u8> {
        self.digits.class_of(letter.encode_utf8(&mut [0; 4]))
    }

    /// The class of letter `index`; none after the last.
    fn class(&self, index: usize) -> Option<u8> {
        match self.word {
            Some(word) => self.class_of(word.chars().nth(index)?),
            None => u8::try_from(index).ok(),
        }
    }

    /// The seed that draws the letter in `place` of a page; none if there is no letter.
    pub fn seed_of_page(&self, page: u32, place: usize) -> Option<u32> {
        let pages = self.len().div_ceil(self.places) as u32;
        let class = self.class((page % pages) as usize * self.places + place)?;
        // Each time that the page comes again, its letters are drawn in the next way.
        self.digits.seed(class, page / pages + PLACE_OFFSET * place as u32)
    }

    /// The progress to the next page, from 0 to [`morph::FULL_WEIGHT`]; none at a page.
    fn weight(&self) -> Option<u16> {
        (self.step > 0).then(|| morph::weight(self.step, STEPS))
    }

    /// The latent of what is in `place`; none if there is nothing.
    pub fn latent(&self, place: usize) -> Option<Latent> {
        let now = self.seed_of_page(self.page, place).map(Latent::of_picture);
        let Some(weight) = self.weight() else { return now };
        match (now, self.seed_of_page(self.page + 1, place).map(Latent::of_picture)) {
            (Some(now), Some(next)) => Some(now.blend(&next, weight)),
            // What is not there on both pages appears or vanishes.
            (_, next) => next,
        }
    }

    /// What a screen shows of it.
    fn frame(&self) -> Frame {
        match self.weight() {
            None => Frame::Page(self.page),
            Some(weight) => Frame::PageMorph { from: self.page, to: self.page + 1, weight },
        }
    }

    /// Takes one step.
    pub fn advance(&mut self) {
        self.step += 1;
        if self.step == STEPS {
            (self.page, self.step) = (self.page.wrapping_add(1), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [u8; 3] = [2, 1, 2];
    const SEEDS: [u32; 5] = [10, 11, 20, 30, 31];
    const NAMES: &[u8] = b"\x01A\x01B\x01C";

    fn letters() -> DigitSeeds<'static> {
        DigitSeeds::named(&COUNTS, &SEEDS, NAMES).unwrap()
    }

    fn seeds<const N: usize>(lettering: &Lettering, page: u32) -> [Option<u32>; N] {
        core::array::from_fn(|place| lettering.seed_of_page(page, place))
    }

    #[test]
    fn a_word_that_fits_is_drawn_again_in_the_next_ways() {
        let word = Lettering::new(Some("CAB"), 4, letters()).unwrap();
        assert_eq!(seeds(&word, 0), [Some(30), Some(10), Some(20), None]);
        assert_eq!(seeds(&word, 1), [Some(31), Some(11), Some(20), None]);
        assert_eq!(word.missing(), None);
    }

    #[test]
    fn a_longer_word_goes_on_page_by_page() {
        let word = Lettering::new(Some("ABCA"), 3, letters()).unwrap();
        assert_eq!(seeds(&word, 0), [Some(10), Some(20), Some(30)]);
        assert_eq!(seeds(&word, 1), [Some(10), None, None]);
        assert_eq!(seeds(&word, 2), [Some(11), Some(20), Some(31)]);
    }

    #[test]
    fn without_a_word_all_classes_are_shown() {
        let all = Lettering::new(None, 2, letters()).unwrap();
        assert_eq!((seeds(&all, 0), seeds(&all, 1)), ([Some(10), Some(20)], [Some(30), None]));
        let digits = Lettering::new(Some("7"), 1, DigitSeeds::new(&[0; 10], &[]).unwrap()).unwrap();
        assert_eq!((digits.missing(), digits.seed_of_page(0, 0)), (Some('7'), None));
    }

    #[test]
    fn letters_turn_into_those_of_the_next_page_and_empty_places_stay_empty() {
        let mut word = Lettering::new(Some("ABCA"), 3, letters()).unwrap();
        let [first, second] = [10, 11].map(Latent::of_picture);
        (0..STEPS).for_each(|_| word.advance());
        assert_eq!((word.page, word.weight(), word.latent(0)), (1, None, Some(first.clone())));
        assert_eq!(word.latent(1), None);
        for step in 1..STEPS {
            word.advance();
            let weight = morph::weight(step, STEPS);
            assert_eq!(word.latent(0), Some(first.blend(&second, weight)), "step {step}");
            assert_eq!(word.latent(1), Some(Latent::of_picture(20)), "it appears");
        }
        assert_eq!(word.frame(), Frame::PageMorph { from: 1, to: 2, weight: morph::weight(7, STEPS) });
    }

    #[test]
    fn characters_without_a_class_are_missing_and_no_letters_are_no_lettering() {
        assert_eq!(Lettering::new(Some("ABXY"), 4, letters()).unwrap().missing(), Some('X'));
        assert!(Lettering::new(Some(""), 4, letters()).is_none());
        assert!(Lettering::new(Some("A"), 0, letters()).is_none());
    }
}
