//! One step of the classifier's training, in the two phases of [`gan::step`](crate::train::gan::step).

use heapless::Vec;

use super::{CLASSES, Classifier};
use crate::nn::activations::Activations;
use crate::nn::memory::take;
use crate::nn::mlp;
use crate::nn::network::{CacheLine, Network, PANEL};
use crate::nn::softmax::{argmax, cross_entropy};
use crate::recipe::PIXELS;
use crate::train::gan::{MAX_SHARDS, Plan};
use crate::train::optimiser::Optimiser;
use crate::train::tasks::RunTasks;
use crate::train::update::{Block, Trained, blocks_of};

/// Where a step's labelled images come from. Rows are asked for in any order, from any thread.
pub trait Examples: Sync {
    /// Number of images in this step, at most the workspace's batch.
    fn count(&self) -> usize;
    /// Writes the pixels (-1..1) of image `row`.
    fn image(&self, row: usize, into: &mut [f32]);
    /// The class of image `row`, below [`CLASSES`].
    fn class(&self, row: usize) -> usize;
}

/// What a step measured, before the update.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Mean cross-entropy in nats.
    pub loss: f32,
    /// Images whose class had the largest logit.
    pub right: u32,
}

/// The memory of a step.
#[derive(Debug)]
pub struct Workspace<'m> {
    trace: Activations<'m>,
    /// `[batch][CLASSES]`
    logits: &'m mut [f32],
    /// `[batch]`: each sample's cross-entropy.
    losses: &'m mut [f32],
    /// `[batch]`: 1 for each sample that was told right.
    rights: &'m mut [f32],
}

impl<'m> Workspace<'m> {
    /// Cache lines that a workspace for `batch` images takes.
    pub const fn lines(batch: usize) -> usize {
        (batch * (Activations::floats_per_row(Classifier::LAYERS) + CLASSES + 2)).div_ceil(PANEL)
    }

    /// A workspace for up to `batch` images.
    ///
    /// # Panics
    /// If `memory` is shorter than [`Workspace::lines`] says.
    pub fn new(memory: &'m mut [CacheLine], batch: usize) -> Self {
        let mut memory = bytemuck::cast_slice_mut(memory);
        Self {
            trace: Activations::carve(&mut memory, Classifier::LAYERS, batch),
            logits: take(&mut memory, batch * CLASSES),
            losses: take(&mut memory, batch),
            rights: take(&mut memory, batch),
        }
    }

    fn take_rows(&mut self, rows: usize) -> Self {
        Self {
            trace: self.trace.take_rows(rows),
            logits: take(&mut self.logits, rows * CLASSES),
            losses: take(&mut self.losses, rows),
            rights: take(&mut self.rights, rows),
        }
    }

    fn reborrow(&mut self) -> Workspace<'_> {
        Workspace {
            trace: self.trace.reborrow(),
            logits: &mut *self.logits,
            losses: &mut *self.losses,
            rights: &mut *self.rights,
        }
    }
}

/// One step on `examples`: the gradient with the old weights, then the classifier moves by `rule`.
///
/// # Panics
/// If there are no examples or more than the workspace has room for, or `plan.shards` is out of its range.
pub fn step<E: Examples, T: RunTasks, O: Optimiser<2>>(
    classifier: &mut Trained<Classifier, 2>,
    workspace: &mut Workspace<'_>,
    examples: &E,
    plan: &Plan<'_, T>,
    rule: &O,
) -> Report {
    let count = examples.count();
    assert!(count > 0, "a step needs an example");
    assert!((1..=MAX_SHARDS).contains(&plan.shards), "1 to {MAX_SHARDS} shards, not {}", plan.shards);
    let mut used = workspace.reborrow();
    let mut used = used.take_rows(count);
    plan.tasks.for_each(&mut cut_shards(&mut used, plan.shards), |shard| shard.run(classifier, examples, plan));
    update_weights(classifier, &used.trace, plan, rule);
    Report {
        loss: (used.losses.iter().copied().map(f64::from).sum::<f64>() / count as f64) as f32,
        right: used.rights.iter().sum::<f32>() as u32,
    }
}

/// Some of the examples, with their part of the workspace.
struct Shard<'w> {
    first: usize,
    /// Examples in the whole step: the loss is the mean over these.
    count: usize,
    memory: Workspace<'w>,
}

fn cut_shards<'w>(workspace: &'w mut Workspace<'_>, shards: usize) -> Vec<Shard<'w>, MAX_SHARDS> {
    let count = workspace.trace.rows;
    let mut rest = workspace.reborrow();
    let cut = |shard: usize| shard * count / shards;
    (0..shards)
        .map(|shard| Shard { first: cut(shard), count, memory: rest.take_rows(cut(shard + 1) - cut(shard)) })
        .collect()
}

impl Shard<'_> {
    fn run<E: Examples, T: RunTasks>(&mut self, classifier: &Trained<Classifier, 2>, examples: &E, plan: &Plan<'_, T>) {
        let Workspace { trace, logits, losses, rights } = &mut self.memory;
        for (row, image) in trace.inputs[0].chunks_exact_mut(PIXELS).enumerate() {
            examples.image(self.first + row, image);
        }
        mlp::forward(plan.isa, &classifier.weights, trace, logits);
        let dlogits = trace.gradients.last_mut().expect("a network has layers").chunks_exact_mut(CLASSES);
        for (row, (logits, dlogits)) in logits.chunks_exact_mut(CLASSES).zip(dlogits).enumerate() {
            let class = examples.class(self.first + row);
            rights[row] = f32::from(u8::from(argmax(logits) == class));
            losses[row] = cross_entropy(logits, class);
            for (dlogit, &derivative) in dlogits.iter_mut().zip(logits.iter()) {
                *dlogit = derivative / self.count as f32;
            }
        }
        mlp::backward::<Classifier>(plan.isa, classifier.transposed(), trace);
    }
}

fn update_weights<T: RunTasks, O: Optimiser<2>>(
    classifier: &mut Trained<Classifier, 2>,
    trace: &Activations<'_>,
    plan: &Plan<'_, T>,
    rule: &O,
) {
    let mut work: Vec<Block<'_, 2>, { blocks_of(Classifier::LAYERS) }> = classifier.blocks(trace, None).collect();
    plan.tasks.for_each(&mut work, |block| block.update(plan.isa, rule));
}
