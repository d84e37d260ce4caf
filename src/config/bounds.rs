//! Bounds that several sections share, and their unit in a message.

/// Above zero, up to what a quantity or price may be.
pub(super) const POSITIVE: (&str, &str) = ("0.00000001", "1000000000");
/// More money than anybody sets on purpose.
pub(super) const MONEY: (&str, &str) = ("0", "1000000000");
/// Its unit in a message.
pub(super) const IN_ACCOUNT: &str = " in account currency";
