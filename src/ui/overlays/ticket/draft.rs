//! What has been filled in: fields as typed, and the order they make.

use super::number;
use super::slot::{self, Kind, Plan, Slot};
use crate::model::{
    Instrument, InstrumentId, Label, Mode, NewOrder, Order, OrderKind, Price, Qty, Quote, Side, StrategyId,
    TimeInForce,
};
use crate::ui::effect::TicketWords;
use crate::ui::overlays::field::Field;

/// The most letters of a number field.
const LETTERS: usize = 20;

/// The fields.
#[derive(Debug, Clone)]
pub(in crate::ui::overlays) struct Draft {
    pub(in crate::ui::overlays) strategy: StrategyId,
    pub(in crate::ui::overlays) instrument: InstrumentId,
    pub(in crate::ui::overlays) side: Side,
    pub(in crate::ui::overlays) kind: Kind,
    pub(in crate::ui::overlays) tif: TimeInForce,
    /// How much; for a target the signed position to end with.
    pub(in crate::ui::overlays) qty: Field,
    pub(in crate::ui::overlays) price: Field,
    pub(in crate::ui::overlays) trigger: Field,
    pub(in crate::ui::overlays) trail: Field,
    pub(in crate::ui::overlays) post_only: bool,
    pub(in crate::ui::overlays) reduce_only: bool,
    pub(in crate::ui::overlays) plan: Plan,
    pub(in crate::ui::overlays) stop: Field,
    pub(in crate::ui::overlays) target: Field,
    pub(in crate::ui::overlays) each: Field,
}

/// Why the fields make no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub slot: Slot,
    pub words: String,
}

impl Flaw {
    pub(super) fn of(slot: Slot, words: impl Into<String>) -> Self {
        Self { slot, words: words.into() }
    }
}

impl Draft {
    /// A limit order of the operator at the best price of its own side, its quantity to be typed.
    pub(in crate::ui::overlays) fn new(side: Side, instrument: InstrumentId, quote: Option<&Quote>) -> Self {
        let price = quote.map(|quote| quote.own(side).to_string()).unwrap_or_default();
        let empty = || Field::new("", LETTERS);
        Self {
            strategy: StrategyId::MANUAL,
            instrument,
            side,
            kind: Kind::Limit,
            tif: TimeInForce::Gtc,
            qty: empty(),
            price: Field::new(&price, LETTERS),
            trigger: empty(),
            trail: empty(),
            post_only: false,
            reduce_only: false,
            plan: Plan::Once,
            stop: empty(),
            target: empty(),
            each: empty(),
        }
    }

    /// The fields of words typed elsewhere.
    pub(in crate::ui::overlays) fn of(words: &TicketWords) -> Self {
        let mut draft = Self::new(words.side, words.instrument, None);
        draft.kind = match (&words.trail, &words.price, &words.trigger) {
            (Some(_), _, _) => Kind::Trailing,
            (None, None, None) => Kind::Market,
            (None, Some(_), None) => Kind::Limit,
            (None, None, Some(_)) => Kind::StopMarket,
            (None, Some(_), Some(_)) => Kind::StopLimit,
        };
        draft.plan = match (&words.position, &words.each, &words.stop, &words.target) {
            (Some(_), _, _, _) => Plan::Target,
            (None, Some(_), _, _) => Plan::Split,
            (None, None, Some(_), _) | (None, None, None, Some(_)) => Plan::Bracket,
            (None, None, None, None) => Plan::Once,
        };
        draft.strategy = words.strategy;
        draft.tif = words.tif;
        draft.qty.set(words.position.as_deref().unwrap_or(&words.qty));
        let set = |field: &mut Field, text: &Option<String>| field.set(text.as_deref().unwrap_or_default());
        set(&mut draft.price, &words.price);
        set(&mut draft.trigger, &words.trigger);
        set(&mut draft.trail, &words.trail);
        set(&mut draft.stop, &words.stop);
        set(&mut draft.target, &words.target);
        set(&mut draft.each, &words.each);
        draft.post_only = words.post_only;
        draft.reduce_only = words.reduce_only;
        draft
    }

    /// The fields of an order that works, as it stands now.
    pub(in crate::ui::overlays) fn of_order(order: &Order) -> Self {
        let request = &order.request;
        let mut draft = Self::new(request.side, request.instrument, None);
        (draft.strategy, draft.tif) = (request.strategy, request.tif);
        (draft.post_only, draft.reduce_only) = (request.post_only, request.reduce_only);
        draft.qty.set(&request.qty.to_string());
        let text = |price: Option<Price>| price.map(|price| price.to_string()).unwrap_or_default();
        draft.price.set(&text(request.kind.limit_price()));
        draft.trigger.set(&text(request.kind.trigger()));
        draft.kind = match request.kind {
            OrderKind::Market => Kind::Market,
            OrderKind::Limit { .. } => Kind::Limit,
            OrderKind::Stop { .. } => Kind::StopMarket,
            // Its trigger has fired: what works is a limit order, and only its price can be changed.
            OrderKind::StopLimit { .. } if order.triggered => Kind::Limit,
            OrderKind::StopLimit { .. } => Kind::StopLimit,
            OrderKind::TrailingStop { trail, .. } => {
                draft.trail.set(&trail.to_string());
                Kind::Trailing
            }
        };
        draft
    }

    /// The fields in use, in the order of Tab.
    pub(super) fn slots(&self) -> Vec<Slot> {
        slot::slots(self.kind, self.plan)
    }

    /// The text field of a slot.
    pub(super) fn field(&mut self, slot: Slot) -> Option<&mut Field> {
        match slot {
            Slot::Qty => Some(&mut self.qty),
            Slot::Price => Some(&mut self.price),
            Slot::Trigger => Some(&mut self.trigger),
            Slot::Trail => Some(&mut self.trail),
            Slot::Stop => Some(&mut self.stop),
            Slot::Target => Some(&mut self.target),
            Slot::Each => Some(&mut self.each),
            Slot::Strategy
            | Slot::Side
            | Slot::Kind
            | Slot::Tif
            | Slot::PostOnly
            | Slot::ReduceOnly
            | Slot::Plan => None,
        }
    }

    /// A price field, read strictly.
    pub(super) fn price_of(&self, slot: Slot, instrument: &Instrument) -> Result<Price, Flaw> {
        let field = match slot {
            Slot::Trigger => &self.trigger,
            Slot::Trail => &self.trail,
            Slot::Stop => &self.stop,
            Slot::Target => &self.target,
            Slot::Price
            | Slot::Strategy
            | Slot::Side
            | Slot::Kind
            | Slot::Tif
            | Slot::Qty
            | Slot::PostOnly
            | Slot::ReduceOnly
            | Slot::Plan
            | Slot::Each => &self.price,
        };
        let read = if slot == Slot::Trail { number::distance } else { number::price };
        read(field.value(), instrument).map_err(|words| Flaw { slot, words })
    }

    /// The kind the fields make, or the first thing wrong with them.
    pub(super) fn order_kind(&self, instrument: &Instrument) -> Result<OrderKind, Flaw> {
        let price = |slot| self.price_of(slot, instrument);
        Ok(match self.kind {
            Kind::Market => OrderKind::Market,
            Kind::Limit => OrderKind::Limit { price: price(Slot::Price)? },
            Kind::StopMarket => OrderKind::Stop { trigger: price(Slot::Trigger)? },
            Kind::StopLimit => {
                let trigger = price(Slot::Trigger)?;
                OrderKind::StopLimit { trigger, price: price(Slot::Price)? }
            }
            Kind::Trailing if self.trigger.value().trim().is_empty() => {
                price(Slot::Trail)?;
                let words = "where it starts; Up sets it one trail from the market";
                return Err(Flaw::of(Slot::Trigger, words));
            }
            Kind::Trailing => {
                let trigger = price(Slot::Trigger)?;
                OrderKind::TrailingStop { trigger, trail: price(Slot::Trail)? }
            }
        })
    }

    /// The order the fields make at a quantity, or the first thing wrong with them. Nothing is guessed or rounded.
    pub(super) fn order(
        &self,
        instrument: &Instrument,
        (mode, label): (Mode, Label),
        qty: Qty,
    ) -> Result<NewOrder, Flaw> {
        Ok(NewOrder {
            strategy: self.strategy,
            instrument: self.instrument,
            side: self.side,
            qty,
            kind: self.order_kind(instrument)?,
            tif: self.tif,
            post_only: self.post_only,
            reduce_only: self.reduce_only,
            mode,
            label,
        })
    }

    /// Turns the side; a price that was the best of the old side becomes the best of the new one.
    pub(super) fn flip(&mut self, quote: Option<&Quote>) {
        let was_best = quote.is_some_and(|quote| quote.own(self.side).to_string() == self.price.value());
        self.side = self.side.opposite();
        if let Some(quote) = quote.filter(|_| was_best) {
            self.price.set(&quote.own(self.side).to_string());
        }
    }

    /// Turns a choice: the next one, or the one before.
    pub(super) fn turn(&mut self, slot: Slot, by: isize, strategies: usize) {
        const TIFS: [TimeInForce; 3] = [TimeInForce::Day, TimeInForce::Ioc, TimeInForce::Gtc];
        match slot {
            Slot::Side => self.side = self.side.opposite(),
            Slot::Kind => self.kind = next(&Kind::ALL, self.kind, by),
            Slot::Tif => self.tif = next(&TIFS, self.tif, by),
            Slot::PostOnly => self.post_only = !self.post_only,
            Slot::ReduceOnly => self.reduce_only = !self.reduce_only,
            Slot::Plan => self.plan = next(&Plan::ALL, self.plan, by),
            Slot::Strategy => {
                let count = u16::try_from(strategies).unwrap_or(u16::MAX);
                let all: Vec<_> =
                    (0..count).map(StrategyId::new).filter(|id| *id != StrategyId::EXTERNAL).collect();
                self.strategy = next(&all, self.strategy, by);
            }
            Slot::Qty
            | Slot::Price
            | Slot::Trigger
            | Slot::Trail
            | Slot::Stop
            | Slot::Target
            | Slot::Each => {}
        }
    }

    /// One lot or tick more or less; from an empty field the least quantity or the quote.
    pub(super) fn step(&mut self, slot: Slot, up: bool, instrument: &Instrument, quote: Option<&Quote>) {
        let (side, is_target) = (self.side, self.plan == Plan::Target);
        let near = match slot {
            Slot::Trail => Some(instrument.tick),
            Slot::Trigger if self.kind == Kind::Trailing => self.trailing_start(instrument, quote),
            _ => quote.map(|quote| quote.own(side)),
        };
        let Some(field) = self.field(slot) else { return };
        let text = match slot {
            Slot::Qty if is_target => stepped_net(field.value(), up, instrument),
            Slot::Qty | Slot::Each => Some(stepped_qty(field.value(), up, instrument).to_string()),
            _ => stepped_price(field.value(), up, instrument, near).map(|price| price.to_string()),
        };
        if let Some(text) = text {
            field.set(&text);
        }
    }

    /// Where a trailing stop begins: one trail behind the best price of the other side.
    fn trailing_start(&self, instrument: &Instrument, quote: Option<&Quote>) -> Option<Price> {
        let trail = number::distance(self.trail.value(), instrument).ok()?;
        let near = quote?.own(self.side.opposite());
        let behind = match self.side {
            Side::Sell => near.raw().checked_sub(trail.raw()),
            Side::Buy => near.raw().checked_add(trail.raw()),
        };
        let start = Price::from_raw(behind?).ok()?;
        let round = match self.side {
            Side::Sell => crate::model::Round::Down,
            Side::Buy => crate::model::Round::Up,
        };
        Some(instrument.round_price(start, round).max(instrument.tick))
    }
}

/// The choice after one, or before it, in a circle.
pub(in crate::ui::overlays) fn next<T: Copy + PartialEq>(all: &[T], at: T, by: isize) -> T {
    let here = all.iter().position(|one| *one == at).and_then(|index| isize::try_from(index).ok());
    let count = isize::try_from(all.len()).unwrap_or(1).max(1);
    let to = here.map_or(0, |here| (here + by).rem_euclid(count));
    usize::try_from(to).ok().and_then(|to| all.get(to)).copied().unwrap_or(at)
}

fn stepped_qty(text: &str, up: bool, instrument: &Instrument) -> Qty {
    let Ok(now) = text.trim().parse::<Qty>() else { return instrument.min_qty };
    let grid = instrument.round_qty(now);
    let stepped = if up { grid.plus(instrument.lot) } else { grid.minus(instrument.lot) };
    stepped.max(instrument.min_qty)
}

/// One lot more or less of a signed position; from an empty field flat.
fn stepped_net(text: &str, up: bool, instrument: &Instrument) -> Option<String> {
    use crate::model::NetQty;
    let now = if text.trim().is_empty() { Some(NetQty::ZERO) } else { text.trim().parse().ok() };
    let lot = instrument.lot.signed(if up { Side::Buy } else { Side::Sell });
    now.map(|now| (now + lot).to_string())
}

fn stepped_price(text: &str, up: bool, instrument: &Instrument, near: Option<Price>) -> Option<Price> {
    let Ok(now) = text.trim().parse::<Price>() else { return near };
    let grid = instrument.round_price(now, crate::model::Round::Down);
    instrument.step_price(grid, if up { 1 } else { -1 }).map(|price| price.max(instrument.tick))
}
