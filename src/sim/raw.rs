//! Market data as a venue sends it, before any folding, and where it comes from.

use crate::model::{InstrumentId, Level, Price, Qty, Side, Span, Timestamp};

/// One message of a venue's stream, in the venue's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    pub instrument: InstrumentId,
    /// When the venue made it, by the venue's clock.
    pub venue_time: Timestamp,
    /// When it reached the receiver, by the receiver's clock. May be before `venue_time`.
    pub local_time: Timestamp,
    pub body: RawBody,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawBody {
    /// The whole book at an update id.
    Snapshot { last_update_id: u64, bids: Vec<Level>, asks: Vec<Level> },
    /// Levels that changed. The ids chain: each `previous_id` is the `final_id` before it.
    Depth { first_id: u64, final_id: u64, previous_id: u64, changes: Vec<Change> },
    /// The best bid and ask.
    Bbo { update_id: u64, bid: Level, ask: Level },
    /// One print.
    Trade { price: Price, qty: Qty, aggressor: Side },
    /// A part that could not be read or has a value no market has; nothing of it is applied.
    Damaged { detail: &'static str },
    /// The recording starts again; books and sequences restart with it.
    Looped { pass: u32 },
}

/// A level's new total quantity; zero removes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub side: Side,
    pub price: Price,
    pub qty: Qty,
}

/// Why a source cannot go on. Names file, row and field where there are any.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file could not be read.
    #[error("reading {path}: {source}")]
    Io { path: String, source: std::io::Error },
    /// The content is not what it must be.
    #[error("{path}:{row}: {field}: {problem}")]
    Content { path: String, row: u64, field: &'static str, problem: String },
    /// The file as a whole is damaged or of another kind.
    #[error("{path}: {problem}")]
    Damaged { path: String, problem: String },
}

/// A stream of raw messages in true order, pulled. Ends with `None` (a recording played once) or never (a loop, a
/// synthetic market). Local times never go back.
pub trait MarketSource: Send {
    /// The next message.
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError>;

    /// How long one pass lasts, where that is known.
    fn length(&self) -> Option<Span>;
}
