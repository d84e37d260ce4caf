//! The queue at one price: how much stands ahead of each of our orders, and how prints and cancels move it.
//!
//! A print and the depth update that shows it are two messages about one event and may come in either order, so each
//! is counted once:
//!
//! - *print first*: it moves the queue at once and is kept as `printed`; the shrink that follows is first explained by
//!   it, and only the rest is taken as cancels. An update made after the print has shown all of it.
//! - *update first*: the shrink is taken as cancels (there is no other explanation yet) and kept as `shrink` with the
//!   span of venue time in which it happened; a late print of that span takes back what those cancels had moved, and
//!   counts itself instead.
//!
//! At equal venue times the two cannot be told apart and are taken as one event, which is the careful reading: we move
//! forward once.

use super::config::QueueModel;
use super::working::Number;
use crate::model::{Qty, Timestamp};

/// One of our orders in the queue.
#[derive(Debug)]
struct Place {
    number: Number,
    /// Displayed quantity that trades before us.
    ahead: Qty,
    /// How much of the last shrink was taken as cancels ahead of us.
    credited: Qty,
    /// Venue time of the newest message when we joined: older prints were before our time.
    since: Timestamp,
}

/// A print at this price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print {
    pub(super) qty: Qty,
    /// By the venue's clock.
    pub(super) time: Timestamp,
    /// Venue time of the newest book update.
    pub(super) book_time: Timestamp,
}

/// The span of venue time that a book update covers: after the previous update, up to its own time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) after: Timestamp,
    pub(super) until: Timestamp,
}

/// Prints that no update has shown yet.
#[derive(Debug, Clone, Copy)]
struct Printed {
    qty: Qty,
    latest: Timestamp,
}

/// A shrink taken as cancels.
#[derive(Debug, Clone, Copy)]
struct Shrink {
    qty: Qty,
    window: Window,
}

/// Our orders at one price, in time priority, and what is known of the queue they stand in.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The level's displayed quantity when last seen; `None` after the recording restarted.
    displayed: Option<Qty>,
    printed: Option<Printed>,
    shrink: Option<Shrink>,
    places: Vec<Place>,
}

impl Queue {
    pub(super) fn join(&mut self, number: Number, displayed: Qty, since: Timestamp) {
        self.displayed = Some(displayed);
        self.places.push(Place { number, ahead: displayed, credited: Qty::ZERO, since });
    }

    pub(super) fn leave(&mut self, number: Number) {
        self.places.retain(|place| place.number != number);
    }

    /// The level's quantity when last seen.
    pub(super) fn displayed(&self) -> Option<Qty> {
        self.displayed
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Our orders here that were in the queue at this venue time.
    pub(super) fn present_at(&self, time: Timestamp) -> impl Iterator<Item = Number> + '_ {
        self.places.iter().filter(move |place| place.since <= time).map(|place| place.number)
    }

    /// Our orders here, in time priority.
    pub(super) fn numbers(&self) -> impl Iterator<Item = Number> + '_ {
        self.places.iter().map(|place| place.number)
    }

    /// What stands ahead of an order; `None` when it is not known.
    pub(super) fn ahead(&self, number: Number) -> Option<Qty> {
        self.displayed?;
        self.places.iter().find(|place| place.number == number).map(|place| place.ahead)
    }

    /// The other side reached our price: nothing is ahead of this order any more.
    pub(super) fn reach_front(&mut self, number: Number) {
        if let Some(place) = self.places.iter_mut().find(|place| place.number == number) {
            place.ahead = Qty::ZERO;
            place.credited = Qty::ZERO;
        }
    }

    /// The recording restarted: the places are kept, what is ahead is learned anew from the next book.
    pub(super) fn forget(&mut self) {
        self.displayed = None;
        self.printed = None;
        self.shrink = None;
        for place in &mut self.places {
            place.since = Timestamp::from_nanos(i64::MIN);
        }
    }

    /// Takes a print at this price. Returns for each order present, in time priority, how far the print reaches beyond
    /// what stood ahead of it. The reaches overlap: what one order takes the next cannot.
    pub(super) fn print(&mut self, print: Print) -> Vec<(Number, Qty)> {
        if self.displayed.is_none() {
            return Vec::new();
        }
        let explained = self.take_back(print);
        let rest = print.qty.minus(explained);
        if print.time >= print.book_time && !rest.is_zero() {
            let before = self.printed.map_or(Qty::ZERO, |printed| printed.qty);
            let latest = self.printed.map_or(print.time, |printed| printed.latest.max(print.time));
            self.printed = Some(Printed { qty: before.plus(rest), latest });
        }
        let mut reaches = Vec::new();
        for place in self.places.iter_mut().filter(|place| place.since <= print.time) {
            reaches.push((place.number, print.qty.minus(place.ahead)));
            place.ahead = place.ahead.minus(print.qty);
        }
        reaches
    }

    /// The level's displayed quantity is now `new`.
    pub(super) fn change(&mut self, new: Qty, window: Window, model: QueueModel) {
        let Some(old) = self.displayed.replace(new) else {
            for place in &mut self.places {
                place.ahead = new;
                place.credited = Qty::ZERO;
            }
            return;
        };
        let fall = old.minus(new);
        let explained = self.explain(fall, window);
        let canceled = fall.minus(explained);
        let before_cancels = old.minus(explained);
        for place in &mut self.places {
            let gone = match model {
                QueueModel::Trades => Qty::ZERO,
                QueueModel::Proportional => share(place.ahead, canceled, before_cancels),
            };
            let ahead = place.ahead.minus(gone).min(new);
            place.credited = place.ahead.minus(ahead);
            place.ahead = ahead;
        }
        self.shrink = (!canceled.is_zero()).then_some(Shrink { qty: canceled, window });
    }

    /// How much of a fall the prints explain; forgets the prints that are shown by now.
    fn explain(&mut self, fall: Qty, window: Window) -> Qty {
        let Some(printed) = self.printed.take_if(|printed| printed.latest >= window.after) else {
            self.printed = None;
            return Qty::ZERO;
        };
        let explained = fall.min(printed.qty);
        let left = printed.qty.minus(explained);
        if printed.latest >= window.until && !left.is_zero() {
            self.printed = Some(Printed { qty: left, ..printed });
        }
        explained
    }

    /// A late print was seen as a shrink before: undoes what that shrink moved. Returns how much of the print it was.
    fn take_back(&mut self, print: Print) -> Qty {
        let Some(shrink) = self.shrink.as_mut() else { return Qty::ZERO };
        if print.time < shrink.window.after || print.time > shrink.window.until {
            return Qty::ZERO;
        }
        let explained = print.qty.min(shrink.qty);
        for place in &mut self.places {
            let back = share(place.credited, explained, shrink.qty);
            place.ahead = place.ahead.plus(back);
            place.credited = place.credited.minus(back);
        }
        shrink.qty = shrink.qty.minus(explained);
        if shrink.qty.is_zero() {
            self.shrink = None;
        }
        explained
    }
}

/// `part × taken / whole`, rounded down, at most `part`; zero when `whole` is zero.
fn share(part: Qty, taken: Qty, whole: Qty) -> Qty {
    if whole.is_zero() {
        return Qty::ZERO;
    }
    let raw = (i128::from(part.raw()) * i128::from(taken.raw())).div_euclid(i128::from(whole.raw()));
    i64::try_from(raw).ok().and_then(|raw| Qty::from_raw(raw).ok()).unwrap_or(part).min(part)
}
