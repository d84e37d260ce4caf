//! What a strategy hears: its market, what comes of its own orders and words, nothing of the others; and that no
//! conversation lasts for ever.

use super::world::{A, B, LIN, genesis, price, qty};
use flightdeck::engine::{BasketSpec, Desk, Effect, Engine, Hired, NoProbe, OrderSpec, Strategy, effect};
use flightdeck::model::{
    BatchEvent, BrokerReport, ClientOrderId, ControlEvent, Envelope, Event, Input, Label, MarketEvent,
    OnFailure, OrderEvent, OrderId, Quote, Side, Span, StrategyId, Timestamp, VenueOrderId,
};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

type Deed = Box<dyn FnMut(&Envelope, &mut Desk<'_>) + Send>;

/// Tells what it hears, and does one thing about it.
struct Ear {
    id: StrategyId,
    heard: SyncSender<(StrategyId, Event)>,
    deed: Deed,
}

impl Strategy for Ear {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let _gone = self.heard.send((self.id, event.event.clone()));
        (self.deed)(event, desk);
    }
}

struct Room {
    engine: Engine,
    now: Timestamp,
    heard: Receiver<(StrategyId, Event)>,
    log: Vec<Envelope>,
}

impl Room {
    /// A does a deed at whatever it hears; B only listens.
    fn with(deed: Deed) -> Self {
        let (tell, heard) = sync_channel(1_024);
        let ear = |id, deed| Hired { id, strategy: Box::new(Ear { id, heard: tell.clone(), deed }) };
        let hired = vec![ear(A, deed), ear(B, Box::new(|_, _| {}))];
        let mut engine = Engine::new(Arc::new(genesis()), hired);
        let mut log = Vec::new();
        engine.start(START, &mut log);
        Self { engine, now: START, heard, log }
    }

    fn step(&mut self, input: Input) -> Vec<Envelope> {
        let start = self.log.len();
        self.now = self.now.after(Span::from_millis(1));
        self.engine.step(self.now, input, &mut self.log, &mut NoProbe);
        self.log[start..].to_vec()
    }

    fn quote(&mut self) -> Vec<Envelope> {
        let at = self.now.after(Span::from_millis(1));
        let quote = Quote {
            instrument: LIN,
            bid: price("99.9"),
            bid_qty: qty("5"),
            ask: price("100.1"),
            ask_qty: qty("5"),
            venue_time: at,
            local_time: at,
        };
        self.step(Input::Market(MarketEvent::Quote(quote)))
    }

    /// What a strategy has heard since it was last asked.
    fn heard(&self) -> Vec<(StrategyId, Event)> {
        self.heard.try_iter().collect()
    }
}

fn of(heard: &[(StrategyId, Event)], who: StrategyId) -> Vec<&Event> {
    heard.iter().filter(|one| one.0 == who).map(|one| &one.1).collect()
}

/// Does a thing once, at the first quote.
fn once(deed: impl Fn(&mut Desk<'_>) + Send + 'static) -> Deed {
    let mut done = false;
    Box::new(move |event, desk| {
        if matches!(event.event, Event::Market(_)) && !done {
            done = true;
            deed(desk);
        }
    })
}

fn bid(size: &str) -> OrderSpec {
    OrderSpec::limit(LIN, Side::Buy, qty(size), price("99"), "test")
}

#[test]
fn a_strategy_hears_what_comes_of_its_orders_and_the_others_do_not() {
    let mut room = Room::with(once(|desk| desk.submit(bid("1"))));
    room.quote();
    let heard = room.heard();
    assert!(
        matches!(of(&heard, A)[..], [Event::Market(_), Event::Order(OrderEvent::Submitted { .. })]),
        "{heard:?}"
    );
    assert!(matches!(of(&heard, B)[..], [Event::Market(_)]), "{heard:?}");
    let order = ClientOrderId::derive(genesis().run, OrderId::new(1));
    let at = room.now;
    room.step(Input::Report(BrokerReport::Accepted { order, venue_id: VenueOrderId("V-1".into()), at }));
    room.step(Input::Report(BrokerReport::Canceled { order, reason: "asked".into(), at }));
    let heard = room.heard();
    assert!(
        matches!(
            of(&heard, A)[..],
            [Event::Order(OrderEvent::Accepted { .. }), Event::Order(OrderEvent::Canceled { .. })]
        ),
        "{heard:?}"
    );
    assert_eq!(of(&heard, B).len(), 0);
}

#[test]
fn a_denial_is_heard_by_the_one_who_asked() {
    let mut room = Room::with(once(|desk| desk.submit(bid("1000000"))));
    room.quote();
    let heard = room.heard();
    assert!(matches!(of(&heard, A)[..], [Event::Market(_), Event::Denied { .. }]), "{heard:?}");
    assert_eq!(of(&heard, B).len(), 1);
}

#[test]
fn a_word_that_is_refused_is_answered_to_the_strategy_that_spoke() {
    let mut room = Room::with(once(|desk| desk.close(LIN)));
    room.quote();
    let heard = room.heard();
    assert!(
        matches!(of(&heard, A)[..], [Event::Market(_), Event::Control(ControlEvent::Refused { .. })]),
        "{heard:?}"
    );
    assert_eq!(of(&heard, B).len(), 1);
}

#[test]
fn the_story_of_a_basket_is_told_to_its_strategy() {
    let basket = |size: &'static str| {
        once(move |desk| {
            let (legs, on_failure) = (vec![bid(size), bid("0.5")], OnFailure::Hold);
            desk.basket(BasketSpec { legs, on_failure, label: Label::new("test") });
        })
    };
    let mut room = Room::with(basket("1"));
    room.quote();
    let heard = room.heard();
    let told = of(&heard, A);
    assert!(told.iter().any(|one| matches!(one, Event::Batch(BatchEvent::Began { .. }))), "{told:?}");
    assert_eq!(of(&heard, B).len(), 1);
    let mut room = Room::with(basket("1000000"));
    room.quote();
    let heard = room.heard();
    let told = of(&heard, A);
    assert!(told.iter().any(|one| matches!(one, Event::Batch(BatchEvent::Denied { .. }))), "{told:?}");
    assert_eq!(of(&heard, B).len(), 1);
}

#[test]
fn a_strategy_that_answers_its_own_answers_is_cut_off_in_the_same_step() {
    let mut room = Room::with(Box::new(|_, desk| desk.submit(bid("0.001"))));
    let events = room.quote();
    assert_eq!(
        events.len(),
        514,
        "the quote, one answer to each of 512 events, and that it was not told the last"
    );
    assert_eq!(room.quote().len(), 1, "and is not asked again until a human arms it");
}

#[test]
fn what_waits_to_be_handed_out_is_not_heard_again_and_hides_nothing() {
    let mut room = Room::with(Box::new(|_, _| {}));
    for _ in 0..400 {
        room.quote();
    }
    assert_eq!(of(&room.heard(), A).len(), 400);
    assert!(room.log.len() > 400, "nobody has taken what was said so far");
    room.quote();
    assert_eq!(of(&room.heard(), A).len(), 1);
}

#[test]
fn an_entry_leaves_with_whose_risk_it_is_and_an_exit_leaves_under_any_kill() {
    let mut bench = super::bench::Bench::new();
    let effects =
        |events: &[Envelope]| -> Vec<Effect> { events.iter().filter_map(|one| effect(&one.event)).collect() };
    bench.pull(A, super::bench::Pull::Submit(super::bench::market(Side::Buy, "2")));
    let entry = effects(&bench.print());
    assert_eq!(entry.iter().map(|one| one.risk).collect::<Vec<_>>(), [Some((A, LIN))]);
    bench.hold(A, (Side::Buy, "2"), "100");
    bench.pull(A, super::bench::Pull::Submit(super::bench::market(Side::Sell, "2").reduce_only()));
    let exit = effects(&bench.print());
    assert_eq!(exit.iter().map(|one| one.risk).collect::<Vec<_>>(), [None]);
}

#[test]
fn an_engine_can_be_shown_with_who_is_benched() {
    let room = Room::with(Box::new(|_, _| {}));
    let text = format!("{:?}", room.engine);
    assert!(text.contains("benched: false"), "{text}");
    let (heard, _all) = sync_channel(1_024);
    let hired = Hired { id: A, strategy: Box::new(Ear { id: A, heard, deed: Box::new(|_, _| {}) }) };
    assert!(format!("{hired:?}").contains("StrategyId(2)"));
}

/// What a desk shows.
#[derive(Debug, PartialEq)]
struct View {
    now: Timestamp,
    may_trade: bool,
    instrument: Option<String>,
    bid: Option<String>,
    offers: usize,
    net: String,
    open: Vec<OrderId>,
}

#[test]
fn a_desk_shows_the_moment_the_market_and_what_is_its_own() {
    let (tell, seen) = sync_channel(1_024);
    let deed: Deed = Box::new(move |_, desk| {
        let view = View {
            now: desk.now(),
            may_trade: desk.may_trade(),
            instrument: desk.instrument(LIN).map(|one| one.symbol.to_string()),
            bid: desk.quote(LIN).map(|one| one.bid.to_string()),
            offers: desk.depth(LIN).map_or(0, |one| one.asks.len()),
            net: desk.position(LIN).net.to_string(),
            open: desk.open_orders(LIN).map(|order| order.id).collect(),
        };
        let _gone = tell.send(view);
    });
    let mut room = Room::with(deed);
    room.quote();
    let level = flightdeck::model::Level { price: price("100.1"), qty: qty("1") };
    let (venue_time, local_time) = (room.now, room.now);
    let depth = flightdeck::model::Depth {
        instrument: LIN,
        bids: Vec::new(),
        asks: vec![level],
        venue_time,
        local_time,
    };
    room.step(Input::Market(MarketEvent::Depth(Arc::new(depth))));
    let first = seen.try_iter().last().expect("a view");
    assert_eq!(
        first,
        View {
            now: room.now,
            may_trade: true,
            instrument: Some("LIN".to_owned()),
            bid: Some("99.9".to_owned()),
            offers: 1,
            net: "0".to_owned(),
            open: Vec::new(),
        }
    );
}

#[test]
fn a_desk_shows_its_own_orders_and_position_and_whether_it_is_armed() {
    let (tell, seen) = sync_channel(1_024);
    let mut bench = super::bench::Bench::new();
    bench.hold(A, (Side::Buy, "3"), "100");
    let own = bench.working(A, super::bench::buy("1", "99"));
    bench.working(B, super::bench::buy("1", "98"));
    let coins = OrderSpec { instrument: super::world::INV, ..super::bench::buy("10", "1990") };
    bench.working(A, coins);
    let write = move |desk: &mut Desk<'_>| {
        let open: Vec<OrderId> = desk.open_orders(LIN).map(|order| order.id).collect();
        let _gone = tell.send((desk.may_trade(), desk.position(LIN).net.to_string(), open));
    };
    let again = write.clone();
    bench.pull(A, super::bench::Pull::Write(Box::new(write)));
    bench.print();
    assert_eq!(seen.try_recv(), Ok((true, "3".to_owned(), vec![own])));
    let reason = flightdeck::model::Reason::new("lunch");
    bench.operator(flightdeck::model::Command::Disarm { strategy: A, reason });
    bench.pull(A, super::bench::Pull::Write(Box::new(again)));
    bench.print();
    assert_eq!(seen.try_recv().map(|one| one.0), Ok(false), "it hears and may not write");
}
