//! Accounts that leave the configuration, come back or are called something else: nothing of theirs is left where nobody
//! speaks, and no cash is counted twice.

use super::accounts::{BOTH, THERE, account_there, alive, lines, there, two};
use super::accounts_closed::both_tell;
use super::bench::{Bench, buy};
use super::watchdog::watched_with;
use super::world::{A, INV, currency, money};
use flightdeck::model::{
    AccountEvent, AccountId, BrokerReport, Envelope, Event, InstrumentId, Label, Mode, OrderStatus,
};
use flightdeck::state::{Accounts, Genesis, Unfit, VenueAccount};

fn account(name: &str, place: &str) -> VenueAccount {
    VenueAccount { name: Label::new(name), place: place.into(), active: true }
}

/// These further accounts: name, place, what is traded there.
fn with(genesis: &mut Genesis, further: &[(&str, &str, &[InstrumentId])]) {
    genesis.watchdog = flightdeck::model::Watchdog::default();
    let further = further.iter().map(|(name, place, there)| (account(name, place), there.to_vec()));
    genesis.accounts = Accounts::new(&"openalgo a".into(), further);
}

/// The further account and what is traded there are taken out of the file.
fn alone(genesis: &mut Genesis) {
    with(genesis, &[]);
    genesis.instruments.truncate(1);
}

fn live(genesis: &mut Genesis) {
    genesis.mode = Mode::Live;
}

/// A live desk with two accounts.
fn live_desk() -> Bench {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        live(genesis);
    });
    both_tell(&mut bench);
    bench
}

/// A desk whose further account has told what it holds, 7 ETH, and where nothing was traded yet.
fn opened() -> Bench {
    let mut bench = watched_with(two);
    alive(&mut bench, "broker@b");
    let told = account_there(&bench, ("7", "0"));
    bench.report(told);
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1007")));
    bench
}

fn opens(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Account(AccountEvent::Opened { .. }))).count()
}

#[test]
fn live_does_not_start_without_the_account_an_order_works_at() {
    let mut bench = live_desk();
    let id = bench.working(A, there(buy("2", "1990")));
    let refused = bench
        .restart(false, |genesis| {
            alone(genesis);
            live(genesis);
        })
        .unwrap_err();
    let symbol = bench.state().genesis().instrument(INV).unwrap().symbol.to_string();
    assert_eq!(refused, Unfit::Unspoken { names: format!("{symbol} at b") });
    assert!(refused.to_string().contains("put the account"), "{refused}");
    assert_eq!(bench.status(id), OrderStatus::Working);
    // The order has ended: nobody is needed there any more.
    bench.confirm_cancel(id);
    bench
        .restart(false, |genesis| {
            alone(genesis);
            live(genesis);
        })
        .unwrap();
}

#[test]
fn nor_without_the_account_a_position_is_held_at() {
    let mut bench = live_desk();
    let id = bench.working(A, there(buy("2", "1990")));
    bench.fill(id, "2", "1990");
    let without = |genesis: &mut Genesis| {
        alone(genesis);
        live(genesis);
    };
    assert!(matches!(bench.restart(false, without), Err(Unfit::Unspoken { .. })));
    let kept = |genesis: &mut Genesis| {
        two(genesis);
        genesis.watchdog = flightdeck::model::Watchdog::default();
        live(genesis);
    };
    bench.restart(false, kept).unwrap();
}

#[test]
fn an_account_may_not_come_back_under_another_name() {
    let mut bench = opened();
    let refused = bench.restart(false, |genesis| with(genesis, &[("c", "openalgo b", &[INV])])).unwrap_err();
    let (was, now) = ("b".to_owned(), "c".to_owned());
    assert_eq!(refused, Unfit::Renamed { place: "openalgo b".to_owned(), was, now });
    // Nor once it was gone for a run.
    bench.restart(false, alone).unwrap();
    let renamed = bench.restart(false, |genesis| with(genesis, &[("c", "openalgo b", &[INV])]));
    assert!(matches!(renamed, Err(Unfit::Renamed { .. })));
    bench.restart(false, |genesis| with(genesis, &[("b", "openalgo b", &[INV])])).unwrap();
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1007")), "as it was");
}

#[test]
fn accounts_in_another_order_keep_their_numbers_and_their_cash() {
    let mut bench = opened();
    let further: [(&str, &str, &[InstrumentId]); 2] = [("c", "openalgo c", &[]), ("b", "openalgo b", &[INV])];
    bench.restart(false, |genesis| with(genesis, &further)).unwrap();
    let accounts = &bench.state().genesis().accounts;
    assert_eq!((accounts.named("b"), accounts.of(INV)), (Some(THERE), THERE));
    assert_eq!(accounts.named("c"), Some(AccountId::new(2)));
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1007")));
}

#[test]
fn cash_of_an_account_that_is_gone_is_not_counted_and_another_ones_once() {
    let mut bench = opened();
    assert_eq!(bench.state().cash_in(currency("ETH")), money("1007"));
    let worth = bench.state().capital_worth();
    bench.restart(false, alone).unwrap();
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1000")));
    assert_eq!(bench.state().cash_in(currency("ETH")), money("1000"));
    bench.freshen();
    assert!(bench.state().capital_worth() < worth);
    // Another server under another name: its own cash, once.
    bench.restart(false, |genesis| with(genesis, &[("c", "openalgo c", &[INV])])).unwrap();
    let BrokerReport::Account(mut told) = account_there(&bench, ("5", "0")) else { panic!() };
    told.account = bench.state().genesis().accounts.named("c").unwrap();
    bench.report(BrokerReport::Account(told));
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1005")));
}

#[test]
fn what_an_account_that_is_gone_earned_went_with_it() {
    let mut bench = opened();
    let id = bench.working(A, there(buy("2", "1990")));
    bench.fill(id, "2", "1990");
    let id = bench.order(
        A,
        flightdeck::engine::OrderSpec { side: flightdeck::model::Side::Sell, ..there(buy("2", "2010")) },
    );
    bench.fill(id, "2", "2010");
    assert!(bench.state().equity_in(currency("ETH")) > Some(money("1007")));
    let net = bench.state().account_pnl().unwrap().net;
    bench.restart(false, alone).unwrap();
    bench.freshen();
    let state = bench.state();
    assert_eq!(state.equity_in(currency("ETH")), Some(money("1000")));
    assert!(state.account_pnl().unwrap().net >= net, "what was earned was earned");
}

#[test]
fn another_server_under_the_name_of_an_account_begins_with_its_own_cash() {
    let mut bench = opened();
    bench.restart(false, |genesis| with(genesis, &[("b", "openalgo elsewhere", &[INV])])).unwrap();
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1000")));
    for link in BOTH {
        alive(&mut bench, link);
    }
    let told = account_there(&bench, ("3", "0"));
    let events = bench.report(told);
    assert_eq!((opens(&events), lines(&bench)), (1, Vec::new()));
    assert_eq!(bench.state().equity_in(currency("ETH")), Some(money("1003")));
}
