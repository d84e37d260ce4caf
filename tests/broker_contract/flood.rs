//! The paper venue under a market that is faster than it can be played.

use crate::bench::instrument;
use flightdeck::adapters::paper::{Pace, PaperAdapter};
use flightdeck::adapters::{Adapter, Ends, request_lanes};
use flightdeck::bus::{Inbox, KillSwitch};
use flightdeck::model::{InstrumentId, Level, Span, Timestamp};
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use flightdeck::sim::{MarketSource, RawBody, RawMessage, Sandbox, SourceError};
use flightdeck::wire::Ask;
use std::task::{Context, Waker};
use tokio_util::sync::CancellationToken;

/// A market of which everything is due at once, for ever.
struct Flood;

impl MarketSource for Flood {
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let level = Level { price: "1".parse().unwrap(), qty: "1".parse().unwrap() };
        Ok(Some(RawMessage {
            instrument: InstrumentId::new(0),
            venue_time: Timestamp::EPOCH,
            local_time: Timestamp::EPOCH,
            body: RawBody::Bbo { update_id: 1, bid: level, ask: level },
        }))
    }

    fn length(&self) -> Option<Span> {
        None
    }
}

/// The runtime's timer is never driven here: whoever waits for it gets nowhere.
#[test]
fn while_more_is_due_no_time_is_waited_for() {
    let config =
        PaperConfig { capital: Vec::new(), latency: Latency::default(), queue: QueueModel::Trades, seed: 1 };
    let sandbox = Sandbox::new(config, &[instrument()]);
    let adapter = PaperAdapter::new(Box::new(Flood), sandbox, Pace::Permille(1_000));
    let (mut inbox, ends) = Inbox::<Ask>::new();
    let (_requests, requests) = request_lanes(8, KillSwitch::new(1, 1));
    let stop = CancellationToken::new();
    let clock = || Timestamp::EPOCH;
    let ends = Ends { requests, reports: ends.reports, market: ends.market, clock, stop };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let mut work = Box::new(adapter).run(ends);
    let mut heard = Vec::new();
    let mut before = 0;
    for _ in 0..4 {
        assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        inbox.market(&mut heard, usize::MAX);
        assert!(heard.len() > before, "it waits after {before} messages");
        before = heard.len();
    }
}
