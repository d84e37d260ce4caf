//! The health of the process: queues, subscribers, times, headroom. Not part of the log, since it depends on clocks.

use crate::bus::GaugeReading;
use crate::model::{DisplayText, Finding, Label, Span, StrategyId, Timestamp};
use serde::Serialize;

/// Health at an instant.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Vitals {
    /// By our clock.
    pub at: Timestamp,
    /// When the run began.
    pub started_at: Timestamp,
    /// Where market data comes from and how fast it is replayed.
    pub feed: DisplayText,
    pub speed: DisplayText,
    /// Which broker stands behind the egress.
    pub broker: DisplayText,
    /// What it can do, as its adapter declares it; empty where nobody trades.
    pub can: DisplayText,
    pub queues: Vec<GaugeReading>,
    pub subscribers: Vec<SubscriberHealth>,
    /// Time of one engine step, over the last second or so.
    pub step_p50: Span,
    pub step_p99: Span,
    /// From a market event entering the engine to its order leaving for the broker.
    pub order_p50: Span,
    pub order_p99: Span,
    /// Inputs taken since the start, and in the last second.
    pub inputs: u64,
    pub inputs_per_s: u64,
    /// What the gate's limits are at right now, the account's first.
    pub headroom: Vec<Finding>,
    /// By strategy: its time per event.
    pub strategies: Vec<StrategyTiming>,
    /// Where records go, and how many rows are there.
    pub data_dir: DisplayText,
    pub rows_written: u64,
    /// Resident memory in bytes.
    pub rss_bytes: u64,
}

/// A subscriber of the outer ring.
#[derive(Debug, Clone, Serialize)]
pub struct SubscriberHealth {
    pub name: Label,
    /// `ok`, `lagging`, `failing`, `restarting`, `stopped`, `stalled`.
    pub state: &'static str,
    pub detail: DisplayText,
    pub delivered: u64,
    pub missed: u64,
    pub restarts: u32,
}

/// How long a strategy takes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StrategyTiming {
    pub strategy: StrategyId,
    pub calls: u64,
    pub p99: Span,
    pub worst: Span,
}
