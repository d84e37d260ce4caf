//! Enters when the price leaves its recent range, with a stop at work and a time limit.
//!
//! - A print above the high (below the low) of the last `window_ms` of prints buys (sells) `qty` at market. The window
//!   must have been heard in full, and it must be flat with nothing at work.
//! - Every position is protected by a reduce-only stop (SL-M) at the venue, `stop_bps` from its average price. What a late
//!   fill adds is covered by another one.
//! - After `hold_ms` it leaves at market, reduce-only, the stop canceled first. A position left over when it is armed
//!   again is held to the same rules, from when it was first seen.
//! - A stop whose position is gone is canceled. When a recording starts again the window is forgotten.

use super::kind::{HireError, Kind, PERIOD, QTY, spec};
use super::pacer::Pacer;
use super::window::Window;
use crate::config::{ParamKind, Params, StrategyKind};
use crate::engine::{Desk, OrderSpec, Strategy};
use crate::model::{
    Envelope, Event, Instrument, InstrumentId, MarketEvent, OrderId, OrderKind, Price, Qty, Round, Side,
    Span, TimeInForce, Timestamp, Trade,
};
use crate::state::Position;

pub(super) const KIND: Kind = Kind {
    declares: StrategyKind {
        name: "breakout",
        doc: "Enters when the price leaves its recent range, with a protective stop and a time exit.",
        params: &[
            spec("window_ms", PERIOD, "20000", "whose high and low must break, in milliseconds"),
            spec("qty", QTY, "20", "order quantity, in units of the instrument"),
            spec("hold_ms", PERIOD, "15000", "how long a position is held at most, in milliseconds"),
            spec(
                "stop_bps",
                ParamKind::Int { min: 1, max: 5_000 },
                "5",
                "distance of the stop from the average price, in basis points",
            ),
        ],
    },
    hire,
};

fn hire(instrument: InstrumentId, params: &Params) -> Result<Box<dyn Strategy>, HireError> {
    Ok(Box::new(Breakout {
        instrument,
        qty: params.qty("qty")?,
        hold: params.span("hold_ms")?,
        stop_bps: params.int("stop_bps")?,
        window: Window::new(params.span("window_ms")?),
        held_since: None,
        pacer: Pacer::new(instrument),
    }))
}

/// The strategy.
#[derive(Debug)]
pub struct Breakout {
    instrument: InstrumentId,
    qty: Qty,
    hold: Span,
    stop_bps: i64,
    window: Window,
    /// Since when there is a position, by our clock.
    held_since: Option<Timestamp>,
    pacer: Pacer,
}

impl Breakout {
    /// A print: whether it leaves the range, then part of the range.
    fn hear_trade(&mut self, trade: &Trade, desk: &mut Desk<'_>) {
        let range = self.window.range(trade.local_time);
        self.window.add(trade.local_time, trade.price);
        let side = match range {
            Some(range) if trade.price > range.high => Side::Buy,
            Some(range) if trade.price < range.low => Side::Sell,
            Some(_) | None => return,
        };
        if desk.position(self.instrument).net.is_zero() && self.pacer.may_enter(side, desk) {
            let label = if side == Side::Buy { "break-high" } else { "break-low" };
            self.pacer.enter(desk, OrderSpec::market(self.instrument, side, self.qty, label));
        }
    }

    /// Looks after what it holds.
    fn tend(&mut self, desk: &mut Desk<'_>) {
        let position = desk.position(self.instrument);
        let Some(side) = position.net.side() else {
            self.held_since = None;
            self.cancel_stops(desk);
            return;
        };
        let since = *self.held_since.get_or_insert(desk.now());
        if desk.now().since(since) >= self.hold {
            self.pacer.close(desk, "time-exit");
            return;
        }
        self.protect(side, &position, desk);
    }

    /// Keeps as much covered by stops as is held.
    fn protect(&mut self, side: Side, position: &Position, desk: &mut Desk<'_>) {
        let stops = |order: &&crate::model::Order| order.request.kind.trigger().is_some();
        let covered = desk
            .open_orders(self.instrument)
            .filter(stops)
            .fold(Qty::ZERO, |sum, order| sum.plus(order.leaves()));
        let enters = desk.open_orders(self.instrument).any(|order| order.request.kind.trigger().is_none());
        let Some(instrument) = desk.instrument(self.instrument) else { return };
        let uncovered = instrument.round_qty(position.net.magnitude().minus(covered));
        if enters || uncovered.is_zero() || !self.pacer.may_exit(desk) {
            return;
        }
        let Some(trigger) = stop_price(instrument, position, side, self.stop_bps) else { return };
        let stop = OrderSpec {
            kind: OrderKind::Stop { trigger },
            tif: TimeInForce::Gtc,
            ..OrderSpec::market(self.instrument, side.opposite(), uncovered, "stop")
        };
        self.pacer.protect(desk, stop);
    }

    /// Takes back stops that have nothing left to protect.
    fn cancel_stops(&self, desk: &mut Desk<'_>) {
        let orphans: Vec<OrderId> = desk
            .open_orders(self.instrument)
            .filter(|order| order.request.kind.trigger().is_some() && order.request.reduce_only)
            .map(|order| order.id)
            .collect();
        for id in orphans {
            desk.cancel(id);
        }
    }
}

/// Where the stop of a position belongs: `bps` from its average price, rounded away from it.
fn stop_price(instrument: &Instrument, position: &Position, held: Side, bps: i64) -> Option<Price> {
    let average = position.average(instrument)?.raw();
    let distance = (i128::from(average) * i128::from(bps)).div_euclid(10_000);
    let distance = i64::try_from(distance).ok()?;
    let (raw, round) = match held {
        Side::Buy => (average.checked_sub(distance)?, Round::Down),
        Side::Sell => (average.checked_add(distance)?, Round::Up),
    };
    let price = instrument.round_price(Price::from_raw(raw).ok()?, round);
    instrument.check_price(price).is_ok().then_some(price)
}

impl Strategy for Breakout {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        self.pacer.hear(event, desk.now());
        let Event::Market(market) = &event.event else { return };
        if market.instrument() != self.instrument {
            return;
        }
        match market {
            MarketEvent::Trade(trade) => {
                self.hear_trade(trade, desk);
                self.tend(desk);
            }
            MarketEvent::Quote(_) => self.tend(desk),
            MarketEvent::Looped { .. } => self.window.clear(),
            MarketEvent::Depth(_)
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
    use super::stop_price;
    use crate::config::Settings;
    use crate::model::{Money, Side};
    use crate::state::Position;

    #[test]
    fn the_stop_lies_beyond_the_average_on_the_losing_side_and_on_the_tick() {
        let instrument = Settings::default().instruments().remove(0);
        let basis: Money = "601.2345".parse().unwrap();
        let long = Position { net: "0.01".parse().unwrap(), basis, ..Position::default() };
        let short = Position { net: "-0.01".parse().unwrap(), basis: -basis, ..Position::default() };
        // 60123.45 ± 5 bp = 60093.388275 and 60153.511725
        let at = |position: &Position, side| stop_price(&instrument, position, side, 5).unwrap().to_string();
        assert_eq!((at(&long, Side::Buy), at(&short, Side::Sell)), ("60093.3".into(), "60153.6".into()));
        assert_eq!(stop_price(&instrument, &Position::default(), Side::Buy, 5), None);
    }
}
