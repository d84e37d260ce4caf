//! Each strategy's rules, one by one, with prices called out by hand.

use super::pit::{ME, Mind, Pit, price};
use flightdeck::model::{Command, InstrumentId, KillLevel, Label, OrderKind, Reason, Scope, TimeInForce};

const BTC: InstrumentId = InstrumentId::new(0);

/// An SMA(1)/SMA(2) on one-second bars: each bar's close above the last one is up.
fn sma(style: &str) -> Pit {
    Pit::new("sma_cross", &[("fast", "1"), ("slow", "2"), ("style", style)])
}

/// One print a second.
fn prints(pit: &mut Pit, prices: &[&str]) {
    for at in prices {
        pit.wait(1_000);
        pit.print(at);
    }
}

#[test]
fn a_crossing_trades_with_the_first_print_of_the_next_bar_and_a_reversal_is_one_order() {
    let mut pit = sma("reverse");
    prints(&mut pit, &["60000", "60010", "60000"]);
    assert!(pit.take_sent().is_empty(), "the first sign is no crossing, and the bar that falls is not over");
    prints(&mut pit, &["60010"]);
    assert_eq!(pit.take_sent(), ["SELL 0.01 cross-down"]);
    prints(&mut pit, &["60020", "60010"]);
    assert_eq!(pit.take_sent(), ["BUY 0.02 cross-up"]);
    assert_eq!(pit.net(), "0.01");
}

#[test]
fn long_only_goes_flat_where_the_other_goes_short() {
    let mut pit = sma("long_only");
    prints(&mut pit, &["60010", "60000", "60010", "60020"]);
    assert_eq!(pit.take_sent(), ["BUY 0.01 cross-up"]);
    prints(&mut pit, &["60000", "60010"]);
    assert_eq!(pit.take_sent(), ["SELL 0.01 cross-exit"]);
    assert_eq!(pit.net(), "0");
}

#[test]
fn a_half_fill_is_completed_to_the_target_and_not_beyond() {
    let mut pit = sma("reverse");
    pit.mind = Mind::Halves;
    prints(&mut pit, &["60010", "60000", "60010", "60020"]);
    assert_eq!(pit.net(), "0.005");
    pit.mind = Mind::Fills;
    for _ in 0..40 {
        pit.wait(100);
        pit.quote("60020");
    }
    assert_eq!(pit.take_sent(), ["BUY 0.01 cross-up", "BUY 0.005 cross-up"]);
    assert_eq!(pit.net(), "0.01");
}

#[test]
fn an_order_without_an_answer_is_never_joined_by_another() {
    let mut pit = sma("reverse");
    pit.mind = Mind::Silent;
    prints(&mut pit, &["60010", "60000", "60010", "60020", "60000", "60010", "60020", "60000", "60000"]);
    assert_eq!(pit.take_sent(), ["BUY 0.01 cross-up"]);
    assert_eq!(pit.denied, 0);
}

#[test]
fn a_crossing_heard_while_paused_closes_what_contradicts_it_and_opens_nothing() {
    let mut pit = sma("reverse");
    prints(&mut pit, &["60010", "60000", "60010", "60020"]);
    pit.take_sent();
    pit.disarm();
    prints(&mut pit, &["60000", "60000"]);
    assert!(pit.take_sent().is_empty());
    pit.arm();
    prints(&mut pit, &["60000", "60000"]);
    assert_eq!(pit.take_sent(), ["SELL 0.01 cross-exit"]);
    assert_eq!(pit.net(), "0");
}

#[test]
fn a_reversal_the_gate_refuses_becomes_an_exit() {
    let mut pit = sma("reverse");
    prints(&mut pit, &["60010", "60000", "60010", "60020"]);
    pit.take_sent();
    pit.command(Command::Kill {
        level: KillLevel::K1,
        scope: Scope::Instrument(BTC),
        reason: Reason::new("test"),
    });
    prints(&mut pit, &["60000", "60000", "60000"]);
    assert_eq!(pit.take_sent(), ["SELL 0.01 cross-exit"]);
    assert_eq!((pit.net().as_str(), pit.denied), ("0", 1));
    prints(&mut pit, &["60000"; 30]);
    assert!(pit.denied <= 2, "an entry is not asked for without end: {}", pit.denied);
}

#[test]
fn when_the_recording_starts_again_averages_are_forgotten_and_the_position_is_kept() {
    let mut pit = sma("reverse");
    prints(&mut pit, &["60010", "60000", "60010", "60020"]);
    pit.take_sent();
    pit.loop_again();
    prints(&mut pit, &["50000", "50000", "49000", "49000"]);
    assert!(pit.take_sent().is_empty(), "the first sign after the loop is no crossing");
    assert_eq!(pit.net(), "0.01");
}

#[test]
fn the_maker_keeps_one_quote_a_side_and_moves_it_only_when_it_is_wrong_and_old() {
    let mut pit = Pit::new("market_maker", &[]);
    pit.quote("60000");
    assert_eq!(pit.take_sent(), ["BUY 0.01 bid", "SELL 0.01 ask"]);
    pit.wait(500);
    pit.quote("60010");
    pit.wait(400);
    pit.quote("60000.2");
    pit.wait(2_000);
    pit.quote("60000.2");
    assert!(pit.take_sent().is_empty(), "too young, then not wrong enough");
    pit.quote("60001");
    assert_eq!(pit.working(), 0, "canceled first");
    pit.quote("60001");
    assert_eq!(pit.take_sent(), ["BUY 0.01 bid", "SELL 0.01 ask"]);
    assert_eq!((pit.working(), pit.denied), (2, 0));
    pit.loop_again();
    assert_eq!(pit.working(), 0);
}

#[test]
fn the_maker_does_not_pile_up_quotes_on_a_venue_that_does_not_answer() {
    let mut pit = Pit::new("market_maker", &[]);
    pit.mind = Mind::Silent;
    for step in 0..200 {
        pit.wait(100);
        pit.quote(if step % 20 < 10 { "60000" } else { "60030" });
    }
    assert_eq!((pit.working(), pit.sent.len()), (2, 2));
}

fn breakout() -> Pit {
    let mut pit = Pit::new("breakout", &[("window_ms", "5000"), ("hold_ms", "4000"), ("stop_bps", "5")]);
    prints(&mut pit, &["60000", "60005", "60000", "60005", "60000", "60005"]);
    assert!(pit.sent.is_empty(), "the edge of the range is not beyond it");
    prints(&mut pit, &["60006"]);
    pit
}

#[test]
fn a_breakout_enters_with_a_reduce_only_stop_below_its_price() {
    let mut pit = breakout();
    pit.wait(10);
    pit.quote("60006");
    let [entry, stop] = pit.sent.as_slice() else { panic!("{:?}", pit.sent) };
    assert_eq!((entry.label, entry.kind), (Label::new("break-high"), OrderKind::Market));
    // 60006.1 less 5 bp is 59976.09695.
    assert_eq!(stop.kind, OrderKind::Stop { trigger: price("59976") });
    assert!(stop.reduce_only && stop.qty == entry.qty && stop.tif == TimeInForce::Gtc);
}

#[test]
fn a_breakout_leaves_at_the_end_of_its_time_with_the_stop_gone_first() {
    let mut pit = breakout();
    pit.quote("60006");
    pit.take_sent();
    pit.wait(3_900);
    pit.quote("60007");
    assert!(pit.take_sent().is_empty());
    pit.wait(100);
    pit.quote("60007");
    pit.quote("60007");
    assert_eq!(pit.take_sent(), ["SELL 0.01 time-exit"]);
    assert_eq!((pit.net().as_str(), pit.working()), ("0", 0));
}

#[test]
fn a_breakout_position_left_over_from_a_pause_is_closed_when_its_time_has_passed() {
    let mut pit = breakout();
    pit.quote("60006");
    pit.take_sent();
    pit.disarm();
    assert_eq!(pit.working(), 1, "the stop stays at work");
    pit.wait(60_000);
    pit.quote("60006");
    assert!(pit.take_sent().is_empty());
    pit.arm();
    pit.quote("60006");
    pit.quote("60006");
    assert_eq!(pit.take_sent(), ["SELL 0.01 time-exit"]);
}

#[test]
fn a_stop_whose_position_is_gone_is_taken_back() {
    let mut pit = breakout();
    pit.quote("60006");
    assert_eq!(pit.working(), 1);
    pit.command(Command::Kill { level: KillLevel::K4, scope: Scope::Strategy(ME), reason: Reason::new("x") });
    assert_eq!((pit.net().as_str(), pit.working()), ("0", 0));
}

fn reversion() -> Pit {
    let mut pit = Pit::new("mean_reversion", &[("window_ms", "5000"), ("entry_bps", "3"), ("stop_bps", "6")]);
    for _ in 0..50 {
        pit.wait(101);
        pit.quote("60000");
    }
    assert!(pit.sent.is_empty());
    pit
}

#[test]
fn a_reversion_buys_below_the_mean_at_the_touch_and_sells_at_the_mean() {
    let mut pit = reversion();
    pit.wait(100);
    pit.quote("59983");
    assert!(pit.sent.is_empty(), "17 of 60000 are less than 3 bp");
    pit.wait(100);
    pit.quote("59980");
    let [entry] = pit.sent.as_slice() else { panic!("{:?}", pit.sent) };
    assert_eq!((entry.kind, entry.tif), (OrderKind::Limit { price: price("59980.1") }, TimeInForce::Ioc));
    pit.take_sent();
    pit.wait(100);
    pit.quote("59990");
    assert!(pit.take_sent().is_empty());
    pit.wait(100);
    pit.quote("60000");
    assert_eq!(pit.take_sent(), ["SELL 0.01 mean"]);
    assert_eq!(pit.net(), "0");
}

#[test]
fn after_a_stop_a_reversion_waits_for_the_mean() {
    let mut pit = reversion();
    pit.wait(100);
    pit.quote("59980");
    pit.wait(100);
    pit.quote("59940");
    assert_eq!(pit.take_sent(), ["BUY 0.01 below-mean", "SELL 0.01 stop"]);
    for _ in 0..20 {
        pit.wait(100);
        pit.quote("59940");
    }
    assert!(pit.take_sent().is_empty(), "faded a trend twice");
    // Back at the mean, which has come down meanwhile.
    for _ in 0..20 {
        pit.wait(100);
        pit.quote("59980");
    }
    assert!(pit.take_sent().is_empty());
    pit.wait(100);
    pit.quote("59940");
    assert_eq!(pit.take_sent(), ["BUY 0.01 below-mean"]);
}

#[test]
fn a_partial_fill_of_a_reversion_is_a_small_position_and_no_reason_to_ask_again() {
    let mut pit = reversion();
    pit.mind = Mind::Halves;
    for _ in 0..30 {
        pit.wait(100);
        pit.quote("59980");
    }
    assert_eq!(pit.take_sent(), ["BUY 0.01 below-mean"]);
    assert_eq!(pit.net(), "0.005");
}
