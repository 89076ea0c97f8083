//! Shows that drawing cannot panic: this links only if no panic is reachable from it, as the panic handler calls a function
//! that does not exist. It is not meant to be run.
//!
//! `cargo build --release --example no-panic --features no-panic`
#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use pocketgan_core::infer::latent::Latent;
use pocketgan_core::infer::model::IntegerGenerator;
use pocketgan_core::infer::picture::Picture;

unsafe extern "C" {
    /// Named for who reads the linker's error.
    fn drawing_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: a program that links has no call of this.
    unsafe { drawing_can_panic() }
}

/// Where the linker begins to look for what is reachable.
// SAFETY: nothing else has this name.
#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    // Taken by its address, so that the compiler must expect any generator and any seed.
    black_box(draw as fn(&IntegerGenerator, u32, &mut Picture));
    loop {}
}

fn draw(generator: &IntegerGenerator, seed: u32, picture: &mut Picture) {
    // Shows that the check works: with this, linking fails.
    #[cfg(feature = "panic-on-purpose")]
    assert!(seed != 1_234_567);
    generator.draw(&Latent::of_picture(seed), picture);
}
