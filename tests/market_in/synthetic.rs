//! The invented market: the same seed is the same day, and its faults are only those asked for.

use crate::desk::{START, instruments, invented, tape_of};
use flightdeck::adapters::synthetic::SyntheticOptions;
use flightdeck::model::{Fault, MarketEvent, Side, Span};
use flightdeck::sim::{Book, BookChange, MarketFold, RawBody, RawMessage};

fn faultless(seed: u64) -> SyntheticOptions {
    SyntheticOptions {
        silence_every: None,
        gap_every: None,
        cross_every: None,
        ..SyntheticOptions::new(seed, START)
    }
}

/// The longest time one instrument says nothing.
fn longest_silence(messages: &[RawMessage]) -> Span {
    let of_one = messages.iter().filter(|message| message.instrument == instruments()[0].id);
    let times: Vec<_> = of_one.map(|message| message.local_time).collect();
    times.windows(2).map(|pair| pair[1].since(pair[0])).max().unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let tape = |seed| tape_of(&invented(SyntheticOptions::new(seed, START), 10_000));
    assert!(tape(1) == tape(1));
    assert!(tape(1) != tape(2));
}

#[test]
fn without_faults_books_are_whole_never_crossed_and_quotes_are_their_best_prices() {
    for seed in 1..=4 {
        let mut books = [Book::new(), Book::new()];
        let messages = invented(faultless(seed), 40_000);
        assert!(messages.is_sorted_by_key(|message| message.local_time), "seed {seed}");
        for message in &messages {
            let book = &mut books[message.instrument.index()];
            let change = book.apply(message);
            assert!(matches!(change, BookChange::Applied | BookChange::Untouched), "seed {seed}: {change:?}");
            let touch = [Side::Buy, Side::Sell].map(|side| book.best(side));
            match &message.body {
                RawBody::Bbo { bid, ask, .. } => assert_eq!(touch, [Some(*bid), Some(*ask)], "seed {seed}"),
                RawBody::Trade { price, qty, .. } => {
                    assert!(
                        !qty.is_zero()
                            && touch.iter().any(|level| level.is_some_and(|one| one.price == *price))
                    );
                }
                RawBody::Snapshot { .. } | RawBody::Depth { .. } => {}
                RawBody::Damaged { .. } | RawBody::Looped { .. } => panic!("seed {seed}: {message:?}"),
            }
        }
        assert!(books.iter().all(|book| book.level_count(Side::Buy) >= 25), "seed {seed}");
        assert!(longest_silence(&messages) < Span::from_secs(1), "seed {seed}");
    }
}

#[test]
fn a_lost_message_shows_as_a_gap_and_the_book_comes_back() {
    let options = SyntheticOptions { gap_every: Some(Span::from_secs(20)), ..faultless(9) };
    let (mut fold, mut out) = (MarketFold::new(instruments().map(|one| one.id)), Vec::new());
    for message in invented(options, 20_000) {
        fold.apply(&message, &mut out);
    }
    let gap_at = out
        .iter()
        .position(|event| matches!(event, MarketEvent::Quarantined { fault: Fault::SequenceGap, .. }));
    let gap_at = gap_at.expect("minutes of market with a gap every 20 seconds");
    let instrument = out[gap_at].instrument();
    let back =
        |event: &MarketEvent| matches!(event, MarketEvent::Depth(depth) if depth.instrument == instrument);
    assert!(out[gap_at..].iter().any(back));
}

#[test]
fn silences_and_crossed_quotes_come_where_asked_for() {
    let silent = SyntheticOptions { silence_every: Some(Span::from_secs(30)), ..faultless(3) };
    assert!(longest_silence(&invented(silent, 20_000)) >= Span::from_secs(4));
    let crossed = SyntheticOptions { cross_every: Some(Span::from_secs(30)), ..faultless(3) };
    let is_crossed = |message: &RawMessage| matches!(&message.body, RawBody::Bbo { bid, ask, .. } if bid.price > ask.price);
    assert!(invented(crossed, 20_000).iter().any(is_crossed));
}
