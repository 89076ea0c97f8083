//! How many cycles and milliseconds a digit takes on each board, estimated.

use pocketgan_emulation::{
    cycles::Core,
    estimate::{self, MULTIPLY_ADDS, SETTINGS, Setting},
};

/// The most cycles for a multiply-add of the generator over a whole picture, without waiting for memory: the measured value
/// and a few percent for other compilers.
fn limit(core: Core, model: &str) -> f64 {
    match (core, model) {
        (Core::M0 | Core::M0Plus, "mnist-int8") => 4.8,
        (Core::M0 | Core::M0Plus, "mnist-mixed") => 3.3,
        (Core::M0 | Core::M0Plus, _) => 2.85,
        (Core::M3, "mnist-int8") => 3.65,
        (Core::M3, "mnist-mixed") => 2.7,
        (Core::M3, _) => 2.45,
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
