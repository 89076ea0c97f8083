//! A block's update: the weights of one stripe are moved while the gradients of the next are summed.
//!
//! A processor divides and takes roots in other units than those that multiply and add, and it waits for memory in
//! none: so the moving is cut into vectors and those are spread evenly between the sums. A vector takes two of these
//! places: in the first its moments move and roots are taken, in the next it is divided. A processor goes on with only
//! so many operations behind one that takes long; for a whole move at once the sums would have to wait.

use core::ops::Range;

use super::stripe::{COLUMNS, Stripe, stripes};
use super::transpose::transpose_lanes;
use super::vectors::Vectors;
use super::{Block, Panel};
use crate::kernel::{Beside, Lanes, Left, Operation, Product, Right, Start, WIDTH};
use crate::network::{CacheLine, PANEL};
use crate::optimiser::{Move, Optimiser};

/// Vectors in a row of a stripe.
const VECTORS: usize = COLUMNS / WIDTH;

/// The gradients of a stripe: `[rows][VECTORS]` vectors.
type Sums = [CacheLine; PANEL * VECTORS];

pub(super) struct Update<'a, 't, O, const MOMENTS: usize> {
    pub(super) block: &'a mut Block<'t, MOMENTS>,
    pub(super) rule: &'a O,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Operation for Update<'_, '_, O, MOMENTS> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        if self.block.columns.is_multiple_of(WIDTH) {
            self.beside_the_sums::<L>();
        } else {
            self.after_the_sums::<L>();
        }
    }
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Update<'_, '_, O, MOMENTS> {
    #[inline(always)]
    fn beside_the_sums<L: Lanes>(self) {
        let Self { block, rule } = self;
        let &mut Block { samples, columns, left, right, .. } = block;
        let (vectors, panel) = (block.parameters.vectors(columns), &mut block.panel);
        let mut buffers: [Sums; 2] = bytemuck::Zeroable::zeroed();
        let [mut sums, mut summed] = buffers.each_mut();
        let mut moving = Moving { rule, vectors, begun: [Begun::NONE; MAX_BESIDE] };
        let mut last = Stripe::default();
        for next in stripes(moving.vectors.weights.len() * WIDTH / columns, columns) {
            let panel_lines = match panel {
                Panel::Transposed(panels) => panels[next.rows.start * columns + next.columns.start * PANEL..].as_ptr(),
                Panel::Same(panel) => panel.as_ptr(),
                Panel::None => core::ptr::null(),
            };
            let (stripe, next_stripe) = (Place::of(&last, columns), Place::of(&next, columns));
            let step = Step { moving: &mut moving, stripe, summed, next: next_stripe, panel: panel_lines };
            gradients::<L, _>(samples, columns, left, right, &next, sums, step);
            moving.finish::<L>(stripe, summed, next_stripe);
            copy_weights::<L>(moving.vectors.weights.as_flattened(), columns, &last, panel);
            last = next;
            core::mem::swap(&mut sums, &mut summed);
        }
        moving.finish::<L>(Place::of(&last, columns), summed, Place::default());
        copy_weights::<L>(moving.vectors.weights.as_flattened(), columns, &last, panel);
    }

    /// Where rows are not whole vectors: the generator's first layer, which is a thirtieth of its weights.
    #[inline(always)]
    fn after_the_sums<L: Lanes>(self) {
        let Self { block: Block { samples, columns, parameters, left, right, panel }, rule } = self;
        let mut sums: Sums = bytemuck::Zeroable::zeroed();
        for stripe in stripes(parameters.weights.len() / *columns, *columns) {
            gradients::<L, _>(*samples, *columns, *left, right, &stripe, &mut sums, ());
            for (row, gradients) in stripe.rows.clone().zip(sums.chunks_exact(VECTORS)) {
                let gradients = &bytemuck::cast_slice(gradients)[..stripe.columns.len()];
                parameters.move_row::<L, O>(rule, row * *columns + stripe.columns.start, gradients);
            }
            copy_weights::<L>(parameters.weights, *columns, &stripe, panel);
        }
    }
}

/// The gradients of `stripe` in a block with `columns` columns, summed over `samples`.
#[inline(always)]
fn gradients<L: Lanes, W: Beside>(
    samples: usize,
    columns: usize,
    left: Left<'_>,
    right: &[f32],
    stripe: &Stripe,
    sums: &mut Sums,
    beside: W,
) {
    L::multiply(Product {
        rows: stripe.rows.len(),
        depth: samples,
        columns: stripe.columns.len(),
        left: left.from_row(stripe.rows.start),
        right: Right { data: &right[stripe.columns.start..], depth_stride: columns, group_stride: WIDTH },
        start: Start::Zero,
        out: bytemuck::cast_slice_mut(sums),
        out_stride: COLUMNS,
        beside,
    });
}

/// Writes the weights of a stripe to their transposed copy.
#[inline(always)]
fn copy_weights<L: Lanes>(weights: &[f32], row_len: usize, stripe: &Stripe, panel: &mut Panel<'_>) {
    let Stripe { rows, columns } = stripe.clone();
    let first = rows.start * row_len;
    let weights = &weights[first..rows.end * row_len];
    match panel {
        Panel::None => {}
        Panel::Transposed(panels) => transpose_lanes::<L>(weights, row_len, columns, &mut panels[first..]),
        Panel::Same(panel) => panel[columns.clone()].copy_from_slice(&weights[columns]),
    }
}

/// Where the vectors of a stripe are, among those of its block.
#[derive(Clone, Copy, Default)]
struct Place {
    first: usize,
    rows: usize,
    /// Vectors in each of its rows.
    width: usize,
}

impl Place {
    fn of(stripe: &Stripe, columns: usize) -> Self {
        let first = (stripe.rows.start * columns + stripe.columns.start) / WIDTH;
        Self { first, rows: stripe.rows.len(), width: stripe.columns.len() / WIDTH }
    }

    #[inline(always)]
    fn has(&self, row: usize, column: usize) -> bool {
        row < self.rows && column < self.width
    }
}

/// What is done beside the sums of the `next` stripe: one moves that is summed.
struct Step<'s, 'v, O, const MOMENTS: usize> {
    moving: &'s mut Moving<'v, O, MOMENTS>,
    stripe: Place,
    summed: &'s Sums,
    next: Place,
    /// The first line of the next stripe in its panel.
    panel: *const f32,
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Beside for Step<'_, '_, O, MOMENTS> {
    const BUSY: bool = true;

    #[inline(always)]
    fn step<L: Lanes>(&mut self, rows: Range<usize>, column: usize) {
        let column = column / WIDTH;
        self.moving.divide::<L>();
        for (row, begun) in rows.clone().zip(0..) {
            if self.stripe.has(row, column) {
                let vector = self.stripe.first + row * self.moving.vectors.in_row + column;
                self.moving.begin::<L>(vector, &self.summed[row * VECTORS + column].0, begun);
            }
        }
        for row in rows {
            self.moving.vectors.ask_for::<L>(self.next.first + row * self.moving.vectors.in_row + column);
            // Sixteen rows by sixteen columns fill sixteen lines, whichever of the two comes first.
            L::prefetch(self.panel.wrapping_add((column * PANEL + row) * PANEL));
        }
    }
}

/// No instruction set has steps of more rows.
const MAX_BESIDE: usize = 3;

/// The weights of a block on their way.
struct Moving<'v, O, const MOMENTS: usize> {
    rule: &'v O,
    vectors: Vectors<'v, MOMENTS>,
    begun: [Begun; MAX_BESIDE],
}

/// Sixteen weights whose moments have moved.
struct Begun {
    /// Which of the block's vectors.
    vector: usize,
    numerators: CacheLine,
    denominators: CacheLine,
}

impl Begun {
    /// No block has so many vectors.
    const NONE: Self =
        Self { vector: usize::MAX, numerators: CacheLine([0.0; WIDTH]), denominators: CacheLine([0.0; WIDTH]) };
}

impl<O: Optimiser<MOMENTS>, const MOMENTS: usize> Moving<'_, O, MOMENTS> {
    /// Moves the moments of a vector, in place number `place` of those that can be begun at a time.
    #[inline(always)]
    fn begin<L: Lanes>(&mut self, vector: usize, gradients: &[f32; WIDTH], place: usize) {
        let Move { numerators, denominators } = self.vectors.propose(self.rule, vector, L::load(gradients));
        let begun = &mut self.begun[place];
        begun.vector = vector;
        numerators.store(&mut begun.numerators.0);
        denominators.store(&mut begun.denominators.0);
    }

    /// Moves the weights of the vectors that were begun.
    #[inline(always)]
    fn divide<L: Lanes>(&mut self) {
        for begun in &mut self.begun[..L::BESIDE] {
            let vector = core::mem::replace(&mut begun.vector, usize::MAX);
            if let Some(weights) = self.vectors.weights.get_mut(vector) {
                let (numerators, denominators) = (L::load(&begun.numerators.0), L::load(&begun.denominators.0));
                Move { numerators, denominators }.of(L::load(weights)).store(weights);
            }
        }
    }

    /// Moves the weights of `stripe` that had no place beside the sums of the `next`.
    #[inline(always)]
    fn finish<L: Lanes>(&mut self, stripe: Place, summed: &Sums, next: Place) {
        self.divide::<L>();
        for row in 0..stripe.rows {
            let moved = if row < next.rows { next.width } else { 0 };
            for column in moved..stripe.width {
                let vector = stripe.first + row * self.vectors.in_row + column;
                self.vectors.move_one::<L, O>(self.rule, vector, &summed[row * VECTORS + column].0);
            }
        }
    }
}
