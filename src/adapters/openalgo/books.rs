//! Both books folded into what we follow: acceptances, fills and ends, in an order in which they can have happened, each
//! told once.

use super::account::flow;
use super::desk::{Books, Desk, LOOKS, name};
use super::mode::Expect;
use super::names::{foreign, ours};
use super::rows::{MADE_UP, OrderLine, RowStatus, TradeLine};
use super::search::shows;
use super::times::{IST, Written};
use super::tracked::{Sent, Stage, Tracked};
use super::untraded::average_name;
use crate::model::{
    BrokerReport, ClientOrderId, DisplayText, FillId, FillReport, Liquidity, Money, OrderRequest, Price, Qty,
    Span, StrategyId, Timestamp,
};

/// How long trades may lag behind what a row or the stream says has filled before the average is booked in their stead.
const TRADES_LAG: Span = Span::from_secs(5);

/// Rows remembered beyond those of the last book.
const SEEN: usize = 50_000;

impl Desk {
    /// Reads both books. Gives the ids that are to be canceled because somebody wanted it before they were known. `began`
    /// is when the reading began.
    pub(super) fn take(&mut self, books: &Books, began: Timestamp, at: Timestamp) -> Vec<String> {
        let mut unwanted = Vec::new();
        self.see(books);
        for line in &books.orders {
            self.used.extend(ours(&line.strategy));
            unwanted.extend(self.meet(line, at));
        }
        unwanted.extend(self.search(books, (began, at)));
        let trades = in_time(&books.trades, self.expect);
        if std::mem::take(&mut self.forgot) {
            self.recall(&trades, at);
        }
        self.held_back = false;
        for trade in trades {
            unwanted.extend(self.trade(trade, at));
        }
        for line in &books.orders {
            self.follow(line, at);
        }
        self.look(began);
        unwanted
    }

    /// Remembers which rows stand there, and learns how the server writes times.
    fn see(&mut self, books: &Books) {
        self.readings += 1;
        let reading = self.readings;
        if self.seen.len() > SEEN + books.orders.len() {
            let there: std::collections::BTreeSet<&String> =
                books.orders.iter().map(|line| &line.orderid).collect();
            self.seen.retain(|id, _| there.contains(id));
        }
        for line in &books.orders {
            self.seen.entry(line.orderid.clone()).or_insert(reading);
            let order = self.by_venue.get(&line.orderid).and_then(|order| self.orders.get(order));
            if self.zone.is_none()
                && let Some(order) = order
            {
                self.zone = Written::read(&line.stamp).and_then(|written| written.zone(order.sent.at));
            }
        }
    }

    /// A row's order becomes ours to follow, if it is not yet.
    fn meet(&mut self, line: &OrderLine, at: Timestamp) -> Option<String> {
        self.instrument(&line.symbol, &line.exchange, &line.product)?;
        let order = self.owner(line);
        match self.orders.get(&order) {
            Some(tracked) => match &tracked.venue_id {
                None => return self.accepted(order, &line.orderid, at),
                Some(id) if *id == line.orderid => {}
                // Two orders under one name: the engine must know of both.
                Some(_) if self.doubles.insert(line.orderid.clone()) => {
                    let venue_id = name(&line.orderid);
                    self.out.push(BrokerReport::Accepted { order, venue_id, at });
                }
                Some(_) => {}
            },
            // Taken for ended, or of an earlier life: the engine says what is to become of it.
            None if order.is_our_kind() && line.status.is_open() && !self.is_gone(&line.orderid, at) => {
                self.adopt(order, line, at);
            }
            None => {}
        }
        None
    }

    fn adopt(&mut self, order: ClientOrderId, line: &OrderLine, at: Timestamp) {
        let Some(snapshot) = self.snapshot(line, Qty::ZERO, at) else { return };
        self.remember(&line.orderid, order);
        let request = OrderRequest {
            order,
            strategy: StrategyId::EXTERNAL,
            instrument: snapshot.instrument,
            side: snapshot.side,
            qty: snapshot.qty,
            kind: snapshot.kind,
            tif: crate::model::TimeInForce::Day,
            post_only: false,
            reduce_only: false,
        };
        let tracked = Tracked {
            venue_id: Some(line.orderid.clone()),
            stage: Stage::Live,
            sleeping: line.status == RowStatus::TriggerPending,
            ..Tracked::new(request, Sent { at, reading: None })
        };
        self.orders.insert(order, tracked);
        self.out.push(BrokerReport::Order(Box::new(snapshot)));
    }

    /// More fills were booked than are known by name, the newest by name: what is older than the first known one was booked.
    /// Where other accounts' have taken the room of all of its names, what is older than the first known one of anybody's was.
    fn recall(&mut self, trades: &[&TradeLine], at: Timestamp) {
        let name = |trade: &TradeLine| (self.owner_of(trade), FillId(DisplayText::new(&trade.tradeid)));
        let booked = if self.told.is_empty() {
            let (since, zone) = (self.named_since, self.zone.unwrap_or(IST));
            let is_before = |written: Written| since.is_some_and(|since| written.is_before(since, at, zone));
            trades.iter().take_while(|trade| Written::read(&trade.stamp).is_some_and(is_before)).count()
        } else {
            trades.iter().position(|trade| self.told.contains(&name(trade))).unwrap_or_default()
        };
        let booked: Vec<_> = trades.iter().take(booked).map(|trade| name(trade)).collect();
        self.told.extend(booked);
    }

    fn owner_of(&self, trade: &TradeLine) -> ClientOrderId {
        let by_id = self.by_venue.get(&trade.orderid).copied();
        by_id.or_else(|| ours(&trade.strategy)).unwrap_or_else(|| foreign(self.account, &trade.orderid))
    }

    fn trade(&mut self, trade: &TradeLine, at: Timestamp) -> Option<String> {
        let instrument = self.instrument(&trade.symbol, &trade.exchange, &trade.product)?.instrument.id;
        let order = self.owner_of(trade);
        let fill_id = FillId(DisplayText::new(&trade.tradeid));
        if self.told.contains(&(order, fill_id.clone())) {
            return None;
        }
        if self.was_told_otherwise(order, trade, &fill_id) {
            self.told.insert((order, fill_id));
            return None;
        }
        if !order.is_our_kind() && self.may_be_on_its_way(trade) {
            self.held_back = true;
            return None;
        }
        self.told.insert((order, fill_id.clone()));
        let cash = flow(trade, &self.names).unwrap_or_default();
        if self.untraded.redeem(&trade.orderid, (trade.qty, cash)) {
            return None;
        }
        // Traded between the two readings: a fill proves that the venue has it.
        let unwanted = self.accepted(order, &trade.orderid, at);
        if let Some(tracked) = self.orders.get_mut(&order) {
            tracked.filled = tracked.filled.plus(trade.qty);
            tracked.cost += trade.price.times(trade.qty);
            if std::mem::take(&mut tracked.sleeping) {
                self.out.push(BrokerReport::Triggered { order, at });
            }
        }
        self.fills += 1;
        self.out.push(BrokerReport::Filled(FillReport {
            order,
            fill_id,
            instrument,
            side: trade.side,
            qty: trade.qty,
            price: trade.price,
            // The server does not say (wire spec §5).
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at,
        }));
        unwanted
    }

    /// Whether it was booked under another name of its order, one that is forgotten or was not known yet: a name made of the
    /// venue's id names one trade among all.
    fn was_told_otherwise(&self, order: ClientOrderId, trade: &TradeLine, fill_id: &FillId) -> bool {
        let stranger = foreign(self.account, &trade.orderid);
        let as_stranger = order != stranger && self.told.contains(&(stranger, fill_id.clone()));
        let made_up = trade.tradeid.starts_with(MADE_UP);
        made_up && (as_stranger || self.told.iter().any(|(_, name)| name == fill_id))
    }

    /// What a row says of an order we follow.
    fn follow(&mut self, line: &OrderLine, at: Timestamp) {
        let order = self.owner(line);
        let expect = self.expect;
        let tick =
            self.instrument(&line.symbol, &line.exchange, &line.product).map(|one| one.instrument.tick);
        let Some(tracked) = self.orders.get_mut(&order) else { return };
        if tracked.venue_id.as_deref() != Some(line.orderid.as_str()) {
            return;
        }
        if tracked.sleeping && matches!(line.status, RowStatus::Open | RowStatus::Complete) {
            tracked.sleeping = false;
            self.out.push(BrokerReport::Triggered { order, at });
        }
        changed(tracked, (line, tick.unwrap_or_default()), at, &mut self.out);
        tracked.said = tracked.said.max(line.filled.unwrap_or_default());
        if line.status == RowStatus::Complete && expect == Expect::Live {
            tracked.said = tracked.said.max(line.qty);
        }
        tracked.average = line.average.or(tracked.average);
        if let Some(owed) = owed(tracked, at) {
            self.book_average(line, owed, at);
        }
        let Some(tracked) = self.orders.get_mut(&order) else { return };
        // Fills that the trades have not shown yet come first: it ends at a later reading.
        let level = tracked.filled >= tracked.said;
        let words = [&line.reason, &tracked.reason].into_iter().find(|words| !words.is_empty());
        let reason = DisplayText::new(words.map_or("ended at the venue", |words| words));
        let end = match line.status {
            RowStatus::Complete if level && tracked.filled >= line.qty => None,
            RowStatus::Cancelled if level => Some(BrokerReport::Canceled { order, reason, at }),
            RowStatus::Rejected if level => Some(BrokerReport::Rejected { order, reason, at }),
            RowStatus::Expired if level => Some(BrokerReport::Expired { order, at }),
            RowStatus::Open | RowStatus::TriggerPending => {
                if let Some(reason) = tracked.refused.take() {
                    let reason = DisplayText::new(&reason);
                    self.out.push(BrokerReport::CancelRejected { order, reason, at });
                }
                return;
            }
            RowStatus::Complete
            | RowStatus::Cancelled
            | RowStatus::Rejected
            | RowStatus::Expired
            | RowStatus::Unknown => return,
        };
        self.orders.remove(&order);
        self.out.extend(end);
    }

    /// Books what is owed without a trade. An average lies between ticks, where nothing trades and no fill is believed: it is
    /// booked as what was traded on the ticks beside it.
    fn book_average(&mut self, line: &OrderLine, (missing, price): (Qty, Price), at: Timestamp) {
        let order = self.owner(line);
        let Some(named) = self.instrument(&line.symbol, &line.exchange, &line.product) else { return };
        let (parts, spec) = (named.instrument.on_ticks(price, missing), named.instrument.clone());
        let Some(tracked) = self.orders.get(&order) else { return };
        let (request, venue_id) = (tracked.request, tracked.venue_id.clone().unwrap_or_default());
        let cash = |price, qty: Qty| -spec.flow(qty.signed(request.side), price);
        for (price, qty) in parts.into_iter().filter(|(_, qty)| !qty.is_zero()) {
            let Some(tracked) = self.orders.get_mut(&order) else { return };
            (tracked.filled, tracked.cost) = (tracked.filled.plus(qty), tracked.cost + price.times(qty));
            let fill_id = average_name(&venue_id, (qty, tracked.filled));
            self.fills += 1;
            self.untraded.grant(&line.orderid, (qty, cash(price, qty)));
            self.out.push(BrokerReport::Filled(FillReport {
                order,
                fill_id,
                instrument: request.instrument,
                side: request.side,
                qty,
                price,
                liquidity: Liquidity::Taker,
                fee: Money::ZERO,
                at,
            }));
        }
    }

    /// Counts a look for what is of unknown outcome; after the last one the way is free for others that look the same.
    fn look(&mut self, began: Timestamp) {
        self.orders.retain(|_, one| {
            let Stage::Unknown { since, looks } = &mut one.stage else { return true };
            while LOOKS.get(*looks).is_some_and(|pause| since.after(*pause) <= began) {
                *looks += 1;
            }
            *looks < LOOKS.len()
        });
    }
}

/// Whether the change of an order has been made: only the book proves it.
fn changed(
    tracked: &mut Tracked,
    (line, tick): (&OrderLine, Price),
    at: Timestamp,
    out: &mut Vec<BrokerReport>,
) {
    let Some((change, since, shown)) = &mut tracked.change else { return };
    let (order, wanted) = (tracked.request.order, *change);
    if line.qty == wanted.qty && line.kind.is_some_and(|kind| shows(&kind, &wanted.kind, tick)) {
        (tracked.request.qty, tracked.request.kind) = (wanted.qty, wanted.kind);
        tracked.change = None;
        out.push(BrokerReport::Replaced { order, change: wanted, at });
        return;
    }
    let late = match shown {
        Some(books) => {
            *books += 1;
            *books >= 2
        }
        None => LOOKS.last().is_some_and(|last| since.after(*last) <= at),
    };
    if late && line.status.is_open() {
        tracked.change = None;
        let reason = DisplayText::new("the book does not show the change");
        out.push(BrokerReport::ReplaceRejected { order, reason, at });
    }
}

/// What is said to have filled and no trade shows, and at what price it must have, once the trades had their time.
fn owed(tracked: &mut Tracked, at: Timestamp) -> Option<(Qty, Price)> {
    let missing = tracked.said.minus(tracked.filled);
    if tracked.said <= tracked.filled {
        tracked.short_since = None;
        return None;
    }
    let since = *tracked.short_since.get_or_insert(at);
    if at.since(since) < TRADES_LAG {
        return None;
    }
    let whole = tracked.average?.times(tracked.said);
    let price = (whole - tracked.cost).per(missing).filter(|price| *price > Price::ZERO)?;
    Some((missing, price))
}

/// The trades, oldest first. A sandbox tells the newest first; of others their times say it.
fn in_time(trades: &[TradeLine], expect: Expect) -> Vec<&TradeLine> {
    let written: Vec<Option<Written>> = trades.iter().map(|trade| Written::read(&trade.stamp)).collect();
    let mut rows: Vec<(Option<Written>, &TradeLine)> = written.iter().copied().zip(trades).collect();
    let falls = written.first().copied().flatten() > written.last().copied().flatten();
    if falls || expect == Expect::Analyze {
        rows.reverse();
    }
    if written.iter().all(Option::is_some) {
        rows.sort_by_key(|(written, _)| *written);
    }
    rows.into_iter().map(|(_, trade)| trade).collect()
}

#[cfg(test)]
mod tests {
    use crate::adapters::openalgo::known::Known;
    use crate::adapters::openalgo::scene::{START, at, books, buy, desk, id, limit, row, trade, words};
    use crate::model::{DisplayText, FillId, VenueOrderId};

    fn known_fill(orderid: &str, qty: u32, stamp: &str, nth: u32) -> FillId {
        FillId(DisplayText::new(&format!("~{orderid} {stamp} {qty} @ 800 #{nth}")))
    }

    #[test]
    fn trades_older_than_all_that_is_known_by_name_are_not_booked_again() {
        // Nine thousand fills were booked, the newest two are known by name.
        let mut known = Known { booked: 9_000, ..Known::default() };
        known.ended.push((VenueOrderId("V-1".into()), id(1), START));
        for (stamp, nth) in [("11:00:02", 0), ("11:00:03", 0)] {
            known.fills.insert((id(1), known_fill("V-1", 2, stamp, nth)));
        }
        let mut desk = desk(known);
        let stamps = ["11:00:00", "11:00:01", "11:00:02", "11:00:03", "11:00:04"];
        let trades: Vec<_> = stamps.map(|stamp| trade("V-1", 2, stamp)).into();
        desk.take(&books(&[row("V-1", "complete", "11:00:00")], &trades), at(0), at(0));
        assert_eq!((words(&mut desk), desk.fills), (vec!["filled 2 @ 800".to_owned()], 9_001));
        // Told newest first it is the same.
        let told: Vec<_> = trades.iter().rev().cloned().collect();
        desk.take(&books(&[], &told), at(50), at(50));
        assert_eq!(words(&mut desk), Vec::<String>::new());
    }

    #[test]
    fn trades_of_an_order_that_ended_before_the_start_are_not_somebody_elses() {
        let mut known = Known { booked: 1, ..Known::default() };
        known.fills.insert((id(1), known_fill("V-1", 2, "11:00:02", 0)));
        // The order itself is forgotten; the name of its trade holds its id.
        let mut desk = desk(known);
        desk.take(&books(&[], &[trade("V-1", 2, "11:00:02"), trade("V-9", 3, "11:00:05")]), at(0), at(0));
        assert_eq!(words(&mut desk), ["somebody filled 3 @ 800"]);
    }

    #[test]
    fn a_trade_that_may_be_of_an_order_without_an_answer_is_told_once_that_is_known() {
        let mut desk = desk(Known::default());
        desk.sending(buy(1, "10", limit("800")), at(0));
        let there = books(&[row("V-1", "complete", "11:01:36")], &[trade("V-1", 10, "11:01:36")]);
        desk.take(&there, at(10), at(20));
        assert!(words(&mut desk).is_empty() && desk.held_back, "it is nobody's yet");
        desk.doubt(id(1), "no answer in time", at(400));
        desk.take(&there, at(950), at(960));
        assert_eq!(words(&mut desk), ["unknown: no answer in time", "accepted V-1", "filled 10 @ 800"]);
        assert!(!desk.held_back && desk.fills == 1);
        desk.take(&there, at(1_000), at(1_000));
        assert!(words(&mut desk).is_empty());
    }

    #[test]
    fn an_average_between_ticks_is_booked_on_the_ticks_beside_it_and_costs_the_same() {
        let mut desk = desk(Known::default());
        desk.sending(buy(1, "10", limit("800")), at(0));
        desk.accepted(id(1), "V-1", at(5));
        let mut done = row("V-1", "complete", "11:01:36");
        // Seven at 799.5 and three at 799.55.
        done["average_price"] = serde_json::json!(799.515);
        let mut told = Vec::new();
        for second in 0..7 {
            desk.take(&books(std::slice::from_ref(&done), &[]), at(second * 1_000), at(second * 1_000));
            told.extend(words(&mut desk));
        }
        assert_eq!(told, ["accepted V-1", "filled 7 @ 799.5", "filled 3 @ 799.55"]);
        // Its money is in no trade, and is in the account all the same.
        let shown = books(std::slice::from_ref(&done), &[]).orders;
        assert_eq!(desk.untraded.cash(&shown), "-7995.15".parse().unwrap());
        assert_eq!(desk.untraded.cash(&[]), crate::model::Money::ZERO, "the next day begins with it");
        // The trades come after all, in other parts: nothing is booked again.
        let late = [trade("V-1", 4, "11:01:36"), trade("V-1", 6, "11:01:37")];
        desk.take(&books(&[done], &late), at(8_000), at(8_000));
        assert_eq!((words(&mut desk), desk.fills), (vec![], 2));
        assert_eq!(desk.untraded.cash(&shown), crate::model::Money::ZERO, "the trades have it");
    }

    #[test]
    fn where_no_trade_shows_what_has_filled_the_average_is_booked_and_a_late_trade_is_not_booked_again() {
        let mut desk = desk(Known::default());
        desk.sending(buy(1, "10", limit("800")), at(0));
        desk.accepted(id(1), "V-1", at(5));
        let mut done = row("V-1", "complete", "11:01:36");
        done["average_price"] = serde_json::json!("799.5");
        let mut told = Vec::new();
        for second in 0..7 {
            desk.take(&books(std::slice::from_ref(&done), &[]), at(second * 1_000), at(second * 1_000));
            told.extend(words(&mut desk));
        }
        assert_eq!(told, ["accepted V-1", "filled 10 @ 799.5"]);
        desk.take(&books(&[done], &[trade("V-1", 10, "11:01:36")]), at(8_000), at(8_000));
        assert_eq!((words(&mut desk), desk.fills), (vec![], 1));
    }
}
