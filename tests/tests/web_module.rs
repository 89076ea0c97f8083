//! The module in firmware/web is what its source is compiled to.

use std::fs;
use std::path::Path;
use std::process::Command;

use pocketgan_emulation::firmware;
use pocketgan_tests::program::{self, repository};
use tempfile::tempdir;

use crate::web_page::{Page, sampled};

const TARGET: &str = "wasm32-unknown-unknown";
const COMMITTED: &str = "firmware/web/pocketgan.wasm";

/// What `rustc` says with these arguments, for the compiler that `cargo web` uses.
fn rustc(arguments: &[&str]) -> String {
    let output = Command::new("rustc").args(arguments).current_dir(repository()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The module, compiled as `cargo web` does; none if this compiler does not have the target.
fn built() -> Option<Vec<u8>> {
    let libraries = Path::new(&rustc(&["--print", "sysroot"])).join("lib/rustlib").join(TARGET).join("lib");
    if !libraries.is_dir() {
        println!("skipped: the compiler has no {TARGET}; `rustup target add {TARGET}` adds it");
        return None;
    }
    let target = repository().join("target");
    let mut cargo = program::cargo();
    cargo.args(["web", "--quiet", "--target-dir"]).arg(&target).current_dir(repository());
    // They would take the place of the flags in .cargo/config.toml.
    let built = cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").status().unwrap();
    assert!(built.success(), "`cargo web` failed");
    Some(fs::read(target.join(TARGET).join("web/pocketgan_web.wasm")).unwrap())
}

/// Whether a module says that it was compiled by this compiler.
fn is_of_this_compiler(module: &[u8]) -> bool {
    let version = rustc(&["--version"]);
    let version = version.strip_prefix("rustc ").unwrap().as_bytes();
    module.windows(version.len()).any(|part| part == version)
}

#[test]
fn the_committed_module_is_what_its_source_is_compiled_to() {
    let (committed, Some(built)) = (fs::read(repository().join(COMMITTED)).unwrap(), built()) else { return };
    if is_of_this_compiler(&committed) {
        let advice = format!("run `cargo web` and copy target/{TARGET}/web/pocketgan_web.wasm there");
        assert!(built == committed, "{COMMITTED} is another module than its source makes: {advice}");
        return;
    }
    println!("not compared byte by byte: {COMMITTED} was made by another compiler than {}", rustc(&["--version"]));
    assert_draws(&committed, &built);
}

/// Asserts that the page draws the same with the module `built` in place of the `committed` one.
fn assert_draws(committed: &[u8], built: &[u8]) {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let page = Page::of("mnist-int8");
    let [old, new] = [committed, built].map(|module| BASE64_STANDARD.encode(module));
    let text = fs::read_to_string(&page.path).unwrap();
    assert!(text.contains(&old));
    fs::write(&page.path, text.replace(&old, &new)).unwrap();
    page.open("");
    assert!(page.written() == sampled(&page.model, "--digits 2026"));
}

#[test]
fn the_module_names_no_folder_of_the_machine_that_compiled_it() {
    let module = fs::read(repository().join(COMMITTED)).unwrap();
    let folder = repository().display().to_string();
    for name in [&folder, ".cargo", "registry", "/home", "/root", "/Users", "C:\\"] {
        assert!(!module.windows(name.len()).any(|part| part == name.as_bytes()), "{name}");
    }
}

#[test]
fn the_demo_page_in_docs_is_that_of_the_committed_model() {
    let folder = tempdir().unwrap();
    let page = folder.path().join("index.html");
    program::succeed(&format!("export {} --out {}", firmware::model_file("mnist-int8").display(), page.display()));
    let is_same = fs::read(page).unwrap() == fs::read(repository().join("docs/index.html")).unwrap();
    assert!(is_same, "run `pocketgan export firmware/models/mnist-int8.pgan --out docs/index.html`");
}
