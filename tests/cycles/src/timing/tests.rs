//! Sequences of instructions whose cycles are known by hand, from the manuals' tables and examples.

use super::Core::{self, *};
use crate::{
    counter::{Counter, Marks},
    decode::decode,
};

/// The cycles of code that is executed once, from its halves.
fn cycles(core: Core, halves: &[u16]) -> u64 {
    repeated(core, halves, 1)
}

/// The cycles of code that is executed `times` times, each but the last with its last instruction as a taken branch.
fn repeated(core: Core, halves: &[u16], times: u32) -> u64 {
    const START: u32 = 0x100;
    let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
    let end = START + bytes.len() as u32;
    let nop = |address| decode(address, &[0x00, 0xbf]);
    let mut counter = Counter::new(core, Marks { begin: 0, end }, None);
    counter.execute(&nop(0));
    for _ in 0..times {
        let mut address = START;
        while address < end {
            let instruction = decode(address, &bytes[(address - START) as usize..]);
            counter.execute(&instruction);
            address = instruction.next();
        }
    }
    counter.execute(&nop(end));
    assert_eq!(counter.counts()[0].unknown, 0);
    counter.counts()[0].cycles
}

/// Asserts the cycles of code on several cores.
fn assert_cycles(text: &str, halves: &[u16], expected: &[(Core, u64)]) {
    for &(core, expected) in expected {
        assert_eq!(cycles(core, halves), expected, "{text} on an {core}");
    }
}

#[test]
fn a_loop_costs_a_taken_branch_an_iteration() {
    let halves = [0x3801, 0xd1fd]; // subs r0, #1; bne
    let expected = [(M0, 38), (M0Plus, 29), (M3, 38), (M4, 38), (M33, 28), (M55, 29)];
    for (core, expected) in expected {
        assert_eq!(repeated(core, &halves, 10), expected, "{core}");
    }
}

#[test]
fn loads_next_to_each_other_are_pipelined_as_in_the_manuals_examples() {
    let examples: [(&str, &[u16], u64); 6] = [
        ("ldr r0, [r1]; ldr r1, [r2]", &[0x6808, 0x6811], 3),
        ("ldr r0, [r1, r2]; str r0, [r3, #20]", &[0x5888, 0x6158], 3),
        ("ldr r0, [r1, r2]; str r1, [r3, r2]", &[0x5888, 0x5099], 3),
        ("ldr r0, [r1, r5]; ldr r1, [r2]; ldr r2, [r3, #4]", &[0x5948, 0x6811, 0x685a], 4),
        ("ldr r1, [r2]; ldr r3, [r1]", &[0x6811, 0x680b], 4),
        ("adds r1, r2, r3; ldr r3, [r1]", &[0x18d1, 0x680b], 4),
    ];
    for (text, halves, expected) in examples {
        assert_cycles(text, halves, &[(M3, expected), (M4, expected)]);
    }
    assert_cycles("two loads", &[0x6808, 0x6811], &[(M0, 4), (M0Plus, 4)]);
}

#[test]
fn a_load_that_updates_its_address_follows_another_without_a_stall_only_on_an_m4() {
    let other = [0xf852, 0x1b04, 0xf854, 0x3b04]; // ldr r1, [r2], #4; ldr r3, [r4], #4
    assert_cycles("other address", &other, &[(M3, 4), (M4, 3)]);
    let same = [0xf852, 0x1b04, 0xf852, 0x3b04]; // ldr r1, [r2], #4; ldr r3, [r2], #4
    assert_cycles("same address", &same, &[(M3, 4), (M4, 4)]);
}

#[test]
fn several_registers_take_a_cycle_each_and_one_more_on_most_cores() {
    let most = |count: u64| [(M0, 1 + count), (M0Plus, 1 + count), (M3, 1 + count), (M4, 1 + count), (M33, count)];
    assert_cycles("ldm r0!, {r4-r7}", &[0xc8f0], &most(4));
    assert_cycles("stm r3!, {r4-r7}", &[0xc3f0], &most(4));
    assert_cycles("push {r1, r4-r7, lr}", &[0xb5f2], &most(6));
    assert_cycles("ldrd r1, r2, [r3, #8]", &[0xe9d3, 0x1202], &[(M3, 3), (M4, 3), (M33, 2)]);
}

#[test]
fn multiplications_take_what_the_tables_say() {
    assert_cycles("muls r1, r2", &[0x4351], &[(M0, 1), (M0Plus, 1), (M3, 1), (M4, 1), (M33, 2)]);
    assert_cycles("mla r8, r4, r6, r8", &[0xfb04, 0x8806], &[(M3, 2), (M4, 1), (M33, 1)]);
    assert_cycles("umull r1, r2, r3, r4", &[0xfba3, 0x1204], &[(M3, 4), (M4, 1), (M33, 1)]);
    assert_cycles("umlal r1, r2, r3, r4", &[0xfbe3, 0x1204], &[(M3, 5), (M4, 1), (M33, 1)]);
    assert_cycles("smlal r1, r2, r3, r4", &[0xfbc3, 0x1204], &[(M3, 6), (M4, 1), (M33, 1)]);
    assert_cycles("smlad r11, r4, r8, r11", &[0xfb24, 0xbb08], &[(M4, 1), (M33, 1)]);
    assert_cycles("udiv r1, r2, r3", &[0xfbb2, 0xf1f3], &[(M3, 7), (M4, 7)]);
}

#[test]
fn calls_and_returns_refill_the_pipeline() {
    assert_cycles("bl", &[0xf000, 0xf830], &[(M0, 4), (M0Plus, 3)]);
    assert_cycles("bx lr", &[0x4770], &[(M0, 3), (M0Plus, 2)]);
    assert_cycles("pop {r4-r7, pc}", &[0xbdf0], &[(M0, 9), (M0Plus, 8)]);
    // Taken, since the next repetition starts at the first instruction.
    let twice = |core| repeated(core, &[0xbf00, 0xf000, 0xf830], 2); // nop; bl
    assert_eq!([M3, M4].map(twice), [2 + 3 + 1; 2]);
}

#[test]
fn an_m33_waits_for_results_of_loads_and_multiplications() {
    assert_cycles("ldr r1, [r2]; adds r0, r1, #7", &[0x6811, 0x1dc8], &[(M33, 3)]);
    assert_cycles("ldr r1, [r2]; adds r0, r2, #7", &[0x6811, 0x1dd0], &[(M33, 2)]);
    assert_cycles("ldr r1, [r2]; mla r0, r4, r6, r1", &[0x6811, 0xfb04, 0x1006], &[(M33, 2)]);
    assert_cycles("ldr r1, [r2]; str r1, [r3, #4]", &[0x6811, 0x6059], &[(M33, 2)]);
    let smlad = [0xfb24, 0xbb08];
    assert_cycles("a chain of smlad", &[smlad, smlad, smlad].concat(), &[(M33, 3)]);
    assert_cycles("smlad r11; mov r0, r11", &[0xfb24, 0xbb08, 0x4658], &[(M33, 3)]);
}

#[test]
fn an_m33_issues_narrow_branches_with_the_instruction_before() {
    let halves = [0x3f01, 0x4408, 0xd1fc]; // subs r7, #1; add r0, r1; bne
    assert_eq!(repeated(M33, &halves, 10), 9 * 3 + 2);
    let halves = [0x3f01, 0xce0f, 0xd1fc]; // subs r7, #1; ldm r6!, {r0-r3}; bne
    assert_eq!(repeated(M33, &halves, 10), 9 * 6 + 5);
}

#[test]
fn an_m7_issues_two_independent_instructions_a_cycle() {
    assert_cycles("adds r0, r2, #7; adds r1, r3, #7", &[0x1dd0, 0x1dd9], &[(M7, 1)]);
    assert_cycles("adds r0, r2, #7; adds r1, r0, #7", &[0x1dd0, 0x1dc1], &[(M7, 2)]);
    let (first, second) = ([0xfb24, 0xbb08], [0xfb24, 0xaa08]); // smlad r11, ...; smlad r10, ...
    assert_cycles("two smlad", &[first, second].concat(), &[(M7, 2)]);
    assert_cycles("ldm r0!, {r4-r7}", &[0xc8f0], &[(M7, 2)]);
}

#[test]
fn an_m55_overlaps_vector_instructions_of_different_units() {
    // vldrb.u8 q0, [r0], #16; vmladava.s8 r2, q0, q1
    let pair = [0xecb0, 0x1e10, 0xeef0, 0x2f22];
    assert_cycles("a load and its products", &pair, &[(M55, 2)]);
    let other = [0xecb0, 0x1e10, 0xeef0, 0x4f22]; // the same into r4
    assert_cycles("two of these", &[pair, other].concat(), &[(M55, 4)]);
    let load = [0xecb0, 0x1e10];
    assert_cycles("two loads", &[load, load].concat(), &[(M55, 3)]);
    // nop; le: after the first, a low-overhead loop costs nothing.
    assert_eq!(repeated(M55, &[0xbf00, 0xf00f, 0xc00d], 10), 10 + 1);
}
