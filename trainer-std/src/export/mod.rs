//! From trained weights to files: quantisation, model files, and the formats of other programs.

pub(crate) mod digit_seeds;
pub(crate) mod digit_table;
pub(crate) mod draw;
pub(crate) mod float;
pub(crate) mod formats;
pub(crate) mod generator_model;
mod loss;
pub(crate) mod metadata;
pub(crate) mod model_file;
pub(crate) mod quantise;
pub(crate) mod web_page;
