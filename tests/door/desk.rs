//! A desk with a door: the real loop on its thread, a broker that answers what the test says, a socket in a folder.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

use flightdeck::adapters::{Outgoing, Requests, request_lanes};
use flightdeck::bus::{ControlSender, Inbox, KillSwitch, MarketSender, Outlet, OutletEnd, ReportSender};
use flightdeck::commands::ask;
use flightdeck::config::Settings;
use flightdeck::engine::Engine;
use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Command, DisplayText, Event, InstrumentId, Label,
    MarketEvent, Mode, NewOrder, OrderKind, Quote, RunId, Side, StrategyId, TimeInForce, VenueOrderId,
};
use flightdeck::runtime::{
    About, Cycle, CycleParts, Egress, Fanout, Heartbeat, SessionOutlet, VitalsSource, genesis,
    monotonic_nanos, wall_now,
};
use flightdeck::serve::{Door, DoorReply, DoorRequest, Patience};
use flightdeck::state::State;
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const BTC: InstrumentId = InstrumentId::new(0);
pub(crate) const SOCKET: &str = "flightdeck.sock";

/// Longer than any answer of a machine that is merely busy, or ten times as slow.
const HANG_NANOS: u64 = 120_000_000_000;

/// The patience of a door whose engine answers.
pub(crate) const LONG: Patience = Patience { engine: Duration::from_mins(1), peer: Duration::from_mins(1) };

/// How the desk's engine behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EngineIs {
    Running,
    /// Takes requests into its lane and never looks at them.
    Hung,
}

pub(crate) struct Desk {
    pub(crate) dir: TempDir,
    pub(crate) kill_switch: KillSwitch,
    pub(crate) control: ControlSender<Ask>,
    pub(crate) operator: Client,
    market: MarketSender,
    reports: ReportSender<Ask>,
    requests: Requests,
    core: Option<JoinHandle<State>>,
    /// What a hung engine would be made of.
    _hung: Option<(CycleParts, OutletEnd<Message>)>,
    stop: CancellationToken,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    pub(crate) fn new(engine: EngineIs) -> Self {
        Self::with_patience(engine, LONG)
    }

    pub(crate) fn with_patience(engine: EngineIs, patience: Patience) -> Self {
        let genesis = Arc::new(genesis(&Settings::default(), RunId::new(7), Vec::new()));
        let (inbox, ends) = Inbox::new();
        let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
        let (sender, requests) = request_lanes(64, kill_switch.clone());
        let mut fanout = Fanout::default();
        let mut join = |id: u32, wants_data: bool| {
            let (outlet, messages) = Outlet::new("session", 1_024);
            fanout.join(SessionOutlet::new(SessionId(id), outlet, wants_data));
            let (asks, kill_switch) = (ends.control.clone(), kill_switch.clone());
            Client::new(ClientParts { id: SessionId(id), asks, messages, kill_switch })
        };
        let (operator, visitor) = (join(1, true), join(2, false));
        let vitals = VitalsSource {
            can: "".into(),
            about: About::default(),
            gauges: ends.gauges,
            staff: Vec::new(),
            rows_written: Arc::default(),
        };
        let parts = CycleParts {
            engine: Engine::new(genesis, Vec::new()),
            inbox,
            egress: Egress::new(sender, kill_switch.clone()),
            fanout,
            kill_switch: kill_switch.clone(),
            heartbeat: Heartbeat::default(),
            vitals,
            clock: wall_now,
            kill_file: None,
            journal: None,
            tape: None,
        };
        let (core, hung) = match engine {
            EngineIs::Running => (Some(std::thread::spawn(move || Cycle::new(parts).run())), None),
            EngineIs::Hung => (None, Some((parts, Outlet::new("unused", 1).1))),
        };
        let dir = tempfile::tempdir().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let stop = CancellationToken::new();
        let door = Door::bind(&dir.path().join(SOCKET)).unwrap().with_patience(patience);
        runtime.spawn(door.serve(visitor, stop.clone()));
        Self {
            dir,
            kill_switch,
            control: ends.control,
            operator,
            market: ends.market,
            reports: ends.reports,
            requests,
            core,
            _hung: hung,
            stop,
            runtime,
        }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join(SOCKET)
    }

    /// Asks as `flightdeck …` does.
    pub(crate) fn ask(&self, request: &DoorRequest) -> DoorReply {
        ask(self.dir.path(), request).unwrap()
    }

    /// A connection that says what the test says.
    pub(crate) fn visitor(&self) -> Visitor {
        let stream = UnixStream::connect(self.socket()).unwrap();
        Visitor { reader: BufReader::new(stream.try_clone().unwrap()), stream }
    }

    /// A fresh price of 60000 / 60000.1.
    pub(crate) fn quote(&mut self) {
        let quote = Quote {
            instrument: BTC,
            bid: "60000".parse().unwrap(),
            bid_qty: "1".parse().unwrap(),
            ask: "60000.1".parse().unwrap(),
            ask_qty: "1".parse().unwrap(),
            venue_time: wall_now(),
            local_time: wall_now(),
        };
        let operator = &mut self.operator;
        until("the first snapshot", || matches!(operator.receive(), Some(Message::Snapshot(_))));
        assert!(self.market.push(MarketEvent::Quote(quote)).is_ok());
        self.market.flush();
        let is_quote = |event: &Event| matches!(event, Event::Market(MarketEvent::Quote(_)));
        until(
            "the quote",
            || matches!(operator.receive(), Some(Message::Event(one)) if is_quote(&one.event)),
        );
    }

    /// A buy by hand of 0.010 BTC that the broker has acknowledged.
    pub(crate) fn working_order(&mut self) -> ClientOrderId {
        self.quote();
        let operator = &mut self.operator;
        let order = NewOrder {
            strategy: StrategyId::MANUAL,
            instrument: BTC,
            side: Side::Buy,
            qty: "0.010".parse().unwrap(),
            kind: OrderKind::Limit { price: "59900".parse().unwrap() },
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
            mode: Mode::Analyze,
            label: Label::new("test"),
        };
        assert!(operator.command(Command::Submit { order }).is_some());
        let BrokerRequest::Submit(sent) = self.at_broker() else { panic!("the order reaches the broker") };
        let venue_id = VenueOrderId(DisplayText::new("V1"));
        self.report(BrokerReport::Accepted { order: sent.order, venue_id, at: wall_now() });
        sent.order
    }

    /// The broker is asked to cancel, and does.
    pub(crate) fn cancel_at_broker(&mut self, order: ClientOrderId) {
        assert_eq!(self.at_broker(), BrokerRequest::Cancel { order });
        let reason = DisplayText::new("asked for");
        self.report(BrokerReport::Canceled { order, reason, at: wall_now() });
    }

    /// The next request that reaches the broker and is no question about how it stands.
    pub(crate) fn at_broker(&mut self) -> BrokerRequest {
        let mut next = None;
        until("a request to the broker", || {
            next = self.requests.next(wall_now());
            let question = matches!(
                next,
                Some(Outgoing::Send(BrokerRequest::QueryAccount | BrokerRequest::QueryOrders))
            );
            next.is_some() && !question
        });
        next.and_then(Outgoing::request).expect("it leaves")
    }

    pub(crate) fn report(&self, report: BrokerReport) {
        assert!(self.reports.report(report).is_ok());
    }

    /// Asks for the status until no order is open.
    pub(crate) fn until_no_order_is_open(&self) {
        until("no order is open", || self.ask(&DoorRequest::Status {}).status.unwrap().orders.is_empty());
    }

    /// Stops the engine and waits for its end; the door stays.
    pub(crate) fn end_engine(&mut self) {
        self.operator.stop("test");
        assert!(self.core.take().unwrap().join().is_ok());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(core) = self.core.take() {
            self.operator.stop("test");
            assert!(core.join().is_ok() || std::thread::panicking());
        }
    }
}

impl Desk {
    /// Closes the door and waits until its task has ended.
    pub(crate) fn close_door(&self) {
        self.stop.cancel();
        let metrics = self.runtime.metrics();
        until("the door is closed", || metrics.num_alive_tasks() == 0);
    }
}

pub(crate) struct Visitor {
    pub(crate) stream: UnixStream,
    reader: BufReader<UnixStream>,
}

impl Visitor {
    /// Says a line. A door that has closed already does not hear it, but what it said before can still be read.
    pub(crate) fn says(&mut self, line: &str) {
        let sent = self.stream.write_all(format!("{line}\n").as_bytes());
        assert!(sent.is_ok() || sent.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe));
    }

    /// The next reply; `None` when the door has closed the connection.
    pub(crate) fn hears(&mut self) -> Option<DoorReply> {
        let mut line = String::new();
        match self.reader.read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap()),
        }
    }

    /// Says a line and hears the reply.
    pub(crate) fn asks(&mut self, line: &str) -> DoorReply {
        self.says(line);
        self.hears().unwrap()
    }
}

/// Waits for something that another thread brings about.
pub(crate) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let began = monotonic_nanos();
    while !so() {
        assert!(monotonic_nanos() - began < HANG_NANOS, "waited in vain: {what}");
        std::thread::yield_now();
    }
}

/// Patience that a test has, too.
pub(crate) fn short(engine_ms: u64, peer_ms: u64) -> Patience {
    Patience { engine: Duration::from_millis(engine_ms), peer: Duration::from_millis(peer_ms) }
}
