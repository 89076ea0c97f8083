//! One simultaneous step of the two networks, in two phases.
//!
//! 1. *Samples*: each shard of the batch goes forward and backward through both networks with the old weights, in its
//!    own part of the [`Workspace`].
//! 2. *Weights*: each [block](crate::update::Block) of rows sums its gradient over all samples and is updated.
//!
//! A shard or a block is one task. Tasks own what they write and compute each number in one order of summation, so the
//! bits depend neither on who runs them nor on how many shards there are.

use bytemuck::Zeroable;
use heapless::Vec;

use crate::activation;
use crate::initial::glorot;
use crate::kernel::Isa;
use crate::loss::bce;
use crate::mlp::{self, Trace, take};
use crate::network::{CacheLine, Network, PANEL};
use crate::optimiser::Optimiser;
use crate::recipe::{Discriminator, Generator, LATENT, PIXELS};
use crate::tasks::{Part, RunTasks};
use crate::update::{Block, Trained, blocks_of};

/// Both networks in training: the generator with Adam's two moments, the discriminator with RMSprop's one.
///
/// 6 MB: made zeroed where it is to stay (`bytemuck::zeroed_box` on a PC), never on the stack.
#[derive(Clone, Copy, Debug, Zeroable)]
#[repr(C)]
pub struct Gan {
    /// Draws.
    pub generator: Trained<Generator, 2>,
    /// Judges.
    pub discriminator: Trained<Discriminator, 1>,
}

impl Gan {
    /// Puts both networks where a training with `seed` starts.
    pub fn start(&mut self, seed: u64) {
        glorot(&mut self.generator.weights, seed, 0);
        glorot(&mut self.discriminator.weights, seed, 1);
        self.generator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.discriminator.moments.iter_mut().for_each(|moment| moment.flat_mut().fill(0.0));
        self.transpose();
    }

    /// Rebuilds the transposed kernels of both networks, after their weights were set.
    pub fn transpose(&mut self) {
        self.generator.transpose();
        self.discriminator.transpose();
    }
}

/// Where a step's latents and real images come from. Rows are asked for in any order, from any thread.
pub trait Samples: Sync {
    /// Number of real images in this step, at most the workspace's batch.
    fn real_count(&self) -> usize;
    /// Writes latent `row`.
    fn latent(&self, row: usize, into: &mut [f32]);
    /// Writes the pixels (-1..1) of real image `row`.
    fn image(&self, row: usize, into: &mut [f32]);
}

/// How a step is done; none of it changes the result beyond rounding, and only `isa` that.
#[derive(Debug)]
pub struct Plan<'t, T> {
    /// Instruction set.
    pub isa: Isa,
    /// Parts the batch is cut into, 1 to [`MAX_SHARDS`].
    pub shards: usize,
    /// Runs the tasks.
    pub tasks: &'t T,
}

/// The rules by which a step moves the networks.
#[derive(Clone, Copy, Debug)]
pub struct Rules<G, D> {
    /// Moves the generator.
    pub generator: G,
    /// Moves the discriminator.
    pub discriminator: D,
    /// What the discriminator is asked to say of a real image.
    pub real_label: f32,
}

/// What a step measured, before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean cross-entropy of the real images' logits against the real label plus that of the fakes' against 0.
    pub d_loss: f32,
    /// Mean cross-entropy of the fakes' logits against 1.
    pub g_loss: f32,
    /// Real images that the discriminator took for real.
    pub real_right: u32,
    /// Fakes that it took for fakes.
    pub fake_right: u32,
}

/// Most shards a batch can be cut into.
pub const MAX_SHARDS: usize = 64;

/// The memory of a step: what all samples of a batch leave behind.
#[derive(Debug)]
pub struct Workspace<'m> {
    batch: usize,
    generator: Trace<'m>,
    /// Fakes first, real images after them.
    discriminator: Trace<'m>,
    /// `[2 batch]`, in the discriminator's order.
    logits: &'m mut [f32],
    /// `[2 batch]`: each sample's part of the discriminator's loss.
    losses: &'m mut [f32],
}

impl<'m> Workspace<'m> {
    /// Cache lines that a workspace for `batch` samples takes.
    pub const fn lines(batch: usize) -> usize {
        let generator = Trace::floats_per_row(Generator::LAYERS);
        let discriminator = Trace::floats_per_row(Discriminator::LAYERS);
        (batch * (generator + 2 * (discriminator + 2))).div_ceil(PANEL)
    }

    /// A workspace for `batch` fakes and up to as many real images.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says, or the batch is 0.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        assert!(batch > 0, "a batch has at least one sample");
        let mut memory = bytemuck::cast_slice_mut(memory);
        Self {
            batch,
            generator: Trace::carve(&mut memory, Generator::LAYERS, batch),
            discriminator: Trace::carve(&mut memory, Discriminator::LAYERS, 2 * batch),
            logits: take(&mut memory, 2 * batch),
            losses: take(&mut memory, 2 * batch),
        }
    }

    /// Number of fakes a step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The last step's fakes, `[batch][784]`, in -1..1.
    pub fn fakes(&self) -> &[f32] {
        &self.discriminator.inputs[0][..self.batch * PIXELS]
    }

    /// The last step's logits of the fakes, `[batch]`.
    pub fn fake_logits(&self) -> &[f32] {
        &self.logits[..self.batch]
    }

    /// The last step's logits of the real images, followed by older ones.
    pub fn real_logits(&self) -> &[f32] {
        &self.logits[self.batch..]
    }
}

/// One step: both gradients with the old weights, then both networks move.
///
/// # Panics
/// If there are no real images or more than the batch, or `plan.shards` is out of its range.
pub fn step<S, T, G, D>(
    gan: &mut Gan,
    workspace: &mut Workspace<'_>,
    samples: &S,
    plan: &Plan<'_, T>,
    rules: &Rules<G, D>,
) -> Report
where
    S: Samples,
    T: RunTasks,
    G: Optimiser<2>,
    D: Optimiser<1>,
{
    let reals = samples.real_count();
    assert!((1..=workspace.batch).contains(&reals), "a step needs 1 to {} real images, not {reals}", workspace.batch);
    let judge = Judge { gan, samples, plan, real_label: rules.real_label, fakes: workspace.batch, reals };
    plan.tasks.for_each(&mut cut_shards(workspace, plan.shards, reals), |shard| shard.run(&judge));
    update_weights(gan, workspace, reals, plan, rules);
    report(workspace, reals)
}

/// A part of the batch with its part of the workspace.
struct Shard<'w> {
    first_fake: usize,
    first_real: usize,
    generator: Trace<'w>,
    fakes: Judged<'w>,
    reals: Judged<'w>,
}

/// Pictures in front of the discriminator.
struct Judged<'w> {
    trace: Trace<'w>,
    logits: &'w mut [f32],
    losses: &'w mut [f32],
}

impl<'w> Judged<'w> {
    fn take_rows(&mut self, rows: usize) -> Self {
        Self {
            trace: self.trace.take_rows(rows),
            logits: take(&mut self.logits, rows),
            losses: take(&mut self.losses, rows),
        }
    }
}

/// Cuts fakes and real images each into `count` parts of (almost) one size.
fn cut_shards<'w>(workspace: &'w mut Workspace<'_>, count: usize, reals: usize) -> Vec<Shard<'w>, MAX_SHARDS> {
    assert!((1..=MAX_SHARDS).contains(&count), "1 to {MAX_SHARDS} shards, not {count}");
    let batch = workspace.batch;
    let mut generator = workspace.generator.reborrow();
    let mut judged = Judged {
        trace: workspace.discriminator.reborrow(),
        logits: &mut *workspace.logits,
        losses: &mut *workspace.losses,
    };
    let mut fakes = judged.take_rows(batch);
    let (fake_cut, real_cut) = (|shard: usize| shard * batch / count, |shard: usize| shard * reals / count);
    (0..count)
        .map(|shard| {
            let (first_fake, first_real) = (fake_cut(shard), real_cut(shard));
            let fake_rows = fake_cut(shard + 1) - first_fake;
            Shard {
                first_fake,
                first_real,
                generator: generator.take_rows(fake_rows),
                fakes: fakes.take_rows(fake_rows),
                reals: judged.take_rows(real_cut(shard + 1) - first_real),
            }
        })
        .collect()
}

/// What every shard of a step needs to know.
struct Judge<'s, S, T> {
    gan: &'s Gan,
    samples: &'s S,
    plan: &'s Plan<'s, T>,
    real_label: f32,
    /// Samples in the whole batch: the losses are means over these.
    fakes: usize,
    reals: usize,
}

impl Shard<'_> {
    fn run<S: Samples, T: RunTasks>(&mut self, judge: &Judge<'_, S, T>) {
        self.draw(judge);
        self.judge_reals(judge);
        self.judge_fakes(judge);
        judge.plan.tasks.enter(Part::GeneratorBackward);
        mlp::backward::<Generator>(judge.plan.isa, judge.gan.generator.transposed(), &mut self.generator);
        judge.plan.tasks.enter(Part::Idle);
    }

    /// Latents through the generator, to fakes.
    fn draw<S: Samples, T: RunTasks>(&mut self, judge: &Judge<'_, S, T>) {
        judge.plan.tasks.enter(Part::Noise);
        for (row, latent) in self.generator.inputs[0].chunks_exact_mut(LATENT).enumerate() {
            judge.samples.latent(self.first_fake + row, latent);
        }
        judge.plan.tasks.enter(Part::GeneratorForward);
        let generator = &judge.gan.generator.weights;
        mlp::forward(judge.plan.isa, generator, &mut self.generator, self.fakes.trace.inputs[0]);
    }

    /// Real images through the discriminator, and its loss back.
    fn judge_reals<S: Samples, T: RunTasks>(&mut self, judge: &Judge<'_, S, T>) {
        let Judged { trace, logits, losses } = &mut self.reals;
        judge.plan.tasks.enter(Part::Batch);
        for (row, image) in trace.inputs[0].chunks_exact_mut(PIXELS).enumerate() {
            judge.samples.image(self.first_real + row, image);
        }
        let discriminator = &judge.gan.discriminator;
        judge.plan.tasks.enter(Part::DiscriminatorForward);
        mlp::forward(judge.plan.isa, &discriminator.weights, trace, logits);
        let dlogits = trace.gradients.last_mut().expect("a network has layers");
        for ((&logit, loss), dlogit) in logits.iter().zip(losses.iter_mut()).zip(dlogits.iter_mut()) {
            let bce = bce(logit, judge.real_label);
            (*loss, *dlogit) = (bce.loss, bce.dlogit / judge.reals as f32);
        }
        judge.plan.tasks.enter(Part::DiscriminatorBackward);
        mlp::backward::<Discriminator>(judge.plan.isa, discriminator.transposed(), trace);
    }

    /// Fakes through the discriminator, and both losses back.
    ///
    /// The discriminator's output is one number, so the gradients of its own loss and of the generator's differ by one
    /// factor a sample: the way back is done once, for a gradient of 1, and scaled twice.
    fn judge_fakes<S: Samples, T: RunTasks>(&mut self, judge: &Judge<'_, S, T>) {
        let Judged { trace, logits, losses } = &mut self.fakes;
        let discriminator = &judge.gan.discriminator;
        judge.plan.tasks.enter(Part::DiscriminatorForward);
        mlp::forward(judge.plan.isa, &discriminator.weights, trace, logits);
        judge.plan.tasks.enter(Part::DiscriminatorBackward);
        trace.gradients.last_mut().expect("a network has layers").fill(1.0);
        mlp::backward::<Discriminator>(judge.plan.isa, discriminator.transposed(), trace);
        let dpixels = self.generator.gradients.last_mut().expect("a network has layers");
        mlp::input_gradient::<Discriminator>(judge.plan.isa, discriminator.transposed(), trace, dpixels);

        let count = judge.fakes as f32;
        judge.plan.isa.vectorised(
            #[inline(always)]
            || {
                for (row, (&logit, loss)) in logits.iter().zip(losses.iter_mut()).enumerate() {
                    let (own, generators) = (bce(logit, 0.0), bce(logit, 1.0));
                    *loss = own.loss;
                    scale_row(dpixels, PIXELS, row, generators.dlogit / count);
                    for (gradients, shape) in trace.gradients.iter_mut().zip(Discriminator::LAYERS) {
                        scale_row(gradients, shape.outputs, row, own.dlogit / count);
                    }
                }
                let last = Generator::LAYERS[Generator::LAYERS.len() - 1];
                activation::backward(last.activation, trace.inputs[0], dpixels);
            },
        );
    }
}

#[inline(always)]
fn scale_row(rows: &mut [f32], width: usize, row: usize, factor: f32) {
    rows[row * width..][..width].iter_mut().for_each(|x| *x *= factor);
}

/// One task of the second phase.
enum Work<'t> {
    Generator(Block<'t, 2>),
    Discriminator(Block<'t, 1>),
}

const BLOCKS: usize = blocks_of(Generator::LAYERS) + blocks_of(Discriminator::LAYERS);

fn update_weights<T, G, D>(
    gan: &mut Gan,
    workspace: &mut Workspace<'_>,
    reals: usize,
    plan: &Plan<'_, T>,
    rules: &Rules<G, D>,
) where
    T: RunTasks,
    G: Optimiser<2>,
    D: Optimiser<1>,
{
    let mut judged = workspace.discriminator.reborrow();
    let judged = judged.take_rows(workspace.batch + reals);
    let mut work = Vec::<Work<'_>, BLOCKS>::new();
    let mut add = |block| assert!(work.push(block).is_ok(), "BLOCKS counts every block");
    gan.discriminator.blocks(&judged, |block| add(Work::Discriminator(block)));
    gan.generator.blocks(&workspace.generator, |block| add(Work::Generator(block)));
    plan.tasks.for_each(&mut work, |work| {
        plan.tasks.enter(Part::Weights);
        match work {
            Work::Generator(block) => block.update(plan.isa, &rules.generator),
            Work::Discriminator(block) => block.update(plan.isa, &rules.discriminator),
        }
        plan.tasks.enter(Part::Idle);
    });
}

/// Sums what the samples measured, in their order.
fn report(workspace: &Workspace<'_>, reals: usize) -> Report {
    let sum = |terms: &mut dyn Iterator<Item = f32>| terms.map(f64::from).sum::<f64>();
    let mean = |terms: &mut dyn Iterator<Item = f32>, count: usize| sum(terms) / count as f64;
    let (fake_losses, real_losses) = workspace.losses.split_at(workspace.batch);
    let real_losses = &real_losses[..reals];
    let (fakes, reals_judged) = (workspace.fake_logits(), &workspace.real_logits()[..reals]);
    let fake_loss = mean(&mut fake_losses.iter().copied(), workspace.batch);
    Report {
        d_loss: (mean(&mut real_losses.iter().copied(), reals) + fake_loss) as f32,
        // -ln(sigmoid(x)) = -ln(1 - sigmoid(x)) - x
        g_loss: (fake_loss - mean(&mut fakes.iter().copied(), workspace.batch)) as f32,
        real_right: reals_judged.iter().filter(|&&logit| logit > 0.0).count() as u32,
        fake_right: fakes.iter().filter(|&&logit| logit <= 0.0).count() as u32,
    }
}
