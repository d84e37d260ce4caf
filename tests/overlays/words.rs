//! The command line and the filter: the words of the shell, and nothing guessed.

use crate::support::asks::*;
use crate::support::{BTC, Desk, ETH, MM, NOW, TREND, price, qty};
use flightdeck::model::*;

/// Types a command line and presses Enter.
fn run(line: &str) -> Desk {
    let mut desk = opened(Mode::Analyze, ":");
    type_text(&mut desk, line, NOW);
    desk.press("Enter");
    desk
}

fn commands_of(line: &str) -> Vec<Command> {
    sent(&mut run(line))
}

#[test]
fn kill_raises_the_rung_and_scope_that_are_named() {
    let cases = [
        ("kill", KillLevel::K1, Scope::All),
        ("kill 2", KillLevel::K2, Scope::All),
        ("kill 3 mm-btc", KillLevel::K3, Scope::Strategy(MM)),
        ("kill ethusdt", KillLevel::K1, Scope::Instrument(ETH)),
        ("kill 4 FLAT", KillLevel::K4, Scope::All),
    ];
    for (line, level, scope) in cases {
        let commands = commands_of(line);
        let [Command::Kill { level: one, scope: at, .. }] = commands.as_slice() else {
            panic!("{line}: {commands:?}")
        };
        assert_eq!((*one, *at), (level, scope), "{line}");
    }
}

#[test]
fn what_is_not_understood_does_nothing_and_says_why() {
    let cases = [
        ("kill 4", "write FLAT"),
        ("kill 4 flat", "neither a strategy nor"),
        ("kill 7", "a rung is 1, 2, 3 or 4"),
        ("kill 2 nobody", "neither a strategy nor"),
        ("resume", "a reason is needed"),
        ("arm", ":arm STRATEGY"),
        ("arm nobody", "no strategy 'nobody'"),
        ("mode live", "LIVE is unavailable"),
        ("cancel 999", "no order 999"),
        ("cancel A-1", "has ended"),
        ("close mm-btc", ":close STRATEGY"),
        ("buy 0.01", ":buy QTY INST"),
        ("buy 0.01 DOGE", "no instrument"),
        ("cancle A-6", "did you mean :cancel"),
        ("xyzzy", "no command 'xyzzy'"),
        ("view 12", "views are 1 to 9"),
    ];
    for (line, words) in cases {
        let mut desk = run(line);
        assert!(sent(&mut desk).is_empty(), "{line}");
        let frame = crate::support::text(&desk.frame(160, 45));
        assert!(frame.contains(words), "{line}: {frame}");
    }
}

#[test]
fn commands_do_what_the_keys_do() {
    assert!(matches!(commands_of("arm trend-eth")[..], [Command::Arm { strategy: TREND }]));
    assert!(matches!(commands_of("disarm TREND-ETH")[..], [Command::Disarm { strategy: TREND, .. }]));
    assert!(matches!(commands_of("mode analyze")[..], [Command::SetMode { mode: Mode::Analyze }]));
    assert!(matches!(commands_of("cancel A-6")[..], [Command::Cancel { order }] if order.get() == 6));
    let resume = commands_of("resume feed is back");
    assert!(matches!(resume[..], [Command::Resume { reason }] if reason.as_str() == "feed is back"));
}

#[test]
fn many_cancels_show_their_count_and_wait_for_enter() {
    let cases = [
        ("cancel all", "cancel 4 orders", Scope::All),
        ("cancel strat:mm-btc", "cancel 2 orders", Scope::Strategy(MM)),
        ("cancel inst:BTCUSDT", "cancel 2 orders", Scope::Instrument(BTC)),
    ];
    for (line, words, scope) in cases {
        let mut desk = run(line);
        assert!(sent(&mut desk).is_empty());
        let frame = seen(&mut desk, NOW);
        assert!(frame.contains(words), "{frame}");
        desk.press("Enter");
        assert_eq!(sent(&mut desk), [Command::CancelAll { scope }]);
    }
}

#[test]
fn a_protective_stop_is_not_canceled_without_a_question() {
    let mut desk = run("cancel A-5");
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains("PROTECTS the position of trend-eth"));
    desk.press("Enter");
    assert!(matches!(sent(&mut desk)[..], [Command::Cancel { order }] if order.get() == 5));
}

#[test]
fn buy_opens_the_filled_ticket_and_sends_nothing() {
    let mut desk = run("buy 0.01 btcusdt @61700 ioc");
    let asked = answered(&mut desk, NOW, None);
    let [flightdeck::wire::Ask::WhatIf { order, .. }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((order.qty, order.side, order.tif), (qty("0.01"), Side::Buy, TimeInForce::Ioc));
    assert_eq!(order.kind, OrderKind::Limit { price: price("61700") });
    let mut desk = run("sell 1.5 ETHUSDT ^3000 @2995 as trend-eth reduce");
    let asked = answered(&mut desk, NOW, None);
    let [flightdeck::wire::Ask::WhatIf { order, .. }] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(order.kind, OrderKind::StopLimit { trigger: price("3000"), price: price("2995") });
    assert!(order.reduce_only && order.strategy == TREND);
}

#[test]
fn a_bad_number_in_a_command_is_shown_in_the_ticket() {
    let mut desk = run("buy 1,000 BTCUSDT");
    desk.press("Enter Enter");
    assert!(seen(&mut desk, NOW).contains("qty: no commas"));
    assert!(asks(&mut desk).is_empty());
}

#[test]
fn tab_completes_and_goes_through_what_is_possible() {
    let mut desk = opened(Mode::Analyze, ": d i s Tab t Tab");
    assert!(seen(&mut desk, NOW).contains(":disarm trend-eth"));
    let mut desk = opened(Mode::Analyze, ": a r m Space Tab Tab Enter");
    assert!(matches!(sent(&mut desk)[..], [Command::Arm { strategy: MM }]), "manual, then mm-btc");
}

#[test]
fn the_last_lines_come_back() {
    let mut desk = run("view 4");
    desk.press(":");
    type_text(&mut desk, "view 5", NOW);
    desk.press("Enter : Up Up");
    assert!(seen(&mut desk, NOW).contains(":view 4"));
    desk.press("Down");
    assert!(seen(&mut desk, NOW).contains(":view 5"));
}

#[test]
fn pasted_lines_are_not_run() {
    let mut desk = opened(Mode::Analyze, ":");
    paste(&mut desk, "kill 3\n");
    assert!(sent(&mut desk).is_empty());
    assert!(seen(&mut desk, NOW).contains(":kill 3"));
}

#[test]
fn the_filter_narrows_while_it_is_typed_and_escape_clears_it() {
    let mut desk = opened(Mode::Analyze, "4 /");
    type_text(&mut desk, "strat:mm state:work", NOW);
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("A-7") && !frame.contains("A-5"), "{frame}");
    desk.press("Enter");
    assert!(
        seen(&mut desk, NOW).contains("ORDERS working 4 /strat:mm state:work"),
        "still narrowed, and said"
    );
    desk.press("/ Esc");
    assert!(seen(&mut desk, NOW).contains("A-5"));
}

#[test]
fn a_filtered_cancel_all_cancels_the_rows_that_are_seen() {
    let mut desk = opened(Mode::Analyze, "4 /");
    type_text(&mut desk, "strat:mm", NOW);
    desk.press("Enter X");
    assert!(seen(&mut desk, NOW).contains("cancel 2 orders"));
    desk.press("Enter");
    let ids: Vec<u32> = sent(&mut desk)
        .iter()
        .filter_map(|command| if let Command::Cancel { order } = command { Some(order.get()) } else { None })
        .collect();
    assert_eq!(ids, [7, 6]);
}

#[test]
fn the_theme_changes_the_look_and_nothing_else() {
    let mut desk = run("theme colorblind");
    assert!(sent(&mut desk).is_empty());
    let mut desk = run("theme plaid");
    assert!(seen(&mut desk, NOW).contains("no theme 'plaid'"));
}
