//! What venues do to orders and fills (the fault list's F-001 to F-038, as far as it is the engine's to survive): one test
//! a fault, named by it. Those about doubt, cancels and changes stand in `doubt.rs` and `replace.rs`.

use super::bench::{Bench, buy, market, sell};
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::model::{
    Actor, BrokerReport, ClientOrderId, Command, Event, FillId, FillReport, KillLevel, Money, OrderEvent,
    OrderId, OrderStatus, RunId, Scope, Side, StrategyId, VenueOrderId,
};

fn foreign(order: u32, fill: &str, run: u128) -> FillReport {
    let BrokerReport::Filled(one) = super::orders::foreign(fill, Side::Buy) else { panic!("a fill") };
    FillReport { order: ClientOrderId::derive(RunId::new(run), OrderId::new(order)), ..one }
}

fn stopped(bench: &Bench, scope: Scope) -> bool {
    bench.state().control.kill_at(scope) == KillLevel::K1
}

#[test]
fn f_004_a_repeated_acknowledgement_changes_nothing() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    assert!(bench.accept(id).is_empty());
    bench.operator(Command::Cancel { order: id });
    assert!(bench.accept(id).is_empty());
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
}

#[test]
fn f_005_a_second_order_of_the_venue_under_one_name_is_a_fact_and_stops_new_risk_there() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let order = bench.client_id(id);
    let other = BrokerReport::Accepted { order, venue_id: VenueOrderId("V-77".into()), at: bench.now };
    let events = bench.report(other);
    assert!(matches!(events[0].event, Event::Order(OrderEvent::Unmatched { .. })));
    assert!(stopped(&bench, Scope::Instrument(LIN)));
    assert_eq!(bench.status(id), OrderStatus::Working);
    // Both fill: both are applied, and more than was ordered stops the strategy.
    bench.fill(id, "2", "99");
    bench.fill(id, "2", "99");
    assert_eq!(bench.net(A), "4");
    assert!(stopped(&bench, Scope::Strategy(A)));
}

#[test]
fn f_006_a_fill_before_the_acknowledgement_proves_the_order() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("2", "99"));
    bench.fill(id, "1", "99");
    let order = bench.state().orders.get(id).unwrap();
    assert!(order.is_proven() && order.status == OrderStatus::PartiallyFilled);
}

#[test]
fn f_007_fills_out_of_order_and_repeated_give_the_same_books() {
    let order_of = |picks: &[usize]| {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("3", "99"));
        let fills: Vec<FillReport> =
            ["99", "98.9", "98.8"].iter().map(|at| bench.fill_of(id, "1", price(at))).collect();
        for pick in picks {
            bench.report(BrokerReport::Filled(fills[*pick].clone()));
        }
        let order = bench.state().orders.get(id).unwrap();
        (order.filled, order.cost, order.status, bench.state().ledger.position(A, LIN).cash)
    };
    let straight = order_of(&[0, 1, 2]);
    for picks in [vec![2, 1, 0], vec![1, 0, 1, 2, 0], vec![2, 2, 2, 0, 1, 1]] {
        assert_eq!(order_of(&picks), straight);
    }
}

#[test]
fn f_008_a_fill_without_a_name_gets_one_from_what_it_says() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let nameless = FillReport { fill_id: FillId("".into()), ..bench.fill_of(id, "1", price("99")) };
    bench.report(BrokerReport::Filled(nameless.clone()));
    assert!(bench.report(BrokerReport::Filled(nameless.clone())).is_empty(), "the same fill again");
    bench.report(BrokerReport::Filled(FillReport { qty: qty("0.5"), ..nameless.clone() }));
    assert_eq!(bench.net(A), "1.5", "another fill");
    let outside = FillReport { fill_id: FillId("".into()), ..foreign(1, "", 99) };
    bench.report(BrokerReport::Filled(outside.clone()));
    bench.report(BrokerReport::Filled(outside));
    assert_eq!(bench.net(StrategyId::EXTERNAL), "3");
    // A replay gives the same names.
    let row = bench.state().history.trades.get(0).unwrap();
    assert!(row.fill.fill_id.0.as_str().starts_with("~BUY 1 @ 99"), "{}", row.fill.fill_id);
}

#[test]
fn f_009_a_name_used_again_for_another_orders_fill_is_another_fill() {
    let mut bench = Bench::new();
    let one = bench.working(A, buy("1", "99"));
    let other = bench.working(B, buy("1", "98"));
    for id in [one, other] {
        let fill = FillReport { fill_id: FillId("F".into()), ..bench.fill_of(id, "1", price("99")) };
        bench.report(BrokerReport::Filled(fill));
    }
    assert_eq!((bench.net(A).as_str(), bench.net(B).as_str()), ("1", "1"));
    for order in [1, 2] {
        bench.report(BrokerReport::Filled(foreign(order, "F", 99)));
    }
    assert_eq!(bench.net(StrategyId::EXTERNAL), "6", "also of orders that are not ours");
}

#[test]
fn f_010_more_filled_than_ordered_is_applied_flagged_and_stops_the_strategy() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.fill(id, "1.5", "99");
    assert!(!stopped(&bench, Scope::Strategy(A)));
    bench.fill(id, "1", "99");
    let order = bench.state().orders.get(id).unwrap();
    assert!(order.is_overfilled() && order.status == OrderStatus::Filled);
    assert_eq!(bench.net(A), "2.5");
    assert!(stopped(&bench, Scope::Strategy(A)) && !bench.is_armed(A));
    assert!(bench.is_armed(B) && !stopped(&bench, Scope::Instrument(LIN)));
}

#[test]
fn f_011_a_fill_off_the_tick_or_of_nothing_is_set_aside_and_stops_new_risk_there() {
    for (size, at) in [("0", "99"), ("1", "0"), ("1", "99.05")] {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("2", "99"));
        let fill = FillReport { qty: qty(size), price: price(at), ..bench.fill_of(id, "1", price("99")) };
        bench.report(BrokerReport::Filled(fill));
        assert_eq!((bench.net(A).as_str(), bench.state().set_aside), ("0", 1), "{size} @ {at}");
        assert!(stopped(&bench, Scope::Instrument(LIN)));
    }
}

#[test]
fn f_012_a_partial_fill_and_a_cancel_leave_the_fills_and_reserve_nothing() {
    for fill_first in [true, false] {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("2", "99"));
        bench.operator(Command::Cancel { order: id });
        if fill_first {
            bench.fill(id, "0.5", "99");
        }
        bench.confirm_cancel(id);
        if !fill_first {
            bench.fill(id, "0.5", "99");
        }
        let order = bench.state().orders.get(id).unwrap();
        assert_eq!(
            (order.status, order.filled, order.late_fill),
            (OrderStatus::Canceled, qty("0.5"), !fill_first)
        );
        assert_eq!((bench.net(A).as_str(), bench.state().orders.total(LIN).buys), ("0.5", qty("0")));
        assert!(!stopped(&bench, Scope::Instrument(LIN)), "a race is no alarm");
    }
}

#[test]
fn f_013_a_fill_after_any_end_is_applied_and_flagged() {
    type End = fn(&mut Bench, OrderId);
    let ends: [(End, OrderStatus); 3] = [
        (|bench, id| drop(bench.confirm_cancel(id)), OrderStatus::Canceled),
        (|bench, id| drop(bench.reject(id)), OrderStatus::Rejected),
        (
            |bench, id| {
                let order = bench.client_id(id);
                bench.report(BrokerReport::Expired { order, at: bench.now });
            },
            OrderStatus::Expired,
        ),
    ];
    for (end, status) in ends {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("2", "99"));
        end(&mut bench, id);
        bench.fill(id, "0.5", "99");
        let order = bench.state().orders.get(id).unwrap();
        assert_eq!((order.status, order.late_fill, bench.net(A).as_str()), (status, true, "0.5"));
        bench.fill(id, "1.5", "99");
        assert_eq!((bench.status(id), bench.net(A).as_str()), (OrderStatus::Filled, "2"));
    }
}

#[test]
fn f_014_a_rejection_after_the_acknowledgement_ends_the_order_and_keeps_its_fills() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    bench.fill(id, "0.5", "99");
    bench.reject(id);
    assert_eq!((bench.status(id), bench.net(A).as_str()), (OrderStatus::Rejected, "0.5"));
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0"));
}

#[test]
fn f_020_an_unsolicited_end_is_an_end() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let order = bench.client_id(id);
    bench.report(BrokerReport::Canceled { order, reason: "done for day".into(), at: bench.now });
    let order = bench.state().orders.get(id).unwrap();
    assert_eq!(
        (order.status, order.note.as_ref().unwrap().as_str()),
        (OrderStatus::Canceled, "done for day")
    );
}

#[test]
fn f_021_what_we_did_not_send_is_external_and_counts_in_the_account() {
    let mut bench = Bench::new();
    bench.report(BrokerReport::Filled(foreign(1, "X-1", 99)));
    assert_eq!(
        (
            bench.net(StrategyId::EXTERNAL).as_str(),
            bench.state().ledger.account(LIN).net.to_string().as_str()
        ),
        ("3", "3")
    );
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
}

#[test]
fn f_022_an_order_of_our_run_that_we_never_sent_stops_everything_new() {
    let mut bench = Bench::new();
    bench.order(A, buy("1", "99"));
    let order = ClientOrderId::derive(bench.state().genesis().run, OrderId::new(500));
    bench.report(BrokerReport::Accepted { order, venue_id: VenueOrderId("V-500".into()), at: bench.now });
    assert!(stopped(&bench, Scope::All));
}

#[test]
fn f_026_an_empty_or_failed_answer_never_changes_a_position() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let id = bench.working(A, sell("1", "101"));
    let order = bench.client_id(id);
    bench.report(BrokerReport::NotFound { order, at: bench.now });
    bench.report(BrokerReport::Orders(Box::default()));
    assert_eq!((bench.net(A).as_str(), bench.status(id)), ("3", OrderStatus::Working));
    assert_eq!(bench.state().orders.exposure(A, LIN).sells, qty("1"));
}

#[test]
fn f_035_two_exits_in_flight_cannot_flip_a_position() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    bench.order(A, market(Side::Sell, "2").reduce_only());
    assert!(matches!(bench.ask(A, market(Side::Sell, "2").reduce_only()), super::bench::Answer::Denied(_)));
}

#[test]
fn f_038_a_fee_nobody_can_book_does_not_hide_the_fill() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let fill = FillReport { fee: Money::from_raw(i128::MAX), ..bench.fill_of(id, "1", price("99")) };
    bench.report(BrokerReport::Filled(fill));
    assert_eq!((bench.net(A).as_str(), bench.state().ledger.position(A, LIN).fees), ("1", Money::ZERO));
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    let fill = FillReport { fee: money("-0.2"), ..bench.fill_of(id, "1", price("99")) };
    bench.report(BrokerReport::Filled(fill));
    assert_eq!(bench.state().ledger.position(A, LIN).fees, money("-0.2"), "a rebate is one");
}

/// The same reports in any order, and twice, end in the same books.
#[test]
fn a_permuted_and_doubled_stream_of_reports_ends_in_the_same_books() {
    let told = |order: &[usize]| {
        let mut bench = Bench::new();
        let id = bench.order(A, buy("3", "99"));
        let client = bench.client_id(id);
        let at = bench.now;
        let mut reports = vec![
            BrokerReport::Accepted { order: client, venue_id: VenueOrderId("V-1".into()), at },
            BrokerReport::Canceled { order: client, reason: "asked".into(), at },
        ];
        for size in ["1", "0.5"] {
            reports.push(BrokerReport::Filled(bench.fill_of(id, size, price("99"))));
        }
        let bust = bench.fill_of(id, "0.25", price("98.9"));
        reports.push(BrokerReport::Busted { order: client, fill_id: bust.fill_id.clone(), at });
        reports.push(BrokerReport::Filled(bust));
        for index in order {
            bench.report(reports[*index].clone());
        }
        let order = bench.state().orders.get(id).unwrap();
        let row = bench.state().ledger.position(A, LIN);
        (order.status, order.filled, order.cost, row.net, row.cash, bench.state().orders.total(LIN).buys)
    };
    let straight = told(&[0, 2, 3, 5, 4, 1]);
    for order in [[1, 4, 3, 2, 5, 0], [5, 4, 3, 2, 1, 0], [4, 5, 1, 0, 2, 3], [0, 1, 2, 3, 4, 5]] {
        assert_eq!(told(&order), straight, "{order:?}");
        let doubled: Vec<usize> = order.iter().chain(order.iter()).copied().collect();
        assert_eq!(told(&doubled), straight, "{doubled:?}");
    }
}

#[test]
fn no_report_about_an_unknown_instrument_or_order_moves_anything() {
    let mut bench = Bench::new();
    let order = ClientOrderId::derive(RunId::new(99), OrderId::new(1));
    let at = bench.now;
    for report in [
        BrokerReport::NotFound { order, at },
        BrokerReport::Busted { order, fill_id: FillId("F-9".into()), at },
        BrokerReport::ReplaceRejected { order, reason: "no".into(), at },
        BrokerReport::CancelRejected { order, reason: "no".into(), at },
    ] {
        bench.report(report);
    }
    for instrument in [LIN, INV] {
        assert!(bench.state().ledger.account(instrument).net.is_zero());
    }
    let humans = [Actor::Operator, Actor::Cli];
    assert!(humans.iter().all(|actor| actor.is_human()));
}
