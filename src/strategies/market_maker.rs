//! Quotes both sides around the mid, leaning against its inventory.
//!
//! - A bid and an ask of `qty`, post-only, `half_spread_ticks` away from a centre: the mid, moved against the position by
//!   up to `skew_ticks` at `max_position`. Neither ever touches the other side of the market.
//! - At most one order a side. A side whose fill would take the position beyond `max_position` is not quoted.
//! - A quote is moved when its price is wrong by `requote_ticks` or more and `requote_ms` have passed since the side last
//!   changed: canceled first, placed again when the venue has confirmed. So a side sends at most two messages in
//!   `requote_ms`.
//! - The same price is not quoted again within 1.1 s, and a refused side waits five seconds (a post-only quote that would
//!   have traded waits `requote_ms`).
//! - A position left over when it is armed again is inventory like any other. When a recording starts again both quotes
//!   are pulled.

use super::kind::{HireError, Kind, PERIOD, QTY, spec};
use crate::config::{ParamKind, Params, StrategyKind};
use crate::engine::{Desk, OrderSpec, Strategy};
use crate::model::{
    Envelope, Event, Instrument, InstrumentId, MarketEvent, NetQty, OrderId, OrderStatus, Price, Qty, Quote,
    Round, Side, Span, Timestamp,
};

/// The same price again is a duplicate within this time.
const SAME_AGAIN: Span = Span::from_millis(1_100);

/// A side the gate denied waits this long.
const AFTER_DENIAL: Span = Span::from_secs(5);

pub(super) const KIND: Kind = Kind {
    declares: StrategyKind {
        name: "market_maker",
        doc: "Quotes both sides around the mid, post-only, leaning against its inventory.",
        params: &[
            spec("qty", QTY, "0.010", "quantity of each quote, in units of the instrument"),
            spec(
                "half_spread_ticks",
                ParamKind::Int { min: 1, max: 100_000 },
                "5",
                "ticks from the centre to each quote",
            ),
            spec("max_position", QTY, "0.050", "largest position, in units of the instrument"),
            spec(
                "skew_ticks",
                ParamKind::Int { min: 0, max: 100_000 },
                "10",
                "ticks the centre is moved at the largest position",
            ),
            spec(
                "requote_ticks",
                ParamKind::Int { min: 1, max: 100_000 },
                "3",
                "ticks a quote may be wrong before it is moved",
            ),
            spec("requote_ms", PERIOD, "1000", "least time between two changes of a side, in milliseconds"),
        ],
    },
    hire,
};

fn hire(instrument: InstrumentId, params: &Params) -> Result<Box<dyn Strategy>, HireError> {
    let terms = Terms {
        qty: params.qty("qty")?,
        half_spread: params.int("half_spread_ticks")?,
        max_position: params.qty("max_position")?,
        skew: params.int("skew_ticks")?,
        requote_ticks: params.int("requote_ticks")?,
        requote: params.span("requote_ms")?,
    };
    Ok(Box::new(MarketMaker { instrument, terms, bid: QuoteSide::default(), ask: QuoteSide::default() }))
}

#[derive(Debug, Clone, Copy)]
struct Terms {
    qty: Qty,
    half_spread: i64,
    max_position: Qty,
    skew: i64,
    requote_ticks: i64,
    requote: Span,
}

/// What it remembers of a side.
#[derive(Debug, Clone, Copy, Default)]
struct QuoteSide {
    /// When it was last placed or canceled, where, and from when it may be placed again.
    changed: Option<Timestamp>,
    price: Option<Price>,
    placed: Option<Timestamp>,
    held_until: Option<Timestamp>,
}

/// The strategy.
#[derive(Debug)]
pub struct MarketMaker {
    instrument: InstrumentId,
    terms: Terms,
    bid: QuoteSide,
    ask: QuoteSide,
}

/// What works on a side.
#[derive(Debug, Clone, Copy)]
struct AtWork {
    id: OrderId,
    price: Option<Price>,
    status: OrderStatus,
}

impl MarketMaker {
    fn side_mut(&mut self, side: Side) -> &mut QuoteSide {
        match side {
            Side::Buy => &mut self.bid,
            Side::Sell => &mut self.ask,
        }
    }

    fn requote(&mut self, side: Side, quote: &Quote, desk: &mut Desk<'_>) {
        let Some(instrument) = desk.instrument(self.instrument) else { return };
        let net = desk.position(self.instrument).net;
        let wanted = wanted(&self.terms, instrument, (net, side), quote);
        let tick = instrument.tick;
        let mut at_work =
            desk.open_orders(self.instrument).filter(|order| order.request.side == side).map(|order| {
                AtWork { id: order.id, price: order.request.kind.limit_price(), status: order.status }
            });
        let (first, others) = (at_work.next(), at_work.next().is_some());
        drop(at_work);
        match first {
            None => self.place(side, wanted, desk),
            Some(order) => {
                let wrong = others || is_wrong(order.price, wanted, tick, self.terms.requote_ticks);
                self.pull(side, order, wrong, desk);
            }
        }
    }

    fn place(&mut self, side: Side, wanted: Option<Price>, desk: &mut Desk<'_>) {
        let (now, requote, qty, instrument) =
            (desk.now(), self.terms.requote, self.terms.qty, self.instrument);
        let Some(price) = wanted else { return };
        let memory = self.side_mut(side);
        let too_soon = memory.changed.is_some_and(|at| now.since(at) < requote);
        let held = memory.held_until.is_some_and(|until| now < until);
        let again = memory.price == Some(price) && memory.placed.is_some_and(|at| now.since(at) < SAME_AGAIN);
        if held || again || (too_soon && memory.placed == memory.changed) {
            return;
        }
        (memory.changed, memory.placed, memory.price) = (Some(now), Some(now), Some(price));
        let label = if side == Side::Buy { "bid" } else { "ask" };
        desk.submit(OrderSpec::limit(instrument, side, qty, price, label).post_only());
    }

    fn pull(&mut self, side: Side, order: AtWork, wrong: bool, desk: &mut Desk<'_>) {
        let (now, requote) = (desk.now(), self.terms.requote);
        let works = matches!(order.status, OrderStatus::Working | OrderStatus::PartiallyFilled);
        let memory = self.side_mut(side);
        let too_soon = memory.changed.is_some_and(|at| now.since(at) < requote);
        if wrong && works && !too_soon {
            memory.changed = Some(now);
            desk.cancel(order.id);
        }
    }

    fn pull_all(&mut self, desk: &mut Desk<'_>) {
        let open: Vec<OrderId> = desk.open_orders(self.instrument).map(|order| order.id).collect();
        for id in open {
            desk.cancel(id);
        }
    }
}

/// Where a side is to be quoted; `None` where it is not.
fn wanted(
    terms: &Terms,
    instrument: &Instrument,
    (net, side): (NetQty, Side),
    quote: &Quote,
) -> Option<Price> {
    let after = net + terms.qty.signed(side);
    if after.side() == Some(side) && after.magnitude() > terms.max_position {
        return None;
    }
    let whole = i128::from(terms.max_position.raw()).max(1);
    let lean = (i128::from(terms.skew) * i128::from(net.raw())).div_euclid(whole);
    let lean = i64::try_from(lean).ok()?.clamp(-terms.skew, terms.skew);
    let centre = instrument.step_price(quote.mid(), -lean)?;
    let price = match side {
        Side::Buy => {
            let bid =
                instrument.step_price(instrument.round_price(centre, Round::Down), -terms.half_spread)?;
            bid.min(instrument.step_price(quote.ask, -1)?)
        }
        Side::Sell => {
            let ask = instrument.step_price(instrument.round_price(centre, Round::Up), terms.half_spread)?;
            ask.max(instrument.step_price(quote.bid, 1)?)
        }
    };
    instrument.check_price(price).is_ok().then_some(price)
}

/// Whether what works is far enough from what is wanted to be moved.
fn is_wrong(works: Option<Price>, wanted: Option<Price>, tick: Price, ticks: i64) -> bool {
    match (works, wanted) {
        (Some(works), Some(wanted)) => (works - wanted).abs().raw() >= tick.raw().saturating_mul(ticks),
        (None, _) | (_, None) => true,
    }
}

impl Strategy for MarketMaker {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let now = desk.now();
        match &event.event {
            Event::Denied { order, .. } => {
                self.side_mut(order.side).held_until = Some(now.after(AFTER_DENIAL));
            }
            Event::Market(market) if market.instrument() == self.instrument => match market {
                MarketEvent::Quote(quote) if desk.may_trade() => {
                    self.requote(Side::Buy, quote, desk);
                    self.requote(Side::Sell, quote, desk);
                }
                // A quote nobody can check against a market is a gift to whoever can.
                MarketEvent::Looped { .. } | MarketEvent::Stale { .. } | MarketEvent::Quarantined { .. } => {
                    self.pull_all(desk);
                }
                MarketEvent::Quote(_)
                | MarketEvent::Trade(_)
                | MarketEvent::Depth(_)
                | MarketEvent::Bar(_)
                | MarketEvent::Trusted { .. }
                | MarketEvent::Fresh { .. }
                | MarketEvent::Dropped { .. } => {}
            },
            Event::Market(_)
            | Event::Order(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Terms, is_wrong, wanted};
    use crate::config::Settings;
    use crate::model::{Instrument, Price, Quote, Side, Span, Timestamp};

    fn terms() -> Terms {
        Terms {
            qty: "0.01".parse().unwrap(),
            half_spread: 5,
            max_position: "0.05".parse().unwrap(),
            skew: 10,
            requote_ticks: 3,
            requote: Span::from_secs(1),
        }
    }

    fn wants(net: &str, side: Side, (bid, ask): (&str, &str)) -> Option<String> {
        let instrument: Instrument = Settings::default().instruments().remove(0);
        let quote = Quote {
            instrument: instrument.id,
            bid: bid.parse().unwrap(),
            bid_qty: "1".parse().unwrap(),
            ask: ask.parse().unwrap(),
            ask_qty: "1".parse().unwrap(),
            venue_time: Timestamp::EPOCH,
            local_time: Timestamp::EPOCH,
        };
        wanted(&terms(), &instrument, (net.parse().unwrap(), side), &quote).map(|price| price.to_string())
    }

    #[test]
    fn flat_it_quotes_evenly_around_the_mid() {
        let market = ("60000", "60000.1");
        assert_eq!(wants("0", Side::Buy, market).as_deref(), Some("59999.5"));
        assert_eq!(wants("0", Side::Sell, market).as_deref(), Some("60000.6"));
    }

    #[test]
    fn long_it_leans_down_short_it_leans_up_and_never_into_the_other_side() {
        let market = ("60000", "60000.1");
        assert_eq!(wants("0.03", Side::Buy, market).as_deref(), Some("59998.9"));
        assert_eq!(wants("0.03", Side::Sell, market).as_deref(), Some("60000.1"));
        assert_eq!(wants("-0.04", Side::Buy, market).as_deref(), Some("60000"));
    }

    #[test]
    fn at_its_largest_position_it_quotes_only_the_way_back() {
        let market = ("60000", "60000.1");
        assert_eq!(wants("0.05", Side::Buy, market), None);
        assert!(wants("0.05", Side::Sell, market).is_some());
        assert_eq!(wants("-0.041", Side::Sell, market), None);
        assert!(wants("-0.2", Side::Buy, market).is_some());
    }

    #[test]
    fn a_quote_is_left_alone_until_it_is_wrong_by_enough_ticks() {
        let price = |text: &str| Some(text.parse::<Price>().unwrap());
        let tick = "0.1".parse().unwrap();
        assert!(!is_wrong(price("100"), price("100.2"), tick, 3));
        assert!(is_wrong(price("100"), price("100.3"), tick, 3));
        assert!(is_wrong(price("100"), price("99.7"), tick, 3));
        assert!(is_wrong(price("100"), None, tick, 3));
    }
}
