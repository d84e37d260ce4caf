//! What an option structure can lose and gain at its expiry, from what it costs now.

use crate::model::{Class, Currency, Instrument, Money, NetQty, OptionLeg, Price, Right, Side};
use crate::ui::figure;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// A leg with the contract it names.
type Leg<'a> = (OptionLeg, Option<&'a Instrument>);

/// The most it loses and gains where all is held to the expiry; `paid` below zero was received. Fees are not counted.
pub(super) fn line(view: &View<'_>, legs: &[Leg<'_>], paid: Money, settle: Currency) -> Line {
    let Some((loss, gain)) = extremes(legs, paid) else { return Line::new() };
    let named = |amount: Option<Money>| {
        amount.map_or_else(
            || "UNLIMITED".to_owned(),
            |one| figure::named(one, settle, view.tilde()).to_string(),
        )
    };
    let role = if loss.is_none() { Role::Bad } else { Role::Text };
    let line = Line::new().part(&format!(" at expiry: loses at most {}", named(loss)), role);
    line.text(&format!("   gains at most {}", named(gain)))
}

/// The largest loss and gain, `None` where it has no bound; nothing where a contract is unknown. Between the strikes the
/// result is a straight line, so it is largest and smallest at a strike, at zero, or without a bound above the last.
fn extremes(legs: &[Leg<'_>], paid: Money) -> Option<(Option<Money>, Option<Money>)> {
    let mut strikes = vec![Price::ZERO];
    let mut above = NetQty::ZERO;
    for (leg, contract) in legs {
        let Class::Option { strike, .. } = (*contract)?.listing.class else { return None };
        strikes.push(strike);
        if leg.right == Right::Call {
            above += leg.qty.signed(leg.side);
        }
    }
    let results: Vec<Money> =
        strikes.iter().map(|at| Some(worth(legs, *at)? - paid)).collect::<Option<_>>()?;
    let (worst, best) = (results.iter().min().copied()?, results.iter().max().copied()?);
    let loss = (above.side() != Some(Side::Sell)).then(|| Money::ZERO.max(-worst));
    let gain = (above.side() != Some(Side::Buy)).then(|| Money::ZERO.max(best));
    Some((loss, gain))
}

/// What the legs are worth at their expiry where the underlying stands there.
fn worth(legs: &[Leg<'_>], at: Price) -> Option<Money> {
    let of = |(leg, contract): &Leg<'_>| {
        let contract = (*contract)?;
        let Class::Option { strike, right, .. } = contract.listing.class else { return None };
        let inside = match right {
            Right::Call => at.raw() - strike.raw(),
            Right::Put => strike.raw() - at.raw(),
        };
        let worth = contract.notional(Price::from_raw(inside.max(0)).ok()?, leg.qty);
        Some(if leg.side == Side::Buy { worth } else { -worth })
    };
    legs.iter().map(of).sum()
}
