//! Rows there are many of: kept as plain numbers until they are written, so that nothing is allocated for one.

use super::number::Number;
use crate::analytics::Fall;
use crate::model::{
    Bar, DisplayText, InstrumentId, Money, NetQty, Price, Qty, Quote, Side, StrategyId, Timestamp, Trade,
};
use rusqlite::types::Null;
use rusqlite::{Connection, Statement};

/// The names that rows are written with.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Names {
    pub(in crate::store) strategies: Vec<DisplayText>,
    pub(in crate::store) instruments: Vec<DisplayText>,
}

impl Names {
    fn instrument(&self, id: InstrumentId) -> Option<&str> {
        self.instruments.get(id.index()).map(DisplayText::as_str)
    }

    fn strategy(&self, id: StrategyId) -> &str {
        self.strategies.get(id.index()).map_or("", DisplayText::as_str)
    }
}

/// A row of a table that time or market data fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) enum Hot {
    Bar { seq: i64, at: Timestamp, bar: Bar },
    Quote { seq: i64, at: Timestamp, quote: Quote },
    Trade { seq: i64, at: Timestamp, trade: Trade },
    Mark { seq: i64, at: Timestamp, instrument: InstrumentId, bid: Price, ask: Price },
    Position { at: Timestamp, row: Box<PositionRow> },
    Equity { at: Timestamp, row: Box<EquitySample> },
}

/// What a strategy holds of an instrument. Amounts in settlement currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct PositionRow {
    pub(in crate::store) strategy: StrategyId,
    pub(in crate::store) instrument: InstrumentId,
    pub(in crate::store) net: NetQty,
    pub(in crate::store) average: Option<Price>,
    pub(in crate::store) mark: Option<Price>,
    pub(in crate::store) realised: Money,
    pub(in crate::store) unrealised: Option<Money>,
    pub(in crate::store) fees: Money,
    pub(in crate::store) funding: Money,
    pub(in crate::store) traded: Qty,
    pub(in crate::store) fills: u64,
}

/// P&L of a strategy, or of the account where none is named. In account currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct EquityRow {
    pub(in crate::store) strategy: Option<StrategyId>,
    pub(in crate::store) realised: Money,
    pub(in crate::store) unrealised: Money,
    pub(in crate::store) fees: Money,
    pub(in crate::store) funding: Money,
    pub(in crate::store) net: Money,
    pub(in crate::store) equity: Option<Money>,
}

/// P&L as it is written: with what it came by since the row before, and its deepest fall in the run so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct EquitySample {
    pub(in crate::store) row: EquityRow,
    pub(in crate::store) high: Money,
    pub(in crate::store) low: Money,
    pub(in crate::store) fall: Option<Fall>,
}

/// Tables and their columns, in the order of the kinds.
const TABLES: [(&str, usize); 6] = [
    ("bars", 12),
    ("quotes", 9),
    ("trades", 8),
    ("marks", 6),
    ("position_samples", 13),
    ("equity_samples", 15),
];

/// Rows of one statement, where there are so many: each begins where the one before ended, not at the table's root.
const TOGETHER: usize = 32;

impl Hot {
    const fn kind(&self) -> usize {
        match self {
            Self::Bar { .. } => 0,
            Self::Quote { .. } => 1,
            Self::Trade { .. } => 2,
            Self::Mark { .. } => 3,
            Self::Position { .. } => 4,
            Self::Equity { .. } => 5,
        }
    }

    /// Whether it surely has its place before another of its kind.
    const fn is_before(&self, next: &Self) -> bool {
        match (self.number(), next.number()) {
            (Some(number), Some(next)) => number < next,
            (_, _) => false,
        }
    }

    /// The number of the event, where that is the key.
    const fn number(&self) -> Option<i64> {
        match self {
            Self::Bar { seq, .. }
            | Self::Quote { seq, .. }
            | Self::Trade { seq, .. }
            | Self::Mark { seq, .. } => Some(*seq),
            Self::Position { .. } | Self::Equity { .. } => None,
        }
    }

    /// The key of its table, without the run.
    fn key<'n>(&self, names: &'n Names) -> (i64, &'n str, &'n str) {
        match self {
            Self::Bar { seq, .. }
            | Self::Quote { seq, .. }
            | Self::Trade { seq, .. }
            | Self::Mark { seq, .. } => (*seq, "", ""),
            Self::Position { at, row } => {
                let instrument = names.instrument(row.instrument).unwrap_or_default();
                (at.nanos(), names.strategy(row.strategy), instrument)
            }
            Self::Equity { at, row } => {
                (at.nanos(), row.row.strategy.map_or("", |id| names.strategy(id)), "")
            }
        }
    }
}

/// Writes rows, table by table and each in order. One that is there already is the same.
pub(in crate::store) fn write_hot<'e>(
    db: &Connection,
    run_no: i64,
    names: &Names,
    rows: impl Iterator<Item = &'e Hot>,
) -> rusqlite::Result<()> {
    let mut kinds: [Vec<&Hot>; TABLES.len()] = Default::default();
    for row in rows {
        if let Some(kind) = kinds.get_mut(row.kind()) {
            kind.push(row);
        }
    }
    for (table, rows) in TABLES.iter().zip(&mut kinds) {
        // As the table's key has them: each is put behind the one before it. Market data comes so.
        if !rows.is_sorted_by(|one, next| one.is_before(next)) {
            rows.sort_by(|one, next| one.key(names).cmp(&next.key(names)));
        }
        let blocks = rows.chunks_exact(TOGETHER);
        let rest = blocks.remainder();
        write_blocks(db, *table, TOGETHER, blocks, (run_no, names))?;
        write_blocks(db, *table, 1, rest.chunks_exact(1), (run_no, names))?;
    }
    Ok(())
}

/// Writes blocks of so many rows by one statement.
fn write_blocks<'e>(
    db: &Connection,
    (table, columns): (&str, usize),
    size: usize,
    blocks: impl ExactSizeIterator<Item = &'e [&'e Hot]>,
    (run_no, names): (i64, &Names),
) -> rusqlite::Result<()> {
    if blocks.len() == 0 {
        return Ok(());
    }
    let row = format!("({run_no}{})", ", ?".repeat(columns - 1));
    let rows = vec![row; size].join(", ");
    let sql = format!("INSERT INTO {table} VALUES {rows} ON CONFLICT DO NOTHING");
    let mut statement = db.prepare_cached(&sql)?;
    for block in blocks {
        let mut cells = Cells { statement: &mut statement, next: 1 };
        for row in block {
            cells.row(names, row)?;
        }
        debug_assert_eq!(cells.next, (columns - 1) * size + 1, "{table}: cells of a row");
        statement.raw_execute()?;
    }
    Ok(())
}

/// The cells of a row, one after the other.
struct Cells<'s, 'c> {
    statement: &'s mut Statement<'c>,
    next: usize,
}

impl Cells<'_, '_> {
    #[inline]
    fn row(&mut self, names: &Names, row: &Hot) -> rusqlite::Result<()> {
        match row {
            Hot::Bar { seq, at, bar } => self.bar(names, *seq, *at, bar),
            Hot::Quote { seq, at, quote } => self.quote(names, *seq, *at, quote),
            Hot::Trade { seq, at, trade } => self.trade(names, *seq, *at, trade),
            Hot::Mark { seq, at, instrument, bid, ask } => {
                self.head(*seq, *at)?;
                self.word(names.instrument(*instrument).unwrap_or_default())?;
                self.scaled(bid.raw())?;
                self.scaled(ask.raw())
            }
            Hot::Position { at, row } => self.position(names, *at, row),
            Hot::Equity { at, row } => self.equity(names, *at, row),
        }
    }

    #[inline]
    fn int(&mut self, value: i64) -> rusqlite::Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next - 1, value)
    }

    #[inline]
    fn word(&mut self, value: &str) -> rusqlite::Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next - 1, value)
    }

    fn null(&mut self) -> rusqlite::Result<()> {
        self.next += 1;
        self.statement.raw_bind_parameter(self.next - 1, Null)
    }

    fn maybe_word(&mut self, value: Option<&str>) -> rusqlite::Result<()> {
        match value {
            Some(word) => self.word(word),
            None => self.null(),
        }
    }

    #[inline]
    fn scaled(&mut self, raw: i64) -> rusqlite::Result<()> {
        // A whole number becomes text by the column's affinity: without a copy of it on the way.
        if raw.rem_euclid(100_000_000) == 0 {
            return self.int(raw.div_euclid(100_000_000));
        }
        self.word(Number::scaled(raw).as_str())
    }

    #[inline]
    fn money(&mut self, amount: Money) -> rusqlite::Result<()> {
        if amount.is_zero() {
            return self.int(0);
        }
        self.word(Number::money(amount).as_str())
    }

    fn maybe_price(&mut self, price: Option<Price>) -> rusqlite::Result<()> {
        match price {
            Some(price) => self.scaled(price.raw()),
            None => self.null(),
        }
    }

    fn maybe_money(&mut self, amount: Option<Money>) -> rusqlite::Result<()> {
        match amount {
            Some(amount) => self.money(amount),
            None => self.null(),
        }
    }

    fn head(&mut self, seq: i64, at: Timestamp) -> rusqlite::Result<()> {
        self.int(seq)?;
        self.int(at.nanos())
    }

    fn bar(&mut self, names: &Names, seq: i64, at: Timestamp, bar: &Bar) -> rusqlite::Result<()> {
        self.head(seq, at)?;
        self.int(bar.local_time.nanos())?;
        self.maybe_word(names.instrument(bar.instrument))?;
        self.int(bar.open_time.nanos())?;
        self.int(bar.close_time.nanos())?;
        for price in [bar.open, bar.high, bar.low, bar.close] {
            self.scaled(price.raw())?;
        }
        self.scaled(bar.volume.raw())
    }

    fn quote(&mut self, names: &Names, seq: i64, at: Timestamp, quote: &Quote) -> rusqlite::Result<()> {
        self.head(seq, at)?;
        self.maybe_word(names.instrument(quote.instrument))?;
        self.scaled(quote.bid.raw())?;
        self.scaled(quote.bid_qty.raw())?;
        self.scaled(quote.ask.raw())?;
        self.scaled(quote.ask_qty.raw())?;
        self.int(quote.venue_time.nanos())
    }

    fn trade(&mut self, names: &Names, seq: i64, at: Timestamp, trade: &Trade) -> rusqlite::Result<()> {
        self.head(seq, at)?;
        self.maybe_word(names.instrument(trade.instrument))?;
        self.word(if trade.aggressor == Side::Buy { Side::Buy.as_str() } else { Side::Sell.as_str() })?;
        self.scaled(trade.price.raw())?;
        self.scaled(trade.qty.raw())?;
        self.int(trade.venue_time.nanos())
    }

    fn position(&mut self, names: &Names, at: Timestamp, row: &PositionRow) -> rusqlite::Result<()> {
        self.int(at.nanos())?;
        self.word(names.strategy(row.strategy))?;
        self.word(names.instrument(row.instrument).unwrap_or_default())?;
        self.scaled(row.net.raw())?;
        self.maybe_price(row.average)?;
        self.maybe_price(row.mark)?;
        self.money(row.realised)?;
        self.maybe_money(row.unrealised)?;
        self.money(row.fees)?;
        self.money(row.funding)?;
        self.scaled(row.traded.raw())?;
        self.int(i64::try_from(row.fills).unwrap_or(i64::MAX))
    }

    fn equity(&mut self, names: &Names, at: Timestamp, sample: &EquitySample) -> rusqlite::Result<()> {
        let EquitySample { row, high, low, fall } = sample;
        self.int(at.nanos())?;
        self.word(row.strategy.map_or("", |id| names.strategy(id)))?;
        for amount in [row.realised, row.unrealised, row.fees, row.funding, row.net] {
            self.money(amount)?;
        }
        self.maybe_money(row.equity)?;
        self.money(*high)?;
        self.money(*low)?;
        self.money(fall.map_or(Money::ZERO, |fall| fall.amount))?;
        self.maybe_time(fall.map(|fall| fall.from))?;
        self.maybe_time(fall.map(|fall| fall.to))?;
        self.maybe_time(fall.and_then(|fall| fall.recovered))
    }

    fn maybe_time(&mut self, at: Option<Timestamp>) -> rusqlite::Result<()> {
        match at {
            Some(at) => self.int(at.nanos()),
            None => self.null(),
        }
    }
}
