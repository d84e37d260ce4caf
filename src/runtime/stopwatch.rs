//! The stopwatch around strategies: the core has no clock, so the shell keeps one and acts by an ordinary request.

use super::clock::monotonic_nanos;
use super::panic::{entered_strategy, left_strategy};
use crate::engine::Probe;
use crate::model::{Span, StrategyId};
use crate::wire::StrategyTiming;
use hdrhistogram::Histogram;

/// What one call may take.
const BUDGET_NANOS: u64 = 5_000_000;

/// So many calls over budget within the window disarm the strategy.
const STRIKES: u32 = 5;
const WINDOW_NANOS: u64 = 10_000_000_000;

/// Times every call of every strategy.
#[derive(Debug)]
pub(super) struct Stopwatch {
    watches: Vec<Watch>,
    entered_at: u64,
}

#[derive(Debug)]
struct Watch {
    times: Histogram<u64>,
    calls: u64,
    worst: u64,
    strikes: u32,
    first_strike: u64,
    convicted: bool,
}

impl Stopwatch {
    pub(super) fn new(strategies: usize) -> Self {
        let watch = || Watch {
            times: Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("the bounds are in order"),
            calls: 0,
            worst: 0,
            strikes: 0,
            first_strike: 0,
            convicted: false,
        };
        Self { watches: (0..strategies).map(|_| watch()).collect(), entered_at: 0 }
    }

    /// Strategies that were over budget too often since this was last asked.
    pub(super) fn convicted(&mut self) -> Vec<StrategyId> {
        let mut slow = Vec::new();
        for (index, watch) in self.watches.iter_mut().enumerate() {
            if std::mem::take(&mut watch.convicted) {
                slow.extend(u16::try_from(index).map(StrategyId::new));
            }
        }
        slow
    }

    /// How long strategies take.
    pub(super) fn timings(&self) -> Vec<StrategyTiming> {
        let nanos = |value: u64| Span::from_nanos(i64::try_from(value).unwrap_or(i64::MAX));
        let ids = (0_u16..).map(StrategyId::new);
        ids.zip(&self.watches)
            .filter(|(_, watch)| watch.calls > 0)
            .map(|(strategy, watch)| StrategyTiming {
                strategy,
                calls: watch.calls,
                p99: nanos(watch.times.value_at_quantile(0.99)),
                worst: nanos(watch.worst),
            })
            .collect()
    }
}

impl Probe for Stopwatch {
    fn enter(&mut self, strategy: StrategyId) {
        entered_strategy(strategy);
        self.entered_at = monotonic_nanos();
    }

    fn leave(&mut self, strategy: StrategyId) {
        let now = monotonic_nanos();
        left_strategy();
        let Some(watch) = self.watches.get_mut(strategy.index()) else { return };
        let took = now.saturating_sub(self.entered_at);
        watch.calls += 1;
        watch.worst = watch.worst.max(took);
        watch.times.saturating_record(took.max(1));
        if took <= BUDGET_NANOS {
            return;
        }
        if now.saturating_sub(watch.first_strike) > WINDOW_NANOS {
            watch.first_strike = now;
            watch.strikes = 0;
        }
        watch.strikes += 1;
        if watch.strikes >= STRIKES {
            watch.strikes = 0;
            watch.convicted = true;
        }
    }
}
