//! Funding of the account's net position, shared out to the strategies that hold it, to the last unit.

use super::ground::distrust;
use crate::engine::core::Core;
use crate::model::{
    AccountEvent, DisplayText, Envelope, Event, FillId, InstrumentId, Money, NetQty, Qty, StrategyId,
    Timestamp,
};
use crate::state::{Bug, State};

/// Takes a payment, once.
pub(super) fn take(
    core: &mut Core,
    (instrument, amount): (InstrumentId, Money),
    (payment, venue_time): (FillId, Timestamp),
    out: &mut Vec<Envelope>,
) {
    let known = core.state.genesis().instrument(instrument).is_some();
    if !known || amount.abs() > Money::BOOKABLE {
        return distrust(core, instrument, "funding that cannot be booked", out);
    }
    let payment = named(payment, amount, venue_time);
    if core.state.ledger.has_payment(instrument, &payment) && !core.state.planted.has(Bug::FundingAgain) {
        return;
    }
    let cause = core.root();
    for (strategy, amount) in shares(&core.state, instrument, amount) {
        let payment = payment.clone();
        let funding = AccountEvent::Funding { strategy, instrument, amount, payment, venue_time };
        core.emit(cause, Event::Account(funding), out);
    }
}

/// A payment without a name gets one from what it says.
fn named(payment: FillId, amount: Money, at: Timestamp) -> FillId {
    if !payment.0.as_str().is_empty() {
        return payment;
    }
    FillId(DisplayText::new(&format!("~{amount} {}", at.nanos())))
}

/// Each strategy's share: in proportion to its position, so that one on the other side of the net receives what the
/// others pay for it. What rounding leaves goes to the largest; what nobody holds for, to `external`.
fn shares(state: &State, instrument: InstrumentId, amount: Money) -> Vec<(StrategyId, Money)> {
    let net = state.ledger.account(instrument).net;
    let held = |strategy: StrategyId| state.ledger.position(strategy, instrument).net;
    let mut shares: Vec<(StrategyId, Money)> = state
        .genesis()
        .strategy_ids()
        .filter(|strategy| !held(*strategy).is_zero() && !net.is_zero())
        .map(|strategy| (strategy, share(amount, held(strategy), net)))
        .collect();
    let given: Money = shares.iter().map(|(_, share)| *share).sum();
    let size = |strategy: StrategyId| -> Qty { held(strategy).magnitude() };
    match shares.iter_mut().max_by_key(|(strategy, _)| (size(*strategy), std::cmp::Reverse(*strategy))) {
        Some((_, largest)) => *largest += amount - given,
        None => shares.push((StrategyId::EXTERNAL, amount)),
    }
    shares
}

fn share(amount: Money, held: NetQty, net: NetQty) -> Money {
    let part = amount.part(held.magnitude(), net.magnitude());
    if held.side() == net.side() { part } else { -part }
}
