//! The choices of the bar matcher; the default is the worse of each.

use crate::model::Span;

/// When a resting limit order fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitFill {
    /// When its price is traded through: others stood at it before us.
    #[default]
    Through,
    /// When its price is reached.
    Touch,
}

/// How orders meet a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BarRules {
    pub limit: LimitFill,
    /// What market and stop orders get worse than the price they meet, in basis points of it.
    pub slippage_bps: u32,
    /// From us to the venue, where quotes are traded. On bars an order meets the next bar, which is longer.
    pub latency: Span,
}
