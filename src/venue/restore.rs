//! An account after a restart of the venue: as its log has it. What was open is given to the matcher again, at the back of
//! its queue, when the market first shows its book.

use super::ask::{Name, Wanted};
use super::house::{House, Moment, inner};
use super::judge::Entry;
use super::rows::{OrderRow, Status, TradeRow};
use super::schema::kind;
use crate::model::{
    BrokerRequest, InstrumentId, Money, OrderKind, OrderRequest, Price, Qty, Side, StrategyId, TimeInForce,
    Timestamp,
};

impl House {
    /// Takes what the log says of this account.
    pub(super) fn restore(&mut self, log: &[Entry]) {
        let own = |entry: &&Entry| entry.mode == self.books.answers.as_str();
        let lines: Vec<Entry> = log.iter().filter(own).cloned().collect();
        for entry in lines.iter().filter(|entry| !entry.orderid.is_empty()) {
            match entry.what.as_str() {
                "order" => self.restore_order(entry),
                "fill" => self.restore_fill(entry),
                "modify" => self.with_row(&entry.orderid, |row| {
                    (row.qty, row.kind) = (quantity(&entry.quantity), kind_of(entry));
                }),
                "trigger" => self.with_row(&entry.orderid, |row| row.status = Status::Open),
                "cancel" => self.with_row(&entry.orderid, |row| {
                    (row.status, row.reason) = (Status::Cancelled, entry.detail.clone());
                }),
                "refused" => self.with_row(&entry.orderid, |row| {
                    (row.status, row.reason) = (Status::Rejected, entry.detail.clone());
                    row.shown = entry.body["kept"] == true;
                }),
                _ => {}
            }
        }
        let open = self.books.orders.iter().enumerate().filter(|(_, row)| row.status.is_open());
        self.waiting = open.map(|(at, _)| at).collect();
    }

    fn with_row(&mut self, orderid: &str, change: impl FnOnce(&mut OrderRow)) {
        let at = self.by_id.get(orderid).copied().unwrap_or(usize::MAX);
        if let Some(row) = self.books.orders.get_mut(at) {
            change(row);
        }
    }

    fn restore_order(&mut self, entry: &Entry) {
        let wanted = wanted(entry);
        let name = Name { symbol: wanted.symbol.clone(), exchange: wanted.exchange.clone() };
        let Some(instrument) = self.books.find(&name).map(|listed| listed.instrument.id) else { return };
        let sleeps = wanted.kind.trigger().is_some();
        self.keep(OrderRow {
            orderid: entry.orderid.clone(),
            strategy: wanted.strategy,
            inner: inner(self.books.orders.len()),
            instrument,
            product: wanted.product,
            side: wanted.side,
            qty: wanted.qty,
            filled: Qty::ZERO,
            before: Qty::ZERO,
            cost: Money::ZERO,
            kind: wanted.kind,
            status: if sleeps { Status::TriggerPending } else { Status::Open },
            reason: String::new(),
            shown: true,
            foreign: entry.foreign,
            at: Timestamp::from_nanos(entry.wall),
        });
    }

    fn restore_fill(&mut self, entry: &Entry) {
        let (qty, price) = (quantity(&entry.quantity), price(&entry.price));
        let Some(row) = self.row(&entry.orderid).cloned() else { return };
        self.books.book(TradeRow {
            tradeid: entry.tradeid.clone(),
            orderid: row.orderid.clone(),
            strategy: row.strategy,
            instrument: row.instrument,
            product: row.product,
            side: row.side,
            qty,
            price,
            at: Timestamp::from_nanos(entry.wall),
        });
        self.with_row(&entry.orderid, |row| {
            row.filled = row.filled.plus(qty);
            row.before = row.filled;
            row.cost += price.times(qty);
            if row.filled >= row.qty {
                row.status = Status::Complete;
            }
        });
    }

    /// Gives the matcher what was open before a restart, now that its market shows a book.
    pub(super) fn enter_again(&mut self, instrument: InstrumentId, now: Moment) {
        let shown = self.books.top(instrument).is_some_and(|top| top.depth.is_some());
        if !shown {
            return;
        }
        let here = |at: &usize| self.books.orders.get(*at).is_some_and(|row| row.instrument == instrument);
        let (due, waiting): (Vec<usize>, Vec<usize>) = self.waiting.iter().copied().partition(here);
        self.waiting = waiting;
        for at in due {
            let Some(row) = self.books.orders.get(at).filter(|row| row.status.is_open()) else { continue };
            // A stop that has woken is what it woke to.
            let kind = match (row.status, row.kind) {
                (Status::Open, OrderKind::StopLimit { price, .. }) => OrderKind::Limit { price },
                (_, kind) => kind,
            };
            let request = OrderRequest {
                order: row.inner,
                strategy: StrategyId::EXTERNAL,
                instrument,
                side: row.side,
                qty: row.leaves(),
                kind,
                tif: TimeInForce::Day,
                post_only: false,
                reduce_only: false,
            };
            self.sandbox.request(now.market, BrokerRequest::Submit(request));
        }
    }
}

fn quantity(text: &str) -> Qty {
    text.parse().unwrap_or_default()
}

fn price(text: &str) -> Price {
    text.parse().unwrap_or_default()
}

fn kind_of(entry: &Entry) -> OrderKind {
    kind(&entry.pricetype, price(&entry.price), price(&entry.trigger_price))
}

fn wanted(entry: &Entry) -> Wanted {
    Wanted {
        strategy: entry.strategy.clone(),
        symbol: entry.symbol.clone(),
        exchange: entry.exchange.clone(),
        product: entry.product.clone(),
        side: if entry.action == "BUY" { Side::Buy } else { Side::Sell },
        qty: quantity(&entry.quantity),
        kind: kind_of(entry),
    }
}
