//! The account: cash, positions, what working orders may still do, and the margin of the worst they can do.
//!
//! Nothing is booked that can be derived: margin is computed from position and working quantity whenever it is asked
//! for, so it can neither evaporate with somebody else's fill nor be refunded twice.

use super::amount;
use super::config::Books;
use crate::model::{
    AccountId, AccountSnapshot, Balance, BrokerPosition, Class, Currency, Instrument, InstrumentId, Money,
    NetQty, OptionWorst, Price, Qty, Side, Timestamp,
};
use std::collections::BTreeMap;

/// Cash by currency and holdings by instrument.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) cash: BTreeMap<Currency, Money>,
    pub(super) holdings: BTreeMap<InstrumentId, Holding>,
    /// The last mid quoted of what options are written on.
    spots: BTreeMap<InstrumentId, Price>,
    pub(super) fills: u64,
}

/// One instrument of the account.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) instrument: Instrument,
    pub(super) net: NetQty,
    working: Working,
    /// The last mid seen; before the first, the price of the first order.
    pub(super) mark: Option<Price>,
}

/// A trade to book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Booking {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) price: Price,
    pub(super) fee: Money,
}

/// Working quantity that may enlarge a position: all but reduce-only orders. Signed, so sells are negative.
#[derive(Debug, Clone, Copy, Default)]
struct Working {
    buys: NetQty,
    sells: NetQty,
}

/// What an order would add to the worst case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    pub(super) qty: Qty,
    /// Marks the instrument where no book does.
    pub(super) price: Price,
}

/// Why an order's worst case cannot be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortfall {
    /// More than a quantity or an amount may hold.
    TooLarge,
    Margin {
        needs: Money,
        free: Money,
        currency: Currency,
    },
}

impl Ledger {
    pub(super) fn new(capital: Vec<(Currency, Money)>, instruments: &[Instrument]) -> Self {
        let mut cash: BTreeMap<Currency, Money> =
            instruments.iter().map(|instrument| (instrument.settle, Money::ZERO)).collect();
        for (currency, amount) in capital {
            *cash.entry(currency).or_default() += amount::capital(amount);
        }
        let holdings =
            instruments.iter().map(|instrument| (instrument.id, Holding::of(instrument))).collect();
        Self { cash, holdings, spots: BTreeMap::new(), fills: 0 }
    }

    pub(super) fn net(&self, instrument: InstrumentId) -> NetQty {
        self.holdings.get(&instrument).map_or(NetQty::ZERO, |holding| holding.net)
    }

    /// How much an order of this side may reduce the net position.
    pub(super) fn reducible(&self, instrument: InstrumentId, side: Side) -> Qty {
        let net = self.net(instrument);
        if net.side() == Some(side.opposite()) { net.magnitude() } else { Qty::ZERO }
    }

    /// Takes new marks from the books of what is held or worked. A book that is out of sequence, one-sided or beyond
    /// belief leaves the old mark.
    pub(super) fn mark(&mut self, books: &dyn Books) {
        for holding in self.holdings.values_mut().filter(|holding| holding.is_active()) {
            if let Some(mid) = mid(&holding.instrument, books) {
                holding.mark = Some(mid);
            }
        }
    }

    /// Whether the account can carry an order's worst case. What enlarges no worst case needs no margin and is never
    /// refused for it.
    pub(super) fn check(&self, ask: Ask, books: &dyn Books) -> Result<(), Shortfall> {
        let Some(holding) = self.holdings.get(&ask.instrument) else { return Ok(()) };
        if holding.instrument.listing.class.is_option() {
            return self.check_option(holding, ask, books);
        }
        let before = holding.worst().ok_or(Shortfall::TooLarge)?;
        let working = holding.working.with(ask.qty.signed(ask.side));
        let after = working.worst(holding.net).ok_or(Shortfall::TooLarge)?;
        if after <= before {
            return Ok(());
        }
        let instrument = &holding.instrument;
        let mark = mid(instrument, books).or(holding.mark).unwrap_or(ask.price);
        if amount::notional(instrument, after, mark).is_none() {
            return Err(Shortfall::TooLarge);
        }
        let needs = amount::margin(instrument, after, mark) - amount::margin(instrument, before, mark);
        let balance = self.balance(instrument.settle);
        if needs > balance.free {
            return Err(Shortfall::Margin { needs, free: balance.free, currency: instrument.settle });
        }
        Ok(())
    }

    /// As `check`, of an option: two sold need more than two bought, so margins are compared and not quantities.
    fn check_option(&self, holding: &Holding, ask: Ask, books: &dyn Books) -> Result<(), Shortfall> {
        let instrument = &holding.instrument;
        let mark = mid(instrument, books).or(holding.mark).unwrap_or(ask.price);
        let working = holding.working.with(ask.qty.signed(ask.side));
        let margin = |working: Working| {
            amount::option_margin(instrument, working.sides(holding.net)?, mark, self.spot(instrument))
        };
        let after = margin(working).ok_or(Shortfall::TooLarge)?;
        let before = margin(holding.working).ok_or(Shortfall::TooLarge)?;
        let balance = self.balance(instrument.settle);
        let needs = after - before;
        if needs > Money::ZERO && needs > balance.free {
            return Err(Shortfall::Margin { needs, free: balance.free, currency: instrument.settle });
        }
        Ok(())
    }

    /// Notes what something is quoted at, for the options on it.
    pub(super) fn quote(&mut self, instrument: InstrumentId, mid: Price) {
        self.spots.insert(instrument, mid);
    }

    /// The last mid quoted of an instrument.
    pub(super) fn quoted(&self, instrument: InstrumentId) -> Option<Price> {
        self.spots.get(&instrument).copied()
    }

    /// The price of what an option is written on; before its first quote the strike, which it cannot be far from.
    fn spot(&self, instrument: &Instrument) -> Price {
        let quoted = instrument.listing.class.underlying().and_then(|id| self.quoted(id));
        match instrument.listing.class {
            Class::Option { strike, .. } => quoted.unwrap_or(strike),
            Class::Perpetual | Class::Index | Class::Future { .. } => quoted.unwrap_or_default(),
        }
    }

    /// Counts an accepted order that may enlarge the position.
    pub(super) fn reserve(&mut self, ask: Ask) {
        if let Some(holding) = self.holdings.get_mut(&ask.instrument) {
            holding.working = holding.working.with(ask.qty.signed(ask.side));
            holding.mark = holding.mark.or(Some(ask.price));
        }
    }

    /// Uncounts what was filled or ended.
    pub(super) fn release(&mut self, instrument: InstrumentId, side: Side, qty: Qty) {
        if let Some(holding) = self.holdings.get_mut(&instrument) {
            holding.working = holding.working.without(qty.signed(side));
        }
    }

    /// Books a fill: the position moves, its cash is paid or received, the fee is paid.
    pub(super) fn book(&mut self, booking: Booking) {
        let Some(holding) = self.holdings.get_mut(&booking.instrument) else { return };
        let signed = booking.qty.signed(booking.side);
        holding.net += signed;
        holding.mark = holding.mark.or(Some(booking.price));
        let cash = self.cash.entry(holding.instrument.settle).or_default();
        *cash -= holding.instrument.value(signed, booking.price);
        *cash -= booking.fee;
        self.fills += 1;
    }

    /// Closes a contract that has ended at its settlement price, without fee.
    pub(super) fn settle(&mut self, instrument: InstrumentId, price: Price) {
        let Some(holding) = self.holdings.get_mut(&instrument).filter(|one| !one.net.is_zero()) else {
            return;
        };
        let closing = -holding.net;
        holding.net = NetQty::ZERO;
        *self.cash.entry(holding.instrument.settle).or_default() -= holding.instrument.value(closing, price);
        self.fills += 1;
    }

    pub(super) fn snapshot(&self, at: Timestamp) -> AccountSnapshot {
        let held = self.holdings.values().filter(|holding| !holding.net.is_zero());
        let positions =
            held.map(|holding| BrokerPosition { instrument: holding.instrument.id, net: holding.net });
        AccountSnapshot {
            account: AccountId::FIRST,
            balances: self.cash.keys().map(|currency| self.balance(*currency)).collect(),
            positions: positions.collect(),
            fills: self.fills,
            venue_time: at,
        }
    }

    fn balance(&self, currency: Currency) -> Balance {
        let cash = self.cash.get(&currency).copied().unwrap_or_default();
        let (mut equity, mut margin) = (cash, Money::ZERO);
        for holding in self.holdings.values() {
            if holding.instrument.settle == currency && holding.is_active() {
                equity += holding.value();
                margin += holding.margin(self.spot(&holding.instrument));
            }
        }
        Balance { currency, cash, margin, free: equity - margin }
    }
}

impl Holding {
    fn of(instrument: &Instrument) -> Self {
        let instrument = instrument.clone();
        Self { instrument, net: NetQty::ZERO, working: Working::default(), mark: None }
    }

    fn is_active(&self) -> bool {
        !(self.net.is_zero() && self.working.buys.is_zero() && self.working.sells.is_zero())
    }

    fn worst(&self) -> Option<Qty> {
        self.working.worst(self.net)
    }

    fn value(&self) -> Money {
        self.mark.map_or(Money::ZERO, |mark| amount::capped_value(&self.instrument, self.net, mark))
    }

    fn margin(&self, spot: Price) -> Money {
        if self.instrument.listing.class.is_option() {
            let (mark, worst) =
                (self.mark.unwrap_or_default(), self.working.sides(self.net).unwrap_or_default());
            return amount::option_margin(&self.instrument, worst, mark, spot).unwrap_or(Money::MAX);
        }
        let worst = self.worst().unwrap_or_else(|| self.net.magnitude());
        self.mark.map_or(Money::ZERO, |mark| amount::margin(&self.instrument, worst, mark))
    }
}

impl Working {
    fn with(self, signed: NetQty) -> Self {
        match signed.side() {
            Some(Side::Buy) => Self { buys: self.buys + signed, ..self },
            Some(Side::Sell) => Self { sells: self.sells + signed, ..self },
            None => self,
        }
    }

    fn without(self, signed: NetQty) -> Self {
        match signed.side() {
            Some(Side::Buy) => Self { buys: self.buys - signed, ..self },
            Some(Side::Sell) => Self { sells: self.sells - signed, ..self },
            None => self,
        }
    }

    /// The longest and the shortest position it can lead to; `None` when a quantity cannot hold them.
    fn sides(self, net: NetQty) -> Option<OptionWorst> {
        let of = |raw: i64| Qty::from_raw(raw.max(0)).ok();
        let (long, short) = ((net + self.buys).raw(), (net + self.sells).raw());
        Some(OptionWorst { long: of(long)?, short: of(short.saturating_neg())? })
    }

    /// The largest position it can lead to; `None` when a quantity cannot hold it.
    fn worst(self, net: NetQty) -> Option<Qty> {
        let (long, short) = (net + self.buys, net + self.sells);
        let worst = long.raw().unsigned_abs().max(short.raw().unsigned_abs());
        i64::try_from(worst).ok().and_then(|raw| Qty::from_raw(raw).ok())
    }
}

/// The mid of a book in sequence with believable prices on both sides.
fn mid(instrument: &Instrument, books: &dyn Books) -> Option<Price> {
    let book = books.book(instrument.id).filter(|book| book.is_synced())?;
    let (bid, ask) = (book.best(Side::Buy)?, book.best(Side::Sell)?);
    let is_believed =
        amount::is_believed(instrument, bid.price) && amount::is_believed(instrument, ask.price);
    is_believed.then(|| bid.price.midpoint(ask.price))
}
