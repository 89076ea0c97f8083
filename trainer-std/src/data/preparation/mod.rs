//! How pictures of any size become images to train on: 28x28 pixels, light on dark, as MNIST's are.

pub(crate) mod augmentation;
mod fitting;
mod grey;
pub(crate) mod plan;

pub(crate) use grey::GreyImage;
pub(crate) use plan::Plan;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// Most copies of an image.
pub(crate) const MAX_COPIES: u16 = 1000;

/// What is asked for; the rest is decided by the pictures.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[group(skip)]
pub(crate) struct Preparation {
    /// How pictures are brought to 28x28 pixels [default: auto]
    #[arg(long, value_name = "HOW", value_enum, default_value_t, hide_default_value = true)]
    pub(crate) fit: Fit,
    /// Whether dark and light are exchanged, as they must be where content is dark on light [default: auto]
    #[arg(long, value_name = "WHETHER", value_enum, default_value_t, hide_default_value = true)]
    pub(crate) invert: Invert,
    /// Train on N versions of each picture, all but the first shifted, turned and scaled a little [default: as many as
    /// give 20,000 images if there are fewer than 5,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_COPIES)))]
    pub(crate) augment: Option<u16>,
}

/// How a picture is brought to 28x28 pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fit {
    /// 28x28 pictures as they are, others on a plain background by mass, all else as a whole
    #[default]
    Auto,
    /// As MNIST's: cropped to the content, scaled into 20x20 pixels, its centre of mass in the middle
    Mass,
    /// Cropped to the content and scaled
    Crop,
    /// Scaled as a whole
    Whole,
}

/// Whether dark and light are exchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Invert {
    /// If the border of most pictures is light, and plain
    #[default]
    Auto,
    Yes,
    No,
}

impl Preparation {
    /// Whether nothing is asked for.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Fit {
    pub(crate) fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

impl Invert {
    pub(crate) fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}
