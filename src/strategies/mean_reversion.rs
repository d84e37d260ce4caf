//! Fades a price that has gone far from its mean, and leaves at the mean or at a loss.
//!
//! - The mean is that of the mids of the last `window_ms`, heard in full. A mid `entry_bps` or more above it sells, below
//!   it buys: a limit order at the touch, immediate or cancel, so it never pays more than it saw.
//! - It leaves at market, reduce-only, when the mid is back at the mean or `stop_bps` beyond the average entry price.
//! - After a stop the mid must come back to the mean before it enters again: a trend is not faded twice.
//! - It holds one position at a time; a partial fill is a small position, not a reason to ask again. A position left over
//!   when it is armed again leaves by the same rules. When a recording starts again the window is forgotten.

use super::kind::{HireError, Kind, PERIOD, QTY, spec};
use super::pacer::Pacer;
use super::window::Window;
use crate::config::{ParamKind, Params, StrategyKind};
use crate::engine::{Desk, OrderSpec, Strategy};
use crate::model::{
    Envelope, Event, InstrumentId, MarketEvent, OrderKind, Price, Qty, Quote, Side, TimeInForce,
};

pub(super) const KIND: Kind = Kind {
    declares: StrategyKind {
        name: "mean_reversion",
        doc: "Fades a price that has gone far from its mean, and leaves at the mean or at a loss.",
        params: &[
            spec("window_ms", PERIOD, "30000", "length of the window of the mean, in milliseconds"),
            spec(
                "entry_bps",
                ParamKind::Int { min: 1, max: 5_000 },
                "3",
                "distance from the mean at which it enters, in basis points",
            ),
            spec(
                "stop_bps",
                ParamKind::Int { min: 1, max: 5_000 },
                "6",
                "loss at which it leaves, in basis points of the average entry price",
            ),
            spec("qty", QTY, "20", "order quantity, in units of the instrument"),
        ],
    },
    hire,
};

fn hire(instrument: InstrumentId, params: &Params) -> Result<Box<dyn Strategy>, HireError> {
    Ok(Box::new(MeanReversion {
        instrument,
        qty: params.qty("qty")?,
        entry_bps: params.int("entry_bps")?,
        stop_bps: params.int("stop_bps")?,
        window: Window::new(params.span("window_ms")?),
        stopped: None,
        pacer: Pacer::new(instrument),
    }))
}

/// The strategy.
#[derive(Debug)]
pub struct MeanReversion {
    instrument: InstrumentId,
    qty: Qty,
    entry_bps: i64,
    stop_bps: i64,
    window: Window,
    /// The side it was stopped out of, until the mid has touched the mean.
    stopped: Option<Side>,
    pacer: Pacer,
}

impl MeanReversion {
    fn hear_quote(&mut self, quote: &Quote, desk: &mut Desk<'_>) {
        let mid = quote.mid();
        self.window.add(quote.local_time, mid);
        let mean = self.window.range(quote.local_time).map(|range| range.mean);
        if let Some((side, mean)) = self.stopped.zip(mean)
            && is_back(side, mid, mean)
        {
            self.stopped = None;
        }
        let position = desk.position(self.instrument);
        match position.net.side() {
            Some(side) => {
                let average = desk.instrument(self.instrument).and_then(|one| position.average(one));
                self.leave(side, (mid, mean, average), desk);
            }
            None => {
                if let Some(mean) = mean {
                    self.enter(quote, mean, desk);
                }
            }
        }
    }

    fn enter(&mut self, quote: &Quote, mean: Price, desk: &mut Desk<'_>) {
        let mid = quote.mid();
        let (side, label) = if mid < mean { (Side::Buy, "below-mean") } else { (Side::Sell, "above-mean") };
        if self.stopped.is_some()
            || !is_beyond(mid, mean, self.entry_bps)
            || !self.pacer.may_enter(side, desk)
        {
            return;
        }
        let entry = OrderSpec {
            kind: OrderKind::Limit { price: quote.opposite(side) },
            tif: TimeInForce::Ioc,
            ..OrderSpec::market(self.instrument, side, self.qty, label)
        };
        self.pacer.enter(desk, entry);
    }

    fn leave(
        &mut self,
        held: Side,
        (mid, mean, average): (Price, Option<Price>, Option<Price>),
        desk: &mut Desk<'_>,
    ) {
        let lost = average.is_some_and(|average| {
            let against = match held {
                Side::Buy => mid < average,
                Side::Sell => mid > average,
            };
            against && is_beyond(mid, average, self.stop_bps)
        });
        // A stop that was reached is carried out even where the price has turned since.
        if lost || self.stopped == Some(held) {
            self.stopped = Some(held);
            self.pacer.close(desk, "stop");
        } else if mean.is_some_and(|mean| is_back(held, mid, mean)) {
            self.pacer.close(desk, "mean");
        }
    }
}

/// Whether a price is `bps` or more away from a reference.
fn is_beyond(price: Price, reference: Price, bps: i64) -> bool {
    let gap = i128::from(price.raw().abs_diff(reference.raw())) * 10_000;
    gap >= i128::from(reference.raw()) * i128::from(bps)
}

/// Whether the mid has come back to the mean, seen from a position on this side.
fn is_back(held: Side, mid: Price, mean: Price) -> bool {
    match held {
        Side::Buy => mid >= mean,
        Side::Sell => mid <= mean,
    }
}

impl Strategy for MeanReversion {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        self.pacer.hear(event, desk.now());
        let Event::Market(market) = &event.event else { return };
        if market.instrument() != self.instrument {
            return;
        }
        match market {
            MarketEvent::Quote(quote) => self.hear_quote(quote, desk),
            MarketEvent::Looped { .. } => {
                self.window.clear();
                self.stopped = None;
            }
            MarketEvent::Trade(_)
            | MarketEvent::Depth(_)
            | MarketEvent::Bar(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_back, is_beyond};
    use crate::model::{Price, Side};

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    #[test]
    fn the_entry_distance_is_exact_to_the_last_decimal() {
        assert!(is_beyond(price("2000.8"), price("2000"), 4));
        assert!(!is_beyond(price("2000.79999999"), price("2000"), 4));
        assert!(is_beyond(price("1999.2"), price("2000"), 4));
    }

    #[test]
    fn back_at_the_mean_depends_on_the_side_held() {
        assert!(
            is_back(Side::Buy, price("10"), price("10")) && is_back(Side::Sell, price("10"), price("10"))
        );
        assert!(
            !is_back(Side::Buy, price("9"), price("10")) && !is_back(Side::Sell, price("11"), price("10"))
        );
    }
}
