//! The library for firmware in C: its header, what is in it, and a program in C that draws with it.

use object::{Object, ObjectSection, ObjectSymbol, read::archive::ArchiveFile};
use pocketgan_core::infer::{latent::Latent, model::IntegerGenerator, morph, picture::Picture};
use pocketgan_emulation::firmware;
use pocketgan_tests::{program, sizes::Sizes};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};
use tempfile::tempdir;

/// The most bytes of code and constants in a library.
const LARGEST: u64 = 19 * 1024;
/// The most bytes of stack that the program may use, as the header promises for the library alone.
const DEEPEST_STACK: u32 = 2560;

/// The machines that the program runs on, and the flags for their compiler.
const MACHINES: [(&str, &str); 3] = [
    ("microbit", "-mcpu=cortex-m0"),
    ("mps2-an385", "-mcpu=cortex-m3"),
    ("mps2-an386", "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard"),
];

fn sources() -> PathBuf {
    firmware::folder().join("c")
}

/// The libraries, built as a user does.
fn libraries() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let built = firmware::command("c/build").status().expect("firmware/c/build can be started");
        assert!(built.success(), "firmware/c/build failed");
        firmware::folder().join("target/c/pocketgan")
    })
}

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header = fs::read_to_string(sources().join("pocketgan.h")).unwrap();
    let code = header.lines().filter(|line| !line.starts_with("///") && !line.starts_with(" *"));
    let words = code.flat_map(|line| line.split([' ', '*']));
    let names = words.filter_map(|word| Some(word.split_once('(')?.0)).filter(|name| name.starts_with("pocketgan_"));
    names.map(str::to_owned).collect()
}

#[test]
fn the_committed_header_is_what_its_source_makes() {
    let config = cbindgen::Config::from_file(sources().join("cbindgen.toml")).unwrap();
    let header = cbindgen::Builder::new().with_config(config).with_src(sources().join("src/lib.rs")).generate();
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pocketgan.h");
    header.unwrap().write_to_file(&made);
    let is_same = fs::read(&made).unwrap() == fs::read(sources().join("pocketgan.h")).unwrap();
    assert!(is_same, "cp {} firmware/c/pocketgan.h", made.display());
}

/// The libraries in a folder and the folders in it, each once.
fn archives(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let here = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "a"));
    here.chain(folders.iter().flat_map(|folder| archives(folder))).collect()
}

#[test]
fn every_library_has_the_functions_of_the_header_and_needs_nothing_else() {
    let (declared, archives) = (declared(), archives(libraries()));
    assert_eq!((declared.len(), archives.len()), (14, 13), "{declared:?}");
    for archive in archives {
        let bytes = fs::read(&archive).unwrap();
        let members: Vec<_> = ArchiveFile::parse(&*bytes).unwrap().members().map(Result::unwrap).collect();
        let [member] = &members[..] else { panic!("{}: {} members", archive.display(), members.len()) };
        // A copy is aligned, which a member of an archive is not.
        let object = member.data(&*bytes).unwrap().to_vec();
        assert_needs_nothing(&object, &declared, &archive);
    }
}

/// Asserts that an object file defines the declared functions, uses no other's, and cannot panic.
fn assert_needs_nothing(bytes: &[u8], declared: &BTreeSet<String>, archive: &Path) {
    let file = object::File::parse(bytes).unwrap();
    let named = |symbol: object::Symbol<'_, '_>| symbol.name().unwrap().to_owned();
    let global = file.symbols().filter(|symbol| symbol.is_global() && symbol.is_definition()).map(named);
    assert_eq!(&global.collect::<BTreeSet<_>>(), declared, "{}", archive.display());
    let undefined: Vec<_> = file.symbols().filter(|symbol| symbol.is_undefined()).map(named).collect();
    assert!(undefined.iter().all(String::is_empty), "{} needs {undefined:?}", archive.display());
    let panics: Vec<_> = file.symbols().map(named).filter(|name| name.contains("panic")).collect();
    assert!(panics.is_empty(), "{} can panic: {panics:?}", archive.display());
    let unwinds = file.sections().any(|section| section.name().unwrap().contains("exidx"));
    assert!(!unwinds, "{} has tables for unwinding", archive.display());
    let Sizes { flash, static_ram } = Sizes::of(bytes).unwrap();
    println!("{}: {flash} bytes", archive.strip_prefix(libraries()).unwrap().display());
    assert!(flash <= LARGEST && static_ram == 0, "{}: {flash} and {static_ram} bytes", archive.display());
}

/// The example in C, compiled for a machine with CMake.
fn example(flags: &str, folder: &Path) -> PathBuf {
    let cmake = |arguments: &[&str]| {
        let finished = program::finish(Command::new("cmake").args(arguments));
        assert_eq!(finished.code, Some(0), "tests/setup installs cmake and the compiler: {finished:?}");
    };
    let (source, built) = (sources().join("example"), folder.display().to_string());
    let set = |name: &str, value: &str| format!("-D{name}={value}");
    cmake(&[
        "-S",
        source.to_str().unwrap(),
        "-B",
        &built,
        &set("CMAKE_TOOLCHAIN_FILE", "arm-none-eabi.cmake"),
        &set("TARGET_FLAGS", flags),
        &set("POCKETGAN", libraries().to_str().unwrap()),
    ]);
    cmake(&["--build", &built]);
    folder.join("digits")
}

/// Runs the example; returns its status, what it says, and the file that it writes.
fn run(machine: &str, elf: &Path) -> (i32, String, Vec<u8>) {
    let folder = tempdir().unwrap();
    let mut qemu = Command::new("timeout");
    qemu.args(["30", "qemu-system-arm", "-machine", machine, "-display", "none", "-monitor", "none"]);
    qemu.args(["-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel"]).arg(elf);
    let finished = program::finish(qemu.current_dir(&folder));
    let text = format!("{}{}", finished.out, finished.err);
    (finished.code.unwrap(), text, fs::read(folder.path().join("digits.idx")).unwrap())
}

/// What the example draws, drawn by this computer.
fn expected() -> Vec<Vec<u8>> {
    let model = firmware::model_file("mnist-mixed");
    let folder = tempdir().unwrap();
    let sampled = |arguments: &str| {
        let file = folder.path().join("sampled.idx");
        program::succeed(&format!("sample {} {arguments} --out {}", model.display(), file.display()));
        pictures(&fs::read(file).unwrap())
    };
    let file: Vec<u32> = bytemuck::pod_collect_to_vec(&fs::read(&model).unwrap()[..]);
    let bytes = &bytemuck::cast_slice(&file)[..fs::metadata(&model).unwrap().len() as usize];
    let generator = IntegerGenerator::parse(bytes).unwrap();
    let frame = |weight| {
        let mut picture: Picture = [0; 784];
        generator.draw(&Latent::of_picture(7).blend(&Latent::of_picture(8), weight), &mut picture);
        picture.to_vec()
    };
    let morph = morph::weights(5).map(frame);
    [sampled("--seed 7 --count 4"), morph.collect(), sampled("--digits 0123456789")].concat()
}

/// The pictures in an idx3-ubyte file.
fn pictures(idx: &[u8]) -> Vec<Vec<u8>> {
    let (header, pixels) = idx.split_at(16);
    let count = (pixels.len() / 784) as u32;
    assert_eq!((header, pixels.len() % 784), ([0x0803, count, 28, 28].map(u32::to_be_bytes).as_flattened(), 0));
    pixels.chunks(784).map(<[u8]>::to_vec).collect()
}

/// The bytes of stack in the program's last line.
fn stack(text: &str) -> u32 {
    let line = text.lines().last().unwrap_or_default();
    let (_, stack) = line.rsplit_once("stack 0x").unwrap_or_else(|| panic!("no stack in {text}"));
    u32::from_str_radix(stack, 16).unwrap()
}

#[test]
fn a_program_in_c_draws_the_bytes_that_the_host_draws_or_says_what_is_wrong_with_its_model() {
    let (folder, expected) = (tempdir().unwrap(), expected());
    let model = fs::metadata(firmware::model_file("mnist-mixed")).unwrap().len();
    for (machine, flags) in MACHINES {
        let elf = example(flags, &folder.path().join(machine));
        let Sizes { flash, static_ram } = Sizes::of(&fs::read(&elf).unwrap()).unwrap();
        let (status, text, idx) = run(machine, &elf);
        let beside = flash - model;
        println!("{machine}: {beside} bytes beside the model, {static_ram} of RAM, {} of stack", stack(&text));
        assert_eq!(status, 0, "{machine}: {text}");
        assert!(pictures(&idx) == expected, "{machine} draws other pictures");
        assert!(stack(&text) <= DEEPEST_STACK, "{machine}: {text}");
        assert_says_what_is_wrong(machine, &elf);
    }
}

fn assert_says_what_is_wrong(machine: &str, elf: &Path) {
    let (mut bytes, model) = (fs::read(elf).unwrap(), fs::read(firmware::model_file("mnist-mixed")).unwrap());
    let place = bytes.windows(model.len()).position(|window| window == model).expect("the model lies in flash");
    let damaged = elf.with_extension("damaged");
    for (byte, code, sentence) in [
        (0, 100, "not a pocketgan model file"),
        (8, 101, "the model has an unsupported format version; export it again"),
        (12, 102, "the model is truncated, or bytes were appended"),
        (model.len() / 2, 103, "the model is damaged: its checksum is wrong"),
        (model.len() - 1, 103, "the model is damaged: its checksum is wrong"),
    ] {
        bytes[place + byte] ^= 0x10;
        fs::write(&damaged, &bytes).unwrap();
        bytes[place + byte] ^= 0x10;
        let (status, text, idx) = run(machine, &damaged);
        assert_eq!((status, text.lines().next(), idx.len()), (code, Some(sentence), 16), "{machine}, byte {byte}");
    }
}
