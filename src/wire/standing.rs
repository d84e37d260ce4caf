//! What still stands: open orders and positions under a scope, and where our books and the broker's differ.

use crate::model::{
    Currency, DisplayText, InstrumentId, Money, NetQty, OrderKind, OrderStatus, Price, Qty, Scope, Side,
    StrategyId, Timestamp,
};
use crate::state::{Difference, Pnl, State};
use serde::{Deserialize, Serialize};

/// What is open under a scope.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Orders whose cancel is on its way: they may still fill.
    pub canceling: Vec<OrderRow>,
    /// Other open orders.
    pub open: Vec<OrderRow>,
    pub positions: Vec<PositionRow>,
    /// Lines on which our books and the broker's differ, of the whole account.
    pub differences: Vec<DisplayText>,
}

/// An open order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// As screens show it: `A-12`.
    pub id: DisplayText,
    pub strategy: DisplayText,
    pub instrument: DisplayText,
    pub side: Side,
    pub qty: Qty,
    pub filled: Qty,
    #[serde(flatten)]
    pub kind: OrderKind,
    pub status: OrderStatus,
    /// Since it was submitted, by our clock.
    pub age_ms: i64,
}

/// A position that is not flat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionRow {
    pub strategy: DisplayText,
    pub instrument: DisplayText,
    pub net: NetQty,
    pub average: Option<Price>,
    pub mark: Option<Price>,
    /// The currency of the three amounts.
    pub currency: Currency,
    pub realised: Money,
    pub unrealised: Option<Money>,
    pub fees: Money,
}

/// The sum of the rows of all strategies, column by column, in account currency; `None` while a row has no mark. The
/// account itself nets positions of opposite sides, so its own split into realised and unrealised is another one.
pub fn sum_of_rows(state: &State) -> Option<Pnl> {
    state.genesis().strategy_ids().try_fold(Pnl::default(), |sum, strategy| {
        let row = state.strategy_pnl(strategy)?;
        Some(Pnl {
            realised: sum.realised + row.realised,
            unrealised: sum.unrealised + row.unrealised,
            fees: sum.fees + row.fees,
            funding: sum.funding + row.funding,
            net: sum.net + row.net,
            day: sum.day + row.day,
        })
    })
}

impl Standing {
    /// What stands under a scope at an instant of our clock.
    pub fn of(state: &State, scope: Scope, now: Timestamp) -> Self {
        let covered = state.orders.open().iter().filter(|order| {
            let request = &order.request;
            scope.covers(request.strategy, request.instrument)
        });
        let (canceling, open): (Vec<_>, Vec<_>) =
            covered.partition(|order| order.status == OrderStatus::PendingCancel);
        let rows = |orders: Vec<&crate::model::Order>| {
            orders.into_iter().map(|order| OrderRow::of(state, order, now)).collect()
        };
        let positions = state
            .genesis()
            .strategy_ids()
            .flat_map(|strategy| positions_of(state, strategy))
            .filter(|(strategy, instrument, _)| scope.covers(*strategy, *instrument))
            .map(|(_, _, row)| row)
            .collect();
        Self { canceling: rows(canceling), open: rows(open), positions, differences: differences(state) }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.canceling.is_empty() && self.open.is_empty() && self.positions.is_empty()
    }
}

impl OrderRow {
    /// The row of an order, at an instant of our clock.
    pub fn of(state: &State, order: &crate::model::Order, now: Timestamp) -> Self {
        let request = &order.request;
        Self {
            id: DisplayText::new(&format!("{}-{}", request.mode.letter(), order.id.get())),
            strategy: strategy_name(state, request.strategy),
            instrument: symbol(state, request.instrument),
            side: request.side,
            qty: request.qty,
            filled: order.filled,
            kind: request.kind,
            status: order.status,
            age_ms: now.since(order.submitted_at).millis(),
        }
    }
}

/// The positions of a strategy that are not flat.
pub(super) fn positions_of(
    state: &State,
    strategy: StrategyId,
) -> impl Iterator<Item = (StrategyId, InstrumentId, PositionRow)> {
    state.genesis().instruments.iter().filter_map(move |instrument| {
        let held = state.ledger.position(strategy, instrument.id);
        if held.net.is_zero() {
            return None;
        }
        let mark = state.market(instrument.id).and_then(crate::state::InstrumentMarket::mark);
        let row = PositionRow {
            strategy: strategy_name(state, strategy),
            instrument: instrument.symbol.clone(),
            net: held.net,
            average: held.average(instrument),
            mark,
            currency: instrument.settle,
            realised: held.realised,
            unrealised: mark.map(|mark| held.unrealised(instrument, mark)),
            fees: held.fees,
        };
        Some((strategy, instrument.id, row))
    })
}

/// Where our books and the broker's differ, in words.
pub(super) fn differences(state: &State) -> Vec<DisplayText> {
    let words = |difference: &Difference| {
        let (subject, sides) = difference.words(state.genesis());
        DisplayText::new(&format!("{subject}: {sides}"))
    };
    state.reconciliation.differences().map(words).collect()
}

pub(super) fn strategy_name(state: &State, id: StrategyId) -> DisplayText {
    state.genesis().strategy(id).map_or_else(|| DisplayText::new("?"), |info| info.name.clone())
}

fn symbol(state: &State, id: InstrumentId) -> DisplayText {
    state.genesis().instrument(id).map_or_else(|| DisplayText::new("?"), |one| one.symbol.clone())
}
