//! The recent past for the screens: the log's newest lines, trades and the equity curve. All bounded.

use super::ring::Ring;
use crate::model::{Envelope, Event, Money, NewOrder, OrderEvent, Seq, Span, Timestamp, TradeRow};
use serde::{Deserialize, Serialize};

/// Log lines kept.
const LINES_KEPT: usize = 2_000;

/// Lines beyond these that may wait for a moment without an order on its way to be let go.
const LINES_WAITING: usize = 256;

/// Fills kept.
const TRADES_KEPT: usize = 1_000;

/// Equity samples kept, and the time between two.
const SAMPLES_KEPT: usize = 3_600;
const SAMPLE_EVERY: Span = Span::from_secs(1);

/// When nobody watches.
const NEVER: Timestamp = Timestamp::from_nanos(i64::MAX);

/// The account's P&L at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EquitySample {
    /// By our clock.
    pub at: Timestamp,
    /// P&L of the day after fees, in account currency.
    pub day: Money,
}

/// The recent past.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct History {
    /// Every event that is not mere market data, newest last.
    pub log: Ring<Envelope>,
    pub trades: Ring<TradeRow>,
    pub equity: Ring<EquitySample>,
    /// Highest and lowest P&L of the day seen at a sample, and the deepest fall from a high. Like the samples they are
    /// soft: shown, never decided on, and not recovered after a crash.
    pub peak: Money,
    pub trough: Money,
    pub max_drawdown: Money,
    next_sample: Timestamp,
    /// When the day began for these figures, by our clock.
    day_began: Timestamp,
}

impl History {
    pub(super) fn new() -> Self {
        Self {
            log: Ring::with_room(LINES_KEPT, LINES_WAITING),
            trades: Ring::new(TRADES_KEPT),
            equity: Ring::new(SAMPLES_KEPT),
            peak: Money::ZERO,
            trough: Money::ZERO,
            max_drawdown: Money::ZERO,
            next_sample: Timestamp::EPOCH,
            day_began: Timestamp::EPOCH,
        }
    }

    /// Appends a line to the log.
    pub(super) fn note(&mut self, envelope: &Envelope) {
        self.log.append(envelope.clone(), 0);
    }

    /// Appends the line of an order that leaves. A line of long ago lies in memory that nobody has looked at since, and
    /// letting it go takes longer than half of all rules; an order on its way leaves that to the next event of another
    /// kind. Its line is written field by field, all of them plain, and the order last, from where it was judged: a copy made
    /// as a whole would be read back before it is written, and that waits.
    #[inline]
    pub(super) fn note_submitted(
        &mut self,
        (seq, at): (Seq, Timestamp),
        order: &NewOrder,
        envelope: &Envelope,
    ) {
        let Envelope {
            cause,
            event:
                Event::Order(OrderEvent::Submitted {
                    id,
                    client_id,
                    actor,
                    request,
                    venue_reduce_only,
                    rules,
                    leg,
                    link,
                    ..
                }),
            ..
        } = envelope
        else {
            return self.note(envelope);
        };
        let submitted = || OrderEvent::Submitted {
            id: *id,
            client_id: *client_id,
            order: *order,
            actor: *actor,
            request: *request,
            venue_reduce_only: *venue_reduce_only,
            rules: *rules,
            leg: *leg,
            link: *link,
        };
        let line = || Envelope { seq, at, cause: *cause, event: Event::Order(submitted()) };
        self.log.append_made(line, LINES_WAITING);
    }

    /// Takes no samples of equity from here on: for a run that nobody watches.
    pub(super) const fn unwatched(&mut self) {
        self.next_sample = NEVER;
    }

    /// The fall of the day's P&L below its high.
    pub fn drawdown(&self) -> Money {
        let today = self.equity.last().filter(|sample| sample.at >= self.day_began);
        self.peak - today.map_or(Money::ZERO, |sample| sample.day)
    }

    /// A new day: its figures start from zero.
    pub(super) fn turn_day(&mut self, at: Timestamp) {
        (self.peak, self.trough, self.max_drawdown) = (Money::ZERO, Money::ZERO, Money::ZERO);
        self.day_began = at;
        if self.next_sample != NEVER {
            self.next_sample = at;
        }
    }

    /// Whether a sample is due at this time.
    pub(super) fn is_due(&self, at: Timestamp) -> bool {
        at >= self.next_sample
    }

    pub(super) fn sample(&mut self, at: Timestamp, day: Money) {
        self.next_sample = at.after(SAMPLE_EVERY);
        self.equity.push(EquitySample { at, day });
        self.peak = self.peak.max(day);
        self.trough = self.trough.min(day);
        self.max_drawdown = self.max_drawdown.max(self.peak - day);
    }
}
