//! Turns a venue's raw messages into the market facts of the cockpit, keeping one full book an instrument.

use super::book::{Book, BookChange};
use super::raw::{RawBody, RawMessage};
use crate::model::{DEPTH_LEVELS, Depth, DisplayText, Fault, InstrumentId, MarketEvent, Quote, Side, Trade};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The books of a set of instruments, folded from raw messages.
#[derive(Debug, Clone, Default)]
pub struct MarketFold {
    markets: BTreeMap<InstrumentId, Market>,
}

/// One instrument's book, and whether its loss was told and no snapshot healed it yet.
#[derive(Debug, Clone, Default)]
struct Market {
    book: Book,
    lost: bool,
}

impl MarketFold {
    /// Empty books for these instruments.
    pub fn new(instruments: impl IntoIterator<Item = InstrumentId>) -> Self {
        Self { markets: instruments.into_iter().map(|id| (id, Market::default())).collect() }
    }

    /// The full book of an instrument, `None` for one that is not followed.
    pub fn book(&self, instrument: InstrumentId) -> Option<&Book> {
        self.markets.get(&instrument).map(|market| &market.book)
    }

    /// Folds one message and appends what it says. A loss of the book (missing or damaged message) is told once; from
    /// then on no `Depth` comes until a snapshot fits. Messages of instruments that are not followed say nothing.
    pub fn apply(&mut self, message: &RawMessage, out: &mut Vec<MarketEvent>) {
        let Some(market) = self.markets.get_mut(&message.instrument) else { return };
        let change = market.book.apply(message);
        match &message.body {
            RawBody::Bbo { bid, ask, .. } => out.push(MarketEvent::Quote(Quote {
                instrument: message.instrument,
                bid: bid.price,
                bid_qty: bid.qty,
                ask: ask.price,
                ask_qty: ask.qty,
                venue_time: message.venue_time,
                local_time: message.local_time,
            })),
            RawBody::Trade { price, qty, aggressor } => out.push(MarketEvent::Trade(Trade {
                instrument: message.instrument,
                price: *price,
                qty: *qty,
                aggressor: *aggressor,
                venue_time: message.venue_time,
                local_time: message.local_time,
            })),
            RawBody::Snapshot { .. } | RawBody::Depth { .. } => out.extend(market.tell(change, message)),
            RawBody::Damaged { detail } => {
                market.lost = true;
                out.push(quarantined(message.instrument, Fault::Unreadable, detail));
            }
            RawBody::Looped { pass } => {
                market.lost = false;
                out.push(MarketEvent::Looped { instrument: message.instrument, pass: *pass });
            }
        }
    }
}

impl Market {
    /// What a change of the book says.
    fn tell(&mut self, change: BookChange, message: &RawMessage) -> Option<MarketEvent> {
        match change {
            // A crossed book is shown as it is: whether it is believed is the engine's to say.
            BookChange::Applied | BookChange::Crossed => {
                self.lost = false;
                Some(MarketEvent::Depth(Arc::new(Depth {
                    instrument: message.instrument,
                    bids: self.book.levels(Side::Buy).take(DEPTH_LEVELS).collect(),
                    asks: self.book.levels(Side::Sell).take(DEPTH_LEVELS).collect(),
                    venue_time: message.venue_time,
                    local_time: message.local_time,
                })))
            }
            BookChange::Gap { after, previous } if !self.lost => {
                self.lost = true;
                let detail = format!("update {after} is followed by one that names {previous}");
                Some(quarantined(message.instrument, Fault::SequenceGap, &detail))
            }
            BookChange::Gap { .. }
            | BookChange::Untouched
            | BookChange::Buffered
            | BookChange::Old
            | BookChange::Emptied => None,
        }
    }
}

fn quarantined(instrument: InstrumentId, fault: Fault, detail: &str) -> MarketEvent {
    MarketEvent::Quarantined { instrument, fault, detail: DisplayText::new(detail) }
}

#[cfg(test)]
mod tests {
    use super::MarketFold;
    use crate::model::{Fault, InstrumentId, Level, MarketEvent, Side, Timestamp};
    use crate::sim::{Change, RawBody, RawMessage};

    fn level(price: &str) -> Level {
        Level { price: price.parse().unwrap(), qty: "1".parse().unwrap() }
    }

    fn depth(first_id: u64, previous_id: u64) -> RawBody {
        let Level { price, qty } = level("99");
        let changes = vec![Change { side: Side::Buy, price, qty }];
        RawBody::Depth { first_id, final_id: first_id, previous_id, changes }
    }

    fn snapshot(last_update_id: u64) -> RawBody {
        RawBody::Snapshot { last_update_id, bids: vec![level("99")], asks: vec![level("101")] }
    }

    fn fold(bodies: impl IntoIterator<Item = RawBody>) -> Vec<MarketEvent> {
        let (instrument, time) = (InstrumentId::new(3), Timestamp::EPOCH);
        let (mut fold, mut out) = (MarketFold::new([instrument]), Vec::new());
        for body in bodies {
            fold.apply(&RawMessage { instrument, venue_time: time, local_time: time, body }, &mut out);
        }
        out
    }

    #[test]
    fn a_gap_is_told_once_and_depth_returns_with_a_snapshot() {
        let out = fold([snapshot(5), depth(6, 5), depth(8, 7), depth(10, 9), snapshot(10), depth(11, 10)]);
        let [MarketEvent::Depth(_), MarketEvent::Depth(_), lost, rest @ ..] = out.as_slice() else {
            panic!("{out:?}")
        };
        assert!(matches!(lost, MarketEvent::Quarantined { fault: Fault::SequenceGap, .. }));
        assert!(matches!(rest, [MarketEvent::Depth(_), MarketEvent::Depth(_)]), "{rest:?}");
    }

    #[test]
    fn after_a_damaged_part_the_book_waits_and_quotes_go_on() {
        let quote = RawBody::Bbo { update_id: 1, bid: level("99"), ask: level("101") };
        let out = fold([snapshot(5), RawBody::Damaged { detail: "x" }, depth(6, 5), quote]);
        assert!(matches!(out.get(1), Some(MarketEvent::Quarantined { fault: Fault::Unreadable, .. })));
        assert!(matches!(out.get(2..), Some([MarketEvent::Quote(_)])), "{out:?}");
    }
}
