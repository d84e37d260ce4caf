//! Which contract an offset names now: the engine decides again when the order arrives.

use crate::model::{Expiry, Instrument, InstrumentId, Moneyness, OptionLeg, Price, Right};
use crate::ui::option_list::{expiries, ladder};
use crate::ui::view::View;

/// The contract a leg names at the underlying's present mark; `None` where there is none.
pub(super) fn contract<'a>(
    view: &View<'a>,
    underlying: InstrumentId,
    leg: &OptionLeg,
) -> Option<&'a Instrument> {
    let dates = expiries(view, underlying);
    let date = match leg.expiry {
        Expiry::Nearest => *dates.first()?,
        Expiry::Next => *dates.get(1)?,
        Expiry::At(at) => at,
    };
    let mark = view.state.market(underlying)?.mark()?;
    let rungs = ladder(view, underlying, date).into_iter();
    let strikes: Vec<(Price, &Instrument)> =
        rungs.filter_map(|rung| rung.of(leg.right).map(|one| (rung.strike, one))).collect();
    let near = |(strike, _): &(Price, &Instrument)| (*strike - mark).abs();
    let money = strikes.iter().enumerate().min_by_key(|(_, one)| near(one)).map(|(index, _)| index)?;
    let money = isize::try_from(money).ok()?;
    let out = match leg.offset {
        Moneyness::Atm => 0,
        Moneyness::Otm(strikes) => isize::from(strikes),
        Moneyness::Itm(strikes) => -isize::from(strikes),
    };
    // A call is out of the money above it, a put below.
    let at = match leg.right {
        Right::Call => money + out,
        Right::Put => money - out,
    };
    usize::try_from(at).ok().and_then(|at| strikes.get(at)).map(|(_, one)| *one)
}
