//! What was booked by an average because no trade showed it: a trade that comes late is of it, and until one does the money is
//! in no trade.

use super::rows::OrderLine;
use crate::model::{DisplayText, FillId, Money, Qty};
use std::collections::BTreeMap;

/// What the name of a fill begins with that no trade has shown.
const AVERAGE: &str = "~average ";

/// By the venue's id of an order: how much was booked without a trade, and what that did to the cash.
#[derive(Debug, Default)]
pub(super) struct Untraded(BTreeMap<String, (Qty, Money)>);

impl Untraded {
    /// So much of an order was booked without a trade.
    pub(super) fn grant(&mut self, venue_id: &str, (qty, cash): (Qty, Money)) {
        let (all, sum) = self.0.entry(venue_id.to_owned()).or_default();
        *all = all.plus(qty);
        *sum += cash;
    }

    /// Whether a trade of an order is of what was booked without one; then it is no longer. What an average was rounded by goes
    /// with the last of it.
    pub(super) fn redeem(&mut self, venue_id: &str, (qty, cash): (Qty, Money)) -> bool {
        let Some((left, sum)) = self.0.get_mut(venue_id).filter(|(left, _)| *left >= qty) else {
            return false;
        };
        *left = left.minus(qty);
        *sum -= cash;
        if left.is_zero() {
            self.0.remove(venue_id);
        }
        true
    }

    /// What it did to the cash, of orders the book still shows: the trades of another day are in what this one began with, and
    /// so is what was booked in their stead.
    pub(super) fn cash(&self, book: &[OrderLine]) -> Money {
        let shown = book.iter().filter_map(|line| self.0.get(&line.orderid));
        shown.map(|(_, cash)| *cash).sum()
    }
}

/// The name of a fill that was booked by an average.
pub(super) fn average_name(venue_id: &str, (qty, of): (Qty, Qty)) -> FillId {
    FillId(DisplayText::new(&format!("{AVERAGE}{venue_id} {qty} of {of}")))
}

/// The order and quantity of such a name.
pub(super) fn of_average(name: &FillId) -> Option<(String, Qty)> {
    let mut words = name.0.as_str().strip_prefix(AVERAGE)?.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
