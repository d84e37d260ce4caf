//! W2: 5,000,000 quotes, one market order per 1,000; the whole engine beside a bare typed loop.
//!
//! `cargo bench --bench w2 -- [--n 5M] [--every 1000] [--rounds 5]`. Both take the quotes from the same generator as they go.
//! Times are CPU times of this thread; fills and P&L must be equal to the last digit. Goal G3: ≥ 15 M ticks/s.
#![expect(clippy::excessive_nesting, reason = "the probe is the bare loop, in one place")]

use flightdeck::engine::{Desk, Engine, Hired, OrderSpec, Strategy};
use flightdeck::model::{
    Currency, Envelope, Event, InstrumentId, MarketEvent, Money, Price, Qty, Quote, Rate, RunId, Side, Span,
    StrategyId, Timestamp,
};
use flightdeck::sim::SourceError;
use flightdeck::sim::bars::{Backtest, BarRules, Datum, History, HistoryVenue, Merge, Silent, Stage, stage};
use std::sync::Arc;

const START: i64 = 1_293_840_000_000_000_000;
const STEP: i64 = 10_000_000;

/// A random walk of quotes, ten milliseconds apart.
struct Walk {
    seed: u64,
    at: i64,
    cents: i64,
    left: usize,
}

impl Walk {
    const fn new(count: usize) -> Self {
        Self { seed: 0x5eed, at: START, cents: 1_000_000, left: count }
    }

    #[inline]
    fn next_quote(&mut self) -> Option<Quote> {
        self.left = self.left.checked_sub(1)?;
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let step = i64::try_from(mixed >> 40).expect("24 bits");
        self.cents = (self.cents + step % 5 - 2).max(1_000);
        self.at += STEP;
        let time = Timestamp::from_nanos(self.at);
        let price = |cents: i64| Price::from_raw(cents * 1_000_000).expect("a price");
        Some(Quote {
            instrument: InstrumentId::new(0),
            bid: price(self.cents),
            bid_qty: Qty::ONE,
            ask: price(self.cents + 1 + (step >> 8) % 3),
            ask_qty: Qty::ONE,
            venue_time: time,
            local_time: time,
        })
    }
}

impl History for Walk {
    #[inline]
    fn next_datum(&mut self) -> Result<Option<Datum>, SourceError> {
        Ok(self.next_quote().map(Datum::Quote))
    }
}

/// Buys and sells in turn, at market, once in so many quotes.
struct Now {
    every: u64,
    heard: u64,
}

impl Strategy for Now {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        let Event::Market(MarketEvent::Quote(quote)) = &event.event else { return };
        self.heard += 1;
        if self.heard.is_multiple_of(self.every) {
            let buys = (self.heard / self.every).is_multiple_of(2);
            let side = if buys { Side::Sell } else { Side::Buy };
            desk.submit(OrderSpec::market(quote.instrument, side, Qty::ONE, "now"));
        }
    }
}

#[inline(never)]
fn engine(count: usize, every: u64) -> (u64, Money) {
    let genesis = stage(&Stage {
        run: RunId::new(1),
        book: RunId::new(1),
        symbols: vec!["W2".to_owned()],
        currency: Currency::new("USD").expect("a code"),
        capital: Money::units(1_000_000_000),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        strategies: vec![("now".to_owned(), "now".to_owned(), vec![InstrumentId::new(0)])],
    });
    let genesis = Arc::new(genesis.expect("a small stage"));
    let strategy = Box::new(Now { every, heard: 0 });
    let hired = vec![Hired { id: StrategyId::new(StrategyId::EXTERNAL.get() + 1), strategy }];
    let venue = HistoryVenue::new(&genesis, BarRules::default());
    let mut backtest = Backtest::new(Engine::new(genesis, hired), venue, Span::from_secs(60));
    let mut merge = Merge::new(vec![Box::new(Walk::new(count))]).expect("the first quote");
    while backtest.run(&mut merge, 1 << 16, &mut Silent).expect("quotes are good") {}
    (backtest.tally().fills, backtest.engine().state().rows_pnl().expect("there is a mark").net)
}

/// The limit: typed events between `dyn` handlers, one risk check, fills, P&L.
mod probe {
    use super::{Money, Quote, Side, Walk};

    trait Handler {
        fn on_quote(&mut self, quote: &Quote) -> Option<(Side, i64)>;
        fn on_fill(&mut self, side: Side, price: i64);
    }

    struct Now {
        every: u64,
        heard: u64,
    }

    impl Handler for Now {
        fn on_quote(&mut self, _quote: &Quote) -> Option<(Side, i64)> {
            self.heard += 1;
            let buys = (self.heard / self.every).is_multiple_of(2);
            self.heard.is_multiple_of(self.every).then_some((if buys { Side::Sell } else { Side::Buy }, 1))
        }

        fn on_fill(&mut self, _side: Side, _price: i64) {}
    }

    #[derive(Default)]
    struct Books {
        cash: i64,
        net: i64,
        mark: i64,
        fills: u64,
    }

    impl Handler for Books {
        fn on_quote(&mut self, quote: &Quote) -> Option<(Side, i64)> {
            self.mark = quote.mid().raw();
            None
        }

        fn on_fill(&mut self, side: Side, price: i64) {
            let signed = if side == Side::Buy { 1 } else { -1 };
            self.cash -= signed * price;
            self.net += signed;
            self.fills += 1;
        }
    }

    #[inline(never)]
    pub(super) fn run(count: usize, every: u64) -> (u64, Money) {
        let mut books = Books::default();
        let mut strategy: Box<dyn Handler> = Box::new(Now { every, heard: 0 });
        let mut walk = Walk::new(count);
        while let Some(quote) = walk.next_quote() {
            let account: &mut dyn Handler = std::hint::black_box(&mut books);
            account.on_quote(&quote);
            let asked = std::hint::black_box(&mut strategy).on_quote(&quote);
            if let Some((side, units)) = asked.filter(|(_, units)| *units <= 1_000) {
                for _ in 0..units {
                    account.on_fill(side, quote.opposite(side).raw());
                    strategy.on_fill(side, quote.opposite(side).raw());
                }
            }
        }
        let pnl = i128::from(books.cash + books.net * books.mark) * 100_000_000;
        (books.fills, Money::from_raw(pnl))
    }
}

/// CPU time of this thread in nanoseconds.
fn cpu() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).expect("time goes on")
}

/// `5M`, `200k`, `7`.
fn count(text: &str) -> usize {
    let (digits, times) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    digits.parse::<usize>().expect("a number of quotes") * times
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    let rounds: usize = after("--rounds").map_or(5, |text| text.parse().expect("a number"));
    let size = count(after("--n").map_or("5M", String::as_str));
    let every: u64 = after("--every").map_or(1_000, |text| text.parse().expect("a number"));
    // For a profiler: the engine alone, once.
    if words.iter().any(|word| word == "--engine") {
        println!("{:?}", engine(size, every));
        return;
    }
    let expected = probe::run(size, every);
    println!("{size} quotes, {} fills, pnl {}", expected.0, expected.1);
    let mut rows: [Vec<u64>; 2] = Default::default();
    for _ in 0..rounds {
        for (row, work) in rows.iter_mut().zip([probe::run, engine]) {
            let began = cpu();
            assert_eq!(work(size, every), expected, "not the probe's trades");
            row.push((cpu() - began) * 1_000 / u64::try_from(size).expect("small"));
        }
    }
    let [probe, engine] = rows.map(|mut all| {
        all.sort_unstable();
        all[all.len() / 2]
    });
    for (name, cost) in [("probe", probe), ("engine", engine)] {
        let (rate, share) = (1_000_000_000_000 / cost.max(1), probe * 1_000 / cost.max(1));
        println!(
            "  {name:<8} {:>5}.{} ns a tick {rate:>12} ticks/s  {}.{:03} of the probe",
            cost / 1_000,
            cost % 1_000 / 100,
            share / 1_000,
            share % 1_000
        );
    }
}
