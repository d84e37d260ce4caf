//! A venue in this process over a market that stands still, and a client of it.

use flightdeck::model::{
    Class, Contract, Currency, Instrument, InstrumentId, Level, Listing, Money, Price, Right, Side, Span,
    Timestamp,
};
use flightdeck::runtime::{monotonic_nanos, wall_now};
use flightdeck::sim::{MarketSource, RawBody, RawMessage, SourceError};
use flightdeck::venue::{Conduct, Entry, Judge, Listed, Mischief, Options, Times, Venue};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const KEY: &str = "5ecr3t-0f-the-venue";

/// How long anything may take on a busy machine, or one ten times as slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// When the options of the test end: 24 November 2026, 15:30 in India.
pub(crate) const EXPIRY: i64 = 1_795_514_400;

/// The names of what is listed; the place in the list is the instrument's number.
const NAMES: [(&str, &str); 9] = [
    ("SBIN", "NSE"),
    ("NIFTY", "NSE_INDEX"),
    ("NIFTY24NOV26FUT", "NFO"),
    ("NIFTY24NOV2623950CE", "NFO"),
    ("NIFTY24NOV2623950PE", "NFO"),
    ("NIFTY24NOV2624000CE", "NFO"),
    ("NIFTY24NOV2624000PE", "NFO"),
    ("NIFTY24NOV2624050CE", "NFO"),
    ("NIFTY24NOV2624050PE", "NFO"),
];

/// Each market says its book and a trade once, then its best prices for ever.
struct Still {
    start: Timestamp,
    told: i64,
}

impl Still {
    fn body(&self, at: usize) -> RawBody {
        let middle: Price = match at {
            0 => "820",
            1 | 2 => "23976",
            _ => "150",
        }
        .parse()
        .unwrap();
        let level = |away: &str, qty: &str, side: Side| Level {
            price: match side {
                Side::Buy => (middle - away.parse::<Price>().unwrap()).to_string().parse().unwrap(),
                Side::Sell => format!("{}", plus(middle, away)).parse().unwrap(),
            },
            qty: qty.parse().unwrap(),
        };
        let count = i64::try_from(NAMES.len()).unwrap();
        match self.told.div_euclid(count) {
            0 => RawBody::Snapshot {
                last_update_id: 10,
                bids: vec![level("0.05", "500", Side::Buy), level("0.1", "1000", Side::Buy)],
                asks: vec![level("0.05", "20", Side::Sell), level("0.1", "1000", Side::Sell)],
            },
            1 if at != 1 => {
                RawBody::Trade { price: middle, qty: "25".parse().unwrap(), aggressor: Side::Buy }
            }
            _ => RawBody::Bbo {
                update_id: 10,
                bid: level("0.05", "500", Side::Buy),
                ask: level("0.05", "20", Side::Sell),
            },
        }
    }
}

fn plus(price: Price, more: &str) -> Price {
    Price::from_raw(price.raw() + more.parse::<Price>().unwrap().raw()).unwrap()
}

impl MarketSource for Still {
    fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let count = i64::try_from(NAMES.len()).unwrap();
        let at = usize::try_from(self.told.rem_euclid(count)).unwrap();
        let time = self.start.after(Span::from_millis(self.told.div_euclid(count) * 20));
        let body = self.body(at);
        self.told += 1;
        let instrument = InstrumentId::new(u16::try_from(at).unwrap());
        Ok(Some(RawMessage { instrument, venue_time: time, local_time: time, body }))
    }

    fn length(&self) -> Option<Span> {
        None
    }
}

fn inr() -> Currency {
    Currency::new("INR").unwrap()
}

fn listed() -> Vec<Listed> {
    let expiry = Timestamp::from_nanos(EXPIRY * 1_000_000_000);
    let index = InstrumentId::new(1);
    let option = |strike: &str, right| Class::Option {
        underlying: index,
        expiry,
        strike: strike.parse().unwrap(),
        right,
    };
    let classes = [
        Class::Perpetual,
        Class::Index,
        Class::Future { underlying: index, expiry },
        option("23950", Right::Call),
        option("23950", Right::Put),
        option("24000", Right::Call),
        option("24000", Right::Put),
        option("24050", Right::Call),
        option("24050", Right::Put),
    ];
    let one = |(at, ((symbol, exchange), class)): (usize, ((&str, &str), Class))| Listed {
        instrument: Instrument {
            id: InstrumentId::new(u16::try_from(at).unwrap()),
            symbol: symbol.into(),
            venue: "test".into(),
            contract: Contract::Linear,
            size: "1".parse().unwrap(),
            quote: inr(),
            settle: inr(),
            unit: "units".into(),
            tick: "0.05".parse().unwrap(),
            min_price: "0.05".parse().unwrap(),
            max_price: "1000000".parse().unwrap(),
            lot: if exchange == "NFO" { "75" } else { "1" }.parse().unwrap(),
            min_qty: "1".parse().unwrap(),
            min_notional: Money::ZERO,
            maker_fee: "0".parse().unwrap(),
            taker_fee: "0".parse().unwrap(),
            initial_margin: "0.2".parse().unwrap(),
            stale_after: Span::from_secs(60),
            max_jump_bps: 1_000,
            listing: Listing { class, freeze_qty: "1800".parse().unwrap(), ..Listing::default() },
        },
        symbol: symbol.to_owned(),
        exchange: exchange.to_owned(),
    };
    NAMES.into_iter().zip(classes).enumerate().map(one).collect()
}

/// A venue, and what it wrote down.
pub(crate) struct Place {
    pub(crate) runtime: Runtime,
    pub(crate) venue: Option<Venue>,
    client: reqwest::Client,
    log: PathBuf,
    _dir: TempDir,
}

impl Place {
    pub(crate) fn open(conduct: Conduct, script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("venue.jsonl");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let venue = runtime.block_on(Venue::open(options(conduct, script, &log))).unwrap();
        let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        let place = Self { runtime, venue: Some(venue), client, log, _dir: dir };
        place.until("a market", || place.quoted());
        place
    }

    /// Whether the last of the instruments has a quote.
    fn quoted(&self) -> bool {
        let quote = self.ask("quotes", &name("NIFTY24NOV2624050PE", "NFO")).1;
        quote["data"]["bid"].as_f64().is_some_and(|bid| bid > 0.0)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.venue.as_ref().unwrap().address())
    }

    /// Asks with the right key; gives status and body.
    pub(crate) fn ask(&self, endpoint: &str, body: &Value) -> (u16, Value) {
        let mut body = body.clone();
        body["apikey"] = json!(KEY);
        self.send(endpoint, &body)
    }

    /// Asks with this very body.
    pub(crate) fn send(&self, endpoint: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/api/v1/{endpoint}", self.url());
        self.runtime.block_on(async {
            let answer = self.client.post(url).json(body).send().await.unwrap();
            (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
        })
    }

    /// A GET; gives status and text.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let url = format!("{}/api/v1/{path}", self.url());
        self.runtime.block_on(async {
            let answer = self.client.get(url).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        })
    }

    /// An order of one share, with these fields changed.
    pub(crate) fn place(&self, more: &Value) -> (u16, Value) {
        self.ask("placeorder", &order(more))
    }

    /// What the venue's operator says; gives how things truly are.
    pub(crate) fn operate(&self, actions: &str) -> Value {
        let url = format!("{}/operator", self.url());
        self.runtime.block_on(async {
            let answer = self.client.post(url).body(actions.to_owned()).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{actions}");
            answer.json().await.unwrap()
        })
    }

    /// Closes the venue and opens another one with the same log.
    pub(crate) fn restart(&mut self, script: &str) {
        self.runtime.block_on(self.venue.take().unwrap().close());
        let venue = Venue::open(options(Conduct::default(), script, &self.log));
        self.venue = Some(self.runtime.block_on(venue).unwrap());
        self.until("a market", || self.quoted());
    }

    /// What the venue wrote down.
    pub(crate) fn log(&self) -> Vec<Entry> {
        let began = Instant::now();
        loop {
            // A line may be half written.
            match Judge::read(&self.log) {
                Ok(log) => return log,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "{what} never came: {:#?}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn options(conduct: Conduct, script: &str, log: &std::path::Path) -> Options {
    Options {
        address: "127.0.0.1:0".parse().unwrap(),
        listed: listed(),
        currency: inr(),
        capital: Money::units(10_000_000),
        source: Box::new(Still { start: wall_now(), told: 0 }),
        permille: 1_000,
        mischief: Mischief::none().with_script(script).unwrap(),
        key: KEY.to_owned(),
        log: Some(log.to_path_buf()),
        rates: (0, 0),
        seed: 1,
        times: Times { wall: wall_now, mono: monotonic_nanos },
        conduct,
    }
}

pub(crate) fn name(symbol: &str, exchange: &str) -> Value {
    json!({"symbol": symbol, "exchange": exchange})
}

/// A market order for one share, with these fields changed.
pub(crate) fn order(more: &Value) -> Value {
    let mut order = json!({"strategy": "desk", "exchange": "NSE", "symbol": "SBIN", "action": "BUY",
        "quantity": "1", "pricetype": "MARKET", "product": "MIS", "price": "0", "trigger_price": "0",
        "disclosed_quantity": "0"});
    for (field, value) in more.as_object().unwrap_or(&Map::new()) {
        order[field] = value.clone();
    }
    order
}

/// The names of an object's fields.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
