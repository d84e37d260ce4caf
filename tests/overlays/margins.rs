//! The broker's word on what an order would need: asked once the fields stand still, shown beside our own rates, and never
//! waited for.

use crate::support::asks::*;
use crate::support::scene::scene_on;
use crate::support::{Desk, NOW, ascii, genesis, text};
use flightdeck::model::*;
use flightdeck::wire::{MarginDesk, MarginLeg, MarginReply, MarginWord, margin_lane};
use futures_util::FutureExt as _;

/// A ticket opened by these keys on a desk whose broker can be asked.
fn opened_at_a_broker(keys: &str) -> (Desk, MarginDesk) {
    let (aside, broker) = margin_lane();
    let desk = scene_on(Desk::asking(Some(aside), genesis(Mode::Live), ascii()));
    (opened_on(desk, keys), broker)
}

fn question(broker: &mut MarginDesk) -> Option<Vec<MarginLeg>> {
    broker.next().now_or_never().flatten()
}

fn frame(desk: &mut Desk, millis: i64) -> String {
    let _asked = answered(desk, later(millis), None);
    text(&desk.frame_at(120, 40, later(millis)))
}

fn says(desk: &mut Desk, broker: &MarginDesk, legs: &[MarginLeg], word: MarginWord) {
    assert!(broker.tell(MarginReply { legs: legs.to_vec(), word }));
    desk.app.drain(1, NOW);
}

fn usdt() -> Currency {
    Currency::new("USDT").unwrap()
}

#[test]
fn the_broker_is_asked_once_the_fields_stand_still_and_its_word_stands_beside_ours() {
    let (mut desk, mut broker) = opened_at_a_broker("b 0 . 0 5");
    for millis in [0, 100, 300] {
        assert!(frame(&mut desk, millis).contains("broker     asking what it needs"));
        assert_eq!(question(&mut broker), None, "{millis} ms after the last key");
    }
    frame(&mut desk, 450);
    let legs = question(&mut broker).unwrap();
    let [leg] = legs.as_slice() else { panic!("{legs:?}") };
    assert_eq!((leg.side, leg.qty.to_string()), (Side::Buy, "0.05".to_owned()));
    frame(&mut desk, 1_000);
    assert_eq!(question(&mut broker), None, "asked once");
    let needs = MarginWord::Needs("321.5".parse().unwrap(), usdt());
    says(&mut desk, &broker, &legs, needs.clone());
    let seen = frame(&mut desk, 1_100);
    // 0.05 at 64,213.3, of which our rates hold a twentieth or what the scene says.
    assert!(seen.contains("broker     needs 321.50 USDT, by our rates "), "{seen}");
    assert!(!seen.contains("by our rates unknown"), "{seen}");
    // Another quantity: the old word is no answer to it, and keys do not ask by themselves.
    type_text(&mut desk, "1", later(1_200));
    let seen = frame(&mut desk, 1_200);
    assert!(seen.contains("asking what it needs") && !seen.contains("321.50"), "{seen}");
    frame(&mut desk, 1_700);
    let others = question(&mut broker).unwrap();
    assert_ne!(others, legs);
    says(&mut desk, &broker, &legs, needs);
    assert!(!frame(&mut desk, 1_800).contains("321.50"), "a late word on what stood there before");
}

#[test]
fn what_the_broker_does_not_tell_is_a_word_and_never_a_zero() {
    let (mut desk, mut broker) = opened_at_a_broker("b 0 . 0 5");
    frame(&mut desk, 0);
    frame(&mut desk, 500);
    let legs = question(&mut broker).unwrap();
    says(&mut desk, &broker, &legs, MarginWord::Unknown("the broker tells none: 501".into()));
    let seen = frame(&mut desk, 600);
    assert!(seen.contains("broker     margin unknown: the broker tells none: 501"), "{seen}");
    assert!(!seen.contains("needs 0"), "{seen}");
    frame(&mut desk, 9_000);
    assert_eq!(question(&mut broker), None);
    frame(&mut desk, 11_000);
    assert_eq!(question(&mut broker), Some(legs), "asked again later");
}

#[test]
fn an_order_never_waits_for_the_brokers_word() {
    let (mut desk, mut broker) = opened_at_a_broker("b 0 . 0 5");
    frame(&mut desk, 0);
    press_at(&mut desk, "Enter", NOW);
    press_at(&mut desk, "Enter", later(300));
    assert!(matches!(sent(&mut desk).as_slice(), [Command::Submit { .. }]));
    frame(&mut desk, 2_000);
    assert_eq!(question(&mut broker), None, "what is sent is not asked about");
}

#[test]
fn a_basket_is_asked_about_whole() {
    let (mut desk, mut broker) = opened_at_a_broker("b 0 . 0 5");
    frame(&mut desk, 0);
    desk.press("^T b 0 . 0 7");
    frame(&mut desk, 100);
    desk.press("^T g n");
    frame(&mut desk, 200);
    let seen = frame(&mut desk, 700);
    assert!(seen.contains("BASKET of 2"), "{seen}");
    let legs = question(&mut broker).unwrap();
    assert_eq!(legs.iter().map(|leg| leg.qty.to_string()).collect::<Vec<_>>(), ["0.05", "0.07"]);
    says(&mut desk, &broker, &legs, MarginWord::Needs("700".parse().unwrap(), usdt()));
    let seen = frame(&mut desk, 800);
    assert!(seen.contains("broker     needs 700.00 USDT, by our rates "), "{seen}");
}

#[test]
fn where_there_is_no_broker_to_ask_nothing_is_said_of_it() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    frame(&mut desk, 0);
    let seen = frame(&mut desk, 1_000);
    assert!(seen.contains("margin     free after") && !seen.contains("broker     "), "{seen}");
}
