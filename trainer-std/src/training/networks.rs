//! Both networks in training, with the discriminator and the precision that the recipe names.

use pocketgan_core::nn::kernel::{Bf16Pair, Isa};
use pocketgan_core::nn::network::{CacheLine, Network};
use pocketgan_core::recipe::{Discriminator, Generator, PIXELS, SIDE, WideDiscriminator};
use pocketgan_core::train::execution::{Plan, TaskExecutor};
use pocketgan_core::train::four_bits::FourBits;
use pocketgan_core::train::gan::{self, Differences, GanBatch, Rules, ShardPrecision, StepMetrics, Workspace, step};
use pocketgan_core::train::optimiser::{Adam, RmsProp};

use crate::export::formats::{NetworkName, Outgoing};
use crate::export::metadata::Metadata;
use crate::training::recipe::{DiscriminatorName, Precision, Recipe};

/// The recipe's generator with Adam's two moments and a discriminator with one moment.
type Gan<D, E> = gan::Gan<Generator, D, 2, 1, E>;

/// Both networks in training.
pub(crate) enum Networks {
    Narrow(Box<Gan<Discriminator, f32>>),
    Wide(Box<Gan<WideDiscriminator, f32>>),
    NarrowInBf16(Box<Gan<Discriminator, Bf16Pair>>),
    WideInBf16(Box<Gan<WideDiscriminator, Bf16Pair>>),
}

/// Floats that [`Networks::round_last_layer`] needs.
pub(super) const ROUNDING_FLOATS: usize = FourBits::floats(Generator::LAYERS[4].kernel_len(), PIXELS);

/// Evaluates an expression with `$gan` bound to the networks of whatever type.
macro_rules! with {
    ($networks:expr, $gan:ident => $value:expr) => {
        match $networks {
            Networks::Narrow($gan) => $value,
            Networks::Wide($gan) => $value,
            Networks::NarrowInBf16($gan) => $value,
            Networks::WideInBf16($gan) => $value,
        }
    };
}

impl Networks {
    /// The networks of `recipe`, before the first step.
    pub(super) fn start(recipe: &Recipe) -> Self {
        let mut networks = match (recipe.discriminator, recipe.precision) {
            (DiscriminatorName::Narrow, Precision::F32) => Self::Narrow(bytemuck::zeroed_box()),
            (DiscriminatorName::Wide, Precision::F32) => Self::Wide(bytemuck::zeroed_box()),
            (DiscriminatorName::Narrow, Precision::Bf16 | Precision::Bf16Amx) => {
                Self::NarrowInBf16(bytemuck::zeroed_box())
            }
            (DiscriminatorName::Wide, Precision::Bf16 | Precision::Bf16Amx) => Self::WideInBf16(bytemuck::zeroed_box()),
        };
        with!(&mut networks, gan => gan.start(recipe.seed));
        networks
    }

    pub(crate) fn generator(&self) -> &Generator {
        with!(self, gan => &gan.generator.weights)
    }

    pub(super) fn generator_mut(&mut self) -> &mut Generator {
        with!(self, gan => &mut gan.generator.weights)
    }

    /// The copies of both networks' kernels.
    #[cfg(test)]
    pub(super) fn copies(&self) -> [&[u8]; 2] {
        with!(self, gan => {
            [bytemuck::bytes_of(gan.generator.copies()), bytemuck::bytes_of(gan.discriminator.copies())]
        })
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

    /// [`Networks::tensors`], to be read into. Call [`Networks::copy_kernels`] afterwards.
    pub(super) fn tensors_mut(&mut self) -> [&mut [f32]; 5] {
        with!(self, gan => {
            let (g, d) = (&mut gan.generator, &mut gan.discriminator);
            let [m, v] = g.moments.each_mut().map(Network::flat_mut);
            [g.weights.flat_mut(), m, v, d.weights.flat_mut(), d.moments[0].flat_mut()]
        })
    }

    /// Rebuilds the copies of the kernels. To be called after weights were set.
    pub(super) fn copy_kernels(&mut self) {
        with!(self, gan => gan.copy_kernels());
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
        let kernel = self.generator_mut().dense4.kernel.as_flattened_mut();
        let rounding = FourBits::round(isa, kernel, PIXELS, memory);
        with!(self, gan => gan.generator.copy_kernels());
        rounding
    }

    /// Sets the last layer to its exact weights after a step. Their copies are not rebuilt: the next step rounds again.
    pub(super) fn restore_last_layer(&mut self, rounding: FourBits<'_>) {
        rounding.restore(self.generator_mut().dense4.kernel.as_flattened_mut());
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

fn step_memory<D: Network, E: ShardPrecision>(_: &Gan<D, E>, recipe: &Recipe) -> StepMemory {
    StepMemory {
        batch: recipe.batch,
        workspace: bytemuck::zeroed_vec(Workspace::<Generator, D, E>::lines(recipe.batch)),
        differences: bytemuck::zeroed_vec(if recipe.differences { Differences::scratch_lines::<D>() } else { 0 }),
    }
}

fn difference_lines<D: Network, E>(_: &Gan<D, E>) -> usize {
    Differences::moment_lines::<D, 1>()
}
