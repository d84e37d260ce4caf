//! Reading a run's typed tables back, as what analytics is made of.

use super::database::StoreError;
use super::journal::{Journal, JournalError, RunRow};
use crate::analytics::{Decision, EquityPoint, Fall, Funding, Mark, Movement, MovementKind, Opening, Record};
use crate::model::{
    Cause, Currency, DisplayText, Fill, FillId, Instrument, InstrumentId, Liquidity, Mode, NetQty, OrderId,
    Price, Seq, Side, StrategyId, Timestamp, TradeRow,
};
use rusqlite::types::Type;
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The version of the schema that brought the typed tables.
const TYPED: i64 = 2;

/// The version that tells what lies between two samples.
const BETWEEN: i64 = 4;

/// By curve: of the account where no strategy is named.
type Falls = BTreeMap<Option<StrategyId>, Option<Fall>>;

/// Names of a run as the ids of its genesis.
struct Names {
    strategies: BTreeMap<String, StrategyId>,
    instruments: BTreeMap<String, InstrumentId>,
}

impl Journal {
    /// A run by its id, as `list_runs` has it.
    pub fn run(&self, run: &str) -> Result<RunRow, JournalError> {
        let found = self.list_runs()?.into_iter().find(|row| row.run == run);
        found.ok_or_else(|| JournalError::NoSuchRun { run: run.to_owned() })
    }

    /// What analytics needs of a run.
    pub fn record(&self, run: &RunRow) -> Result<Record, JournalError> {
        if self.version < TYPED {
            let (path, found) = (self.path.clone(), self.version);
            return Err(StoreError::Older { path, found, needed: TYPED }.into());
        }
        let no = run.no;
        let instruments = self.instruments(no)?;
        let names = Names {
            strategies: (0..)
                .map(StrategyId::new)
                .zip(&run.strategies)
                .map(|(id, name)| (name.clone(), id))
                .collect(),
            instruments: instruments.iter().map(|one| (one.symbol.to_string(), one.id)).collect(),
        };
        let movements = self.movements(no, &names)?;
        let equity = self.equity(no, &names)?;
        let ends = equity.iter().map(|point| point.at).chain(movements.iter().map(|one| one.row.at));
        let from = ends.clone().min().unwrap_or(run.started_at);
        let to = ends.max().unwrap_or(from);
        Ok(Record {
            strategies: run.strategies.clone(),
            currency: Currency::new(&run.currency),
            rates: self.rates(no)?,
            from,
            to,
            openings: self.openings(no, from, &names)?,
            decisions: self.decisions(no, &names)?,
            denied: self.denied(no, &names)?,
            funding: self.fundings(no, &names)?,
            marks: self.marks(no, &names)?,
            last_marks: self.last_marks(no, &names)?,
            movements,
            falls: self.falls(no, &names)?,
            equity,
            instruments,
        })
    }

    fn of_run<T>(
        &self,
        no: i64,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.collect(sql, named_params! { ":no": no }, read)
    }

    fn instruments(&self, no: i64) -> Result<Vec<Instrument>, StoreError> {
        let sql = "SELECT master FROM run_instruments WHERE run_no = :no ORDER BY no";
        self.of_run(no, sql, |row| {
            let master: String = row.get(0)?;
            serde_json::from_str(&master).map_err(|_json| unreadable(0, "an instrument"))
        })
    }

    fn movements(&self, no: i64, names: &Names) -> Result<Vec<Movement>, StoreError> {
        let sql =
            "SELECT kind, seq, at_ns, cause_seq, mode, strategy, instrument, order_no, side, qty, price, fee,
                          liquidity, fill_id, venue_ns
                   FROM fills WHERE run_no = :no ORDER BY seq, part";
        self.of_run(no, sql, |row| {
            let kind: String = row.get(0)?;
            let fill = Fill {
                order: OrderId::new(row.get(7)?),
                strategy: names.strategy(row, 5)?,
                instrument: names.instrument(row, 6)?,
                mode: if row.get::<_, String>(4)? == Mode::Live.as_str() {
                    Mode::Live
                } else {
                    Mode::Analyze
                },
                side: if row.get::<_, String>(8)? == Side::Buy.as_str() { Side::Buy } else { Side::Sell },
                qty: decimal(row, 9)?,
                price: decimal(row, 10)?,
                fee: decimal(row, 11)?,
                liquidity: if row.get::<_, String>(12)? == "maker" {
                    Liquidity::Maker
                } else {
                    Liquidity::Taker
                },
                fill_id: FillId(DisplayText::new(&row.get::<_, String>(13)?)),
                venue_time: time(row, 14)?,
            };
            Ok(Movement {
                kind: MovementKind::of(&kind).ok_or_else(|| unreadable(0, "a kind of fill"))?,
                row: TradeRow { seq: seq(row, 1)?, at: time(row, 2)?, cause: Cause(seq(row, 3)?), fill },
            })
        })
    }

    fn equity(&self, no: i64, names: &Names) -> Result<Vec<EquityPoint>, StoreError> {
        let extremes =
            if self.version < BETWEEN { "net, net" } else { "ifnull(high, net), ifnull(low, net)" };
        let sql = format!(
            "SELECT at_ns, strategy, net, {extremes} FROM equity_samples WHERE run_no = :no ORDER BY at_ns"
        );
        self.of_run(no, &sql, |row| {
            Ok(EquityPoint {
                at: time(row, 0)?,
                strategy: names.of_curve(row, 1)?,
                net: decimal(row, 2)?,
                high: decimal(row, 3)?,
                low: decimal(row, 4)?,
            })
        })
    }

    /// The deepest falls, as the last sample of each curve has them; none of a run of before they were looked for.
    fn falls(&self, no: i64, names: &Names) -> Result<Falls, StoreError> {
        if self.version < BETWEEN {
            return Ok(Falls::new());
        }
        let sql =
            "SELECT strategy, drawdown, peak_ns, trough_ns, recovered_ns, max(at_ns) FROM equity_samples
                   WHERE run_no = :no AND drawdown IS NOT NULL GROUP BY strategy";
        let all = self.of_run(no, sql, |row| {
            let (from, to): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
            let recovered: Option<i64> = row.get(4)?;
            let amount = decimal(row, 1)?;
            let fall = from.zip(to).map(|(from, to)| Fall {
                amount,
                from: Timestamp::from_nanos(from),
                to: Timestamp::from_nanos(to),
                recovered: recovered.map(Timestamp::from_nanos),
            });
            Ok((names.of_curve(row, 0)?, fall))
        })?;
        Ok(all.into_iter().collect())
    }

    /// Positions of the first sample: they were there before the first event.
    fn openings(&self, no: i64, from: Timestamp, names: &Names) -> Result<Vec<Opening>, StoreError> {
        let sql = "SELECT at_ns, strategy, instrument, net, average FROM position_samples
                   WHERE run_no = :no AND average IS NOT NULL ORDER BY at_ns";
        let all = self.of_run(no, sql, |row| {
            let opening = Opening {
                strategy: names.strategy(row, 1)?,
                instrument: names.instrument(row, 2)?,
                net: decimal::<NetQty>(row, 3)?,
                price: decimal(row, 4)?,
            };
            Ok((time(row, 0)?, opening))
        })?;
        Ok(all.into_iter().take_while(|(at, _)| *at <= from).map(|(_, opening)| opening).collect())
    }

    fn decisions(&self, no: i64, names: &Names) -> Result<Vec<Decision>, StoreError> {
        let sql =
            "SELECT order_no, strategy, mid FROM submissions WHERE run_no = :no AND held = 0 ORDER BY seq";
        self.of_run(no, sql, |row| {
            let mid: Option<String> = row.get(2)?;
            let mid = mid.map(|text| text.parse::<Price>()).transpose();
            Ok(Decision {
                order: OrderId::new(row.get(0)?),
                strategy: names.strategy(row, 1)?,
                mid: mid.map_err(|_number| unreadable(2, "a price"))?,
            })
        })
    }

    fn denied(&self, no: i64, names: &Names) -> Result<Vec<StrategyId>, StoreError> {
        let sql =
            "SELECT strategy FROM risk_decisions WHERE run_no = :no AND decision = 'denied' ORDER BY seq";
        self.of_run(no, sql, |row| names.strategy(row, 0))
    }

    fn fundings(&self, no: i64, names: &Names) -> Result<Vec<Funding>, StoreError> {
        let sql = "SELECT strategy, instrument, amount FROM funding WHERE run_no = :no ORDER BY seq";
        self.of_run(no, sql, |row| {
            let (strategy, instrument) = (names.strategy(row, 0)?, names.instrument(row, 1)?);
            Ok(Funding { strategy, instrument, amount: decimal(row, 2)? })
        })
    }

    fn marks(&self, no: i64, names: &Names) -> Result<Vec<Mark>, StoreError> {
        let sql = "SELECT at_ns, instrument, bid, ask, 0 FROM marks WHERE run_no = :no
                   UNION ALL SELECT processed_ns, instrument, low, high, 1 FROM bars WHERE run_no = :no ORDER BY 1";
        self.of_run(no, sql, |row| {
            let (low, high): (Price, Price) = (decimal(row, 2)?, decimal(row, 3)?);
            // A quote marks at its middle, a bar at both its ends.
            let is_bar: bool = row.get(4)?;
            let (low, high) = if is_bar { (low, high) } else { (low.midpoint(high), low.midpoint(high)) };
            Ok(Mark { at: time(row, 0)?, instrument: names.instrument(row, 1)?, low, high })
        })
    }

    /// The newest mark of each instrument: of a sample of its position, a quote or a bar, whichever is the newest.
    fn last_marks(&self, no: i64, names: &Names) -> Result<BTreeMap<InstrumentId, Price>, StoreError> {
        let sql = "SELECT instrument, bid, ask, max(at_ns), 0 FROM marks WHERE run_no = :no GROUP BY instrument
                   UNION ALL SELECT instrument, close, close, max(processed_ns), 1 FROM bars WHERE run_no = :no
                       GROUP BY instrument
                   UNION ALL SELECT instrument, mark, mark, max(at_ns), 2 FROM position_samples
                       WHERE run_no = :no AND mark IS NOT NULL GROUP BY instrument
                   ORDER BY 4, 5";
        let all = self.of_run(no, sql, |row| {
            let (low, high): (Price, Price) = (decimal(row, 1)?, decimal(row, 2)?);
            Ok((names.instrument(row, 0)?, low.midpoint(high)))
        })?;
        Ok(all.into_iter().collect())
    }

    fn rates(&self, no: i64) -> Result<BTreeMap<Currency, Price>, StoreError> {
        let sql = "SELECT currency, rate FROM rates WHERE run_no = :no ORDER BY at_ns";
        let all = self.of_run(no, sql, |row| {
            let code: String = row.get(0)?;
            let code = Currency::new(&code).ok_or_else(|| unreadable(0, "a currency"))?;
            Ok((code, decimal(row, 1)?))
        })?;
        Ok(all.into_iter().collect())
    }
}

impl Names {
    fn strategy(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<StrategyId> {
        let name: String = row.get::<_, Option<String>>(column)?.unwrap_or_default();
        self.strategies.get(&name).copied().ok_or_else(|| unreadable(column, "a strategy of the run"))
    }

    /// Whose curve a row is of: the account's where no name stands.
    fn of_curve(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<Option<StrategyId>> {
        let is_account = row.get::<_, String>(column)?.is_empty();
        if is_account { Ok(None) } else { self.strategy(row, column).map(Some) }
    }

    fn instrument(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<InstrumentId> {
        let name: String = row.get(column)?;
        self.instruments.get(&name).copied().ok_or_else(|| unreadable(column, "an instrument of the run"))
    }
}

fn decimal<T: FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_number| unreadable(column, "a decimal number"))
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_nanos)
}

fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map(Seq::new).map_err(|_negative| unreadable(column, "a number of an event"))
}

fn unreadable(column: usize, expected: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("not {expected}").into())
}

/// The result of a run without typed rows: what the program that made it wrote down in a file.
pub fn read_result(paths: &super::DataPaths, run: &str) -> Result<Option<serde_json::Value>, std::io::Error> {
    let path = paths.root().join("results").join(format!("{run}.json"));
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
