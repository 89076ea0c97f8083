//! The arguments of a program: QEMU passes them by semihosting; on a chip there are none.

/// Room for a command line, in bytes.
pub const LONGEST_LINE: usize = 256;

pub use source::CommandLine;

/// There is no command line: it is longer than [`LONGEST_LINE`], or the host provides none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCommandLine;

#[cfg(not(feature = "probe"))]
mod source {
    use super::{LONGEST_LINE, NoCommandLine};
    use semihosting::experimental::env::{Args, args};

    /// A copy of the host's command line.
    pub struct CommandLine(Args<LONGEST_LINE>);

    impl CommandLine {
        /// Reads it from the host.
        ///
        /// # Errors
        /// [`NoCommandLine`] if it is too long or if there is none.
        pub fn read() -> Result<Self, NoCommandLine> {
            args().map(Self).map_err(|_| NoCommandLine)
        }

        /// The words after the program's name. One that is not UTF-8 becomes U+FFFD, which is not an option.
        pub fn words(&self) -> impl Iterator<Item = &str> {
            self.0.skip(1).map(|word| word.unwrap_or("\u{fffd}"))
        }
    }
}

#[cfg(feature = "probe")]
mod source {
    use super::NoCommandLine;

    /// An empty command line.
    pub struct CommandLine(());

    impl CommandLine {
        /// Always empty.
        ///
        /// # Errors
        /// None.
        pub fn read() -> Result<Self, NoCommandLine> {
            Ok(Self(()))
        }

        /// No words.
        pub fn words(&self) -> impl Iterator<Item = &str> {
            core::iter::empty()
        }
    }
}
