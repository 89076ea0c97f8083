//! The networks of the [recipe](crate::recipe) in training.

use crate::recipe::{Discriminator, Generator};
use crate::train::gan;

/// Both networks in training: the generator with Adam's two moments, the discriminator with RMSprop's one. 6 MB.
pub type Gan = gan::Gan<Generator, Discriminator, 2, 1>;

/// The memory of a step of [`Gan`].
pub type Workspace<'m> = gan::Workspace<'m, Generator, Discriminator>;
