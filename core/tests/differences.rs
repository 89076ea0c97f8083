//! A discriminator that sees differences of neighbouring pixels, against one whose first layer has the three kernels that
//! the module speaks of.

mod noise;

use noise::Noise;
use pocketgan_core::network;
use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::CacheLine;
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::gan::{Differences, Gan, Loss, Rules, Workspace, step};
use pocketgan_core::train::optimiser::{KeepGradient, Optimiser, RmsProp};

const WIDTH: usize = 5;
const HEIGHT: usize = 4;
const PIXELS: usize = WIDTH * HEIGHT;
/// Columns of the first kernel.
const COLUMNS: usize = 32;
const BATCH: usize = 3;
const RATE: f32 = 1e-2;

network! {
    struct Generator {
        image: 3 => PIXELS Tanh,
    }
}

network! {
    struct Discriminator {
        hidden: PIXELS => COLUMNS LeakyRelu,
        logit: COLUMNS => 1 Linear,
    }
}

/// Networks at their beginning, and the moments that belong to differences.
struct Training {
    gan: Box<Gan<Generator, Discriminator, 1, 1>>,
    moments: Vec<CacheLine>,
}

impl Training {
    fn start() -> Self {
        let mut gan: Box<Gan<_, _, 1, 1>> = bytemuck::zeroed_box();
        gan.start(5);
        Self { gan, moments: bytemuck::zeroed_vec(Differences::moment_lines::<Discriminator, 1>()) }
    }

    fn step(&mut self, isa: Isa, rule: &(impl Optimiser<1> + Clone), differences: bool) {
        let mut memory = bytemuck::zeroed_vec(Workspace::<Generator, Discriminator>::lines(BATCH));
        let mut scratch = bytemuck::zeroed_vec(Differences::scratch_lines::<Discriminator>());
        let mut workspace = Workspace::new(&mut memory, BATCH);
        if differences {
            let (moments, scratch) = (&mut *self.moments, &mut *scratch);
            workspace = workspace.with_differences(Differences { width: WIDTH, moments, scratch });
        }
        let (loss, generator) = (Loss::RelativisticPairing, KeepGradient);
        let rules = Rules { generator, discriminator: rule.clone(), loss, r1: 1.0, r2: 1.0 };
        step(&mut self.gan, &mut workspace, &Noise(BATCH), &Plan::serial(isa, 1), &rules);
    }

    fn kernel(&self) -> &[[f32; COLUMNS]; PIXELS] {
        &self.gan.discriminator.weights.hidden.kernel
    }
}

/// The gradient of the kernel for pixels.
fn gradient(isa: Isa) -> [[f32; COLUMNS]; PIXELS] {
    let mut training = Training::start();
    training.step(isa, &KeepGradient, false);
    training.gan.discriminator.moments[0].hidden.kernel
}

/// The right neighbour of a pixel and that below.
fn neighbours(pixel: usize) -> [Option<usize>; 2] {
    [(pixel % WIDTH + 1 < WIDTH).then_some(pixel + 1), (pixel + WIDTH < PIXELS).then_some(pixel + WIDTH)]
}

#[test]
fn moments_are_those_of_the_gradients_with_respect_to_pixels_and_differences() {
    for isa in Isa::available() {
        let gradient = gradient(isa);
        let mut training = Training::start();
        training.step(isa, &KeepGradient, true);
        for (at, line) in training.moments.iter().enumerate() {
            let (group, pixel, input) = (at / 3 / PIXELS, at / 3 % PIXELS, at % 3);
            for (lane, &moment) in line.0.iter().enumerate() {
                let of = |pixel: usize| gradient[pixel][16 * group + lane];
                let expected = match input {
                    0 => of(pixel),
                    _ => neighbours(pixel)[input - 1].map_or(0.0, |neighbour| of(neighbour) - of(pixel)),
                };
                assert_eq!(moment, expected, "{isa:?}, pixel {pixel}, input {input}");
            }
        }
        assert_eq!(training.kernel(), Training::start().kernel(), "a rule without steps moved the kernel");
    }
}

#[test]
fn steps_of_pixels_and_differences_are_added_to_the_kernel_and_its_transpose() {
    // The first step of RMSprop: v = 0.1 g².
    let step_of = |g: f64| f64::from(RATE) * g / (0.1_f64.sqrt() * g.abs() + 1e-7);
    for isa in Isa::available() {
        let gradient = gradient(isa);
        let mut training = Training::start();
        let before = *training.kernel();
        training.step(isa, &RmsProp::new(RATE), true);
        for column in 0..COLUMNS {
            let of = |pixel: usize| f64::from(gradient[pixel][column]);
            let mut expected: Vec<f64> = (0..PIXELS).map(|p| f64::from(before[p][column]) - step_of(of(p))).collect();
            for pixel in 0..PIXELS {
                for neighbour in neighbours(pixel).into_iter().flatten() {
                    let step = step_of(of(neighbour) - of(pixel));
                    expected[neighbour] -= step;
                    expected[pixel] += step;
                }
            }
            for (pixel, expected) in expected.iter().enumerate() {
                let weight = training.kernel()[pixel][column];
                assert!((f64::from(weight) - expected).abs() < 1e-5, "{isa:?}: {weight} is not {expected}");
            }
        }
        let transposed = *training.gan.discriminator.copies();
        training.gan.copy_kernels();
        let written = training.gan.discriminator.copies();
        assert!(bytemuck::bytes_of(&transposed) == bytemuck::bytes_of(written), "{isa:?}");
    }
}

#[test]
#[should_panic(expected = "a multiple of 16 outputs")]
fn a_first_layer_of_another_width_is_an_error() {
    network! {
        struct Narrow {
            hidden: PIXELS => 9 LeakyRelu,
            logit: 9 => 1 Linear,
        }
    }
    let mut memory = bytemuck::zeroed_vec(Workspace::<Generator, Narrow>::lines(BATCH));
    let (moments, scratch): (&mut [CacheLine], &mut [CacheLine]) = (&mut [], &mut []);
    let _ = Workspace::<Generator, Narrow>::new(&mut memory, BATCH).with_differences(Differences {
        width: WIDTH,
        moments,
        scratch,
    });
}
