//! The instruction set that a training runs on.

use anyhow::{Context, Result};
use pocketgan_core::nn::kernel::Isa;

/// The instruction set that was named, or the fastest.
pub(crate) fn isa(name: Option<&str>) -> Result<Isa> {
    let Some(name) = name else { return Ok(Isa::best()) };
    let known = || Isa::available().map(Isa::name).collect::<Vec<_>>().join(", ");
    Isa::available()
        .find(|isa| isa.name() == name)
        .with_context(|| format!("--isa {name}: this machine has {}", known()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_set_that_is_not_there_is_named_beside_those_that_are() {
        assert_eq!(isa(Some("portable")).unwrap(), Isa::PORTABLE);
        let message = isa(Some("abacus")).unwrap_err().to_string();
        assert!(message.starts_with("--isa abacus") && message.contains("portable"), "{message}");
    }
}
