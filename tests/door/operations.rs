//! Orders from outside: read exactly as written, judged by the gate, answered with what became of them.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use crate::desk::{Desk, EngineIs, LONG, Visitor, short, until};
use flightdeck::model::{
    BrokerReport, BrokerRequest, FillId, FillReport, Liquidity, Money, OrderRequest, OrderSnapshot,
    OrderStatus, Qty, Refusal, VenueOrderId,
};
use flightdeck::runtime::wall_now;
use flightdeck::serve::{DoorReply, Patience};
use flightdeck::wire::{OrderOutcome, OrderReply};

/// A desk where what nobody answers is told soon.
pub(crate) fn desk() -> (Desk, Visitor) {
    with_patience(short(1_000, 60_000))
}

/// A desk where everything is answered, as long as that takes.
pub(crate) fn answered() -> (Desk, Visitor) {
    with_patience(LONG)
}

fn with_patience(patience: Patience) -> (Desk, Visitor) {
    let mut desk = Desk::with_patience(EngineIs::Running, patience);
    desk.quote();
    let mut visitor = desk.visitor();
    // Names are known once the engine has told its state.
    assert!(visitor.asks(r#"{"cmd":"status"}"#).ok);
    (desk, visitor)
}

pub(crate) fn ask(visitor: &mut Visitor, operation: &str) -> (DoorReply, OrderReply) {
    let reply = visitor.asks(&format!(r#"{{"cmd":"order","ask":{operation}}}"#));
    let order = reply.order.clone().unwrap_or_else(|| panic!("no outcome: {reply:?}"));
    (reply, *order)
}

pub(crate) fn sent(desk: &mut Desk) -> OrderRequest {
    let BrokerRequest::Submit(sent) = desk.at_broker() else { panic!("an order reaches the broker") };
    sent
}

pub(crate) fn accept(desk: &Desk, sent: &OrderRequest) {
    let venue_id = VenueOrderId("V".into());
    desk.report(BrokerReport::Accepted { order: sent.order, venue_id, at: wall_now() });
}

pub(crate) fn fill(desk: &Desk, sent: &OrderRequest) {
    desk.report(BrokerReport::Filled(FillReport {
        order: sent.order,
        fill_id: FillId(sent.order.to_string().as_str().into()),
        instrument: sent.instrument,
        side: sent.side,
        qty: sent.qty,
        price: "60000".parse().unwrap(),
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        at: wall_now(),
    }));
}

const BID: &str = r#"{"op":"place","order":{"side":"BUY","qty":"0.010","symbol":"BTCUSDT","price":"59900"}}"#;

#[test]
fn an_order_is_placed_changed_and_canceled_by_name() {
    let (mut desk, mut visitor) = desk();
    let (reply, order) = ask(&mut visitor, BID);
    assert!(reply.ok);
    assert_eq!((order.outcome, order.order.as_ref().unwrap().as_str()), (OrderOutcome::Submitted, "A-1"));
    let at_broker = sent(&mut desk);
    assert_eq!(at_broker.qty.to_string(), "0.01");
    accept(&desk, &at_broker);
    let (_, canceled) = ask(&mut visitor, r#"{"op":"cancel","order":"A-1"}"#);
    assert_eq!(canceled.outcome, OrderOutcome::CancelRequested);
    let (reply, refused) = ask(&mut visitor, r#"{"op":"cancel","order":"A-9"}"#);
    assert_eq!((reply.ok, refused.outcome), (false, OrderOutcome::Refused));
}

#[test]
fn a_single_order_is_answered_with_what_became_of_it() {
    let (mut desk, mut visitor) = answered();
    let market = r#"{"op":"place","order":{"side":"BUY","qty":"0.010","symbol":"BTCUSDT"}}"#;
    let say = |visitor: &mut Visitor, ask: &str| visitor.says(&format!(r#"{{"cmd":"order","ask":{ask}}}"#));
    let hear = |visitor: &mut Visitor| {
        let reply = visitor.hears().unwrap();
        (reply.ok, reply.error.map_or(String::new(), |why| why.to_string()), *reply.order.unwrap())
    };
    say(&mut visitor, market);
    let one = sent(&mut desk);
    fill(&desk, &one);
    let (ok, _, order) = hear(&mut visitor);
    assert_eq!((ok, order.outcome), (true, OrderOutcome::Filled));
    assert_eq!((order.filled.unwrap().as_str(), order.price.unwrap().as_str()), ("0.01", "60000"));

    say(&mut visitor, BID);
    let two = sent(&mut desk);
    desk.report(BrokerReport::Rejected { order: two.order, reason: "would take".into(), at: wall_now() });
    let (ok, why, order) = hear(&mut visitor);
    assert_eq!((ok, order.outcome), (false, OrderOutcome::Rejected));
    assert!(why.starts_with("A-2 rejected by the venue: would take"), "{why}");

    let other = BID.replace("0.010", "0.020").replace("59900", "59910");
    say(&mut visitor, &other);
    let three = sent(&mut desk);
    accept(&desk, &three);
    let (ok, _, order) = hear(&mut visitor);
    assert_eq!((ok, order.outcome, order.filled.unwrap().as_str()), (true, OrderOutcome::Working, "0"));

    say(&mut visitor, r#"{"op":"modify","order":"A-3","price":"59950"}"#);
    let BrokerRequest::Replace { .. } = desk.at_broker() else { panic!("a change reaches the broker") };
    desk.report(BrokerReport::ReplaceRejected { order: three.order, reason: "no".into(), at: wall_now() });
    let (ok, why, order) = hear(&mut visitor);
    assert_eq!((ok, order.outcome), (false, OrderOutcome::NotChanged), "{why}");

    say(&mut visitor, r#"{"op":"cancel","order":"A-3"}"#);
    desk.cancel_at_broker(three.order);
    let (ok, _, order) = hear(&mut visitor);
    assert_eq!((ok, order.outcome), (true, OrderOutcome::Canceled));
}

#[test]
fn a_close_that_has_to_wait_for_a_price_is_not_told_as_done() {
    let (mut desk, mut visitor) = desk();
    let market =
        r#"{"cmd":"order","ask":{"op":"place","order":{"side":"BUY","qty":"0.010","symbol":"BTCUSDT"}}}"#;
    visitor.says(market);
    let one = sent(&mut desk);
    fill(&desk, &one);
    assert!(visitor.hears().unwrap().ok);
    until("the quote is stale", || {
        let status = visitor.asks(r#"{"cmd":"status"}"#).status.unwrap();
        status.instruments[0].stale
    });
    for close in [r#"{"op":"close","symbol":"BTCUSDT"}"#, r#"{"op":"close_all","scope":"all"}"#] {
        let (reply, order) = ask(&mut visitor, close);
        let why = reply.error.unwrap();
        if order.outcome == OrderOutcome::Refused {
            assert_eq!(why.as_str(), "a close for the position is already working");
            continue;
        }
        assert_eq!((reply.ok, order.outcome, order.count), (false, OrderOutcome::NotClosed, Some(1)));
        assert_eq!(why.as_str(), "not closed, positions: 1: no usable price; tried again until it is closed");
    }
}

#[test]
fn a_bracket_and_an_oco_are_placed_by_name_and_their_other_orders_are_held() {
    let (mut desk, mut visitor) = desk();
    let order = |price: &str| format!(r#"{{"side":"BUY","qty":"0.010","symbol":"BTCUSDT",{price}}}"#);
    let bracket =
        |stop: &str| format!(r#"{{"op":"bracket","order":{},"stop":"{stop}"}}"#, order(r#""price":"59900""#));
    let (reply, entry) = ask(&mut visitor, &bracket("59000"));
    assert_eq!((reply.ok, entry.outcome), (true, OrderOutcome::Submitted));
    let at_broker = sent(&mut desk);
    assert_eq!((entry.order.unwrap().as_str(), at_broker.qty.to_string().as_str()), ("A-1", "0.01"));
    let (_, wrong) = ask(&mut visitor, &bracket("59950"));
    assert_eq!((wrong.outcome, wrong.denial.unwrap().rule.as_str()), (OrderOutcome::Denied, "filters"));
    let oco = |other: &str| {
        let (one, other) = (order(r#""price":"59800""#), order(other));
        format!(r#"{{"op":"oco","one":{one},"other":{other}}}"#)
    };
    let (reply, first) = ask(&mut visitor, &oco(r#""trigger":"60400""#));
    assert_eq!((reply.ok, first.outcome), (true, OrderOutcome::Submitted), "{reply:?}");
    assert_eq!(sent(&mut desk).order.number_in(flightdeck::model::RunId::new(7)).unwrap().get(), 3);
    let (_, held) = ask(&mut visitor, r#"{"op":"cancel","order":"A-4"}"#);
    assert_eq!((held.outcome, held.count), (OrderOutcome::Done, Some(1)), "the stop beside it is held");
    let (_, unread) = ask(&mut visitor, &oco(r#""trigger":"6e4""#));
    assert_eq!(
        (unread.outcome, unread.leg, unread.field.unwrap().as_str()),
        (OrderOutcome::Malformed, Some(1), "trigger")
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_field_and_never_sent() {
    let (mut desk, mut visitor) = desk();
    let place = |fields: &str| format!(r#"{{"op":"place","order":{{"side":"BUY",{fields}}}}}"#);
    for (operation, field) in [
        (place(r#""qty":"NaN","symbol":"BTCUSDT""#), "qty"),
        (place(r#""qty":"","symbol":"BTCUSDT""#), "qty"),
        (place(r#""qty":"-1","symbol":"BTCUSDT""#), "qty"),
        (place(r#""qty":"1e5","symbol":"BTCUSDT""#), "qty"),
        (place(r#""qty":"1","symbol":"BTCUSD""#), "symbol"),
        (place(r#""qty":"1","symbol":"BTCUSDT","price":"1,000""#), "price"),
        (place(r#""qty":"1","symbol":"BTCUSDT","trail":"5""#), "trail"),
        (r#"{"op":"smart","symbol":"BTCUSDT","target":"flat"}"#.to_owned(), "target"),
        (
            r#"{"op":"bracket","order":{"side":"BUY","qty":"1","symbol":"BTCUSDT"},"stop":"low"}"#.to_owned(),
            "stop",
        ),
        (r#"{"op":"basket","legs":[]}"#.to_owned(), "legs"),
        (r#"{"op":"options","underlying":"BTCUSDT","legs":[]}"#.to_owned(), "underlying"),
        (r#"{"op":"modify","order":"A-77","qty":"1"}"#.to_owned(), "order"),
        (r#"{"op":"cancel","order":"A12"}"#.to_owned(), "order"),
        (r#"{"op":"cancel_all","scope":"strategy:nobody"}"#.to_owned(), "scope"),
        (r#"{"op":"decide","batch":"B-x","decision":"leave"}"#.to_owned(), "batch"),
    ] {
        let (reply, order) = ask(&mut visitor, &operation);
        assert_eq!(order.outcome, OrderOutcome::Malformed, "{operation}");
        assert_eq!(order.field.unwrap().as_str(), field, "{operation}");
        assert!(reply.error.unwrap().as_str().starts_with(field), "{operation}");
    }
    for line in [
        r#"{"cmd":"order","ask":{"op":"place","order":{"side":"BUY","qty":1,"symbol":"BTCUSDT"}}}"#,
        r#"{"cmd":"order","ask":{"op":"place","order":{"side":"buy","qty":"1","symbol":"BTCUSDT"}}}"#,
        r#"{"cmd":"order","ask":{"op":"place","order":{"side":"BUY","qty":"1","symbol":"BTCUSDT","prize":"1"}}}"#,
        r#"{"cmd":"order","ask":{"op":"cancel"}}"#,
    ] {
        let reply = visitor.asks(line);
        assert!(reply.error.is_some_and(|error| error.as_str().starts_with("not a request")), "{line}");
    }
    // The next order to reach the broker is the first.
    ask(&mut visitor, BID);
    assert_eq!(sent(&mut desk).order.number_in(flightdeck::model::RunId::new(7)).unwrap().get(), 1);
}

#[test]
fn legs_keep_the_numbers_they_were_typed_with() {
    let leg = |side: &str| format!(r#"{{"side":"{side}","qty":"1","offset":"atm","right":"PUT"}}"#);
    let legs = [leg("SELL"), leg("BUY"), leg("SELL")].join(",");
    let line = format!(r#"{{"ask":{{"op":"options","underlying":"FDX","legs":[{legs}]}}}}"#);
    let ask: flightdeck::wire::OrderAsk = serde_json::from_str(&line).unwrap();
    assert_eq!(ask.sent_order(), [1, 0, 2], "what is bought is sent first");
}

#[test]
fn a_denial_tells_rule_value_and_limit() {
    let (_desk, mut visitor) = answered();
    let far = r#"{"op":"place","order":{"side":"BUY","qty":"0.01","symbol":"BTCUSDT","price":"90000"}}"#;
    let (reply, order) = ask(&mut visitor, far);
    let denial = order.denial.unwrap();
    assert_eq!((order.outcome, denial.rule.as_str()), (OrderOutcome::Denied, "collar"));
    assert!(!denial.limit.as_str().is_empty() && reply.error.unwrap().as_str().starts_with("denied: collar"));
    let (_, expected) = {
        let line = format!(r#"{{"cmd":"order","mode":"live","ask":{BID}}}"#);
        let reply = visitor.asks(&line);
        (reply.ok, *reply.order.unwrap())
    };
    assert_eq!(expected.denial.unwrap().rule.as_str(), "mode");
}

#[test]
fn a_dry_run_asks_every_rule_and_sends_nothing() {
    let (mut desk, mut visitor) = desk();
    let dry = |operation: &str| format!(r#"{{"cmd":"order","dry_run":true,"ask":{operation}}}"#);
    let reply = visitor.asks(&dry(BID));
    let order = reply.order.unwrap();
    assert_eq!((reply.ok, order.outcome), (true, OrderOutcome::WouldPass));
    assert!(order.findings.len() >= 18 && order.findings.iter().all(|finding| finding.pass));
    let far = r#"{"op":"place","order":{"side":"BUY","qty":"0.01","symbol":"BTCUSDT","price":"90000"}}"#;
    let reply = visitor.asks(&dry(far));
    assert_eq!((reply.ok, reply.order.unwrap().outcome), (false, OrderOutcome::WouldDeny));
    assert!(!visitor.asks(&dry(r#"{"op":"cancel_all"}"#)).ok);
    ask(&mut visitor, BID);
    assert_eq!(sent(&mut desk).order.number_in(flightdeck::model::RunId::new(7)).unwrap().get(), 1);
}

#[test]
fn a_basket_is_answered_with_its_completion_and_one_row_a_leg() {
    let (mut desk, mut visitor) = answered();
    let legs = r#"[{"side":"BUY","qty":"0.010","symbol":"BTCUSDT"},{"side":"BUY","qty":"0.020","symbol":"BTCUSDT","price":"59900"}]"#;
    let line = format!(r#"{{"cmd":"order","ask":{{"op":"basket","legs":{legs}}}}}"#);
    let asked = std::thread::spawn(move || (visitor.asks(&line), visitor));
    let (one, two) = (sent(&mut desk), sent(&mut desk));
    fill(&desk, &one);
    fill(&desk, &two);
    let (reply, mut visitor) = asked.join().unwrap();
    let order = reply.order.unwrap();
    assert_eq!((reply.ok, order.outcome), (true, OrderOutcome::Completed));
    assert_eq!(order.batch.unwrap().as_str(), "B-1");
    let rows: Vec<&str> = order.legs.iter().map(|leg| leg.outcome.as_str()).collect();
    assert_eq!(rows, ["filled", "filled"]);

    visitor.says(r#"{"cmd":"order","ask":{"op":"close_all","scope":"all"}}"#);
    let exit = sent(&mut desk);
    assert_eq!(exit.qty.to_string(), "0.03");
    fill(&desk, &exit);
    let closed = visitor.hears().unwrap();
    let order = closed.order.unwrap();
    assert_eq!((closed.ok, order.outcome, order.count), (true, OrderOutcome::Closed, Some(1)));
}

#[test]
fn a_basket_with_one_bad_leg_is_refused_whole_and_says_which() {
    let (mut desk, mut visitor) = desk();
    let basket = |second: &str| {
        format!(
            r#"{{"op":"basket","legs":[{{"side":"BUY","qty":"0.010","symbol":"BTCUSDT"}},{{"side":"BUY","symbol":"BTCUSDT",{second}}}]}}"#
        )
    };
    let (_, order) = ask(&mut visitor, &basket(r#""qty":"0.0100005""#));
    assert_eq!((order.outcome, order.leg), (OrderOutcome::Denied, Some(1)));
    let (_, order) = ask(&mut visitor, &basket(r#""qty":"x""#));
    assert_eq!((order.outcome, order.leg), (OrderOutcome::Malformed, Some(1)));
    ask(&mut visitor, BID);
    assert_eq!(sent(&mut desk).order.number_in(flightdeck::model::RunId::new(7)).unwrap().get(), 1);
}

#[test]
fn a_batch_that_goes_on_is_answered_as_begun() {
    let (mut desk, mut visitor) = desk();
    let split = r#"{"op":"split","order":{"side":"BUY","qty":"0.030","symbol":"BTCUSDT","price":"59900"},"each":"0.010"}"#;
    let (reply, order) = ask(&mut visitor, split);
    assert_eq!((reply.ok, order.outcome, order.legs.len()), (true, OrderOutcome::Began, 3));
    assert_eq!(order.legs[0].outcome.as_str(), "open");
    let child = sent(&mut desk);
    desk.report(BrokerReport::Rejected { order: child.order, reason: "no".into(), at: wall_now() });
    let decided = loop {
        // The rejection may come after the question.
        let (reply, order) = ask(&mut visitor, r#"{"op":"decide","batch":"B-1","decision":"complete"}"#);
        if reply.ok {
            break order;
        }
    };
    assert_eq!(decided.outcome, OrderOutcome::Decided);
    assert_eq!(sent(&mut desk).qty.to_string(), "0.01");
}

#[test]
fn an_order_of_unknown_fate_is_settled_from_the_shell_with_a_reason_and_no_other_is() {
    let (mut desk, mut visitor) = desk();
    let (_, placed) = ask(&mut visitor, BID);
    assert_eq!(placed.outcome, OrderOutcome::Submitted);
    let order = sent(&mut desk);
    // The adapter has no answer: nobody knows whether it is there.
    desk.report(BrokerReport::Order(Box::new(OrderSnapshot {
        order: order.order,
        venue_id: VenueOrderId("".into()),
        instrument: order.instrument,
        side: order.side,
        qty: order.qty,
        filled: Qty::ZERO,
        kind: order.kind,
        status: OrderStatus::Unknown,
        at: wall_now(),
    })));
    let settle = |words: &str| format!(r#"{{"op":"settle","order":"A-1",{words}}}"#);
    let refused = loop {
        let (reply, _) = ask(&mut visitor, &settle(r#""verdict":"canceled","reason":" ""#));
        assert!(!reply.ok);
        // The report may come after the question.
        if reply.refusal != Some(Refusal::NotUnknown) {
            break reply.refusal;
        }
    };
    assert_eq!(refused, Some(Refusal::ReasonMissing));
    let (reply, told) = ask(&mut visitor, &settle(r#""verdict":"absent","reason":"not in their book""#));
    assert!(reply.ok, "{reply:?}");
    assert_eq!(
        (told.outcome, told.order.unwrap().as_str().to_owned()),
        (OrderOutcome::Settled, "A-1".to_owned())
    );
    let (reply, _) = ask(&mut visitor, &settle(r#""verdict":"working","reason":"no""#));
    assert_eq!((reply.ok, reply.refusal), (false, Some(Refusal::OrderClosed)));
}
