//! The words a program was started with: QEMU passes them on by semihosting; a chip has none.

/// Room for a command line, in bytes.
pub const LONGEST_LINE: usize = 256;

pub use source::CommandLine;

/// There is no command line: it is longer than [`LONGEST_LINE`], or the host keeps none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCommandLine;

#[cfg(not(feature = "probe"))]
mod source {
    use super::{LONGEST_LINE, NoCommandLine};
    use semihosting::experimental::env::{Args, args};

    /// A command line, kept here as the host gave it.
    pub struct CommandLine(Args<LONGEST_LINE>);

    impl CommandLine {
        /// Asks the host.
        ///
        /// # Errors
        /// [`NoCommandLine`], as its text says.
        pub fn read() -> Result<Self, NoCommandLine> {
            args().map(Self).map_err(|_| NoCommandLine)
        }

        /// The words after the program's name. One that is no text becomes U+FFFD, which is no option.
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
        /// Nobody is asked.
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
