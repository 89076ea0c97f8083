//! The part of the vector table that belongs to a chip: its interrupts.

unsafe extern "C" {
    /// cortex-m-rt's, which takes what has no handler.
    fn DefaultHandler();
}

/// As many as there are up to the last one that is used (none at all is taken for a mistake when it is linked). The table
/// for any chip that cortex-m-rt would put here takes up to 1,920 bytes of flash.
// SAFETY: the section holds vectors, and these are some; the name is the one that link.x looks for.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [unsafe extern "C" fn(); COUNT] = vectors();

/// Only the micro:bit uses an interrupt: that of the timer behind its lamps.
#[cfg(feature = "microbit")]
const COUNT: usize = crate::display::TIMER + 1;
#[cfg(not(feature = "microbit"))]
const COUNT: usize = 1;

const fn vectors() -> [unsafe extern "C" fn(); COUNT] {
    #[allow(unused_mut, reason = "of one board's")]
    let mut vectors: [unsafe extern "C" fn(); COUNT] = [DefaultHandler; COUNT];
    #[cfg(feature = "microbit")]
    {
        vectors[crate::display::TIMER] = crate::display::on_timer;
    }
    vectors
}
