//! W1: SMA(20)/SMA(50), long and flat, market orders, over bars; the whole engine beside a bare typed loop.
//!
//! `cargo bench --bench w1 -- --n 50k,1M [--rounds 5]`. Rows: the probe (typed events, `dyn` handlers, one risk check,
//! fills, P&L, drawdown), the engine from memory, the engine with every event hashed, and the engine from a CSV file with
//! the hash, in a process of its own that tells its peak memory. Times are CPU times of this thread. Fills, P&L and drawdown of every row must be equal to
//! the last digit. With `--record` instead: every event into the tables of a run, beside bare `rusqlite` writing the same
//! rows. Goals G1 (≥ 5 M bars/s), G2 (cost of a bar at 1 M ≤ 1.1 times that at 50 k), G4, G14.
#![expect(
    clippy::excessive_nesting,
    clippy::too_many_lines,
    reason = "the probe is the bare loop, in one place"
)]

#[path = "w1_record.rs"]
mod record;

use flightdeck::adapters::history::{HistoryFile, HistoryOptions};
use flightdeck::config::{ParamValue, Params};
use flightdeck::engine::{Engine, Hired};
use flightdeck::model::{
    Bar, Currency, Envelope, InstrumentId, Money, Price, Qty, Rate, RunId, Side, Span, StrategyId, Timestamp,
};
use flightdeck::sim::SourceError;
use flightdeck::sim::bars::{
    Backtest, BarRules, Datum, History, HistoryVenue, Listener, Merge, Silent, Stage, stage,
};
use flightdeck::store::EventHash;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

const START: i64 = 1_293_840_000_000_000_000;
const MINUTE: i64 = 60_000_000_000;
const TICK: Span = Span::from_secs(3_600);

/// A random walk in cents: the same for everybody.
fn bars(count: usize) -> Vec<Bar> {
    let mut seed = 0x5eed_u64;
    let mut next = move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        i64::try_from((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 40).expect("24 bits")
    };
    let price = |cents: i64| Price::from_raw(cents * 1_000_000).expect("a price");
    let mut close = 1_000_000_i64;
    let bar = |minute: usize| {
        let open = (close + next() % 5 - 2).max(100);
        close = (open + next() % 21 - 10).max(100);
        let (high, low) = (open.max(close) + next() % 4, (open.min(close) - next() % 4).max(1));
        let open_time = Timestamp::from_nanos(START + i64::try_from(minute).expect("small") * MINUTE);
        let close_time = open_time.after(Span::from_secs(60));
        Bar {
            instrument: InstrumentId::new(0),
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: Qty::from_raw((next() % 1_000) * 100_000_000).expect("a quantity"),
            open_time,
            close_time,
            local_time: close_time,
        }
    };
    (0..count).map(bar).collect()
}

/// What every row must agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    fills: u64,
    pnl: Money,
    drawdown: Money,
}

/// Bars in memory.
struct Memory(Arc<Vec<Bar>>, usize);

impl History for Memory {
    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        let bar = self.0.get(self.1).copied();
        self.1 += 1;
        Ok(bar.map(Datum::Bar))
    }
}

fn backtest() -> Backtest {
    let genesis = stage(&Stage {
        run: RunId::new(1),
        book: RunId::new(1),
        symbols: vec!["W1".to_owned()],
        currency: Currency::new("USD").expect("a code"),
        capital: Money::units(1_000_000_000),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        strategies: vec![("sma_cross".to_owned(), "sma_cross".to_owned(), vec![InstrumentId::new(0)])],
    });
    let genesis = Arc::new(genesis.expect("a small stage"));
    let params = Params::new([
        ("bar_ms", ParamValue::Millis(1_000)),
        ("fast", ParamValue::Int(20)),
        ("slow", ParamValue::Int(50)),
        ("qty", ParamValue::Decimal(100_000_000)),
        ("style", ParamValue::Choice("long_only".to_owned())),
    ]);
    let strategy =
        flightdeck::strategies::hire("sma_cross", InstrumentId::new(0), &params).expect("it is declared");
    let hired = vec![Hired { id: StrategyId::new(StrategyId::EXTERNAL.get() + 1), strategy }];
    let venue = HistoryVenue::new(&genesis, BarRules::default());
    Backtest::new(Engine::new(genesis, hired), venue, TICK)
}

#[inline(never)]
fn engine(history: Box<dyn History>, listener: &mut impl Listener) -> Found {
    let mut backtest = backtest();
    let mut merge = Merge::new(vec![history]).expect("the first bar");
    while backtest.run(&mut merge, 1 << 16, listener).expect("bars are good") {}
    let pnl = backtest.engine().state().rows_pnl().expect("there is a mark").net;
    let tally = backtest.tally();
    Found { fills: tally.fills, pnl, drawdown: tally.max_drawdown }
}

struct Hashed(EventHash);

impl Listener for Hashed {
    #[inline]
    fn hear(&mut self, events: &[Envelope]) {
        self.0.hear(events);
    }
}

/// The limit: the same trades by typed events between `dyn` handlers, in plain integers.
mod probe {
    use super::{Bar, Found, Money, Side};

    #[derive(Clone, Copy)]
    pub(super) enum Told {
        Bar { open: i64, close: i64 },
        Order { side: Side, units: i64 },
        Fill { side: Side, units: i64, price: i64 },
    }

    pub(super) trait Handler {
        fn on(&mut self, told: &Told, out: &mut Vec<Told>);
        fn found(&self) -> Option<Found> {
            None
        }
    }

    pub(super) struct Cross {
        closes: [i64; 50],
        count: usize,
        fast: i64,
        slow: i64,
        last: i64,
        net: i64,
    }

    impl Handler for Cross {
        fn on(&mut self, told: &Told, out: &mut Vec<Told>) {
            match told {
                Told::Bar { close, .. } => {
                    let place = self.count % 50;
                    self.slow += close - self.closes[place];
                    self.fast += close - self.closes[(self.count + 30) % 50];
                    self.closes[place] = *close;
                    self.count += 1;
                    if self.count < 50 {
                        return;
                    }
                    let sign = (5 * self.fast - 2 * self.slow).signum();
                    if sign == 0 {
                        return;
                    }
                    let before = std::mem::replace(&mut self.last, sign);
                    if before != 0 && before != sign {
                        let goal = i64::from(sign > 0);
                        match goal - self.net {
                            0 => {}
                            1 => out.push(Told::Order { side: Side::Buy, units: 1 }),
                            _ => out.push(Told::Order { side: Side::Sell, units: 1 }),
                        }
                    }
                }
                Told::Fill { side: Side::Buy, units, .. } => self.net += units,
                Told::Fill { side: Side::Sell, units, .. } => self.net -= units,
                Told::Order { .. } => {}
            }
        }
    }

    #[derive(Default)]
    pub(super) struct Broker {
        waiting: Option<(Side, i64)>,
    }

    impl Handler for Broker {
        fn on(&mut self, told: &Told, out: &mut Vec<Told>) {
            match told {
                Told::Bar { open, .. } => {
                    if let Some((side, units)) = self.waiting.take() {
                        out.push(Told::Fill { side, units, price: *open });
                    }
                }
                // The risk check.
                Told::Order { side, units } if *units <= 1_000 => self.waiting = Some((*side, *units)),
                Told::Order { .. } | Told::Fill { .. } => {}
            }
        }
    }

    #[derive(Default)]
    pub(super) struct Books {
        cash: i64,
        net: i64,
        last: i64,
        fills: u64,
        peak: i64,
        drawdown: i64,
    }

    impl Handler for Books {
        fn on(&mut self, told: &Told, _out: &mut Vec<Told>) {
            match told {
                Told::Bar { close, .. } => {
                    self.last = *close;
                    let equity = self.cash + self.net * close;
                    self.peak = self.peak.max(equity);
                    self.drawdown = self.drawdown.max(self.peak - equity);
                }
                Told::Fill { side, units, price } => {
                    let signed = if *side == Side::Buy { *units } else { -units };
                    self.cash -= signed * price;
                    self.net += signed;
                    self.fills += 1;
                }
                Told::Order { .. } => {}
            }
        }

        fn found(&self) -> Option<Found> {
            let money = |raw: i64| Money::from_raw(i128::from(raw) * 100_000_000);
            let pnl = money(self.cash + self.net * self.last);
            Some(Found { fills: self.fills, pnl, drawdown: money(self.drawdown) })
        }
    }

    #[inline(never)]
    pub(super) fn run(bars: &[Bar]) -> Found {
        let cross = Cross { closes: [0; 50], count: 0, fast: 0, slow: 0, last: 0, net: 0 };
        let mut handlers: [Box<dyn Handler>; 3] =
            [Box::<Broker>::default(), Box::<Books>::default(), Box::new(cross)];
        let (mut queue, mut out) = (Vec::with_capacity(8), Vec::with_capacity(8));
        for bar in bars {
            // The broker hears a bar before the books and the strategy: what waited is filled at its open.
            queue.push(Told::Bar { open: bar.open.raw(), close: bar.close.raw() });
            if let Some(bar) = queue.first().copied() {
                std::hint::black_box(&mut handlers[0]).on(&bar, &mut out);
                for fill in out.drain(..) {
                    queue.insert(0, fill);
                }
            }
            let mut at = 0;
            while at < queue.len() {
                let told = queue[at];
                for handler in handlers.iter_mut().skip(usize::from(matches!(told, Told::Bar { .. }))) {
                    handler.on(&told, &mut out);
                }
                queue.append(&mut out);
                at += 1;
            }
            queue.clear();
        }
        handlers[1].found().expect("the books have counted")
    }
}

/// CPU time of this thread in nanoseconds.
fn cpu() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).expect("time goes on")
}

fn timed<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let began = cpu();
    let found = work();
    (cpu() - began, found)
}

fn write_csv(bars: &[Bar]) -> tempfile::TempPath {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut text = String::from("ts_open_ns,open,high,low,close,volume\n");
    for bar in bars {
        writeln!(
            text,
            "{},{:.2},{:.2},{:.2},{:.2},{}",
            bar.open_time.nanos(),
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume
        )
        .expect("a String takes any text");
    }
    file.write_all(text.as_bytes()).expect("room for it");
    file.into_temp_path()
}

/// Peak resident memory of this process in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The engine over a CSV file in this process alone: prints nanoseconds, fills and peak memory.
#[expect(clippy::print_stdout, reason = "a bench prints")]
fn child(path: &str) {
    let mut hashed = Hashed(EventHash::new());
    let (took, found) = timed(|| {
        let file = HistoryFile::open(path.as_ref(), HistoryOptions::default()).expect("the file opens");
        engine(Box::new(file), &mut hashed)
    });
    let hash = hashed.0.finish();
    println!("{took} {} {} {} {} {hash}", found.fills, found.pnl, found.drawdown, peak_kb());
}

fn from_csv(path: &std::path::Path) -> (u64, Found, u64, String) {
    let program = std::env::current_exe().expect("our own path");
    let told = std::process::Command::new(program).arg("--child").arg(path).output().expect("it starts");
    let text = String::from_utf8(told.stdout).expect("text");
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |at: usize| words[at].parse::<u64>().expect("a number");
    let money = |at: usize| words[at].parse::<Money>().expect("an amount");
    (number(0), Found { fills: number(1), pnl: money(2), drawdown: money(3) }, number(4), words[5].to_owned())
}

fn median(mut all: Vec<u64>) -> u64 {
    all.sort_unstable();
    all[all.len() / 2]
}

/// `50k`, `1M`, `7`.
fn count(text: &str) -> usize {
    let (digits, times) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.parse::<usize>().expect("a number of bars") * times
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    if let Some(path) = after("--child") {
        return child(path);
    }
    let rounds: usize = after("--rounds").map_or(5, |text| text.parse().expect("a number"));
    let sizes: Vec<usize> = after("--n").map_or("50k,1M", String::as_str).split(',').map(count).collect();
    if words.iter().any(|word| word == "--record") {
        return record::run(&sizes, rounds);
    }
    // For a profiler: the engine alone, once for each size.
    if words.iter().any(|word| word == "--engine") {
        for size in &sizes {
            println!("{:?}", engine(Box::new(Memory(Arc::new(bars(*size)), 0)), &mut Silent));
        }
        return;
    }
    let mut costs = Vec::new();
    for size in &sizes {
        let bars = Arc::new(bars(*size));
        let csv = write_csv(&bars);
        // Small sizes are run several times a round, so that a round is longer than a scheduler's slice.
        let times = (1_000_000 / size).clamp(1, 20);
        let per_bar = |took: u64| took * 1_000 / u64::try_from(times * size).expect("small");
        let mut rows: [Vec<u64>; 4] = Default::default();
        let (mut peak, mut story) = (0, String::new());
        let expected = probe::run(&bars);
        for _ in 0..rounds {
            let (took, ()) = timed(|| (0..times).for_each(|_| assert_eq!(probe::run(&bars), expected)));
            rows[0].push(per_bar(took));
            let memory = || Box::new(Memory(Arc::clone(&bars), 0));
            let (took, ()) = timed(|| {
                (0..times).for_each(|_| {
                    assert_eq!(engine(memory(), &mut Silent), expected, "not the probe's trades");
                });
            });
            rows[1].push(per_bar(took));
            let mut hashed = Hashed(EventHash::new());
            let (took, found) = timed(|| engine(memory(), &mut hashed));
            assert_eq!(found, expected);
            rows[2].push(took * 1_000 / u64::try_from(*size).expect("small"));
            let (took, found, kb, hash) = from_csv(&csv);
            assert_eq!(found, expected, "from the file");
            assert_eq!(hashed.0.finish(), hash, "the same story from the file");
            rows[3].push(took * 1_000 / u64::try_from(*size).expect("small"));
            (peak, story) = (peak.max(kb), hash);
        }
        let [probe, engine, hashed, csv] = rows.map(median);
        println!(
            "{size} bars, {} fills, pnl {}, max drawdown {}",
            expected.fills, expected.pnl, expected.drawdown
        );
        for (name, cost) in
            [("probe", probe), ("engine", engine), ("engine, hashed", hashed), ("engine, hashed, CSV", csv)]
        {
            let rate = 1_000_000_000_000 / cost.max(1);
            let share = probe * 1_000 / cost.max(1);
            println!(
                "  {name:<22} {:>5}.{:01} ns a bar {rate:>12} bars/s  {}.{:03} of the probe",
                cost / 1_000,
                cost % 1_000 / 100,
                share / 1_000,
                share % 1_000
            );
        }
        println!(
            "  peak memory from CSV   {}.{} MiB   event hash {}",
            peak / 1_024,
            peak % 1_024 * 10 / 1_024,
            &story[..16]
        );
        costs.push((engine, csv));
    }
    if let (Some(small), Some(large)) = (costs.first(), costs.last().filter(|_| costs.len() > 1)) {
        let ratio = large.0 * 100 / small.0.max(1);
        println!(
            "cost of a bar, {} against {}: {}.{:02}x",
            sizes[sizes.len() - 1],
            sizes[0],
            ratio / 100,
            ratio % 100
        );
    }
}
