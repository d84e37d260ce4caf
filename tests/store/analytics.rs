//! The figures of a report: an example worked out by hand, and a plain loop that counts the same another way.

use crate::story::{BTC, genesis};
use flightdeck::analytics::{
    Decision, EquityPoint, Mark, Movement, MovementKind, Opening, Record, Report, drawdown, report,
};
use flightdeck::commands::report::{page, plot, text};
use flightdeck::model::{
    Cause, Fill, FillId, Liquidity, Mode, Money, OrderId, Price, Seq, Side, Span, StrategyId, Timestamp,
    TradeRow,
};
use flightdeck::store::{RunRow, RunStatus};

const SMA: StrategyId = StrategyId::new(2);

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_nanos(1_723_118_400_000_000_000).after(Span::from_secs(60 * minutes))
}

fn blank() -> Record {
    let genesis = genesis(Mode::Analyze);
    Record {
        strategies: genesis.strategies.iter().map(|info| info.name.to_string()).collect(),
        currency: Some(genesis.currency),
        instruments: genesis.instruments.clone(),
        from: minute(0),
        to: minute(60),
        ..Record::default()
    }
}

#[expect(clippy::too_many_arguments, reason = "a line of a table")]
fn fill(at: i64, order: u32, side: Side, qty: &str, at_price: &str, fee: &str) -> Movement {
    let fill = Fill {
        order: OrderId::new(order),
        strategy: SMA,
        instrument: BTC,
        mode: Mode::Analyze,
        side,
        qty: qty.parse().unwrap(),
        price: price(at_price),
        liquidity: Liquidity::Taker,
        fee: money(fee),
        fill_id: FillId("F".into()),
        venue_time: minute(at),
    };
    let seq = Seq::new(u64::from(order));
    Movement { kind: MovementKind::Fill, row: TradeRow { seq, at: minute(at), cause: Cause(seq), fill } }
}

/// By hand, prices and fees in USDT, one unit a lot:
/// ```text
/// 0   buy  2 @ 100 (order 1, fee 2)          lot A 2 @ 100
/// 10  buy  1 @ 110 (order 2, fee 1)          lot B 1 @ 110
/// 20  sell 5 @ 120 (order 3, fee 5)          A closed: 2 × 20 = 40, fees 2 + 2 = 4, net 36
///                                            B closed: 1 × 10 = 10, fees 1 + 1 = 2, net 8
///                                            lot C −2 @ 120, fee 2
/// 30  buy  1 @ 130 (order 4, fee 1)          half of C: −10
/// 40  buy  1 @ 125 (order 5, fee 1)          C closed: −10 − 5 = −15, fees 2 + 2 = 4, net −19
/// 50  buy  1 @ 100 (order 6, fee 0)          lot D, at the end worth 90: −10
/// ```
/// Net: 36 + 8 − 19 − 10 = 15. Fees: 10. Gross: 40 + 10 − 15 − 10 = 25. Wins 2 of 3, profit factor 44 / 19.
fn by_hand() -> Record {
    let mut record = blank();
    record.movements = vec![
        fill(0, 1, Side::Buy, "2", "100", "2"),
        fill(10, 2, Side::Buy, "1", "110", "1"),
        fill(20, 3, Side::Sell, "5", "120", "5"),
        fill(30, 4, Side::Buy, "1", "130", "1"),
        fill(40, 5, Side::Buy, "1", "125", "1"),
        fill(50, 6, Side::Buy, "1", "100", "0"),
    ];
    record.decisions = (1..=6)
        .map(|number| Decision {
            order: OrderId::new(number),
            strategy: SMA,
            mid: (number < 4).then(|| price("109")),
        })
        .collect();
    record.denied = vec![SMA];
    record.last_marks.insert(BTC, price("90"));
    let mark = |at, low: &str, high: &str| Mark {
        at: minute(at),
        instrument: BTC,
        low: price(low),
        high: price(high),
    };
    record.marks = vec![mark(5, "95", "105"), mark(35, "115", "140")];
    let samples = ["0", "-2", "20", "44", "30", "25", "31", "15"];
    for (step, net) in (0..).zip(samples) {
        for strategy in [None, Some(SMA)] {
            let net = money(net);
            record.equity.push(EquityPoint { at: minute(step * 8), strategy, net, high: net, low: net });
        }
    }
    record
}

#[test]
fn the_example_worked_out_by_hand() {
    let Report { total, strategies, trips, .. } = report(&by_hand());
    assert_eq!(strategies.len(), 1, "who did nothing has no column");
    assert_eq!((strategies[0].net, strategies[0].strategy.as_str()), (total.net, "buyer"));
    assert_eq!((total.net, total.gross, total.fees), (money("15"), money("25"), money("10")));
    assert_eq!((total.realised, total.unrealised), (money("35"), money("-10")));
    assert_eq!((total.orders, total.denied, total.fills), (6, 1, 6));
    // 200 + 110 + 600 + 130 + 125 + 100
    assert_eq!(total.turnover, money("1265"));
    // Against 109: 2 × −9, 1 × 1, 5 × −11
    assert_eq!((total.slippage, total.slippage_fills), (money("-72"), 3));
    let nets: Vec<Money> = trips.iter().map(|trip| trip.net).collect();
    assert_eq!(nets, [money("36"), money("8"), money("-19")]);
    assert_eq!((trips[2].side, trips[2].exit), (Side::Sell, Some(price("127.5"))));
    assert_eq!(trips[2].length, Span::from_secs(20 * 60));
    assert_eq!((total.round_trips, total.wins, total.losses, total.open_lots), (3, 2, 1, 1));
    assert_eq!(total.win_rate_bps, Some(6_667));
    assert_eq!(total.average_trade, Some(Money::from_raw(money("25").raw() / 3)));
    assert_eq!((total.average_win, total.average_loss), (Some(money("22")), Some(money("-19"))));
    assert!((total.profit_factor.unwrap() - 44.0 / 19.0).abs() < 1e-12);
    // A: 2 × (95 − 100) and 2 × (120 − 100); C: 2 × (120 − 140) and 2 × (120 − 115).
    assert_eq!((trips[0].mae, trips[0].mfe), (money("-10"), money("40")));
    assert_eq!((trips[2].mae, trips[2].mfe), (money("-40"), money("10")));
    // 44 at minute 24, 25 at minute 40, 15 at the end: never reached again.
    let fall = total.max_drawdown.unwrap();
    assert_eq!(
        (fall.amount, fall.from, fall.to, fall.recovered),
        (money("29"), minute(24), minute(56), None)
    );
    assert_eq!(fall.length, Span::from_secs(32 * 60));
    // Round trips alone: 0, 36, 44, 25.
    assert_eq!(total.realised_drawdown.unwrap().amount, money("19"));
    // Held 0..40 and 50..60 of 60 minutes.
    assert_eq!(total.exposure.in_market_bps, Some(8_333));
    // 2 × 100, 3 × 110, 2 × 120, 1 × 130, then 0, then 1 × 100, each for 10 minutes of 60.
    assert_eq!(total.exposure.most, money("330"));
    assert_eq!(total.exposure.average, Money::from_raw(money("1000").raw() / 6));
}

#[test]
fn the_ratios_are_those_of_their_definition() {
    let total = report(&by_hand()).total;
    // Per minute over 56 minutes: at each eighth minute the change of the samples, 0 between.
    let mut changes = [0.0_f64; 56];
    for (step, change) in [-2.0, 22.0, 24.0, -14.0, -5.0, 6.0, -16.0].into_iter().enumerate() {
        changes[step * 8 + 7] = change;
    }
    let mean = changes.iter().sum::<f64>() / 56.0;
    let spread = (changes.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 55.0).sqrt();
    let falls = (changes.iter().map(|one| one.min(0.0).powi(2)).sum::<f64>() / 56.0).sqrt();
    let yearly = (365.0_f64 * 24.0 * 60.0).sqrt();
    assert_eq!((total.ratios.periods, total.ratios.period), (56, Span::from_secs(60)));
    assert!((total.ratios.sharpe.unwrap() - mean / spread * yearly).abs() < 1e-9);
    assert!((total.ratios.sortino.unwrap() - mean / falls * yearly).abs() < 1e-9);
    let mut short = by_hand();
    short.equity.truncate(2);
    assert_eq!(report(&short).total.ratios.sharpe, None, "under two periods there is none");
}

/// Fills in a fixed order that looks like chance.
fn many() -> Record {
    let mut record = blank();
    let mut seed = 7_u64;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    for number in 1..=500_u32 {
        let side = if next(2) == 0 { Side::Buy } else { Side::Sell };
        let (qty, cents, fee) = (next(9) + 1, 9_000 + next(2_000), next(100));
        record.movements.push(fill(
            i64::from(number),
            number,
            side,
            &qty.to_string(),
            &format!("{}.{:02}", cents / 100, cents % 100),
            &format!("0.{fee:02}"),
        ));
    }
    record.to = minute(501);
    record.last_marks.insert(BTC, price("99.37"));
    record
}

#[test]
fn a_plain_loop_over_the_fills_counts_the_same() {
    let record = many();
    let found = report(&record);
    // In integers: cents of price times units, one lot a unit in a plain list, oldest first.
    let mut held: Vec<(i128, i128, i128)> = Vec::new(); // sign, cents, order
    let (mut cash, mut fees, mut turnover, mut realised, mut net) = (0_i128, 0_i128, 0_i128, 0_i128, 0_i128);
    for (number, movement) in (1_i128..).zip(&record.movements) {
        let fill = &movement.row.fill;
        let cents = i128::from(fill.price.raw()) / 1_000_000;
        let units = fill.qty.raw() / 100_000_000;
        let sign = if fill.side == Side::Buy { 1 } else { -1 };
        fees += fill.fee.raw() / 100_000_000_000_000;
        for _ in 0..units {
            cash -= sign * cents;
            turnover += cents;
            net += sign;
            if held.first().is_some_and(|(other, _, _)| *other == -sign) {
                let (other, entry, _) = held.remove(0);
                realised += other * (cents - entry);
            } else {
                held.push((sign, cents, number));
            }
        }
    }
    let cents = |amount: i128| Money::from_raw(amount * 100_000_000_000_000);
    assert_eq!(found.total.gross, cents(cash + net * 9_937), "cash and what is held");
    assert_eq!(found.total.realised, cents(realised));
    assert_eq!((found.total.fees, found.total.turnover), (cents(fees), cents(turnover)));
    assert_eq!(found.total.net, cents(cash + net * 9_937 - fees));
    let mut lots: Vec<i128> = held.iter().map(|(_, _, order)| *order).collect();
    lots.dedup();
    assert_eq!(found.total.open_lots, u64::try_from(lots.len()).unwrap());
    let closed: Money = found.trips.iter().map(|trip| trip.gross).sum();
    let parts = found.total.realised - closed;
    assert!(
        found.total.open_lots > 0 || parts.is_zero(),
        "what is realised is of round trips and parts of open lots"
    );
    assert!(found.trips.windows(2).all(|pair| pair[0].closed_at <= pair[1].closed_at));
}

#[test]
fn fills_of_one_order_are_one_round_trip() {
    let mut record = blank();
    record.movements = vec![
        fill(0, 1, Side::Buy, "1", "100", "1"),
        fill(1, 1, Side::Buy, "1", "102", "1"),
        fill(2, 2, Side::Sell, "1", "103", "0.5"),
        fill(3, 2, Side::Sell, "1", "105", "0.5"),
    ];
    let found = report(&record);
    assert_eq!((found.trips.len(), found.trips[0].net), (1, money("3")));
    assert_eq!((found.trips[0].entry, found.trips[0].exit), (Some(price("101")), Some(price("104"))));
}

#[test]
fn what_was_held_before_the_run_is_taken_over_at_its_average() {
    let mut record = blank();
    record.openings =
        vec![Opening { strategy: SMA, instrument: BTC, net: "-2".parse().unwrap(), price: price("100") }];
    record.movements = vec![fill(5, 1, Side::Buy, "2", "90", "1")];
    let found = report(&record);
    assert_eq!((found.total.net, found.trips[0].carried), (money("19"), true));
}

#[test]
fn a_currency_without_a_rate_is_left_out_and_told() {
    let mut record = by_hand();
    record.currency = flightdeck::model::Currency::new("EUR");
    let found = report(&record);
    assert_eq!(found.total.net, Money::ZERO);
    assert_eq!(found.notes.len(), 1);
    assert!(found.notes[0].contains("no rate for USDT"), "{:?}", found.notes);
    record.rates.insert(flightdeck::model::Currency::new("USDT").unwrap(), price("0.5"));
    assert_eq!(report(&record).total.net, money("7.5"));
}

#[test]
fn a_fall_that_is_made_good_has_its_length() {
    let curve: Vec<(Timestamp, Money)> =
        (0..).zip(["1", "5", "2", "5", "4", "6"]).map(|(at, value)| (minute(at), money(value))).collect();
    let fall = drawdown(&curve).unwrap();
    assert_eq!(
        (fall.amount, fall.recovered, fall.length),
        (money("3"), Some(minute(3)), Span::from_secs(120))
    );
    assert_eq!(drawdown(&curve[..2]), None);
    // A high that lasts was reached at minute 0, and again at minute 3: the second fall is from there.
    let lasting: Vec<(Timestamp, Money)> =
        (0..).zip(["5", "5", "4", "5", "2"]).map(|(at, value)| (minute(at), money(value))).collect();
    let fall = drawdown(&lasting).unwrap();
    assert_eq!((fall.amount, fall.from, fall.recovered), (money("3"), minute(3), None));
    assert_eq!(drawdown(&lasting[..3]).unwrap().from, minute(0));
}

#[test]
fn a_fall_between_two_columns_is_drawn() {
    let mut curve: Vec<(Timestamp, Money)> = (0..1_000).map(|at| (minute(at), money("10"))).collect();
    curve[501].1 = money("-10");
    let drawn = plot(&curve, (20, 5), true);
    let lowest = drawn.lines().nth(4).unwrap();
    assert!(lowest.starts_with("        -10.00 ") && lowest.trim_end().ends_with('.'), "{drawn}");
}

fn run_row(name: &str) -> RunRow {
    RunRow {
        run: "01".to_owned(),
        started_at: minute(0),
        ended_at: Some(minute(60)),
        status: RunStatus::Completed,
        mode: "analyze".to_owned(),
        version: String::new(),
        config_sha256: String::new(),
        feed: "demo".to_owned(),
        strategies: Vec::new(),
        host: String::new(),
        pid: 1,
        missed: 0,
        rows: 0,
        no: 1,
        name: name.to_owned(),
        currency: "USDT".to_owned(),
        orders: 6,
        fills: 6,
        pnl: None,
        asked: None,
    }
}

#[test]
fn the_page_stands_alone_and_nothing_hostile_gets_into_it() {
    let mut record = by_hand();
    record.strategies[2] = "<script>alert('x')</script>".to_owned();
    let html = page(&run_row("r & \"<b>\""), &report(&record));
    assert!(!html.contains("<script") && !html.contains("<b>\""), "escaped");
    assert!(html.contains("&lt;script&gt;") && html.contains("r &amp; &quot;&lt;b&gt;&quot;"));
    assert!(
        !html.contains("http://") && !html.contains("https://") && !html.contains("src="),
        "nothing from elsewhere"
    );
    assert!(html.matches("<svg").count() == 2 && html.matches("</svg>").count() == 2);
    assert_eq!(html.matches("<td").count(), html.matches("</td>").count());
}

#[test]
fn a_person_reads_every_figure() {
    let found = report(&by_hand());
    let told = text(&run_row("20240808-120000_buyer"), &found);
    for line in [
        "net P&L                      15.00",
        "win rate                   66.67 %",
        "profit factor               2.32",
        "max drawdown                29.00",
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_there = told.lines().any(|one| {
            let one: Vec<&str> = one.split_whitespace().collect();
            one.starts_with(&words)
        });
        assert!(is_there, "{line}\n{told}");
    }
    let drawn = plot(&found.curve, (30, 4), true);
    assert!(drawn.starts_with("         44.00 ") && drawn.contains("-2.00"), "{drawn}");
    assert!(drawn.is_ascii());
}
