//! What a strategy hears: its market, what comes of its own orders and words, nothing of the others; and that no
//! conversation lasts for ever.

use super::world::{A, B, LIN, genesis, price, qty};
use flightdeck::engine::{BasketSpec, Desk, Effect, Engine, Hired, NoProbe, OrderSpec, Strategy, effect};
use flightdeck::model::{
    BatchEvent, BrokerReport, ClientOrderId, ControlEvent, Envelope, Event, Input, Label, MarketEvent,
    OnFailure, OrderEvent, OrderId, Quote, Side, Span, StrategyId, Timestamp, VenueOrderId,
};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

const START: Timestamp = Timestamp::from_nanos(1_723_075_200_000_000_000);

type Deed = Box<dyn FnMut(&Envelope, &mut Desk<'_>) + Send>;

/// Tells what it hears, and does one thing about it.
struct Ear {
    id: StrategyId,
    heard: Sender<(StrategyId, Event)>,
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
        let (tell, heard) = channel();
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
    assert_eq!(events.len(), 513, "the quote, and one answer to each of 512 events");
    assert!(room.quote().len() > 1, "and is asked again at the next step");
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
}
