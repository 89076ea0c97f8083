//! The version of the messages.

/// The version of the messages: a host and a device can talk if theirs are equal.
pub const PROTOCOL: u16 = 2;
