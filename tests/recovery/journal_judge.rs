//! The journal as the judge: positions are the sums of its fills, each order left once, and what was open is open.

use super::judge::Judge;
use flightdeck::model::{
    ControlEvent, Event, InstrumentId, NetQty, Order, OrderEvent, OrderId, OrderStatus, StrategyId,
};
use flightdeck::runtime::monotonic_nanos;
use flightdeck::state::State;
use flightdeck::store::{DataDir, read_past};
use flightdeck::wire::Status;
use rusqlite::{Connection, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// How long the journal may be behind what the engine says, on a machine that is merely busy or ten times as slow.
const PATIENCE_NANOS: u64 = 60_000_000_000;

/// A fact as the file has it.
struct Row {
    n: i64,
    run: i64,
    seq: u64,
    event: Event,
}

/// What the last process left.
#[derive(Default)]
pub(crate) struct JournalJudge {
    left: Option<State>,
    /// What was seen so far: orders sent, kills with something in the air, restarts.
    pub(crate) sent: usize,
    pub(crate) in_the_air: usize,
    pub(crate) fills: usize,
}

impl Judge for JournalJudge {
    fn dead(&mut self, data: &Path) -> Result<(), String> {
        let paths = DataDir::peek(data).map_err(|error| error.to_string())?;
        if !paths.journal().exists() {
            return Ok(());
        }
        let rows = rows(data)?;
        let past = read_past(&paths).map_err(|error| format!("the journal cannot be read: {error}"))?;
        let Some(past) = past else { return Ok(()) };
        one_book(data)?;
        whole(&rows)?;
        let sent = sent_once(&rows)?;
        agree(&positions(&rows, u64::MAX), &past.state)?;
        let newest = sent.iter().next_back().map_or(0, |id| id.get());
        let (next, _) = past.state.orders.next_id();
        // Every crash since leaves a gap of 256: an exit may have left under a number whose fact was lost.
        if next.get() <= newest || (next.get() - newest - 1) % 256 != 0 {
            return Err(format!("the next order is {next:?}, the last one sent was {newest}"));
        }
        (self.sent, self.fills) = (sent.len(), rows.iter().filter(|row| is_fill(&row.event)).count());
        self.in_the_air += usize::from(past.state.orders.open().iter().any(Order::is_in_the_air));
        self.left = Some(past.state);
        Ok(())
    }

    fn recovered(&mut self, data: &Path, status: &Status) -> Result<(), String> {
        let deadline = monotonic_nanos() + PATIENCE_NANOS;
        loop {
            let judged = self.judge(data, status);
            if judged.is_ok() || monotonic_nanos() > deadline {
                return judged;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl JournalJudge {
    fn judge(&self, data: &Path, status: &Status) -> Result<(), String> {
        if !status.account.differences.is_empty() {
            return Err(format!("the books differ: {:?}", status.account.differences));
        }
        let Some(left) = &self.left else { return Ok(()) };
        let rows = rows(data)?;
        let seq = status.seq.get();
        let genesis = left.genesis();
        let names: BTreeMap<(String, String), String> = positions(&rows, seq)
            .into_iter()
            .filter(|(_, net)| !net.is_zero())
            .map(|((strategy, instrument), net)| {
                let owner = genesis.strategy(strategy).map_or("?", |info| info.name.as_str()).to_owned();
                let symbol = genesis.instrument(instrument).map_or("?", |one| one.symbol.as_str()).to_owned();
                ((owner, symbol), net.to_string())
            })
            .collect();
        let told: BTreeMap<(String, String), String> = status
            .strategies
            .iter()
            .flat_map(|row| &row.positions)
            .map(|one| ((one.strategy.to_string(), one.instrument.to_string()), one.net.to_string()))
            .collect();
        if names != told {
            return Err(format!("the fills give {names:?}, the engine says {told:?}"));
        }
        let run = rows.last().map_or(0, |row| row.run);
        let now: Vec<&Row> = rows.iter().filter(|row| row.run == run).collect();
        nothing_new_before_a_human(&now)?;
        let ended = |id: OrderId| {
            now.iter()
                .any(|row| matches!(&row.event, Event::Order(event) if event.id() == Some(id) && ends(event)))
        };
        for order in left.orders.open().iter().filter(|order| order.status != OrderStatus::Held) {
            let name = format!("{}-{}", genesis.mode.letter(), order.id.get());
            let open = status.orders.iter().any(|row| row.id.as_str() == name);
            if !open && !ended(order.id) {
                return Err(format!("{name} was {:?} and is neither open nor ended", order.status));
            }
        }
        Ok(())
    }
}

/// Whether an event ends an order, or fills it.
fn ends(event: &OrderEvent) -> bool {
    matches!(
        event,
        OrderEvent::Filled { .. }
            | OrderEvent::Canceled { .. }
            | OrderEvent::Rejected { .. }
            | OrderEvent::Expired { .. }
            | OrderEvent::Lost { .. }
    )
}

fn is_fill(event: &Event) -> bool {
    matches!(event, Event::Order(OrderEvent::Filled { .. }))
}

/// All facts of the book, from the file, by nobody's fold.
fn rows(data: &Path) -> Result<Vec<Row>, String> {
    let words = |error: rusqlite::Error| error.to_string();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(data.join("journal.db"), flags).map_err(words)?;
    let mut statement = db.prepare("SELECT n, run, seq, payload FROM facts ORDER BY n").map_err(words)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
    };
    let found = statement.query_map([], read).map_err(words)?;
    found
        .map(|row| {
            let (n, run, seq, payload) = row.map_err(words)?;
            let event = serde_json::from_str(&payload).map_err(|error| format!("row {n}: {error}"))?;
            Ok(Row { n, run, seq: u64::try_from(seq).unwrap_or_default(), event })
        })
        .collect()
}

fn one_book(data: &Path) -> Result<(), String> {
    let db = Connection::open_with_flags(data.join("journal.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| error.to_string())?;
    let books: i64 = db
        .query_row("SELECT count(DISTINCT book_id) FROM runs", [], |row| row.get(0))
        .map_err(|error| error.to_string())?;
    if books == 1 { Ok(()) } else { Err(format!("{books} books")) }
}

/// Rows without a hole, numbers that only rise.
fn whole(rows: &[Row]) -> Result<(), String> {
    for (before, after) in rows.iter().zip(rows.iter().skip(1)) {
        if after.n != before.n + 1 || after.seq <= before.seq {
            return Err(format!(
                "row {} (event {}) follows {} ({})",
                after.n, after.seq, before.n, before.seq
            ));
        }
    }
    Ok(())
}

/// The orders that have left, each under one name and once.
fn sent_once(rows: &[Row]) -> Result<BTreeSet<OrderId>, String> {
    let (mut sent, mut names) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        if let Event::Order(OrderEvent::Submitted { id, client_id, .. }) = &row.event
            && !(sent.insert(*id) && names.insert(*client_id))
        {
            return Err(format!("order {} left twice, the second time at event {}", id.get(), row.seq));
        }
    }
    Ok(sent)
}

/// After a crash no order leaves before a human has resumed.
fn nothing_new_before_a_human(run: &[&Row]) -> Result<(), String> {
    let crashed = run.iter().any(|row| {
        matches!(&row.event, Event::Control(ControlEvent::Started { recovered: Some(found), .. }) if found.found.crashed)
    });
    let resumed =
        run.iter().position(|row| matches!(row.event, Event::Control(ControlEvent::Resumed { .. })));
    let sent = run.iter().position(|row| matches!(row.event, Event::Order(OrderEvent::Submitted { .. })));
    match (crashed, sent, resumed) {
        (true, Some(sent), resumed) if resumed.is_none_or(|resumed| sent < resumed) => {
            Err("an order left before anybody had resumed".to_owned())
        }
        _ => Ok(()),
    }
}

/// Positions as fills and their reversals sum up, up to an event.
fn positions(rows: &[Row], seq: u64) -> BTreeMap<(StrategyId, InstrumentId), NetQty> {
    let mut sums: BTreeMap<_, NetQty> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.seq <= seq) {
        if let Event::Order(OrderEvent::Filled { fill, .. } | OrderEvent::Busted { fill, .. }) = &row.event {
            *sums.entry((fill.strategy, fill.instrument)).or_default() += fill.qty.signed(fill.side);
        }
    }
    sums
}

fn agree(sums: &BTreeMap<(StrategyId, InstrumentId), NetQty>, state: &State) -> Result<(), String> {
    for strategy in state.genesis().strategy_ids() {
        for instrument in state.genesis().instrument_ids() {
            let folded = state.ledger.position(strategy, instrument).net;
            let summed = sums.get(&(strategy, instrument)).copied().unwrap_or_default();
            if folded != summed {
                return Err(format!("{strategy:?} in {instrument:?}: folded {folded}, summed {summed}"));
            }
        }
    }
    Ok(())
}
