//! Reports at their edges: what is no news, what belongs to somebody else, what an answer proves and what it does not.

use super::bench::{Bench, buy, canceling};
use super::doubt::{answer, asked, hung, lose, not_found, tell};
use super::edges::{fresh_tick_after, refused, tick_after};
use super::exits::stop;
use super::replace::limit;
use super::world::{A, INV, LIN, qty};
use flightdeck::model::{
    BrokerReport, Command, Envelope, Event, Input, KillLevel, Label, LimitKey, LinkEvent, LinkReport,
    MarketEvent, Measure, OrderEvent, OrderId, OrderSnapshot, OrderStatus, Refusal, Scope, Side, Span,
    Unsent,
};

/// The events about orders.
fn told(events: &[Envelope]) -> Vec<&OrderEvent> {
    let mut found = Vec::new();
    for envelope in events {
        if let Event::Order(event) = &envelope.event {
            found.push(event);
        }
    }
    found
}

/// An order at work with a change on its way.
fn changing(bench: &mut Bench) -> OrderId {
    let id = bench.working(A, buy("3", "99"));
    bench.pull(A, super::bench::Pull::Replace(id, limit("5", "99")));
    bench.print();
    assert_eq!(bench.status(id), OrderStatus::PendingReplace);
    id
}

#[test]
fn a_stop_at_the_venue_wakes_once_and_not_after_its_end() {
    let mut bench = Bench::new();
    let id = bench.working(A, stop(Side::Buy, "1", "103"));
    let wake = |bench: &mut Bench| {
        let order = bench.client_id(id);
        bench.report(BrokerReport::Triggered { order, at: bench.now })
    };
    assert!(matches!(told(&wake(&mut bench))[..], [OrderEvent::Triggered { .. }]));
    assert_eq!(told(&wake(&mut bench)), Vec::<&OrderEvent>::new(), "told again");
    let mut bench = Bench::new();
    let id = bench.working(A, stop(Side::Buy, "1", "103"));
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    let order = bench.client_id(id);
    let late = bench.report(BrokerReport::Triggered { order, at: bench.now });
    assert_eq!(told(&late), Vec::<&OrderEvent>::new());
}

#[test]
fn the_refusal_of_what_nobody_asked_for_is_no_news() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let order = bench.client_id(id);
    let at = bench.now;
    let reports = [
        BrokerReport::CancelRejected { order, reason: "no".into(), at },
        BrokerReport::ReplaceRejected { order, reason: "no".into(), at },
        BrokerReport::NotSent { order, message: Unsent::Cancel, reason: "no".into(), at },
        BrokerReport::NotSent { order, message: Unsent::Change, reason: "no".into(), at },
        BrokerReport::NotSent { order, message: Unsent::Order, reason: "no".into(), at },
    ];
    for report in reports {
        let text = format!("{report:?}");
        assert_eq!(told(&bench.report(report)), Vec::<&OrderEvent>::new(), "{text}");
    }
}

#[test]
fn a_message_that_did_not_leave_gives_the_order_back() {
    let mut bench = Bench::new();
    let id = changing(&mut bench);
    let order = bench.client_id(id);
    let report =
        BrokerReport::NotSent { order, message: Unsent::Change, reason: "full".into(), at: bench.now };
    assert!(matches!(told(&bench.report(report))[..], [OrderEvent::ReplaceRejected { .. }]));
    assert_eq!(bench.status(id), OrderStatus::Working);
    bench.operator(Command::Cancel { order: id });
    let report =
        BrokerReport::NotSent { order, message: Unsent::Cancel, reason: "full".into(), at: bench.now };
    let events = bench.report(report);
    assert!(matches!(told(&events)[0], OrderEvent::CancelRejected { not_sent: true, .. }), "{events:?}");
}

#[test]
fn while_a_change_is_on_its_way_no_older_one_makes_the_order_smaller() {
    let mut bench = Bench::new();
    let id = changing(&mut bench);
    let order = bench.client_id(id);
    for late in [limit("2", "99"), limit("3", "99")] {
        let report = BrokerReport::Replaced { order, change: late, at: bench.now };
        assert_eq!(told(&bench.report(report)), Vec::<&OrderEvent>::new(), "{late:?}");
        assert_eq!(bench.status(id), OrderStatus::PendingReplace);
    }
    let report = BrokerReport::Replaced { order, change: limit("5", "99"), at: bench.now };
    assert!(matches!(told(&bench.report(report))[..], [OrderEvent::Replaced { .. }]));
}

#[test]
fn an_answer_about_another_order_under_our_name_is_taken_for_none_of_ours_and_stops_new_risk() {
    let strange: [fn(&mut OrderSnapshot); 3] = [
        |told| told.venue_id = flightdeck::model::VenueOrderId("V-other".into()),
        |told| told.instrument = INV,
        |told| told.side = Side::Sell,
    ];
    for change in strange {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("3", "99"));
        let mut snapshot = answer(&bench, id, OrderStatus::Canceled, "0");
        change(&mut snapshot);
        let events = tell(&mut bench, snapshot);
        assert!(matches!(told(&events)[0], OrderEvent::Unmatched { .. }), "{events:?}");
        assert_eq!(bench.status(id), OrderStatus::Unknown, "it may be at work all the same");
        assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    }
}

#[test]
fn an_answer_says_nothing_new_of_what_the_broker_has_ended_and_all_of_what_we_took_for_lost() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    bench.operator(Command::Cancel { order: id });
    bench.confirm_cancel(id);
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    assert_eq!(told(&tell(&mut bench, snapshot)), Vec::<&OrderEvent>::new());
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "3");
    lose(&mut bench, id);
    assert!(bench.status(id).is_terminal());
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    let events = tell(&mut bench, snapshot);
    assert!(!bench.status(id).is_terminal(), "{events:?}");
    assert_eq!(canceling(&events), [id], "and it is withdrawn");
}

#[test]
fn an_answer_about_a_forgotten_order_withdraws_it_only_where_it_works() {
    let mut bench = Bench::new();
    let first = bench.order(A, buy("1", "99"));
    let working = answer(&bench, first, OrderStatus::Working, "0");
    bench.reject(first);
    for _ in 0..=1_000 {
        let id = bench.order(A, buy("1", "99"));
        bench.reject(id);
        bench.wait(Span::from_secs(5));
        bench.freshen();
    }
    assert!(bench.state().orders.get(first).is_none());
    let ended = OrderSnapshot { status: OrderStatus::Canceled, ..working.clone() };
    assert_eq!(canceling(&tell(&mut bench, ended)), []);
    assert_eq!(bench.state().control.highest_kill(), KillLevel::K0);
    assert_eq!(canceling(&tell(&mut bench, working)), [first]);
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1);
    assert_eq!(bench.state().control.kill_at(Scope::All), KillLevel::K0, "it says where it is");
}

#[test]
fn a_word_that_means_nothing_is_told_once() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let say = |bench: &mut Bench| {
        let snapshot = answer(bench, id, OrderStatus::Unknown, "0");
        tell(bench, snapshot)
            .iter()
            .filter(|one| matches!(one.event, Event::Order(OrderEvent::Unknown { .. })))
            .count()
    };
    assert_eq!((say(&mut bench), say(&mut bench)), (1, 0));
}

#[test]
fn each_fill_more_that_an_answer_counts_is_kept_in_mind() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let say = |bench: &mut Bench, filled: &str| {
        let snapshot = answer(bench, id, OrderStatus::PartiallyFilled, filled);
        tell(bench, snapshot);
        bench.state().orders.get(id).expect("known").pursuit.told
    };
    assert_eq!(say(&mut bench, "1"), qty("1"));
    assert_eq!(say(&mut bench, "2"), qty("2"));
}

#[test]
fn an_answer_that_it_works_ends_the_doubt_whatever_made_it() {
    // Never acknowledged, and not yet in doubt.
    let mut bench = Bench::new();
    let id = bench.order(A, buy("3", "99"));
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, snapshot);
    assert_eq!(bench.status(id), OrderStatus::Working);
    // Acknowledged, and in doubt since.
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let odd = answer(&bench, id, OrderStatus::Unknown, "0");
    tell(&mut bench, odd);
    assert_eq!(bench.status(id), OrderStatus::Unknown);
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, snapshot);
    assert_eq!(bench.status(id), OrderStatus::Working);
}

#[test]
fn an_order_that_was_not_found_once_and_is_there_is_found() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    let odd = answer(&bench, id, OrderStatus::Unknown, "0");
    tell(&mut bench, odd);
    not_found(&mut bench, id);
    let absent = |bench: &Bench| bench.state().orders.get(id).expect("known").pursuit.absent;
    assert_eq!(absent(&bench), 1);
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, snapshot);
    assert_eq!((absent(&bench), bench.status(id)), (0, OrderStatus::Working));
}

#[test]
fn an_order_that_was_not_found_while_its_cancel_was_away_is_found_and_its_cancel_is_on_its_way() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    bench.operator(Command::Cancel { order: id });
    let canceled = bench.now;
    bench.now = canceled.after(Span::from_millis(2_998));
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    bench.now = canceled.after(Span::from_millis(2_999));
    assert_eq!(told(&tell(&mut bench, snapshot)), Vec::<&OrderEvent>::new(), "three seconds are its time");
    assert_eq!(asked(&bench.tick()), [id]);
    not_found(&mut bench, id);
    let absent = |bench: &Bench| bench.state().orders.get(id).expect("known").pursuit.absent;
    assert_eq!((absent(&bench), bench.status(id)), (1, OrderStatus::PendingCancel));
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, snapshot);
    assert_eq!(absent(&bench), 0);
}

#[test]
fn an_order_that_was_not_found_while_its_change_was_away_is_found() {
    let mut bench = Bench::new();
    let id = changing(&mut bench);
    bench.wait(Span::from_secs(4));
    bench.freshen();
    assert_eq!(asked(&bench.tick()), [id]);
    not_found(&mut bench, id);
    let absent = |bench: &Bench| bench.state().orders.get(id).expect("known").pursuit.absent;
    assert_eq!(absent(&bench), 1);
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    tell(&mut bench, snapshot);
    assert_eq!((absent(&bench), bench.status(id)), (0, OrderStatus::PendingReplace));
}

#[test]
fn an_order_is_old_enough_to_be_absent_at_the_moment_it_is() {
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    let sent = bench.now;
    bench.now = sent.after(Span::from_millis(3_500));
    assert_eq!(asked(&bench.tick()), [id]);
    not_found(&mut bench, id);
    bench.now = sent.after(Span::from_millis(4_700));
    assert_eq!(asked(&bench.tick()), [id]);
    bench.now = sent.after(Span::from_millis(4_999));
    not_found(&mut bench, id);
    assert_eq!(bench.status(id), OrderStatus::Rejected, "five seconds to the millisecond");
}

#[test]
fn an_answer_that_an_ended_order_is_not_there_is_no_news() {
    let mut bench = Bench::new();
    let id = hung(&mut bench, A, "1");
    bench.reject(id);
    assert_eq!(told(&not_found(&mut bench, id)), Vec::<&OrderEvent>::new());
    assert_eq!(bench.state().orders.anomalies(), 0);
}

#[test]
fn an_answer_that_crosses_a_fresh_cancel_does_not_call_it_lost() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "99"));
    bench.operator(Command::Cancel { order: id });
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    assert_eq!(told(&tell(&mut bench, snapshot)), Vec::<&OrderEvent>::new());
    assert_eq!(bench.status(id), OrderStatus::PendingCancel);
    // No answer within three seconds, and it is still at work: the cancel has been lost.
    bench.wait(Span::from_secs(4));
    let snapshot = answer(&bench, id, OrderStatus::Working, "0");
    assert_eq!(canceling(&tell(&mut bench, snapshot)), [id], "again");
}

#[test]
fn an_order_that_ended_under_a_change_ended_changed_or_unchanged_as_the_answer_shows() {
    for (size, changed) in [("5", true), ("3", false)] {
        let mut bench = Bench::new();
        let id = changing(&mut bench);
        let mut snapshot = answer(&bench, id, OrderStatus::Canceled, "0");
        snapshot.qty = qty(size);
        let events = tell(&mut bench, snapshot);
        let made = told(&events).iter().any(|one| matches!(one, OrderEvent::Replaced { .. }));
        let refused = told(&events).iter().any(|one| matches!(one, OrderEvent::ReplaceRejected { .. }));
        assert_eq!((made, refused), (changed, !changed), "{events:?}");
        assert_eq!(bench.status(id), OrderStatus::Canceled);
    }
}

#[test]
fn an_order_that_ended_filled_is_filled_only_where_its_fills_make_it_whole() {
    for (size, status) in [("2", OrderStatus::Filled), ("3", OrderStatus::Canceled)] {
        let mut bench = Bench::new();
        let id = bench.working(A, buy("3", "99"));
        bench.fill(id, "2", "99");
        let mut snapshot = answer(&bench, id, OrderStatus::Filled, "2");
        snapshot.qty = qty(size);
        tell(&mut bench, snapshot);
        assert_eq!(bench.status(id), status);
    }
}

#[test]
fn silence_counts_from_just_beyond_its_limit_and_each_link_has_its_own() {
    let stale = |events: &[Envelope]| {
        let of =
            |one: &&Envelope| matches!(one.event, Event::Market(MarketEvent::Stale { instrument: INV, .. }));
        events.iter().filter(of).count()
    };
    let mut bench = Bench::new();
    assert_eq!(stale(&tick_after(&mut bench, Span::from_secs(2))), 0);
    assert_eq!(stale(&bench.tick()), 1);
    let silent = |name: &str, limit: i64| {
        let mut bench = Bench::with(|genesis| {
            genesis.link_silent = Span::from_secs(5);
            genesis.watchdog.broker_silent = Span::from_secs(9);
        });
        bench.step(Input::Link(LinkReport::Alive { name: Label::new(name) }));
        let gone = |events: &[Envelope]| {
            events.iter().any(|one| matches!(one.event, Event::Link(LinkEvent::Silent { .. })))
        };
        assert!(!gone(&tick_after(&mut bench, Span::from_secs(limit))), "{name}");
        assert!(gone(&bench.tick()), "{name}");
    };
    silent("feed", 5);
    silent("broker", 9);
    let mut bench = Bench::new();
    let id = bench.order(A, buy("1", "99"));
    tick_after(&mut bench, Span::from_secs(3));
    assert_eq!(bench.status(id), OrderStatus::Submitted, "three seconds to answer");
    bench.tick();
    assert_eq!(bench.status(id), OrderStatus::Unknown);
}

#[test]
fn a_cancel_without_an_answer_is_asked_about_just_after_its_time() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: id });
    assert_eq!(asked(&fresh_tick_after(&mut bench, Span::from_secs(3))), []);
    assert_eq!(asked(&bench.tick()), [id]);
}

#[test]
fn a_venue_that_answers_no_questions_is_asked_none() {
    let mut bench = Bench::with(|genesis| genesis.venue.can_query = false);
    let id = bench.working(A, buy("1", "99"));
    bench.operator(Command::Cancel { order: id });
    let order = bench.client_id(id);
    let events = bench.report(BrokerReport::CancelRejected { order, reason: "busy".into(), at: bench.now });
    assert_eq!(asked(&events), []);
    let hung = bench.order(A, buy("1", "98"));
    bench.wait(Span::from_secs(10));
    bench.freshen();
    assert_eq!(asked(&bench.tick()), []);
    assert_eq!(bench.status(hung), OrderStatus::Unknown);
}

const KEY: LimitKey = LimitKey::OrderQty { instrument: LIN };

#[test]
fn a_looser_limit_is_confirmed_from_its_moment_on_until_it_lapses() {
    let confirm = |after: Span| {
        let mut bench = Bench::new();
        bench.operator(Command::SetLimit { key: KEY, to: Measure::Qty(qty("2")) });
        bench.operator(Command::SetLimit { key: KEY, to: Measure::Qty(qty("50")) });
        bench.wait(Span::from_nanos(after.nanos() - Span::from_millis(1).nanos()));
        refused(&bench.operator(Command::ConfirmLimit { key: KEY }))
    };
    assert_eq!(confirm(Span::from_millis(59_999)), Some(Refusal::TooEarly));
    assert_eq!(confirm(Span::from_secs(60)), None);
    let lapses = {
        let mut bench = Bench::new();
        bench.operator(Command::SetLimit { key: KEY, to: Measure::Qty(qty("2")) });
        bench.operator(Command::SetLimit { key: KEY, to: Measure::Qty(qty("50")) });
        bench.state().loosenings()[0].lapses().since(bench.now)
    };
    assert_eq!(confirm(Span::from_nanos(lapses.nanos() - 1)), None);
    assert_eq!(confirm(lapses), Some(Refusal::NotAsked));
}

#[test]
fn a_limit_below_zero_is_no_limit() {
    let mut bench = Bench::new();
    let key = LimitKey::Collar { instrument: LIN };
    let set =
        |bench: &mut Bench, to| refused(&bench.operator(Command::SetLimit { key, to: Measure::Bps(to) }));
    assert_eq!(set(&mut bench, -1), Some(Refusal::Ceiling));
    assert_eq!(set(&mut bench, 0), None, "zero blocks");
}
