//! What has been filled in: fields as typed, and the order they make.

use super::number;
use crate::model::{
    Instrument, InstrumentId, Label, Mode, NewOrder, OrderKind, Price, Qty, Quote, Side, StrategyId,
    TimeInForce,
};
use crate::ui::effect::TicketWords;
use crate::ui::overlays::field::Field;

/// The most letters of a number field.
const LETTERS: usize = 20;

/// Which type of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui::overlays) enum Kind {
    Market,
    Limit,
    StopMarket,
    StopLimit,
}

/// A field of the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Strategy,
    Side,
    Kind,
    Tif,
    Qty,
    Price,
    Trigger,
    PostOnly,
    ReduceOnly,
}

/// The fields.
#[derive(Debug, Clone)]
pub(in crate::ui::overlays) struct Draft {
    pub(in crate::ui::overlays) strategy: StrategyId,
    pub(in crate::ui::overlays) instrument: InstrumentId,
    pub(in crate::ui::overlays) side: Side,
    pub(in crate::ui::overlays) kind: Kind,
    pub(in crate::ui::overlays) tif: TimeInForce,
    pub(in crate::ui::overlays) qty: Field,
    pub(in crate::ui::overlays) price: Field,
    pub(in crate::ui::overlays) trigger: Field,
    pub(in crate::ui::overlays) post_only: bool,
    pub(in crate::ui::overlays) reduce_only: bool,
}

/// Why the fields make no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub slot: Slot,
    pub words: String,
}

impl Kind {
    /// In the order of the field.
    pub(super) const ALL: [Self; 4] = [Self::Market, Self::Limit, Self::StopMarket, Self::StopLimit];

    /// The word of the field.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "MKT",
            Self::Limit => "LMT",
            Self::StopMarket => "SLM",
            Self::StopLimit => "SL",
        }
    }

    /// Whether it names a limit price.
    pub(super) const fn has_price(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit)
    }

    /// Whether it sleeps until a trigger.
    pub(super) const fn has_trigger(self) -> bool {
        matches!(self, Self::StopMarket | Self::StopLimit)
    }
}

impl Slot {
    /// The word of an error.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Strategy => "strategy",
            Self::Side => "side",
            Self::Kind => "type",
            Self::Tif => "tif",
            Self::Qty => "qty",
            Self::Price => "price",
            Self::Trigger => "trigger",
            Self::PostOnly => "post-only",
            Self::ReduceOnly => "reduce-only",
        }
    }

    /// Whether it holds typed text.
    pub(super) const fn is_text(self) -> bool {
        matches!(self, Self::Qty | Self::Price | Self::Trigger)
    }
}

impl Draft {
    /// A limit order of the operator at the best price of its own side, its quantity to be typed.
    pub(in crate::ui::overlays) fn new(side: Side, instrument: InstrumentId, quote: Option<&Quote>) -> Self {
        let price = quote.map(|quote| quote.own(side).to_string()).unwrap_or_default();
        Self {
            strategy: StrategyId::MANUAL,
            instrument,
            side,
            kind: Kind::Limit,
            tif: TimeInForce::Gtc,
            qty: Field::new("", LETTERS),
            price: Field::new(&price, LETTERS),
            trigger: Field::new("", LETTERS),
            post_only: false,
            reduce_only: false,
        }
    }

    /// The fields of words typed elsewhere.
    pub(in crate::ui::overlays) fn of(words: &TicketWords) -> Self {
        let mut draft = Self::new(words.side, words.instrument, None);
        draft.kind = match (&words.price, &words.trigger) {
            (None, None) => Kind::Market,
            (Some(_), None) => Kind::Limit,
            (None, Some(_)) => Kind::StopMarket,
            (Some(_), Some(_)) => Kind::StopLimit,
        };
        draft.strategy = words.strategy;
        draft.tif = words.tif;
        draft.qty.set(&words.qty);
        draft.price.set(words.price.as_deref().unwrap_or_default());
        draft.trigger.set(words.trigger.as_deref().unwrap_or_default());
        draft.post_only = words.post_only;
        draft.reduce_only = words.reduce_only;
        draft
    }

    /// The fields in use, in the order of Tab.
    pub(super) fn slots(&self) -> Vec<Slot> {
        let all = [
            Slot::Strategy,
            Slot::Side,
            Slot::Kind,
            Slot::Tif,
            Slot::Qty,
            Slot::Price,
            Slot::Trigger,
            Slot::PostOnly,
            Slot::ReduceOnly,
        ];
        let used = |slot: &Slot| match slot {
            Slot::Price => self.kind.has_price(),
            Slot::Trigger => self.kind.has_trigger(),
            Slot::Strategy
            | Slot::Side
            | Slot::Kind
            | Slot::Tif
            | Slot::Qty
            | Slot::PostOnly
            | Slot::ReduceOnly => true,
        };
        all.into_iter().filter(used).collect()
    }

    /// The text field of a slot.
    pub(super) fn field(&mut self, slot: Slot) -> Option<&mut Field> {
        match slot {
            Slot::Qty => Some(&mut self.qty),
            Slot::Price => Some(&mut self.price),
            Slot::Trigger => Some(&mut self.trigger),
            Slot::Strategy | Slot::Side | Slot::Kind | Slot::Tif | Slot::PostOnly | Slot::ReduceOnly => None,
        }
    }

    /// The order the fields make, or the first thing wrong with them. Nothing is guessed or rounded.
    pub(super) fn order(&self, instrument: &Instrument, mode: Mode, label: Label) -> Result<NewOrder, Flaw> {
        let flaw = |slot: Slot| move |words: String| Flaw { slot, words };
        let qty = number::qty(self.qty.value(), instrument).map_err(flaw(Slot::Qty))?;
        let price = || number::price(self.price.value(), instrument).map_err(flaw(Slot::Price));
        let trigger = || number::price(self.trigger.value(), instrument).map_err(flaw(Slot::Trigger));
        let kind = match self.kind {
            Kind::Market => OrderKind::Market,
            Kind::Limit => OrderKind::Limit { price: price()? },
            Kind::StopMarket => OrderKind::Stop { trigger: trigger()? },
            Kind::StopLimit => OrderKind::StopLimit { trigger: trigger()?, price: price()? },
        };
        Ok(NewOrder {
            strategy: self.strategy,
            instrument: self.instrument,
            side: self.side,
            qty,
            kind,
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
            Slot::Strategy => {
                let count = u16::try_from(strategies).unwrap_or(u16::MAX);
                let all: Vec<_> =
                    (0..count).map(StrategyId::new).filter(|id| *id != StrategyId::EXTERNAL).collect();
                self.strategy = next(&all, self.strategy, by);
            }
            Slot::Qty | Slot::Price | Slot::Trigger => {}
        }
    }

    /// One lot or tick more or less; from an empty field the least quantity or the quote.
    pub(super) fn step(&mut self, slot: Slot, up: bool, instrument: &Instrument, quote: Option<&Quote>) {
        let side = self.side;
        let Some(field) = self.field(slot) else { return };
        let text = if slot == Slot::Qty {
            stepped_qty(field.value(), up, instrument).to_string()
        } else {
            let near = quote.map(|quote| quote.own(side));
            let Some(price) = stepped_price(field.value(), up, instrument, near) else { return };
            price.to_string()
        };
        field.set(&text);
    }
}

fn next<T: Copy + PartialEq>(all: &[T], at: T, by: isize) -> T {
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

fn stepped_price(text: &str, up: bool, instrument: &Instrument, near: Option<Price>) -> Option<Price> {
    let Ok(now) = text.trim().parse::<Price>() else { return near };
    let grid = instrument.round_price(now, crate::model::Round::Down);
    instrument.step_price(grid, if up { 1 } else { -1 }).map(|price| price.max(instrument.tick))
}
