//! What orders are called towards venues: after a crash by names of a start of their own, for nobody knows which names
//! the start before gave at its end.

use crate::model::{ClientOrderId, OrderId, RunId};
use serde::{Deserialize, Serialize};

/// Starts after a crash that are remembered. Names given before the oldest of them are no longer known for ours.
const STARTS: usize = 4_096;

/// From which number on which start's names are given; nothing for a book that has never crashed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Names(Vec<Start>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Start {
    /// The first number of its names.
    first: u32,
    epoch: u64,
}

impl Names {
    /// Whether every name is after the book alone.
    pub(super) const fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// From this number on names are those of this start.
    pub(super) fn begin(&mut self, first: u32, epoch: u64) {
        // A start that gave no name has left none.
        self.0.retain(|one| one.first < first);
        if self.0.len() >= STARTS {
            self.0.remove(0);
        }
        self.0.push(Start { first, epoch });
    }

    /// The name of a number.
    pub(super) fn name(&self, book: RunId, number: OrderId) -> ClientOrderId {
        let begun = self.0.partition_point(|one| one.first <= number.get());
        let start = begun.checked_sub(1).and_then(|index| self.0.get(index));
        ClientOrderId::derive(start.map_or(book, |start| book.of_start(start.epoch)), number)
    }

    /// The number of a name, where it is the one that the number has.
    pub(super) fn number(&self, book: RunId, name: ClientOrderId) -> Option<OrderId> {
        let number = name.number();
        (self.name(book, number) == name).then_some(number)
    }

    /// Whether a name is of this book and of any of its starts.
    pub(super) fn are_of(&self, book: RunId, name: ClientOrderId) -> bool {
        let epochs = std::iter::once(0).chain(self.0.iter().map(|one| one.epoch));
        epochs.map(|epoch| book.of_start(epoch)).any(|start| name.number_in(start).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use crate::model::{ClientOrderId, OrderId, RunId};

    #[test]
    fn a_number_given_again_after_a_crash_has_another_name_and_older_numbers_keep_theirs() {
        let (book, number) = (RunId::new(7), OrderId::new);
        let mut names = Names::default();
        let (old, lost) = (names.name(book, number(9)), names.name(book, number(300)));
        assert_eq!(old, ClientOrderId::derive(book, number(9)));
        names.begin(266, 2);
        assert_eq!((names.name(book, number(9)), names.number(book, old)), (old, Some(number(9))));
        assert_ne!(names.name(book, number(300)), lost);
        assert_eq!(names.number(book, lost), None, "it is the name of no order we know of");
        assert!(names.are_of(book, lost), "and yet one of this book");
        let second = names.name(book, number(600));
        names.begin(522, 3);
        assert_ne!(names.name(book, number(600)), second);
        assert!(names.are_of(book, second));
        assert!(!names.are_of(RunId::new(8), second));
    }
}
