//! A configuration made to fit the book it continues: what has a name in the book keeps its number there.

use super::fold::State;
use super::genesis::{Conversion, Genesis, StrategyInfo};
use crate::model::{
    Class, Instrument, InstrumentId, KillLevel, Limits, Mode, Scope, StrategyId, StrategyLimits,
    StrategyRules, TradingHours,
};
use serde::{Deserialize, Serialize};

/// Why a book cannot be continued under a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Live and analyze are two books, never mixed.
    #[error("the book is of {was} mode, the configuration of {now}")]
    Mode { was: &'static str, now: &'static str },
    /// Limits and P&L are counted in another currency.
    #[error("the book is kept in {was}, the configuration in {now}")]
    Currency { was: String, now: String },
    /// What is held or worked cannot be valued any more.
    #[error(
        "the configuration changes how {names} is counted (tick, contract, size or settlement), and the book holds it"
    )]
    Changed { names: String },
    /// What was traded at one account would be traded at another.
    #[error("the configuration trades {names} at another account, and the book has traded it where it was")]
    Moved { names: String },
    /// What is held or worked lies where nobody would speak with.
    #[error(
        "the book holds {names}, and the configuration does not have the account any more: nobody could cancel or close \
         there, nor hear of it; put the account and what is traded there back, or end it there first"
    )]
    Unspoken { names: String },
    /// An account of the book under another name.
    #[error(
        "the account at {place} is {was} in the book and {now} in the configuration: what it holds would be counted \
         twice; call it {was} again"
    )]
    Renamed { place: String, was: String, now: String },
    /// What is held or worked is not there any more.
    #[error("the configuration has no {names}, and the book holds it")]
    Missing { names: String },
    /// More names than there are numbers.
    #[error("the book and the configuration have too many instruments or strategies together")]
    TooMany,
    /// The state is not of the book this genesis continues.
    #[error("the state is of another book")]
    OtherBook,
}

/// The numbers of a configuration's instruments and strategies in the book it continues.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Renumbering {
    /// By the configuration's number.
    instruments: Vec<InstrumentId>,
    strategies: Vec<StrategyId>,
}

impl Renumbering {
    /// The book's number of an instrument; its own where nothing is renumbered.
    pub fn instrument(&self, id: InstrumentId) -> InstrumentId {
        self.instruments.get(id.index()).copied().unwrap_or(id)
    }

    /// The book's number of a strategy; its own where nothing is renumbered.
    pub fn strategy(&self, id: StrategyId) -> StrategyId {
        self.strategies.get(id.index()).copied().unwrap_or(id)
    }
}

impl Genesis {
    /// The genesis of a run that continues a book: `self` as the configuration says it, with the numbers of the book.
    /// Names the configuration does not have stay as retired rows: disarmed, of kind `-`, counted in risk. Kills that
    /// stand in the book stand here. Limits are the configuration's: a restart is where they may be looser.
    pub fn continuing(self, past: &State) -> Result<(Self, Renumbering), Unfit> {
        let book = past.genesis();
        if book.mode != self.mode {
            return Err(Unfit::Mode { was: book.mode.as_str(), now: self.mode.as_str() });
        }
        if book.currency != self.currency {
            return Err(Unfit::Currency { was: book.currency.to_string(), now: self.currency.to_string() });
        }
        let numbers = Renumbering {
            instruments: numbers(
                self.instruments.iter().map(|one| one.symbol.as_str()),
                &book.instruments.iter().map(|one| one.symbol.as_str()).collect::<Vec<_>>(),
            )?
            .into_iter()
            .map(InstrumentId::new)
            .collect(),
            strategies: numbers(
                self.strategies.iter().map(|one| one.name.as_str()),
                &book.strategies.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            )?
            .into_iter()
            .map(StrategyId::new)
            .collect(),
        };
        if let Some((was, now)) = self.accounts.renamed(&book.accounts) {
            let (place, was, now) = (was.place.to_string(), was.name.to_string(), now.name.to_string());
            return Err(Unfit::Renamed { place, was, now });
        }
        let genesis = self.renumbered(book, &numbers)?;
        genesis.check_held(past)?;
        Ok((genesis.under_kills_of(past), numbers))
    }

    fn renumbered(self, book: &Self, numbers: &Renumbering) -> Result<Self, Unfit> {
        let mut hours = self.hours;
        let accounts =
            self.accounts.continuing(&book.accounts, self.instruments.len(), |id| numbers.instrument(id));
        let is_retired = |id: &InstrumentId| !numbers.instruments.contains(id);
        let mut instruments = book.instruments.clone();
        for one in instruments.iter_mut().filter(|one| is_retired(&one.id)) {
            one.listing.calendar = kept_calendar(one.listing.calendar, &book.hours, &mut hours)?;
        }
        let mut strategies: Vec<StrategyInfo> = book.strategies.iter().map(retired_strategy).collect();
        let mut limits = Limits {
            instruments: Vec::new(),
            strategies: Vec::new(),
            rules: Vec::new(),
            ..self.limits.clone()
        };
        // What is retired may still be closed, under the limits it had.
        limits.instruments.clone_from(&book.limits.instruments);
        limits.strategies.clone_from(&book.limits.strategies);
        limits.instruments.resize_with(instruments.len(), Default::default);
        limits.strategies.resize_with(strategies.len(), StrategyLimits::default);
        limits.rules.resize(strategies.len(), StrategyRules::NONE);
        for one in self.instruments {
            let (of, id) = (self.limits.instrument(one.id), numbers.instrument(one.id));
            let one = Instrument { id, ..renumbered_class(one, numbers) };
            put(&mut instruments, id.index(), one);
            put(&mut limits.instruments, id.index(), *of);
        }
        for (number, info) in (0..).zip(self.strategies) {
            let from = StrategyId::new(number);
            let (of, rules) = (self.limits.strategy(from), *self.limits.rules(from));
            let to = numbers.strategy(from).index();
            let hears = info.instruments.iter().map(|id| numbers.instrument(*id)).collect();
            put(&mut strategies, to, StrategyInfo { instruments: hears, ..info });
            put(&mut limits.strategies, to, *of);
            put(&mut limits.rules, to, rules);
        }
        hours.intraday = hours.intraday.iter().map(|id| numbers.strategy(*id)).collect();
        let converted = |conversion| match conversion {
            Conversion::Par => Conversion::Par,
            Conversion::At(id) => Conversion::At(numbers.instrument(id)),
        };
        let conversions = self.conversions.into_iter().map(|(code, one)| (code, converted(one))).collect();
        let scope = |scope| match scope {
            Scope::All => Scope::All,
            Scope::Strategy(id) => Scope::Strategy(numbers.strategy(id)),
            Scope::Instrument(id) => Scope::Instrument(numbers.instrument(id)),
        };
        let standing = self.standing.into_iter().map(|(of, level)| (scope(of), level)).collect();
        let retired = book.instruments.iter().map(|one| one.id).filter(is_retired).collect();
        Ok(Self {
            book: book.book,
            retired,
            instruments,
            strategies,
            limits,
            hours,
            conversions,
            standing,
            accounts,
            ..self
        })
    }

    /// Whether everything the book holds is still there, spoken with and counted as it was. A venue knows what the
    /// configuration does not name; the sandbox does not.
    fn check_held(&self, past: &State) -> Result<(), Unfit> {
        let held = |one: &&Instrument| past.is_engaged(one.id);
        let (mut changed, mut missing) = (Vec::new(), Vec::new());
        for was in past.genesis().instruments.iter().filter(held) {
            let Some(now) = self.instrument(was.id) else { continue };
            if self.is_retired(was.id) && self.mode == Mode::Analyze {
                missing.push(was.symbol.as_str());
            } else if terms(was) != terms(now) {
                changed.push(was.symbol.as_str());
            }
        }
        let moved = self.moved(past);
        if !moved.is_empty() {
            return Err(Unfit::Moved { names: moved.join(", ") });
        }
        let unspoken = self.unspoken(past);
        if !unspoken.is_empty() {
            return Err(Unfit::Unspoken { names: unspoken.join(", ") });
        }
        match (missing.as_slice(), changed.as_slice()) {
            ([], []) => Ok(()),
            ([], names) => Err(Unfit::Changed { names: names.join(", ") }),
            (names, _) => Err(Unfit::Missing { names: names.join(", ") }),
        }
    }

    /// What the book holds or works at accounts nobody speaks with any more, in live as well: `SBIN-B at b`.
    fn unspoken(&self, past: &State) -> Vec<String> {
        let lost =
            |one: &&Instrument| past.is_engaged(one.id) && !self.accounts.is_active(self.accounts.of(one.id));
        let words =
            |one: &Instrument| format!("{} at {}", one.symbol, self.accounts.name(self.accounts.of(one.id)));
        past.genesis().instruments.iter().filter(lost).map(words).collect()
    }

    /// What the book has traded or works at one account and the configuration gives to another, or to one that its name does
    /// not mean any more: cash and positions of either would be the other's.
    fn moved<'a>(&self, past: &'a State) -> Vec<&'a str> {
        let book = past.genesis();
        if self.accounts.is_single() && book.accounts.is_single() {
            return Vec::new();
        }
        let used = |one: &&Instrument| past.is_engaged(one.id) || past.ledger.account(one.id).is_touched();
        let place = |of: &Self, account| of.accounts.get(account).map(|one| one.place.clone());
        let has_moved = |one: &&Instrument| {
            let (was, now) = (book.accounts.of(one.id), self.accounts.of(one.id));
            // The first account is the book's own: what it is called and where it stands is looked at elsewhere.
            was != now || (!now.is_first() && place(book, was) != place(self, now))
        };
        book.instruments.iter().filter(used).filter(has_moved).map(|one| one.symbol.as_str()).collect()
    }

    /// Whether an instrument stands in the book and not in the configuration.
    pub fn is_retired(&self, id: InstrumentId) -> bool {
        self.retired.contains(&id)
    }

    /// The stricter of the kills known here and those that stand in the book.
    fn under_kills_of(mut self, past: &State) -> Self {
        let control = &past.control;
        let scopes = std::iter::once(Scope::All)
            .chain(past.genesis().strategy_ids().map(Scope::Strategy))
            .chain(past.genesis().instrument_ids().map(Scope::Instrument));
        for scope in scopes {
            let level = control.kill_at(scope);
            let known = self.standing.iter().any(|(of, now)| *of == scope && *now >= level);
            if level > KillLevel::K0 && !known {
                self.standing.retain(|(of, _)| *of != scope);
                self.standing.push((scope, level));
            }
        }
        self
    }
}

/// What money depends on.
fn terms(one: &Instrument) -> impl PartialEq + use<> {
    (one.contract, one.size, one.quote, one.settle, one.tick, one.listing.class)
}

/// The book's numbers of the configuration's names, in their order: known ones keep theirs, new ones follow.
fn numbers<'a>(names: impl Iterator<Item = &'a str>, known: &[&str]) -> Result<Vec<u16>, Unfit> {
    let mut next = known.len();
    let mut found = Vec::new();
    for name in names {
        let number = known.iter().position(|one| *one == name).unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        found.push(u16::try_from(number).map_err(|_large| Unfit::TooMany)?);
    }
    Ok(found)
}

/// Puts something at its place; the places up to the end of the list are filled, and new ones come in order.
fn put<T>(list: &mut Vec<T>, at: usize, one: T) {
    match list.get_mut(at) {
        Some(place) => *place = one,
        None => list.push(one),
    }
}

/// Where the calendar of a retired instrument stands now: among the configuration's, joined by it where none is equal.
/// Without its calendar an instrument would be open round the clock.
fn kept_calendar(
    was: Option<u8>,
    book: &TradingHours,
    hours: &mut TradingHours,
) -> Result<Option<u8>, Unfit> {
    let Some(calendar) = was.and_then(|index| book.calendars.get(usize::from(index))) else { return Ok(was) };
    let at = hours.calendars.iter().position(|one| one == calendar).unwrap_or(hours.calendars.len());
    if at == hours.calendars.len() {
        hours.calendars.push(calendar.clone());
    }
    u8::try_from(at).map(Some).map_err(|_large| Unfit::TooMany)
}

fn retired_strategy(one: &StrategyInfo) -> StrategyInfo {
    StrategyInfo { kind: "-".into(), armed: false, ..one.clone() }
}

fn renumbered_class(mut one: Instrument, numbers: &Renumbering) -> Instrument {
    match &mut one.listing.class {
        Class::Perpetual | Class::Index => {}
        Class::Future { underlying, .. } | Class::Option { underlying, .. } => {
            *underlying = numbers.instrument(*underlying);
        }
    }
    one
}
