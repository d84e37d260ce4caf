//! A run: core, journal and an adapter that believes nothing, each on its own thread.

use crate::book::{Place, header, new_state};
use crate::failure::is_kill;
use flightdeck::adapters::{Outgoing, Requests, durable_lanes};
use flightdeck::bus::{Inbox, InboxEnds, KillSwitch, Outlet};
use flightdeck::engine::Engine;
use flightdeck::model::{
    BrokerReport, BrokerRequest, Command, DisplayText, Event, Label, LinkEvent, MarketEvent, Mode, NewOrder,
    OrderKind, Quote, Side, StrategyId, TimeInForce, VenueOrderId,
};
use flightdeck::runtime::{
    About, Cycle, CycleParts, Egress, Fanout, Heartbeat, SessionOutlet, VitalsSource, monotonic_nanos,
    wall_now,
};
use flightdeck::state::State;
use flightdeck::store::{FactOptions, FactThread, FactWriter, Hold, read_past, start_facts, state_hash};
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) struct Run {
    pub(crate) client: Client,
    ends: InboxEnds<Ask>,
    pub(crate) requests: Requests,
    core: JoinHandle<State>,
    journal: FactThread,
}

pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..120_000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    panic!("never came: {what}");
}

pub(crate) fn start(place: &Place, options: FactOptions, hold: Option<Hold>) -> Run {
    let base = new_state(Mode::Analyze);
    let genesis = Arc::new(base.genesis().clone());
    let writer = FactWriter::begin(&place.dir, base, &header(), options).unwrap();
    let (feed, journal) = start_facts(writer, monotonic_nanos, hold).unwrap();
    let (inbox, ends) = Inbox::new();
    let kill_switch = KillSwitch::new(genesis.strategies.len(), genesis.instruments.len());
    let (sender, requests) = durable_lanes(64, kill_switch.clone(), feed.durable());
    let mut fanout = Fanout::default();
    let (outlet, messages) = Outlet::new("session", 4_096);
    fanout.join(SessionOutlet::new(SessionId(1), outlet, true));
    let (asks, switch) = (ends.control.clone(), kill_switch.clone());
    let client = Client::new(ClientParts { id: SessionId(1), asks, messages, kill_switch: switch });
    let parts = CycleParts {
        engine: Engine::new(genesis, Vec::new()),
        inbox,
        egress: Egress::new(sender, kill_switch.clone()),
        fanout,
        kill_switch,
        heartbeat: Heartbeat::default(),
        vitals: VitalsSource {
            can: "".into(),
            about: About::default(),
            gauges: Vec::new(),
            staff: Vec::new(),
            rows_written: Arc::default(),
        },
        clock: wall_now,
        kill_file: None,
        journal: Some(feed),
        tape: None,
    };
    let core = std::thread::spawn(move || Cycle::new(parts).run());
    Run { client, ends, requests, core, journal }
}

impl Run {
    pub(crate) fn quote(&mut self) {
        let quote = Quote {
            instrument: crate::story::BTC,
            bid: "60000".parse().unwrap(),
            bid_qty: "1".parse().unwrap(),
            ask: "60000.1".parse().unwrap(),
            ask_qty: "1".parse().unwrap(),
            venue_time: wall_now(),
            local_time: wall_now(),
        };
        assert!(self.ends.market.push(MarketEvent::Quote(quote)).is_ok());
        self.ends.market.flush();
    }

    /// The next event that is meant.
    pub(crate) fn event(&mut self, what: &str, is_meant: impl Fn(&Event) -> bool) {
        let client = &mut self.client;
        until(what, || match client.receive() {
            Some(Message::Event(one)) => is_meant(&one.event).then_some(()),
            _ => None,
        });
    }

    pub(crate) fn buy(&mut self) {
        let order = NewOrder {
            strategy: StrategyId::MANUAL,
            instrument: crate::story::BTC,
            side: Side::Buy,
            qty: "0.010".parse().unwrap(),
            kind: OrderKind::Limit { price: "59900".parse().unwrap() },
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
            mode: Mode::Analyze,
            label: Label::new("test"),
        };
        assert!(self.client.command(Command::Submit { order }).is_some());
    }

    pub(crate) fn end(self) -> State {
        self.client.stop("test");
        let state = self.core.join().unwrap();
        self.journal.finish(Some(wall_now()));
        assert!(self.journal.join());
        state
    }
}

/// A snapshot first, so that events fit.
pub(crate) fn synced(run: &mut Run) {
    let client = &mut run.client;
    until("the first snapshot", || matches!(client.receive(), Some(Message::Snapshot(_))).then_some(()));
}

#[test]
fn each_order_that_reaches_the_adapter_was_durable_before() {
    let place = Place::new();
    let mut run = start(&place, FactOptions::default(), None);
    synced(&mut run);
    let db = rusqlite::Connection::open(place.paths().journal()).unwrap();
    let sql = "SELECT count(*) FROM facts WHERE kind = 'submitted' AND client_order_id = ?1";
    let mut met = 0;
    for round in 0..15 {
        run.quote();
        run.event("the quote", |event| matches!(event, Event::Market(MarketEvent::Quote(_))));
        run.buy();
        let order = until("the order at the adapter", || match run.requests.next(wall_now()) {
            Some(Outgoing::Risk(BrokerRequest::Submit(order), _)) => Some(order.order),
            Some(_) | None => None,
        });
        let rows: i64 = db.query_row(sql, [order.to_string()], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1, "order {round} left before its fact was there");
        let venue_id = VenueOrderId(DisplayText::new("V"));
        assert!(run.ends.reports.report(BrokerReport::Accepted { order, venue_id, at: wall_now() }).is_ok());
        assert!(run.client.command(Command::CancelAll { scope: flightdeck::model::Scope::All }).is_some());
        until("its cancel at the adapter", || match run.requests.next(wall_now()) {
            Some(Outgoing::Send(BrokerRequest::Cancel { order: canceled })) => {
                (canceled == order).then_some(())
            }
            Some(_) | None => None,
        });
        let (reason, at) = (DisplayText::new("asked for"), wall_now());
        assert!(run.ends.reports.report(BrokerReport::Canceled { order, reason, at }).is_ok());
        met += 1;
    }
    let state = run.end();
    let past = read_past(place.paths()).unwrap().unwrap();
    assert!(past.ended.is_some());
    assert_eq!((met, past.state.orders.open().len()), (15, state.orders.open().len()));
    assert_eq!(past.state.control.highest_kill(), state.control.highest_kill());
    assert!(state_hash(&past.state).is_ok());
}

/// A disk that fills up during a run: the desk is reduce-only, by a fact, an alert and a kill.
pub(crate) fn a_journal_that_dies_kills() {
    let place = Place::new();
    let mut run = start(&place, FactOptions { most_pages: Some(24), ..FactOptions::default() }, None);
    synced(&mut run);
    run.quote();
    run.event("the quote", |event| matches!(event, Event::Market(MarketEvent::Quote(_))));
    let name = Label::new("filler");
    for number in 0..400 {
        let detail = DisplayText::new(&format!("fills the disk {number}"));
        let state = if number % 2 == 0 { "ok" } else { "failing" };
        run.ends.reports.link(flightdeck::model::LinkReport::Subscriber { name, state, detail });
        std::thread::park_timeout(Duration::from_micros(200));
    }
    let dead = |event: &Event| matches!(event, Event::Link(LinkEvent::Subscriber { state: "dead", .. }));
    run.event("the journal's death", dead);
    run.event("the kill", is_kill);
    let state = run.end();
    assert_eq!(state.links.journal(), flightdeck::state::Journal::Dead);
    let past = read_past(place.paths()).unwrap().unwrap();
    assert_eq!(past.state.control.highest_kill(), flightdeck::model::KillLevel::K1);
    assert_eq!(past.ended, None);
}
