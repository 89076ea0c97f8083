//! The training step agrees with TensorFlow's.
//!
//! `fixtures/gan_step_seed7.json` holds losses, pictures, logits, gradients and weights of real TensorFlow steps;
//! `fixtures/make_golden.py` made it and says how to rebuild the inputs. The environment variable `POCKETGAN_GOLDEN` names further files of the same form,
//! separated by colons.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{Network, layers};
use pocketgan_core::recipe::{BATCH, Discriminator, Generator, LATENT, PIXELS, REAL_LABEL};
use pocketgan_core::train::execution::Plan;
use pocketgan_core::train::gan::{Loss, Rules, StepMetrics, step};
use pocketgan_core::train::golden::{Lcg, take_step};
use pocketgan_core::train::optimiser::KeepGradient;
use pocketgan_core::train::recipe::{Gan, Workspace};
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    seed: u32,
    steps: Vec<GoldenStep>,
}

#[derive(Deserialize)]
struct GoldenStep {
    n_real: usize,
    d_loss: f64,
    g_loss: f64,
    generated: Digest,
    real_logits: Digest,
    fake_logits: Digest,
    grad: BTreeMap<String, Digest>,
    param_after: BTreeMap<String, Digest>,
}

/// The recorded properties of a tensor.
#[derive(Deserialize)]
struct Digest {
    l2: f64,
    sum: f64,
    at: BTreeMap<usize, f64>,
}

/// The largest difference allowed, relative to the tensor's largest value.
const TENSOR_TOLERANCE: f64 = 1e-5;
const LOSS_TOLERANCE: f64 = 3e-6;

/// All differences, collected so that a failure shows everything at once.
struct Findings {
    place: String,
    off: Vec<String>,
    compared: usize,
}

impl Findings {
    fn close(&mut self, what: &str, value: f64, expected: f64, tolerance: f64) {
        self.compared += 1;
        let is_close = (value - expected).abs() <= tolerance;
        // Not "is farther than", so that NaN counts as off.
        if !is_close {
            self.off.push(format!("{}: {what} is {value}, not {expected} (± {tolerance:.1e})", self.place));
        }
    }

    fn tensor(&mut self, name: &str, values: &[f32], golden: &Digest) {
        let largest = values.iter().fold(0.0_f64, |max, &x| max.max(f64::from(x.abs())));
        let tolerance = TENSOR_TOLERANCE * largest;
        for (&i, &expected) in &golden.at {
            self.close(&format!("{name}[{i}]"), f64::from(values[i]), expected, tolerance);
        }
        // Elements that are each off by at most the tolerance leave the norm within `sqrt(n)` of it. Their sum could be
        // off by `n` of it, if all erred to one side; 16 `sqrt(n)` is what related errors were seen to stay well below.
        let n = values.len() as f64;
        let l2 = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        self.close(&format!("{name}'s norm"), l2, golden.l2, tolerance * n.sqrt());
        let sum = values.iter().map(|&x| f64::from(x)).sum();
        self.close(&format!("{name}'s sum"), sum, golden.sum, tolerance * n.min(16.0 * n.sqrt()));
    }

    fn network<N: Network>(&mut self, prefix: &str, network: &N, golden: &BTreeMap<String, Digest>) {
        for (index, layer) in layers(N::LAYERS, network.flat()).enumerate() {
            for (part, values) in [("kernel", layer.kernel), ("bias", layer.bias)] {
                let name = format!("{prefix}.{index}.{part}");
                let digest = golden.get(&name).unwrap_or_else(|| panic!("{}: no tensor {name}", self.place));
                self.tensor(&name, values, digest);
            }
        }
    }

    fn step(&mut self, metrics: StepMetrics, workspace: &Workspace<'_>, golden: &GoldenStep) {
        self.close("the discriminator's loss", f64::from(metrics.d_loss), golden.d_loss, LOSS_TOLERANCE);
        self.close("the generator's loss", f64::from(metrics.g_loss), golden.g_loss, LOSS_TOLERANCE);
        self.tensor("generated", workspace.fakes(), &golden.generated);
        self.tensor("fake logits", workspace.fake_logits(), &golden.fake_logits);
        self.tensor("real logits", &workspace.real_logits()[..golden.n_real], &golden.real_logits);
    }
}

/// Runs the steps of a golden file and compares the results.
fn compare(file: &Path, isa: Isa, shards: usize) -> Findings {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()));
    let golden: Golden = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let mut lcg = Lcg::new(golden.seed);
    let mut gan: Box<Gan> = bytemuck::zeroed_box();
    lcg.start(&mut gan);
    let (mut latents, mut images) = (vec![0.0; BATCH * LATENT], vec![0.0; BATCH * PIXELS]);
    let mut memory = bytemuck::zeroed_vec(Workspace::lines(BATCH));
    let mut workspace = Workspace::new(&mut memory, BATCH);
    let plan = Plan::serial(isa, shards);
    let mut findings = Findings { place: String::new(), off: Vec::new(), compared: 0 };
    for (number, step_golden) in (1..).zip(&golden.steps) {
        findings.place = format!("{}, {}, step {number}", file.display(), isa.name());
        let inputs = lcg.inputs(&mut latents, &mut images[..step_golden.n_real * PIXELS]);

        // `clone` of a box may copy through the stack, where this does not fit.
        let mut gradients: Box<Gan> = bytemuck::zeroed_box();
        *gradients = *gan;
        let keep = Rules {
            generator: KeepGradient,
            discriminator: KeepGradient,
            loss: Loss::CrossEntropy { real_label: REAL_LABEL },
            r1: 0.0,
            r2: 0.0,
        };
        step(&mut gradients, &mut workspace, &inputs, &plan, &keep);
        findings.network("g", &gradients.generator.moments[0], &step_golden.grad);
        findings.network("d", &gradients.discriminator.moments[0], &step_golden.grad);

        let metrics = take_step(&mut gan, &mut workspace, &inputs, &plan, number);
        findings.step(metrics, &workspace, step_golden);
        findings.network::<Generator>("g", &gan.generator.weights, &step_golden.param_after);
        findings.network::<Discriminator>("d", &gan.discriminator.weights, &step_golden.param_after);
    }
    findings
}

fn files() -> Vec<PathBuf> {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gan_step_seed7.json");
    let named = std::env::var_os("POCKETGAN_GOLDEN").unwrap_or_default();
    let named = std::env::split_paths(&named).filter(|path| !path.as_os_str().is_empty());
    std::iter::once(committed).chain(named).collect()
}

#[test]
fn steps_agree_with_tensorflow_on_every_instruction_set() {
    for file in files() {
        for isa in Isa::available() {
            let findings = compare(&file, isa, 4);
            assert!(findings.off.is_empty(), "{} values are off:\n{}", findings.off.len(), findings.off.join("\n"));
            println!("{}: {} values agree with {}", file.display(), findings.compared, isa.name());
        }
    }
}
