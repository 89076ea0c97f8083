//! The finished programs, seen from outside. They are one test binary, since each compiles the networks again; only bench.rs
//! is another, so that nothing else runs while it measures.

mod bad_devices;
mod boards;
mod c_library;
mod checkout;
mod commands;
mod console;
mod cycles;
mod device;
mod digits;
mod display;
mod documents;
mod evaluation;
mod examples;
mod fetching;
mod firmware;
mod formats;
mod golden;
mod interruption;
mod kernels;
mod mnist;
mod models;
mod options;
mod own_pictures;
mod packages;
mod pico;
mod riscv32;
mod seeing;
mod streams;
mod sweep;
mod train_step;
mod web_module;
mod web_page;

use pocketgan_tests::program::repository;
use std::fs;

#[test]
fn every_file_in_this_folder_is_a_module_of_this_test() {
    let modules = include_str!("main.rs");
    for entry in fs::read_dir(repository().join("tests/tests")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        assert!(
            module == "main" || module == "bench" || modules.contains(&format!("\nmod {module};\n")),
            "{name} is not a module of main.rs"
        );
    }
}
