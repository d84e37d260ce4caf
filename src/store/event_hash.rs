//! One number for a whole story: SHA-256 over every event in a form that is the same wherever it is computed.

use crate::model::{Envelope, Event, MarketEvent};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes handed over at once.
const BLOCK: usize = 256 * 1024;

/// Blocks on their way.
const BLOCKS: usize = 4;

/// The hash of a story, computed beside it on a thread of its own. The form of an event: its number, time and cause as
/// little-endian 64 bits, then for a bar `B`, for a quote `Q`, for a trade `T` and their fields likewise in the order of
/// their declaration (instrument 16 bits, side 8 bits); for any other event `J` and its JSON, ended by a line feed.
#[derive(Debug)]
pub struct EventHash {
    block: Vec<u8>,
    full: Option<SyncSender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    worker: Option<JoinHandle<Sha256>>,
    /// Events hashed.
    pub events: u64,
}

impl Default for EventHash {
    fn default() -> Self {
        Self::new()
    }
}

impl EventHash {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        let (full, blocks) = sync_channel::<Vec<u8>>(BLOCKS);
        let (give_back, empty) = sync_channel(BLOCKS);
        let worker = std::thread::spawn(move || {
            let mut hash = Sha256::new();
            for mut block in blocks {
                hash.update(&block);
                block.clear();
                // A block that nobody waits for is let go.
                let _kept = give_back.try_send(block);
            }
            hash
        });
        Self {
            block: Vec::with_capacity(BLOCK + 4_096),
            full: Some(full),
            empty,
            worker: Some(worker),
            events: 0,
        }
    }

    /// Adds events.
    #[inline]
    pub fn hear(&mut self, events: &[Envelope]) {
        for envelope in events {
            self.add(envelope);
        }
        if self.block.len() >= BLOCK {
            self.hand_over();
        }
    }

    /// The hash of all of them, in hexadecimal.
    pub fn finish(mut self) -> String {
        self.hand_over();
        self.full = None;
        let hash = self.worker.take().and_then(|worker| worker.join().ok());
        let mut hex = String::with_capacity(64);
        for byte in hash.map(Sha256::finalize).unwrap_or_default() {
            write!(hex, "{byte:02x}").expect("a string takes every text");
        }
        hex
    }

    #[inline]
    fn add(&mut self, envelope: &Envelope) {
        self.events += 1;
        let Envelope { seq, at, cause, event } = envelope;
        let mut head = [0; 25];
        put(&mut head, 0, seq.get());
        put(&mut head, 8, at.nanos().cast_unsigned());
        put(&mut head, 16, cause.0.get());
        match event {
            Event::Market(MarketEvent::Bar(bar)) => {
                head[24] = b'B';
                let numbers = [
                    bar.open.raw(),
                    bar.high.raw(),
                    bar.low.raw(),
                    bar.close.raw(),
                    bar.volume.raw(),
                    bar.open_time.nanos(),
                    bar.close_time.nanos(),
                    bar.local_time.nanos(),
                ];
                self.data(head, bar.instrument.get(), &numbers);
            }
            Event::Market(MarketEvent::Quote(quote)) => {
                head[24] = b'Q';
                let numbers = [
                    quote.bid.raw(),
                    quote.bid_qty.raw(),
                    quote.ask.raw(),
                    quote.ask_qty.raw(),
                    quote.venue_time.nanos(),
                    quote.local_time.nanos(),
                ];
                self.data(head, quote.instrument.get(), &numbers);
            }
            Event::Market(MarketEvent::Trade(trade)) => {
                head[24] = b'T';
                let numbers = [
                    trade.price.raw(),
                    trade.qty.raw(),
                    i64::from(trade.aggressor == crate::model::Side::Sell),
                    trade.venue_time.nanos(),
                    trade.local_time.nanos(),
                ];
                self.data(head, trade.instrument.get(), &numbers);
            }
            Event::Market(_)
            | Event::Order(_)
            | Event::Denied { .. }
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {
                head[24] = b'J';
                self.block.extend_from_slice(&head);
                serde_json::to_writer(&mut self.block, event).expect("an event is JSON");
                self.block.push(b'\n');
            }
        }
    }

    #[inline]
    fn data<const N: usize>(&mut self, head: [u8; 25], instrument: u16, numbers: &[i64; N]) {
        let mut line = [0_u8; 96];
        line[..25].copy_from_slice(&head);
        line[25..27].copy_from_slice(&instrument.to_le_bytes());
        for (place, number) in line[27..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        self.block.extend_from_slice(&line[..27 + 8 * N]);
    }

    #[cold]
    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_else(|_none| Vec::with_capacity(BLOCK + 4_096));
        let block = std::mem::replace(&mut self.block, next);
        if let Some(full) = &self.full
            && full.send(block).is_err()
        {
            tracing::error!("the hash of the events has ended before them");
        }
    }
}

#[inline]
fn put(head: &mut [u8; 25], at: usize, number: u64) {
    head[at..at + 8].copy_from_slice(&number.to_le_bytes());
}
