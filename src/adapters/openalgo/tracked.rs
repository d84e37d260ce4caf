//! An order that has not ended: how far it has come, and what is known of it.

use super::mode::Expect;
use crate::model::{DisplayText, Money, OrderChange, OrderKind, OrderRequest, Price, Qty, Timestamp};

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The message is on its way and has no answer yet.
    Sending,
    /// There was no definite answer.
    Unknown { since: Timestamp, looks: usize },
    /// It waits for a human at the server.
    Waiting,
    /// More than one order at the venue may be it: a human has to decide.
    Torn,
    /// The venue has it.
    Live,
}

/// When an order left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    /// How many readings of the book there were by then; `None` where an earlier process sent it.
    pub(super) reading: Option<u64>,
}

/// An order that has not ended.
#[derive(Debug, Clone)]
pub(super) struct Tracked {
    pub(super) request: OrderRequest,
    pub(super) sent: Sent,
    pub(super) venue_id: Option<String>,
    pub(super) stage: Stage,
    /// Why nobody knows what became of it, as it was told.
    pub(super) word: DisplayText,
    /// What we have told of its fills, and what they cost.
    pub(super) filled: Qty,
    pub(super) cost: Money,
    /// What the stream or a row says has filled at least, and at which average.
    pub(super) said: Qty,
    pub(super) average: Option<Price>,
    /// Since when the trades show less than that.
    pub(super) short_since: Option<Timestamp>,
    pub(super) sleeping: bool,
    /// The change on its way, since when, and how many books have not shown it since it was accepted.
    pub(super) change: Option<(OrderChange, Timestamp, Option<u32>)>,
    /// Somebody wants it gone as soon as its venue id is known.
    pub(super) unwanted: bool,
    /// How many more books may show it open before it is no longer canceled again: everything was to be canceled.
    pub(super) doomed: u32,
    /// Why a cancel of it was refused, until a book shows what it is.
    pub(super) refused: Option<String>,
    /// Why it ended, as the stream says: live books do not (wire spec §5).
    pub(super) reason: String,
}

impl Tracked {
    /// One that leaves.
    pub(super) fn new(request: OrderRequest, sent: Sent) -> Self {
        Self {
            request,
            sent,
            venue_id: None,
            stage: Stage::Sending,
            word: DisplayText::default(),
            filled: Qty::ZERO,
            cost: Money::ZERO,
            said: Qty::ZERO,
            average: None,
            short_since: None,
            sleeping: request.kind.trigger().is_some(),
            change: None,
            unwanted: false,
            doomed: 0,
            refused: None,
            reason: String::new(),
        }
    }
}

/// Whether nobody could tell two of our orders apart in a book that does not say whose a row is. A market order may stand
/// in a live book as a limit (wire spec §13).
pub(super) fn alike(one: &OrderRequest, other: &OrderRequest, expect: Expect) -> bool {
    let (market, limit) = (OrderKind::Market, |kind: &OrderKind| matches!(kind, OrderKind::Limit { .. }));
    let protected = (one.kind == market && limit(&other.kind)) || (other.kind == market && limit(&one.kind));
    one.instrument == other.instrument
        && one.side == other.side
        && one.qty == other.qty
        && (one.kind == other.kind || (protected && expect == Expect::Live))
}
