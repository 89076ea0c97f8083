//! The state of an instance: its model, and the picture that was drawn last.

use core::cell::{Cell, OnceCell};
use core::fmt::{self, Write};

use heapless::String;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::{Description, Model};
use pocketgan_core::infer::picture::Picture;
use pocketgan_core::recipe::PIXELS;

/// More than a description of a model with the most layers has.
const LONGEST_TEXT: usize = 4096;

pub(crate) struct Instance {
    model: OnceCell<Model<'static>>,
    text: OnceCell<String<LONGEST_TEXT>>,
    picture: Cell<Picture>,
}

// SAFETY: the module is built without WebAssembly's threads, so an instance has one thread only.
unsafe impl Sync for Instance {}

impl Instance {
    pub(crate) const fn new() -> Self {
        Self { model: OnceCell::new(), text: OnceCell::new(), picture: Cell::new([0; PIXELS]) }
    }

    /// Takes the model in `file` and returns whether it is valid. An instance does so once.
    pub(crate) fn open(&self, file: &'static [u8]) -> bool {
        match Model::parse(file) {
            Ok(model) => self.say(&Description(&model)) && self.model.set(model).is_ok(),
            Err(reason) => {
                self.say(&reason);
                false
            }
        }
    }

    /// Keeps a text; returns whether it is the first one.
    fn say(&self, what: &dyn fmt::Display) -> bool {
        let mut text = String::new();
        // Text that does not fit is cut off.
        let _ = write!(text, "{what}");
        self.text.set(text).is_ok()
    }

    /// A description of the model, or the reason why the file is none.
    pub(crate) fn text(&self) -> &str {
        self.text.get().map_or("", String::as_str)
    }

    pub(crate) fn model(&self) -> Option<&Model<'static>> {
        self.model.get()
    }

    /// Draws the picture of `latent`, black without a model, and returns where it stays until the next one.
    pub(crate) fn draw(&self, latent: &Latent) -> *const Picture {
        let mut picture = [0; PIXELS];
        if let Some(model) = self.model() {
            model.draw(latent, &mut picture);
        }
        self.picture.set(picture);
        self.picture.as_ptr()
    }
}
