//! Fixed words on hot events, and how they are read back from a record: each is one of a list, so that reading makes no copies.

use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A fixed text. A name of its own, since a derived reader would take a plain reference for one into the record.
pub type Word = &'static str;

/// What stands for a word of an older or newer version that this one does not know.
pub const UNLISTED: &str = "as the record says";

/// Every word an event may carry as a fixed text: why a rule denied, how a subscriber does. Sorted.
const WORDS: &[&str] = &[
    "",
    "EXTERNAL holds against it: claim it",
    "K1 no new risk",
    "K2 entries canceled",
    "K3 all canceled",
    "K4 flattened",
    "a bracket's entry cannot be reduce-only",
    "a day",
    "a held order cannot be post-only",
    "a market order waits for nothing",
    "a minute",
    "a stop cannot be IOC",
    "above freeze quantity",
    "already reached",
    "an index is not traded",
    "an order's fate is not proven",
    "another strategy's name",
    "behind",
    "below least notional",
    "below least quantity",
    "beyond the broker's",
    "broker's word is old",
    "cannot be valued",
    "closed",
    "closed, opens in",
    "closing first: ask again when flat",
    "dead",
    "differs",
    "equal orders in 10s",
    "expired since",
    "failed",
    "failing",
    "far above its usual",
    "lagging",
    "limit is 0",
    "may only reduce",
    "more than there is to reduce",
    "no market",
    "no price yet",
    "no quote",
    "no reference price",
    "not armed",
    "not flat",
    "not in the configuration any more",
    "not of one quantity",
    "not of one strategy, instrument and kind",
    "not on its list",
    "off lot",
    "off tick",
    "ok",
    "order of another mode",
    "outside its hours",
    "own order at",
    "own order at another account, at",
    "post-only cannot be IOC",
    "post-only needs a limit order",
    "price out of range",
    "quarantined",
    "restarting",
    "same order held",
    "same order sent",
    "slow",
    "something held or open has no price",
    "stale",
    "stalled",
    "still",
    "stop",
    "stop not on the losing side",
    "stopped",
    "superseded generation",
    "target",
    "target not on the winning side",
    "the books are not compared since the start",
    "the journal has failed",
    "the journal is behind",
    "the mode is being left",
    "the operator enters as manual",
    "the time armed for is over: reduce only",
    "the venue has no such order",
    "too close to the close",
    "too large",
    "too many held",
    "twice the same order",
    "unavailable",
    "unknown instrument",
    "unread",
    "unsure",
    "waiting",
];

/// The word of this text, if it is one of the list.
pub fn listed(text: &str) -> Option<Word> {
    WORDS.binary_search(&text).ok().and_then(|index| WORDS.get(index)).copied()
}

/// Reads a word back.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    let text = Cow::<'de, str>::deserialize(from)?;
    Ok(listed(&text).unwrap_or(UNLISTED))
}

#[cfg(test)]
mod tests {
    use super::{WORDS, listed};

    #[test]
    fn the_list_can_be_searched() {
        assert!(WORDS.is_sorted());
        assert_eq!((listed("stale"), listed("of no version")), (Some("stale"), None));
    }
}
