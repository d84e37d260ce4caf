//! Which contract an offset from the money names: asked by the engine when an order comes and by the ticket that shows it before.

use super::State;
use crate::model::{Class, Expiry, InstrumentId, Moneyness, OptionLeg, Price, Right, Timestamp};
use std::cmp::Reverse;

/// One listed option of an underlying.
#[derive(Debug, Clone, Copy)]
struct Listed {
    id: InstrumentId,
    expiry: Timestamp,
    strike: Price,
    right: Right,
}

impl State {
    /// The option a leg speaks of while its underlying stands at `mark`; where the contract master has none, which strikes it
    /// has, if any. Of several contracts of one strike it is that at the underlying's account, then the first of the book; one
    /// whose generation is over is none. `now` is the time of our clock, by which options expire.
    pub fn option_of(
        &self,
        underlying: InstrumentId,
        leg: &OptionLeg,
        (mark, now): (Price, Timestamp),
    ) -> Result<InstrumentId, Option<(u16, u16)>> {
        let chain = self.chain(underlying, now);
        let expiry = expiry_of(&chain, leg.expiry).ok_or(None)?;
        let mut ladder: Vec<&Listed> =
            chain.iter().filter(|one| one.expiry == expiry && one.right == leg.right).collect();
        ladder.dedup_by_key(|one| one.strike);
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

    /// The options of an underlying that may be traded, by expiry and strike, the one that is meant first.
    fn chain(&self, underlying: InstrumentId, now: Timestamp) -> Vec<Listed> {
        let listed = self.genesis().instruments.iter().filter_map(|one| match one.listing.class {
            Class::Option { underlying: of, expiry, strike, right }
                if of == underlying && expiry > now && !one.listing.superseded =>
            {
                Some(Listed { id: one.id, expiry, strike, right })
            }
            Class::Option { .. } | Class::Perpetual | Class::Index | Class::Future { .. } => None,
        });
        let accounts = &self.genesis().accounts;
        let home = accounts.of(underlying);
        let mut chain: Vec<Listed> = listed.collect();
        chain.sort_by_key(|one| (one.expiry, one.strike, Reverse(accounts.of(one.id) == home), one.id));
        chain
    }
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
