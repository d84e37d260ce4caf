//! Options by their offset from the money: resolved against the contract master and the underlying's mark when asked for.

use super::batch;
use super::core::Core;
use super::submit::Origin;
use crate::model::{
    BatchKind, Class, Envelope, Expiry, InstrumentId, Moneyness, NewBatch, NewOrder, OptionLeg, OptionsOrder,
    OrderKind, Price, Refusal, Right, Side, Timestamp,
};
use crate::state::State;
use std::sync::Arc;

/// One listed option of an underlying.
#[derive(Debug, Clone, Copy)]
struct Listed {
    id: InstrumentId,
    expiry: Timestamp,
    strike: Price,
    right: Right,
}

/// Resolves every leg, then takes them as a batch: what is bought before what is sold, so that nothing stands uncovered.
/// Each leg goes at market; the gate's collar bounds what that may cost.
pub(super) fn take(
    core: &mut Core,
    order: &OptionsOrder,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Refusal> {
    let batch = resolve(core, order)?;
    batch::basket(core, &Arc::new(batch), origin, out)
}

fn resolve(core: &Core, order: &OptionsOrder) -> Result<NewBatch, Refusal> {
    let state = &core.state;
    let underlying = state.genesis().instrument(order.underlying).ok_or(Refusal::UnknownInstrument)?;
    if order.legs.is_empty() {
        return Err(Refusal::Malformed);
    }
    let market = state.market(order.underlying).filter(|market| market.is_usable(underlying, core.now));
    let mark = market.and_then(crate::state::InstrumentMarket::mark).ok_or(Refusal::NoPrice)?;
    let chain = chain(state, order.underlying, core.now);
    let resolved = |(number, leg): (u16, &OptionLeg)| match find(&chain, leg, mark) {
        Ok(id) => Ok(as_order(order, leg, id)),
        Err(strikes) => {
            Err(Refusal::NoContract { leg: number, offset: leg.offset, right: leg.right, strikes })
        }
    };
    let legs: Vec<NewOrder> = (0_u16..).zip(&order.legs).map(resolved).collect::<Result<_, _>>()?;
    let (bought, sold): (Vec<_>, Vec<_>) = legs.into_iter().partition(|leg| leg.side == Side::Buy);
    Ok(NewBatch {
        kind: if order.legs.len() == 1 { BatchKind::Options } else { BatchKind::Multileg },
        strategy: order.strategy,
        mode: order.mode,
        legs: bought.into_iter().chain(sold).collect(),
        on_failure: order.on_failure,
        label: order.label,
    })
}

fn as_order(order: &OptionsOrder, leg: &OptionLeg, instrument: InstrumentId) -> NewOrder {
    NewOrder {
        strategy: order.strategy,
        instrument,
        side: leg.side,
        qty: leg.qty,
        kind: OrderKind::Market,
        tif: order.tif,
        post_only: false,
        reduce_only: false,
        mode: order.mode,
        label: order.label,
    }
}

/// The options of an underlying that have not expired, by expiry and strike.
fn chain(state: &State, underlying: InstrumentId, now: Timestamp) -> Vec<Listed> {
    let listed = state.genesis().instruments.iter().filter_map(|one| match one.listing.class {
        Class::Option { underlying: of, expiry, strike, right } if of == underlying && expiry > now => {
            Some(Listed { id: one.id, expiry, strike, right })
        }
        Class::Option { .. } | Class::Perpetual | Class::Index | Class::Future { .. } => None,
    });
    let mut chain: Vec<Listed> = listed.collect();
    chain.sort_by_key(|one| (one.expiry, one.strike));
    chain
}

/// Strikes in the money and out of it.
type Strikes = (u16, u16);

/// The option a leg speaks of; where the contract master has none, which strikes it has.
fn find(chain: &[Listed], leg: &OptionLeg, mark: Price) -> Result<InstrumentId, Option<Strikes>> {
    let expiry = expiry_of(chain, leg.expiry).ok_or(None)?;
    let ladder: Vec<&Listed> =
        chain.iter().filter(|one| one.expiry == expiry && one.right == leg.right).collect();
    // Of two strikes equally near the lower is at the money: the first of the smallest distances.
    let atm = (0..ladder.len())
        .min_by_key(|index| ladder.get(*index).map(|one| distance(one.strike, mark)))
        .ok_or(None)?;
    let index = match (leg.offset, leg.right) {
        (Moneyness::Atm, _) => Some(atm),
        (Moneyness::Itm(count), Right::Call) | (Moneyness::Otm(count), Right::Put) => {
            atm.checked_sub(usize::from(count))
        }
        (Moneyness::Otm(count), Right::Call) | (Moneyness::Itm(count), Right::Put) => {
            atm.checked_add(usize::from(count))
        }
    };
    let count = |strikes: usize| u16::try_from(strikes).unwrap_or(u16::MAX);
    let (below, above) = (count(atm), count(ladder.len().saturating_sub(atm + 1)));
    let strikes = if leg.right == Right::Call { (below, above) } else { (above, below) };
    index.and_then(|index| ladder.get(index)).map(|one| one.id).ok_or(Some(strikes))
}

fn expiry_of(chain: &[Listed], wanted: Expiry) -> Option<Timestamp> {
    let mut expiries = chain.iter().map(|one| one.expiry);
    let nearest = expiries.next()?;
    match wanted {
        Expiry::Nearest => Some(nearest),
        Expiry::Next => expiries.find(|expiry| *expiry > nearest),
        Expiry::At(at) => chain.iter().map(|one| one.expiry).find(|expiry| *expiry == at),
    }
}

fn distance(strike: Price, mark: Price) -> i64 {
    strike.raw().saturating_sub(mark.raw()).saturating_abs()
}
