//! A strategy without a plan: it trades at random, in every way a strategy can, from its own seed.

use crate::engine::{Desk, OrderSpec, Strategy};
use crate::model::{
    Envelope, Event, Instrument, InstrumentId, Label, MarketEvent, OrderChange, OrderId, OrderKind, Price,
    Qty, Side, TimeInForce, Timestamp,
};
use crate::sim::Rng;

/// Orders and cancels a storm asks for at each quote.
const STORM: u64 = 8;

/// Trades at random.
#[derive(Debug)]
pub(super) struct Chaos {
    rng: Rng,
    /// It acts at one quote in so many.
    pace: u64,
    /// While it floods, by our clock.
    storm: Option<(Timestamp, Timestamp)>,
}

impl Chaos {
    pub(super) fn new(seed: u64, number: u64, storm: Option<(Timestamp, Timestamp)>) -> Self {
        let mut rng = Rng::stream(seed, 200 + number);
        let pace = rng.below(10) + 4;
        Self { rng, pace, storm }
    }

    fn act(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        match self.rng.below(12) {
            5 if self.rng.one_in(3) => self.bracket(id, desk),
            0..=5 => self.order(id, desk),
            6 | 7 => self.exit(id, desk),
            8..=10 => self.replace(id, desk),
            _ => self.cancel(id, desk),
        }
    }

    fn order(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        let Some(spec) = self.spec(id, desk) else { return };
        desk.submit(spec);
    }

    /// An order of any kind, near the market and mostly within the limits.
    fn spec(&mut self, id: InstrumentId, desk: &Desk<'_>) -> Option<OrderSpec> {
        let quote = desk.quote(id)?;
        let instrument = desk.instrument(id)?;
        let side = if self.rng.one_in(2) { Side::Buy } else { Side::Sell };
        let qty = self.qty(instrument)?;
        let near = |ticks: i64| instrument.step_price(quote.own(side), ticks);
        let towards = |ticks: i64| if side == Side::Buy { ticks } else { -ticks };
        let away = self.rng.between(1, 12);
        let kind = match self.rng.below(12) {
            0..=3 => OrderKind::Market,
            4..=8 => OrderKind::Limit { price: near(towards(self.rng.between(-8, 4)))? },
            9 => OrderKind::TrailingStop { trigger: near(towards(away))?, trail: ticks(instrument, away)? },
            10 => OrderKind::Stop { trigger: near(towards(away))? },
            _ => OrderKind::StopLimit { trigger: near(towards(away))?, price: near(towards(away + 3))? },
        };
        let tif = match self.rng.below(4) {
            0 if kind.trigger().is_none() => TimeInForce::Ioc,
            1 => TimeInForce::Day,
            _ => TimeInForce::Gtc,
        };
        let tif = if kind == OrderKind::Market { TimeInForce::Ioc } else { tif };
        let rests = matches!(kind, OrderKind::Limit { .. }) && tif != TimeInForce::Ioc;
        let label = Label::new("chaos");
        let post_only = rests && self.rng.one_in(3);
        Some(OrderSpec { instrument: id, side, qty, kind, tif, post_only, reduce_only: false, label })
    }

    fn qty(&mut self, instrument: &Instrument) -> Option<Qty> {
        let lots = match instrument.id.get() {
            1 => self.rng.between(1, 120),
            0 => self.rng.between(60, 9_000),
            _ => self.rng.between(250, 30_000),
        };
        // Now and then what no gate may let pass.
        let lots = if self.rng.one_in(40) { lots.saturating_mul(1_000) } else { lots };
        Qty::from_raw(instrument.lot.raw().checked_mul(lots)?).ok()
    }

    /// An entry with its exits, or two orders of which one ends the other.
    fn bracket(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        let Some(entry) = self.spec(id, desk) else { return };
        let (Some(quote), Some(spec)) = (desk.quote(id), desk.instrument(id)) else { return };
        let lose = if entry.side == Side::Buy { -1 } else { 1 };
        let away = self.rng.between(8, 25);
        let stop = spec.step_price(quote.own(entry.side), lose * away);
        let target = spec.step_price(quote.own(entry.side), -lose * away);
        let (Some(stop), Some(target)) = (stop, target) else { return };
        if self.rng.one_in(2) {
            let target = self.rng.one_in(2).then_some(target);
            return desk.bracket(entry, stop, target);
        }
        let side = entry.side;
        let one = OrderSpec {
            kind: OrderKind::Limit { price: stop },
            tif: TimeInForce::Gtc,
            post_only: false,
            ..entry
        };
        let other = OrderSpec { kind: OrderKind::Stop { trigger: target }, side, ..one };
        desk.oco(one, other);
    }

    /// A reduce-only order for a part of what it holds, or more.
    fn exit(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        let net = desk.position(id).net;
        let (Some(side), Some(instrument)) = (net.side(), desk.instrument(id)) else { return };
        let held = net.magnitude();
        let half = Qty::from_raw(held.raw().div_euclid(2)).unwrap_or_default();
        let qty = if self.rng.one_in(2) { held } else { instrument.round_qty(half) };
        if qty.is_zero() {
            return;
        }
        let Some(quote) = desk.quote(id) else { return };
        let stop = instrument.step_price(quote.own(side.opposite()), if side == Side::Buy { -6 } else { 6 });
        let spec = OrderSpec::market(id, side.opposite(), qty, "exit").reduce_only();
        let spec = match stop {
            Some(trigger) if self.rng.one_in(2) => {
                OrderSpec { kind: OrderKind::Stop { trigger }, tif: TimeInForce::Gtc, ..spec }
            }
            Some(_) | None => spec,
        };
        desk.submit(spec);
    }

    fn replace(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        let open: Vec<_> = desk.open_orders(id).map(|order| (order.id, order.request)).collect();
        let nth = self.rng.below(u64::try_from(open.len()).unwrap_or_default());
        let Some((order, now)) = usize::try_from(nth).ok().and_then(|nth| open.get(nth)).copied() else {
            return;
        };
        let change = desk.instrument(id).and_then(|spec| change(spec, (now.qty, now.kind), &mut self.rng));
        if let Some(change) = change {
            desk.replace(order, change);
        }
    }

    fn cancel(&mut self, id: InstrumentId, desk: &mut Desk<'_>) {
        let open: Vec<OrderId> = desk.open_orders(id).map(|order| order.id).collect();
        let count = u64::try_from(open.len()).unwrap_or_default();
        let nth = usize::try_from(self.rng.below(count)).unwrap_or_default();
        if let Some(order) = open.get(nth) {
            desk.cancel(*order);
        }
    }
}

impl Strategy for Chaos {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        let now = desk.now();
        if self.storm.is_some_and(|(from, to)| now >= from && now < to) {
            for _ in 0..=self.rng.below(STORM) {
                self.act(quote.instrument, desk);
            }
        } else if self.rng.one_in(self.pace) {
            self.act(quote.instrument, desk);
        }
    }
}

/// Another size and price for an order: a few lots and ticks, up or down.
pub(super) fn change(spec: &Instrument, (qty, kind): (Qty, OrderKind), rng: &mut Rng) -> Option<OrderChange> {
    let lots = rng.between(-400, 400);
    let lots = if spec.id.get() == 1 { lots.div_euclid(20) } else { lots };
    let raw = qty.raw().checked_add(spec.lot.raw().checked_mul(lots)?)?;
    let ticks = rng.between(-5, 5);
    let step = |price| spec.step_price(price, ticks);
    let kind = match kind {
        OrderKind::Limit { price } => OrderKind::Limit { price: step(price)? },
        OrderKind::Stop { trigger } => OrderKind::Stop { trigger: step(trigger)? },
        OrderKind::StopLimit { trigger, price } => {
            OrderKind::StopLimit { trigger: step(trigger)?, price: step(price)? }
        }
        OrderKind::Market | OrderKind::TrailingStop { .. } => kind,
    };
    Some(OrderChange { qty: Qty::from_raw(raw).unwrap_or(qty), kind })
}

/// A distance of so many ticks.
fn ticks(spec: &Instrument, count: i64) -> Option<Price> {
    Price::from_raw(spec.tick.raw().checked_mul(count)?).ok()
}
