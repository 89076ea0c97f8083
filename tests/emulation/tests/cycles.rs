//! The plugin counts in QEMU what is known by hand: loops of machine code, on several machines.
#![cfg(target_os = "linux")]

use pocketgan_emulation::cycles::{Core, Flash, Marks, Options, plugin_option};
use std::{fs, path::Path, process::Command};

/// The first address after the vectors.
const CODE: u32 = 0x40;

/// A flat image: vectors, a mark, the code, a mark, and the end of the program by semihosting.
fn image(code: &[u16]) -> (Vec<u8>, Marks) {
    let mut image = Vec::new();
    image.extend(0x2000_1000u32.to_le_bytes());
    image.extend((CODE | 1).to_le_bytes());
    image.resize(CODE as usize, 0);
    let nop = 0xbf00;
    // movs r0, #0x18; ldr r1, =0x20026 (a normal end); bkpt 0xab
    let exit: [u16; 6] = [0x2018, 0x4901, 0xbeab, 0xe7fe, 0x0026, 0x0002];
    let mut halves = vec![nop];
    halves.extend(code);
    halves.push(nop);
    // The constant of LDR lies at a multiple of four.
    if halves.len() % 2 == 1 {
        halves.push(nop);
    }
    halves.extend(exit);
    image.extend(halves.iter().flat_map(|half| half.to_le_bytes()));
    (image, Marks { begin: CODE, end: CODE + 2 + 2 * code.len() as u32 })
}

/// Runs code on a machine and returns the counts' lines of the plugin's answer.
fn run(machine: &str, core: Core, code: &[u16], flash: Option<Flash>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (image, marks) = image(code);
    let (file, answer) = (folder.path().join("image.bin"), folder.path().join("answer"));
    fs::write(&file, image).unwrap();
    let options = Options { core, marks, flash, answer: answer.clone() };
    let output = qemu(machine, &file).args(plugin_option(&options).unwrap()).output().unwrap();
    assert!(output.status.success(), "{machine}: {}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(answer).unwrap()
}

fn qemu(machine: &str, image: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["20", "qemu-system-arm", "-machine", machine, "-display", "none", "-monitor", "none"]);
    command.args(["-serial", "null", "-semihosting-config", "enable=on,target=native", "-kernel"]).arg(image);
    command
}

/// 0: movs r0, #100; 2: movs r2, #0x40; then 4: ldr r1, [r2]; ldr r3, [r2, #4]; adds r4, r1; muls r4, r3;
/// ldm r2!, {r5, r6}; subs r2, #8; subs r0, #1; bne 4
const LOOP: [u16; 10] = [0x2064, 0x2240, 0x6811, 0x6853, 0x1864, 0x435c, 0xca60, 0x3a08, 0x3801, 0xd1f7];

#[test]
fn a_loop_takes_the_cycles_that_the_manuals_give_it() {
    // On an M3 or M4: loads 2 + 1, adds, muls 1 + 1, ldm 3, subs 1 + 1, bne 3; the last one is not taken.
    let iteration = 2 + 1 + 1 + 1 + 3 + 1 + 1;
    // The first load's address comes from the instruction before it.
    let cycles = 2 + 1 + 100 * iteration + 99 * 3 + 1;
    for (machine, core) in [("mps2-an385", Core::M3), ("mps2-an386", Core::M4)] {
        assert_eq!(run(machine, core, &LOOP, None), format!("{cycles} 0 802 0\n"), "{machine}");
    }
    // On an M0 or M0+ loads are not pipelined.
    let iteration = 2 + 2 + 1 + 1 + 3 + 1 + 1;
    for (core, branch) in [(Core::M0, 3), (Core::M0Plus, 2)] {
        let cycles = 2 + 100 * iteration + 99 * branch + 1;
        assert_eq!(run("microbit", core, &LOOP, None), format!("{cycles} 0 802 0\n"), "{core}");
    }
}

#[test]
fn lines_of_flash_are_waited_for_once_while_they_are_kept() {
    let flash = |data| Flash { addresses: 0..0x1000, wait: 5, line: 16, code: 64, data };
    let waits = |data| {
        let answer = run("mps2-an386", Core::M4, &LOOP, Some(flash(data)));
        answer.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
    };
    // Two lines of code, and the same two as data where lines are not shared: the loads are from 0x40 to 0x47.
    assert_eq!((waits(0), waits(1)), (2 * 5, 2 * 5 + 5));
}

#[test]
fn a_wrong_option_ends_qemu_with_its_reason() {
    let options = Options { core: Core::M3, marks: Marks { begin: 1, end: 2 }, flash: None, answer: "x".into() };
    let [option, value] = plugin_option(&options).unwrap();
    let value = value.replace("core=M3", "core=A9");
    let output = qemu("mps2-an385", Path::new("none")).args([option, value]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("there are no timings for the core \"A9\""), "{said}");
}
