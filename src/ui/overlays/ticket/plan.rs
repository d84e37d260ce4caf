//! From the fields to a command: one order, or the plan around it; and the change of an order that works.

use super::draft::{Draft, Flaw};
use super::number;
use super::slot::{Plan, Slot};
use crate::model::{
    Command, Instrument, Label, Mode, NetQty, NewOrder, Order, OrderChange, OrderKind, Qty, Side, SmartOrder,
    SplitOrder, TimeInForce,
};
use crate::ui::view::View;

/// The order the gate is asked about: the order itself, the entry, the first child, or the difference to the target.
pub(super) fn judged(
    draft: &Draft,
    view: &View<'_>,
    instrument: &Instrument,
    stamp: (Mode, Label),
) -> Result<NewOrder, Flaw> {
    let qty = |slot: Slot, text: &str| number::qty(text, instrument).map_err(|words| Flaw { slot, words });
    match draft.plan {
        Plan::Once | Plan::Bracket | Plan::Oco => {
            draft.order(instrument, stamp, qty(Slot::Qty, draft.qty.value())?)
        }
        Plan::Split => {
            let whole = qty(Slot::Qty, draft.qty.value())?;
            let each = qty(Slot::Each, draft.each.value())?;
            draft.order(instrument, stamp, each.min(whole))
        }
        Plan::Target => {
            let (side, qty) = difference(draft, view, instrument)?;
            let order = draft.order(instrument, stamp, qty)?;
            // As the engine will send it: what only reduces says so.
            let open = view.state.orders.exposure(draft.strategy, draft.instrument);
            let reduce_only = open.reducible(standing(draft, view).0, side) >= qty;
            Ok(NewOrder { side, post_only: false, reduce_only, ..order })
        }
    }
}

/// What the second beat sends.
pub(super) fn command(
    draft: &Draft,
    view: &View<'_>,
    instrument: &Instrument,
    stamp: (Mode, Label),
) -> Result<Command, Flaw> {
    let order = judged(draft, view, instrument, stamp)?;
    match draft.plan {
        Plan::Once => Ok(Command::Submit { order }),
        Plan::Bracket => bracket(draft, order, instrument),
        Plan::Oco => {
            let trigger = draft.price_of(Slot::Stop, instrument)?;
            if matches!(order.kind, OrderKind::Market | OrderKind::Stop { .. }) {
                return Err(Flaw::of(Slot::Kind, "an oco is a limit with a stop beside it"));
            }
            let tif = if order.tif == TimeInForce::Ioc { TimeInForce::Gtc } else { order.tif };
            let other = NewOrder { kind: OrderKind::Stop { trigger }, post_only: false, tif, ..order };
            Ok(Command::Oco { one: order, other })
        }
        Plan::Split => {
            let read = |slot, text| number::qty(text, instrument).map_err(|words| Flaw { slot, words });
            let (qty, each) = (read(Slot::Qty, draft.qty.value())?, read(Slot::Each, draft.each.value())?);
            if each >= qty {
                return Err(Flaw::of(Slot::Each, "not less than the whole: nothing to split"));
            }
            Ok(Command::Split { order: SplitOrder { parent: NewOrder { qty, ..order }, each } })
        }
        Plan::Target => {
            let words = |words| Flaw { slot: Slot::Qty, words };
            let target = number::position(draft.qty.value(), instrument).map_err(words)?;
            Ok(Command::Smart {
                order: SmartOrder {
                    strategy: order.strategy,
                    instrument: order.instrument,
                    target,
                    kind: order.kind,
                    tif: order.tif,
                    mode: order.mode,
                    label: order.label,
                },
            })
        }
    }
}

/// An entry with its exits on the right sides of it.
fn bracket(draft: &Draft, entry: NewOrder, instrument: &Instrument) -> Result<Command, Flaw> {
    let stop = draft.price_of(Slot::Stop, instrument)?;
    let target = match draft.target.value().trim() {
        "" => None,
        _ => Some(draft.price_of(Slot::Target, instrument)?),
    };
    if entry.reduce_only {
        return Err(Flaw::of(Slot::ReduceOnly, "a bracket protects what is opened: not reduce-only"));
    }
    let wrong = |price: crate::model::Price, against: crate::model::Price| match entry.side {
        Side::Buy => price >= against,
        Side::Sell => price <= against,
    };
    let side = if entry.side == Side::Buy { ("below", "above") } else { ("above", "below") };
    let at = entry.kind.limit_price().or(entry.kind.trigger());
    if at.is_some_and(|at| wrong(stop, at)) {
        return Err(Flaw::of(Slot::Stop, format!("a stop of this side lies {} the entry", side.0)));
    }
    if let (Some(target), Some(at)) = (target, at)
        && wrong(at, target)
    {
        return Err(Flaw::of(Slot::Target, format!("a target of this side lies {} the entry", side.1)));
    }
    Ok(Command::Bracket { entry, stop, target })
}

/// What leads from the present position, with what works, to the target.
pub(super) fn difference(
    draft: &Draft,
    view: &View<'_>,
    instrument: &Instrument,
) -> Result<(Side, Qty), Flaw> {
    let words = |words| Flaw { slot: Slot::Qty, words };
    let target = number::position(draft.qty.value(), instrument).map_err(words)?;
    let (held, working) = standing(draft, view);
    let change = target - held - working;
    let Some(side) = change.side() else {
        return Err(Flaw::of(Slot::Qty, "already there: nothing to do"));
    };
    let qty = change.magnitude();
    instrument
        .check_qty(qty)
        .map_err(|error| Flaw::of(Slot::Qty, number::filter(error, instrument.unit.as_str())))?;
    Ok((side, qty))
}

/// What the strategy holds and what it has working, signed.
pub(super) fn standing(draft: &Draft, view: &View<'_>) -> (NetQty, NetQty) {
    let held = view.state.ledger.position(draft.strategy, draft.instrument).net;
    let open = view.state.orders.exposure(draft.strategy, draft.instrument);
    (held, open.buys.signed(Side::Buy) + open.sells.signed(Side::Sell))
}

/// The change the fields make of an order that works, or what is wrong with it.
pub(super) fn change(draft: &Draft, order: &Order, instrument: &Instrument) -> Result<OrderChange, Flaw> {
    let qty = number::qty(draft.qty.value(), instrument).map_err(|words| Flaw { slot: Slot::Qty, words })?;
    if qty <= order.filled {
        let words = format!("{} of it has filled: more than that, or cancel it", order.filled);
        return Err(Flaw::of(Slot::Qty, words));
    }
    let kind = draft.order_kind(instrument)?;
    // A stop-limit that has triggered works as a limit order; it stays what it was called.
    let kind = match (order.request.kind, kind) {
        (OrderKind::StopLimit { trigger, .. }, OrderKind::Limit { price }) => {
            OrderKind::StopLimit { trigger, price }
        }
        (_, kind) => kind,
    };
    if qty == order.request.qty && kind == order.request.kind {
        return Err(Flaw::of(Slot::Qty, "nothing changed yet"));
    }
    Ok(OrderChange { qty, kind })
}
