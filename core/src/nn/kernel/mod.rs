//! The kernels: one register tile for every matrix product, for each instruction set.
//!
//! [`Isa`] is the one place that chooses. An [`Operation`] is written once against [`Lanes`] (sixteen floats) and
//! compiled for each instruction set; [`Isa::run`] calls the copy for the chosen one. Plain loops inside an operation are
//! vectorised by the compiler for the same instruction set.
//!
//! NEON, AVX2 and AVX-512 give the same bits: every output is one chain of fused multiply-adds over its reduction
//! index, in order, whatever the width. The portable lanes round after each multiplication and so agree up to rounding.
//! Products of [pairs of bfloat16](Bf16Pair) have the same bits on all four, in either [order](PairOrder); in the order of
//! tiles also with AMX.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod cache_line;
mod element;
mod isa;
mod lanes;
mod multiply;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
mod operation;
mod pair_order;
mod portable;
mod prefetch;
mod product;
mod register_tile;
mod rounding;
#[cfg(test)]
mod tests;
mod tile_block;
mod tile_sums;
mod tiles;

pub use cache_line::{CacheLine, WIDTH};
pub use element::{Bf16Pair, Element, pair_neighbours, pair_rows};
pub use isa::Isa;
pub use lanes::{Lanes, load_block, load_part, store_part};
pub use operation::Operation;
pub use pair_order::{PairOrder, TileUnit};
pub use prefetch::prefetch;
pub use product::{Left, Product, Right, Start};
pub use register_tile::{Interleave, RegisterTile};
