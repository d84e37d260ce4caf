//! Options by their offsets: the contracts are shown before anything is sent, and all legs go as one.

use crate::support::asks::*;
use crate::support::{Desk, NOW, ascii, genesis, instrument, price, qty, text};
use flightdeck::model::*;

pub(super) const INDEX: InstrumentId = InstrumentId::new(2);

/// An index at 24,512 with calls and puts at five strikes in two weeks.
pub(super) fn chain() -> Desk {
    chain_of(&["24300", "24400", "24500", "24600", "24700"])
}

/// The same at these strikes.
pub(super) fn chain_of(strikes: &[&str]) -> Desk {
    let mut genesis = genesis(Mode::Analyze);
    let limits = *genesis.limits.instrument(InstrumentId::new(0));
    let mut index = instrument(INDEX, "SYNX", "pt", "0.05", "1");
    index.listing.class = Class::Index;
    genesis.instruments.push(index);
    for week in [7, 14] {
        for strike in strikes {
            for right in [Right::Call, Right::Put] {
                let id = InstrumentId::new(u16::try_from(genesis.instruments.len()).unwrap());
                let symbol = format!("SYNX-O{}-{strike}{}", week / 7, right.as_str());
                let mut one = instrument(id, &symbol, "lot", "0.05", "1");
                let expiry = NOW.after(Span::from_secs(week * 86_400));
                one.listing.class = Class::Option { underlying: INDEX, expiry, strike: price(strike), right };
                genesis.instruments.push(one);
            }
        }
    }
    genesis.limits.instruments = vec![limits; genesis.instruments.len()];
    let ids: Vec<InstrumentId> = genesis.instruments.iter().map(|one| one.id).collect();
    let mut desk = Desk::new(genesis, ascii());
    desk.wait(56_000).quote(INDEX, "24511.50", "24512.50");
    for id in ids.into_iter().skip(3) {
        desk.quote(id, "110.00", "111.00");
    }
    let _frame = desk.frame(80, 24);
    let _start = asks(&mut desk);
    desk
}

#[test]
fn a_condor_names_its_contracts_and_is_sent_as_one_after_two_beats() {
    let mut desk = chain();
    // From qty back to the shape: offset, side, expiry, shape; then the shape before a single, the condor.
    desk.press("g o S-Tab S-Tab S-Tab S-Tab S-Tab Up");
    desk.press("Tab Tab Tab Tab Tab 2");
    let frame = seen(&mut desk, NOW);
    for words in ["iron condor", "SYNX-O1-24600CE", "SYNX-O1-24700CE", "SYNX-O1-24400PE", "SYNX-O1-24300PE"] {
        assert!(frame.contains(words), "{words}\n{frame}");
    }
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("the gate has not answered yet"));
    answered(&mut desk, NOW, None);
    press_at(&mut desk, "Enter", later(1));
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, later(1)).contains("SIMULATE"));
    press_at(&mut desk, "Enter", later(300));
    let all = sent(&mut desk);
    let [Command::Options { order }] = all.as_slice() else { panic!("{all:?}") };
    let sides: Vec<(Side, Right, Qty)> =
        order.legs.iter().map(|leg| (leg.side, leg.right, leg.qty)).collect();
    let two = qty("2");
    assert_eq!(
        sides,
        [
            (Side::Buy, Right::Call, two),
            (Side::Buy, Right::Put, two),
            (Side::Sell, Right::Call, two),
            (Side::Sell, Right::Put, two)
        ]
    );
    assert_eq!((order.underlying, order.strategy), (INDEX, StrategyId::MANUAL));
}

#[test]
fn an_offset_without_a_contract_and_a_bad_quantity_send_nothing() {
    let mut desk = chain();
    desk.press("g o 1 . 5");
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(seen(&mut desk, later(300)).contains("qty: off the lot"));
    let mut desk = chain();
    // Three strikes out of the money: there are two.
    desk.press("g o 1 S-Tab Down Down Down");
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    let frame = seen(&mut desk, later(300));
    assert!(frame.contains("no such contract"), "{frame}");
    assert!(sent(&mut desk).is_empty());
}

#[test]
fn a_run_without_options_says_so() {
    let mut desk = opened(Mode::Analyze, "g o");
    assert!(seen(&mut desk, NOW).contains("no options are listed in this run"));
    desk.press("1 Enter");
    assert!(sent(&mut desk).is_empty());
}

/// What was looked at and approved. `UPDATE_FRAMES=1` writes them anew: read them before they are kept.
#[test]
fn options_are_as_they_were_read_and_approved() {
    let mut desk = chain();
    desk.press("g o S-Tab S-Tab S-Tab S-Tab S-Tab Up Tab Tab Tab Tab Tab 2");
    answered(&mut desk, NOW, None);
    golden("options-condor-80x24.txt", &text(&desk.frame(80, 24)));
}
