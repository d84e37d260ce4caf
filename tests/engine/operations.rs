//! Every operation on orders × mode × outcome: exactly one typed event answers each request, and it stands in the log of
//! its mode and in no other.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test names the events it looks for")]
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use crate::bench::{Bench, buy, market, new_order, submitted};
use crate::options::{chain, leg};
use crate::world::{A, LIN, price, qty};
use flightdeck::bus::Subscriber as _;
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    BatchEvent, BatchKind, BrokerReport, Cause, Command, ControlEvent, Envelope, Event, InstrumentId, Label,
    Mode, Moneyness, NewBatch, NewOrder, OnFailure, OptionsOrder, OrderChange, OrderEvent, OrderId,
    OrderKind, RequestId, Right, Scope, Seq, Side, SmartOrder, Span, SplitOrder, StrategyId, TimeInForce,
    Timestamp,
};
use flightdeck::state::State;
use flightdeck::store::{DataDir, Recorder, RunHeader, RunStatus};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::sync::Arc;

const MANUAL: StrategyId = StrategyId::MANUAL;
const MODES: [Mode; 2] = [Mode::Analyze, Mode::Live];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Place,
    Bracket,
    Oco,
    Smart,
    Basket,
    Split,
    Options,
    Multileg,
    Modify,
    Cancel,
    CancelAll,
    Close,
    CloseAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Success,
    /// The gate says no.
    Denied,
    /// The gate says yes and the venue no.
    Rejected,
    /// It makes no sense as things stand.
    Refused,
}

use Operation::{
    Basket, Bracket, Cancel, CancelAll, Close, CloseAll, Modify, Multileg, Oco, Options, Place, Smart, Split,
};
use Outcome::{Denied, Refused, Rejected, Success};

/// The answer to each request and, where the venue rejects, the one event that tells what it came to. A blank cell cannot
/// happen: what takes risk away is never judged, and an order is denied rather than refused.
const TABLE: [(Operation, Outcome, &str, &str); 43] = [
    (Place, Success, "submitted", ""),
    (Place, Denied, "denied", ""),
    (Place, Rejected, "submitted", "rejected"),
    (Bracket, Success, "submitted", ""),
    (Bracket, Denied, "denied", ""),
    (Bracket, Rejected, "submitted", "rejected"),
    (Oco, Success, "submitted", ""),
    (Oco, Denied, "denied", ""),
    (Oco, Rejected, "submitted", "rejected"),
    (Smart, Success, "submitted", ""),
    (Smart, Denied, "denied", ""),
    (Smart, Rejected, "submitted", "rejected"),
    (Smart, Refused, "refused", ""),
    (Basket, Success, "began", ""),
    (Basket, Denied, "batch denied", ""),
    (Basket, Rejected, "began", "stopped"),
    (Basket, Refused, "refused", ""),
    (Split, Success, "began", ""),
    (Split, Denied, "batch denied", ""),
    (Split, Rejected, "began", "stopped"),
    (Split, Refused, "refused", ""),
    (Options, Success, "began", ""),
    (Options, Denied, "batch denied", ""),
    (Options, Rejected, "began", "stopped"),
    (Options, Refused, "refused", ""),
    (Multileg, Success, "began", ""),
    (Multileg, Denied, "batch denied", ""),
    (Multileg, Rejected, "began", "stopped"),
    (Multileg, Refused, "refused", ""),
    (Modify, Success, "replace_requested", ""),
    (Modify, Denied, "denied", ""),
    (Modify, Rejected, "replace_requested", "replace_rejected"),
    (Modify, Refused, "refused", ""),
    (Cancel, Success, "cancel_requested", ""),
    (Cancel, Rejected, "cancel_requested", "cancel_rejected"),
    (Cancel, Refused, "refused", ""),
    (CancelAll, Success, "done", ""),
    (CancelAll, Rejected, "done", "cancel_rejected"),
    (CancelAll, Refused, "refused", ""),
    (Close, Success, "close_began", ""),
    (Close, Rejected, "close_began", "rejected"),
    (Close, Refused, "refused", ""),
    (CloseAll, Success, "done", ""),
];

/// Whether an event is of a kind.
type Is = fn(&Event) -> bool;

fn desk(mode: Mode) -> Bench {
    let mut bench = Bench::with(|genesis| {
        chain(genesis);
        genesis.mode = mode;
        genesis.live_unavailable = None;
        genesis.limits.messages_per_s = 1_000;
    });
    for id in 2..22 {
        bench.quote(InstrumentId::new(id), "4.9", "5.1");
    }
    bench.freshen();
    bench
}

fn order(mode: Mode, spec: OrderSpec) -> NewOrder {
    NewOrder { mode, ..new_order(MANUAL, spec) }
}

fn bid(mode: Mode, count: &str) -> NewOrder {
    order(mode, buy(count, "99"))
}

fn bracket(mode: Mode, at: &str) -> Command {
    Command::Bracket { entry: bid(mode, "1"), stop: price(at), target: Some(price("102")) }
}

/// A bid, and a stop above the market of this quantity.
fn oco(mode: Mode, count: &str) -> Command {
    let above = OrderSpec { kind: OrderKind::Stop { trigger: price("102") }, ..buy(count, "102") };
    Command::Oco { one: bid(mode, "1"), other: order(mode, above) }
}

fn basket(mode: Mode, legs: Vec<NewOrder>) -> Command {
    let (on_failure, label) = (OnFailure::Hold, Label::new("table"));
    let batch = NewBatch { kind: BatchKind::Basket, strategy: MANUAL, mode, legs, on_failure, label };
    Command::Basket { batch: Arc::new(batch) }
}

fn options(mode: Mode, count: &str, offsets: &[Moneyness]) -> Command {
    let one = |offset: &Moneyness| flightdeck::model::OptionLeg {
        qty: qty(count),
        ..leg(Side::Buy, Right::Call, *offset)
    };
    Command::Options {
        order: Arc::new(OptionsOrder {
            strategy: MANUAL,
            underlying: LIN,
            legs: offsets.iter().map(one).collect(),
            tif: TimeInForce::Ioc,
            mode,
            on_failure: OnFailure::Hold,
            label: Label::new("table"),
        }),
    }
}

fn smart(mode: Mode, target: &str) -> Command {
    let (kind, tif) = (OrderKind::Market, TimeInForce::Ioc);
    let (target, label) = (target.parse().unwrap(), Label::new("table"));
    Command::Smart { order: SmartOrder { strategy: MANUAL, instrument: LIN, target, kind, tif, mode, label } }
}

/// An order of the operator at work.
fn working(bench: &mut Bench, mode: Mode) -> OrderId {
    let id = submitted(&bench.operator(Command::Submit { order: bid(mode, "1") }))[0];
    bench.accept(id);
    id
}

fn holding(bench: &mut Bench, mode: Mode) {
    let order = order(mode, market(Side::Buy, "1"));
    let id = submitted(&bench.operator(Command::Submit { order }))[0];
    bench.fill(id, "1", "100.1");
}

/// Prepares the desk and gives the command of a cell.
fn command(bench: &mut Bench, mode: Mode, cell: (Operation, Outcome)) -> Command {
    let change = |count: &str| OrderChange { qty: qty(count), kind: OrderKind::Limit { price: price("98") } };
    let nobody = OrderId::new(99);
    match cell {
        (Place, Denied) => Command::Submit { order: bid(mode, "101") },
        (Place, _) => Command::Submit { order: bid(mode, "1") },
        // A stop on the side where the entry wins is none.
        (Bracket, Denied) => bracket(mode, "99.5"),
        (Bracket, _) => bracket(mode, "98"),
        (Oco, Denied) => oco(mode, "2"),
        (Oco, _) => oco(mode, "1"),
        (Smart, Denied) => smart(mode, "101"),
        (Smart, Refused) => smart(mode, "0"),
        (Smart, _) => smart(mode, "1"),
        (Basket, Denied) => basket(mode, vec![bid(mode, "1"), bid(mode, "1.0005")]),
        (Basket, Refused) => basket(mode, Vec::new()),
        (Basket, _) => basket(mode, vec![order(mode, market(Side::Buy, "1")), bid(mode, "2")]),
        (Split, outcome) => {
            let each = match outcome {
                Denied => "0.3005",
                Refused => "0",
                Success | Rejected => "1",
            };
            Command::Split { order: SplitOrder { parent: bid(mode, "2"), each: qty(each) } }
        }
        (Options, Denied) => options(mode, "101", &[Moneyness::Atm]),
        (Options, Refused) => options(mode, "1", &[Moneyness::Otm(99)]),
        (Options, _) => options(mode, "1", &[Moneyness::Atm]),
        (Multileg, Denied) => options(mode, "101", &[Moneyness::Atm, Moneyness::Otm(1)]),
        (Multileg, Refused) => options(mode, "1", &[Moneyness::Atm, Moneyness::Otm(99)]),
        (Multileg, _) => options(mode, "1", &[Moneyness::Atm, Moneyness::Otm(1)]),
        (Modify, Refused) => Command::Replace { order: nobody, change: change("2") },
        (Modify, Denied) => Command::Replace { order: working(bench, mode), change: change("101") },
        (Modify, _) => Command::Replace { order: working(bench, mode), change: change("2") },
        (Cancel, Refused) => Command::Cancel { order: nobody },
        (Cancel, _) => Command::Cancel { order: working(bench, mode) },
        (CancelAll, outcome) => {
            if outcome != Refused {
                working(bench, mode);
            }
            Command::CancelAll { scope: Scope::All }
        }
        (Close, outcome) => {
            if outcome != Refused {
                holding(bench, mode);
            }
            Command::Close { strategy: MANUAL, instrument: LIN }
        }
        (CloseAll, outcome) => {
            if outcome != Refused {
                holding(bench, mode);
            }
            Command::CloseAll { scope: Scope::All }
        }
    }
}

/// What the venue says no to.
fn refuse_at_venue(bench: &mut Bench, operation: Operation) -> Vec<Envelope> {
    let last = bench.state().orders.open().iter().rev().find(|one| !one.is_held()).unwrap().id;
    let (client, at) = (bench.client_id(last), bench.now);
    match operation {
        Modify => bench.report(BrokerReport::ReplaceRejected { order: client, reason: "no".into(), at }),
        Cancel | CancelAll => {
            let report = BrokerReport::CancelRejected { order: client, reason: "no".into(), at };
            bench.report(report)
        }
        Basket | Split | Options | Multileg => {
            // Something has filled, so that there is something to decide.
            let first = bench.state().orders.open()[0].id;
            if operation == Basket || operation == Multileg {
                let at = if operation == Basket { "100.1" } else { "5.1" };
                bench.fill(first, "1", at);
                return bench.reject(last);
            }
            bench.reject(first)
        }
        Place | Bracket | Oco | Smart | Close | CloseAll => bench.reject(last),
    }
}

/// The name of the event, if it answers a request.
fn answer(event: &Event, id: RequestId) -> Option<&'static str> {
    let is = |request: &Option<RequestId>| *request == Some(id);
    match event {
        Event::Order(OrderEvent::Submitted { request, .. }) if is(request) => Some("submitted"),
        Event::Order(OrderEvent::Held { request, .. }) if is(request) => Some("held"),
        Event::Order(OrderEvent::CancelRequested { request, .. }) if is(request) => Some("cancel_requested"),
        Event::Order(OrderEvent::ReplaceRequested { request, .. }) if is(request) => {
            Some("replace_requested")
        }
        Event::Denied { request, .. } if is(request) => Some("denied"),
        Event::Batch(BatchEvent::Began { request, .. }) if is(request) => Some("began"),
        Event::Batch(BatchEvent::Denied { request, .. }) if is(request) => Some("batch denied"),
        Event::Batch(BatchEvent::Decided { request, .. }) if is(request) => Some("decided"),
        Event::Control(ControlEvent::Refused { request, .. }) if request.id == id => Some("refused"),
        Event::Control(ControlEvent::CloseBegan { request, .. }) if is(request) => Some("close_began"),
        Event::Control(ControlEvent::Done { request, .. }) if *request == id => Some("done"),
        _ => None,
    }
}

/// What the venue's no becomes.
fn told(events: &[Envelope]) -> Vec<&'static str> {
    let of = |envelope: &Envelope| match &envelope.event {
        Event::Order(OrderEvent::Rejected { id, .. }) => Some(("rejected", Some(*id))),
        Event::Order(OrderEvent::ReplaceRejected { id, .. }) => Some(("replace_rejected", Some(*id))),
        Event::Order(OrderEvent::CancelRejected { id, .. }) => Some(("cancel_rejected", Some(*id))),
        Event::Batch(BatchEvent::Stopped { .. }) => Some(("stopped", None)),
        Event::Batch(BatchEvent::Completed { .. }) => Some(("completed", None)),
        _ => None,
    };
    events.iter().filter_map(of).map(|(word, _)| word).collect()
}

/// The answer to the last request among events.
fn answers(bench: &Bench, events: &[Envelope]) -> Vec<&'static str> {
    let id = bench.last_request();
    events.iter().filter_map(|one| answer(&one.event, id)).collect()
}

/// A leg's rejection is its own row, and the batch says one thing about it.
fn the_venue_says_no(bench: &mut Bench, operation: Operation, venue: &str, cell: &str) {
    let events = refuse_at_venue(bench, operation);
    let is_batch = matches!(operation, Basket | Split | Options | Multileg);
    let mut told = told(&events);
    told.retain(|word| !is_batch || *word != "rejected");
    let expected = if operation == Options { vec!["stopped", "completed"] } else { vec![venue] };
    assert_eq!(told, expected, "{cell}: {events:?}");
}

#[test]
fn every_operation_has_one_answer_in_every_mode_and_outcome() {
    let mut logs: BTreeMap<Mode, Log> = BTreeMap::new();
    for (operation, outcome, expected, venue) in TABLE {
        for mode in MODES {
            let mut bench = desk(mode);
            let command = command(&mut bench, mode, (operation, outcome));
            let events = bench.operator(command);
            let cell = format!("{operation:?} {mode:?} {outcome:?}");
            assert_eq!(answers(&bench, &events), [expected], "{cell}: {events:?}");
            if matches!(outcome, Denied | Refused) {
                assert_eq!(events.len(), 1, "{cell}: nothing else happens: {events:?}");
            }
            if outcome == Rejected {
                the_venue_says_no(&mut bench, operation, venue, &cell);
            }
            bench.assert_replica_is_equal();
            logs.entry(mode).or_default().append(bench);
        }
    }
    for (mode, log) in &logs {
        log.stands_alone(*mode);
    }
}

/// What happened on benches of one mode, one after the other as if it were one run.
#[derive(Default)]
struct Log {
    genesis: Option<flightdeck::state::Genesis>,
    events: Vec<Envelope>,
}

impl Log {
    fn append(&mut self, bench: Bench) {
        self.genesis.get_or_insert_with(|| bench.state().genesis().clone());
        for mut envelope in bench.log {
            envelope.seq = Seq::new(u64::try_from(self.events.len()).unwrap() + 1);
            envelope.cause = Cause(envelope.seq);
            self.events.push(envelope);
        }
    }

    /// Every fact is a row of the mode's log, and the other log is empty.
    fn stands_alone(&self, mode: Mode) {
        let temp = tempfile::tempdir().unwrap();
        let dir = DataDir::open(temp.path()).unwrap();
        let header = RunHeader {
            started_at: Timestamp::EPOCH,
            version: String::new(),
            config: String::new(),
            feed: String::new(),
            host: String::new(),
            pid: 1,
        };
        let mut recorder = Recorder::create(&dir, self.genesis.as_ref().unwrap(), &header).unwrap();
        self.events.iter().for_each(|event| recorder.on_event(event).unwrap());
        recorder.finish(RunStatus::Completed, self.events.last().unwrap().at).unwrap();
        let db = Connection::open(dir.paths().database()).unwrap();
        let rows = |table: &str| {
            let sql = format!("SELECT topic, count(*) FROM {table} GROUP BY 1");
            let mut statement = db.prepare(&sql).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect::<BTreeMap<String, u32>>()
        };
        let (own, other) = match mode {
            Mode::Live => (rows("order_log"), rows("analyzer_log")),
            Mode::Analyze => (rows("analyzer_log"), rows("order_log")),
        };
        assert_eq!(other, BTreeMap::new(), "{mode:?}");
        let is: [(&str, Is); 4] = [
            ("order", |event| matches!(event, Event::Order(_))),
            ("batch", |event| matches!(event, Event::Batch(_))),
            ("control", |event| matches!(event, Event::Control(_))),
            ("risk", |event| matches!(event, Event::Denied { .. } | Event::Risk(_))),
        ];
        for (topic, is) in is {
            let happened = self.events.iter().filter(|one| is(&one.event)).count();
            let happened = u32::try_from(happened).unwrap();
            assert_eq!(own.get(topic).copied().unwrap_or_default(), happened, "{mode:?} {topic}: {own:?}");
        }
    }
}

#[test]
fn a_basket_of_twenty_is_twenty_order_rows_and_one_completion_in_both_modes() {
    for mode in MODES {
        let mut bench = desk(mode);
        let legs = (1..=20).map(|count| bid(mode, &format!("{count}"))).map(|leg| NewOrder {
            qty: qty("0.1"),
            kind: OrderKind::Limit { price: price(&format!("{}", 79 + leg.qty.raw() / 100_000_000)) },
            ..leg
        });
        let ids = submitted(&bench.operator(basket(mode, legs.collect())));
        for id in &ids {
            bench.accept(*id);
            bench.fill(*id, "0.1", "80");
        }
        let rows: usize = bench.log.iter().filter(|one| is_submitted(&one.event)).count();
        let ends =
            bench.log.iter().filter(|one| matches!(one.event, Event::Batch(BatchEvent::Completed { .. })));
        assert_eq!((ids.len(), rows, ends.count()), (20, 20, 1));
        // What alerts are raised from: none of the legs stands alone.
        assert!(bench.state().orders.closed().iter().all(|order| order.leg.is_some()));
        let mut log = Log::default();
        log.append(bench);
        log.stands_alone(mode);
    }
}

fn is_submitted(event: &Event) -> bool {
    matches!(event, Event::Order(OrderEvent::Submitted { .. }))
}

#[test]
fn no_position_is_closed_silently() {
    for mode in MODES {
        let mut bench = desk(mode);
        holding(&mut bench, mode);
        bench.pull(
            A,
            crate::bench::Pull::Submit(OrderSpec::market(crate::world::INV, Side::Sell, qty("3"), "x")),
        );
        let short = submitted(&bench.print())[0];
        bench.fill(short, "3", "2000");
        let held = |state: &State| {
            let all = state.genesis().strategy_ids().flat_map(|strategy| {
                state.genesis().instrument_ids().map(move |instrument| (strategy, instrument))
            });
            all.filter(|(s, i)| !state.ledger.position(*s, *i).net.is_zero()).count()
        };
        assert_eq!(held(bench.state()), 2);
        let events = bench.operator(Command::CloseAll { scope: Scope::All });
        let began = events.iter().filter(|one| {
            matches!(one.event, Event::Control(ControlEvent::CloseBegan { request: None, .. }))
        });
        assert_eq!(began.count(), 2);
        assert!(
            events
                .iter()
                .any(|one| matches!(one.event, Event::Control(ControlEvent::Done { orders: 2, .. })))
        );
        for id in submitted(&events) {
            let order = bench.state().orders.get(id).unwrap().request;
            bench.fill(id, &order.qty.to_string(), if order.instrument == LIN { "99.9" } else { "2000.01" });
        }
        assert_eq!(held(bench.state()), 0);
        let again = bench.operator(Command::CloseAll { scope: Scope::All });
        assert_eq!(answers(&bench, &again), ["refused"]);
    }
}

#[test]
fn closing_a_scope_leaves_the_others_alone() {
    let mut bench = desk(Mode::Analyze);
    holding(&mut bench, Mode::Analyze);
    bench.hold(A, (Side::Buy, "2"), "100.1");
    let events = bench.operator(Command::CloseAll { scope: Scope::Strategy(A) });
    let [id] = submitted(&events)[..] else { panic!("{events:?}") };
    assert_eq!(bench.state().orders.get(id).unwrap().request.strategy, A);
    let twice = bench.operator(Command::CloseAll { scope: Scope::Strategy(A) });
    assert_eq!(answers(&bench, &twice), ["refused"], "it is being closed");
    bench.wait(Span::from_millis(1));
    for scope in [Scope::Strategy(StrategyId::new(9)), Scope::Instrument(InstrumentId::new(99))] {
        let events = bench.operator(Command::CloseAll { scope });
        assert_eq!(answers(&bench, &events), ["refused"]);
    }
}

#[test]
fn cancel_all_takes_sleeping_stops_too_and_counts_them() {
    let mut bench = desk(Mode::Analyze);
    working(&mut bench, Mode::Analyze);
    let stop = OrderSpec { kind: OrderKind::Stop { trigger: price("105") }, ..buy("1", "105") };
    let id = submitted(&bench.operator(Command::Submit { order: order(Mode::Analyze, stop) }))[0];
    bench.accept(id);
    let events = bench.operator(Command::CancelAll { scope: Scope::All });
    assert_eq!(crate::bench::canceling(&events).len(), 2);
    assert!(
        events.iter().any(|one| matches!(one.event, Event::Control(ControlEvent::Done { orders: 2, .. })))
    );
}
