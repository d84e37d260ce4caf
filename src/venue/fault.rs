//! What can go wrong with one request, one frame of the stream or one connection, and the words of a script for it.

use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not executed; the connection is cut before an answer.
    Drop,
    /// Executed; the connection is cut before an answer. A frame: not sent.
    Lost,
    /// Executed; the connection is cut after so many bytes of the answer, or of the frame.
    Cut(u64),
    /// Executed; answered, or sent, this much later.
    Late(Duration),
    /// Executed this much later.
    Slow(Duration),
    /// Executed; answered, or sent, only after the next one.
    Swap,
    /// Executed; the bytes of the answer are sent a second time. A frame: sent twice.
    Double,
    /// Not executed; refused as one too many.
    TooMany,
    /// Not executed; an internal error.
    Error,
    /// Not executed; a proxy's word that nobody is there.
    Unavailable,
    /// Executed; an internal error all the same.
    ErrorAfter,
    /// Executed; a proxy's page instead of an answer.
    BadGateway,
    /// Executed; a proxy's page that says it took too long.
    Timeout,
    /// Executed; something that is no JSON, or the wrong one: one of several kinds.
    Garbage(u64),
    /// Executed; a body of no bytes.
    Blank,
    /// Executed; so many bytes more than needed.
    Huge(u64),
    /// Executed; the answer comes in drops over this long.
    Drip(Duration),
    /// Every row of a book twice.
    Twice,
    /// A book without rows.
    Empty,
    /// What the same question was answered the last time.
    Stale,
    /// Executed; a success that does not name the order.
    NoId,
    /// Not executed: waits for a human's approval.
    SemiAuto,
    /// Not executed: refused by the broker in its own words.
    Refused,
    /// Every position of a book with the other sign.
    Flip,
    /// Every quantity of a book so many times as large.
    Times(u32),
    /// Every trade of a book under one name.
    SameId,
    /// Each row of a book again and again, with numbers that no market has.
    Absurd,
    /// Every order of a book in a state that nobody knows.
    Strange,
}

/// The words of a script, each with what its number means.
pub(super) const WORDS: &str = "drop, lost, cut BYTES, late MS, slow MS, swap, double, 429, 500, 503, 500-after, 502, \
    504, garbage KIND, blank, huge BYTES, drip MS, twice, empty, stale, no-id, semi-auto, refuse, flip, times N, same-id, \
    absurd, strange";

impl Fault {
    /// Reads a fault and its number.
    pub(super) fn read(word: &str, number: Option<u64>) -> Result<Self, String> {
        let millis = Duration::from_millis(number.unwrap_or(1_000));
        Ok(match word {
            "drop" => Self::Drop,
            "lost" => Self::Lost,
            "cut" => Self::Cut(number.unwrap_or(40)),
            "late" => Self::Late(millis),
            "slow" => Self::Slow(millis),
            "swap" => Self::Swap,
            "double" => Self::Double,
            "429" => Self::TooMany,
            "500" => Self::Error,
            "503" => Self::Unavailable,
            "500-after" => Self::ErrorAfter,
            "502" => Self::BadGateway,
            "504" => Self::Timeout,
            "garbage" => Self::Garbage(number.unwrap_or(0)),
            "blank" => Self::Blank,
            "huge" => Self::Huge(number.unwrap_or(2 << 20).min(64 << 20)),
            "drip" => Self::Drip(millis),
            "twice" => Self::Twice,
            "empty" => Self::Empty,
            "stale" => Self::Stale,
            "no-id" => Self::NoId,
            "semi-auto" => Self::SemiAuto,
            "refuse" => Self::Refused,
            "flip" => Self::Flip,
            "times" => Self::Times(number.and_then(|number| u32::try_from(number).ok()).unwrap_or(10)),
            "same-id" => Self::SameId,
            "absurd" => Self::Absurd,
            "strange" => Self::Strange,
            other => return Err(format!("no fault {other:?}")),
        })
    }

    /// Whether what is asked is not carried out.
    pub(super) const fn prevents(self) -> bool {
        matches!(self, Self::Drop | Self::TooMany | Self::Error | Self::Unavailable)
    }
}
