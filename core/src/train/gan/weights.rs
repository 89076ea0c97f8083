//! The second phase of a step: every block of both networks gets its gradient and moves.

use heapless::Vec;

use super::{Gan, Plan, Rules, Workspace};
use crate::nn::network::Network;
use crate::recipe::{Discriminator, Generator};
use crate::train::optimiser::Optimiser;
use crate::train::tasks::{Part, RunTasks};
use crate::train::update::{Block, blocks_of};

/// One task of the second phase.
enum Work<'t> {
    Generator(Block<'t, 2>),
    Discriminator(Block<'t, 1>),
}

const BLOCKS: usize = blocks_of(Generator::LAYERS) + blocks_of(Discriminator::LAYERS);

pub(super) fn update_weights<T, G, D>(
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
    let factors = &workspace.factors[..workspace.batch + reals];
    let discriminator = gan.discriminator.blocks(&judged, Some(factors)).map(Work::Discriminator);
    let generator = gan.generator.blocks(&workspace.generator, None).map(Work::Generator);
    let mut work: Vec<Work<'_>, BLOCKS> = discriminator.chain(generator).collect();
    plan.tasks.for_each(&mut work, |work| {
        plan.tasks.enter(Part::Weights);
        match work {
            Work::Generator(block) => block.update(plan.isa, &rules.generator),
            Work::Discriminator(block) => block.update(plan.isa, &rules.discriminator),
        }
        plan.tasks.enter(Part::Idle);
    });
}
