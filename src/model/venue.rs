//! What a venue promises about orders: how it treats a repeated id, when an absence is proven, what it can do.

use super::Span;
use serde::{Deserialize, Serialize};

/// What a venue makes of a client order id it has seen before. Only `UniqueForever` may ever be sent twice: anywhere
/// else the second message can become a second order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdempotencyClass {
    /// Refused for ever.
    UniqueForever,
    /// Refused until the trading day ends.
    UniquePerDay,
    /// Refused while the first order is open, taken as a new one afterwards (Binance).
    UniqueWhileOpen,
    /// Taken as a new order.
    #[default]
    None,
}

/// The facts of a venue that the engine decides by; declared by its adapter, fixed before the first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own, asked for by name")]
pub struct VenueTraits {
    /// An order younger than this may be missing from its answers though it is there (REST behind its own stream).
    pub absent_after: Span,
    /// How many answers `not found` prove an absence, once the order is old enough; at least one.
    pub absent_checks: u32,
    pub idempotency: IdempotencyClass,
    /// Whether it can change a working order.
    pub can_replace: bool,
    /// Whether it answers what became of one order.
    pub can_query: bool,
    /// Whether it keeps stops until they trigger.
    pub holds_stops: bool,
    /// Whether it tells what it takes for a trade. Where it does not, its cash cannot be ours to the last digit (F-038).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub tells_fees: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it by reference")]
const fn is_yes(yes: &bool) -> bool {
    *yes
}

impl VenueTraits {
    /// Those of the paper venue: it remembers every id and answers from its own books.
    pub const PAPER: Self = Self {
        absent_after: Span::from_secs(5),
        absent_checks: 2,
        idempotency: IdempotencyClass::UniqueForever,
        can_replace: true,
        can_query: true,
        holds_stops: true,
        tells_fees: true,
    };
}

impl Default for VenueTraits {
    fn default() -> Self {
        Self::PAPER
    }
}
