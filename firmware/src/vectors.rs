//! The part of the vector table that belongs to a chip: its interrupts.

unsafe extern "C" {
    /// cortex-m-rt's, which takes what has no handler.
    fn DefaultHandler();
}

/// No program here enables an interrupt, so one entry will do (none at all is taken for a mistake when it is linked). The
/// table for any chip that cortex-m-rt would put here takes up to 1,920 bytes of flash.
// SAFETY: the section holds vectors, and this is one; the name is the one that link.x looks for.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [unsafe extern "C" fn(); 1] = [DefaultHandler];
