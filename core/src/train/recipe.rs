//! The networks of the [recipe](crate::recipe) in training.

use crate::recipe::{Discriminator, Generator};
use crate::train::gan;

/// Both networks in training: the generator with Adam's two moments, the discriminator with one, RMSprop's or that of Adam
/// without momentum. 6 MB with the recipe's discriminator.
pub type Gan<D = Discriminator> = gan::Gan<Generator, D, 2, 1>;

/// The memory of a step of [`Gan`].
pub type Workspace<'m, D = Discriminator> = gan::Workspace<'m, Generator, D>;
