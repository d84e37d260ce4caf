//! Keys at random: none of them, in any order, sends what needs a second beat within one instant.

use crate::support::NOW;
use crate::support::asks::*;
use flightdeck::model::*;
use proptest::prelude::*;

const KEYS: [&str; 60] = [
    "Enter",
    "Enter",
    "Enter",
    "Tab",
    "S-Tab",
    "Space",
    "Up",
    "Down",
    "b",
    "s",
    "m",
    "0",
    "1",
    "5",
    ".",
    "^T",
    "g",
    "n",
    "o",
    "u",
    "d",
    "a",
    "x",
    "X",
    "c",
    "j",
    "k",
    "A",
    "W",
    "C",
    "U",
    "L",
    "R",
    "K",
    "p",
    "t",
    "q",
    "Esc",
    "4",
    "7",
    "?",
    "/",
    ":",
    "y",
    "[",
    "]",
    "G",
    "F",
    "h",
    "l",
    "z",
    "+",
    "_",
    "^U",
    "^D",
    "Backspace",
    "M",
    "=",
    "-",
    "e",
];

/// Whether a command adds or moves risk, or says what only a human may say.
fn needs_two_beats(command: &Command) -> bool {
    match command {
        Command::Submit { .. }
        | Command::Replace { .. }
        | Command::Smart { .. }
        | Command::Basket { .. }
        | Command::Split { .. }
        | Command::Options { .. }
        | Command::Decide { .. }
        | Command::Bracket { .. }
        | Command::Oco { .. }
        | Command::Resolve { .. }
        | Command::AcceptDifference { .. } => true,
        Command::Cancel { .. }
        | Command::CancelAll { .. }
        | Command::Close { .. }
        | Command::Kill { .. }
        | Command::Resume { .. }
        | Command::Arm { .. }
        | Command::Disarm { .. }
        | Command::SetMode { .. }
        | Command::ArmLive { .. }
        | Command::CloseAll { .. }
        | Command::Claim { .. }
        | Command::SetLimit { .. }
        | Command::ConfirmLimit { .. }
        | Command::Acknowledge { .. }
        | Command::Reconcile => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_within_one_instant_send_what_needs_two_beats(
        keys in proptest::collection::vec(0_usize..KEYS.len(), 1..60),
        live in proptest::bool::ANY,
    ) {
        let mode = if live { Mode::Live } else { Mode::Analyze };
        let mut desk = super::plans::stopped(mode);
        for at in keys {
            press_at(&mut desk, KEYS[at], NOW);
            let _asked = answered(&mut desk, NOW, None);
            let sent = sent(&mut desk);
            prop_assert!(!sent.iter().any(needs_two_beats), "{sent:?}");
        }
    }
}
