//! The judgement: the venue's log against our records.
#![allow(dead_code, reason = "several tests share it, each uses its part")]

use crate::desk::Desk;
use flightdeck::venue::Entry;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// What the judge found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) placements: usize,
    pub(crate) orders: usize,
    pub(crate) fills: usize,
    /// Exits that left after the moment they wait for the disk, without a trace, and that a later start has found.
    pub(crate) found: usize,
    /// What must not be.
    pub(crate) wrong: Vec<String>,
    /// The venue's net, in lots of 0.001.
    pub(crate) net: i64,
}

/// Reads the venue's log and holds our journal against it. `held` is what the engine says the account holds, in lots.
pub(crate) fn judge(desk: &Desk, held: i64) -> Verdict {
    judge_all(desk, &[(desk.log(), held)])
}

/// The same of several venues, each with its own log and what the engine says its account holds. The net is the first's.
pub(crate) fn judge_all(desk: &Desk, venues: &[(Vec<Entry>, i64)]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let ours = |entry: &&Entry| entry.what == "order" && !entry.foreign;
    for entry in venues.iter().flat_map(|(log, _)| log.iter().filter(ours)) {
        *by_name.entry(entry.strategy.as_str()).or_default() += 1;
        verdict.placements += 1;
    }
    verdict.orders = by_name.len();
    for (name, count) in &by_name {
        if !name.starts_with("flightdeck/") {
            verdict.wrong.push(format!("an order without a name of ours: {name:?}"));
        }
        if *count > 1 {
            verdict.wrong.push(format!("{name} was placed {count} times"));
        }
    }
    for (number, (log, held)) in venues.iter().enumerate() {
        let fills: Vec<&Entry> = log.iter().filter(|entry| entry.what == "fill" && !entry.foreign).collect();
        let sign = |fill: &&Entry| if fill.action == "BUY" { 1 } else { -1 };
        let net: i64 = fills.iter().map(|fill| lots(&fill.quantity) * sign(fill)).sum();
        if net != *held {
            verdict.wrong.push(format!("venue {number} holds {net} lots, we {held}"));
        }
        verdict.fills += fills.len();
        if number == 0 {
            verdict.net = net;
        }
    }
    if let Some(Journal { sent, ended, found }) = journal(desk) {
        let there: BTreeSet<&str> =
            by_name.keys().filter_map(|name| name.strip_prefix("flightdeck/")).collect();
        let unwritten = there.iter().filter(|name| !sent.contains(**name));
        let (known, unknown): (Vec<&&str>, Vec<&&str>) = unwritten.partition(|name| found.contains(**name));
        verdict.found = known.len();
        verdict.wrong.extend(unknown.iter().map(|name| format!("{name} is at the venue and in no journal")));
        let lost = sent.iter().filter(|name| !there.contains(name.as_str()) && !ended.contains(*name));
        verdict.wrong.extend(lost.map(|name| format!("{name} is neither at the venue nor proven absent")));
    }
    verdict
}

/// A quantity in lots of 0.001.
pub(crate) fn lots(quantity: &str) -> i64 {
    let quantity: flightdeck::model::NetQty = quantity.parse().unwrap();
    quantity.raw() / 100_000
}

/// Names of orders in our journal.
struct Journal {
    sent: BTreeSet<String>,
    ended: BTreeSet<String>,
    /// Met at the venue and not known.
    found: BTreeSet<String>,
}

/// What our journal has; `None` where there is none.
fn journal(desk: &Desk) -> Option<Journal> {
    let path = desk.data().join("journal.db");
    let journal = path.exists().then(|| Connection::open(path).unwrap())?;
    let names = |kinds: &str| -> BTreeSet<String> {
        let text = format!(
            "SELECT DISTINCT client_order_id FROM facts WHERE client_order_id IS NOT NULL AND kind IN ({kinds})"
        );
        let mut rows = journal.prepare(&text).unwrap();
        rows.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap).collect()
    };
    Some(Journal {
        sent: names("'submitted'"),
        ended: names("'lost', 'rejected', 'canceled', 'expired', 'filled', 'resolved'"),
        found: names("'unmatched'"),
    })
}
