//! What the venue knows of one instrument: our orders in it, what we took from its book, its last print.

use super::config::QueueModel;
use super::queue::{Print, Window};
use super::resting::Resting;
use super::stops::Stops;
use super::sweep::Taken;
use super::working::{Number, Stage};
use crate::model::{Instrument, Price, Qty, Side, Timestamp};
use crate::sim::{Book, Change};

/// One instrument at the venue.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) instrument: Instrument,
    pub(super) resting: Resting,
    pub(super) stops: Stops,
    /// Orders that wait for the book to come back in sequence.
    pub(super) awaiting: Vec<Number>,
    pub(super) taken: Taken,
    pub(super) last_trade: Option<Price>,
    /// Venue time of the newest message, and of the newest about the book. Not the largest: one wrong stamp must not
    /// blind the venue for good.
    newest: Timestamp,
    book_time: Timestamp,
}

/// An order about to rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entrant {
    pub(super) number: Number,
    pub(super) side: Side,
    pub(super) price: Price,
}

/// A print of the tape, as the venue hears it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    pub(super) price: Price,
    pub(super) qty: Qty,
    pub(super) aggressor: Side,
    /// By the venue's clock.
    pub(super) time: Timestamp,
}

impl Market {
    pub(super) fn new(instrument: Instrument) -> Self {
        let start = Timestamp::from_nanos(i64::MIN);
        Self {
            instrument,
            resting: Resting::default(),
            stops: Stops::default(),
            awaiting: Vec::new(),
            taken: Taken::default(),
            last_trade: None,
            newest: start,
            book_time: start,
        }
    }

    /// Puts an order at the back of the queue at its price.
    pub(super) fn join(&mut self, entrant: Entrant, book: &Book, model: QueueModel) {
        let Entrant { number, side, price } = entrant;
        let displayed = book.qty_at(side, price);
        let window = Window { after: self.book_time, until: self.book_time };
        let queue = self.resting.open_queue(side, price);
        if !queue.is_empty() && queue.displayed() != Some(displayed) {
            queue.change(displayed, window, model);
        }
        queue.join(number, displayed, self.newest);
    }

    /// Takes an order out of wherever it stands.
    pub(super) fn remove(&mut self, number: Number, side: Side, stage: Stage) {
        match stage {
            Stage::Dormant { trigger } => self.stops.remove(side, trigger, number),
            Stage::Awaiting => self.awaiting.retain(|other| *other != number),
            Stage::Resting { price } => self.resting.remove(side, price, number),
        }
    }

    /// The orders a print fills outright: it traded through their price, so whoever printed had to pass them.
    pub(super) fn passed_by(&self, heard: Heard) -> Vec<Number> {
        if self.resting.is_empty() {
            return Vec::new();
        }
        let bids = self.resting.through(Side::Buy, heard.price);
        let asks = self.resting.through(Side::Sell, heard.price);
        bids.chain(asks).flat_map(|(_price, queue)| queue.present_at(heard.time)).collect()
    }

    /// The orders a print at their price reaches, with how far it reaches beyond what stood ahead.
    pub(super) fn reached_by(&mut self, heard: Heard) -> Vec<(Number, Qty)> {
        let print = Print { qty: heard.qty, time: heard.time, book_time: self.book_time };
        let queue = self.resting.queue_mut(heard.aggressor.opposite(), heard.price);
        queue.map(|queue| queue.print(print)).unwrap_or_default()
    }

    /// These levels of the book changed, in a message made at `venue_time`.
    pub(super) fn see_changes(&mut self, changes: &[Change], book: &Book, seen: Seeing) {
        let window = self.window(seen.venue_time);
        if self.resting.is_empty() && self.taken.is_empty() {
            return;
        }
        for Change { side, price, .. } in changes {
            let displayed = book.qty_at(*side, *price);
            self.taken.observe(*side, *price, displayed);
            if let Some(queue) = self.resting.queue_mut(*side, *price) {
                queue.change(displayed, window, seen.model);
            }
        }
    }

    /// The whole book may have changed, in a message made at `venue_time`.
    pub(super) fn see_book(&mut self, book: &Book, seen: Seeing) {
        let window = self.window(seen.venue_time);
        self.taken.observe_all(book);
        for (side, price, queue) in self.resting.queues_mut() {
            queue.change(book.qty_at(side, price), window, seen.model);
        }
    }

    /// Notes a message's venue time.
    pub(super) fn hear(&mut self, venue_time: Timestamp) {
        self.newest = venue_time;
    }

    /// The recording starts again: its book, its prints and its clock begin anew; our orders stay.
    pub(super) fn restart(&mut self) {
        self.taken.clear();
        self.last_trade = None;
        self.newest = Timestamp::from_nanos(i64::MIN);
        self.book_time = self.newest;
        for (_side, _price, queue) in self.resting.queues_mut() {
            queue.forget();
        }
    }

    fn window(&mut self, until: Timestamp) -> Window {
        let after = std::mem::replace(&mut self.book_time, until);
        Window { after, until }
    }
}

/// How a book message is to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seeing {
    pub(super) venue_time: Timestamp,
    pub(super) model: QueueModel,
}
