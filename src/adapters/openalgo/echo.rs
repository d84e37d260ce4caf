//! Trades told twice by a book that names none of them: a second one that says the same is a fill of its own only when it is
//! told again, and when its order has room for it (wire spec §5).

use super::desk::{Books, Desk};
use super::rows::{MADE_UP, TradeLine};
use crate::model::Qty;
use std::collections::{BTreeMap, BTreeSet};

impl Desk {
    /// Takes out what may be an echo. What is taken out for want of a second telling makes the reading one that is not yet
    /// whole.
    pub(super) fn without_echoes(&mut self, mut books: Books) -> Books {
        let told: BTreeSet<String> =
            books.trades.iter().filter(|trade| is_echo(trade)).map(|trade| trade.tradeid.clone()).collect();
        self.echoing = false;
        if told.is_empty() {
            self.echoes.clear();
            return books;
        }
        let over = overfilled(&books);
        let before = std::mem::replace(&mut self.echoes, told);
        let mut echoing = false;
        books.trades.retain(|trade| {
            if !is_echo(trade) {
                return true;
            }
            let fits = !over.contains(&trade.orderid);
            let again = before.contains(&trade.tradeid);
            echoing |= fits && !again;
            fits && again
        });
        self.echoing = echoing;
        books
    }
}

/// Whether an earlier row of the same book says the same in every word.
fn is_echo(trade: &TradeLine) -> bool {
    trade.tradeid.starts_with(MADE_UP) && !trade.tradeid.ends_with(" #0")
}

/// Orders whose trades add up to more than they are.
fn overfilled(books: &Books) -> BTreeSet<String> {
    let mut traded: BTreeMap<&str, Qty> = BTreeMap::new();
    for trade in &books.trades {
        let sum = traded.entry(&trade.orderid).or_default();
        *sum = sum.plus(trade.qty);
    }
    let over = books
        .orders
        .iter()
        .filter(|line| traded.get(line.orderid.as_str()).is_some_and(|sum| *sum > line.qty));
    over.map(|line| line.orderid.clone()).collect()
}

#[cfg(test)]
mod tests {
    use crate::adapters::openalgo::known::Known;
    use crate::adapters::openalgo::scene::{at, books, buy, desk, id, limit, row, trade, words};
    use serde_json::Value;

    /// What a desk with one order of ten tells of these trade books, one after the other.
    fn told(readings: &[&[Value]]) -> Vec<String> {
        let mut desk = desk(Known::default());
        desk.sending(buy(1, "10", limit("800")), at(0));
        desk.accepted(id(1), "V-1", at(5));
        words(&mut desk);
        for (nth, trades) in (1..).zip(readings) {
            let read = books(&[row("V-1", "open", "11:01:36")], trades);
            let clean = desk.without_echoes(read);
            desk.take(&clean, at(nth * 100), at(nth * 100));
        }
        words(&mut desk)
    }

    #[test]
    fn a_trade_book_told_twice_once_books_nothing_twice() {
        let one = [trade("V-1", 4, "11:01:36")];
        let twice = [one.clone(), one.clone()].concat();
        assert_eq!(told(&[&one, &twice, &one, &twice]), ["filled 4 @ 800"]);
    }

    #[test]
    fn two_equal_fills_are_two_once_they_are_told_again_and_never_more_than_the_order() {
        let one = trade("V-1", 5, "11:01:36");
        let two = [one.clone(), one.clone()];
        assert_eq!(told(&[&two]), ["filled 5 @ 800"]);
        assert_eq!(told(&[&two, &two, &two]), ["filled 5 @ 800", "filled 5 @ 800"]);
        let whole = trade("V-1", 10, "11:01:36");
        let doubled = [whole.clone(), whole];
        assert_eq!(told(&[&doubled, &doubled, &doubled]), ["filled 10 @ 800"]);
    }
}
