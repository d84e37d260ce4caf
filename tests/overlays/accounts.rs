//! Two accounts on one screen: a row each, the sum beneath them, and whose free money it is.

use crate::support::asks::golden;
use crate::support::scene::scene_of;
use crate::support::{BTC, Desk, ETH, ascii, genesis, money, text};
use flightdeck::model::{
    AccountEvent, AccountId, Actor, ControlEvent, Currency, Event, KillLevel, Label, LinkEvent, Mode, Reason,
    Scope,
};
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
    let (currency, amount) = (Currency::new("USDT").unwrap(), money("50000"));
    desk.event(Event::Account(AccountEvent::Opened { currency, amount, account: AccountId::new(1) }), None);
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
    assert!(row(&frame, "= main ").contains(" ok "), "{frame}");
    assert!(row(&frame, "= b ").contains(" DOWN "), "{frame}");
    assert!(row(&frame, "= b ").contains(" login exp"), "{frame}");
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
    desk.control(ControlEvent::KillRaised {
        level: KillLevel::K1,
        scope: Scope::Instrument(ETH),
        actor: Actor::Watchdog,
        reason: Reason::new("broker down: b login expired: log in"),
        request: None,
    });
    desk.event(down("live mode: the server is in live mode"), None);
    let frame = text(&desk.frame(160, 40));
    let upper = frame.lines().next().unwrap();
    assert!(upper.contains("broker down: b live mode") && !upper.contains("login expired"), "{frame}");
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
fn the_accounts_rows_add_up_to_the_sum() {
    let desk = desk();
    let of = |account| desk.state.rows_pnl_at(AccountId::new(account)).unwrap();
    let sum = flightdeck::wire::sum_of_rows(&desk.state).unwrap();
    assert_eq!(of(0).realised + of(1).realised, sum.realised);
    assert_eq!(of(0).unrealised + of(1).unrealised, sum.unrealised);
    assert_ne!(of(1).unrealised, money("0"));
}
