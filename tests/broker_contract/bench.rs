//! A broker at work with the test in the core's place.

use flightdeck::adapters::openalgo::{Expect, Known, Named, OpenAlgo, OpenAlgoOptions, Secret};
use flightdeck::adapters::paper::{Pace, PaperAdapter};
use flightdeck::adapters::{Adapter, AdapterError, Ends, REQUEST_BOUND, RequestSender, request_lanes};
use flightdeck::bus::{Inbox, KillSwitch, Taken};
use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Contract, Currency, Instrument, InstrumentId, Level, Listing,
    MarketEvent, Money, OrderChange, OrderId, OrderKind, OrderRequest, RunId, Side, Span, StrategyId,
    TimeInForce, Timestamp,
};
use flightdeck::runtime::{market_now, monotonic_nanos, wall_now};
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use flightdeck::sim::{MarketSource, RawBody, RawMessage, Sandbox, SourceError};
use flightdeck::venue::{Answers, Conduct, Entry, Judge, Listed, Mischief, Options, Times, Venue};
use flightdeck::wire::Ask;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const KEY: &str = "5ecr3t-0f-the-venue";

/// A strategy with an id at the exchange.
pub(crate) const ALGO: StrategyId = StrategyId::new(5);
pub(crate) const ALGO_ID: &str = "NSE-123456";

/// How long anything may take on a busy machine, or one ten times as slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long an answer is waited for: longer than a busy machine takes, but where an answer that never comes is the point.
const LONG: Span = Span::from_secs(20);
const SHORT: Span = Span::from_millis(400);

/// What a script does to answers, and how long they are waited for under it.
fn scripted(script: &str) -> (Mischief, Span) {
    let slow = ["late 900", "slow 900", "late 1500", "slow 1500"].iter().any(|words| script.contains(words));
    (Mischief::none().with_script(script).unwrap(), if slow { SHORT } else { LONG })
}

/// A market that stands still: the same book for ever.
struct Still {
    start: Timestamp,
    told: i64,
}

impl MarketSource for Still {
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let at = self.start.after(Span::from_millis(self.told * 20));
        self.told += 1;
        let level =
            |price: &str, qty: &str| Level { price: price.parse().unwrap(), qty: qty.parse().unwrap() };
        let body = match self.told {
            1 => RawBody::Snapshot {
                last_update_id: 10,
                bids: vec![level("100", "5"), level("99.9", "10")],
                asks: vec![level("100.1", "2"), level("100.2", "3"), level("100.3", "50")],
            },
            2 => RawBody::Trade {
                price: "100.1".parse().unwrap(),
                qty: "1".parse().unwrap(),
                aggressor: Side::Buy,
            },
            _ => RawBody::Bbo { update_id: 10, bid: level("100", "5"), ask: level("100.1", "2") },
        };
        Ok(Some(RawMessage { instrument: InstrumentId::new(0), venue_time: at, local_time: at, body }))
    }

    fn length(&self) -> Option<Span> {
        None
    }
}

fn market() -> Box<dyn MarketSource> {
    Box::new(Still { start: wall_now(), told: 0 })
}

fn usdt() -> Currency {
    Currency::new("USDT").unwrap()
}

pub(crate) fn instrument() -> Instrument {
    Instrument {
        id: InstrumentId::new(0),
        symbol: "TEST".into(),
        venue: "test".into(),
        contract: Contract::Linear,
        size: "1".parse().unwrap(),
        quote: usdt(),
        settle: usdt(),
        unit: "T".into(),
        tick: "0.1".parse().unwrap(),
        min_price: "1".parse().unwrap(),
        max_price: "1000".parse().unwrap(),
        lot: "0.1".parse().unwrap(),
        min_qty: "0.1".parse().unwrap(),
        min_notional: Money::ZERO,
        maker_fee: "0".parse().unwrap(),
        taker_fee: "0".parse().unwrap(),
        initial_margin: "0.1".parse().unwrap(),
        stale_after: Span::from_secs(60),
        max_jump_bps: 1_000,
        listing: Listing::default(),
    }
}

/// A venue and its log.
pub(crate) struct Place {
    pub(crate) venue: Option<Venue>,
    log: PathBuf,
    url: String,
    _dir: TempDir,
}

/// A broker under test.
pub(crate) struct Bench {
    pub(crate) requests: RequestSender,
    inbox: Inbox<Ask>,
    stop: CancellationToken,
    runtime: Runtime,
    running: Option<JoinHandle<Result<(), AdapterError>>>,
    /// Market events heard, the newest of them.
    pub(crate) market: Vec<MarketEvent>,
    pub(crate) place: Option<Place>,
    next: u32,
    /// Everything reported and not looked at yet.
    heard: Vec<BrokerReport>,
    pub(crate) links: Vec<String>,
    pub(crate) has_stream: bool,
}

impl Bench {
    /// The sandbox in this process.
    pub(crate) fn paper() -> Self {
        let config = PaperConfig {
            capital: vec![(usdt(), Money::units(10_000))],
            latency: Latency::default(),
            queue: QueueModel::Trades,
            seed: 1,
        };
        let sandbox = Sandbox::new(config, &[instrument()]);
        Self::start(Box::new(PaperAdapter::new(market(), sandbox, Pace::Permille(1_000))), None, runtime())
    }

    /// `OpenAlgo` against a venue that follows a script.
    pub(crate) fn openalgo(script: &str) -> Self {
        Self::at_venue(scripted(script), Expect::Analyze, false)
    }

    pub(crate) fn openalgo_with(mischief: Mischief) -> Self {
        Self::at_venue((mischief, SHORT), Expect::Analyze, false)
    }

    /// As `openalgo`, where the venue answers as a broker does.
    pub(crate) fn live(script: &str) -> Self {
        Self::at_venue(scripted(script), Expect::Live, false)
    }

    /// As `live`, with the venue's stream.
    pub(crate) fn streamed(script: &str) -> Self {
        Self::at_venue(scripted(script), Expect::Live, true)
    }

    /// As `streamed`, at a venue that misbehaves as it likes.
    pub(crate) fn streamed_with(mischief: Mischief) -> Self {
        Self::at_venue((mischief, SHORT), Expect::Live, true)
    }

    /// Against whatever answers there.
    pub(crate) fn at(url: &str, expect: Expect, stream: Option<String>) -> Self {
        let options = OpenAlgoOptions { stream, ..options(url, KEY, expect) };
        Self::start(Box::new(OpenAlgo::new(options).unwrap()), None, runtime())
    }

    fn at_venue((mischief, answer): (Mischief, Span), expect: Expect, streams: bool) -> Self {
        let runtime = runtime();
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("venue.jsonl");
        let options = Options {
            address: "127.0.0.1:0".parse().unwrap(),
            listed: vec![Listed {
                instrument: instrument(),
                symbol: "TEST".to_owned(),
                exchange: "CRYPTO".to_owned(),
            }],
            currency: usdt(),
            capital: Money::units(10_000),
            source: market(),
            permille: 1_000,
            mischief,
            key: KEY.to_owned(),
            log: Some(log.clone()),
            rates: (0, 0),
            seed: 1,
            times: Times { wall: wall_now, mono: monotonic_nanos },
            conduct: Conduct {
                answers: match expect {
                    Expect::Analyze => Answers::Analyze,
                    Expect::Live => Answers::Live,
                },
                stream: streams.then(|| "127.0.0.1:0".parse().unwrap()),
                ..Conduct::default()
            },
        };
        let venue = runtime.block_on(Venue::open(options)).unwrap();
        let url = format!("http://{}", venue.address());
        let stream = venue.stream().map(|address| format!("ws://{address}/"));
        let adapter = streamed(&url, expect, (stream, answer));
        let place = Place { venue: Some(venue), log, url, _dir: dir };
        let mut bench = Self::start(adapter, Some(place), runtime);
        bench.has_stream = streams;
        bench.is_up();
        bench
    }

    /// Waits until the last word about the broker is that it is there: again, where it was away and back before anybody looked.
    pub(crate) fn has_broker(&mut self) {
        self.until(|bench| {
            let told = bench.links.iter().rev().find(|line| line.split([' ', ':']).nth(1) == Some("broker"));
            told.is_some_and(|line| line == "up broker")
        });
    }

    /// Waits until there are prices and orders would leave.
    fn is_up(&mut self) {
        let links = ["up feed", "up broker"];
        self.until(|bench| links.iter().all(|link| bench.links.iter().any(|name| name == link)));
    }

    fn start(adapter: Box<dyn Adapter>, place: Option<Place>, runtime: Runtime) -> Self {
        let (inbox, ends) = Inbox::new();
        inbox.wake.register();
        let (requests, to_adapter) = request_lanes(REQUEST_BOUND, KillSwitch::new(1, 1));
        let stop = CancellationToken::new();
        let ends = Ends {
            requests: to_adapter,
            reports: ends.reports,
            market: ends.market,
            clock: market_now,
            stop: stop.clone(),
        };
        let running = runtime.spawn(adapter.run(ends));
        Self {
            running: Some(running),
            market: Vec::new(),
            requests,
            inbox,
            stop,
            runtime,
            place,
            next: 1,
            heard: Vec::new(),
            links: Vec::new(),
            has_stream: false,
        }
    }

    /// Whether the venue, where there is one, has been sent such a message.
    pub(crate) fn has_asked(&self, endpoint: &str) -> bool {
        self.place.is_some() && self.log().iter().any(|entry| entry.endpoint == endpoint)
    }

    /// The adapter dies with everything it knew; another one begins at the same venue.
    pub(crate) fn restart(mut self, key: &str) -> Self {
        self.stop.cancel();
        let place = self.place.take().unwrap();
        let next = self.next;
        let url = place.url.clone();
        let mut other = Self::start(adapter(&url, key, Expect::Analyze), Some(place), self.runtime);
        other.next = next;
        other
    }

    /// As `restart`, and the numbers begin again.
    pub(crate) fn again_from(self, number: u32) -> Self {
        let mut other = self.restart(KEY);
        other.is_up();
        other.next = number;
        other
    }

    /// Something happens at the venue without our having asked.
    pub(crate) fn operate(&self, what: &str) {
        let url = format!("{}/operator", self.place.as_ref().unwrap().url);
        let done = reqwest::Client::new().post(url).body(what.to_owned()).send();
        let answer = self.runtime.block_on(done).unwrap();
        assert!(answer.status().is_success(), "{what}");
    }

    /// Why the adapter has ended by itself.
    pub(crate) fn end(&mut self) -> String {
        self.until(|bench| bench.running.as_ref().is_some_and(JoinHandle::is_finished));
        let running = self.running.take().unwrap();
        self.runtime.block_on(running).unwrap().unwrap_err().to_string()
    }

    /// Everything heard of an order until now, as words.
    pub(crate) fn heard_words(&self, order: ClientOrderId) -> Vec<String> {
        self.heard.iter().filter(|report| report.order() == Some(order)).map(word).collect()
    }

    pub(crate) fn id(number: u32) -> ClientOrderId {
        ClientOrderId::derive(RunId::new(7), OrderId::new(number))
    }

    /// Sends an order; gives its name.
    pub(crate) fn submit(&mut self, side: Side, qty: &str, kind: OrderKind) -> ClientOrderId {
        self.submit_of(StrategyId::MANUAL, side, qty, kind)
    }

    /// As `submit`, of a strategy; one of them has an id at the exchange.
    pub(crate) fn submit_of(
        &mut self,
        strategy: StrategyId,
        side: Side,
        qty: &str,
        kind: OrderKind,
    ) -> ClientOrderId {
        let order = Self::id(self.next);
        self.next += 1;
        self.send(BrokerRequest::Submit(OrderRequest {
            order,
            strategy,
            instrument: InstrumentId::new(0),
            side,
            qty: qty.parse().unwrap(),
            kind,
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
        }));
        order
    }

    pub(crate) fn limit(price: &str) -> OrderKind {
        OrderKind::Limit { price: price.parse().unwrap() }
    }

    pub(crate) fn send(&self, request: BrokerRequest) {
        self.requests.send(request, None).unwrap();
    }

    pub(crate) fn cancel(&self, order: ClientOrderId) {
        self.send(BrokerRequest::Cancel { order });
    }

    pub(crate) fn replace(&self, order: ClientOrderId, qty: &str, kind: OrderKind) -> OrderChange {
        let change = OrderChange { qty: qty.parse().unwrap(), kind };
        self.send(BrokerRequest::Replace { order, change });
        change
    }

    fn hear(&mut self) {
        while let Some(taken) = self.inbox.urgent() {
            match taken {
                Taken::Report(report) => self.heard.push(report),
                Taken::Link(flightdeck::model::LinkReport::Alive { name }) => {
                    self.links.push(format!("up {name}"));
                }
                Taken::Link(flightdeck::model::LinkReport::Down { name, reason }) => {
                    self.links.push(format!("down {name}: {reason}"));
                }
                Taken::Link(flightdeck::model::LinkReport::Subscriber { name, state, detail }) => {
                    self.links.push(format!("{name} is {state}: {detail}"));
                }
                _ => {}
            }
        }
        self.inbox.market(&mut self.market, usize::MAX);
        let much = self.market.len().saturating_sub(10_000);
        self.market.drain(..much);
    }

    /// Waits until something is so.
    pub(crate) fn until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.hear();
            if is_so(self) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "it never came; heard {:?}; {:?}", self.heard, self.links);
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// The first report that fits, taken out of what was heard.
    pub(crate) fn hear_of(&mut self, fits: impl Fn(&BrokerReport) -> bool) -> BrokerReport {
        self.until(|bench| bench.heard.iter().any(&fits));
        let at = self.heard.iter().position(&fits).unwrap();
        self.heard.remove(at)
    }

    /// Everything heard of an order so far, as words.
    pub(crate) fn story(&mut self, order: ClientOrderId) -> Vec<String> {
        self.hear();
        self.heard.iter().filter(|report| report.order() == Some(order)).map(word).collect()
    }

    /// Waits for the words of an order.
    pub(crate) fn expect(&mut self, order: ClientOrderId, words: &[&str]) {
        let began = Instant::now();
        loop {
            let story = self.story(order);
            if story == words {
                return;
            }
            let text = format!("{words:?} was expected, heard {story:?}");
            assert!(began.elapsed() < PATIENCE, "{text}");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits for the words of an order, whatever has come after them.
    pub(crate) fn begins(&mut self, order: ClientOrderId, words: &[&str]) {
        self.until(|bench| {
            let heard = bench.heard_words(order);
            heard.len() >= words.len() && heard.iter().zip(words).all(|(one, word)| one == word)
        });
    }

    /// The account, asked for now.
    pub(crate) fn account(&mut self) -> flightdeck::model::AccountSnapshot {
        self.hear();
        self.heard.retain(|report| !matches!(report, BrokerReport::Account(_)));
        self.send(BrokerRequest::QueryAccount);
        match self.hear_of(|report| matches!(report, BrokerReport::Account(_))) {
            BrokerReport::Account(snapshot) => *snapshot,
            _ => unreachable!(),
        }
    }

    /// What the venue wrote down.
    pub(crate) fn log(&self) -> Vec<Entry> {
        let (path, began) = (&self.place.as_ref().unwrap().log, Instant::now());
        loop {
            // A line may be half written.
            match Judge::read(path) {
                Ok(log) => return log,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// How often the venue has an order of ours, by its own log.
    pub(crate) fn placements(&self, order: ClientOrderId) -> usize {
        let text = flightdeck::adapters::openalgo::our_text(order);
        self.log().iter().filter(|entry| entry.what == "order" && entry.strategy == text).count()
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn options(url: &str, key: &str, expect: Expect) -> OpenAlgoOptions {
    OpenAlgoOptions {
        url: url.to_owned(),
        stream: None,
        key: Secret::new(key.to_owned()),
        expect,
        probe: false,
        names: vec![Named {
            instrument: instrument(),
            symbol: "TEST".to_owned(),
            exchange: "CRYPTO".to_owned(),
            product: "NRML".to_owned(),
        }],
        calendars: Vec::new(),
        algo_ids: [(ALGO, ALGO_ID.to_owned())].into(),
        currency: usdt(),
        orders_per_s: 500,
        cancels_per_s: 500,
        reads_per_s: 1_000,
        poll: Span::from_millis(30),
        idle: Span::from_millis(150),
        quotes: Span::from_millis(50),
        answer: LONG,
        known: Known::default(),
    }
}

fn streamed(url: &str, expect: Expect, (stream, answer): (Option<String>, Span)) -> Box<dyn Adapter> {
    Box::new(OpenAlgo::new(OpenAlgoOptions { stream, answer, ..options(url, KEY, expect) }).unwrap())
}

fn adapter(url: &str, key: &str, expect: Expect) -> Box<dyn Adapter> {
    let adapter = OpenAlgo::new(options(url, key, expect)).unwrap();
    assert!(!format!("{adapter:?}").contains(KEY));
    Box::new(adapter)
}

pub(crate) fn word(report: &BrokerReport) -> String {
    match report {
        BrokerReport::Accepted { .. } => "accepted".to_owned(),
        BrokerReport::Rejected { .. } => "rejected".to_owned(),
        BrokerReport::Triggered { .. } => "triggered".to_owned(),
        BrokerReport::Filled(fill) => format!("filled {} @ {}", fill.qty, fill.price),
        BrokerReport::Canceled { .. } => "canceled".to_owned(),
        BrokerReport::Expired { .. } => "expired".to_owned(),
        BrokerReport::CancelRejected { .. } => "cancel rejected".to_owned(),
        BrokerReport::Replaced { .. } => "replaced".to_owned(),
        BrokerReport::ReplaceRejected { .. } => "replace rejected".to_owned(),
        BrokerReport::Order(told) => format!("is {:?} {}", told.status, told.filled),
        BrokerReport::NotFound { .. } => "not found".to_owned(),
        BrokerReport::NotSent { .. } => "not sent".to_owned(),
        BrokerReport::Doubted { why, .. } if why.as_str().contains("human") => "torn".to_owned(),
        BrokerReport::Doubted { why, .. } if why.as_str().contains("approval") => "waits".to_owned(),
        BrokerReport::Doubted { .. } => "unknown".to_owned(),
        BrokerReport::Busted { .. } => "busted".to_owned(),
        BrokerReport::Account(_)
        | BrokerReport::Orders(_)
        | BrokerReport::Settled { .. }
        | BrokerReport::Funding { .. } => String::new(),
    }
}
