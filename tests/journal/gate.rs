//! The durable gate: what an order waits for before it leaves, what overtakes it, and what never waits.

use crate::book::{Place, facts, story};
use flightdeck::adapters::{Outgoing, RequestSender, Requests, RiskPair, durable_lanes};
use flightdeck::bus::{Durable, KillSwitch};
use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, InstrumentId, KillLevel, Mode, OrderChange, OrderId,
    OrderKind, OrderRequest, RunId, Scope, Seq, Side, StrategyId, TimeInForce, Timestamp, Unsent,
};
use flightdeck::store::FactOptions;
use std::cell::Cell;

const RISK: Option<RiskPair> = Some((StrategyId::new(1), InstrumentId::new(0)));
const MILLI: u64 = 1_000_000;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

fn clock() -> u64 {
    NOW.get()
}

fn lanes() -> (RequestSender, Requests, Durable, KillSwitch) {
    NOW.set(0);
    let (durable, kill_switch) = (Durable::new(Seq::new(10), clock), KillSwitch::new(2, 1));
    let (sender, requests) = durable_lanes(8, kill_switch.clone(), durable.clone());
    (sender, requests, durable, kill_switch)
}

fn id(number: u32) -> ClientOrderId {
    ClientOrderId::derive(RunId::new(1), OrderId::new(number))
}

fn submit(number: u32) -> BrokerRequest {
    BrokerRequest::Submit(OrderRequest {
        order: id(number),
        strategy: StrategyId::MANUAL,
        instrument: InstrumentId::new(0),
        side: Side::Buy,
        qty: "1".parse().unwrap(),
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: false,
    })
}

fn replace(number: u32) -> BrokerRequest {
    BrokerRequest::Replace {
        order: id(number),
        change: OrderChange { qty: "2".parse().unwrap(), kind: OrderKind::Market },
    }
}

fn cancel(number: u32) -> BrokerRequest {
    BrokerRequest::Cancel { order: id(number) }
}

/// What leaves, or the report of what does not.
fn next(requests: &mut Requests) -> Option<Result<BrokerRequest, BrokerReport>> {
    requests.next(Timestamp::EPOCH).map(|outgoing| match outgoing {
        Outgoing::Send(request) | Outgoing::Risk(request, _) => Ok(request),
        Outgoing::Stopped(report) => Err(report),
    })
}

#[expect(clippy::unnecessary_wraps, reason = "compared with what may be none")]
fn sent(request: BrokerRequest) -> Option<Result<BrokerRequest, BrokerReport>> {
    Some(Ok(request))
}

fn why(outgoing: Option<Result<BrokerRequest, BrokerReport>>) -> (Unsent, String) {
    match outgoing {
        Some(Err(BrokerReport::NotSent { message, reason, .. })) => (message, reason.as_str().to_owned()),
        other => panic!("it was to be stopped: {other:?}"),
    }
}

#[test]
fn a_new_order_does_not_leave_before_its_fact_is_durable() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(10)).unwrap();
    sender.send_after(submit(2), RISK, Seq::new(11)).unwrap();
    sender.send_after(replace(1), RISK, Seq::new(12)).unwrap();
    assert_eq!(next(&mut requests), sent(submit(1)), "what is durable leaves");
    assert_eq!(next(&mut requests), None);
    NOW.set(4_999 * MILLI);
    assert_eq!(next(&mut requests), None, "it waits as long as it may");
    durable.advance(Seq::new(11));
    assert_eq!(next(&mut requests), sent(submit(2)));
    assert_eq!(next(&mut requests), None, "a change that adds risk waits for its own fact");
    durable.advance(Seq::new(12));
    assert_eq!(next(&mut requests), sent(replace(1)));
}

#[test]
fn a_cancel_leaves_at_once_and_overtakes_the_order_that_waits() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    sender.send_after(submit(2), RISK, Seq::new(12)).unwrap();
    assert_eq!(next(&mut requests), None);
    sender.send_after(cancel(9), None, Seq::new(13)).unwrap();
    assert_eq!(next(&mut requests), sent(cancel(9)), "the cancel of a working order waits for nothing");
    sender.send_after(cancel(1), None, Seq::new(14)).unwrap();
    assert_eq!(why(next(&mut requests)), (Unsent::Order, "not sent: canceled before it left".to_owned()));
    assert_eq!(next(&mut requests), sent(cancel(1)));
    sender.send(BrokerRequest::CancelAll, None).unwrap();
    assert_eq!(why(next(&mut requests)).0, Unsent::Order, "a cancel-all takes what waits with it");
    assert_eq!(next(&mut requests), sent(BrokerRequest::CancelAll));
    durable.advance(Seq::new(20));
    assert_eq!(next(&mut requests), None, "what was overtaken never leaves");
}

#[test]
fn an_exit_waits_a_moment_and_overtakes_what_waits_longer() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    sender.send_after(submit(2), None, Seq::new(12)).unwrap();
    sender.send_after(replace(1), None, Seq::new(13)).unwrap();
    assert_eq!(next(&mut requests), None);
    NOW.set(19 * MILLI);
    assert_eq!(next(&mut requests), None);
    NOW.set(20 * MILLI);
    assert_eq!(next(&mut requests), sent(submit(2)), "a position is never kept open by a slow disk");
    assert_eq!(next(&mut requests), None, "a change never leaves before its order");
    durable.advance(Seq::new(13));
    assert_eq!(next(&mut requests), sent(submit(1)));
    assert_eq!(next(&mut requests), sent(replace(1)));
}

#[test]
fn a_question_never_goes_before_the_order_that_waits() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    for question in [BrokerRequest::QueryOrders, BrokerRequest::QueryOrder { order: id(1) }] {
        sender.send_after(question, None, Seq::new(12)).unwrap();
    }
    NOW.set(100 * MILLI);
    assert_eq!(next(&mut requests), None, "an answer that does not know it would be believed");
    durable.advance(Seq::new(11));
    assert_eq!(next(&mut requests), sent(submit(1)));
    assert_eq!(next(&mut requests), sent(BrokerRequest::QueryOrders));
    assert_eq!(next(&mut requests), sent(BrokerRequest::QueryOrder { order: id(1) }));
}

#[test]
fn after_five_seconds_new_risk_does_not_leave_at_all() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    sender.send_after(replace(2), RISK, Seq::new(12)).unwrap();
    assert_eq!(next(&mut requests), None);
    NOW.set(5_000 * MILLI);
    assert_eq!(why(next(&mut requests)), (Unsent::Order, "not sent: journal slow".to_owned()));
    assert_eq!(why(next(&mut requests)), (Unsent::Change, "not sent: journal slow".to_owned()));
    durable.advance(Seq::new(20));
    assert_eq!(next(&mut requests), None);
}

#[test]
fn a_dead_journal_lets_exits_and_cancels_leave_and_nothing_else() {
    let (sender, mut requests, durable, _) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    sender.send_after(submit(2), None, Seq::new(12)).unwrap();
    assert_eq!(next(&mut requests), None);
    durable.fail();
    sender.send_after(cancel(9), None, Seq::new(13)).unwrap();
    assert_eq!(next(&mut requests), sent(cancel(9)));
    assert_eq!(why(next(&mut requests)), (Unsent::Order, "not sent: journal dead".to_owned()));
    assert_eq!(next(&mut requests), sent(submit(2)), "at once: nothing is to be waited for");
}

#[test]
fn a_kill_stops_what_waited_for_the_journal() {
    let (sender, mut requests, durable, kill_switch) = lanes();
    sender.send_after(submit(1), RISK, Seq::new(11)).unwrap();
    assert_eq!(next(&mut requests), None);
    kill_switch.raise(KillLevel::K1, Scope::All);
    durable.advance(Seq::new(11));
    assert_eq!(why(next(&mut requests)).1, "not sent: kill gate closed");
}

#[test]
fn a_journal_that_is_held_up_holds_new_risk_and_its_release_lets_it_go() {
    let place = Place::new();
    let (release, locked) = std::sync::mpsc::sync_channel::<()>(0);
    let hold = Box::new(move || while locked.recv().is_ok() {});
    let (mut feed, thread) = place.at_work(Mode::Live, FactOptions::default(), Some(hold));
    let (sender, mut requests) = durable_lanes(8, KillSwitch::new(2, 1), feed.durable());
    let events = story(Mode::Live, 0);
    let fact = facts(&events).last().unwrap().envelope.seq;
    feed.take(&events, 1);
    sender.send_after(submit(1), RISK, fact).unwrap();
    assert_eq!(next(&mut requests), None, "the commit is held up");
    sender.send_after(cancel(9), None, fact).unwrap();
    assert_eq!(next(&mut requests), sent(cancel(9)));
    drop(release);
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(waiting.block_on(requests.ready()), "the adapter is woken by the commit");
    assert_eq!(next(&mut requests), sent(submit(1)));
    drop(feed);
    thread.finish(None);
    assert!(thread.join());
}
