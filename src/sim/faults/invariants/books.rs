//! Invariants of positions, money and reserved quantity.

use super::super::checker::{Checker, Heard, Moment, Row};
use crate::model::{Money, NetQty, Qty, Side};

/// Every deal told is in its owner's books once, and nothing else is.
pub(super) fn each_fill_once(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for strategy in checker.genesis.strategy_ids() {
        for instrument in checker.genesis.instrument_ids() {
            let position = moment.state.ledger.position(strategy, instrument);
            let ours = Row { net: position.net, flow: position.paid() };
            let told = checker.rows.get(&(strategy, instrument)).copied().unwrap_or_default();
            if ours != told {
                return Err(format!(
                    "strategy {} in instrument {}: booked {} and {}, told {} and {}",
                    strategy.get(),
                    instrument.get(),
                    ours.net,
                    ours.flow,
                    told.net,
                    told.flow
                ));
            }
        }
    }
    Ok(())
}

/// The sum of all strategies is the account.
pub(super) fn strategies_are_the_account(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for instrument in checker.genesis.instrument_ids() {
        let (net, cash) = moment.state.ledger.difference(instrument);
        if (net, cash) != (NetQty::ZERO, Money::ZERO) {
            return Err(format!("instrument {}: strategies less account {net} and {cash}", instrument.get()));
        }
    }
    Ok(())
}

/// A payment of funding is shared out once, to the last unit.
pub(super) fn funding_shared_once(checker: &Checker, _moment: &Moment<'_>) -> Result<(), String> {
    if checker.funding_due.is_zero() {
        return Ok(());
    }
    Err(format!("{} of a payment of funding is not where it belongs", checker.funding_due))
}

/// What is reserved is the worst case of what is open: of an order that changes, the worse of old and new.
pub(super) fn reserved_is_what_is_open(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    for instrument in checker.genesis.instrument_ids() {
        let (mut buys, mut sells, mut count) = (Qty::ZERO, Qty::ZERO, 0_u32);
        let here = moment.state.orders.open().iter().filter(|order| order.request.instrument == instrument);
        for order in here.filter(|order| !order.is_held()) {
            let done = order.filled.plus(order.busted);
            let changed = order.replace.map_or(Qty::ZERO, |(change, _)| change.qty);
            // Fills the venue's word of the order counts and that have not come yet are reserved too.
            let worst = order.request.qty.max(changed).max(order.pursuit.told).minus(done);
            match order.request.side {
                Side::Buy => buys = buys.plus(worst),
                Side::Sell => sells = sells.plus(worst),
            }
            count += 1;
        }
        let reserved = moment.state.orders.total(instrument);
        if (reserved.buys, reserved.sells, reserved.orders) != (buys, sells, count) {
            return Err(format!(
                "instrument {}: reserved {reserved:?}, open are {buys} buys and {sells} sells in {count}",
                instrument.get()
            ));
        }
    }
    Ok(())
}

/// A mark is a quote that the market really made, and never an older one than before.
pub(super) fn mark_is_a_quote(checker: &Checker, moment: &Moment<'_>) -> Result<(), String> {
    if !matches!(checker.heard, Heard::Market) {
        return Ok(());
    }
    for instrument in checker.genesis.instrument_ids() {
        let Some(quote) = moment.state.market(instrument).and_then(|market| market.quote) else { continue };
        let before = checker.marks.get(instrument.index()).copied().unwrap_or_default();
        match checker.place_of_mark(moment.state, instrument) {
            None => {
                return Err(format!(
                    "instrument {} is marked by {} {}",
                    instrument.get(),
                    quote.bid,
                    quote.ask
                ));
            }
            // Two quotes of one moment have no order.
            Some(place) if place < before && checker.quoted_before(instrument, place, before) => {
                return Err(format!(
                    "instrument {} went back to the quote {} {}",
                    instrument.get(),
                    quote.bid,
                    quote.ask
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
