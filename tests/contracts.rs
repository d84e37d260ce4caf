//! The `options` profile as a trader meets it: a chain whose prices make sense, spreads, a roll, and an end in cash.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::excessive_nesting, reason = "seeds, expiries and strikes of one table")]

use flightdeck::adapters::synthetic::{SyntheticOptions, SyntheticSource};
use flightdeck::config::{Profile, Settings, SettingsFile, Sources, load, show};
use flightdeck::engine::{Desk, Engine, Hired, OrderSpec, Strategy};
use flightdeck::model::{
    AccountEvent, Class, ControlEvent, Envelope, Event, Instrument, InstrumentId, Limits, MarketEvent, Money,
    NetQty, OrderEvent, Price, Quote, Right, RunId, Side, Span, StrategyId, StrategyLimits, Timestamp,
};
use flightdeck::runtime::genesis;
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use flightdeck::sim::{MarketFold, MarketSource, RawBody, RawMessage, Sandbox, World};
use flightdeck::state::{Genesis, StrategyInfo};
use flightdeck::strategies::declared;
use std::collections::BTreeMap;
use std::sync::Arc;

/// 2026-11-02 12:00:00 UTC.
const START: Timestamp = Timestamp::from_nanos(1_793_620_800_000_000_000);

fn load_text(text: &str) -> Result<flightdeck::config::Loaded, Vec<String>> {
    let kinds = declared();
    let file = SettingsFile { name: "options.toml", bytes: text.as_bytes() };
    let sources = Sources { file: Some(file), kinds: &kinds, now: START, ..Sources::default() };
    load(&sources).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn profile() -> &'static str {
    Profile::named("options").expect("it comes with the program").text
}

fn settings() -> Settings {
    load_text(profile()).expect("the profile has no fault").settings
}

fn id(settings: &Settings, symbol: &str) -> InstrumentId {
    let found = settings.instruments.iter().find(|one| one.instrument.symbol.as_str() == symbol);
    found.unwrap_or_else(|| panic!("no {symbol}")).instrument.id
}

fn source(instruments: &[Instrument], seed: u64) -> SyntheticSource {
    let spot: Price = "6000".parse().unwrap();
    let starts = instruments.iter().map(|one| (one.clone(), spot));
    SyntheticSource::new(SyntheticOptions::new(seed, START), starts.collect::<Vec<_>>())
}

fn messages(instruments: &[Instrument], seed: u64, until: Span) -> Vec<RawMessage> {
    let mut source = source(instruments, seed);
    let next = move || source.next_message().expect("an invented market does not fail");
    std::iter::from_fn(next).take_while(|one| one.local_time < START.after(until)).collect()
}

#[test]
fn the_profile_is_an_index_two_futures_and_two_chains_and_is_shown_as_it_is_read() {
    let loaded = load_text(profile()).expect("no fault");
    let settings = &loaded.settings;
    assert_eq!(settings.instruments.len(), 1 + 2 + 2 * 21 * 2);
    let master = genesis(settings, RunId::new(1), Vec::new());
    assert_eq!(master.front(id(settings, "FDX"), START), Some(id(settings, "FDX-F1")));
    let option = settings.instruments[id(settings, "FDX-O2-5850PE").index()].instrument.listing.class;
    let Class::Option { underlying, expiry, strike, right } = option else { panic!("{option:?}") };
    assert_eq!((underlying, strike, right), (id(settings, "FDX"), "5850".parse().unwrap(), Right::Put));
    // Thirty-five days on, at the day's end.
    assert_eq!(expiry.since(START), Span::from_secs(35 * 86_400 + 12 * 3_600));
    let again = load_text(&show(settings, &loaded.origins)).expect("what is shown loads");
    assert_eq!(again.settings, *settings);
}

#[test]
fn what_is_wrong_with_a_contract_is_named_with_its_line() {
    let broken = |from: &str, to: &str| load_text(&profile().replacen(from, to, 1)).expect_err(to).join("\n");
    assert!(broken("step = \"50\"", "step = \"50.02\"").contains("chain.step: 50.02 is off tick"));
    assert!(broken("expiries_days = [7, 35]", "expiries_days = [35, 7]").contains("rising"));
    let entry = |more: &str| {
        let text = format!(
            "[account]\npar = [\"USD\"]\n[[instrument]]\nclass = \"index\"\nsymbol = \"IX\"\nvenue = \"v\"\nquote = \"USDT\"\n\
             tick = \"0.1\"\nmin_price = \"1\"\nmax_price = \"100\"\n[[instrument]]\nsymbol = \"D\"\nvenue = \"v\"\n\
             contract = \"linear\"\nquote = \"USDT\"\nsettle = \"USDT\"\ntick = \"0.1\"\nlot = \"1\"\nmin_qty = \"1\"\n\
             min_price = \"1\"\nmax_price = \"100\"\nmaker_fee = \"0\"\ntaker_fee = \"0\"\ninitial_margin = \"0.1\"\n\
             limits = {{ max_order_qty = \"1\", max_order_value = \"1\", max_position = \"1\", collar_bps = 1 }}\n{more}"
        );
        let text = format!("strategy = []\n{text}\n[account.capital]\nUSDT = \"1\"\n[account.convert]\n");
        load_text(&text).map(|_| ()).map_err(|faults| faults.join("\n"))
    };
    entry("").expect("sound");
    let option = "class = \"option\"\nunderlying = \"IX\"\nexpiry = \"2026-12-24\"\n";
    let told = entry(option).expect_err("no strike");
    assert!(
        told.contains("instrument.D.strike: missing") && told.contains("instrument.D.right: missing"),
        "{told}"
    );
    let told = entry("class = \"future\"\nunderlying = \"NIX\"\n").expect_err("no such thing");
    assert!(told.contains("there is no instrument \"NIX\"") && told.contains("expiry: missing"), "{told}");
    let told =
        entry("class = \"future\"\nunderlying = \"D\"\nexpiry = \"2026-12-24\"\n").expect_err("itself");
    assert!(told.contains("D is itself derived"), "{told}");
    assert!(entry("strike = \"5\"\n").expect_err("a perpetual").contains("does not belong to this class"));
    let told = entry("class = \"index\"\n").expect_err("limits");
    assert!(told.contains("an index has no limits"), "{told}");
    assert!(entry("calendar = \"nyse\"\n").expect_err("none").contains("there is no calendar \"nyse\""));
}

/// The last quotes of a stretch of the invented market.
fn quotes(settings: &Settings, seed: u64, until: Span) -> BTreeMap<InstrumentId, Quote> {
    let instruments = settings.instruments();
    let mut fold = MarketFold::new(instruments.iter().map(|one| one.id));
    let mut out = Vec::new();
    let mut last = BTreeMap::new();
    for message in messages(&instruments, seed, until) {
        fold.apply(&message, &mut out);
        for event in out.drain(..) {
            if let MarketEvent::Quote(quote) = event {
                assert!(quote.bid < quote.ask && quote.bid > Price::ZERO, "{quote:?}");
                last.insert(quote.instrument, quote);
            } else if let MarketEvent::Depth(depth) = event {
                assert!(depth.bids[0].price < depth.asks[0].price);
            } else {
                assert!(matches!(event, MarketEvent::Trade(_)), "{event:?}");
            }
        }
    }
    last
}

#[test]
fn a_chain_keeps_parity_falls_with_the_strike_and_is_never_below_what_exercise_brings() {
    let settings = settings();
    let tick = 0.05;
    for seed in [1, 2, 3] {
        let last = quotes(&settings, seed, Span::from_secs(60));
        assert_eq!(last.len(), settings.instruments.len(), "everything is quoted");
        for (number, days) in [(1, 7.5), (2, 35.5)] {
            let future = last[&id(&settings, &format!("FDX-F{number}"))].mid().to_f64();
            let discount = (-0.05_f64 * days / 365.0).exp();
            let mut before: Option<(Quote, Quote)> = None;
            for strike in (5_500..=6_500).step_by(50) {
                let of = |right: &str| last[&id(&settings, &format!("FDX-O{number}-{strike}{right}"))];
                let (call, put) = (of("CE"), of("PE"));
                let forward = discount * (future - f64::from(strike));
                // The future has moved by up to a tick since the options were looked at, and is quoted in ticks.
                let slack = 3.0 * tick;
                assert!(call.ask.to_f64() - put.bid.to_f64() >= forward - slack, "{seed} {number} {strike}");
                assert!(call.bid.to_f64() - put.ask.to_f64() <= forward + slack, "{seed} {number} {strike}");
                assert!(
                    call.bid.to_f64() >= forward - 2.0 * tick && put.bid.to_f64() >= -forward - 2.0 * tick
                );
                if let Some((lower_call, lower_put)) = before {
                    assert!(call.bid <= lower_call.bid && call.ask <= lower_call.ask, "{seed} {strike}");
                    assert!(put.bid >= lower_put.bid && put.ask >= lower_put.ask, "{seed} {strike}");
                }
                before = Some((call, put));
            }
        }
        let (near, far) = (last[&id(&settings, "FDX-F1")].mid(), last[&id(&settings, "FDX-F2")].mid());
        assert!(far > near, "the later future carries more interest");
    }
}

#[test]
fn the_same_seed_is_the_same_day_and_it_is_not_a_flood() {
    let instruments = settings().instruments();
    let day = |seed| messages(&instruments, seed, Span::from_secs(10));
    let first = day(1);
    assert!(first == day(1) && first != day(2));
    assert!(first.is_sorted_by_key(|message| message.local_time));
    let quotes = first.iter().filter(|one| matches!(one.body, RawBody::Bbo { .. })).count();
    assert!(quotes < 10 * 500, "{quotes} quotes in ten seconds");
}

/// Sends each order at its time after the start.
struct Script {
    orders: Vec<(Span, OrderSpec)>,
}

impl Strategy for Script {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        while let Some((after, spec)) = self.orders.first().copied()
            && event.at.since(START) >= after
        {
            desk.submit(spec);
            self.orders.remove(0);
        }
    }
}

/// The profile with one scripted strategy, and first expiries after a minute and a half.
fn world(settings: &Settings, orders: Vec<(Span, OrderSpec)>) -> World {
    let mut genesis: Genesis = genesis(settings, RunId::new(1), Vec::new());
    let soon = START.after(Span::from_secs(90));
    let near = genesis.instruments[id(settings, "FDX-F1").index()].listing.class.expiry().expect("a future");
    for instrument in &mut genesis.instruments {
        match &mut instrument.listing.class {
            Class::Future { expiry, .. } | Class::Option { expiry, .. } if *expiry == near => *expiry = soon,
            Class::Future { .. } | Class::Option { .. } | Class::Perpetual | Class::Index => {}
        }
    }
    let wide =
        StrategyLimits { max_position_value: Money::units(2_000_000), daily_loss: Money::units(50_000) };
    genesis.strategies.truncate(2);
    genesis.strategies.push(StrategyInfo {
        name: "script".into(),
        kind: "-".into(),
        armed: true,
        instruments: genesis.instrument_ids().collect(),
    });
    let limits: &mut Limits = &mut genesis.limits;
    limits.strategies.truncate(2);
    limits.strategies.push(wide);
    let config = PaperConfig {
        capital: genesis.capital.clone(),
        latency: Latency { order: Span::from_millis(20), report: Span::from_millis(20), jitter: Span::ZERO },
        queue: QueueModel::Proportional,
        seed: 1,
    };
    let sandbox = Sandbox::new(config, &genesis.instruments);
    let source = source(&genesis.instruments, 5);
    let hired = vec![Hired { id: StrategyId::new(2), strategy: Box::new(Script { orders }) }];
    World::new(Engine::new(Arc::new(genesis), hired), sandbox, Box::new(source))
}

fn fly(world: &mut World, until: Span) -> Vec<Envelope> {
    let (mut told, mut out) = (Vec::new(), Vec::new());
    while world.engine().state().now < START.after(until) {
        assert!(world.step(&mut out).expect("it does not fail"), "it does not end");
        told.extend(
            out.drain(..).filter(|one| !matches!(&one.event, Event::Market(event) if event.is_data())),
        );
    }
    told
}

fn assert_books_agree(world: &World) {
    let state = world.engine().state();
    for instrument in state.genesis().instrument_ids() {
        assert_eq!(state.ledger.difference(instrument), (NetQty::ZERO, Money::ZERO));
    }
    assert!(state.checked_at().is_some());
    assert!(state.reconciliation.differences().next().is_none());
    assert!(state.is_reconciled());
    assert_eq!((state.unmatched, state.set_aside), (0, 0));
}

#[test]
fn an_iron_condor_a_roll_and_an_end_in_cash_leave_the_books_agreeing_to_the_last_decimal() {
    let settings = settings();
    let two = "2".parse().unwrap();
    let market = |symbol: &str, side| OrderSpec::market(id(&settings, symbol), side, two, "leg");
    let secs = Span::from_secs;
    let orders = vec![
        // Bought wings first, then what is sold within them.
        (secs(5), market("FDX-O1-5900PE", Side::Buy)),
        (secs(6), market("FDX-O1-6100CE", Side::Buy)),
        (secs(7), market("FDX-O1-5950PE", Side::Sell)),
        (secs(8), market("FDX-O1-6050CE", Side::Sell)),
        (secs(10), market("FDX-F1", Side::Buy)),
        // The roll: out of the one, into the other.
        (secs(20), market("FDX-F1", Side::Sell).reduce_only()),
        (secs(21), market("FDX-F2", Side::Buy)),
        (
            secs(30),
            OrderSpec::limit(id(&settings, "FDX-O1-5500CE"), Side::Buy, two, "100".parse().unwrap(), "low"),
        ),
    ];
    let mut world = world(&settings, orders);
    let told = fly(&mut world, secs(80));
    let count = |told: &[Envelope], of: fn(&Event) -> bool| told.iter().filter(|one| of(&one.event)).count();
    assert_eq!(count(&told, |event| matches!(event, Event::Denied { .. })), 0, "{told:?}");
    assert_eq!(count(&told, |event| matches!(event, Event::Order(OrderEvent::Rejected { .. }))), 0);
    assert!(count(&told, |event| matches!(event, Event::Control(ControlEvent::RollDue { .. }))) == 1);
    assert_books_agree(&world);
    let state = world.engine().state();
    let net = |symbol: &str| state.ledger.position(StrategyId::new(2), id(&settings, symbol)).net.to_string();
    let legs = ["FDX-O1-5900PE", "FDX-O1-5950PE", "FDX-O1-6050CE", "FDX-O1-6100CE", "FDX-F1", "FDX-F2"];
    assert_eq!(legs.map(net), ["2", "-2", "-2", "2", "0", "2"]);
    assert_eq!(state.orders.open().len(), 1);

    let told = fly(&mut world, secs(100));
    let settled = |event: &Event| matches!(event, Event::Account(AccountEvent::Settled { .. }));
    assert_eq!(count(&told, settled), 4, "each leg, once");
    assert_eq!(count(&told, |event| matches!(event, Event::Order(OrderEvent::Expired { .. }))), 1);
    assert_eq!(count(&told, |event| matches!(event, Event::Market(MarketEvent::Stale { .. }))), 0);
    assert_books_agree(&world);
    let state = world.engine().state();
    let net = |symbol: &str| state.ledger.position(StrategyId::new(2), id(&settings, symbol)).net.to_string();
    assert_eq!(legs.map(net), ["0", "0", "0", "0", "0", "2"]);
    assert!(state.orders.open().is_empty());
    // The index is inside the wings: what was sold is what was bought, and the premium less the width is the worst.
    let profit = state.strategy_pnl(StrategyId::new(2)).expect("valued").net;
    assert!(profit.abs() < Money::units(5_000), "{profit}");
}

#[test]
fn gate_and_venue_hold_the_same_margin_for_options_bought_and_sold() {
    let settings = settings();
    let two = "2".parse().unwrap();
    let market = |symbol: &str, side| OrderSpec::market(id(&settings, symbol), side, two, "leg");
    for (orders, sold) in [
        (vec![(Span::from_secs(5), market("FDX-O2-6000CE", Side::Buy))], false),
        (vec![(Span::from_secs(5), market("FDX-O2-6000CE", Side::Sell))], true),
    ] {
        let mut world = world(&settings, orders);
        fly(&mut world, Span::from_secs(8));
        let state = world.engine().state();
        let snapshot =
            state.reconciliation.of(flightdeck::model::AccountId::FIRST).snapshot.as_ref().expect("told");
        let held = snapshot.balances[0].margin;
        let instrument = &state.genesis().instruments[id(&settings, "FDX-O2-6000CE").index()];
        let mark =
            state.market(instrument.id).and_then(flightdeck::state::InstrumentMarket::mark).expect("a mark");
        let premium = instrument.notional(mark, two);
        let index = state
            .market(id(&settings, "FDX"))
            .and_then(flightdeck::state::InstrumentMarket::mark)
            .expect("a mark");
        let underlying = instrument.notional(index, two).at_rate(instrument.initial_margin);
        let wanted = if sold { underlying } else { premium };
        // The venue told it when the fill came; the market has moved a little since.
        assert!(held.percent_of(wanted).abs_diff(100) <= 3, "{sold}: {held} of {wanted}");
        let headroom = flightdeck::engine::risk::headroom(state, state.now);
        let ours = headroom.iter().find(|one| one.rule == flightdeck::model::RuleId::Margin).expect("a line");
        assert_eq!(ours.value, flightdeck::model::Measure::Money(wanted));
    }
}
