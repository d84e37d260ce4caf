//! Two accounts on one screen: a row each, the sum beneath them, and whose free money it is.

use crate::support::asks::golden;
use crate::support::scene::scene_of;
use crate::support::{BTC, Desk, ETH, NOW, ascii, genesis, money, text};
use flightdeck::model::*;
use flightdeck::state::{Accounts, VenueAccount};

/// The scene of the mock-ups with its second market at a further account.
fn desk() -> Desk {
    let mut genesis = genesis(Mode::Live);
    let further = VenueAccount { name: Label::new("b"), place: "openalgo b".into(), active: true };
    genesis.accounts = Accounts::new(&"openalgo a".into(), [(further, vec![ETH])]);
    let mut desk = scene_of(genesis, ascii());
    for name in ["broker", "broker@b"] {
        desk.event(Event::Link(LinkEvent::Up { name: Label::new(name) }), None);
    }
    let currency = Currency::new("USDT").unwrap();
    for (account, amount) in [(AccountId::FIRST, money("100000")), (AccountId::new(1), money("50000"))] {
        desk.event(Event::Account(AccountEvent::Opened { currency, amount, account }), None);
    }
    desk.reconcile();
    desk
}

fn row<'a>(frame: &'a str, name: &str) -> &'a str {
    frame.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {frame}"))
}

#[test]
fn two_accounts_are_as_they_were_read_and_approved() {
    let mut desk = desk();
    golden("accounts-120x40.txt", &text(&desk.frame(120, 40)));
    desk.press("7");
    golden("accounts-risk-120x60.txt", &text(&desk.frame(120, 60)));
}

#[test]
fn an_account_that_is_lost_says_why_in_its_row_and_the_other_one_stands() {
    let mut desk = desk();
    let reason = "login expired: log in at http://127.0.0.1:5001";
    let down = LinkEvent::Down { name: Label::new("broker@b"), reason: reason.into() };
    desk.event(Event::Link(down), None);
    let frame = text(&desk.frame(120, 40));
    assert!(row(&frame, "| = main ").contains(" ok "), "{frame}");
    assert!(row(&frame, "| = b ").contains(" DOWN "), "{frame}");
    assert!(row(&frame, "| = b ").contains(" login .."), "{frame}");
    assert!(row(&frame, "broker@b   DOWN").contains(reason), "the way out: {frame}");
    golden("accounts-down-120x40.txt", &frame);
}

#[test]
fn an_account_that_has_never_answered_is_unknown_and_missing_in_the_sums() {
    let mut genesis = genesis(Mode::Live);
    let further = VenueAccount { name: Label::new("b"), place: "openalgo b".into(), active: true };
    genesis.accounts = Accounts::new(&"openalgo a".into(), [(further, vec![])]);
    let mut desk = Desk::new(genesis, ascii());
    desk.control(ControlEvent::Started { mode: Mode::Live, halted: false, recovered: None });
    desk.quote(BTC, "64213.3", "64213.4");
    desk.vitals();
    desk.event(Event::Link(LinkEvent::Up { name: Label::new("broker") }), None);
    desk.agree(AccountId::new(0));
    let down = LinkEvent::Down { name: Label::new("broker@b"), reason: "error sending request".into() };
    desk.event(Event::Link(down), None);
    let frame = text(&desk.frame(120, 40));
    let b = row(&frame, "= b ");
    assert!(b.contains(" DOWN ") && b.contains(" unknown ") && !b.contains("0.00"), "{frame}");
    let all = row(&frame, "= all");
    assert!(all.contains(" part ") && all.contains('~') && all.contains("without b"), "{frame}");
    assert!(row(&frame, "= main").contains(" ok ") && !row(&frame, "= main").contains('~'), "{frame}");
    assert!(row(&frame, " eq ").contains("eq ~") && row(&frame, " eq ").contains("without b"), "{frame}");
    assert!(row(&frame, "STRATEGIES").contains("diff 0 without b"), "{frame}");
    let small = text(&desk.frame(44, 12));
    assert!(small.contains("eq ~") && small.contains(" part"), "{small}");
}

#[test]
fn why_a_broker_is_away_is_told_as_it_is_now_not_as_it_was_when_it_stopped_the_trading() {
    let mut desk = desk();
    let down =
        |reason: &str| Event::Link(LinkEvent::Down { name: Label::new("broker@b"), reason: reason.into() });
    desk.event(down("login expired: log in"), None);
    alarmed(&mut desk, Trigger::BrokerDown, "broker@b");
    watchdog_kills(&mut desk, "broker down: b login expired: log in");
    desk.event(down("live mode: the server is in live mode"), None);
    let frame = text(&desk.frame(160, 40));
    let upper = frame.lines().next().unwrap();
    assert!(upper.contains("broker down: b live mode") && !upper.contains("login expired"), "{frame}");
}

#[test]
fn a_kill_that_something_else_raised_keeps_its_reason_while_the_broker_is_away() {
    let mut desk = desk();
    loses(&mut desk);
    alarmed(&mut desk, Trigger::Mismatch, "line 1");
    // The words of a reason decide nothing, whatever they begin with.
    watchdog_kills(&mut desk, "broker down or not, the books differ");
    let upper = |desk: &mut Desk| text(&desk.frame(160, 40)).lines().next().unwrap_or_default().to_owned();
    assert!(upper(&mut desk).contains("broker down or not, the books differ"), "{}", upper(&mut desk));
    // Two conditions that stand could each have raised it: then it says what was written.
    alarmed(&mut desk, Trigger::BrokerDown, "broker@b");
    watchdog_kills(&mut desk, "books differ: ETHUSDT");
    assert!(upper(&mut desk).contains("books differ: ETHUSDT"), "{}", upper(&mut desk));
}

fn alarmed(desk: &mut Desk, trigger: Trigger, subject: &str) {
    let (subject, level) = (Label::new(subject), KillLevel::K1);
    let (held, detail) = (Span::ZERO, "as it was then".into());
    desk.control(ControlEvent::Alarm { trigger, subject, level, held, detail });
}

fn watchdog_kills(desk: &mut Desk, why: &str) {
    let (level, scope) = (KillLevel::K1, Scope::Instrument(ETH));
    let (actor, reason) = (Actor::Watchdog, Reason::new(why));
    desk.control(ControlEvent::KillRaised { level, scope, actor, reason, request: None });
}

#[test]
fn an_account_that_is_lost_is_named_before_what_is_only_amiss() {
    let mut desk = desk();
    let subscriber = |name, state| LinkEvent::Subscriber { name: Label::new(name), state, detail: "".into() };
    desk.event(Event::Link(subscriber("market hours@b", "differs")), None);
    let down = LinkEvent::Down { name: Label::new("broker@b"), reason: "gone".into() };
    desk.event(Event::Link(down), None);
    let frame = text(&desk.frame(80, 24));
    let second = frame.lines().nth(1).unwrap();
    assert!(second.contains("broker@b DOWN"), "{frame}");
}

#[test]
fn the_feed_of_an_account_that_is_down_is_no_second_trouble() {
    let mut desk = desk();
    desk.event(Event::Link(LinkEvent::Silent { name: Label::new("feed@b"), age: Span::from_secs(6) }), None);
    let second = |desk: &mut Desk| text(&desk.frame(80, 24)).lines().nth(1).unwrap_or_default().to_owned();
    assert!(second(&mut desk).contains("feed@b SILENT"));
    loses(&mut desk);
    let line = second(&mut desk);
    assert!(line.contains("broker@b DOWN") && line.contains("ALERTS") && !line.contains("feed@b"), "{line}");
}

#[test]
fn an_account_that_told_before_is_in_the_sums_as_last_known_until_it_has_told_again() {
    let mut desk = desk();
    loses(&mut desk);
    let sums = |frame: &str| format!("{}\n{}", row(frame, "= all"), row(frame, " eq "));
    let says = |frame: &str| {
        let sums = sums(frame);
        assert!(sums.contains("b as last known") && !sums.contains("without"), "{frame}");
        assert!(row(frame, "= all").contains(" part ") && row(frame, " eq ").contains("eq ~"), "{frame}");
    };
    says(&text(&desk.frame(200, 60)));
    let narrow = text(&desk.frame(120, 40));
    assert!(!sums(&narrow).contains("without b"), "{narrow}");
    // It answers, with the figures of before: somebody may have traded there by hand meanwhile.
    desk.wait(1_800_000);
    let later = NOW.after(Span::from_secs(1_800));
    desk.event(Event::Link(LinkEvent::Up { name: Label::new("broker@b") }), None);
    let frame = text(&desk.frame_at(200, 60, later));
    says(&frame);
    assert!(row(&frame, "= b ").contains(" -- ") && row(&frame, "= b ").contains('~'), "{frame}");
    desk.agree(AccountId::new(1));
    let frame = text(&desk.frame_at(200, 60, later));
    assert!(!sums(&frame).contains("last known") && row(&frame, "= b ").contains(" ok "), "{frame}");
}

#[test]
fn whatever_rests_on_what_an_account_told_before_it_went_away_is_marked_in_every_row() {
    let mut desk = desk();
    let order = desk.order(StrategyId::MANUAL, ETH, Side::Buy, "0.5", OrderKind::Market);
    let order = desk.submit(order, None);
    desk.accept(order);
    desk.fill(order, "0.5", "3104.50", "0");
    desk.agree(AccountId::new(1));
    let marked = |frame: &str, name: &str, words: &str| {
        let row = row(frame, name);
        assert!(row.contains(words), "{name} {words}: {frame}");
    };
    let frame = text(&desk.frame(120, 40));
    assert!(!row(&frame, "| manual").contains('~') && !row(&frame, "trend-eth").contains('~'), "{frame}");
    loses(&mut desk);
    let frame = text(&desk.frame(120, 40));
    marked(&frame, "| manual", "~+0.500");
    marked(&frame, " trend-eth ", "~-1.500");
    let mm = row(&frame, "|>mm-btc");
    assert!(mm.contains(" +0.120") && !mm.contains('~'), "what lies elsewhere is as sure as before: {frame}");
    let small = text(&desk.frame(40, 12));
    marked(&small, "manual", "~+0.500");
    desk.press("^K");
    killed(&mut desk);
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("manual ETHUSDT ~+0.500") && frame.contains("mm-btc BTCUSDT +0.120"), "{frame}");
    desk.press("Esc g d");
    let frame = text(&desk.frame(120, 40));
    marked(&frame, "ETHUSDT  ", "~-1.000");
    // Once it is back and has told again, all of it is certain.
    desk.wait(1_000);
    desk.event(Event::Link(LinkEvent::Up { name: Label::new("broker@b") }), None);
    desk.wait(1_000).agree(AccountId::new(1));
    desk.press("1");
    let later = NOW.after(Span::from_secs(2));
    let frame = text(&desk.frame_at(120, 40, later));
    assert!(!row(&frame, "| manual").contains('~') && !row(&frame, "trend-eth").contains('~'), "{frame}");
}

#[test]
fn the_accounts_rows_add_up_to_the_sum() {
    let desk = desk();
    let of = |account| desk.state.rows_pnl_at(AccountId::new(account)).unwrap();
    let sum = flightdeck::wire::sum_of_rows(&desk.state).unwrap();
    assert_eq!(of(0).realised + of(1).realised, sum.realised);
    assert_eq!(of(0).unrealised + of(1).unrealised, sum.unrealised);
    assert_ne!(of(1).unrealised, money("0"));
}

/// The further account stops answering.
fn loses(desk: &mut Desk) {
    let down = LinkEvent::Down { name: Label::new("broker@b"), reason: "gone".into() };
    desk.event(Event::Link(down), None);
}

fn killed(desk: &mut Desk) {
    desk.switch.raise(KillLevel::K1, Scope::All);
    let (actor, reason) = (Actor::Operator, Reason::new("kill key"));
    let raised =
        ControlEvent::KillRaised { level: KillLevel::K1, scope: Scope::All, actor, reason, request: None };
    desk.control(raised);
}

#[test]
fn the_kill_panel_names_the_account_that_is_down_and_says_of_each_when_it_was_compared() {
    let mut desk = desk();
    desk.press("^K");
    killed(&mut desk);
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("ok main: books = broker, diff 0") && frame.contains("ok b: books"), "{frame}");
    loses(&mut desk);
    let later = NOW.after(Span::from_secs(50));
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let frame = text(&desk.frame_at(width, height, later));
        assert!(frame.contains("b DOWN, compared 50s ago: out of reach until it answers"), "{frame}");
    }
    let frame = text(&desk.frame_at(120, 40, later));
    assert!(frame.contains("!! b DOWN, compared 50s ago") && frame.contains("ok main: books"), "{frame}");
    assert!(!frame.contains("ok b: books"), "{frame}");
    let small = text(&desk.frame_at(40, 8, later));
    assert!(small.contains("b DOWN, compared 50s ago"), "{small}");
    desk.press("r");
    let frame = text(&desk.frame_at(120, 40, later));
    assert!(frame.contains("!!   b DOWN, compared 50s ago"), "{frame}");
}

#[test]
fn nothing_says_that_the_books_agree_with_an_account_that_is_away() {
    let mut desk = desk();
    loses(&mut desk);
    let frame = text(&desk.frame(120, 40));
    assert!(
        row(&frame, "1 STRATEGIES").contains("b DOWN, compared") && !frame.contains("diff 0, checked"),
        "{frame}"
    );
    let narrow = text(&desk.frame(80, 24));
    assert!(row(&narrow, "1 STRATEGIES").contains("without b"), "{narrow}");
    desk.press("g d");
    let frame = text(&desk.frame(120, 40));
    assert!(row(&frame, "BOOKS, ours").contains("b DOWN, compared"), "{frame}");
}

#[test]
fn a_small_screen_hides_neither_who_is_away_nor_what_is_nobodys() {
    let mut desk = desk();
    let order = desk.order(StrategyId::EXTERNAL, ETH, Side::Sell, "0.5", OrderKind::Market);
    let order = desk.submit(order, None);
    desk.accept(order);
    desk.fill(order, "0.5", "3104.50", "0");
    loses(&mut desk);
    let subscriber = |name, state| LinkEvent::Subscriber { name: Label::new(name), state, detail: "".into() };
    desk.event(Event::Link(subscriber("market hours", "differs")), None);
    for (width, height) in [(40, 8), (60, 15), (59, 30)] {
        let frame = text(&desk.frame(width, height));
        for words in ["EXTERNAL", "-0.500", "b DOWN, compared", "part", "market hours differs"] {
            assert!(frame.contains(words), "{words} {width}x{height}\n{frame}");
        }
    }
    let frame = text(&desk.frame(60, 15));
    assert!(frame.contains("UNKNOWN") && frame.contains("L-7"), "the orders have the empty rows: {frame}");
    golden("accounts-down-60x15.txt", &frame);
    golden("accounts-down-80x24.txt", &text(&desk.frame(80, 24)));
    let second = text(&desk.frame(80, 24)).lines().nth(1).unwrap_or_default().to_owned();
    for words in ["broker@b DOWN", "UNKNOWN 1", "ALERTS"] {
        assert!(second.contains(words), "{second}");
    }
}

#[test]
fn a_line_of_the_log_says_of_which_account_it_is() {
    let mut desk = desk();
    let subscriber = |name, state| LinkEvent::Subscriber { name: Label::new(name), state, detail: "".into() };
    desk.event(Event::Link(subscriber("market hours@b", "differs")), None);
    desk.event(Event::Account(AccountEvent::Asked), None);
    desk.press("6");
    let frame = text(&desk.frame(100, 30));
    assert!(frame.contains("market hours@b differs"), "{frame}");
    assert!(frame.contains("each asked for its account"), "{frame}");
    desk.press("g a");
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("market hours@b differ"), "{frame}");
}
