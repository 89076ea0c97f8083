//! What the decoder says of instructions whose codes a GNU assembler made.

use super::decode;
use crate::instruction::{Operation, Registers};

/// The instruction, its halves, and what is expected: its class, what it reads, after `+` what it reads late, after `>` what
/// it writes, after `!` the address that it updates.
const INSTRUCTIONS: &[(&str, &[u16], &str)] = &[
    ("lsls r1, r2, #3", &[0x00d1], "Arithmetic r2 > r1 flags"),
    ("adds r1, r2, r3", &[0x18d1], "Arithmetic r2 r3 > r1 flags"),
    ("adds r1, r2, #7", &[0x1dd1], "Arithmetic r2 > r1 flags"),
    ("subs r5, #1", &[0x3d01], "Arithmetic r5 > r5 flags"),
    ("cmp r5, #1", &[0x2d01], "Arithmetic r5 > flags"),
    ("muls r1, r2, r1", &[0x4351], "Multiply r1 r2 > r1 flags"),
    ("tst r1, r2", &[0x4211], "Arithmetic r1 r2 > flags"),
    ("add r9, r6", &[0x44b1], "Arithmetic r6 r9 > r9"),
    ("mov r8, r4", &[0x46a0], "Arithmetic r4 > r8"),
    ("mov pc, lr", &[0x46f7], "ArithmeticToPc lr > pc"),
    ("bx lr", &[0x4770], "BranchToRegister lr"),
    ("blx r3", &[0x4798], "CallRegister r3 > lr"),
    ("ldr r1, [pc, #8]", &[0x4902], "Load { part: false } > r1"),
    ("ldr r1, [r2, r3]", &[0x58d1], "Load { part: false } r2 r3 > r1"),
    ("ldrb r6, [r0, #2]", &[0x7886], "Load { part: true } r0 > r6"),
    ("ldrsh r1, [r2, r3]", &[0x5ed1], "Load { part: true } r2 r3 > r1"),
    ("str r1, [r2, r3]", &[0x50d1], "Store { by_register: true } r2 r3 + r1"),
    ("str r1, [r2, #4]", &[0x6051], "Store { by_register: false } r2 + r1"),
    ("ldr r1, [sp, #4]", &[0x9901], "Load { part: false } sp > r1"),
    ("push {r1, r4-r7, lr}", &[0xb5f2], "StoreMultiple(6) sp + r1 r4 r5 r6 r7 lr ! sp"),
    ("pop {r4-r7, pc}", &[0xbdf0], "LoadMultiple { count: 5, to_pc: true } sp > r4 r5 r6 r7 pc ! sp"),
    ("stm r3!, {r4-r7}", &[0xc3f0], "StoreMultiple(4) r3 + r4 r5 r6 r7 ! r3"),
    ("ldm r0!, {r4, r5}", &[0xc830], "LoadMultiple { count: 2, to_pc: false } r0 > r4 r5 ! r0"),
    ("bne .-10", &[0xd1f9], "Branch flags"),
    ("b .-10", &[0xe7f9], "Branch"),
    ("cbz r1, .+10", &[0xb119], "CompareAndBranch r1"),
    ("it eq", &[0xbf08], "IfThen flags"),
    ("nop", &[0xbf00], "Hint"),
    ("cpsid i", &[0xb672], "System"),
    ("uxtb r6, r4", &[0xb2e6], "Arithmetic r4 > r6"),
    ("rev16 r6, r4", &[0xba66], "Arithmetic r4 > r6"),
    ("bl .+100", &[0xf000, 0xf830], "Call > lr"),
    ("b.w .+1000", &[0xf000, 0xb9f2], "Branch"),
    ("bne.w .+1000", &[0xf040, 0x81f2], "Branch flags"),
    ("mrs r1, primask", &[0xf3ef, 0x8110], "SpecialRegister > r1"),
    ("msr primask, r1", &[0xf381, 0x8810], "SpecialRegister r1"),
    ("dsb", &[0xf3bf, 0x8f4f], "Barrier"),
    ("isb", &[0xf3bf, 0x8f6f], "Barrier"),
    ("ldm r0!, {r4-r7, r9}", &[0xe8b0, 0x02f0], "LoadMultiple { count: 5, to_pc: false } r0 > r4 r5 r6 r7 r9 ! r0"),
    (
        "pop {r4-r11, pc}",
        &[0xe8bd, 0x8ff0],
        "LoadMultiple { count: 9, to_pc: true } sp > r4 r5 r6 r7 r8 r9 r10 r11 pc ! sp",
    ),
    ("stm r3, {r8-r12}", &[0xe883, 0x1f00], "StoreMultiple(5) r3 + r8 r9 r10 r11 r12"),
    ("ldrd r1, r2, [r3, #8]", &[0xe9d3, 0x1202], "LoadMultiple { count: 2, to_pc: false } r3 > r1 r2"),
    ("strd r1, r2, [r3, #8]!", &[0xe9e3, 0x1202], "StoreMultiple(2) r3 + r1 r2 ! r3"),
    ("ldr r1, [r2, #100]", &[0x6e51], "Load { part: false } r2 > r1"),
    ("ldr r1, [r2], #4", &[0xf852, 0x1b04], "Load { part: false } r2 > r1 ! r2"),
    ("ldrb.w r1, [r2, #4]!", &[0xf812, 0x1f04], "Load { part: true } r2 > r1 ! r2"),
    ("ldrh r6, [r1], #2", &[0xf831, 0x6b02], "Load { part: true } r1 > r6 ! r1"),
    ("ldr r1, [r2, r3, lsl #2]", &[0xf852, 0x1023], "Load { part: false } r2 r3 > r1"),
    ("str r1, [r2, r3, lsl #2]", &[0xf842, 0x1023], "Store { by_register: true } r2 r3 + r1"),
    ("str r8, [r2, #4]", &[0xf8c2, 0x8004], "Store { by_register: false } r2 + r8"),
    ("str r8, [r2], #4", &[0xf842, 0x8b04], "Store { by_register: false } r2 + r8 ! r2"),
    ("ldr pc, [r2, #4]", &[0xf8d2, 0xf004], "LoadPc r2"),
    ("pld [r2, #4]", &[0xf892, 0xf004], "Hint r2"),
    ("tbb [pc, r1]", &[0xe8df, 0xf001], "TableBranch r1 pc"),
    ("and r12, r8, r2, ror #8", &[0xea08, 0x2c32], "Shifted r2 r8 > r12"),
    ("add r1, r2, r8", &[0xeb02, 0x0108], "Arithmetic r2 r8 > r1"),
    ("lsr r14, r4, #16", &[0xea4f, 0x4e14], "Arithmetic r4 > lr"),
    ("mov r1, r9", &[0x4649], "Arithmetic r9 > r1"),
    ("cmp r9, #1", &[0xf1b9, 0x0f01], "Arithmetic r9 > flags"),
    ("bic r9, r4, #0xff000000", &[0xf024, 0x497f], "Shifted r4 > r9"),
    ("mov r8, #0xff", &[0xf04f, 0x08ff], "Arithmetic > r8"),
    ("orr r8, r8, #0xff000000", &[0xf048, 0x487f], "Shifted r8 > r8"),
    ("mov r3, #0x000f000f", &[0xf04f, 0x130f], "Arithmetic > r3"),
    ("movw r1, #0x1234", &[0xf241, 0x2134], "Arithmetic > r1"),
    ("movt r1, #0x1234", &[0xf2c1, 0x2134], "Arithmetic r1 > r1"),
    ("addw r1, r2, #0x123", &[0xf202, 0x1123], "Arithmetic r2 > r1"),
    ("bfi r1, r2, #3, #4", &[0xf362, 0x01c6], "Arithmetic r1 r2 > r1"),
    ("ubfx r1, r2, #3, #4", &[0xf3c2, 0x01c3], "Arithmetic r2 > r1"),
    ("sxth r9, r2", &[0xfa0f, 0xf982], "Arithmetic r2 > r9"),
    ("uxtb16 r4, r4", &[0xfa3f, 0xf484], "Arithmetic r4 > r4"),
    ("uxtab16 r4, r5, r6", &[0xfa35, 0xf486], "Parallel r5 r6 > r4"),
    ("lsl r9, r2, r3", &[0xfa02, 0xf903], "Arithmetic r2 r3 > r9"),
    ("clz r1, r2", &[0xfab2, 0xf182], "Arithmetic r2 > r1"),
    ("rev r9, r2", &[0xfa92, 0xf982], "Arithmetic r2 > r9"),
    ("uadd8 r1, r2, r3", &[0xfa82, 0xf143], "Parallel r2 r3 > r1"),
    ("pkhbt r1, r2, r3, lsl #16", &[0xeac2, 0x4103], "Parallel r2 r3 > r1"),
    ("mla r8, r4, r6, r8", &[0xfb04, 0x8806], "MultiplyAccumulate r4 r6 + r8 > r8"),
    ("mls r8, r4, r6, r8", &[0xfb04, 0x8816], "MultiplyAccumulate r4 r6 + r8 > r8"),
    ("mul r9, r2, r3", &[0xfb02, 0xf903], "Multiply r2 r3 > r9"),
    ("smlad r11, r4, r8, r11", &[0xfb24, 0xbb08], "DspMultiply r4 r8 + r11 > r11"),
    ("smulbb r1, r2, r3", &[0xfb12, 0xf103], "DspMultiply r2 r3 > r1"),
    ("smlabb r1, r2, r3, r4", &[0xfb12, 0x4103], "DspMultiply r2 r3 + r4 > r1"),
    ("umull r1, r2, r3, r4", &[0xfba3, 0x1204], "MultiplyLong r3 r4 > r1 r2"),
    ("umlal r1, r2, r3, r4", &[0xfbe3, 0x1204], "MultiplyAccumulateLong r3 r4 + r1 r2 > r1 r2"),
    ("smlal r1, r2, r3, r4", &[0xfbc3, 0x1204], "SignedMultiplyAccumulateLong r3 r4 + r1 r2 > r1 r2"),
    ("umaal r1, r2, r3, r4", &[0xfbe3, 0x1264], "MultiplyAccumulateLong r3 r4 + r1 r2 > r1 r2"),
    ("udiv r1, r2, r3", &[0xfbb2, 0xf1f3], "Divide r2 r3 > r1"),
    ("sdiv r1, r2, r3", &[0xfb92, 0xf1f3], "Divide r2 r3 > r1"),
    ("dls lr, r1", &[0xf041, 0xe001], "LoopStart r1 > lr"),
    ("le lr, .-20", &[0xf00f, 0xc00d], "LoopEnd lr > lr"),
    ("vldrb.u8 q0, [r0], #16", &[0xecb0, 0x1e10], "VectorLoad r0 > q0 ! r0"),
    ("vldrw.u32 q1, [r2]", &[0xed92, 0x3f00], "VectorLoad r2 > q1"),
    ("vstrw.32 q1, [r2]", &[0xed82, 0x3f00], "VectorStore r2 + q1"),
    ("vld20.8 {q0, q1}, [r0]", &[0xfc90, 0x1e00], "VectorLoad r0 > q0"),
    ("vmladava.s8 r2, q0, q1", &[0xeef0, 0x2f22], "VectorDot q0 q1 + r2 > r2"),
    ("vmladava.u8 r2, q0, q1", &[0xfef0, 0x2f22], "VectorDot q0 q1 + r2 > r2"),
    ("vmladav.s8 r2, q0, q1", &[0xeef0, 0x2f02], "VectorDot q0 q1 > r2"),
    ("vmlaldava.s16 r2, r3, q0, q1", &[0xee90, 0x2e22], "VectorDot q0 q1 + r2 > r2"),
    ("vmul.i8 q0, q1, q2", &[0xef02, 0x0954], "VectorMultiply q1 q2 > q0"),
    ("vmla.s8 q0, q1, r2", &[0xee03, 0x0e42], "VectorMultiply q1 > q0"),
    ("vmullb.s16 q0, q2, q3", &[0xee15, 0x0e06], "VectorMultiply q2 q3 > q0"),
    ("vmovnt.i32 q0, q1", &[0xfe35, 0x1e83], "Vector q0 q1 > q0"),
    ("vqmovnb.s32 q2, q0", &[0xee37, 0x4e01], "Vector q0 q2 > q2"),
    ("vaddva.u8 r2, q0", &[0xfef1, 0x2f20], "Vector q0 + r2 > r2"),
    ("vaddv.u8 r2, q0", &[0xfef1, 0x2f00], "Vector q0 > r2"),
    ("vadd.i8 q0, q1, q2", &[0xef02, 0x0844], "Vector q1 q2 > q0"),
    ("vldr s0, [r1, #4]", &[0xed91, 0x0a01], "Load { part: false } r1"),
    ("vadd.f32 s0, s1, s2", &[0xee30, 0x0a81], "Float"),
    ("vmla.f32 s0, s1, s2", &[0xee00, 0x0a81], "Float"),
    ("vmov s0, r1", &[0xee00, 0x1a10], "Float"),
    ("vldmia r1!, {s0-s3}", &[0xecb1, 0x0a04], "LoadMultiple { count: 4, to_pc: false } r1 ! r1"),
    ("vpush {d8-d10}", &[0xed2d, 0x8b06], "StoreMultiple(6) sp ! sp"),
];

fn names(mark: &str, registers: Registers) -> String {
    let name = |number| match number {
        13 => "sp".to_owned(),
        14 => "lr".to_owned(),
        15 => "pc".to_owned(),
        16 => "flags".to_owned(),
        17.. => format!("q{}", number - 17),
        _ => format!("r{number}"),
    };
    let names: String = registers.numbers().map(|number| format!(" {}", name(number))).collect();
    if names.is_empty() { names } else { format!("{mark}{names}") }
}

fn described(Operation { class, reads, late, writes, updates }: Operation) -> String {
    let [reads, late] = [names("", reads), names(" +", late)];
    format!("{class:?}{reads}{late}{}{}", names(" >", writes), names(" !", updates))
}

#[test]
fn instructions_have_their_classes_and_registers() {
    for &(text, halves, expected) in INSTRUCTIONS {
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let instruction = decode(0, &bytes);
        assert_eq!(
            (described(instruction.operation).as_str(), instruction.bytes as usize),
            (expected, bytes.len()),
            "{text}"
        );
    }
}

#[test]
fn bytes_after_an_instruction_do_not_matter() {
    assert_eq!(decode(0, &[0x0c, 0x22, 0x0a, 0x60]), decode(0, &[0x0c, 0x22]));
}
