//! The feed's side of the market lane: when it is full, newer quotes and depths replace older ones and trades wait up to
//! a bound.

use crate::bus::{LaneFull, MarketSender};
use crate::model::{InstrumentId, MarketEvent};
use std::collections::VecDeque;

/// Trades and facts kept per lane while it is full; beyond it the oldest trades go and are counted.
const WAITING_BOUND: usize = 4_096;

/// Sends market events and remembers what did not fit.
#[derive(Debug)]
pub(in crate::adapters) struct MarketPost {
    lane: MarketSender,
    waiting: VecDeque<MarketEvent>,
    dropped: Vec<(InstrumentId, u32)>,
}

impl MarketPost {
    pub(super) const fn new(lane: MarketSender) -> Self {
        Self { lane, waiting: VecDeque::new(), dropped: Vec::new() }
    }

    /// Sends an event now or as soon as there is room.
    pub(super) fn send(&mut self, event: MarketEvent) {
        if self.waiting.is_empty() {
            if let Err(LaneFull(event)) = self.lane.push(event) {
                self.keep(event);
            }
            return;
        }
        self.keep(event);
    }

    /// Sends what waits, as far as there is room, and wakes the core.
    pub(super) fn flush(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            if let Err(LaneFull(event)) = self.lane.push(event) {
                self.waiting.push_front(event);
                break;
            }
        }
        if self.waiting.is_empty() {
            for (instrument, trades) in std::mem::take(&mut self.dropped) {
                self.send(MarketEvent::Dropped { instrument, trades });
            }
        }
        self.lane.flush();
    }

    /// Whether the lane is full.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether the core is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.lane.is_closed()
    }

    fn keep(&mut self, event: MarketEvent) {
        let same = |kept: &MarketEvent| {
            kept.instrument() == event.instrument()
                && std::mem::discriminant(kept) == std::mem::discriminant(&event)
        };
        let replaceable = matches!(event, MarketEvent::Quote(_) | MarketEvent::Depth(_));
        if let Some(kept) = self.waiting.iter_mut().find(|kept| replaceable && same(kept)) {
            *kept = event;
            self.lane.lost(1);
            return;
        }
        if self.waiting.len() >= WAITING_BOUND {
            self.drop_oldest_trade();
        }
        self.waiting.push_back(event);
    }

    fn drop_oldest_trade(&mut self) {
        let oldest = self.waiting.iter().position(|kept| matches!(kept, MarketEvent::Trade(_)));
        let Some(event) = oldest.and_then(|index| self.waiting.remove(index)) else { return };
        self.lane.lost(1);
        let instrument = event.instrument();
        match self.dropped.iter_mut().find(|(id, _)| *id == instrument) {
            Some((_, count)) => *count += 1,
            None => self.dropped.push((instrument, 1)),
        }
    }
}
