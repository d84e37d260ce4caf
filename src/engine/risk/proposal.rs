//! An order before the gate, with everything the rules ask about computed once.

use crate::model::{
    Actor, BatchId, Instrument, InstrumentId, InstrumentLimits, Limits, Money, NetQty, NewOrder, Order,
    OrderId, OrderKind, Price, Qty, Side, StrategyId, StrategyLimits, StrategyRules, Timestamp,
};
use crate::state::{Exposure, Holdings, InstrumentMarket, Plain, State, Valuation, mark_at};

/// A proposed order in its surroundings.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    pub order: &'a NewOrder,
    /// A byte that orders equal to it share: `mark_of` it, and when an order of this mark was last released.
    pub alike: u8,
    pub alike_left: Timestamp,
    pub actor: Actor,
    /// The open order whose place it takes.
    pub replaces: Option<OrderId>,
    /// Whether it is counted among the open orders already: a held one whose time has come.
    pub waits: bool,
    /// What its strategy is held to.
    pub rules: &'a StrategyRules,
    pub stage: Stage,
    /// The batch it is a leg of.
    pub batch: Option<BatchId>,
    pub state: &'a State,
    /// The rules that have nothing to ask here, or only what is left.
    pub plain: Plain,
    /// By our clock.
    pub now: Timestamp,
    pub instrument: Option<&'a Instrument>,
    pub market: Option<&'a InstrumentMarket>,
    /// The limits in force, those of the order's instrument and those of its strategy: looked up once, since several
    /// rules compare with each.
    pub limits: &'a Limits,
    pub of_instrument: &'a InstrumentLimits,
    pub of_strategy: &'a StrategyLimits,
    /// The strategy's position in the instrument and what it has open there.
    pub net: NetQty,
    pub exposure: Exposure,
    /// The same of the account.
    pub account_net: NetQty,
    pub account_exposure: Exposure,
    /// The largest positions that could come of them with the order.
    worst: Qty,
    account_worst: Qty,
    /// What it adds to what is open: its quantity, for a change less what has filled.
    pub adds: Qty,
    /// Whether it can only shrink the strategy's position, counting the exits already open.
    pub reduces: bool,
    /// The account's `State::plain_net`.
    pub plain_net: Option<Money>,
    mark: Option<Price>,
    worst_price: Option<Price>,
    scale: Scale<'a>,
    worth: Option<Worth>,
    /// Whether the strategy, and the account, hold nothing and have nothing open in any other instrument.
    pub alone: Alone,
}

/// What several rules compare, in account currency.
#[derive(Debug, Clone, Copy, Default)]
struct Worth {
    /// What the order adds.
    adds: Money,
    /// The worst case with the order, the strategy's and the account's.
    worst: Money,
    account_worst: Money,
}

impl Worth {
    /// Of what the order adds and of the worst cases with it, the strategy's and the account's. `None` while one of them
    /// cannot be valued.
    #[expect(clippy::inline_always, reason = "as `at_hand`")]
    #[inline(always)]
    fn of(scale: Scale<'_>, adds: Qty, (worst, account): (Qty, Qty)) -> Option<Self> {
        let value = |qty| scale.value_of(qty);
        let of_worst = value(worst)?;
        // Where nobody else has anything these are one and the same.
        let of_adds = if adds == worst { of_worst } else { value(adds)? };
        let of_account = if account == worst { of_worst } else { value(account)? };
        Some(Self { adds: of_adds, worst: of_worst, account_worst: of_account })
    }
}

/// What turns a quantity into money.
#[derive(Debug, Clone, Copy)]
struct Scale<'a> {
    instrument: Option<&'a Instrument>,
    /// The worse of mark and worst price: where a unit is worth the most. `None` without a mark.
    dearest: Option<Price>,
    /// From the instrument's settlement currency to the account's. `None` while it has no price.
    rate: Option<Valuation>,
}

impl Scale<'_> {
    #[inline]
    fn notional_of(&self, qty: Qty) -> Option<Money> {
        self.instrument?.checked_notional(self.dearest?, qty)
    }

    #[inline]
    fn value_of(&self, qty: Qty) -> Option<Money> {
        let notional = self.notional_of(qty)?;
        if notional.is_zero() { Some(Money::ZERO) } else { self.rate?.checked_of(notional) }
    }
}

/// Who has nothing but what the order's instrument holds.
#[derive(Debug, Clone, Copy)]
pub struct Alone {
    pub strategy: bool,
    pub account: bool,
}

impl Alone {
    #[inline]
    fn of(state: &State, strategy: StrategyId, here: &Here) -> Self {
        let (orders, ledger) = (&state.orders, &state.ledger);
        let holds = |own: &Holdings| own.holds_beside(here.net);
        let account_holds = ledger.account_holdings().holds_beside(here.account_net);
        Self {
            strategy: !orders.is_open_beside(strategy, &here.exposure)
                && !ledger.holdings_of(strategy).is_some_and(holds),
            account: !orders.is_any_open_beside(&here.total) && !account_holds,
        }
    }
}

/// What a strategy and the account hold of an instrument and have open there.
#[derive(Debug, Clone, Copy)]
struct Here {
    net: NetQty,
    account_net: NetQty,
    exposure: Exposure,
    total: Exposure,
}

impl Here {
    #[inline]
    fn of(state: &State, strategy: StrategyId, instrument: InstrumentId) -> Self {
        Self {
            net: state.ledger.net(strategy, instrument),
            account_net: state.ledger.account_holdings().net(instrument),
            exposure: state.orders.exposure(strategy, instrument),
            total: state.orders.total(instrument),
        }
    }

    /// The same without what an open order reserves.
    fn without(self, own: &Order) -> Self {
        let (side, qty) = (own.request.side, own.open_exposure().magnitude());
        Self { exposure: self.exposure.without(side, qty), total: self.total.without(side, qty), ..self }
    }

    /// The largest positions that could come of it with so much more, the strategy's and the account's.
    #[expect(clippy::inline_always, reason = "as `at_hand`")]
    #[inline(always)]
    fn worst_with(&self, side: Side, adds: Qty) -> (Qty, Qty) {
        let worst = self.exposure.worst_with(self.net, side, adds);
        // Where nobody else trades the instrument the account's is the strategy's.
        if self.net == self.account_net && self.exposure == self.total {
            return (worst, worst);
        }
        (worst, self.total.worst_with(self.account_net, side, adds))
    }
}

/// What the gate is asked about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// May it leave for the broker now?
    #[default]
    Send,
    /// May the engine take it and hold it?
    Hold,
    /// May it be held for a position that is not there yet? It is judged as if it were: as an exit that is sure to be
    /// one. What it may do is judged again at its release.
    Guard,
    /// May a held exit, whose time has come, leave now? It takes risk away at any price, as what a human or the
    /// watchdog wants closed does: a collar would keep the position open in the very market it has to leave.
    Exit,
}

/// The largest position that could come of everything open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorstCase {
    /// As things stand.
    pub before: Qty,
    /// With the order.
    pub after: Qty,
}

impl<'a> Proposal<'a> {
    /// Looks up what the rules need.
    #[inline(never)]
    pub fn new(order: &'a NewOrder, actor: Actor, state: &'a State, now: Timestamp) -> Self {
        let here = Here::of(state, order.strategy, order.instrument);
        let alone = Alone::of(state, order.strategy, &here);
        let plain_net = state.plain_net(state.ledger.account_holdings());
        Self::among((order, order.qty), actor, (state, now), (here, alone), |_| plain_net)
    }

    /// The same made in its caller, for the gate: what is found here is compared there while it is at hand. Only where
    /// nothing is open (`Orders::is_idle_for`), the instrument's price is trusted and has not stopped, and both instrument
    /// and quote are there: what then is known is not looked up.
    #[expect(clippy::inline_always, reason = "that is what it is for")]
    #[inline(always)]
    pub(super) fn at_hand(order: &'a NewOrder, actor: Actor, state: &'a State, now: Timestamp) -> Self {
        let (net, account) =
            (state.ledger.net(order.strategy, order.instrument), state.ledger.account_holdings());
        let nothing = Exposure::default();
        let account_net = account.net(order.instrument);
        let here = Here { net, account_net, exposure: nothing, total: nothing };
        let holds = |own: &Holdings| own.holds_beside(net);
        let alone = Alone {
            strategy: !state.ledger.holdings_of(order.strategy).is_some_and(holds),
            account: !account.holds_beside(account_net),
        };
        let net_of = |instrument, mark| {
            if alone.account {
                state.plain_net_of(instrument, account_net, mark)
            } else {
                state.plain_net(account)
            }
        };
        let proposal = Self::among((order, order.qty), actor, (state, now), (here, alone), |at| {
            at.and_then(|(instrument, mark)| net_of(instrument, mark))
        });
        debug_assert!(proposal.is_as(&Self::new(order, actor, state, now)), "what is known is what is found");
        proposal
    }

    /// Whether the rules would find the same in both.
    fn is_as(&self, other: &Self) -> bool {
        let worth = |one: &Self| (one.added_value(), one.worst_value(), one.account_worst_value());
        let nets = |one: &Self| (one.net, one.account_net, one.plain_net, one.reduces);
        let alone = |one: &Self| (one.alone.strategy, one.alone.account, one.plain);
        let open = |one: &Exposure| (one.buys, one.sells);
        let opens = |one: &Self| (open(&one.exposure), open(&one.account_exposure));
        worth(self) == worth(other)
            && nets(self) == nets(other)
            && alone(self) == alone(other)
            && opens(self) == opens(other)
            && (self.worst(), self.account_worst()) == (other.worst(), other.account_worst())
    }

    /// A change of an open order, in surroundings without what that order reserves now.
    #[inline(never)]
    pub fn replacing(
        order: &'a NewOrder,
        own: &Order,
        actor: Actor,
        (state, now): (&'a State, Timestamp),
    ) -> Self {
        let here = Here::of(state, order.strategy, order.instrument);
        let alone = Alone::of(state, order.strategy, &here);
        let adds = order.qty.minus(own.executed());
        let plain_net = state.plain_net(state.ledger.account_holdings());
        let here = here.without(own);
        let mut proposal = Self::among((order, adds), actor, (state, now), (here, alone), |_| plain_net);
        proposal.replaces = Some(own.id);
        proposal
    }

    /// The largest position of the strategy that could come of everything open.
    pub fn worst(&self) -> WorstCase {
        WorstCase { before: self.exposure.worst(self.net), after: self.worst }
    }

    /// The same of the account.
    pub fn account_worst(&self) -> WorstCase {
        WorstCase { before: self.account_exposure.worst(self.account_net), after: self.account_worst }
    }

    /// The account's with the order.
    pub const fn account_worst_after(&self) -> Qty {
        self.account_worst
    }

    /// What it adds, in account currency. `None` while it, or the worst case with it, cannot be valued.
    pub fn added_value(&self) -> Option<Money> {
        self.worth.map(|worth| worth.adds)
    }

    /// The strategy's worst case with it, in account currency. `None` as above.
    pub fn worst_value(&self) -> Option<Money> {
        self.worth.map(|worth| worth.worst)
    }

    /// The account's worst case with it, in account currency. `None` as above.
    pub fn account_worst_value(&self) -> Option<Money> {
        self.worth.map(|worth| worth.account_worst)
    }

    #[expect(clippy::inline_always, reason = "as `at_hand`")]
    #[inline(always)]
    fn among(
        (order, adds): (&'a NewOrder, Qty),
        actor: Actor,
        (state, now): (&'a State, Timestamp),
        (here, alone): (Here, Alone),
        plain_net: impl FnOnce(Option<(&'a Instrument, Price)>) -> Option<Money>,
    ) -> Self {
        let limits = state.limits();
        let (instrument, market) =
            (state.genesis().instrument(order.instrument), state.market(order.instrument));
        let mark = market.and_then(InstrumentMarket::mark);
        let named = named_price(order.kind);
        let worst_price = named.or_else(|| sweep_price(order, market?));
        let (worst, account_worst) = here.worst_with(order.side, adds);
        // Looked up long before it is compared: it lies where nobody has looked for a while.
        let alike = mark_at(order, named);
        let alike_left = state.pace.newest_of(alike);
        let scale = Scale {
            instrument,
            dearest: instrument
                .zip(mark)
                .map(|(instrument, mark)| worst_price.map_or(mark, |worst| instrument.dearer(mark, worst))),
            rate: instrument.and_then(|instrument| state.rate_of(instrument)),
        };
        Self {
            order,
            alike,
            alike_left,
            actor,
            replaces: None,
            waits: false,
            rules: limits.rules(order.strategy),
            limits,
            of_instrument: limits.instrument(order.instrument),
            of_strategy: limits.strategy(order.strategy),
            stage: Stage::Send,
            batch: None,
            state,
            plain: state.plain(order.strategy, order.instrument),
            now,
            instrument,
            market,
            net: here.net,
            exposure: here.exposure,
            worst,
            account_net: here.account_net,
            account_worst,
            account_exposure: here.total,
            adds,
            reduces: here.exposure.reducible(here.net, order.side) >= adds,
            plain_net: plain_net(instrument.zip(mark)),
            mark,
            worst_price,
            scale,
            worth: Worth::of(scale, adds, (worst, account_worst)),
            alone,
        }
    }

    /// The same asked at another stage.
    #[must_use]
    pub fn at(mut self, stage: Stage) -> Self {
        self.stage = stage;
        self.reduces |= stage == Stage::Guard;
        self
    }

    /// The same as a leg of a batch.
    #[must_use]
    pub const fn of_batch(mut self, batch: BatchId) -> Self {
        self.batch = Some(batch);
        self
    }

    /// The worse of mark and worst price: where a unit is worth the most. `None` without a mark.
    pub const fn dearest(&self) -> Option<Price> {
        self.scale.dearest
    }

    /// The reference price: the middle of the last good quote.
    pub const fn mark(&self) -> Option<Price> {
        self.mark
    }

    /// The worst price it may trade at: its limit, its trigger, or where sweeping the visible book for its quantity
    /// ends. `None` without a market.
    pub const fn worst_price(&self) -> Option<Price> {
        self.worst_price
    }

    /// Whether it is an exit that is sure to be one: reduce-only, and no more than there is to reduce.
    pub const fn exits(&self) -> bool {
        self.order.reduce_only && self.reduces
    }

    /// Whether it closes a position because a human or the watchdog wants it closed: it takes risk away at any price.
    #[inline]
    pub fn closes_for_us(&self) -> bool {
        let closes = self.order.is_closing() || self.order.is_flattening();
        let wanted = closes && !matches!(self.actor, Actor::Strategy(_));
        wanted || (self.stage == Stage::Exit && self.exits())
    }

    /// Whether it is such an order and sure to be an exit: no limit on the size of orders holds it.
    pub fn is_way_out(&self) -> bool {
        self.exits() && self.closes_for_us()
    }

    /// Unsigned notional of a quantity in settlement currency at the worse of the order's price and the mark. `None`
    /// while it cannot be valued, or where it is too large to be.
    #[inline]
    pub fn notional_of(&self, qty: Qty) -> Option<Money> {
        self.scale.notional_of(qty)
    }

    /// The same in account currency.
    #[inline]
    pub fn value_of(&self, qty: Qty) -> Option<Money> {
        self.scale.value_of(qty)
    }

    /// Why it has no value, in words.
    pub fn unvalued(&self) -> &'static str {
        if self.value_of(self.adds).is_some() {
            "something held or open has no price"
        } else if self.scale.dearest.is_some() && self.scale.rate.is_some() {
            "too large"
        } else {
            "cannot be valued"
        }
    }
}

/// The worst price it names: its limit, or else its trigger.
#[inline]
fn named_price(kind: OrderKind) -> Option<Price> {
    // What most orders are comes first, without a look at a table.
    if let OrderKind::Limit { price } = kind { Some(price) } else { kind.limit_price().or(kind.trigger()) }
}

/// The worst level a market order of its quantity reaches in the visible book.
#[inline(never)]
fn sweep_price(order: &NewOrder, market: &InstrumentMarket) -> Option<Price> {
    let best = market.quote?.opposite(order.side);
    let Some(depth) = &market.depth else { return Some(best) };
    let levels = match order.side {
        Side::Buy => &depth.asks,
        Side::Sell => &depth.bids,
    };
    let mut left = order.qty;
    let mut worst = best;
    for level in levels {
        worst = match order.side {
            Side::Buy => worst.max(level.price),
            Side::Sell => worst.min(level.price),
        };
        left = left.minus(level.qty);
        if left.is_zero() {
            break;
        }
    }
    Some(worst)
}
