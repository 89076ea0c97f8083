//! The instruction set that a training runs on.

use anyhow::{Context, Result};
use pocketgan_core::nn::kernel::Isa;

use crate::output::terminal;
use crate::training::recipe::Precision;

/// The instruction set that was named, or the fastest.
pub(crate) fn isa(name: Option<&str>) -> Result<Isa> {
    let Some(name) = name else { return Ok(Isa::best()) };
    let known = || Isa::available().map(Isa::name).collect::<Vec<_>>().join(", ");
    Isa::available()
        .find(|isa| isa.name() == name)
        .with_context(|| format!("--isa {name}: this machine has {}", known()))
}

/// The instruction set, with the order of sums that belongs to `precision`.
pub(crate) fn for_precision(isa: Isa, precision: Precision) -> Isa {
    match precision {
        Precision::F32 | Precision::Bf16 => isa,
        Precision::Bf16Amx => isa.in_tiles(),
    }
}

/// Says if training in `precision` will be no faster than in f32.
pub(crate) fn remark_on_speed(isa: Isa, precision: Precision) {
    if precision == Precision::F32 || for_precision(isa, precision).multiplies_pairs() {
        return;
    }
    let (precision, isa) = (precision.name(), isa.name());
    terminal::remark(format_args!(
        "--precision {precision}: there are no instructions for it here ({isa}), so an epoch takes about as long as in f32"
    ));
}

/// Says if a training will be in another precision than f32 because of this machine.
pub(crate) fn remark_on_default(precision: Precision) {
    if precision != Precision::F32 {
        terminal::remark(format_args!(
            "training in {}, which is faster here; --precision f32 trains the same networks as machines without it",
            precision.name()
        ));
    }
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
