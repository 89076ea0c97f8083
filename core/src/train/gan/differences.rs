//! A discriminator that also sees the differences of neighbouring pixels.
//!
//! Besides the pixels x its first layer has as inputs the differences `∂x` of each pixel from its right neighbour and
//! from the one below. With the kernels W of the pixels and V of the differences, the sums of the layer are
//! `x W + ∂x V = x (W + ∂ᵀ V)`: those of one kernel `K = W + ∂ᵀ V` with a row for each pixel. Every product of a step is
//! computed with K. Only the update is different: from the gradient of K follow those of W, which is the same, and of V,
//! its differences. The optimiser has moments for each. Its steps do not depend on the weights, so W and V need not be
//! stored: their steps are added to K.
//!
//! A step of K needs steps of V at neighbouring pixels. So the update has two phases more, after that in which the
//! gradient of K is computed: one of groups of sixteen columns, in which steps are computed, and one of panels of rows,
//! in which they are applied.

use crate::nn::kernel::{CacheLine, Isa, Lanes, Operation, RegisterTile, WIDTH};
use crate::nn::network::{Network, PANEL};
use crate::nn::precision::Precision;
use crate::train::optimiser::Optimiser;
use crate::train::update::{FirstKernel, PanelUpdate};
use crate::train::update_phase::UpdateTask;

/// Inputs for each pixel: itself, and its two differences.
const INPUTS: usize = 3;

/// Memory of a discriminator that sees differences, for [`Workspace::with_differences`](super::Workspace::with_differences).
#[derive(Debug)]
pub struct Differences<'m> {
    /// Pixels in a row of an image.
    pub width: usize,
    /// [`Differences::moment_lines`] lines that must be kept from step to step, zeros before the first: the moments of the
    /// first layer, `[columns / 16][pixels][3][moments]`.
    pub moments: &'m mut [CacheLine],
    /// [`Differences::scratch_lines`] lines of any content.
    pub scratch: &'m mut [CacheLine],
}

impl Differences<'_> {
    /// Lines of moments of a discriminator.
    pub const fn moment_lines<D: Network, const MOMENTS: usize>() -> usize {
        INPUTS * MOMENTS * kernel_lines::<D>()
    }

    /// Lines of scratch memory.
    pub const fn scratch_lines<D: Network>() -> usize {
        2 * kernel_lines::<D>()
    }

    /// # Panics
    /// If this is not the memory of discriminator `D`, or there cannot be one.
    pub(super) fn check<D: Network>(&self) {
        assert!(D::LAYERS[0].outputs.is_multiple_of(WIDTH), "the first layer must have a multiple of 16 outputs");
        assert!(self.width > 0 && D::INPUTS.is_multiple_of(self.width), "an image has whole rows of pixels");
        assert_eq!(self.scratch.len(), Self::scratch_lines::<D>(), "the scratch memory is for another network");
    }

    /// The gradient of the first kernel, `[pixels][columns]`, to be written before [`Differences::step_tasks`].
    pub(super) fn gradient<D: Network>(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.scratch[..kernel_lines::<D>()])
    }

    /// The tasks that compute steps from the gradient.
    pub(super) fn step_tasks<'t, D: Network, O: Optimiser<MOMENTS>, const MOMENTS: usize>(
        &'t mut self,
        rule: &'t O,
    ) -> impl Iterator<Item = StepTask<'t, O, MOMENTS>> {
        let (groups, pixels, width) = (groups::<D>(), D::INPUTS, self.width);
        let (gradient, steps) = self.scratch.split_at_mut(kernel_lines::<D>());
        let moments = self.moments.as_chunks_mut::<MOMENTS>().0.as_chunks_mut::<INPUTS>().0;
        assert_eq!(moments.len(), groups * pixels, "the moments are those of another network or optimiser");
        let tasks = moments.chunks_exact_mut(pixels).zip(steps.chunks_exact_mut(pixels));
        let gradient = &*gradient;
        tasks.enumerate().map(move |(group, (moments, steps))| {
            let gradient = Columns { lines: &gradient[group..], stride: groups };
            StepTask { width, gradient, moments, steps, rule }
        })
    }

    /// The tasks that apply the steps to the kernel.
    pub(super) fn apply_tasks<'t, D: Network, E: Precision>(
        &'t self,
        kernel: FirstKernel<'t, E>,
    ) -> impl Iterator<Item = ApplyTask<'t, E>> {
        let steps = &self.scratch[kernel_lines::<D>()..];
        kernel.panels().enumerate().map(|(index, panel)| ApplyTask {
            steps: &steps[index * PANEL..],
            pixels: D::INPUTS,
            panel,
        })
    }
}

/// Groups of sixteen columns.
const fn groups<D: Network>() -> usize {
    D::LAYERS[0].outputs / WIDTH
}

/// Lines of the first kernel.
const fn kernel_lines<D: Network>() -> usize {
    D::INPUTS * groups::<D>()
}

/// Sixteen columns of a kernel.
#[derive(Clone, Copy)]
struct Columns<'t> {
    lines: &'t [CacheLine],
    /// Lines in a row of the kernel.
    stride: usize,
}

impl Columns<'_> {
    #[inline(always)]
    fn row<L: Lanes>(&self, row: usize) -> L {
        L::load(&self.lines[row * self.stride].0)
    }
}

/// Computes the steps of sixteen columns.
pub(super) struct StepTask<'t, O, const MOMENTS: usize> {
    width: usize,
    gradient: Columns<'t>,
    /// Of each pixel, itself and its differences.
    moments: &'t mut [[[CacheLine; MOMENTS]; INPUTS]],
    /// What the weights of each pixel lose.
    steps: &'t mut [CacheLine],
    rule: &'t O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> UpdateTask for StepTask<'_, O, MOMENTS> {
    fn run(self, isa: Isa) {
        isa.run(self);
    }
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for StepTask<'_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(self) {
        let Self { width, gradient, moments, steps, rule } = self;
        steps.fill(CacheLine([0.0; WIDTH]));
        let pixels = steps.len();
        for (pixel, [own, right, below]) in moments.iter_mut().enumerate() {
            let here: T = gradient.row(pixel);
            add::<T>(&mut steps[pixel], step(rule, here, own));
            let neighbours =
                [(right, pixel + 1, (pixel + 1) % width != 0), (below, pixel + width, pixel + width < pixels)];
            for (moments, neighbour, exists) in neighbours {
                if exists {
                    let step = step(rule, gradient.row::<T>(neighbour) - here, moments);
                    add::<T>(&mut steps[neighbour], step);
                    add::<T>(&mut steps[pixel], T::splat(0.0) - step);
                }
            }
        }
    }
}

#[inline(always)]
fn add<L: Lanes>(to: &mut CacheLine, step: L) {
    (L::load(&to.0) + step).store(&mut to.0);
}

/// The step of sixteen weights.
#[inline(always)]
fn step<L: Lanes, O: Optimiser<MOMENTS>, const MOMENTS: usize>(
    rule: &O,
    gradient: L,
    moments: &mut [CacheLine; MOMENTS],
) -> L {
    let mut values = [L::splat(0.0); MOMENTS];
    for (value, moment) in values.iter_mut().zip(&*moments) {
        *value = L::load(&moment.0);
    }
    let step = rule.step(gradient, &mut values);
    for (value, moment) in values.into_iter().zip(moments) {
        value.store(&mut moment.0);
    }
    step.numerator / step.denominator
}

/// Applies the steps of a panel of rows.
pub(super) struct ApplyTask<'t, E> {
    /// `[columns / 16][pixels]` lines, from the first pixel of the panel on.
    steps: &'t [CacheLine],
    pixels: usize,
    panel: PanelUpdate<'t, E>,
}

impl<E: Precision> UpdateTask for ApplyTask<'_, E> {
    fn run(self, isa: Isa) {
        isa.run(self);
    }
}

impl<E: Precision> Operation for ApplyTask<'_, E> {
    type Output = ();

    #[inline(always)]
    fn run<T: RegisterTile>(mut self) {
        for (row, weights) in self.panel.rows().enumerate() {
            for (weights, step) in weights.iter_mut().zip(self.steps[row..].iter().step_by(self.pixels)) {
                (T::load(weights) - T::load(&step.0)).store(weights);
            }
        }
        self.panel.copy::<T>();
    }
}
