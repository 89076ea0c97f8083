//! The kernel for AMX against multiply-adds, to the bit: natively where this machine has AMX, otherwise emulated.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod decode;
mod emulator;
mod illegal;
#[path = "../noise/mod.rs"]
mod noise;

use std::arch::asm;
use std::thread;

use pocketgan_core::network;
use pocketgan_core::nn::kernel::{Bf16Pair, Isa, Left, Product, Right, Start, WIDTH};
use pocketgan_core::nn::network::CacheLine;
use pocketgan_core::random::{Purpose, Stream};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::gan::{Gan, Loss, Rules, Workspace, step};
use pocketgan_core::train::optimiser::{Adam, RmsProp};

use decode::{Instruction, Rows, decode};
use emulator::Tiles;
use noise::Noise;

/// Every instruction set, with AMX beside it.
fn isas_with_amx() -> impl Iterator<Item = Isa> {
    if !Isa::best().in_tiles().multiplies_pairs() {
        illegal::emulate();
    }
    // SAFETY: AMX is there, or emulated.
    Isa::available().map(|isa| unsafe { isa.with_amx() })
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    /// Pairs.
    depth: usize,
    columns: usize,
    column_major: bool,
    in_panels: bool,
    biased: bool,
}

/// Sizes that are whole tiles or not: blocks of every size, operands in place and packed.
fn shapes() -> impl Iterator<Item = Shape> {
    let sizes = [(1, 1, 1), (16, 16, 16), (16, 33, 48), (32, 48, 64), (40, 50, 100), (17, 300, 33), (64, 32, 50)];
    let ways = [false, true].into_iter().flat_map(|a| [false, true].map(|b| (a, b)));
    sizes.into_iter().enumerate().flat_map(move |(i, (rows, depth, columns))| {
        let biased = i % 2 == 0;
        ways.clone().map(move |(column_major, in_panels)| Shape {
            rows,
            depth,
            columns,
            column_major,
            in_panels,
            biased,
        })
    })
}

fn product(isa: Isa, shape: Shape) -> Vec<f32> {
    let Shape { rows, depth, columns, column_major, in_panels, biased } = shape;
    let mut stream = Stream::at(3, Purpose::Weights, 0);
    // Of such different magnitudes that every sum is rounded.
    let mut number = || (8.0 * stream.symmetric()).exp2() * stream.symmetric();
    let bias: Vec<f32> = (0..columns).map(|_| number()).collect();
    let mut pairs = |len| -> Vec<Bf16Pair> { (0..len).map(|_| Bf16Pair::new(number(), number())).collect() };
    let (a, b) = (pairs(rows * depth), pairs(depth * columns.next_multiple_of(WIDTH)));
    let mut out = vec![0.0; rows * columns];
    isa.run(Product {
        rows,
        depth,
        columns,
        left: match column_major {
            true => Left::Columns { data: &a, stride: rows },
            false => Left::Rows { data: &a, stride: depth },
        },
        right: match in_panels {
            true => Right { data: &b, depth_stride: WIDTH, group_stride: depth * WIDTH },
            false => Right { data: &b, depth_stride: columns, group_stride: WIDTH },
        },
        start: if biased { Start::Bias(&bias) } else { Start::Zero },
        out: &mut out,
        out_stride: columns,
        order: isa.pair_order(),
        interleaved: (),
    });
    out
}

#[test]
fn products_have_the_bits_of_multiply_adds() {
    for (isa, shape) in isas_with_amx().flat_map(|isa| shapes().map(move |shape| (isa, shape))) {
        assert!(product(isa, shape) == product(Isa::PORTABLE.in_tiles(), shape), "{isa:?} {shape:?}");
    }
}

#[test]
fn every_thread_has_tiles_of_its_own() {
    let shape = Shape { rows: 32, depth: 100, columns: 32, column_major: false, in_panels: false, biased: true };
    let expected = product(Isa::PORTABLE.in_tiles(), shape);
    let isa = isas_with_amx().last().expect("there is a portable one");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| assert!(product(isa, shape) == expected)));
        }
    });
}

network! {
    struct Generator {
        hidden: 10 => 37 LeakyRelu,
        image: 37 => 50 Tanh,
    }
}

network! {
    /// With blocks of weights that are updated interleaved with products, and others.
    struct Discriminator {
        dense0: 50 => 96 LeakyRelu,
        dense1: 96 => 33 LeakyRelu,
        logit: 33 => 1 Linear,
    }
}

/// Real images of a batch.
const REALS: usize = 19;

/// The bytes of both networks after two steps.
fn trained(isa: Isa) -> Vec<u8> {
    let mut gan: Box<Gan<Generator, Discriminator, 2, 1, Bf16Pair>> = bytemuck::zeroed_box();
    gan.start(5);
    let mut memory: Vec<CacheLine> =
        bytemuck::zeroed_vec(Workspace::<Generator, Discriminator, Bf16Pair>::lines(REALS));
    for t in 1..=2 {
        let mut workspace = Workspace::new(&mut memory, REALS);
        let (generator, discriminator) = (Adam::at_step(1e-2, t), RmsProp::new(1e-2));
        let rules = Rules { generator, discriminator, loss: Loss::RelativisticPairing, r1: 1.0, r2: 1.0 };
        step(&mut gan, &mut workspace, &Noise(REALS), &Plan::serial(isa, 3), &rules);
    }
    let (g, d) = (&gan.generator, &gan.discriminator);
    let parts = [bytemuck::bytes_of(&g.weights), bytemuck::bytes_of(&g.moments), bytemuck::bytes_of(&d.weights)];
    [&parts[..], &[bytemuck::bytes_of(&d.moments), bytemuck::bytes_of(g.copies())]].concat().concat()
}

#[test]
fn steps_have_the_bits_of_multiply_adds() {
    let expected = trained(Isa::PORTABLE.in_tiles());
    assert!(expected != trained(Isa::PORTABLE), "the other order gives other bits");
    assert!(isas_with_amx().all(|isa| trained(isa) == expected));
}

/// What the assembler makes of an instruction, decoded: `rax` is 1000, `r12` 2000, `r13` 3000 and `rbp` 4000.
macro_rules! decoded {
    ($instruction:literal) => {{
        let code: *const u8;
        // SAFETY: the instruction is jumped over.
        unsafe { asm!("lea {}, [rip + 2f]", "jmp 3f", "2:", $instruction, "3:", out(reg) code) };
        let mut registers = [0; 16];
        (registers[0], registers[5], registers[12], registers[13]) = (1000, 4000, 2000, 3000);
        // SAFETY: no more bytes than those of the instruction are read.
        decode(|at| unsafe { *code.add(at) }, &registers)
    }};
}

#[test]
fn instructions_are_decoded_with_every_form_of_address() {
    let rows = |first, stride| Rows { first, stride };
    assert_eq!(decoded!("ldtilecfg [rax]"), Some((Instruction::LoadConfiguration(1000), 5)));
    assert_eq!(decoded!("ldtilecfg [r12 + 2*rax + 8]"), Some((Instruction::LoadConfiguration(4008), 7)));
    assert_eq!(decoded!("ldtilecfg [rbp + 1024]"), Some((Instruction::LoadConfiguration(5024), 9)));
    assert_eq!(decoded!("tilerelease"), Some((Instruction::Release, 5)));
    assert_eq!(decoded!("tilezero tmm5"), Some((Instruction::Zero(5), 5)));
    assert_eq!(decoded!("tileloadd tmm3, [rax]"), Some((Instruction::Load(3, rows(1000, 0)), 6)));
    assert_eq!(decoded!("tileloaddt1 tmm3, [rax + 4*r12 - 64]"), Some((Instruction::Load(3, rows(936, 8000)), 7)));
    assert_eq!(decoded!("tileloadd tmm7, [r13 + rbp + 4096]"), Some((Instruction::Load(7, rows(7096, 4000)), 10)));
    assert_eq!(decoded!("tilestored [r12 + r13 + 64], tmm6"), Some((Instruction::Store(rows(2064, 3000), 6), 7)));
    let multiply_add = Instruction::MultiplyAdd { sums: 1, a: 2, b: 7 };
    assert_eq!(decoded!("tdpbf16ps tmm1, tmm2, tmm7"), Some((multiply_add, 5)));
    assert_eq!(decoded!("tdpbssd tmm1, tmm2, tmm7"), None);
    assert_eq!(decoded!("vpdpbusd xmm1, xmm2, xmm7"), None);
}

/// A configuration of tiles of these rows and bytes in a row.
fn configuration(shapes: &[(u8, u16)]) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    for (tile, &(rows, width)) in shapes.iter().enumerate() {
        bytes[48 + tile] = rows;
        bytes[16 + 2 * tile..][..2].copy_from_slice(&width.to_le_bytes());
    }
    bytes
}

/// Whether all instructions can be executed after a configuration.
fn runs(configuration: &[u8; 64], instructions: &[Instruction]) -> bool {
    let mut tiles = Tiles::RELEASED;
    let configure = Instruction::LoadConfiguration(configuration.as_ptr() as u64);
    // SAFETY: they read the configuration only.
    [&[configure], instructions].concat().into_iter().all(|instruction| unsafe { tiles.execute(instruction) }.is_ok())
}

#[test]
fn the_emulator_faults_where_a_processor_does() {
    let multiply_add = |sums, a, b| Instruction::MultiplyAdd { sums, a, b };
    let fitting = configuration(&[(16, 32), (16, 64), (16, 32), (8, 64)]);
    assert!(runs(&fitting, &[multiply_add(0, 1, 2), Instruction::Zero(3)]));
    for instruction in [multiply_add(0, 1, 3), multiply_add(1, 0, 2), Instruction::Zero(4)] {
        assert!(!runs(&fitting, &[instruction]), "{instruction:?}");
    }
    let full = configuration(&[(16, 64); 3]);
    assert!(runs(&full, &[multiply_add(0, 1, 2)]));
    for same in [multiply_add(0, 0, 1), multiply_add(0, 1, 0), multiply_add(0, 1, 1)] {
        assert!(!runs(&full, &[same]), "{same:?}");
    }
    assert!(!runs(&fitting, &[Instruction::Release, Instruction::Zero(0)]));
    for shape in [(17, 64), (16, 65), (0, 64), (16, 0)] {
        assert!(!runs(&configuration(&[shape]), &[]), "{shape:?}");
    }
}
