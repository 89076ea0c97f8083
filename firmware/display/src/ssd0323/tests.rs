//! The driver against a model of the controller.

use super::*;
use crate::digit::{self, Placement};
use crate::scene::Scene;
use crate::screen::Screen;
use crate::testing::{Canvas, noise};
use core::cell::RefCell;
use core::convert::Infallible;
use embedded_graphics_core::pixelcolor::Gray8;
use embedded_hal::{digital, spi};
use pocketgan_core::infer::picture::Picture;

extern crate std;
use std::{vec, vec::Vec};

/// The controller as its data sheet has it: memory of 80 rows of 64 bytes, a window, and where in it the next byte goes.
struct Controller {
    memory: [[u8; 64]; 80],
    columns: [u8; 2],
    rows: [u8; 2],
    next: (u8, u8),
    data: bool,
    command: Vec<u8>,
    on: bool,
    /// The memory was seen before it was cleared.
    garbage_was_seen: bool,
}

impl Controller {
    /// After power-up, with garbage in its memory.
    fn new() -> RefCell<Self> {
        let garbage = [[0xa5; 64]; 80];
        RefCell::new(Self {
            memory: garbage,
            columns: [0, 63],
            rows: [0, 79],
            next: (0, 0),
            data: false,
            command: vec![],
            on: false,
            garbage_was_seen: false,
        })
    }

    fn receive(&mut self, byte: u8) {
        if self.data {
            assert!(self.command.is_empty(), "data came in the middle of command {:x?}", self.command);
            return self.store(byte);
        }
        self.command.push(byte);
        if self.command.len() > parameters(self.command[0]) {
            let command = core::mem::take(&mut self.command);
            self.obey(&command);
        }
    }

    fn obey(&mut self, command: &[u8]) {
        match *command {
            [0x15, first, last] => (self.columns, self.next.0) = ([first, last], first),
            [0x75, first, last] => (self.rows, self.next.1) = ([first, last], first),
            [0xa0, remap] => assert_eq!(remap & 0b110, 0b010, "memory is not filled along rows, high nibble left"),
            [0xae] => self.on = false,
            [0xaf] => {
                self.on = true;
                self.garbage_was_seen |= self.memory[..64].as_flattened().contains(&0xa5);
            }
            _ => {}
        }
    }

    fn store(&mut self, byte: u8) {
        let (column, row) = self.next;
        self.memory[usize::from(row)][usize::from(column)] = byte;
        self.next = match (column == self.columns[1], row == self.rows[1]) {
            (false, _) => (column + 1, row),
            (true, false) => (self.columns[0], row + 1),
            (true, true) => (self.columns[0], self.rows[0]),
        };
    }

    fn pixel(&self, x: i32, y: i32) -> u8 {
        let byte = self.memory[y as usize][x as usize / 2];
        if x % 2 == 0 { byte >> 4 } else { byte & 0xf }
    }
}

/// How many bytes follow a command's own.
fn parameters(command: u8) -> usize {
    match command {
        0x15 | 0x75 => 2,
        0xb8 => 8,
        0x81 | 0xa0..=0xa2 | 0xa8 | 0xad | 0xb1..=0xb3 | 0xbc | 0xbe | 0xbf => 1,
        0x84..=0x86 | 0xa4..=0xa7 | 0xae | 0xaf | 0xe3 => 0,
        _ => panic!("the controller has no command {command:#x}"),
    }
}

struct Wire<'a>(&'a RefCell<Controller>);

impl spi::ErrorType for Wire<'_> {
    type Error = Infallible;
}

impl SpiDevice for Wire<'_> {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Infallible> {
        for operation in operations {
            let spi::Operation::Write(bytes) = operation else { panic!("the panel cannot be read") };
            bytes.iter().for_each(|&byte| self.0.borrow_mut().receive(byte));
        }
        Ok(())
    }
}

impl digital::ErrorType for Wire<'_> {
    type Error = Infallible;
}

impl OutputPin for Wire<'_> {
    fn set_low(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().data = false;
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Infallible> {
        self.0.borrow_mut().data = true;
        Ok(())
    }
}

fn panel(controller: &RefCell<Controller>) -> Ssd0323<Wire<'_>, Wire<'_>> {
    Ssd0323::new(Wire(controller), Wire(controller)).unwrap()
}

/// A canvas on which the same things were drawn.
fn canvas() -> Canvas<Gray4> {
    Canvas::new(WIDTH, HEIGHT, Gray4::BLACK)
}

fn assert_same(controller: &RefCell<Controller>, canvas: &Canvas<Gray4>) {
    let controller = controller.borrow();
    for (x, y) in canvas.coordinates() {
        assert_eq!(controller.pixel(x, y), canvas.at(x, y).luma(), "({x}, {y})");
    }
}

#[test]
fn a_panel_is_switched_on_black() {
    let controller = Controller::new();
    panel(&controller);
    assert!(controller.borrow().on && !controller.borrow().garbage_was_seen);
    assert_same(&controller, &canvas());
}

#[test]
fn a_scene_on_the_panel_is_the_scene_on_any_other_display() {
    let controller = Controller::new();
    let mut on_panel = Scene::new(panel(&controller)).unwrap();
    let mut elsewhere = Scene::new(canvas()).unwrap();
    for index in 0..4 {
        on_panel.large(&noise(index)).unwrap();
        elsewhere.large(&noise(index)).unwrap();
        on_panel.small(index, &noise(index + 9)).unwrap();
        elsewhere.small(index, &noise(index + 9)).unwrap();
    }
    assert_same(&controller, elsewhere.display());
}

#[test]
fn areas_are_cut_at_the_panels_edges() {
    for (x, y) in [(-8, -3), (100, 40), (90, -10), (-20, 60), (-60, 0), (128, 0), (0, 64)] {
        let controller = Controller::new();
        let (mut panel, mut canvas) = (panel(&controller), canvas());
        let placement = Placement { top_left: Point::new(x, y), scale: 2 };
        digit::draw(&mut panel, &noise(4), placement).unwrap();
        digit::draw(&mut canvas, &noise(4), placement).unwrap();
        assert_same(&controller, &canvas);
    }
}

#[test]
fn colours_that_end_early_leave_the_rest_as_it_was() {
    let controller = Controller::new();
    let (mut panel, mut canvas) = (panel(&controller), canvas());
    let area = Rectangle::new(Point::new(10, 20), Size::new(20, 10));
    for (colour, count) in [(9, 200), (4, 46), (7, 0)] {
        let colours = || core::iter::repeat_n(Gray4::new(colour), count);
        panel.fill_contiguous(&area, colours()).unwrap();
        canvas.fill_contiguous(&area, colours()).unwrap();
    }
    assert_same(&controller, &canvas);
}

#[test]
fn neighbours_drawn_one_after_the_other_share_their_byte_whatever_their_order() {
    let controller = Controller::new();
    let (mut panel, mut canvas) = (panel(&controller), canvas());
    let places = [(8, 3), (9, 3), (21, 5), (20, 5), (21, 5), (40, 63), (127, 0), (126, 0), (-1, 7), (128, 9)];
    let pixels = || places.iter().zip(1..).map(|(&(x, y), grey)| Pixel(Point::new(x, y), Gray4::new(grey)));
    panel.draw_iter(pixels()).unwrap();
    canvas.draw_iter(pixels()).unwrap();
    assert_same(&controller, &canvas);
}

#[test]
fn the_pixel_beside_an_edge_within_a_byte_turns_black() {
    let controller = Controller::new();
    let mut panel = panel(&controller);
    panel.clear(Gray4::new(5)).unwrap();
    panel.fill_solid(&Rectangle::new(Point::new(11, 8), Size::new(4, 1)), Gray4::new(9)).unwrap();
    panel.draw_iter([Pixel(Point::new(31, 8), Gray4::new(9))]).unwrap();
    let row = |columns: core::ops::Range<i32>| columns.map(|x| controller.borrow().pixel(x, 8)).collect::<Vec<_>>();
    assert_eq!(row(9..17), [5, 0, 9, 9, 9, 9, 0, 5]);
    assert_eq!(row(29..33), [5, 0, 9, 5]);
}

#[test]
fn greys_go_to_the_panel_rounded_to_the_nearest() {
    let controller = Controller::new();
    let mut panel = panel(&controller);
    let picture: Picture = core::array::from_fn(|i| (i % 256) as u8);
    digit::draw(&mut panel, &picture, Placement { top_left: Point::zero(), scale: 1 }).unwrap();
    for (i, &pixel) in (0..).zip(&picture) {
        let expected = Gray4::from(Gray8::new(pixel)).luma();
        assert_eq!(controller.borrow().pixel(i % 28, i / 28), expected);
    }
}

/// A wire that fails.
struct Broken;

impl spi::ErrorType for Broken {
    type Error = spi::ErrorKind;
}

impl SpiDevice for Broken {
    fn transaction(&mut self, _: &mut [spi::Operation<'_, u8>]) -> Result<(), spi::ErrorKind> {
        Err(spi::ErrorKind::ChipSelectFault)
    }
}

#[test]
fn a_failing_wire_is_said() {
    let controller = Controller::new();
    let error = Ssd0323::new(Broken, Wire(&controller)).err();
    assert_eq!(error, Some(PanelError::Spi(spi::ErrorKind::ChipSelectFault)));
}
