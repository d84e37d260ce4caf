//! A smart order: the difference between a target position and what our own ledger holds and has working.

use super::batch;
use super::close;
use super::core::Core;
use super::submit::{self, Origin};
use crate::model::{
    Denial, Envelope, Measure, NetQty, NewOrder, Order, OrderKind, OrderStatus, Qty, Refusal, Request,
    RuleId, SmartOrder, StrategyId,
};
use crate::state::{Difference, State};

/// How a target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By one order.
    Order(NewOrder),
    /// Through flat: what reduces, reduce-only, then the rest.
    Through { exit: NewOrder, rest: NewOrder },
    /// At market to or through flat beside orders that rest: they go first, then the position is closed. What would lead
    /// beyond flat is not sent.
    Close { rest: Option<NewOrder> },
}

/// Sends the difference; each order passes the gate as any other. What leads to flat is reduce-only and what leads beyond
/// it an order of its own, so that neither a kill nor an exit that rests keeps a position open or flips it. What leads
/// towards flat and not there is reduce-only where the exits that rest leave it room, a plain order elsewhere.
pub(super) fn take(
    core: &mut Core,
    smart: SmartOrder,
    (request, origin): (&Request, Origin),
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let unasked = Origin { request: None, ..origin };
    match plan(&core.state, &smart)? {
        Way::Order(order) => submit::order(core, &order, origin, out),
        Way::Through { exit, rest } => match submit::try_order(core, &exit, origin, out) {
            // The request has one answer, and that is the way out.
            Ok(()) => submit::order(core, &rest, unasked, out),
            Err(denial) => submit::deny(core, exit, denial, origin, out),
        },
        Way::Close { rest } => {
            close::begin(core, (smart.strategy, smart.instrument), request, out)?;
            let pair = (smart.strategy, smart.instrument);
            batch::call_off(core, |order| (order.strategy, order.instrument) == pair, unasked, out);
            batch::pursue(core, out);
            if let Some(rest) = rest {
                submit::deny(core, rest, closing_first(rest.qty), unasked, out);
            }
        }
    }
    Ok(())
}

fn closing_first(rest: Qty) -> Denial {
    let (value, limit) = (Measure::Qty(rest), Measure::Qty(Qty::ZERO));
    Denial { rule: RuleId::ReduceOnly, value, limit, detail: "closing first: ask again when flat" }
}

/// How the position is brought to the target; the refusal where there is nothing to do, or where nobody can say.
fn plan(state: &State, smart: &SmartOrder) -> Result<Way, Refusal> {
    let SmartOrder { strategy, instrument, target, kind, tif, mode, label } = *smart;
    let known = state.genesis().strategy(strategy).is_some() && strategy != StrategyId::EXTERNAL;
    if !known {
        return Err(Refusal::UnknownStrategy);
    }
    let spec = state.genesis().instrument(instrument).ok_or(Refusal::UnknownInstrument)?;
    trusted(state, smart)?;
    let net = state.ledger.position(strategy, instrument).net;
    let order = |side, qty, reduce_only| NewOrder {
        strategy,
        instrument,
        side,
        qty,
        kind,
        tif,
        post_only: false,
        reduce_only,
        mode,
        label,
    };
    let away = net.side().filter(|held| target.side() != Some(*held)).map(crate::model::Side::opposite);
    if let Some(side) = away
        && kind == OrderKind::Market
        && own(state, smart).any(rests)
    {
        let beyond = target.magnitude();
        return Ok(Way::Close { rest: (!beyond.is_zero()).then(|| order(side, beyond, false)) });
    }
    let missing = target - net - working(state, smart);
    let Some(side) = missing.side() else { return Err(Refusal::NothingToDo) };
    let qty = missing.magnitude();
    let room = state.orders.exposure(strategy, instrument).reducible(net, side);
    if away != Some(side) || room >= qty {
        return Ok(Way::Order(order(side, qty, room >= qty)));
    }
    let (out, rest) = (qty.min(net.magnitude()), qty.minus(net.magnitude()));
    let at_once = matches!(kind, OrderKind::Market | OrderKind::Limit { .. });
    let splits = at_once && out.min(rest) >= spec.min_qty && spec.round_qty(out) == out;
    Ok(if rest.is_zero() {
        Way::Order(order(side, out, true))
    } else if splits {
        Way::Through { exit: order(side, out, true), rest: order(side, rest, false) }
    } else {
        Way::Order(order(side, qty, false))
    })
}

/// Whether it waits at the broker for its price: what is under way at market has no price to wait for.
fn rests(order: &Order) -> bool {
    order.is_at_broker() && order.request.kind != OrderKind::Market
}

/// The strategy's open orders in the instrument.
fn own<'a>(state: &'a State, smart: &SmartOrder) -> impl Iterator<Item = &'a Order> {
    let key = (smart.strategy, smart.instrument);
    state.orders.open().iter().filter(move |order| (order.request.strategy, order.request.instrument) == key)
}

/// The signed quantity on its way. A stop that sleeps is a condition, not a way to the target: counting it would buy a
/// protected position a second time.
fn working(state: &State, smart: &SmartOrder) -> NetQty {
    let awake = own(state, smart).filter(|order| !sleeps(order));
    awake.fold(NetQty::ZERO, |sum, order| sum + order.open_exposure())
}

fn sleeps(order: &Order) -> bool {
    let waits = match order.request.kind {
        OrderKind::Stop { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. } => {
            !order.triggered
        }
        OrderKind::Market | OrderKind::Limit { .. } => false,
    };
    waits || order.status == OrderStatus::Held
}

/// Whether it can be said what the strategy holds and has working: every order's fate is proven or on its usual way, and
/// the books agree.
fn trusted(state: &State, smart: &SmartOrder) -> Result<(), Refusal> {
    for order in own(state, smart) {
        match order.status {
            OrderStatus::Unknown => return Err(Refusal::Untrusted),
            OrderStatus::PendingCancel => return Err(Refusal::CancelPending),
            OrderStatus::PendingReplace => return Err(Refusal::ReplacePending),
            OrderStatus::Held
            | OrderStatus::Submitted
            | OrderStatus::Working
            | OrderStatus::PartiallyFilled
            | OrderStatus::Filled
            | OrderStatus::Canceled
            | OrderStatus::Rejected
            | OrderStatus::Expired => {}
        }
    }
    let differs = state.reconciliation.differences().any(|difference| match difference {
        Difference::Position { instrument, .. }
        | Difference::MissingOrder { instrument, .. }
        | Difference::EndedOrder { instrument, .. }
        | Difference::FilledQty { instrument, .. }
        | Difference::OtherEngine { instrument, .. } => *instrument == smart.instrument,
        // A fill that one side has and the other has not may be of any instrument.
        Difference::Fills { account, .. } => *account == state.genesis().accounts.of(smart.instrument),
        Difference::Cash { .. } => false,
    });
    if differs { Err(Refusal::Untrusted) } else { Ok(()) }
}
