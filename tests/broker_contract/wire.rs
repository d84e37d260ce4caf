//! What only a wire can do to orders. The venue's own log is the judge.

use crate::bench::{ALGO, ALGO_ID, Bench, KEY, word};
use flightdeck::adapters::openalgo::our_text;
use flightdeck::model::{BrokerReport, BrokerRequest, ClientOrderId, OrderKind, Side};
use flightdeck::venue::Mischief;

/// Places one order while its placement goes wrong; gives the bench and the order.
fn placed(fault: &str) -> (Bench, ClientOrderId) {
    let mut bench = Bench::openalgo(&format!("placeorder 1 {fault}"));
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.until(|bench| bench.log().iter().any(|entry| entry.what == "fault"));
    (bench, order)
}

#[test]
fn an_answer_that_is_lost_after_execution_is_found_in_the_book_and_nothing_is_sent_again() {
    for fault in ["lost", "cut 20", "cut 150", "late 900", "500-after", "502", "garbage"] {
        let (mut bench, order) = placed(fault);
        bench
            .hear_of(|report| matches!(report, BrokerReport::Accepted { order: told, .. } if *told == order));
        bench.cancel(order);
        bench
            .hear_of(|report| matches!(report, BrokerReport::Canceled { order: told, .. } if *told == order));
        assert_eq!(bench.placements(order), 1, "{fault}");
        let again = bench.log().iter().filter(|entry| entry.endpoint == "placeorder").count();
        assert_eq!(again, 1, "{fault}");
    }
}

#[test]
fn what_was_executed_late_is_adopted_when_it_turns_up() {
    let (mut bench, order) = placed("slow 900");
    bench.hear_of(|report| matches!(report, BrokerReport::Accepted { order: told, .. } if *told == order));
    assert_eq!(bench.placements(order), 1);
}

#[test]
fn an_order_that_never_arrived_is_unknown_then_not_found_and_never_sent_again() {
    let (mut bench, order) = placed("drop");
    bench.expect(order, &["unknown"]);
    bench.send(BrokerRequest::QueryOrder { order });
    bench.expect(order, &["unknown", "not found"]);
    assert_eq!(bench.placements(order), 0);
    // A cut connection with nothing behind it looks to us as one that had something behind it.
    assert_eq!(bench.log().iter().filter(|entry| entry.endpoint == "placeorder").count(), 1);
}

#[test]
fn a_definite_refusal_is_one() {
    let (mut bench, order) = placed("429");
    bench.expect(order, &["not sent"]);
    assert_eq!(bench.placements(order), 0);
}

#[test]
fn an_order_that_looks_like_one_of_unknown_fate_waits_until_that_is_known() {
    // Slow enough for a slow machine to send two more meanwhile.
    let mut bench = Bench::openalgo("placeorder 1 slow 4000");
    let first = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.until(|bench| bench.log().iter().any(|entry| entry.endpoint == "placeorder"));
    let second = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let other = bench.submit(Side::Buy, "1", Bench::limit("99.4"));
    for order in [first, second, other] {
        bench
            .hear_of(|report| matches!(report, BrokerReport::Accepted { order: told, .. } if *told == order));
        assert_eq!(bench.placements(order), 1);
    }
    let order_of = |name| {
        let text = our_text(name);
        bench.log().iter().position(|entry| entry.what == "order" && entry.strategy == text).unwrap()
    };
    // What does not look like it does not wait.
    assert!(order_of(other) < order_of(first) && order_of(first) < order_of(second));
}

#[test]
fn books_that_tell_everything_twice_or_nothing_at_all_make_no_second_fill() {
    let script = "orderbook 3 empty\ntradebook 3 twice\norderbook 4 twice\ntradebook 4 twice\norderbook 5 empty\n\
                  orderbook 6 slow 300\ntradebook 7 502\norderbook 8 garbage";
    let mut bench = Bench::openalgo(script);
    let order = bench.submit(Side::Buy, "3", OrderKind::Market);
    bench.expect(order, &["accepted", "filled 2 @ 100.1", "filled 1 @ 100.2"]);
    for _ in 0..4 {
        let account = bench.account();
        assert_eq!((account.fills, account.positions[0].net.to_string().as_str()), (2, "3"));
    }
    assert_eq!(bench.story(order).len(), 3);
}

#[test]
fn a_cancel_whose_answer_is_lost_is_proven_by_the_book() {
    let mut bench = Bench::openalgo("cancelorder 1 lost");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    bench.cancel(order);
    bench.expect(order, &["accepted", "canceled"]);
}

#[test]
fn an_order_canceled_before_its_answer_came_is_canceled_as_soon_as_it_is_known() {
    let mut bench = Bench::openalgo("placeorder 1 late 300");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.until(|bench| bench.log().iter().any(|entry| entry.endpoint == "placeorder"));
    bench.cancel(order);
    bench.expect(order, &["accepted", "canceled"]);
}

#[test]
fn what_arrives_after_a_cancel_of_everything_is_canceled_too() {
    for mut bench in [
        Bench::openalgo("placeorder 1 slow 1500"),
        Bench::live("placeorder 1 slow 1500"),
        Bench::live("placeorder 1 late 1500"),
    ] {
        let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
        bench.begins(order, &["unknown"]);
        bench.send(BrokerRequest::CancelAll);
        // The server's cancel-all and a cancel by its id may both meet it: the second one's refusal changes nothing.
        bench.begins(order, &["unknown", "accepted", "canceled"]);
        assert_eq!(bench.placements(order), 1);
    }
}

#[test]
fn a_new_adapter_finds_the_orders_and_fills_of_an_earlier_one_by_their_text() {
    let mut bench = Bench::openalgo("");
    let resting = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    let traded = bench.submit(Side::Buy, "2", OrderKind::Market);
    bench.expect(resting, &["accepted"]);
    bench.expect(traded, &["accepted", "filled 2 @ 100.1"]);
    let mut bench = bench.restart(KEY);
    bench.expect(resting, &["is Working 0"]);
    bench.expect(traded, &["filled 2 @ 100.1"]);
    bench.cancel(resting);
    bench.expect(resting, &["is Working 0", "canceled"]);
}

#[test]
fn a_name_that_is_at_the_venue_already_is_never_given_to_a_second_order() {
    let mut bench = Bench::openalgo("");
    let order = bench.submit(Side::Buy, "1", Bench::limit("99.5"));
    bench.expect(order, &["accepted"]);
    // A run that knows nothing of it gives its number again.
    let mut bench = bench.again_from(1);
    assert_eq!(bench.submit(Side::Sell, "1", OrderKind::Market), order);
    bench.until(|bench| bench.heard_words(order).contains(&"not sent".to_owned()));
    assert_eq!(bench.placements(order), 1);
}

#[test]
fn a_wrong_key_is_a_link_that_is_down_with_the_way_out_and_orders_do_not_leave() {
    let bench = Bench::openalgo("");
    let mut bench = bench.restart("wrong");
    bench.until(|bench| bench.links.iter().any(|line| line.starts_with("down broker: login expired")));
    let order = bench.submit(Side::Buy, "1", OrderKind::Market);
    bench.expect(order, &["not sent"]);
    assert_eq!(bench.placements(order), 0);
    let place = bench.place.as_ref().unwrap();
    assert!(place.venue.is_some());
    let everything = format!("{:?} {:?}", bench.log(), bench.links);
    assert!(!everything.contains(KEY) && !everything.contains("wrong\""), "no key stands anywhere");
}

#[test]
fn whatever_goes_wrong_every_order_is_there_once_or_not_at_all_and_positions_agree() {
    for seed in 1..=3 {
        goes_wrong(Bench::openalgo_with(Mischief::seeded(seed, 150)), seed, 30);
    }
}

#[test]
fn whatever_goes_wrong_at_a_broker_with_a_stream_every_order_is_there_once_or_not_at_all_and_positions_agree()
{
    let first = number("FLIGHTDECK_CONTRACT_SEED", 4);
    for seed in first..first + number("FLIGHTDECK_CONTRACT_SEEDS", 2) {
        println!("seed {seed}, again: FLIGHTDECK_CONTRACT_SEED={seed} FLIGHTDECK_CONTRACT_SEEDS=1");
        goes_wrong(Bench::streamed_with(Mischief::seeded(seed, 80)), seed, 30);
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn goes_wrong(mut bench: Bench, seed: u64, count: u32) {
    {
        let orders: Vec<_> = (0..count)
            .map(|number| {
                let kind = match number % 4 {
                    0 => OrderKind::Market,
                    1 => Bench::limit("100.3"),
                    // No two alike: those would wait for each other.
                    _ => Bench::limit(&format!("{}.{}", 90 + number / 10, number % 10)),
                };
                let side = if number.is_multiple_of(3) { Side::Sell } else { Side::Buy };
                bench.submit(side, "1", kind)
            })
            .collect();
        for order in &orders {
            bench.until(|_| true);
            bench.hear_of(|report| {
                let ends = ["accepted", "rejected", "not sent", "unknown"];
                matches_order(report, *order) && ends.contains(&word(report).as_str())
            });
        }
        bench.send(BrokerRequest::CancelAll);
        // Settled when a list of open orders is empty and the account has as many fills as the log.
        let began = std::time::Instant::now();
        // What arrives after that is not in either.
        let (judged, log) = loop {
            bench.send(BrokerRequest::QueryOrders);
            let told = bench.hear_of(|report| matches!(report, BrokerReport::Orders(_)));
            let account = bench.account();
            let log = bench.log();
            let fills = log.iter().filter(|entry| entry.what == "fill").count();
            assert!(
                began.elapsed() < std::time::Duration::from_mins(1),
                "seed {seed} never settled: {told:?}; {account:?}; {fills} fills; {:?}",
                bench.links
            );
            let open = matches!(told, BrokerReport::Orders(told) if !told.open.is_empty());
            if !open && account.fills == u64::try_from(fills).unwrap() {
                break (account, log);
            }
        };
        let net: f64 = log
            .iter()
            .filter(|entry| entry.what == "fill")
            .map(|entry| {
                entry.quantity.parse::<f64>().unwrap() * if entry.action == "BUY" { 1.0 } else { -1.0 }
            })
            .sum();
        let held = judged.positions.first().map_or(0.0, |one| one.net.to_string().parse::<f64>().unwrap());
        assert!((net - held).abs() < 1e-9, "seed {seed}: {net} {held}");
        for order in &orders {
            assert!(bench.placements(*order) <= 1, "seed {seed}");
        }
    }
}

fn matches_order(report: &BrokerReport, order: ClientOrderId) -> bool {
    match report {
        BrokerReport::Accepted { order: told, .. }
        | BrokerReport::Rejected { order: told, .. }
        | BrokerReport::NotSent { order: told, .. }
        | BrokerReport::Doubted { order: told, .. } => *told == order,
        BrokerReport::Order(told) => told.order == order,
        _ => false,
    }
}

#[test]
fn an_order_of_a_registered_algorithm_bears_its_id_and_is_found_by_its_own_name_all_the_same() {
    let mut bench = Bench::openalgo("placeorder 1 lost");
    let order = bench.submit_of(ALGO, Side::Buy, "1", Bench::limit("99.5"));
    // Its answer was lost: the book knows it by name.
    bench.hear_of(|report| report.order() == Some(order) && word(report) == "accepted");
    let change = bench.replace(order, "2", Bench::limit("99.5"));
    bench.hear_of(|report| report.order() == Some(order) && word(report) == "replaced");
    assert_eq!(change.qty.to_string(), "2");
    let manual = bench.submit(Side::Buy, "1", Bench::limit("99.4"));
    bench.hear_of(|report| report.order() == Some(manual) && word(report) == "accepted");
    let told: Vec<String> =
        bench.log().into_iter().filter(|entry| entry.what == "order").map(|entry| entry.strategy).collect();
    assert_eq!(told, [format!("{ALGO_ID} {}", our_text(order)), our_text(manual)]);
}
