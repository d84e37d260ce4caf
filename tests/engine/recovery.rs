//! A process dies and another goes on with its book: everything is there, nothing is sent twice, and what was in the air
//! is known to be in the air.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the events it looks for")]

use crate::batches::{batch_of, decide, stage};
use crate::bench::{Bench, Pull, buy, market, new_order, sell, submitted};
use crate::exits::{moves, stop, trade, trailing};
use crate::kill_resume::refusal;
use crate::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::{OrderSpec, effect};
use flightdeck::model::{
    BatchDecision, BrokerReport, BrokerRequest, ClientOrderId, Command, ControlEvent, Envelope, Event, Found,
    KillLevel, LimitKey, Measure, OnFailure, OrderChange, OrderEvent, OrderId, OrderKind, OrderStatus,
    Recovery, Refusal, RuleId, Scope, Side, Span, StrategyId, StrategyRules,
};
use flightdeck::state::{BatchStage, HaltOutcome, HaltSubject};

fn crash(bench: &mut Bench) -> Vec<Envelope> {
    bench.assert_facts_are_enough();
    let events = bench.restart(true, |_| {}).expect("the same configuration");
    bench.assert_facts_are_enough();
    events
}

fn found(events: &[Envelope]) -> Recovery {
    match &events.first().expect("a first event").event {
        Event::Control(ControlEvent::Started { recovered: Some(found), .. }) => **found,
        other => panic!("{other:?}"),
    }
}

/// What the events send to the broker.
fn sent(events: &[Envelope]) -> Vec<BrokerRequest> {
    events.iter().filter_map(|one| effect(&one.event)).map(|effect| effect.request).collect()
}

/// The broker's account is told, as it is in our books.
fn compare_account(bench: &mut Bench) {
    use flightdeck::model::{AccountSnapshot, Balance, BrokerPosition};
    let at = bench.now.after(Span::from_millis(1));
    let state = bench.state();
    let positions = state
        .genesis()
        .instrument_ids()
        .map(|instrument| BrokerPosition { instrument, net: state.ledger.account(instrument).net })
        .collect();
    let free = money("900000");
    let balances = state
        .genesis()
        .capital
        .iter()
        .map(|(code, _)| Balance { currency: *code, cash: state.cash_in(*code), margin: money("0"), free })
        .collect();
    let fills = state.ledger.fills;
    let account = AccountSnapshot {
        balances,
        positions,
        fills,
        venue_time: at,
        account: flightdeck::model::AccountId::FIRST,
    };
    bench.report(BrokerReport::Account(Box::new(account)));
}

/// The broker's account and orders are told, as they are in our books.
fn compare(bench: &mut Bench) {
    use flightdeck::model::{OrderSnapshot, OrdersSnapshot};
    compare_account(bench);
    let (at, fills) = (bench.now.after(Span::from_millis(1)), bench.state().ledger.fills);
    let at_work = |order: &&flightdeck::model::Order| order.is_at_broker() && order.is_proven();
    let open = bench.state().orders.open().iter().filter(at_work).map(|order| OrderSnapshot {
        order: order.client_id,
        venue_id: order.venue_id.clone().expect("accepted"),
        instrument: order.request.instrument,
        side: order.request.side,
        qty: order.request.qty,
        filled: order.filled,
        kind: order.request.kind,
        status: OrderStatus::Working,
        at,
    });
    let open = open.collect();
    bench.report(BrokerReport::Orders(Box::new(OrdersSnapshot {
        open,
        fills,
        at,
        account: flightdeck::model::AccountId::FIRST,
    })));
}

#[test]
fn everything_is_there_again_and_numbers_go_on() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    bench.hold(B, (Side::Sell, "1"), "101");
    let rests = bench.working(A, buy("1", "99"));
    let (pnl, (next, _)) = (bench.state().strategy_pnl(A), bench.state().orders.next_id());
    let before = bench.state().seq;
    let events = crash(&mut bench);
    let told = found(&events);
    assert_eq!((told.orders, told.unknown, told.positions, told.batches), (1, 0, 2, 0));
    assert!(told.last <= before.max(told.last) && told.found.crashed);
    assert_eq!(bench.net(A), "3");
    assert_eq!(bench.net(B), "-1");
    assert_eq!(bench.status(rests), OrderStatus::Working);
    let (first, name) = bench.state().orders.next_id();
    assert_eq!(
        first.get(),
        next.get() + 256,
        "an exit that did not wait for the disk may have left as the next one"
    );
    assert_eq!(bench.state().orders.number_of(name), Some(first));
    assert!(bench.state().orders.is_of_this_book(name));
    assert!(bench.state().strategy_pnl(A).is_none(), "no price of before a restart is a price");
    bench.freshen();
    assert_eq!(bench.state().strategy_pnl(A), pnl);
    bench.fill(rests, "1", "99");
    assert_eq!(bench.net(A), "4", "a fill finds its order over the restart");
}

#[test]
fn no_name_is_given_twice_however_many_exits_left_while_the_journal_was_dead() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let (next, _) = bench.state().orders.next_id();
    let names = |bench: &Bench, from: u32| -> Vec<ClientOrderId> {
        (from..from + 2_000).map(|number| bench.state().orders.name_of(OrderId::new(number))).collect()
    };
    // Whatever left after the journal's last word bears one of these.
    let mut given = names(&bench, next.get());
    for start in 1..=3 {
        crash(&mut bench);
        let (first, _) = bench.state().orders.next_id();
        let now = names(&bench, first.get());
        assert!(now.iter().all(|name| !given.contains(name)), "start {start} gives a name a second time");
        given.extend(now);
    }
    // An exit that nobody has written down, numbered as one that will be given again, has filled meanwhile.
    let (first, _) = bench.state().orders.next_id();
    let lost = given
        .iter()
        .copied()
        .find(|name| name.number().get() == first.get() + 1)
        .expect("of the first start");
    assert_eq!(bench.state().orders.number_of(lost), None);
    bench.freshen();
    compare(&mut bench);
    assert!(crate::kill_resume::has_resumed(&bench.resume()));
    bench.operator(Command::Arm { strategy: A });
    let (one, two) = (bench.order(A, sell("1", "101")), bench.order(A, sell("1", "102")));
    assert_eq!((one, two.get()), (first, first.get() + 1));
    bench.report(BrokerReport::Accepted {
        order: lost,
        venue_id: flightdeck::model::VenueOrderId("V-lost".into()),
        at: bench.now,
    });
    assert_eq!(bench.status(two), OrderStatus::Submitted, "it is not taken for the order of the same number");
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K1, "and nothing new leaves");
}

#[test]
fn a_start_of_a_version_that_named_by_the_book_alone_is_read_as_it_was() {
    let mut bench = Bench::new();
    bench.restart_as(Found { crashed: true, epoch: 2, ..Found::default() }, |_| {}).expect("the same");
    let (next, name) = bench.state().orders.next_id();
    assert_eq!(name, ClientOrderId::derive(bench.state().genesis().book, next));
}

#[test]
fn what_was_in_the_air_is_unknown_and_asked_about_and_never_sent_again() {
    let mut bench = Bench::new();
    let alone = bench.order(A, buy("1", "99"));
    let going = bench.working(A, buy("2", "98"));
    bench.operator(Command::Cancel { order: going });
    let changing = bench.working(B, buy("2", "97"));
    let kind = OrderKind::Limit { price: price("96") };
    bench.operator(Command::Replace { order: changing, change: OrderChange { qty: qty("2"), kind } });
    let still = bench.working(B, sell("1", "103"));
    let events = crash(&mut bench);
    assert_eq!((found(&events).orders, found(&events).unknown), (4, 3));
    for id in [alone, going, changing] {
        assert_eq!(bench.status(id), OrderStatus::Unknown);
        assert_eq!(bench.outcome(HaltSubject::Unknown(id)), Some(HaltOutcome::Pending));
        let asked = BrokerRequest::QueryOrder { order: bench.client_id(id) };
        assert_eq!(sent(&events).iter().filter(|one| **one == asked).count(), 1, "asked once, at once");
    }
    assert_eq!(bench.status(still), OrderStatus::Working);
    let only_questions = |one: &BrokerRequest| matches!(one, BrokerRequest::QueryOrder { .. });
    assert!(sent(&events).iter().all(only_questions), "{:?}", sent(&events));
    // The venue has never heard of it.
    for _ in 0..40 {
        bench.wait(Span::from_millis(500));
        let tick = bench.tick();
        let asked = sent(&tick);
        assert!(asked.iter().all(only_questions), "{asked:?}");
        if asked.contains(&BrokerRequest::QueryOrder { order: bench.client_id(alone) }) {
            let (order, at) = (bench.client_id(alone), bench.now);
            bench.report(BrokerReport::NotFound { order, at });
        }
    }
    assert_eq!(bench.status(alone), OrderStatus::Rejected);
    assert_eq!(bench.outcome(HaltSubject::Unknown(alone)), Some(HaltOutcome::Ended));
    // An answer shows it at work.
    let order = bench.state().orders.get(changing).expect("open").clone();
    let told = flightdeck::model::OrderSnapshot {
        order: order.client_id,
        venue_id: order.venue_id.expect("it was accepted"),
        instrument: LIN,
        side: Side::Buy,
        qty: order.request.qty,
        filled: qty("0"),
        kind: order.request.kind,
        status: OrderStatus::Working,
        at: bench.now,
    };
    bench.report(BrokerReport::Order(Box::new(told)));
    assert_eq!(bench.outcome(HaltSubject::Unknown(changing)), Some(HaltOutcome::Proven));
}

#[test]
fn an_exit_in_the_air_is_not_sent_again_even_where_a_venue_would_take_it_once() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    let exit = bench.order(A, market(Side::Sell, "2").reduce_only());
    bench.restart(false, |_| {}).expect("the same configuration");
    bench.freshen();
    let mut all = Vec::new();
    for _ in 0..40 {
        bench.wait(Span::from_millis(500));
        all.extend(bench.tick());
        let (order, at) = (bench.client_id(exit), bench.now);
        all.extend(bench.report(BrokerReport::NotFound { order, at }));
    }
    assert_eq!(submitted(&all), Vec::<OrderId>::new());
    assert_eq!(bench.status(exit), OrderStatus::Rejected);
}

#[test]
fn after_a_crash_nothing_new_leaves_until_a_human_has_looked_and_the_books_are_compared() {
    let mut bench = Bench::new();
    let lost = bench.order(A, buy("1", "99"));
    crash(&mut bench);
    bench.freshen();
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K1);
    assert!(!bench.is_armed(A) && !bench.is_armed(B));
    assert_eq!(refusal(&bench.resume()), Refusal::StillUnknown { orders: 1 });
    bench.reject(lost);
    assert_eq!(refusal(&bench.resume()), Refusal::NotCompared);
    compare(&mut bench);
    assert!(crate::kill_resume::has_resumed(&bench.resume()));
    bench.operator(Command::Arm { strategy: A });
    bench.order(A, buy("1", "99"));
}

#[test]
fn after_an_end_in_order_strategies_go_on_once_the_books_are_compared() {
    let mut bench = Bench::new();
    bench.operator(Command::Disarm { strategy: B, reason: flightdeck::model::Reason::new("enough") });
    bench.restart(false, |_| {}).expect("the same configuration");
    bench.freshen();
    assert!(bench.is_armed(A), "as the configuration wants it");
    assert!(!bench.is_armed(B), "stopped by hand: only a human arms it");
    let early = crate::bench::denial(bench.ask(A, buy("1", "99")));
    assert_eq!(early.rule, RuleId::Unknown);
    compare_account(&mut bench);
    assert!(bench.state().checked_at().is_some() && bench.state().recovering);
    let early = crate::bench::denial(bench.ask(A, buy("1", "99")));
    assert_eq!(
        early.rule,
        RuleId::Unknown,
        "its orders were not told: one may rest there that we do not know"
    );
    compare(&mut bench);
    bench.order(A, buy("1", "99"));
}

#[test]
fn a_strategy_killed_once_and_not_armed_since_stays_disarmed_over_two_restarts() {
    let mut bench = Bench::new();
    crash(&mut bench);
    bench.freshen();
    compare(&mut bench);
    assert!(crate::kill_resume::has_resumed(&bench.resume()));
    bench.restart(false, |_| {}).expect("the same configuration");
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    assert!(!bench.is_armed(A), "nobody has armed it");
}

#[test]
fn a_basket_cut_off_is_listed_leg_by_leg_and_waits_for_a_decision() {
    for decision in [BatchDecision::Complete, BatchDecision::Unwind, BatchDecision::Leave] {
        let mut bench = Bench::with(|genesis| genesis.limits.messages_per_s = 8);
        let legs = ["99", "98", "97", "96", "95"].map(|at| new_order(StrategyId::MANUAL, buy("0.1", at)));
        let batch = batch_of(legs.to_vec(), OnFailure::Hold);
        let left = submitted(&bench.operator(Command::Basket { batch }));
        assert!(!left.is_empty() && left.len() < 5, "the rate cuts it: {left:?}");
        bench.accept(left[0]);
        let events = crash(&mut bench);
        assert_eq!(found(&events).batches, 1);
        assert!(matches!(stage(&bench), BatchStage::Stopped { .. }), "{:?}", stage(&bench));
        let id = bench.state().batches.open()[0].id;
        assert_eq!(bench.outcome(HaltSubject::Batch(id)), Some(HaltOutcome::Pending));
        let legs = &bench.state().batches.open()[0].legs;
        assert_eq!(legs.iter().filter(|leg| leg.is_sent()).count(), left.len());
        assert_eq!(legs[0].status, Some(OrderStatus::Working));
        assert_eq!(legs[1].status, Some(OrderStatus::Unknown));
        bench.freshen();
        bench.wait(Span::from_secs(5));
        assert_eq!(submitted(&bench.tick()), Vec::<OrderId>::new(), "nothing leaves by itself");
        for id in &left[1..] {
            bench.reject(*id);
        }
        bench.freshen();
        compare(&mut bench);
        let resumed = bench.resume();
        assert!(crate::kill_resume::has_resumed(&resumed), "{resumed:?}");
        let after = decide(&mut bench, decision);
        bench.wait(Span::from_secs(2));
        let later = [after, bench.tick()].concat();
        assert_eq!(!submitted(&later).is_empty(), decision == BatchDecision::Complete, "{decision:?}");
    }
}

#[test]
fn held_exits_watch_on_after_a_restart() {
    let mut bench = Bench::with(|genesis| genesis.venue.holds_stops = false);
    bench.pull(A, Pull::Bracket(market(Side::Buy, "2"), price("95"), Some(price("110"))));
    let entry = submitted(&bench.print())[0];
    bench.accept(entry);
    bench.fill(entry, "2", "100");
    bench.hold(B, (Side::Buy, "1"), "100");
    bench.pull(B, Pull::Submit(trailing(Side::Sell, "1", ("98", "2")).reduce_only()));
    trade(&mut bench, "100");
    bench.wait(Span::from_secs(1));
    moves(&mut bench, "102");
    bench.wait(Span::from_secs(1));
    moves(&mut bench, "102");
    let events = crash(&mut bench);
    assert_eq!(found(&events).held, 3);
    bench.quote(LIN, "100.9", "101.1");
    bench.quote(INV, "1999.99", "2000.01");
    let trailed = moves(&mut bench, "99.9");
    assert_eq!(submitted(&trailed).len(), 1, "102 less 2 was reached: {trailed:?}");
    let stopped = moves(&mut bench, "94.9");
    assert_eq!(submitted(&stopped).len(), 1, "the bracket's stop: {stopped:?}");
    let stop = submitted(&stopped)[0];
    bench.accept(stop);
    bench.fill(stop, "2", "94.9");
    assert_eq!(bench.net(A), "0");
    assert!(
        bench.state().orders.open().iter().all(|order| order.request.strategy != A),
        "the target is gone"
    );
}

#[test]
fn a_stop_order_at_the_venue_is_one_after_a_restart() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "1"), "100");
    let rests = bench.working(A, stop(Side::Sell, "1", "95").reduce_only());
    crash(&mut bench);
    assert_eq!(bench.status(rests), OrderStatus::Working);
    assert!(bench.state().is_protective(bench.state().orders.get(rests).expect("open")));
}

#[test]
fn the_floors_of_a_strategy_and_what_they_count_from_survive() {
    let rules = || StrategyRules { breakeven: Some(money("10")), ..StrategyRules::NONE };
    let with = |genesis: &mut flightdeck::state::Genesis| {
        genesis.limits.rules = vec![StrategyRules::NONE, StrategyRules::NONE, rules()];
    };
    let mut bench = Bench::with(with);
    // Two round trips lost before a human arms it again: its rules count from there.
    bench.hold(A, (Side::Buy, "1"), "120");
    bench.hold(A, (Side::Sell, "1"), "100");
    bench.operator(Command::Disarm { strategy: A, reason: flightdeck::model::Reason::new("look") });
    bench.operator(Command::Arm { strategy: A });
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.quote(LIN, "101.9", "102.1");
    bench.tick();
    let armed = |bench: &Bench| bench.state().conduct(A).expect("a strategy").breakeven_armed;
    let base = |bench: &Bench| bench.state().conduct(A).expect("a strategy").base;
    assert!(armed(&bench));
    assert_eq!(base(&bench), Some(money("-20")));
    bench.assert_facts_are_enough();
    bench.restart(false, with).expect("the same configuration");
    assert!(armed(&bench));
    assert_eq!(base(&bench), Some(money("-20")));
    bench.quote(LIN, "99.8", "99.9");
    let events = bench.tick();
    assert!(!bench.is_armed(A), "below breakeven it is ended: {events:?}");
}

#[test]
fn the_day_a_restart_falls_into_is_counted_from_its_first_valuation() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "10"), "100");
    bench.quote(LIN, "104.9", "105.1");
    bench.wait(Span::from_secs(86_400));
    bench.assert_facts_are_enough();
    bench.quote(LIN, "106.9", "107.1");
    let day = bench.state().account_pnl().expect("a price").day;
    assert_eq!(day, money("20"), "from 105, the last price of the day before");
    crash(&mut bench);
    bench.freshen();
    bench.quote(LIN, "106.9", "107.1");
    assert_eq!(bench.state().account_pnl().expect("a price").day, day);
}

#[test]
fn limits_are_the_new_configurations_and_alerts_and_lines_stay() {
    let mut bench = Bench::new();
    bench.operator(Command::SetLimit { key: LimitKey::MaxOpenOrders, to: Measure::Count(3) });
    assert_eq!(bench.state().limits().max_open_orders, 3);
    bench.order(A, buy("1", "99"));
    bench.wait(Span::from_secs(10));
    bench.tick();
    let alerts = bench.state().alerts().list().to_vec();
    assert!(!alerts.is_empty());
    crash(&mut bench);
    assert_eq!(bench.state().limits().max_open_orders, 50, "a restart is where limits may loosen");
    for alert in alerts {
        assert!(bench.state().alerts().get(alert.id).is_some());
    }
}

#[test]
fn a_position_being_closed_is_closed_on() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.wait(Span::from_secs(5));
    bench.operator(Command::Close { strategy: A, instrument: LIN });
    assert_eq!(bench.state().closing.len(), 1);
    crash(&mut bench);
    assert_eq!(bench.state().closing.len(), 1, "nobody has to ask again");
}

#[test]
fn a_spent_message_budget_is_spent_after_a_restart() {
    let mut bench = Bench::with(|genesis| genesis.limits.messages_per_day = 3);
    for at in ["99", "98", "97"] {
        bench.order(A, buy("1", at));
    }
    bench.restart(false, |_| {}).expect("the same configuration");
    bench.freshen();
    let today = bench.state().budget.today(LIN, bench.now);
    assert!(today >= 3, "{today}");
    let unmoved: Vec<OrderSpec> = Vec::new();
    assert!(unmoved.is_empty());
    let events =
        bench.log.iter().filter(|one| matches!(&one.event, Event::Order(OrderEvent::Submitted { .. })));
    assert_eq!(events.count(), 3);
}
