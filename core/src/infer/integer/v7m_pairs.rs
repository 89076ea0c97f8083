//! What the kernels for the Cortex-M3 share: they take inputs two at a time, sixteen in an iteration.

/// Loads two words of weights and two inputs, at these offsets, into the registers named. Loads next to each other take a
/// cycle each after the first, as LDM does, but only without updating their base.
macro_rules! load_pair {
    ($first:literal, $second:literal => $w:literal, $next_w:literal, $x:literal, $next_x:literal) => {
        concat!(
            "ldr     ", $w, ", [r0, #", $first, "]\n", "ldr     ", $next_w, ", [r0, #", $second, "]\n", "ldr     ", $x,
            ", [r1, #", $first, "]\n", "ldr     ", $next_x, ", [r1, #", $second, "]\n",
        )
    };
}

/// Two pairs: `$pair!` at their offsets, then the addresses of what follows.
macro_rules! two_pairs {
    ($pair:ident) => {
        concat!($pair!("0", "4"), $pair!("8", "12"), "adds    r0, r0, #16\n", "adds    r1, r1, #16\n")
    };
}

/// Eight pairs, likewise.
macro_rules! eight_pairs {
    ($pair:ident) => {
        concat!(
            $pair!("0", "4"),
            $pair!("8", "12"),
            $pair!("16", "20"),
            $pair!("24", "28"),
            $pair!("32", "36"),
            $pair!("40", "44"),
            $pair!("48", "52"),
            $pair!("56", "60"),
            "adds    r0, r0, #64\n",
            "adds    r1, r1, #64\n",
        )
    };
}

pub(super) use {eight_pairs, load_pair, two_pairs};
