//! What a strategy is: it hears events and holds a desk. It has no channel, task or clock.

use super::held::Bracket;
use crate::model::{
    Command, Depth, Envelope, Instrument, InstrumentId, Label, NewOrder, Order, OrderChange, OrderId,
    OrderKind, Price, Qty, Quote, Side, StrategyId, TimeInForce, Timestamp,
};
use crate::state::{Position, State};

/// Intents one strategy may have in one step; more than this disarms it.
pub(super) const INTENTS_PER_STEP: usize = 32;

/// Decides from what it hears. The same code runs in backtest, replay, analyze and live.
///
/// ```
/// use flightdeck::engine::{Desk, OrderSpec, Strategy};
/// use flightdeck::model::{Envelope, Event, MarketEvent, Qty, Side};
///
/// /// Buys one unit at the first quote it hears.
/// struct BuyOnce { done: bool }
///
/// impl Strategy for BuyOnce {
///     fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
///         if let Event::Market(MarketEvent::Quote(quote)) = &event.event
///             && !self.done
///         {
///             desk.submit(OrderSpec::market(quote.instrument, Side::Buy, Qty::ONE, "first quote"));
///             self.done = true;
///         }
///     }
/// }
/// # let _strategy: Box<dyn Strategy> = Box::new(BuyOnce { done: false });
/// ```
pub trait Strategy: Send {
    /// One event: market data of its instruments, its own orders' events and denials. While it is not armed it goes on
    /// hearing, so that its indicators stay warm, and its pen writes nothing.
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>);
}

/// A strategy with its place in the roster.
pub struct Hired {
    pub id: StrategyId,
    pub strategy: Box<dyn Strategy>,
}

impl std::fmt::Debug for Hired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hired").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Told around each call of a strategy, so that the shell can keep a stopwatch without a clock in the core.
pub trait Probe {
    /// A call begins.
    fn enter(&mut self, strategy: StrategyId);
    /// It has returned.
    fn leave(&mut self, strategy: StrategyId);
}

/// Measures nothing: for virtual time.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn enter(&mut self, _strategy: StrategyId) {}
    fn leave(&mut self, _strategy: StrategyId) {}
}

/// An order as a strategy asks for it; the desk adds whose it is and in which mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderSpec {
    pub instrument: InstrumentId,
    pub side: Side,
    pub qty: Qty,
    pub kind: OrderKind,
    pub tif: TimeInForce,
    pub post_only: bool,
    pub reduce_only: bool,
    /// The signal in a word.
    pub label: Label,
}

/// What a strategy wants, in the order it wrote it.
#[derive(Debug, Clone)]
pub(super) enum Intent {
    Submit(NewOrder),
    Cancel(OrderId),
    Ask(Command),
    Replace(OrderId, OrderChange),
    Bracket(Box<Bracket>),
    Oco(Box<[NewOrder; 2]>),
}

/// A strategy's window on the state and its order pen. It sees its own orders and positions and the market, nothing
/// of the others.
#[derive(Debug)]
pub struct Desk<'a> {
    pub(super) state: &'a State,
    pub(super) me: StrategyId,
    pub(super) now: Timestamp,
    pub(super) may_trade: bool,
    pub(super) pen: &'a mut Vec<Intent>,
}

impl OrderSpec {
    /// A market order, immediate or cancel. A label is a text, or made once: `Label::word`.
    #[inline]
    pub fn market(instrument: InstrumentId, side: Side, qty: Qty, label: impl Into<Label>) -> Self {
        Self {
            instrument,
            side,
            qty,
            kind: OrderKind::Market,
            tif: TimeInForce::Ioc,
            post_only: false,
            reduce_only: false,
            label: label.into(),
        }
    }

    /// A limit order, good till canceled.
    #[inline]
    pub fn limit(
        instrument: InstrumentId,
        side: Side,
        qty: Qty,
        price: crate::model::Price,
        label: impl Into<Label>,
    ) -> Self {
        Self {
            kind: OrderKind::Limit { price },
            tif: TimeInForce::Gtc,
            ..Self::market(instrument, side, qty, label)
        }
    }

    /// A stop whose trigger follows the market at the distance `trail`, from where it stands now; held by the engine,
    /// good till canceled.
    pub fn trailing(
        instrument: InstrumentId,
        side: Side,
        qty: Qty,
        (trigger, trail): (Price, Price),
        label: impl Into<Label>,
    ) -> Self {
        Self {
            kind: OrderKind::TrailingStop { trigger, trail },
            tif: TimeInForce::Gtc,
            ..Self::market(instrument, side, qty, label)
        }
    }

    /// The same, refused by the venue if it would take liquidity.
    #[must_use]
    pub const fn post_only(mut self) -> Self {
        self.post_only = true;
        self
    }

    /// The same, never enlarging or flipping the position.
    #[must_use]
    pub const fn reduce_only(mut self) -> Self {
        self.reduce_only = true;
        self
    }
}

impl Desk<'_> {
    /// The time of the event at hand, by our clock.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether orders would be looked at: armed, not killed.
    pub const fn may_trade(&self) -> bool {
        self.may_trade
    }

    /// An instrument's filters and arithmetic.
    pub fn instrument(&self, id: InstrumentId) -> Option<&Instrument> {
        self.state.genesis().instrument(id)
    }

    /// The last good quote.
    pub fn quote(&self, id: InstrumentId) -> Option<Quote> {
        self.state.market(id)?.quote
    }

    /// The visible book.
    pub fn depth(&self, id: InstrumentId) -> Option<&Depth> {
        self.state.market(id)?.depth.as_deref()
    }

    /// Its own position.
    pub fn position(&self, id: InstrumentId) -> Position {
        self.state.ledger.position(self.me, id)
    }

    /// Its own open orders in an instrument, oldest first.
    pub fn open_orders(&self, id: InstrumentId) -> impl Iterator<Item = &Order> {
        let me = self.me;
        let mine = move |order: &&Order| order.request.strategy == me && order.request.instrument == id;
        self.state.orders.open().iter().filter(mine)
    }

    /// Asks for an order. The gate judges it after the strategy has returned; the answer is an event it hears.
    #[inline]
    pub fn submit(&mut self, spec: OrderSpec) {
        let order = self.order_of(spec);
        self.write(|| Intent::Submit(order));
    }

    /// Asks for an entry with the exits that protect what fills of it: a stop, and a target if wanted. The engine holds
    /// the exits; the answer is the entry's, and the exits carry its `link`.
    pub fn bracket(&mut self, entry: OrderSpec, stop: Price, target: Option<Price>) {
        let entry = self.order_of(entry);
        self.write(|| Intent::Bracket(Box::new(Bracket { entry, stop, target })));
    }

    /// Asks for two orders of one quantity, of which the fills of one shrink the other until it ends.
    pub fn oco(&mut self, one: OrderSpec, other: OrderSpec) {
        let pair = [self.order_of(one), self.order_of(other)];
        self.write(|| Intent::Oco(Box::new(pair)));
    }

    /// A spec as the strategy's order in the mode of the run.
    #[inline]
    pub(super) fn order_of(&self, spec: OrderSpec) -> NewOrder {
        NewOrder {
            strategy: self.me,
            instrument: spec.instrument,
            side: spec.side,
            qty: spec.qty,
            kind: spec.kind,
            tif: spec.tif,
            post_only: spec.post_only,
            reduce_only: spec.reduce_only,
            mode: self.state.control.mode,
            label: spec.label,
        }
    }

    /// Asks for one of its own orders to be canceled.
    pub fn cancel(&mut self, order: OrderId) {
        self.write(|| Intent::Cancel(order));
    }

    /// Asks for one of its own orders to be changed: the whole new quantity and kind.
    pub fn replace(&mut self, order: OrderId, change: OrderChange) {
        self.write(|| Intent::Replace(order, change));
    }

    /// Made where it stays, not moved there: an intent has the size of the largest.
    #[inline]
    pub(super) fn write(&mut self, intent: impl FnOnce() -> Intent) {
        // One beyond the bound is kept as the mark of a flood.
        if self.may_trade && self.pen.len() <= INTENTS_PER_STEP {
            self.pen.extend(std::iter::once_with(intent));
        }
    }
}
