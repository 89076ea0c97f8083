//! How many cycles and milliseconds a digit takes on each board, estimated.

use pocketgan_emulation::{
    cycles::Core,
    estimate::{self, MULTIPLY_ADDS, SETTINGS, Setting},
    firmware::{self, BOARDS},
    qemu,
};
use std::time::Duration;

/// Far longer than `bench` takes.
const LIMIT: Duration = Duration::from_secs(120);

/// The most cycles for a multiply-add of the generator over a whole picture, without waiting for memory: the measured value
/// and a few percent for other compilers.
fn limit(core: Core, model: &str) -> f64 {
    match (core, model) {
        (Core::M0 | Core::M0Plus, "mnist-int8") => 4.8,
        (Core::M0 | Core::M0Plus, "mnist-mixed") => 3.3,
        (Core::M0 | Core::M0Plus, _) => 2.85,
        (Core::M3, "mnist-int8") => 3.65,
        (Core::M3, "mnist-mixed") => 2.65,
        (Core::M3, _) => 2.4,
        (Core::M4, "mnist-int8") => 1.5,
        (Core::M4, "mnist-mixed") => 1.63,
        (Core::M4, _) => 1.67,
        (Core::M33, _) => 1.35,
        (Core::M7, _) => 0.82,
        (Core::M55, _) => 0.43,
    }
}

#[test]
fn every_board_stays_within_its_budget_of_cycles() {
    println!("{}", estimate::HEAD);
    for setting in SETTINGS {
        let count = setting.count().unwrap();
        println!("{}", estimate::line(setting, count));
        let Setting { board, core, model, .. } = setting;
        assert_eq!(count.unknown, 0, "{board}, {model}: instructions of unknown duration");
        let each = (count.cycles - count.waited) as f64 / MULTIPLY_ADDS;
        assert!(each <= limit(*core, model), "{board}, {model}: {each:.2} cycles a multiply-add");
        assert_eq!(count.waited > 0, setting.waits.is_some(), "{board}, {model}");
    }
}

/// The emulator of the Pico counts the cycles of a Cortex-M0+ too, in its own way.
#[test]
fn the_estimate_for_a_pico_agrees_with_its_emulators_counter() {
    let elf = firmware::elf_for(firmware::board("pico"), "bench").unwrap();
    let text = qemu::run(&elf, &[], LIMIT).unwrap().text();
    let counted = text.split_once(" cycles a picture").and_then(|(text, _)| text.strip_prefix("pico: "));
    let counted: f64 = counted.unwrap_or_else(|| panic!("{text}")).parse().unwrap();
    let in_ram = SETTINGS.iter().find(|setting| setting.board == "pico" && setting.waits.is_none()).unwrap();
    let estimated = in_ram.count().unwrap().cycles as f64;
    println!("pico: {counted} cycles in its emulator, {estimated} estimated");
    // Two programs for two boards, of which only the drawing is the same.
    assert!((estimated / counted - 1.0).abs() < 0.005, "{counted} cycles are estimated as {estimated}");
}

#[test]
fn every_board_has_a_time() {
    for board in BOARDS {
        assert!(SETTINGS.iter().any(|setting| setting.board == board.name), "estimate.rs has no {}", board.name);
    }
}
