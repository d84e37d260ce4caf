//! Two accounts, one of them away: what goes on at the other goes on whole, and what was begun at the one that is away is
//! finished once it is back, neither twice nor never.

use super::accounts::{BOTH, THERE, alive, desk, levels, lost, pass, there, two};
use super::batches::{batch_events, batch_of, completions, decide};
use super::bench::{Answer, Bench, Pull, buy, canceling, denial, market, new_order, submitted};
use super::exits::{denials, held, sent, stop, unprotected};
use super::replace::limit;
use super::watchdog::watched_with;
use super::world::{A, INV, LIN, price, qty};
use flightdeck::engine::{OrderSpec, destination, effect};
use flightdeck::model::{
    AccountId, BatchDecision, BatchEvent, BrokerReport, BrokerRequest, Command, Envelope, Input,
    InstrumentId, KillLevel, LegOutcome, MarketEvent, OnFailure, Order, OrderChange, OrderId, OrderStatus,
    RuleId, Scope, Side, Span, StrategyId, Trade, Unsent,
};

/// Where the two instruments are traded, by which link their account is known, and an order that rests.
fn sides() -> [(AccountId, &'static str, OrderSpec); 2] {
    [(AccountId::FIRST, "broker", buy("2", "99")), (THERE, "broker@b", there(buy("2", "1990")))]
}

/// The links that answer while one does not, its quotes still coming.
fn others(away: &str) -> Vec<&'static str> {
    BOTH.into_iter().filter(|one| *one != away).collect()
}

/// The requests of a kind that leave, each with the account it goes to.
fn leaving(bench: &Bench, events: &[Envelope], is_it: fn(&BrokerRequest) -> bool) -> Vec<Option<AccountId>> {
    let of = |one: &&Envelope| effect(&one.event).is_some_and(|effect| is_it(&effect.request));
    events.iter().filter(of).map(|one| destination(&one.event, bench.state())).collect()
}

fn is_change(request: &BrokerRequest) -> bool {
    matches!(request, BrokerRequest::Replace { .. })
}

fn more(account: AccountId, size: &str) -> OrderChange {
    limit(size, if account.is_first() { "99" } else { "1990" })
}

/// An account's answer to a message that never left, as its adapter gives it while it is away.
fn not_sent(bench: &mut Bench, id: OrderId, message: Unsent) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::NotSent { order, message, reason: "away".into(), at: bench.now })
}

fn net(bench: &Bench, instrument: InstrumentId) -> String {
    bench.state().ledger.position(A, instrument).net.to_string()
}

/// Strategy `a` holds this at the market of an instrument.
fn holds(bench: &mut Bench, instrument: InstrumentId, size: &str) {
    let id = bench.working(A, OrderSpec { instrument, ..market(Side::Buy, size) });
    bench.fill(id, size, if instrument == LIN { "100" } else { "2000" });
}

/// A quote and a print of the further account's instrument.
fn moves_there(bench: &mut Bench, (bid, ask): (&str, &str), at: &str) -> Vec<Envelope> {
    let mut events = bench.quote(INV, bid, ask);
    let time = bench.now;
    events.extend(bench.step(Input::Market(MarketEvent::Trade(Trade {
        instrument: INV,
        price: price(at),
        qty: qty("1"),
        aggressor: Side::Sell,
        venue_time: time,
        local_time: time,
    }))));
    events
}

#[test]
fn an_order_is_changed_at_one_account_while_the_other_is_down() {
    for ((account, _, spec), (_, away, _)) in sides().into_iter().zip(sides().into_iter().rev()) {
        let mut bench = desk();
        let id = bench.working(A, spec);
        lost(&mut bench, away);
        bench.pull(A, Pull::Replace(id, more(account, "3")));
        let events = bench.print();
        assert_eq!(leaving(&bench, &events, is_change), [Some(account)], "{away} is away: {events:?}");
        let change = more(account, "3");
        let order = bench.client_id(id);
        bench.report(BrokerReport::Replaced { order, change, at: bench.now });
        let known = bench.state().orders.get(id).unwrap();
        assert_eq!((known.status, known.request.qty), (OrderStatus::Working, qty("3")));
        pass(&mut bench, Span::from_secs(20), &others(away));
        assert_eq!(bench.status(id), OrderStatus::Working, "what is away takes nothing with it");
        bench.assert_replica_is_equal();
    }
}

#[test]
fn a_change_at_an_account_that_is_down_adds_no_risk_and_one_that_never_left_changes_nothing() {
    for (account, away, spec) in sides() {
        let mut bench = desk();
        let id = bench.working(A, spec);
        lost(&mut bench, away);
        bench.pull(A, Pull::Replace(id, more(account, "3")));
        let events = bench.print();
        assert_eq!(denials(&events).iter().map(|one| one.rule).collect::<Vec<_>>(), [RuleId::Kill]);
        bench.operator(Command::Replace { order: id, change: more(account, "1") });
        assert_eq!(bench.status(id), OrderStatus::PendingReplace);
        not_sent(&mut bench, id, Unsent::Change);
        let known = bench.state().orders.get(id).unwrap();
        assert_eq!((known.status, known.request.qty), (OrderStatus::Working, qty("2")), "as it was");
        bench.assert_replica_is_equal();
    }
}

#[test]
fn an_exit_leaves_at_one_account_while_the_other_is_down_and_the_others_position_stays() {
    for ((account, _, _), (_, away, _)) in sides().into_iter().zip(sides().into_iter().rev()) {
        let (here, elsewhere) = if account.is_first() { (LIN, INV) } else { (INV, LIN) };
        let mut bench = desk();
        holds(&mut bench, here, "2");
        holds(&mut bench, elsewhere, "3");
        let entry = OrderSpec {
            instrument: here,
            ..if account.is_first() { buy("1", "99") } else { buy("1", "1990") }
        };
        let entry = bench.working(A, entry);
        lost(&mut bench, away);
        let events = bench.operator(Command::Close { strategy: A, instrument: here });
        assert_eq!(canceling(&events), [entry]);
        let events = bench.confirm_cancel(entry);
        let [exit] = submitted(&events)[..] else { panic!("one exit: {events:?}") };
        let is_order = |request: &BrokerRequest| matches!(request, BrokerRequest::Submit(_));
        assert_eq!(leaving(&bench, &events, is_order), [Some(account)]);
        bench.fill(exit, "2", if account.is_first() { "100" } else { "2000" });
        assert_eq!((net(&bench, here).as_str(), net(&bench, elsewhere).as_str()), ("0", "3"));
        assert!(bench.state().closing.is_empty());
        bench.assert_replica_is_equal();
    }
}

#[test]
fn a_flatten_of_everything_closes_at_once_where_somebody_is_and_later_where_nobody_was() {
    let mut bench = desk();
    holds(&mut bench, LIN, "2");
    holds(&mut bench, INV, "3");
    lost(&mut bench, "broker@b");
    let events = bench.kill(KillLevel::K4, Scope::All);
    let mine = |bench: &Bench, id: &OrderId| bench.state().orders.get(*id).unwrap().request.instrument == LIN;
    let [here] = submitted(&events).into_iter().filter(|id| mine(&bench, id)).collect::<Vec<_>>()[..] else {
        panic!("{events:?}")
    };
    bench.fill(here, "2", "100");
    assert_eq!(net(&bench, LIN), "0");
    // What is sent there meanwhile never leaves.
    let end = bench.now.after(Span::from_secs(5));
    while bench.now < end {
        pass(&mut bench, Span::from_millis(100), &others("broker@b"));
        let open = bench.state().orders.open().iter().map(|order| order.id).collect::<Vec<_>>();
        for id in open {
            not_sent(&mut bench, id, Unsent::Order);
        }
    }
    assert_eq!(net(&bench, INV), "3");
    alive(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(3), &BOTH);
    let open: Vec<_> = bench.state().orders.open().iter().map(|one| (one.id, one.request.qty)).collect();
    let [(exit, size)] = open[..] else { panic!("one exit, not two: {open:?}") };
    assert_eq!(size, qty("3"));
    bench.fill(exit, "3", "2000");
    pass(&mut bench, Span::from_secs(3), &BOTH);
    assert_eq!((net(&bench, INV).as_str(), bench.state().orders.open().len()), ("0", 0));
    bench.assert_replica_is_equal();
}

#[test]
fn a_held_stop_that_is_hit_while_its_account_is_down_is_told_and_tried_until_it_leaves_once() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        genesis.venue.holds_stops = false;
    });
    alive(&mut bench, "broker@b");
    holds(&mut bench, INV, "3");
    bench.pull(A, Pull::Submit(there(stop(Side::Sell, "3", "1990").reduce_only())));
    let exit = held(&bench.print());
    lost(&mut bench, "broker@b");
    let mut events = moves_there(&mut bench, ("1988.99", "1989.01"), "1989");
    let [(first, _)] = sent(&events)[..] else { panic!("no exit waits: {events:?}") };
    assert_eq!(first, exit);
    // Its adapter lets nothing leave, and says so each time.
    let mut tried = 0;
    for _ in 0..30 {
        let open: Vec<_> =
            bench.state().orders.open().iter().filter(|one| !one.is_held()).map(|one| one.id).collect();
        tried += open.len();
        for id in open {
            events.extend(not_sent(&mut bench, id, Unsent::Order));
        }
        bench.wait(Span::from_millis(100));
        for link in others("broker@b") {
            alive(&mut bench, link);
        }
        events.extend(moves_there(&mut bench, ("1988.99", "1989.01"), "1989"));
        events.extend(bench.tick());
    }
    assert!((2..=5).contains(&tried), "about once a second: {tried}");
    let told = unprotected(&events);
    assert!(told.iter().any(|why| why.as_str().contains("away")), "{told:?}");
    assert!(
        bench.state().orders.open().iter().any(|one| one.request.instrument == INV),
        "it is not given up"
    );
    // The other trades on.
    bench.quote(LIN, "99.9", "100.1");
    assert!(matches!(bench.ask(A, buy("1", "99")), Answer::Released(_)));
    let open: Vec<_> = bench
        .state()
        .orders
        .open()
        .iter()
        .filter(|one| one.request.instrument == INV && !one.is_held())
        .map(|one| one.id)
        .collect();
    for id in open {
        not_sent(&mut bench, id, Unsent::Order);
    }
    alive(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(2), &BOTH);
    let there = |one: &&Order| one.request.instrument == INV;
    let open: Vec<_> = bench
        .state()
        .orders
        .open()
        .iter()
        .filter(there)
        .map(|one| (one.id, one.request.qty, one.is_held()))
        .collect();
    let [(exit, size, false)] = open[..] else { panic!("one exit leaves: {open:?}") };
    assert_eq!(size, qty("3"));
    bench.fill(exit, "3", "1985");
    pass(&mut bench, Span::from_secs(5), &BOTH);
    assert_eq!((net(&bench, INV).as_str(), bench.state().orders.is_holding()), ("0", false));
    bench.assert_replica_is_equal();
}

#[test]
fn a_held_entry_that_is_hit_while_its_account_is_down_ends_and_is_not_sent_later() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        genesis.venue.holds_stops = false;
    });
    alive(&mut bench, "broker@b");
    bench.pull(A, Pull::Submit(there(stop(Side::Buy, "3", "2010"))));
    let entry = held(&bench.print());
    lost(&mut bench, "broker@b");
    let events = moves_there(&mut bench, ("2010.99", "2011.01"), "2011");
    assert_eq!((sent(&events), denials(&events).len()), (vec![], 1), "{events:?}");
    assert_eq!(bench.status(entry), OrderStatus::Canceled);
    alive(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(3), &BOTH);
    assert_eq!(net(&bench, INV), "0");
}

/// A basket of an order here and orders there, by hand.
fn basket(legs: Vec<OrderSpec>, on_failure: OnFailure) -> Command {
    let legs = legs.into_iter().map(|leg| new_order(StrategyId::MANUAL, leg)).collect();
    Command::Basket { batch: batch_of(legs, on_failure) }
}

#[test]
fn a_basket_over_both_accounts_is_complete_only_when_the_one_that_was_lost_has_told_its_leg() {
    let mut bench = desk();
    let events = bench.operator(basket(vec![buy("1", "99"), there(buy("2", "1990"))], OnFailure::Hold));
    let [here, at_b] = submitted(&events)[..] else { panic!("both leave: {events:?}") };
    bench.accept(here);
    lost(&mut bench, "broker@b");
    bench.fill(here, "1", "99");
    pass(&mut bench, Span::from_secs(10), &others("broker@b"));
    assert_eq!(bench.status(at_b), OrderStatus::Unknown, "nobody knows whether it got there");
    assert_eq!(completions(&bench), []);
    let leg = |bench: &Bench, leg: usize| bench.state().batches.open()[0].legs[leg].outcome();
    assert_eq!(leg(&bench, 0), LegOutcome::Filled { order: here, qty: qty("1") });
    assert_eq!(leg(&bench, 1), LegOutcome::Unknown { order: at_b });
    // It got there, and has filled.
    alive(&mut bench, "broker@b");
    bench.fill(at_b, "2", "1990");
    decide(&mut bench, BatchDecision::Leave);
    let [BatchEvent::Completed { legs, filled: 2, total: 2, .. }] = &completions(&bench)[..] else {
        panic!("complete, once: {:?}", completions(&bench))
    };
    assert_eq!(legs[1], LegOutcome::Filled { order: at_b, qty: qty("2") });
    assert_eq!(submitted(&bench.log).len(), 2, "nothing was sent twice");
    bench.assert_replica_is_equal();
}

#[test]
fn a_leg_whose_account_is_lost_before_its_turn_is_never_sent_and_what_works_elsewhere_is_left() {
    let mut bench = watched_with(|genesis| {
        two(genesis);
        genesis.limits.messages_per_s = 6;
    });
    alive(&mut bench, "broker@b");
    let legs = vec![buy("1", "99"), there(buy("2", "1990")), there(buy("2", "1991"))];
    let events = bench.operator(basket(legs, OnFailure::Hold));
    let [here, at_b] = submitted(&events)[..] else { panic!("the third waits for b's rate: {events:?}") };
    bench.accept(here);
    bench.accept(at_b);
    let before = bench.log.len();
    lost(&mut bench, "broker@b");
    pass(&mut bench, Span::from_millis(200), &others("broker@b"));
    let told = batch_events(&bench.log[before..]);
    let [BatchEvent::Stopped { leg: 2, .. }, BatchEvent::Decided { decision, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(*decision, BatchDecision::Leave, "what is held back by a kill never follows");
    pass(&mut bench, Span::from_secs(3), &others("broker@b"));
    assert_eq!((bench.status(here), completions(&bench)), (OrderStatus::Working, vec![]));
    alive(&mut bench, "broker@b");
    pass(&mut bench, Span::from_secs(3), &BOTH);
    bench.fill(here, "1", "99");
    assert_eq!(completions(&bench), [], "the leg at b works on");
    bench.fill(at_b, "2", "1990");
    let [BatchEvent::Completed { legs, filled: 2, total: 3, .. }] = &completions(&bench)[..] else {
        panic!("{:?}", completions(&bench))
    };
    assert_eq!(legs[2], LegOutcome::NotSent);
    assert_eq!(submitted(&bench.log).len(), 2);
    bench.assert_replica_is_equal();
}

#[test]
fn while_the_first_account_is_down_the_further_one_takes_new_orders_and_the_first_takes_none() {
    let mut bench = desk();
    lost(&mut bench, "broker");
    pass(&mut bench, Span::from_secs(20), &others("broker"));
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K2, KillLevel::K0]);
    assert_eq!(denial(bench.ask(A, buy("1", "99"))).rule, RuleId::Kill);
    assert!(matches!(bench.ask(A, there(buy("1", "1990"))), Answer::Released(_)));
}
