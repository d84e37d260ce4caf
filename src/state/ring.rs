//! A list that keeps only its newest entries.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The newest `capacity` entries, oldest first. Allocates once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ring<T> {
    entries: VecDeque<T>,
    capacity: usize,
}

impl<T> Ring<T> {
    /// An empty ring.
    pub fn new(capacity: usize) -> Self {
        Self { entries: VecDeque::with_capacity(capacity), capacity: capacity.max(1) }
    }

    /// An empty ring for one that may hold up to `room` more for a while, with `append`.
    pub(super) fn with_room(capacity: usize, room: usize) -> Self {
        Self { entries: VecDeque::with_capacity(capacity + room), capacity: capacity.max(1) }
    }

    /// Appends an entry, dropping the oldest where there would be more than `beyond` of them too many.
    #[inline]
    pub(super) fn append(&mut self, entry: T, beyond: usize) {
        self.append_made(|| entry, beyond);
    }

    /// The same of an entry that is made where it stays, not moved there.
    #[inline]
    pub(super) fn append_made(&mut self, make: impl FnOnce() -> T, beyond: usize) {
        while self.entries.len() >= self.capacity + beyond {
            self.entries.pop_front();
        }
        self.entries.extend(std::iter::once_with(make));
    }

    /// Appends an entry, dropping the oldest when full.
    #[inline]
    pub fn push(&mut self, entry: T) {
        if self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Takes the oldest entry off the list if it fits.
    #[inline]
    pub fn take_oldest_if(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        if self.entries.front().is_some_and(fits) { self.entries.pop_front() } else { None }
    }

    /// Entries from the oldest to the newest.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.entries.iter()
    }

    /// The newest entry.
    pub fn last(&self) -> Option<&T> {
        self.entries.back()
    }

    /// The newest entry, to extend it.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.entries.back_mut()
    }

    /// The newest entry that fits, to correct it.
    pub fn find_mut(&mut self, fits: impl Fn(&T) -> bool) -> Option<&mut T> {
        self.entries.iter_mut().rev().find(|entry| fits(entry))
    }

    /// Takes the newest entry that fits out of the list.
    pub fn take(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let index = self.entries.iter().rposition(fits)?;
        self.entries.remove(index)
    }

    /// How many entries, counted from the oldest, fit; all that fit must come first.
    pub fn partition_point(&self, fits: impl FnMut(&T) -> bool) -> usize {
        self.entries.partition_point(fits)
    }

    /// The entry at a position counted from the oldest.
    pub fn get(&self, index: usize) -> Option<&T> {
        self.entries.get(index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
