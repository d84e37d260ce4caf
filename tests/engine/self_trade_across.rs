//! One contract at two accounts under two names: the exchange has one book for both, so orders of ours must not meet in it.

use super::accounts::two;
use super::bench::{Answer, Bench, Pull, buy, canceling, denial, market, submitted};
use super::world::{A, B, INV, LIN, price};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{Instrument, Measure, RuleId, Side};
use flightdeck::state::Genesis;

/// The second instrument is the first one's contract, traded at the further account.
fn twin(genesis: &mut Genesis) {
    two(genesis);
    let same = Instrument { id: INV, symbol: "LIN-B".into(), ..genesis.instruments[0].clone() };
    genesis.instruments[1] = same;
    genesis.conversions.clear();
    genesis.capital.truncate(1);
    genesis.limits.self_trade_blocks = 60;
}

fn quoted(change: impl FnOnce(&mut Genesis)) -> Bench {
    let mut bench = Bench::bare(change);
    for instrument in [LIN, INV] {
        bench.quote(instrument, "99.9", "100.1");
    }
    bench
}

/// A desk that knows of the two that they are one.
fn desk() -> Bench {
    quoted(|genesis| {
        twin(genesis);
        genesis.accounts = genesis.accounts.clone().with_twins([(LIN, INV)]);
    })
}

/// An order in the other name.
fn there(order: OrderSpec) -> OrderSpec {
    OrderSpec { instrument: INV, ..order }
}

fn sells(order: OrderSpec) -> OrderSpec {
    OrderSpec { side: Side::Sell, ..order }
}

#[test]
fn an_entry_that_would_meet_an_order_of_ours_at_another_account_is_denied() {
    let mut bench = desk();
    bench.working(A, there(buy("1", "99.9")));
    for crossing in [sells(buy("1", "99.9")), market(Side::Sell, "1")] {
        let told = denial(bench.ask(B, crossing));
        assert_eq!((told.rule, told.limit), (RuleId::SelfTrade, Measure::Price(price("99.9"))), "{told:?}");
        assert!(told.detail.contains("another account"), "{told:?}");
    }
    // What does not reach it passes, and so does the same side.
    assert!(matches!(bench.ask(B, sells(buy("1", "100.2"))), Answer::Released(_)));
    assert!(matches!(bench.ask(B, buy("1", "99.8")), Answer::Released(_)));
    // The other way round it is known too.
    let rests = bench.working(A, sells(buy("2", "100")));
    assert_eq!(denial(bench.ask(B, there(buy("1", "100")))).rule, RuleId::SelfTrade);
    bench.confirm_cancel(rests);
    assert!(matches!(bench.ask(B, there(buy("1", "100"))), Answer::Released(_)));
}

#[test]
fn an_exit_has_what_is_in_its_way_at_another_account_canceled_first() {
    let mut bench = desk();
    bench.hold(A, (Side::Buy, "1"), "100");
    let entry = bench.working(B, there(buy("1", "99.9")));
    let further = bench.working(B, there(buy("1", "99")));
    bench.pull(A, Pull::Submit(market(Side::Sell, "1").reduce_only()));
    let events = bench.print();
    assert_eq!((canceling(&events), submitted(&events).len()), (vec![entry], 1));
    assert_eq!(bench.state().orders.get(further).unwrap().cancel_requested_at, None);
}

#[test]
fn who_lets_accounts_meet_and_what_are_two_contracts_is_not_held_up() {
    let mut bench = quoted(twin);
    bench.working(A, there(buy("1", "99.9")));
    assert!(matches!(bench.ask(B, sells(buy("1", "99.9"))), Answer::Released(_)));
}
