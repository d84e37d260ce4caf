//! What a kill cannot do because somebody else's orders are in its way: it is named, with the way out, until it is past.

use super::bench::{Bench, denial, market, released, submitted};
use super::kill_resume::refusal;
use super::watchdog::{pass, watched};
use super::world::{A, B, LIN, price, qty};
use flightdeck::model::{
    AccountId, BrokerReport, ClientOrderId, Command, ControlEvent, Envelope, Event, FillId, FillReport,
    KillLevel, Liquidity, Money, OrderId, OrderKind, OrderSnapshot, OrderStatus, OrdersSnapshot, Refusal,
    RuleId, RunId, Scope, Side, Span, StrategyId, VenueOrderId,
};
use flightdeck::state::{AlertKey, HaltOutcome, HaltSubject, Severity};

const EXTERNAL: StrategyId = StrategyId::EXTERNAL;

/// The broker shows these orders that are not ours.
fn others(bench: &mut Bench, orders: &[(&str, Side, &str)]) -> Vec<Envelope> {
    let row = |(number, (name, side, much)): (usize, &(&str, Side, &str))| OrderSnapshot {
        order: ClientOrderId::from_bits(7_000 + u128::try_from(number).unwrap()),
        venue_id: VenueOrderId((*name).into()),
        instrument: LIN,
        side: *side,
        qty: qty(much),
        filled: qty("0"),
        kind: OrderKind::Limit { price: price("110") },
        status: OrderStatus::Working,
        at: bench.now,
    };
    let open = orders.iter().enumerate().map(row).collect();
    let (fills, at) = (bench.state().ledger.fills, bench.now);
    bench.report(BrokerReport::Orders(Box::new(OrdersSnapshot {
        open,
        fills,
        at,
        account: AccountId::FIRST,
    })))
}

/// Somebody else has traded at the account.
fn traded(bench: &mut Bench, (name, side, much): (&str, Side, &str)) {
    bench.report(BrokerReport::Filled(FillReport {
        order: ClientOrderId::derive(RunId::new(99), OrderId::new(7)),
        fill_id: FillId(name.into()),
        instrument: LIN,
        side,
        qty: qty(much),
        price: price("100"),
        liquidity: Liquidity::Maker,
        fee: Money::ZERO,
        at: bench.now,
    }));
}

fn said(events: &[Envelope]) -> Vec<String> {
    let why = |one: &Envelope| {
        let Event::Control(ControlEvent::FlattenHeld { strategy: EXTERNAL, why, .. }) = &one.event else {
            return None;
        };
        Some(why.to_string())
    };
    events.iter().filter_map(why).collect()
}

#[test]
fn a_flatten_that_waits_for_orders_of_others_names_them_and_the_way_out() {
    let mut bench = watched();
    traded(&mut bench, ("X-1", Side::Buy, "3"));
    others(&mut bench, &[("26112200001", Side::Sell, "3"), ("26112200002", Side::Sell, "1")]);
    let events = bench.kill(KillLevel::K4, Scope::All);
    assert!(submitted(&events).is_empty(), "on top of theirs it would open a short");
    let why = said(&events);
    let [why] = why.as_slice() else { panic!("told once: {why:?}") };
    for word in ["SELL 3", "26112200001 +1", "cancel it there", "or kill --direct --flat"] {
        assert!(why.contains(word), "{why}");
    }
    let line = bench.state().halt.as_ref().unwrap().lines.first().copied().unwrap();
    assert_eq!(line.holding.map(|one| one.why.to_string()), Some(why.clone()));
}

#[test]
fn what_somebody_elses_fill_closed_waits_no_more() {
    let mut bench = watched();
    traded(&mut bench, ("X-1", Side::Buy, "3"));
    others(&mut bench, &[("26112200001", Side::Sell, "3")]);
    bench.kill(KillLevel::K4, Scope::All);
    let key = AlertKey::Held(EXTERNAL, LIN);
    let stands = |bench: &Bench| {
        bench.state().alerts().list().iter().any(|one| one.key == key && one.over_at.is_none())
    };
    assert!(stands(&bench));
    traded(&mut bench, ("X-2", Side::Sell, "3"));
    assert_eq!(bench.outcome(HaltSubject::Held(EXTERNAL, LIN)), Some(HaltOutcome::Ended));
    assert!(!stands(&bench), "nothing is held any more");
    assert_eq!(bench.state().halt.as_ref().unwrap().pending(), 0);
    // What comes back is told again, for the same reason as before.
    traded(&mut bench, ("X-3", Side::Buy, "2"));
    others(&mut bench, &[("26112200001", Side::Sell, "3")]);
    bench.tick();
    assert_eq!(bench.outcome(HaltSubject::Held(EXTERNAL, LIN)), Some(HaltOutcome::Held));
    assert!(stands(&bench));
}

#[test]
fn another_reason_why_it_waits_is_told_and_not_at_every_tick() {
    let mut bench = watched();
    traded(&mut bench, ("X-1", Side::Buy, "3"));
    bench.wait(Span::from_secs(3));
    assert_eq!(said(&bench.kill(KillLevel::K4, Scope::All)), ["no usable price"]);
    others(&mut bench, &[("26112200001", Side::Sell, "3")]);
    let mut told = Vec::new();
    for _ in 0..30 {
        bench.wait(Span::from_secs(1));
        bench.freshen();
        told.extend(said(&bench.tick()));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("26112200001"), "{told:?}");
}

#[test]
fn a_kill_that_takes_orders_away_asks_soon_what_works_there_and_counts_what_is_not_ours() {
    let mut bench = watched();
    others(&mut bench, &[]);
    let quiet = Span::from_nanos(2 * bench.state().genesis().watchdog.reconcile_quiet.nanos());
    let asked = |events: &[Envelope]| {
        let why = |one: &Envelope| {
            let Event::Control(ControlEvent::ReconcileBegan { why, .. }) = &one.event else { return None };
            Some(why.to_string())
        };
        events.iter().filter_map(why).collect::<Vec<_>>()
    };
    pass(&mut bench, quiet, true);
    assert_eq!(asked(&pass(&mut bench, quiet, true)), Vec::<String>::new(), "nothing is in doubt");
    bench.kill(KillLevel::K3, Scope::All);
    // A lower raise on top of it takes no question away.
    bench.kill(KillLevel::K1, Scope::All);
    assert_eq!(asked(&pass(&mut bench, quiet, true)), ["after a kill"]);
    others(&mut bench, &[("26112200001", Side::Sell, "3"), ("26112200002", Side::Buy, "1")]);
    assert_eq!(bench.state().others_at_work(Scope::All), 2);
    assert_eq!(bench.state().others_at_work(Scope::Instrument(LIN)), 2);
    assert_eq!(bench.state().others_at_work(Scope::Strategy(A)), 0, "no strategy's");
}

#[test]
fn under_a_kill_no_exit_opens_an_account_that_somebody_else_has_closed() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    let exit = |count: &str| market(Side::Sell, count).reduce_only();
    // Somebody takes away a part: what is left shrinks with an exit.
    traded(&mut bench, ("X-1", Side::Sell, "2"));
    bench.kill(KillLevel::K1, Scope::All);
    let id = released(bench.by_hand(A, exit("1")));
    bench.accept(id);
    bench.fill(id, "1", "100");
    // And the rest: the strategy's books hold 5, the account nothing.
    traded(&mut bench, ("X-2", Side::Sell, "3"));
    assert!(bench.state().ledger.account(LIN).net.is_zero());
    let denial = denial(bench.by_hand(A, exit("2")));
    assert_eq!(denial.rule, RuleId::Kill);
    assert!(denial.to_string().contains("claim it"), "{denial}");
    // Claimed, both are flat, and nothing was sent.
    let theirs = bench.state().ledger.position(EXTERNAL, LIN).net;
    bench.operator(Command::Claim { strategy: A, instrument: LIN, qty: theirs });
    assert_eq!((bench.net(A), bench.net(EXTERNAL)), ("0".to_owned(), "0".to_owned()));
}

#[test]
fn a_strategy_that_is_flat_where_somebody_else_is_not_is_told_who_holds_it() {
    let mut bench = Bench::new();
    traded(&mut bench, ("X-1", Side::Buy, "5"));
    let told = refusal(&bench.operator(Command::Close { strategy: A, instrument: LIN }));
    assert_eq!(told, Refusal::OnlyExternal { net: qty("5").signed(Side::Buy) });
    assert!(told.to_string().contains("EXTERNAL holds 5"));
}

/// What is sent: whose, which side, how much.
fn sent(bench: &Bench, events: &[Envelope]) -> Vec<(StrategyId, Side, String)> {
    let orders = submitted(events).into_iter().map(|id| bench.state().orders.get(id).unwrap().request);
    orders.map(|order| (order.strategy, order.side, order.qty.to_string())).collect()
}

#[test]
fn a_flatten_sends_nothing_for_what_somebody_else_has_closed_and_both_are_flat() {
    for scope in [Scope::All, Scope::Strategy(A)] {
        let mut bench = Bench::new();
        bench.hold(A, (Side::Buy, "6"), "100");
        let stop = bench.working(A, market(Side::Sell, "6").reduce_only());
        traded(&mut bench, ("X-1", Side::Sell, "6"));
        let events = bench.kill(KillLevel::K4, scope);
        assert_eq!(
            (sent(&bench, &events), bench.net(A)),
            (vec![], "6".to_owned()),
            "its order may still fill"
        );
        bench.confirm_cancel(stop);
        let events = bench.tick();
        assert_eq!(sent(&bench, &events), [], "{scope:?}");
        assert_eq!((bench.net(A), bench.net(EXTERNAL)), ("0".to_owned(), "0".to_owned()));
        assert_eq!(bench.state().left_to_kill(scope), 0, "it is done");
    }
}

#[test]
fn a_flatten_sends_what_is_left_once_what_somebody_else_holds_against_it_is_claimed() {
    // Of six the account has four; of two against six there are four the other way round.
    for (ours, theirs, closed) in [("6", "2", (A, Side::Sell, "4")), ("2", "6", (EXTERNAL, Side::Buy, "4"))] {
        let mut bench = Bench::new();
        bench.hold(A, (Side::Buy, ours), "100");
        traded(&mut bench, ("X-1", Side::Sell, theirs));
        let events = bench.kill(KillLevel::K4, Scope::All);
        assert_eq!(
            sent(&bench, &events),
            [(closed.0, closed.1, closed.2.to_owned())],
            "{ours} against {theirs}"
        );
    }
}

#[test]
fn closing_everything_claims_too_and_closing_one_of_the_two_sends_its_order() {
    let close = |scope| Command::CloseAll { scope };
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    let stop = bench.working(A, market(Side::Sell, "6").reduce_only());
    traded(&mut bench, ("X-1", Side::Sell, "8"));
    let events = bench.operator(close(Scope::All));
    assert_eq!(sent(&bench, &events), [], "what works for a position that is closed goes first");
    bench.confirm_cancel(stop);
    let events = bench.tick();
    assert_eq!(sent(&bench, &events), [(EXTERNAL, Side::Buy, "2".to_owned())]);
    assert_eq!((bench.net(A), bench.net(EXTERNAL)), ("0".to_owned(), "-2".to_owned()));
    // One of the two may be meant to stay: a hedge of somebody else's is not touched by a strategy that gets out.
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    traded(&mut bench, ("X-1", Side::Sell, "8"));
    let events = bench.operator(close(Scope::Strategy(A)));
    assert_eq!(sent(&bench, &events), [(A, Side::Sell, "6".to_owned())]);
    assert_eq!(bench.net(EXTERNAL), "-8");
}

#[test]
fn a_trade_of_somebody_else_against_a_position_is_told_with_what_still_stands_for_it_until_it_is_claimed() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    bench.working(A, market(Side::Sell, "6").reduce_only());
    let alert = |bench: &Bench| {
        let all = bench.state().alerts().list().iter();
        let mut told = all.filter(|alert| alert.key == AlertKey::Against(A, LIN) && alert.over_at.is_none());
        told.next().map(|alert| (alert.severity, alert.text.to_string()))
    };
    traded(&mut bench, ("X-1", Side::Buy, "2"));
    assert_eq!(alert(&bench), None, "the same way is nothing against it");
    traded(&mut bench, ("X-2", Side::Sell, "7"));
    let (severity, text) = alert(&bench).unwrap();
    assert_eq!(severity, Severity::Critical);
    assert!(text.contains("EXTERNAL -5 against") && text.contains("1 orders SELL more"), "{text}");
    let qty = bench.state().ledger.net(EXTERNAL, LIN);
    bench.operator(Command::Claim { strategy: A, instrument: LIN, qty });
    assert_eq!(alert(&bench), None);
}

#[test]
fn an_order_of_ours_for_what_is_claimed_goes_before_the_claim_or_is_named_where_no_kill_takes_it() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    traded(&mut bench, ("X-1", Side::Sell, "6"));
    let exit = |count: &str| market(Side::Buy, count).reduce_only();
    let resting = released(bench.by_hand(EXTERNAL, exit("6")));
    bench.accept(resting);
    bench.operator(Command::CloseAll { scope: Scope::All });
    bench.confirm_cancel(resting);
    bench.tick();
    assert_eq!((bench.net(A), bench.net(EXTERNAL)), ("0".to_owned(), "0".to_owned()));
    // A flatten of the strategy alone does not touch it, and says what it waits for.
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    traded(&mut bench, ("X-1", Side::Sell, "6"));
    let resting = released(bench.by_hand(EXTERNAL, exit("6")));
    bench.accept(resting);
    let events = bench.kill(KillLevel::K4, Scope::Strategy(A));
    assert_eq!(sent(&bench, &events), []);
    let line = HaltSubject::Held(A, LIN);
    assert_eq!(bench.outcome(line), Some(HaltOutcome::Held));
    let mut events = bench.fill(resting, "6", "100");
    events.extend(bench.tick());
    assert_eq!(sent(&bench, &events), [(A, Side::Sell, "6".to_owned())], "nothing is held against it now");
}

#[test]
fn what_one_strategy_has_claimed_is_not_counted_for_another_whose_stop_stays_until_its_close_can_leave() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    bench.hold(B, (Side::Buy, "6"), "100");
    let stop = bench.working(B, market(Side::Sell, "6").reduce_only());
    traded(&mut bench, ("X-1", Side::Sell, "6"));
    // No price: nothing could close what is left.
    bench.wait(Span::from_secs(60));
    bench.tick();
    bench.operator(Command::CloseAll { scope: Scope::All });
    bench.tick();
    assert_eq!((bench.net(A), bench.net(B), bench.net(EXTERNAL)), ("0".into(), "6".into(), "0".into()));
    assert_eq!(bench.status(stop), OrderStatus::Working, "really long, and not naked");
}

#[test]
fn what_is_held_against_a_strategy_stays_told_when_an_exit_has_opened_the_account() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "6"), "100");
    let stop = bench.working(A, market(Side::Sell, "6").reduce_only());
    traded(&mut bench, ("X-1", Side::Sell, "6"));
    let told = |bench: &Bench| {
        let mut all = bench.state().alerts().list().iter();
        all.any(|alert| alert.key == AlertKey::Against(A, LIN) && alert.over_at.is_none())
    };
    bench.fill(stop, "6", "95");
    assert!(bench.net(A) == "0" && told(&bench), "the account holds -6");
    traded(&mut bench, ("X-2", Side::Buy, "6"));
    assert!(!told(&bench));
}
