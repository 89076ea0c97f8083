//! Placementments of digits: one as large as half of the display allows, with small ones in the other half; or the digits of
//! a number in a row.

use crate::digit::Placement;
use embedded_graphics_core::geometry::{Point, Size};
use embedded_graphics_core::primitives::Rectangle;
use pocketgan_core::recipe::SIDE;

const DIGIT: u32 = SIDE as u32;

/// The most digits of a number.
const MAX_NUMBER_DIGITS: u32 = 4;

/// The placements of a scene's digits, and of a number's, on a display of some size. They do not overlap, and start at even
/// columns: panels with two pixels in a byte need not split one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    large: Placement,
    small: Grid,
    number: Grid,
}

/// Digits in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Grid {
    top_left: Point,
    cell: Size,
    columns: u32,
    rows: u32,
    scale: u32,
}

impl Layout {
    /// The layout for a display of `size`: the large digit left of the small ones if it is wide, above them if it is high,
    /// and alone where there is no room for others. None if the display is smaller than a digit.
    pub fn of(size: Size) -> Option<Self> {
        let (first, second) = halves(size);
        let whole = Rectangle::new(Point::zero(), size);
        let (large, small) = match scale_in(first.size) {
            0 => (largest_in(whole)?, Grid::NONE),
            scale => (largest_in(first)?, Grid::within(second, (scale / 2).max(1))),
        };
        Some(Self { large, small, number: Grid::row(whole) })
    }

    /// How many digits a number has: 4, or fewer where there is no room.
    pub fn number_count(&self) -> usize {
        self.number.columns as usize
    }

    /// The placement of a number's digit `index`, counted from 0 at the left; none after the last.
    pub fn number(&self, index: usize) -> Option<Placement> {
        (index < self.number_count()).then(|| self.number.placement(index as u32))
    }

    /// The placement of the large digit.
    pub fn large(&self) -> Placement {
        self.large
    }

    /// How many small digits there are.
    pub fn small_count(&self) -> usize {
        (self.small.columns * self.small.rows) as usize
    }

    /// The placement of small digit `index`, counted row by row from 0; none after the last.
    pub fn small(&self, index: usize) -> Option<Placement> {
        (index < self.small_count()).then(|| self.small.placement(index as u32))
    }
}

/// The half for the large digit and the half for the small ones. The first has an even width.
fn halves(Size { width, height }: Size) -> (Rectangle, Rectangle) {
    let (first, other) = if width >= height {
        let left = even(width / 2);
        (Size::new(left, height), Size::new(left, 0))
    } else {
        (Size::new(width, height / 2), Size::new(0, height / 2))
    };
    let second = Size::new(width, height) - other;
    (Rectangle::new(Point::zero(), first), Rectangle::new(Point::zero() + other, second))
}

/// The largest even number that is not larger.
fn even(columns: u32) -> u32 {
    columns & !1
}

/// How many times a digit fits into `size` in both directions.
fn scale_in(size: Size) -> u32 {
    size.width.min(size.height) / DIGIT
}

/// The largest digit in the middle of `area`.
fn largest_in(area: Rectangle) -> Option<Placement> {
    let scale = scale_in(area.size);
    (scale > 0).then(|| Placement { top_left: area.top_left + centring(area.size, scale), scale })
}

/// The offset of a digit's corner in an area of which it is in the middle.
fn centring(size: Size, scale: u32) -> Size {
    let margin = size - Size::new_equal(scale * DIGIT);
    Size::new(even(margin.width / 2), margin.height / 2)
}

impl Grid {
    const NONE: Self = Self { top_left: Point::zero(), cell: Size::zero(), columns: 0, rows: 0, scale: 1 };

    /// As many digits as fit into `area`, spread over it.
    fn within(area: Rectangle, scale: u32) -> Self {
        let (columns, rows) = (area.size.width / (DIGIT * scale), area.size.height / (DIGIT * scale));
        if columns == 0 || rows == 0 {
            return Self::NONE;
        }
        let cell = Size::new(even(area.size.width / columns), area.size.height / rows);
        Self { top_left: area.top_left, cell, columns, rows, scale }
    }

    /// Up to [`MAX_NUMBER_DIGITS`] digits side by side, as large as `area` allows.
    fn row(area: Rectangle) -> Self {
        let columns = (area.size.width / DIGIT).min(MAX_NUMBER_DIGITS);
        if columns == 0 || area.size.height < DIGIT {
            return Self::NONE;
        }
        let cell = Size::new(even(area.size.width / columns), area.size.height);
        Self { top_left: area.top_left, cell, columns, rows: 1, scale: scale_in(cell) }
    }

    fn placement(&self, index: u32) -> Placement {
        let (column, row) = (index % self.columns, index / self.columns);
        let corner = Size::new(column * self.cell.width, row * self.cell.height);
        Placement { top_left: self.top_left + corner + centring(self.cell, self.scale), scale: self.scale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::vec::Vec;

    fn placements(layout: &Layout) -> Vec<Placement> {
        let small = (0..layout.small_count()).map(|index| layout.small(index).unwrap());
        [layout.large()].into_iter().chain(small).collect()
    }

    #[test]
    fn a_panel_of_128x64_has_a_large_digit_and_four_small_ones() {
        let layout = Layout::of(Size::new(128, 64)).unwrap();
        let corners: Vec<_> = placements(&layout).iter().map(|p| (p.top_left.x, p.top_left.y, p.scale)).collect();
        assert_eq!(corners, [(4, 4, 2), (66, 2, 1), (98, 2, 1), (66, 34, 1), (98, 34, 1)]);
        assert_eq!(layout.small(4), None);
    }

    fn number(layout: &Layout) -> Vec<Placement> {
        (0..layout.number_count()).map(|index| layout.number(index).unwrap()).collect()
    }

    #[test]
    fn a_number_has_four_digits_in_a_row_or_as_many_as_there_is_room_for() {
        let corners = |width, height| -> Vec<_> {
            let places = number(&Layout::of(Size::new(width, height)).unwrap());
            places.iter().map(|p| (p.top_left.x, p.top_left.y, p.scale)).collect()
        };
        assert_eq!(corners(128, 64), [(2, 18, 1), (34, 18, 1), (66, 18, 1), (98, 18, 1)]);
        assert_eq!(corners(240, 240), [(2, 92, 2), (62, 92, 2), (122, 92, 2), (182, 92, 2)]);
        assert_eq!(corners(64, 128), [(2, 50, 1), (34, 50, 1)]);
        assert_eq!(corners(48, 28), [(10, 0, 1)]);
        assert_eq!(Layout::of(Size::new(128, 64)).unwrap().number(4), None);
    }

    #[test]
    fn a_high_screen_has_the_small_digits_below() {
        let layout = Layout::of(Size::new(240, 320)).unwrap();
        assert_eq!(layout.large(), Placement { top_left: Point::new(50, 10), scale: 5 });
        assert_eq!((layout.small_count(), layout.small(0).unwrap().scale), (8, 2));
        assert!((0..8).all(|index| layout.small(index).unwrap().top_left.y >= 160));
    }

    #[test]
    fn digits_are_on_the_display_at_even_columns_and_do_not_overlap() {
        for (width, height) in (0..300).step_by(7).flat_map(|w| (0..300).step_by(3).map(move |h| (w, h))) {
            let Some(layout) = Layout::of(Size::new(width, height)) else {
                assert!(width.min(height) < 28, "{width}x{height} has room for a digit");
                continue;
            };
            let screen = Rectangle::new(Point::zero(), Size::new(width, height));
            assert!(layout.number_count() > 0);
            for places in [placements(&layout), number(&layout)] {
                for (index, place) in places.iter().enumerate() {
                    let area = place.area();
                    assert!(place.scale > 0 && place.top_left.x % 2 == 0, "{width}x{height}: {place:?}");
                    assert_eq!(area.intersection(&screen), area, "{width}x{height}: {place:?}");
                    let apart = |other: &Placement| area.intersection(&other.area()).is_zero_sized();
                    assert!(places[..index].iter().all(apart), "{width}x{height}: {place:?}");
                }
            }
        }
    }

    #[test]
    fn small_displays_have_one_digit_or_none() {
        assert_eq!(Layout::of(Size::new(27, 200)), None);
        let layout = Layout::of(Size::new(48, 48)).unwrap();
        assert_eq!((layout.large(), layout.small_count()), (Placement { top_left: Point::new(10, 10), scale: 1 }, 0));
    }
}
