//! The published state machine: every event in every status, as the page in ARCHITECTURE.md says it.

use super::world::{A, LIN, genesis, price, qty};
use flightdeck::model::{
    Actor, CancelStand, Cause, ClientOrderId, Envelope, Event, Fill, FillId, Label, Liquidity, Mode, Money,
    NewOrder, Order, OrderChange, OrderEvent, OrderId, OrderKind, OrderStatus, Qty, Reason, Seq, Side, Span,
    TimeInForce, Timestamp, VenueOrderId,
};
use flightdeck::state::State;
use flightdeck::state::machine::{self, Step};
use std::sync::Arc;

const ID: OrderId = OrderId::new(1);
const AT: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

/// A life that leads to a status, by the events that made it.
struct Life {
    status: OrderStatus,
    events: Vec<OrderEvent>,
}

fn order() -> NewOrder {
    NewOrder {
        strategy: A,
        instrument: LIN,
        side: Side::Buy,
        qty: qty("3"),
        kind: OrderKind::TrailingStop { trigger: price("99"), trail: price("1") },
        tif: TimeInForce::Gtc,
        post_only: false,
        reduce_only: false,
        mode: Mode::Analyze,
        label: Label::new("test"),
    }
}

fn fill(size: Qty, name: &str) -> Fill {
    Fill {
        order: ID,
        strategy: A,
        instrument: LIN,
        mode: Mode::Analyze,
        side: Side::Buy,
        qty: size,
        price: price("99"),
        liquidity: Liquidity::Maker,
        fee: Money::ZERO,
        fill_id: FillId(name.into()),
        venue_time: AT,
    }
}

fn client_id() -> ClientOrderId {
    ClientOrderId::derive(genesis().run, ID)
}

fn change(size: &str) -> OrderChange {
    OrderChange { qty: qty(size), kind: order().kind }
}

/// The event of a step, for an order with this much left.
fn event(step: Step, left: Qty) -> OrderEvent {
    let (id, client_id, actor, request) = (ID, client_id(), Actor::Operator, None);
    let (reason, venue_time): (flightdeck::model::DisplayText, _) = ("told".into(), AT);
    let why = Reason::new("looked");
    match step {
        Step::Submitted => OrderEvent::Submitted {
            id,
            client_id,
            order: order(),
            actor,
            request,
            venue_reduce_only: false,
            rules: 1,
            leg: None,
            link: None,
        },
        Step::Held => {
            OrderEvent::Held { id, client_id, order: order(), actor, request, leg: None, link: None }
        }
        Step::Trailed => OrderEvent::Trailed { id, trigger: price("98") },
        Step::Accepted => OrderEvent::Accepted { id, venue_id: VenueOrderId("V-1".into()), venue_time },
        Step::Rejected => OrderEvent::Rejected { id, reason, venue_time },
        Step::Triggered => OrderEvent::Triggered { id, venue_time },
        Step::FilledPart => OrderEvent::Filled { id, fill: fill(qty("0.5"), "part") },
        Step::FilledWhole => OrderEvent::Filled { id, fill: fill(left.max(qty("0.5")), "whole") },
        Step::CancelRequested => OrderEvent::CancelRequested { id, client_id, actor, request },
        Step::CancelRejected => OrderEvent::CancelRejected { id, reason, venue_time, not_sent: false },
        Step::Canceled => OrderEvent::Canceled { id, reason, venue_time },
        Step::Expired => OrderEvent::Expired { id, venue_time },
        Step::Unknown => OrderEvent::Unknown { id, waited: Span::from_secs(3), told: None, word: None },
        Step::ReplaceRequested => {
            OrderEvent::ReplaceRequested { id, client_id, change: change("5"), actor, request, risk: None }
        }
        Step::Replaced => OrderEvent::Replaced { id, change: change("5"), venue_time },
        Step::ReplaceRejected => OrderEvent::ReplaceRejected { id, reason, venue_time, not_sent: false },
        Step::Queried => OrderEvent::Queried { id, client_id },
        Step::NotFound => OrderEvent::NotFound { id, checks: 1, venue_time },
        Step::LostAbsent => OrderEvent::Lost { id, actor, reason: why, request, canceled: false },
        Step::LostGone => OrderEvent::Lost { id, actor, reason: why, request, canceled: true },
        Step::Vouched => OrderEvent::Vouched { id, actor, reason: why, request },
        Step::Busted => {
            let fill = Fill { side: Side::Sell, ..fill(qty("1"), "one") };
            OrderEvent::Busted { id, client_id, fill, venue_time }
        }
    }
}

/// Every status, and where a cell depends on more than the status, every such life.
fn lives() -> Vec<Life> {
    use OrderStatus as S;
    use Step as E;
    let one = || OrderEvent::Filled { id: ID, fill: fill(qty("1"), "one") };
    let life = |status, steps: &[Step]| Life {
        status,
        events: steps.iter().map(|step| event(*step, qty("3"))).collect(),
    };
    let mut part = life(S::PartiallyFilled, &[E::Submitted, E::Accepted]);
    part.events.push(one());
    vec![
        life(S::Held, &[E::Held]),
        life(S::Submitted, &[E::Submitted]),
        life(S::Unknown, &[E::Submitted, E::Unknown]),
        life(S::Working, &[E::Submitted, E::Accepted]),
        part,
        life(S::PendingReplace, &[E::Submitted, E::Accepted, E::ReplaceRequested]),
        life(S::PendingReplace, &[E::Submitted, E::ReplaceRequested]),
        life(S::PendingCancel, &[E::Submitted, E::Accepted, E::CancelRequested]),
        life(S::PendingCancel, &[E::Submitted, E::CancelRequested]),
        life(S::PendingCancel, &[E::Submitted, E::Accepted, E::ReplaceRequested, E::CancelRequested]),
        life(S::Filled, &[E::Submitted, E::Accepted, E::FilledWhole]),
        life(S::Canceled, &[E::Submitted, E::Accepted, E::Canceled]),
        life(S::Canceled, &[E::Submitted, E::Accepted, E::LostGone]),
        life(S::Rejected, &[E::Submitted, E::Rejected]),
        life(S::Rejected, &[E::Submitted, E::Unknown, E::LostAbsent]),
        life(S::Expired, &[E::Submitted, E::Accepted, E::Expired]),
    ]
}

fn apply(state: &mut State, event: OrderEvent) {
    let seq = Seq::new(state.seq.get() + 1);
    state.apply(&Envelope { seq, at: AT, cause: Cause(seq), event: Event::Order(event) });
}

fn live(life: &Life) -> State {
    let mut state = State::new(Arc::new(genesis()));
    for event in &life.events {
        apply(&mut state, event.clone());
    }
    assert_eq!(the(&state).status, life.status, "the life does not lead there");
    state
}

fn the(state: &State) -> Order {
    state.orders.get(ID).expect("the order").clone()
}

/// The cells of the page, by event and status.
fn cells(page: &str) -> Vec<(String, Vec<String>)> {
    page.lines()
        .skip(2)
        .map(|line| {
            let mut words = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            (words.next().expect("an event"), words.collect())
        })
        .collect()
}

/// What is proven of an order by its facts.
fn proven(order: &Order) -> OrderStatus {
    match () {
        () if order.reserved() == Qty::ZERO => OrderStatus::Filled,
        () if order.pursuit.cancel == CancelStand::OnItsWay => OrderStatus::PendingCancel,
        () if order.replace.is_some() => OrderStatus::PendingReplace,
        () if order.filled == Qty::ZERO => OrderStatus::Working,
        () => OrderStatus::PartiallyFilled,
    }
}

fn named(word: &str) -> OrderStatus {
    let fits = |status: &OrderStatus| status.as_str() == word;
    OrderStatus::ALL.into_iter().find(fits).unwrap_or_else(|| panic!("no status {word}"))
}

/// What reserved quantities must be, computed from the orders.
fn check_exposure(state: &State) {
    // What the engine holds reserves nothing: the gate judges it when it leaves.
    let held = |order: &&Order| order.status == OrderStatus::Held;
    let open: Vec<&Order> = state.orders.open().iter().filter(|order| !held(order)).collect();
    let buys = open.iter().fold(Qty::ZERO, |sum, order| sum.plus(order.reserved()));
    let unknown = open.iter().filter(|order| order.status == OrderStatus::Unknown).count();
    for exposure in [state.orders.exposure(A, LIN), state.orders.total(LIN)] {
        assert_eq!((exposure.buys, exposure.sells), (buys, Qty::ZERO));
        assert_eq!(usize::try_from(exposure.orders), Ok(open.len()));
    }
    assert_eq!(usize::try_from(state.orders.unknown_in(LIN)), Ok(unknown));
}

#[test]
fn every_event_in_every_status_does_what_the_page_says() {
    let table = cells(&machine::page());
    let mut seen = 0;
    for (step, (name, row)) in Step::ALL.into_iter().zip(&table) {
        assert_eq!(*name, format!("{step:?}"));
        for life in lives() {
            let column = OrderStatus::ALL.iter().position(|one| *one == life.status).expect("a column");
            let word = row[column].as_str();
            let mut state = live(&life);
            let before = the(&state);
            // A second beginning of one life cannot be folded into it.
            if step == Step::Held {
                assert_eq!(word, "anomaly");
                continue;
            }
            apply(&mut state, event(step, before.reserved()));
            let after = the(&state);
            if word == "anomaly" {
                assert_eq!((&after, state.orders.anomalies()), (&before, 1), "{step:?} on {before:?}");
            }
            let stays = matches!(word, "·" | "anomaly") || (word == "reopen" && !before.pursuit.presumed);
            let expected = match word.strip_prefix("proven, else ") {
                _ if stays => before.status,
                Some(other) if !before.is_proven() => named(other),
                Some(_) => proven(&after),
                None if matches!(word, "proven" | "reopen") => proven(&after),
                None => named(word),
            };
            assert_eq!(after.status, expected, "{step:?} on {:?}: {word}", before.status);
            check_exposure(&state);
            seen += 1;
        }
    }
    assert_eq!(seen, (Step::ALL.len() - 1) * lives().len());
}

#[test]
fn a_fill_that_leaves_nothing_is_another_step_than_one_that_does() {
    let filled = OrderEvent::Filled { id: ID, fill: fill(qty("1"), "one") };
    assert_eq!(
        (Step::of(&filled, true), Step::of(&filled, false)),
        (Some(Step::FilledPart), Some(Step::FilledWhole))
    );
}

#[test]
fn a_second_beginning_of_a_life_is_an_anomaly() {
    for life in lives() {
        let mut state = live(&life);
        let before = the(&state);
        apply(&mut state, event(Step::Held, before.reserved()));
        assert_eq!((the(&state), state.orders.anomalies()), (before, 1));
        check_exposure(&state);
    }
}

#[test]
fn the_page_is_the_table() {
    let page = include_str!("../../ARCHITECTURE.md");
    assert!(page.contains(&machine::page()), "ARCHITECTURE.md: print this\n{}", machine::page());
}

#[test]
fn no_fill_is_ever_dropped_whatever_the_status() {
    for life in lives() {
        let mut state = live(&life);
        let before = the(&state);
        apply(&mut state, event(Step::FilledPart, before.reserved()));
        let after = the(&state);
        assert_eq!(after.executed(), before.executed().plus(qty("0.5")));
        assert_eq!(after.late_fill, before.status.is_terminal());
        let net = state.ledger.position(A, LIN).net.magnitude();
        assert_eq!(net, after.filled, "the position is what its fills say");
    }
}
