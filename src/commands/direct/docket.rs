//! What may still be live: folded from whole readings of the books, and what to do about it next.

use super::closing::{Closing, Exit, MS, Stage, pause, refused};
use crate::adapters::openalgo::{BookRow, HeldKey, HeldRow, Life, Sent};
use crate::model::{DisplayText, NetQty, Qty};
use std::collections::{BTreeMap, BTreeSet};

/// So many readings in a row, over so long, must show the end before it is believed: one empty answer proves nothing, and a
/// message that was on its way when the engine died may still arrive.
const CLEAN: (u32, u64) = (3, 2_000 * MS);

/// An order that has left the book without having ended is believed gone after so many readings over so long.
const GONE: (u32, u64) = (5, 10_000 * MS);

/// How long an unanswered closing order is looked for before it counts as never placed, and in how many readings (wire spec §13).
const LOOKED: (u32, u64) = (3, 10_000 * MS);

/// How long a closing order may work before it is canceled like any other, and how long the position book may lag behind one
/// that has filled.
const PATIENCE: u64 = 10_000 * MS;

/// Which end is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Wish {
    /// No order can trade any more.
    NothingOpen,
    /// And no position is held.
    Flat,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Plan {
    pub(super) cancel: Vec<String>,
    pub(super) close: Vec<Closing>,
    /// The books prove the end.
    pub(super) proven: bool,
}

/// An order that may trade.
#[derive(Debug, Clone)]
struct Standing {
    words: DisplayText,
    /// How often its cancel was asked for, when again, and what was said last.
    asked: u32,
    next: u64,
    said: String,
    /// Readings without it, and since when.
    missing: Option<(u32, u64)>,
}

/// The fold.
#[derive(Debug)]
pub(super) struct Docket {
    wish: Wish,
    /// The most one order may close, by symbol and exchange.
    freeze: BTreeMap<(String, String), Qty>,
    /// What every name of a closing order begins with.
    name: String,
    numbered: u32,
    orders: BTreeMap<String, Standing>,
    exits: BTreeMap<HeldKey, Exit>,
    held: BTreeMap<HeldKey, NetQty>,
    /// The positions of the reading before: an exit needs two that agree.
    before: BTreeMap<HeldKey, NetQty>,
    /// A reading has failed since the last one that did not.
    gap: bool,
    clean: Option<(u32, u64)>,
    pub(super) readings: u64,
}

impl Docket {
    pub(super) fn new(wish: Wish, name: String, freeze: BTreeMap<(String, String), Qty>) -> Self {
        Self {
            wish,
            freeze,
            name,
            numbered: 0,
            orders: BTreeMap::new(),
            exits: BTreeMap::new(),
            held: BTreeMap::new(),
            before: BTreeMap::new(),
            gap: false,
            clean: None,
            readings: 0,
        }
    }

    /// Takes a reading: the orders, and the positions read after them. Without positions there are cancels, and nothing is
    /// closed or flat.
    pub(super) fn read(&mut self, orders: &[BookRow], positions: Option<&[HeldRow]>, now: u64) -> Plan {
        self.readings += 1;
        self.follow_orders(orders, now);
        let mut plan = Plan { cancel: self.due(now), ..Plan::default() };
        match (self.wish, positions) {
            (Wish::NothingOpen, _) => plan.proven = self.is_proven(now),
            (Wish::Flat, None) => self.unreadable(),
            (Wish::Flat, Some(positions)) => {
                let before = std::mem::replace(&mut self.held, net(positions));
                self.before = if self.gap { BTreeMap::new() } else { before };
                self.gap = false;
                self.follow_exits(orders, now);
                if self.orders.is_empty() {
                    plan.close = self.exits_due(orders, now);
                }
                plan.proven = self.is_proven(now);
            }
        }
        plan
    }

    /// A reading failed: nothing is proven by what was read before it, and what was held then is no reason to close.
    pub(super) fn unreadable(&mut self) {
        self.clean = None;
        self.gap = true;
    }

    /// A cancel was answered: why it was refused, where it was.
    pub(super) fn answered(&mut self, orderid: &str, why: Option<String>) {
        if let (Some(order), Some(why)) = (self.orders.get_mut(orderid), why) {
            order.said = why;
        }
    }

    /// A closing order was answered.
    pub(super) fn sent(&mut self, key: &HeldKey, sent: &Sent, now: u64) {
        let Some(exit) = self.exits.get_mut(key) else { return };
        exit.stage = match sent {
            Sent::Accepted(id) => Stage::Working { orderid: id.clone(), since: now },
            Sent::Unknown(_) => Stage::Unknown { since: now, looks: 0, answered: true },
            Sent::Refused(why) => refused(&mut exit.refusals, why, now),
        };
    }

    /// Everything that may still be live, in words; empty when nothing known is.
    pub(super) fn list(&self) -> Vec<String> {
        let order = |(_, one): (&String, &Standing)| {
            let missing = if one.missing.is_some() { " (not in the book any more)" } else { "" };
            let said = if one.said.is_empty() { String::new() } else { format!(": {}", one.said) };
            format!("order {}{missing}{said}", one.words)
        };
        let position = |(key, net): (&HeldKey, &NetQty)| {
            let how = match self.exits.get(key).map(|exit| &exit.stage) {
                Some(Stage::Unknown { .. }) => ": its exit was sent, outcome unknown".to_owned(),
                Some(Stage::Working { orderid, .. }) => format!(": its exit is {orderid}"),
                Some(Stage::Filled { .. }) => ": its exit has filled, the book lags".to_owned(),
                Some(Stage::Refused { why, .. }) => format!(": its exit was refused: {why}"),
                None => String::new(),
            };
            format!("position {net} {} {} {}{how}", key.symbol, key.exchange, key.product)
        };
        let exits = self.exits.iter().filter(|(key, exit)| !self.held.contains_key(*key) && exit.may_trade());
        let exits = exits.map(|(key, _)| format!("an exit of {} that may still fill", key.symbol));
        let orders = self.orders.iter().map(order);
        let all = orders.chain(exits);
        match self.wish {
            Wish::NothingOpen => all.collect(),
            Wish::Flat => all.chain(self.held.iter().map(position)).collect(),
        }
    }

    fn follow_orders(&mut self, rows: &[BookRow], now: u64) {
        let ours: BTreeSet<&String> = self
            .exits
            .values()
            .filter_map(|exit| match &exit.stage {
                Stage::Working { orderid, since } if now.saturating_sub(*since) < PATIENCE => Some(orderid),
                Stage::Working { .. }
                | Stage::Unknown { .. }
                | Stage::Filled { .. }
                | Stage::Refused { .. } => None,
            })
            .collect();
        let names: BTreeSet<&str> = self.exits.values().map(|exit| exit.order.name.as_str()).collect();
        let mut present = BTreeSet::new();
        for row in rows {
            present.insert(row.orderid.as_str());
            if row.life != Life::MayTrade {
                self.orders.remove(&row.orderid);
            } else if let Some(known) = self.orders.get_mut(&row.orderid) {
                (known.words, known.missing) = (row.words.clone(), None);
            } else if !ours.contains(&row.orderid) && !is_new_exit(row, &names, &self.exits) {
                let words = row.words.clone();
                let standing = Standing { words, asked: 0, next: 0, said: String::new(), missing: None };
                self.orders.insert(row.orderid.clone(), standing);
            }
        }
        self.orders.retain(|id, one| {
            if present.contains(id.as_str()) {
                return true;
            }
            let (readings, since) = one.missing.get_or_insert((0, now));
            *readings += 1;
            *readings < GONE.0 || now.saturating_sub(*since) < GONE.1
        });
    }

    /// Cancels that are due; each is asked for again with growing pauses, for ever.
    fn due(&mut self, now: u64) -> Vec<String> {
        let due = self.orders.iter_mut().filter(|(_, one)| one.next <= now);
        let ask = |(id, one): (&String, &mut Standing)| {
            one.next = now.saturating_add(pause(one.asked));
            one.asked = one.asked.saturating_add(1);
            id.clone()
        };
        due.map(ask).collect()
    }

    fn follow_exits(&mut self, rows: &[BookRow], now: u64) {
        let held = &self.held;
        let taken: BTreeSet<String> = self.exits.values().filter_map(Exit::orderid).cloned().collect();
        self.exits.retain(|key, exit| {
            exit.follow(rows, &taken, now);
            let moved = held.get(key).copied().unwrap_or_default() != exit.before;
            match &exit.stage {
                Stage::Filled { since } => !moved && now.saturating_sub(*since) < PATIENCE,
                Stage::Unknown { since, looks, answered } => {
                    !(*answered && *looks >= LOOKED.0 && now.saturating_sub(*since) >= LOOKED.1)
                }
                Stage::Refused { .. } => held.contains_key(key),
                Stage::Working { .. } => true,
            }
        });
    }

    /// Exits to send: of what two readings agree on, one at a time for each position.
    fn exits_due(&mut self, rows: &[BookRow], now: u64) -> Vec<Closing> {
        let mut due = Vec::new();
        for (key, net) in &self.held {
            let waits = self.exits.get(key).is_some_and(|exit| !exit.may_go(now));
            let Some(side) = net.side().filter(|_| !waits && self.before.get(key) == Some(net)) else {
                continue;
            };
            let most = self.freeze.get(&(key.symbol.clone(), key.exchange.clone())).copied();
            let most = most.filter(|most| !most.is_zero());
            let qty = most.map_or(net.magnitude(), |most| net.magnitude().min(most));
            self.numbered += 1;
            let name = format!("{}-{}", self.name, self.numbered);
            let order = Closing { key: key.clone(), side: side.opposite(), qty, name };
            let refusals = self.exits.get(key).map_or(0, |exit| exit.refusals);
            let known = rows.iter().map(|row| row.orderid.clone()).collect();
            let stage = Stage::Unknown { since: now, looks: 0, answered: false };
            due.push(order.clone());
            let exit = Exit { order, before: *net, known, stage, refusals };
            self.exits.insert(key.clone(), exit);
        }
        due
    }

    fn is_proven(&mut self, now: u64) -> bool {
        let flat = self.wish == Wish::NothingOpen || self.held.is_empty();
        let clean = self.orders.is_empty() && flat && !self.exits.values().any(Exit::may_trade);
        if !clean {
            self.clean = None;
            return false;
        }
        let (readings, since) = self.clean.get_or_insert((0, now));
        *readings += 1;
        *readings >= CLEAN.0 && now.saturating_sub(*since) >= CLEAN.1
    }
}

/// Whether a row is an exit of ours that was not answered yet: it is not canceled under our own hands.
fn is_new_exit(row: &BookRow, names: &BTreeSet<&str>, exits: &BTreeMap<HeldKey, Exit>) -> bool {
    names.contains(row.strategy.as_str())
        || exits.values().any(|exit| matches!(exit.stage, Stage::Unknown { .. }) && exit.is_it(row))
}

fn net(positions: &[HeldRow]) -> BTreeMap<HeldKey, NetQty> {
    positions.iter().filter(|row| !row.net.is_zero()).map(|row| (row.key.clone(), row.net)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Docket, MS, Wish};
    use crate::adapters::openalgo::{BookRow, HeldKey, HeldRow, Life, Sent};
    use crate::model::{DisplayText, Side};
    use std::collections::BTreeMap;

    fn key() -> HeldKey {
        HeldKey { symbol: "SBIN".to_owned(), exchange: "NSE".to_owned(), product: "MIS".to_owned() }
    }

    fn row(orderid: &str, life: Life) -> BookRow {
        BookRow {
            orderid: orderid.to_owned(),
            key: key(),
            side: Some(Side::Sell),
            qty: "10".parse().ok(),
            life,
            strategy: String::new(),
            words: DisplayText::new(orderid),
        }
    }

    fn holds(net: &str) -> Vec<HeldRow> {
        vec![HeldRow { key: key(), net: net.parse().unwrap() }]
    }

    fn docket(wish: Wish) -> Docket {
        Docket::new(wish, "flightdeck-kill-1".to_owned(), BTreeMap::new())
    }

    #[test]
    fn nothing_open_is_proven_by_readings_over_time_and_never_by_one() {
        let mut docket = docket(Wish::NothingOpen);
        assert!(!docket.read(&[], Some(&[]), 0).proven);
        assert!(!docket.read(&[], Some(&[]), 1_000 * MS).proven);
        docket.unreadable();
        assert!(
            !docket.read(&[], Some(&[]), 2_100 * MS).proven,
            "a failed reading in between begins it anew"
        );
        assert!(!docket.read(&[], Some(&[]), 3_000 * MS).proven);
        assert!(docket.read(&[], Some(&[]), 4_200 * MS).proven);
    }

    #[test]
    fn an_order_is_canceled_until_the_book_says_that_it_ended() {
        let mut docket = docket(Wish::NothingOpen);
        assert_eq!(docket.read(&[row("1", Life::MayTrade)], Some(&[]), 0).cancel, ["1"]);
        docket.answered("1", Some("502: bad gateway".to_owned()));
        assert!(docket.read(&[row("1", Life::MayTrade)], Some(&[]), 500 * MS).cancel.is_empty());
        assert_eq!(docket.read(&[row("1", Life::MayTrade)], Some(&[]), 1_000 * MS).cancel, ["1"]);
        assert_eq!(docket.list(), ["order 1: 502: bad gateway"]);
        let emptied = docket.read(&[], Some(&[]), 1_500 * MS);
        assert!(!emptied.proven && docket.list()[0].contains("not in the book any more"));
        assert!(!docket.read(&[], Some(&[]), 4_500 * MS).proven, "a book without its row proves nothing yet");
        for millis in [5_000, 6_000, 7_100] {
            let proven = docket.read(&[row("1", Life::Ended)], Some(&[]), millis * MS).proven;
            assert_eq!(proven, millis == 7_100);
        }
    }

    #[test]
    fn a_position_is_closed_once_after_all_orders_have_ended_and_two_readings_agree() {
        let mut docket = docket(Wish::Flat);
        assert!(docket.read(&[row("1", Life::MayTrade)], Some(&holds("10")), 0).close.is_empty());
        let ended = [row("1", Life::Ended)];
        let plan = docket.read(&ended, Some(&holds("10")), 100 * MS);
        assert_eq!(
            (plan.close.len(), plan.close[0].side, plan.close[0].qty.to_string()),
            (1, Side::Sell, "10".to_owned())
        );
        assert!(docket.read(&ended, Some(&holds("10")), 200 * MS).close.is_empty(), "one at a time");
        docket.sent(&key(), &Sent::Accepted("2".to_owned()), 250 * MS);
        let filled = [row("1", Life::Ended), row("2", Life::Filled)];
        assert!(
            docket.read(&filled, Some(&holds("10")), 300 * MS).close.is_empty(),
            "the position book lags"
        );
        let mut proven = false;
        for millis in [400, 1_500, 2_500] {
            let plan = docket.read(&filled, Some(&[]), millis * MS);
            assert!(plan.close.is_empty());
            proven = plan.proven;
        }
        assert!(proven);
    }

    #[test]
    fn an_exit_of_unknown_outcome_is_looked_for_and_not_sent_twice() {
        let mut docket = docket(Wish::Flat);
        docket.read(&[], Some(&holds("10")), 0);
        assert_eq!(docket.read(&[], Some(&holds("10")), 100 * MS).close.len(), 1);
        docket.sent(&key(), &Sent::Unknown("no answer in time".to_owned()), 5_000 * MS);
        for millis in [5_100, 9_000, 14_900] {
            assert!(docket.read(&[], Some(&holds("10")), millis * MS).close.is_empty());
        }
        let late = docket.read(&[row("7", Life::MayTrade)], Some(&holds("10")), 14_950 * MS);
        assert!(late.close.is_empty() && late.cancel.is_empty(), "it is found: it is ours");
        assert!(docket.read(&[row("7", Life::Filled)], Some(&[]), 15_000 * MS).close.is_empty());
        assert!(docket.list().is_empty(), "{:?}", docket.list());
    }

    #[test]
    fn an_exit_that_was_never_placed_is_sent_again_after_the_looks() {
        let mut docket = docket(Wish::Flat);
        docket.read(&[], Some(&holds("-10")), 0);
        assert_eq!(docket.read(&[], Some(&holds("-10")), 100 * MS).close[0].side, Side::Buy);
        docket.sent(&key(), &Sent::Unknown("cut".to_owned()), 200 * MS);
        let mut sent = 0;
        for millis in (300..=10_500).step_by(300) {
            sent += docket.read(&[], Some(&holds("-10")), millis * MS).close.len();
        }
        assert_eq!(sent, 1);
        docket.sent(&key(), &Sent::Refused("market closed".to_owned()), 10_600 * MS);
        assert!(docket.list()[0].contains("refused: market closed"), "{:?}", docket.list());
        assert!(docket.read(&[], Some(&holds("-10")), 10_700 * MS).close.is_empty());
        assert_eq!(docket.read(&[], Some(&holds("-10")), 11_700 * MS).close.len(), 1, "for ever");
    }

    #[test]
    fn a_position_book_that_cannot_be_read_is_never_flat_and_holds_up_no_cancel() {
        let mut docket = docket(Wish::Flat);
        assert_eq!(docket.read(&[row("1", Life::MayTrade)], None, 0).cancel, ["1"]);
        for millis in [1_000, 2_000, 3_000, 4_000] {
            assert!(!docket.read(&[row("1", Life::Ended)], None, millis * MS).proven);
        }
        assert!(docket.read(&[], Some(&holds("10")), 5_000 * MS).close.is_empty());
        docket.unreadable();
        assert!(
            docket.read(&[], Some(&holds("10")), 6_000 * MS).close.is_empty(),
            "two in a row have to agree"
        );
        assert_eq!(docket.read(&[], Some(&holds("10")), 7_000 * MS).close.len(), 1);
    }

    #[test]
    fn more_than_the_exchange_takes_at_once_is_closed_in_pieces() {
        let freeze = BTreeMap::from([(("SBIN".to_owned(), "NSE".to_owned()), "4".parse().unwrap())]);
        let mut docket = Docket::new(Wish::Flat, "k".to_owned(), freeze);
        docket.read(&[], Some(&holds("10")), 0);
        assert_eq!(docket.read(&[], Some(&holds("10")), 100 * MS).close[0].qty.to_string(), "4");
    }
}
