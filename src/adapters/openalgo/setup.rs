//! What the work is told: the world it is in, how fast it may be.

use super::mode::Expect;
use crate::model::{Calendar, Currency, Span, StrategyId};
use std::collections::BTreeMap;

/// How fast it may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) orders_per_s: u32,
    pub(super) cancels_per_s: u32,
    pub(super) reads_per_s: u32,
    pub(super) poll: Span,
    pub(super) idle: Span,
    pub(super) quotes: Span,
}

/// What the work is told.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) expect: Expect,
    pub(super) pace: Pace,
    pub(super) currency: Currency,
    pub(super) probe: bool,
    pub(super) calendars: Vec<Calendar>,
    pub(super) algo_ids: BTreeMap<StrategyId, String>,
}
