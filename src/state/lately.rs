//! A bounded list of what happened lately, for the way of an order: it is written at each and seldom read.

use crate::model::Timestamp;
use serde::{Deserialize, Serialize};

/// The newest `capacity` entries, oldest first, as `Ring`, for plain values. An entry is written into its place part by
/// part and none is ever let go of, so that an order's way holds as little of it as can be. No more places are in use than
/// there have been entries at once: those it goes round in then stay near. Allocates once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(into = "Written<T>", from = "Written<T>")]
#[serde(bound(serialize = "T: Blank + Serialize", deserialize = "T: Blank + Deserialize<'de>"))]
pub(super) struct Lately<T: Blank> {
    /// A power of two of places, of which those up to `mask` are in use, again a power of two.
    slots: Vec<T>,
    mask: usize,
    /// The place of the oldest, and how many there are.
    head: usize,
    len: usize,
    capacity: usize,
}

/// Places in use at first.
const FEWEST: usize = 16;

/// What stands in a place in which nothing has been written yet.
pub(super) trait Blank: Copy {
    const BLANK: Self;
}

impl Blank for Timestamp {
    const BLANK: Self = Self::EPOCH;
}

/// As it is written down, which is as a `Ring` is.
#[derive(Serialize, Deserialize)]
struct Written<T> {
    entries: Vec<T>,
    capacity: usize,
}

impl<T: Blank> From<Lately<T>> for Written<T> {
    fn from(list: Lately<T>) -> Self {
        Self { entries: list.iter().copied().collect(), capacity: list.capacity }
    }
}

impl<T: Blank> From<Written<T>> for Lately<T> {
    fn from(written: Written<T>) -> Self {
        let mut list = Self::new(written.capacity);
        written.entries.into_iter().for_each(|entry| list.push(entry));
        list
    }
}

impl<T: Blank + std::fmt::Debug> std::fmt::Debug for Lately<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: Blank> Lately<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let slots = vec![T::BLANK; capacity.next_power_of_two()];
        Self { mask: slots.len().min(FEWEST) - 1, slots, head: 0, len: 0, capacity }
    }

    /// Appends an entry, dropping the oldest when full.
    #[inline]
    pub(super) fn push(&mut self, entry: T) {
        self.push_with(|slot| *slot = entry);
    }

    /// The same of an entry of several parts, each written where it stays: put together before, they would be read back
    /// as a whole before they are written, and that waits.
    #[inline]
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut T)) {
        if self.len >= self.capacity {
            self.drop_oldest();
        } else if self.len > self.mask {
            self.widen();
        }
        let place = self.place(self.len);
        self.len = self.len.saturating_add(1);
        // There always is one: the places are a power of two, and `place` stays below it.
        if let Some(slot) = self.slots.get_mut(place) {
            write(slot);
        }
    }

    /// Takes twice as many places into use.
    #[cold]
    #[inline(never)]
    fn widen(&mut self) {
        self.slots.get_mut(..=self.mask).unwrap_or_default().rotate_left(self.head);
        self.head = 0;
        self.mask = self.mask * 2 + 1;
    }

    /// Where the entry stands that so many are older than.
    #[inline]
    const fn place(&self, older: usize) -> usize {
        self.head.wrapping_add(older) & self.mask
    }

    #[inline]
    pub(super) const fn drop_oldest(&mut self) {
        self.head = self.place(1);
        self.len = self.len.saturating_sub(1);
    }

    /// The oldest entry.
    #[inline]
    pub(super) fn oldest(&self) -> Option<&T> {
        self.slots.get(self.head).filter(|_| self.len > 0)
    }

    /// Takes the oldest entry off the list if it fits.
    #[inline]
    pub(super) fn take_oldest_if(&mut self, fits: impl Fn(&T) -> bool) -> bool {
        let takes = self.oldest().is_some_and(fits);
        if takes {
            self.drop_oldest();
        }
        takes
    }

    /// Entries from the oldest to the newest.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        let until_end = self.len.min(self.mask + 1 - self.head);
        let first = self.slots.get(self.head..self.head + until_end).unwrap_or_default();
        let rest = self.slots.get(..self.len - until_end).unwrap_or_default();
        first.iter().chain(rest)
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::ring::Ring;
    use super::{Blank, Lately};
    use proptest::prelude::*;

    impl Blank for u32 {
        const BLANK: Self = 0;
    }

    proptest! {
        #[test]
        fn a_list_of_what_was_lately_holds_what_a_ring_holds_and_is_written_down_the_same(
            capacity in 0_usize..80,
            steps in prop::collection::vec((0_u8..6, 0_u32..5), 0..300),
        ) {
            let (mut ring, mut list) = (Ring::new(capacity), Lately::new(capacity));
            for (step, number) in steps {
                if step == 0 {
                    let fits = |one: &u32| *one <= number;
                    prop_assert_eq!(ring.take_oldest_if(fits).is_some(), list.take_oldest_if(fits));
                } else {
                    ring.push(number);
                    list.push(number);
                }
                prop_assert_eq!((ring.len(), ring.is_empty()), (list.len(), list.is_empty()));
                prop_assert!(ring.iter().eq(list.iter()) && ring.iter().rev().eq(list.iter().rev()));
                let written = serde_json::to_string(&list).unwrap();
                prop_assert_eq!(&written, &serde_json::to_string(&ring).unwrap());
                let read: Lately<u32> = serde_json::from_str(&written).unwrap();
                prop_assert!(read.iter().eq(list.iter()));
            }
        }
    }
}
