//! What a board puts in once, for the whole program: a driver with state from a chip's HAL.

use core::cell::RefCell;
use cortex_m::interrupt::{self, Mutex};

/// A value that is used without interrupts. There is none until [`put`](Self::put).
pub struct Shared<T>(Mutex<RefCell<Option<T>>>);

impl<T> Shared<T> {
    /// Nothing yet.
    #[allow(clippy::new_without_default, reason = "for statics, which need a const function")]
    pub const fn new() -> Self {
        Self(Mutex::new(RefCell::new(None)))
    }

    /// Puts the value in.
    pub fn put(&self, value: T) {
        interrupt::free(|section| self.0.borrow(section).replace(Some(value)));
    }

    /// The value, until somebody has taken it.
    pub fn take(&self) -> Option<T> {
        interrupt::free(|section| self.0.borrow(section).take())
    }

    /// Calls `work` with the value. None if there is none, and in a failure while it is in use.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        interrupt::free(|section| self.0.borrow(section).try_borrow_mut().ok()?.as_mut().map(work))
    }
}
