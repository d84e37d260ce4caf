//! The full order book of one instrument, rebuilt from a venue's snapshot and its chained changes.

use super::ladder::Ladder;
use super::raw::{Change, RawBody, RawMessage};
use crate::model::{Level, Price, Qty, Side};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fmt::Write as _;

/// Depth messages kept while a snapshot is awaited. When more come the oldest goes: a snapshot that needs it would
/// then show as a gap.
const MAX_PENDING: usize = 4_096;

/// What a message did to a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookChange {
    /// Not about the book: a quote or a trade.
    Untouched,
    /// No snapshot yet: the changes are kept until one comes.
    Buffered,
    /// Already contained in the book; dropped.
    Old,
    /// The levels are as the venue has them after this message.
    Applied,
    /// As `Applied`, and the best bid is not below the best ask.
    Crossed,
    /// A message between update ids `after` and `previous` is missing: the book is empty and waits for a snapshot.
    Gap { after: u64, previous: u64 },
    /// The book was emptied (damaged part, or the recording starts again) and waits for a snapshot.
    Emptied,
}

/// How far the book follows the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No snapshot, or none that fits.
    Waiting,
    /// A snapshot and no change after it yet.
    Anchored { last_update_id: u64 },
    /// A snapshot and an unbroken chain of changes up to this id.
    Chained { final_id: u64 },
}

/// One depth message that waits for a snapshot.
#[derive(Debug, Clone)]
struct Link {
    ids: Ids,
    changes: Vec<Change>,
}

/// The order book of one instrument with all its levels, by Binance's published procedure for futures: keep depth
/// messages until a snapshot comes, drop those that end before it, start with the one that straddles it, then require
/// each to name the one before. A book out of sequence is empty, so nothing can trade on it.
#[derive(Debug, Clone)]
pub struct Book {
    bids: Ladder,
    asks: Ladder,
    phase: Phase,
    pending: VecDeque<Link>,
    applied: u64,
}

impl Default for Book {
    fn default() -> Self {
        Self::new()
    }
}

impl Book {
    /// An empty book that waits for a snapshot.
    pub const fn new() -> Self {
        Self {
            bids: Ladder::new(Side::Buy),
            asks: Ladder::new(Side::Sell),
            phase: Phase::Waiting,
            pending: VecDeque::new(),
            applied: 0,
        }
    }

    /// Folds one message. The caller picks the messages of its instrument.
    pub fn apply(&mut self, message: &RawMessage) -> BookChange {
        self.apply_watched(message, &mut |_book| {})
    }

    /// As `apply`, and shows the book to `watch` after each depth message that takes effect: a snapshot may release
    /// several that were waiting for it.
    pub fn apply_watched(&mut self, message: &RawMessage, watch: &mut dyn FnMut(&Self)) -> BookChange {
        match &message.body {
            RawBody::Snapshot { last_update_id, bids, asks } => {
                self.apply_snapshot(*last_update_id, bids, asks, watch)
            }
            RawBody::Depth { first_id, final_id, previous_id, changes } => {
                let ids = Ids { first: *first_id, last: *final_id, previous: *previous_id };
                let change = self.apply_depth(ids, changes);
                if matches!(change, BookChange::Applied | BookChange::Crossed) {
                    watch(self);
                }
                change
            }
            RawBody::Damaged { .. } | RawBody::Looped { .. } => {
                self.reset();
                BookChange::Emptied
            }
            RawBody::Bbo { .. } | RawBody::Trade { .. } => BookChange::Untouched,
        }
    }

    /// Forgets everything but the count of applied messages, and waits for a snapshot.
    pub fn reset(&mut self) {
        self.empty();
        self.pending.clear();
    }

    /// Whether the levels are the venue's: a snapshot came and no change was missed since.
    pub const fn is_synced(&self) -> bool {
        !matches!(self.phase, Phase::Waiting)
    }

    /// Depth messages that took effect since the book was made.
    pub const fn applied(&self) -> u64 {
        self.applied
    }

    /// The best level of a side: the highest bid (`Buy`) or the lowest ask (`Sell`).
    pub fn best(&self, side: Side) -> Option<Level> {
        self.ladder(side).best()
    }

    /// The levels of a side from the best outwards.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = Level> + '_ {
        self.ladder(side).iter()
    }

    /// How many levels a side has.
    pub fn level_count(&self, side: Side) -> usize {
        self.ladder(side).len()
    }

    /// The total quantity resting at a price; zero where there is no level.
    pub fn qty_at(&self, side: Side, price: Price) -> Qty {
        self.ladder(side).qty_at(price)
    }

    /// Whether the best bid is not below the best ask.
    pub fn is_crossed(&self) -> bool {
        match (self.best(Side::Buy), self.best(Side::Sell)) {
            (Some(bid), Some(ask)) => bid.price >= ask.price,
            (None, _) | (_, None) => false,
        }
    }

    /// A fingerprint of all levels: SHA-256 in hexadecimal over the lines `B,price,qty` from the highest bid down, then
    /// `A,price,qty` from the lowest ask up, numbers without trailing zeros, each line ended by a line feed.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        let mut line = String::with_capacity(64);
        for (letter, side) in [('B', Side::Buy), ('A', Side::Sell)] {
            for Level { price, qty } in self.levels(side) {
                line.clear();
                writeln!(line, "{letter},{price},{qty}").expect("a String takes any text");
                hasher.update(line.as_bytes());
            }
        }
        hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes any text");
            text
        })
    }

    const fn ladder(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn empty(&mut self) {
        self.bids.clear();
        self.asks.clear();
        self.phase = Phase::Waiting;
    }

    /// Takes a snapshot and the waiting messages after it. A snapshot older than a book that is in sequence is of no
    /// use: what came after it was applied already.
    fn apply_snapshot(
        &mut self,
        last_update_id: u64,
        bids: &[Level],
        asks: &[Level],
        watch: &mut dyn FnMut(&Self),
    ) -> BookChange {
        if matches!(self.phase, Phase::Chained { final_id } if final_id >= last_update_id) {
            return BookChange::Old;
        }
        self.bids.replace(bids);
        self.asks.replace(asks);
        self.phase = Phase::Anchored { last_update_id };
        while let Some(link) = self.pending.pop_front() {
            match self.apply_depth(link.ids, &link.changes) {
                BookChange::Applied | BookChange::Crossed => watch(self),
                // The message that did not fit waits again, before those that follow it.
                gap @ BookChange::Gap { .. } => {
                    self.pending.rotate_right(1);
                    return gap;
                }
                BookChange::Untouched | BookChange::Buffered | BookChange::Old | BookChange::Emptied => {}
            }
        }
        self.verdict()
    }

    fn apply_depth(&mut self, ids: Ids, changes: &[Change]) -> BookChange {
        let (after, fits) = match self.phase {
            Phase::Waiting => {
                self.keep(ids, changes);
                return BookChange::Buffered;
            }
            Phase::Anchored { last_update_id } if ids.last < last_update_id => return BookChange::Old,
            // Straddling is Binance's rule; a message that names the snapshot as its predecessor is as good.
            Phase::Anchored { last_update_id } => {
                let straddles = ids.first <= last_update_id && last_update_id <= ids.last;
                (last_update_id, straddles || ids.previous == last_update_id)
            }
            Phase::Chained { final_id } => (final_id, ids.previous == final_id),
        };
        if !fits {
            self.empty();
            self.keep(ids, changes);
            return BookChange::Gap { after, previous: ids.previous };
        }
        for change in changes {
            match change.side {
                Side::Buy => self.bids.set(change.price, change.qty),
                Side::Sell => self.asks.set(change.price, change.qty),
            }
        }
        self.phase = Phase::Chained { final_id: ids.last };
        self.applied += 1;
        self.verdict()
    }

    fn keep(&mut self, ids: Ids, changes: &[Change]) {
        if self.pending.len() == MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(Link { ids, changes: changes.to_vec() });
    }

    fn verdict(&self) -> BookChange {
        if self.is_crossed() { BookChange::Crossed } else { BookChange::Applied }
    }
}

/// The update ids of one depth message.
#[derive(Debug, Clone, Copy)]
struct Ids {
    first: u64,
    last: u64,
    previous: u64,
}

#[cfg(test)]
mod tests {
    use super::{Book, BookChange};
    use crate::model::{InstrumentId, Level, Qty, Side, Timestamp};
    use crate::sim::{Change, RawBody, RawMessage};

    fn message(body: RawBody) -> RawMessage {
        let time = Timestamp::EPOCH;
        RawMessage { instrument: InstrumentId::new(0), venue_time: time, local_time: time, body }
    }

    fn level(price: &str, qty: &str) -> Level {
        Level { price: price.parse().unwrap(), qty: qty.parse().unwrap() }
    }

    fn snapshot(last_update_id: u64) -> RawMessage {
        let (bids, asks) = (vec![level("99", "1"), level("100", "2")], vec![level("101", "3")]);
        message(RawBody::Snapshot { last_update_id, bids, asks })
    }

    fn bid(ids: (u64, u64, u64), price: &str, qty: &str) -> RawMessage {
        let Level { price, qty } = level(price, qty);
        let changes = vec![Change { side: Side::Buy, price, qty }];
        message(RawBody::Depth { first_id: ids.0, final_id: ids.1, previous_id: ids.2, changes })
    }

    #[test]
    fn changes_before_the_snapshot_wait_for_it_and_older_ones_are_dropped() {
        let mut book = Book::new();
        assert_eq!(book.apply(&bid((1, 4, 0), "100", "9")), BookChange::Buffered);
        assert_eq!(book.apply(&bid((5, 12, 4), "100.5", "7")), BookChange::Buffered);
        assert!(!book.is_synced());
        let mut seen = Vec::new();
        let change = book.apply_watched(&snapshot(10), &mut |book| seen.push(book.applied()));
        assert_eq!((change, seen), (BookChange::Applied, vec![1]));
        let best: Vec<Level> = book.levels(Side::Buy).collect();
        assert_eq!(best, [level("100.5", "7"), level("100", "2"), level("99", "1")]);
    }

    #[test]
    fn deleting_an_unknown_level_is_normal_and_a_known_one_goes() {
        let mut book = Book::new();
        book.apply(&snapshot(10));
        assert_eq!(book.apply(&bid((9, 12, 8), "42", "0")), BookChange::Applied);
        assert_eq!(book.apply(&bid((13, 14, 12), "100", "0")), BookChange::Applied);
        assert_eq!(book.best(Side::Buy), Some(level("99", "1")));
        assert_eq!(book.qty_at(Side::Buy, "100".parse().unwrap()), Qty::ZERO);
    }

    #[test]
    fn a_missing_message_empties_the_book_until_a_snapshot_that_fits() {
        let mut book = Book::new();
        book.apply(&snapshot(10));
        book.apply(&bid((9, 12, 8), "100", "5"));
        let gap = BookChange::Gap { after: 12, previous: 14 };
        assert_eq!(book.apply(&bid((15, 16, 14), "100", "6")), gap);
        assert_eq!((book.is_synced(), book.best(Side::Sell)), (false, None));
        assert_eq!(book.apply(&bid((17, 18, 16), "100", "7")), BookChange::Buffered);
        assert_eq!(book.apply(&snapshot(15)), BookChange::Applied, "both waiting messages follow it");
        assert_eq!(book.best(Side::Buy), Some(level("100", "7")));
    }

    #[test]
    fn a_snapshot_too_old_for_the_waiting_changes_is_refused_and_a_newer_one_heals() {
        let mut book = Book::new();
        book.apply(&bid((20, 22, 19), "100", "6"));
        book.apply(&bid((23, 24, 22), "100", "7"));
        assert_eq!(book.apply(&snapshot(10)), BookChange::Gap { after: 10, previous: 19 });
        assert!(!book.is_synced());
        assert_eq!(book.apply(&snapshot(21)), BookChange::Applied);
        assert_eq!(book.best(Side::Buy), Some(level("100", "7")));
    }

    #[test]
    fn a_crossed_book_says_so() {
        let mut book = Book::new();
        book.apply(&snapshot(10));
        assert_eq!(book.apply(&bid((9, 12, 8), "101", "1")), BookChange::Crossed);
    }
}
