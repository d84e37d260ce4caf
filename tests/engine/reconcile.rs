//! Three books compared: ours, the broker's orders, the broker's account. What differs is told line by line, stops new
//! risk, and is never traded away.

use super::bench::{Bench, buy, market, submitted};
use super::kill_resume::{has_resumed, refusal, snapshot};
use super::watchdog::{NONE, agree, pass, told_open, watched};
use super::world::{A, LIN, currency, qty};
use flightdeck::model::{
    Actor, BrokerReport, ClientOrderId, Command, ControlEvent, Envelope, Event, KillLevel, Money, OrderEvent,
    OrderId, OrderSnapshot, OrdersSnapshot, Reason, Refusal, RunId, Scope, Side, Span, StrategyId,
};
use flightdeck::state::{Difference, Suspect};

fn mismatches(events: &[Envelope]) -> usize {
    events.iter().filter(|one| matches!(one.event, Event::Control(ControlEvent::Mismatch { .. }))).count()
}

fn began(events: &[Envelope]) -> usize {
    events
        .iter()
        .filter(|one| matches!(one.event, Event::Control(ControlEvent::ReconcileBegan { .. })))
        .count()
}

fn levels(bench: &Bench) -> [KillLevel; 3] {
    let control = &bench.state().control;
    [Scope::All, Scope::Instrument(LIN), Scope::Strategy(A)].map(|scope| control.kill_at(scope))
}

fn accept(bench: &mut Bench, line: u32) -> Vec<Envelope> {
    bench.operator(Command::AcceptDifference { line, reason: Reason::new("seen at the broker's own screen") })
}

/// An order at the broker that carries this name.
fn at_broker(bench: &Bench, order: ClientOrderId) -> BrokerReport {
    let row = OrderSnapshot {
        order,
        venue_id: flightdeck::model::VenueOrderId("X".into()),
        instrument: LIN,
        side: Side::Buy,
        qty: qty("3"),
        filled: qty("1"),
        kind: flightdeck::model::OrderKind::Limit { price: super::world::price("90") },
        status: flightdeck::model::OrderStatus::Working,
        at: bench.now,
    };
    let fills = bench.state().ledger.fills;
    BrokerReport::Orders(Box::new(OrdersSnapshot {
        open: vec![row],
        fills,
        at: bench.now,
        account: flightdeck::model::AccountId::FIRST,
    }))
}

#[test]
fn books_are_compared_at_the_start_every_five_minutes_and_when_asked() {
    let mut bench = Bench::with(|genesis| genesis.watchdog = flightdeck::model::Watchdog::default());
    assert_eq!(began(&bench.tick()), 1, "the start");
    agree(&mut bench, &[]);
    let quiet = pass(&mut bench, Span::from_secs(299), true);
    assert_eq!(began(&quiet), 0);
    assert_eq!(began(&pass(&mut bench, Span::from_secs(2), true)), 1);
    assert_eq!(began(&bench.command(Actor::Cli, Command::Reconcile)), 1);
}

#[test]
fn a_difference_stops_its_instrument_at_first_sight_and_everything_once_confirmed() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    pass(&mut bench, Span::from_secs(6), true);
    let wrong = snapshot(&bench, "4");
    let first = bench.report(wrong);
    assert_eq!(mismatches(&first), 1);
    assert_eq!(levels(&bench), [KillLevel::K0, KillLevel::K1, KillLevel::K0]);
    let wrong = snapshot(&bench, "4");
    bench.report(wrong);
    assert_eq!(levels(&bench)[0], KillLevel::K0, "seen twice within the quiet time proves nothing more");
    let asked = pass(&mut bench, Span::from_secs(5), true);
    assert_eq!(began(&asked), 1, "it asks again soon while something stands");
    let wrong = snapshot(&bench, "4");
    let second = bench.report(wrong);
    assert_eq!((mismatches(&second), levels(&bench)[0]), (0, KillLevel::K2), "one line, told once");
    assert!(submitted(&second).is_empty() && bench.net(A) == "5", "nothing is traded to make books agree");
    assert!(bench.state().reconciliation.lines[0].confirmed);
}

#[test]
fn a_difference_that_is_confirmed_cancels_entries_in_the_same_step() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    let entry = bench.working(A, super::bench::buy("1", "95"));
    pass(&mut bench, Span::from_secs(6), true);
    let wrong = snapshot(&bench, "4");
    bench.report(wrong);
    pass(&mut bench, Span::from_secs(6), true);
    let wrong = snapshot(&bench, "4");
    let events = bench.report(wrong);
    assert_eq!(levels(&bench)[0], KillLevel::K2);
    assert_eq!(super::bench::canceling(&events), [entry], "and not a tick later");
}

#[test]
fn where_something_of_ours_moves_a_difference_waits_for_quiet_but_not_for_ever() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    let began = bench.now;
    for _ in 0..34 {
        // A strategy that never rests: an order a second.
        let id = bench.working(A, buy("0.1", "90"));
        let wrong = snapshot(&bench, "4");
        bench.report(wrong);
        let killed = levels(&bench)[1] > KillLevel::K0;
        if killed {
            let held = bench.now.since(began);
            assert!((Span::from_secs(30)..Span::from_secs(33)).contains(&held), "after {held}");
            return;
        }
        bench.operator(Command::Cancel { order: id });
        bench.confirm_cancel(id);
        pass(&mut bench, Span::from_millis(940), true);
    }
    panic!("a busy instrument hid it");
}

#[test]
fn a_fill_on_its_way_is_no_difference_and_neither_is_an_older_snapshot() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    let right = snapshot(&bench, "5");
    bench.report(right.clone());
    bench.hold(A, (Side::Buy, "2"), "100");
    let now = snapshot(&bench, "7");
    bench.report(now);
    assert!(bench.report(right).is_empty(), "overtaken on the way: it says nothing");
    assert!(bench.state().reconciliation.is_clean());
}

#[test]
fn a_ghost_order_is_a_line_and_is_asked_about_and_stays_open_until_proven() {
    let mut bench = watched();
    let id = bench.working(A, buy("1", "99"));
    let early = told_open(&bench, &[]);
    assert_eq!(mismatches(&bench.report(early)), 0, "it was accepted a moment ago");
    pass(&mut bench, Span::from_secs(6), true);
    let ghost = told_open(&bench, &[]);
    let events = bench.report(ghost);
    let queried = |one: &Envelope| matches!(one.event, Event::Order(OrderEvent::Queried { id: asked, .. }) if asked == id);
    assert_eq!((mismatches(&events), events.iter().filter(|one| queried(one)).count()), (1, 1));
    assert_eq!(
        bench.state().reconciliation.lines[0].what,
        Difference::MissingOrder { order: id, instrument: LIN }
    );
    assert!(bench.state().orders.get(id).is_some_and(flightdeck::model::Order::is_open));
    assert_eq!(levels(&bench)[1], KillLevel::K1);
    for _ in 0..2 {
        let order = bench.client_id(id);
        bench.report(BrokerReport::NotFound { order, at: bench.now });
        pass(&mut bench, Span::from_millis(1_100), true);
    }
    assert!(bench.state().orders.get(id).is_some_and(|order| !order.is_open()), "twice not found is proof");
    agree(&mut bench, &[]);
    assert!(bench.state().reconciliation.is_clean(), "proof takes the line away");
}

#[test]
fn an_order_of_another_run_of_ours_is_a_second_engine_and_stops_everything() {
    let mut bench = watched();
    let other = ClientOrderId::derive(RunId::new(99), OrderId::new(4));
    let told = at_broker(&bench, other);
    bench.report(told);
    assert_eq!(bench.state().control.global, KillLevel::K1);
    assert!(matches!(bench.state().reconciliation.lines[0].what, Difference::OtherEngine { .. }));
    let refused = bench.resume();
    assert_eq!(refusal(&refused), Refusal::NotReconciled);
}

#[test]
fn an_order_of_somebody_else_is_external_counts_in_risk_and_is_never_touched() {
    let mut bench = watched();
    let told = at_broker(&bench, ClientOrderId::from_bits(42));
    let events = bench.report(told);
    assert_eq!((levels(&bench), mismatches(&events)), (NONE, 0));
    assert_eq!(bench.state().reconciliation.external.len(), 1);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("2"), "what is left of it");
    bench.kill(KillLevel::K3, Scope::All);
    let after = bench.tick();
    assert!(super::bench::canceling(&after).is_empty());
    let gone = told_open(&bench, &[]);
    bench.report(gone);
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
}

#[test]
fn an_order_that_ended_here_and_works_there_and_fills_that_differ_are_lines() {
    let mut bench = watched();
    let gone = bench.working(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: gone });
    bench.confirm_cancel(gone);
    let partly = bench.working(A, buy("2", "98"));
    pass(&mut bench, Span::from_secs(6), true);
    let BrokerReport::Orders(mut told) = told_open(&bench, &[gone, partly]) else { panic!() };
    told.open[1].filled = qty("0.5");
    bench.report(BrokerReport::Orders(told));
    let lines: Vec<Difference> = bench.state().reconciliation.differences().copied().collect();
    let filled = Difference::FilledQty { order: partly, instrument: LIN, ours: qty("0"), broker: qty("0.5") };
    assert!(lines.contains(&filled), "{lines:?}");
    assert!(lines.contains(&Difference::EndedOrder { order: gone, instrument: LIN }), "{lines:?}");
}

#[test]
fn who_may_have_moved_it_is_guessed() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    let open = bench.working(A, buy("2", "90"));
    pass(&mut bench, Span::from_secs(6), true);
    for (net, wanted) in [
        ("7", Suspect::FillNotTold(open)),
        ("0", Suspect::FillTakenBack(OrderId::new(1))),
        ("1.5", Suspect::Elsewhere),
    ] {
        let wrong = snapshot(&bench, net);
        bench.report(wrong);
        assert_eq!(bench.state().reconciliation.lines[0].suspect, wanted);
    }
}

#[test]
fn a_resume_waits_until_the_difference_is_gone_or_each_line_is_accepted_by_name() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    pass(&mut bench, Span::from_secs(6), true);
    let wrong = snapshot(&bench, "4");
    bench.report(wrong.clone());
    assert_eq!(refusal(&bench.resume()), Refusal::NotReconciled);
    let line = bench.state().reconciliation.lines[0].id;
    let reason = Reason::new("broker's bust at 10:02");
    let by =
        |bench: &mut Bench, actor, reason| bench.command(actor, Command::AcceptDifference { line, reason });
    assert_eq!(refusal(&by(&mut bench, Actor::Strategy(A), reason)), Refusal::HumanOnly);
    assert_eq!(refusal(&by(&mut bench, Actor::Operator, Reason::new(" "))), Refusal::ReasonMissing);
    assert_eq!(refusal(&accept(&mut bench, 99)), Refusal::UnknownLine);
    accept(&mut bench, line);
    assert_eq!(refusal(&accept(&mut bench, line)), Refusal::NothingToDo);
    assert!(has_resumed(&bench.resume()));
    pass(&mut bench, Span::from_secs(6), true);
    let same = snapshot(&bench, "4");
    bench.report(same);
    assert_eq!(levels(&bench), NONE, "the same gap is accepted");
    let worse = snapshot(&bench, "3");
    bench.report(worse);
    assert_eq!(levels(&bench)[1], KillLevel::K1, "another one is not");
}

#[test]
fn accepted_fill_counts_let_the_rest_be_compared_again() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    for _ in 0..2 {
        let BrokerReport::Account(mut ahead) = snapshot(&bench, "5") else { panic!() };
        ahead.fills += 1;
        bench.report(BrokerReport::Account(ahead));
        pass(&mut bench, Span::from_secs(4), true);
    }
    assert_eq!(refusal(&bench.resume()), Refusal::NotReconciled);
    let line = bench.state().reconciliation.lines[0].id;
    accept(&mut bench, line);
    let BrokerReport::Account(mut ahead) = snapshot(&bench, "4") else { panic!() };
    ahead.fills += 1;
    bench.report(BrokerReport::Account(ahead));
    assert!(matches!(bench.state().reconciliation.lines[0].what, Difference::Position { .. }));
}

#[test]
fn cash_may_differ_by_the_brokers_declared_rounding_and_no_more() {
    for (by, wanted) in [("0.01", true), ("0.02", false)] {
        let mut bench = super::watchdog::watched_with(|genesis| {
            genesis.watchdog.cash_tolerance = super::world::money("0.01");
        });
        let BrokerReport::Account(mut told) = snapshot(&bench, "0") else { panic!() };
        told.balances[0].cash += super::world::money(by);
        assert_eq!(told.balances[0].currency, currency("USDT"));
        bench.report(BrokerReport::Account(told));
        assert_eq!(bench.state().reconciliation.is_clean(), wanted);
    }
}

/// The first order of a live day killed everything, a hundredth of a rupee apart; with a real broker's charges every one would have.
#[test]
fn cash_at_a_broker_that_tells_no_fees_is_told_once_and_stops_nothing_but_a_position_does() {
    let mut bench = super::watchdog::watched_with(|genesis| genesis.venue.tells_fees = false);
    bench.hold(A, (Side::Buy, "5"), "100");
    pass(&mut bench, Span::from_secs(6), true);
    let mut told = Vec::new();
    for fee in ["0.01", "23.6", "47.2"] {
        let BrokerReport::Account(mut account) = snapshot(&bench, "5") else { panic!() };
        account.balances[0].cash += -super::world::money(fee);
        told.extend(bench.report(BrokerReport::Account(account)));
        pass(&mut bench, Span::from_secs(6), true);
    }
    assert_eq!(
        (mismatches(&told), levels(&bench)),
        (1, NONE),
        "one alert however the fees grow, and no kill"
    );
    let [line] = bench.state().reconciliation.lines.as_slice() else { panic!() };
    let Difference::Cash { ours, broker, .. } = line.what else { panic!("{line:?}") };
    assert_eq!(
        (ours - broker, line.confirmed),
        (super::world::money("47.2"), true),
        "it is there to be read"
    );
    assert!(bench.state().reconciliation.is_clean(), "a resume and an arming do not wait for it");
    let wrong = snapshot(&bench, "4");
    bench.report(wrong);
    assert_eq!(levels(&bench)[1], KillLevel::K1, "a missing trade is one of position or of fills");
}

#[test]
fn a_failed_question_is_never_a_flat_account() {
    let mut bench = watched();
    bench.hold(A, (Side::Buy, "5"), "100");
    agree(&mut bench, &[]);
    bench.operator(Command::Reconcile);
    let events = pass(&mut bench, Span::from_secs(35), true);
    assert_eq!((mismatches(&events), levels(&bench)), (0, NONE));
    assert!(bench.state().reconciliation.is_clean() && bench.net(A) == "5");
    let told =
        bench.state().alerts().list().iter().any(|alert| alert.key.as_str() == "broker does not answer");
    assert!(told, "that nobody answers is told");
    let empty = snapshot(&bench, "0");
    bench.report(empty);
    assert_eq!(
        levels(&bench),
        [KillLevel::K0, KillLevel::K1, KillLevel::K0],
        "empty once is one line, not flat"
    );
    assert_eq!(bench.net(A), "5");
}

#[test]
fn a_foreign_fill_moves_external_and_books_agree_with_the_broker() {
    let mut bench = watched();
    bench.report(super::orders::foreign("X-1", Side::Buy));
    agree(&mut bench, &[]);
    assert!(bench.state().reconciliation.is_clean());
    assert_eq!((bench.net(StrategyId::EXTERNAL), Money::ZERO), ("3".to_owned(), Money::ZERO));
    assert!(matches!(bench.ask(A, market(Side::Buy, "1")), super::bench::Answer::Released(_)));
}

/// A K4 waited five minutes for an order that somebody else had canceled at once.
#[test]
fn a_flatten_that_orders_of_others_leave_nothing_to_goes_on_soon_after_these_are_gone() {
    let mut bench = watched();
    bench.report(super::orders::foreign("X-1", Side::Sell));
    agree(&mut bench, &[]);
    let told = at_broker(&bench, ClientOrderId::from_bits(42));
    bench.report(told);
    let killed = bench.kill(KillLevel::K4, Scope::All);
    let [first] = submitted(&killed)[..] else { panic!("{killed:?}") };
    assert_eq!(bench.state().orders.get(first).unwrap().request.qty, qty("1"), "two of the three are theirs");
    bench.accept(first);
    bench.fill(first, "1", "100");
    let waited = pass(&mut bench, Span::from_secs(6), true);
    assert!(submitted(&waited).is_empty() && began(&waited) > 0, "what works there is asked about");
    let gone = told_open(&bench, &[]);
    let mut events = bench.report(gone);
    events.extend(pass(&mut bench, Span::from_secs(6), true));
    let [last] = submitted(&events)[..] else { panic!("{events:?}") };
    assert_eq!(bench.state().orders.get(last).unwrap().request.qty, qty("2"));
}
