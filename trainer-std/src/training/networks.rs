//! Both networks in training, with the discriminator that the recipe names.

use pocketgan_core::nn::kernel::Isa;
use pocketgan_core::nn::network::{CacheLine, Network};
use pocketgan_core::recipe::{Discriminator, Generator, PIXELS, SIDE, WideDiscriminator};
use pocketgan_core::train::execution::{Plan, TaskExecutor};
use pocketgan_core::train::four_bits::FourBits;
use pocketgan_core::train::gan::{self, Differences, GanBatch, Rules, StepMetrics, Workspace, step};
use pocketgan_core::train::optimiser::{Adam, RmsProp};
use pocketgan_core::train::update::Trained;

use crate::export::formats::{NetworkName, Outgoing};
use crate::export::metadata::Metadata;
use crate::training::recipe::{DiscriminatorName, Recipe};

/// The recipe's generator with Adam's two moments and a discriminator with one moment.
type Gan<D> = gan::Gan<Generator, D, 2, 1>;

/// Both networks in training.
pub(crate) enum Networks {
    Narrow(Box<Gan<Discriminator>>),
    Wide(Box<Gan<WideDiscriminator>>),
}

/// Floats that [`Networks::round_last_layer`] needs.
pub(super) const ROUNDING_FLOATS: usize = FourBits::floats(Generator::LAYERS[4].kernel_len(), PIXELS);

/// Evaluates an expression with `$gan` bound to the networks of whatever type.
macro_rules! with {
    ($networks:expr, $gan:ident => $value:expr) => {
        match $networks {
            Networks::Narrow($gan) => $value,
            Networks::Wide($gan) => $value,
        }
    };
}

impl Networks {
    /// The networks of `recipe`, before the first step.
    pub(super) fn start(recipe: &Recipe) -> Self {
        let mut networks = match recipe.discriminator {
            DiscriminatorName::Narrow => Self::Narrow(bytemuck::zeroed_box()),
            DiscriminatorName::Wide => Self::Wide(bytemuck::zeroed_box()),
        };
        with!(&mut networks, gan => gan.start(recipe.seed));
        networks
    }

    pub(crate) fn generator(&self) -> &Trained<Generator, 2> {
        with!(self, gan => &gan.generator)
    }

    pub(super) fn generator_mut(&mut self) -> &mut Trained<Generator, 2> {
        with!(self, gan => &mut gan.generator)
    }

    /// The weights of the discriminator, to be encoded.
    pub(crate) fn outgoing_discriminator(&self, metadata: Metadata) -> Outgoing<'_> {
        with!(self, gan => Outgoing::new(NetworkName::Discriminator, &gan.discriminator.weights, metadata))
    }

    /// All weights and moments, in the order of checkpoints.
    pub(super) fn tensors(&self) -> [&[f32]; 5] {
        with!(self, gan => {
            let (g, d) = (&gan.generator, &gan.discriminator);
            [g.weights.flat(), g.moments[0].flat(), g.moments[1].flat(), d.weights.flat(), d.moments[0].flat()]
        })
    }

    /// [`Networks::tensors`], to be read into. Call [`Networks::transpose`] afterwards.
    pub(super) fn tensors_mut(&mut self) -> [&mut [f32]; 5] {
        with!(self, gan => {
            let (g, d) = (&mut gan.generator, &mut gan.discriminator);
            let [m, v] = g.moments.each_mut().map(Network::flat_mut);
            [g.weights.flat_mut(), m, v, d.weights.flat_mut(), d.moments[0].flat_mut()]
        })
    }

    /// Rebuilds the transposed weights. To be called after weights were set.
    pub(super) fn transpose(&mut self) {
        with!(self, gan => gan.transpose());
    }

    /// Moments of a discriminator that sees differences, before the first step.
    pub(super) fn difference_moments(&self) -> Vec<CacheLine> {
        bytemuck::zeroed_vec(with!(self, gan => difference_lines(gan)))
    }

    /// The memory of a step of a training by `recipe`.
    pub(super) fn step_memory(&self, recipe: &Recipe) -> StepMemory {
        with!(self, gan => step_memory(gan, recipe))
    }

    /// Rounds the weights of the generator's last layer to 4 bits. `memory` has [`ROUNDING_FLOATS`] of any content.
    pub(super) fn round_last_layer<'m>(&mut self, isa: Isa, memory: &'m mut [f32]) -> FourBits<'m> {
        let generator = self.generator_mut();
        let rounding = FourBits::round(isa, generator.weights.dense4.kernel.as_flattened_mut(), PIXELS, memory);
        generator.transpose();
        rounding
    }

    /// Sets the last layer to its exact weights after a step. Their transpose is not rebuilt: the next step rounds again.
    pub(super) fn restore_last_layer(&mut self, rounding: FourBits<'_>) {
        rounding.restore(self.generator_mut().weights.dense4.kernel.as_flattened_mut());
    }

    /// One step. `difference_moments` are empty if the discriminator sees only pixels.
    pub(super) fn step<B: GanBatch, E: TaskExecutor>(
        &mut self,
        memory: &mut StepMemory,
        difference_moments: &mut [CacheLine],
        batch: &B,
        plan: &Plan<'_, E>,
        rules: &Rules<Adam, RmsProp>,
    ) -> StepMetrics {
        with!(self, gan => {
            let mut workspace = Workspace::new(&mut memory.workspace, memory.batch);
            if !difference_moments.is_empty() {
                let scratch = &mut *memory.differences;
                workspace =
                    workspace.with_differences(Differences { width: SIDE, moments: difference_moments, scratch });
            }
            step(gan, &mut workspace, batch, plan, rules)
        })
    }
}

/// The memory of a step, of any content.
pub(super) struct StepMemory {
    /// Images a step.
    batch: usize,
    /// That of the [`Workspace`].
    workspace: Vec<CacheLine>,
    /// That of [`Differences`]; empty if there are none.
    differences: Vec<CacheLine>,
}

fn step_memory<D: Network>(_: &Gan<D>, recipe: &Recipe) -> StepMemory {
    StepMemory {
        batch: recipe.batch,
        workspace: bytemuck::zeroed_vec(Workspace::<Generator, D>::lines(recipe.batch)),
        differences: bytemuck::zeroed_vec(if recipe.differences { Differences::scratch_lines::<D>() } else { 0 }),
    }
}

fn difference_lines<D: Network>(_: &Gan<D>) -> usize {
    Differences::moment_lines::<D, 1>()
}
