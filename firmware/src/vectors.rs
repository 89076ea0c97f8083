//! The chip's part of the vector table: its interrupts. Some chips' crates bring it (feature `chip-vectors`).

unsafe extern "C" {
    /// cortex-m-rt's handler of interrupts without one.
    fn DefaultHandler();
}

/// The vectors up to the last one in use, and at least one, as link.x requires. cortex-m-rt's own table, for any chip, would
/// take up to 1,920 bytes of flash.
// SAFETY: the section holds vectors, as these are, and link.x expects the name.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [unsafe extern "C" fn(); COUNT] = vectors();

/// Only the micro:bits use an interrupt: that of the timer that drives its LEDs.
#[cfg(feature = "led-matrix")]
const COUNT: usize = crate::display::TIMER + 1;
#[cfg(not(feature = "led-matrix"))]
const COUNT: usize = 1;

const fn vectors() -> [unsafe extern "C" fn(); COUNT] {
    #[allow(unused_mut, reason = "one board changes it")]
    let mut vectors: [unsafe extern "C" fn(); COUNT] = [DefaultHandler; COUNT];
    #[cfg(feature = "led-matrix")]
    {
        vectors[crate::display::TIMER] = crate::display::on_timer;
    }
    vectors
}
