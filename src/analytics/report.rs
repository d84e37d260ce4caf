//! The report of a run: figures per strategy and in total, and the round trips they are made of.

use super::curve::{below, curve, drawn};
use super::excursion::{Courses, courses, excursion};
use super::exposure::exposure;
use super::fall::{Drawdown, drawdown};
use super::figures::{Figures, Sums, figures};
use super::lots::{Matcher, Trip};
use super::record::{EquityPoint, MovementKind, Record};
use super::times;
use super::trip_row::TripRow;
use crate::model::{InstrumentId, Money, Price, StrategyId, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything a report says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The run's first and last moment, by the engine's clock.
    #[serde(serialize_with = "times::at")]
    pub from: Timestamp,
    #[serde(serialize_with = "times::at")]
    pub to: Timestamp,
    /// The account's currency; empty where it is not known.
    pub currency: String,
    pub total: Figures,
    /// Strategies that did anything, in the order of the roster.
    pub strategies: Vec<Figures>,
    /// In the order they closed.
    pub trips: Vec<TripRow>,
    /// The account's net P&L, by time, from the start of the run.
    #[serde(serialize_with = "times::curve")]
    pub curve: Vec<(Timestamp, Money)>,
    /// The same with what lies between its samples, and how far below its high it was: to be drawn.
    #[serde(skip)]
    pub drawn: Vec<(Timestamp, Money)>,
    #[serde(skip)]
    pub below: Vec<(Timestamp, Money)>,
    /// What is not in the figures, and why.
    pub notes: Vec<String>,
}

/// What is being counted.
struct Count<'a> {
    record: &'a Record,
    sums: BTreeMap<StrategyId, Sums>,
    lots: BTreeMap<(StrategyId, InstrumentId), Matcher>,
    last: BTreeMap<InstrumentId, Price>,
    trips: Vec<Trip>,
    notes: Vec<String>,
}

/// The report of a record. Figures of round trips are first in, first out.
pub fn report(record: &Record) -> Report {
    let mut count = Count {
        record,
        sums: BTreeMap::new(),
        lots: BTreeMap::new(),
        last: BTreeMap::new(),
        trips: Vec::new(),
        notes: Vec::new(),
    };
    count.orders();
    count.movements();
    count.held();
    count.finish()
}

impl Count<'_> {
    fn of(&mut self, strategy: StrategyId) -> &mut Sums {
        self.sums.entry(strategy).or_default()
    }

    fn orders(&mut self) {
        let record = self.record;
        for decision in &record.decisions {
            self.of(decision.strategy).orders += 1;
        }
        for strategy in &record.denied {
            self.of(*strategy).denied += 1;
        }
        for funding in &record.funding {
            let amount = self.valued(funding.instrument, funding.amount);
            self.of(funding.strategy).funding += amount;
        }
    }

    /// In account currency; nothing, and a note, where that cannot be told.
    fn valued(&mut self, id: InstrumentId, amount: Money) -> Money {
        let Some(instrument) = self.record.instrument(id) else { return Money::ZERO };
        self.record.in_account(instrument, amount).unwrap_or_else(|| {
            let symbol = &instrument.symbol;
            let note =
                format!("{symbol}: no rate for {} is recorded; its amounts are left out", instrument.settle);
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            Money::ZERO
        })
    }

    fn movements(&mut self) {
        let record = self.record;
        let mids: BTreeMap<_, _> =
            record.decisions.iter().filter_map(|one| Some((one.order, one.mid?))).collect();
        for opening in &record.openings {
            let Some(instrument) = record.instrument(opening.instrument) else { continue };
            let lots = self.lots.entry((opening.strategy, opening.instrument)).or_default();
            lots.carry(instrument, opening, record.from);
        }
        for movement in &record.movements {
            let (fill, at) = (&movement.row.fill, movement.row.at);
            let Some(instrument) = record.instrument(fill.instrument) else { continue };
            let whose = (fill.strategy, fill.instrument);
            let matcher = self.lots.entry(whose).or_default();
            let before = matcher.realised;
            matcher.take(instrument, fill, at, &mut self.trips);
            let realised = matcher.realised - before;
            self.last.insert(fill.instrument, fill.price);
            let signed = fill.qty.signed(fill.side);
            let mid = mids.get(&fill.order).copied().filter(|_| movement.kind == MovementKind::Fill);
            let slip = mid.map(|mid| instrument.flow(signed, fill.price) - instrument.flow(signed, mid));
            let [realised, fee, turnover, slippage] =
                [realised, fill.fee, instrument.notional(fill.price, fill.qty), slip.unwrap_or(Money::ZERO)]
                    .map(|amount| self.valued(fill.instrument, amount));
            let traded = matches!(movement.kind, MovementKind::Fill | MovementKind::Foreign);
            let sums = self.of(fill.strategy);
            sums.realised += realised;
            sums.fees += fee;
            if traded {
                sums.fills += 1;
                sums.turnover += turnover;
            }
            sums.slippage += slippage;
            sums.slippage_fills += u64::from(slip.is_some());
        }
    }

    /// What is still held, at the last price known.
    fn held(&mut self) {
        let record = self.record;
        let lots = std::mem::take(&mut self.lots);
        for ((strategy, id), matcher) in &lots {
            let Some(instrument) = record.instrument(*id) else { continue };
            let mark = record.last_marks.get(id).or_else(|| self.last.get(id)).copied();
            for lot in matcher.open() {
                // Without any price it is worth what it was.
                let worth = mark.map(|mark| instrument.value(lot.left.signed(lot.side), mark));
                let gain = self.valued(*id, worth.map_or(Money::ZERO, |worth| worth - lot.basis));
                let sums = self.of(*strategy);
                sums.open_lots += 1;
                sums.unrealised += gain;
            }
        }
    }

    fn finish(mut self) -> Report {
        let record = self.record;
        let courses = courses(record);
        let trips = std::mem::take(&mut self.trips);
        let rows: Vec<(StrategyId, TripRow)> =
            trips.iter().map(|trip| (trip.strategy, self.row(trip, &courses))).collect();
        let account = Course::of(record, None);
        let mut total = Sums::default();
        self.sums.values().for_each(|sums| total.add(sums));
        let all: Vec<&TripRow> = rows.iter().map(|(_, row)| row).collect();
        let mut strategies = Vec::new();
        for id in record.strategy_ids() {
            let Some(sums) = self.sums.get(&id) else { continue };
            let own: Vec<&TripRow> =
                rows.iter().filter(|(whose, _)| *whose == id).map(|(_, row)| row).collect();
            let name = name(record, id);
            let course = Course::of(record, Some(id));
            let exposure = exposure(record, Some(id));
            strategies.push(figures(name, sums, &own, (&course.curve, course.fall), exposure));
        }
        let total =
            figures("total".to_owned(), &total, &all, (&account.curve, account.fall), exposure(record, None));
        Report {
            from: record.from,
            to: record.to,
            currency: record.currency.map(|code| code.to_string()).unwrap_or_default(),
            total,
            strategies,
            trips: rows.into_iter().map(|(_, row)| row).collect(),
            drawn: drawn(&account.samples),
            below: below(&account.samples, account.fall),
            curve: account.curve,
            notes: self.notes,
        }
    }

    fn row(&mut self, trip: &Trip, courses: &Courses) -> TripRow {
        let (worst, best) = excursion(self.record, courses, trip);
        let [gross, fees, mae, mfe] =
            [trip.gross, trip.fees, worst, best].map(|amount| self.valued(trip.instrument, amount));
        let symbol = self.record.instrument(trip.instrument).map(|one| one.symbol.to_string());
        TripRow {
            strategy: name(self.record, trip.strategy),
            instrument: symbol.unwrap_or_default(),
            order_no: trip.order.get(),
            side: trip.side,
            qty: trip.qty,
            opened_at: trip.opened_at,
            closed_at: trip.closed_at,
            entry: trip.entry,
            exit: trip.exit,
            gross,
            fees,
            net: gross - fees,
            mae,
            mfe,
            length: trip.closed_at.since(trip.opened_at),
            carried: trip.carried,
        }
    }
}

fn name(record: &Record, id: StrategyId) -> String {
    record.strategies.get(id.index()).cloned().unwrap_or_default()
}

/// What is known of the P&L of one: its samples, the curve through them, its deepest fall.
struct Course<'a> {
    samples: Vec<&'a EquityPoint>,
    curve: Vec<(Timestamp, Money)>,
    fall: Option<Drawdown>,
}

impl<'a> Course<'a> {
    fn of(record: &'a Record, strategy: Option<StrategyId>) -> Self {
        let samples: Vec<_> = record.equity.iter().filter(|point| point.strategy == strategy).collect();
        let curve = curve(&samples);
        let fall = match (record.falls.get(&strategy), samples.last()) {
            (Some(seen), Some(last)) => seen.map(|fall| fall.until(last.at)),
            (Some(_) | None, _) => drawdown(&curve),
        };
        Self { samples, curve, fall }
    }
}
