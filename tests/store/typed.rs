//! The typed tables: one row per fact, in its table, and samples that are the engine's own books.

use crate::story::{BTC, BUYER, NOON, Story, at, header, kill, record};
use flightdeck::bus::Subscriber;
use flightdeck::model::{Command, KillLevel, Mode, Money, Scope, Span};
use flightdeck::store::{DataDir, Journal, JournalError, Recorder, Recording, RunStatus, StoreError};
use rusqlite::{Connection, types::FromSql};

fn open(dir: &DataDir) -> Connection {
    Connection::open(dir.paths().database()).unwrap()
}

fn count(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn one<T: FromSql>(db: &Connection, sql: &str) -> T {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A finished trade, recorded.
fn recorded() -> (tempfile::TempDir, DataDir, Story) {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.finish(RunStatus::Completed, at(3_000_000)).unwrap();
    (temp, dir, story)
}

#[test]
fn every_fact_of_a_trade_has_its_row() {
    let (_temp, dir, story) = recorded();
    let db = open(&dir);
    let kinds = |wanted: &str| {
        let kind = |event: &&flightdeck::model::Envelope| {
            serde_json::to_value(&event.event).unwrap()["data"]["kind"] == wanted
        };
        i64::try_from(story.events.iter().filter(kind).count()).unwrap()
    };
    assert_eq!(count(&db, "submissions"), kinds("submitted"));
    assert_eq!(count(&db, "acceptances"), kinds("accepted"));
    assert_eq!(count(&db, "fills"), 1);
    for table in
        ["cancel_requests", "modify_requests", "rejections", "expirations", "cancels", "batches", "bars"]
    {
        assert_eq!(count(&db, table), 0, "{table}");
    }
    let row: (String, String, String, String, i64, String, String) = db
        .query_row(
            "SELECT strategy, instrument, side, qty, order_no, mid, client_order_id FROM submissions ORDER BY seq",
            [],
            |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
            },
        )
        .unwrap();
    assert_eq!(
        (row.0.as_str(), row.1.as_str(), row.2.as_str(), row.3.as_str(), row.4),
        ("buyer", "BTCUSDT", "BUY", "0.5", 1)
    );
    assert_eq!(row.5, "59990.05", "the middle of the quote that caused it");
    assert_eq!(row.6, story.client(1).to_string());
    assert_eq!(one::<String>(&db, "SELECT worth FROM fills"), "30000.05");
    assert_eq!(one::<String>(&db, "SELECT fee FROM fills"), "15.000025");
    assert_eq!(one::<i64>(&db, "SELECT at_ns FROM fills"), at(1_946_000).nanos());
    let view: (String, String) =
        db.query_row("SELECT run, time FROM v_fills", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(view, ("20240808-120000_buyer".to_owned(), "2024-08-08T12:00:01.946000000Z".to_owned()));
    assert_eq!(one::<i64>(&db, "SELECT approved FROM risk_approvals WHERE strategy = 'buyer'"), 2);
}

#[test]
fn samples_are_the_books_of_the_engine() {
    let (_temp, dir, story) = recorded();
    let db = open(&dir);
    let state = story.engine.state();
    let last = |column: &str, strategy: &str| {
        one::<String>(
            &db,
            &format!(
                "SELECT {column} FROM equity_samples WHERE strategy = '{strategy}' ORDER BY at_ns DESC LIMIT 1"
            ),
        )
    };
    let (account, buyer) = (state.account_pnl().unwrap(), state.strategy_pnl(BUYER).unwrap());
    assert!(!account.net.is_zero());
    assert_eq!(last("net", ""), account.net.to_string());
    assert_eq!(last("equity", ""), state.equity().unwrap().to_string());
    assert_eq!(
        (last("net", "buyer"), last("fees", "buyer")),
        (buyer.net.to_string(), buyer.fees.to_string())
    );
    let sql = "SELECT net || ' ' || average || ' ' || mark FROM position_samples WHERE strategy = 'buyer'
               ORDER BY at_ns DESC LIMIT 1";
    let held = state.ledger.position(BUYER, BTC);
    let mark = state.market(BTC).unwrap().mark().unwrap();
    assert_eq!(one::<String>(&db, sql), format!("{} 60000.1 {mark}", held.net));
    let first = "SELECT net FROM equity_samples WHERE strategy = 'buyer' ORDER BY at_ns LIMIT 1";
    assert_eq!(one::<String>(&db, first), "0", "everybody begins at nothing");
}

#[test]
fn a_report_of_the_rows_equals_the_books() {
    let (_temp, dir, story) = recorded();
    let journal = Journal::open(dir.paths()).unwrap();
    let run = journal.run(&journal.find_run(None).unwrap()).unwrap();
    assert_eq!((run.orders, run.fills, run.currency.as_str()), (2, 1, "USDT"));
    let report = flightdeck::analytics::report(&journal.record(&run).unwrap());
    let pnl = story.engine.state().account_pnl().unwrap();
    assert_eq!((report.total.net, report.total.fees, run.pnl), (pnl.net, pnl.fees, Some(pnl.net)));
    assert_eq!(report.total.unrealised, pnl.unrealised);
    // Bought at 60000.1, decided at a middle of 59990.05: 0.5 × 10.05.
    assert_eq!((report.total.slippage, report.total.slippage_fills), ("5.025".parse().unwrap(), 1));
    assert_eq!((report.total.open_lots, report.total.round_trips), (1, 0));
}

#[test]
fn denials_say_their_rule_and_its_limit() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    story.command(5, kill(KillLevel::K1, Scope::Instrument(BTC)));
    story.quote(30, "60000", "60000.1");
    story.command(40, Command::Close { strategy: BUYER, instrument: BTC });
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.on_idle().unwrap();
    let db = open(&dir);
    let row: (String, String, String, String) = db
        .query_row("SELECT decision, strategy, rule, unit FROM risk_decisions", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .unwrap();
    assert_eq!((row.0.as_str(), row.1.as_str(), row.2.as_str()), ("denied", "buyer", "kill"), "{row:?}");
}

#[test]
fn a_sample_is_written_where_something_changed_and_not_more_often_than_asked() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::one_trade(Mode::Analyze);
    for number in 0..200 {
        let price = if number < 100 { "60010" } else { "60020" };
        story.quote(2_100_000 + number * 100_000, price, "60020.1");
    }
    let mut recorder =
        Recorder::create(&dir, &story.genesis, &header()).unwrap().sampling(Span::from_secs(5));
    record(&mut recorder, &story.events);
    recorder.on_idle().unwrap();
    let db = open(&dir);
    let account = "SELECT count(*) FROM equity_samples WHERE strategy = ''";
    let sampled: i64 = one(&db, account);
    assert!((3..=5).contains(&sampled), "22 s, every 5 s, of which two say the same: {sampled}");
    assert!(count(&db, "marks") > 100, "quotes of what is held are rows: {}", count(&db, "marks"));
    let held = "SELECT count(*) FROM position_samples WHERE strategy = 'buyer'";
    assert_eq!(one::<i64>(&db, held), 1, "a mark that moves is no news of a position");
    let journal = Journal::open(dir.paths()).unwrap();
    let run = journal.run(&journal.find_run(None).unwrap()).unwrap();
    let mark = journal.record(&run).unwrap().last_marks.into_values().next();
    assert_eq!(mark, Some("60020.05".parse().unwrap()), "of the newest quote, while it runs");
    drop(recorder);
    assert_eq!(one::<i64>(&db, account), sampled + 1, "and one at the end");
}

#[test]
fn what_happens_between_two_samples_is_in_the_later_one() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::one_trade(Mode::Analyze);
    // Half a coin is held; a quote a second, sampled every 30 s: up by 100, down by 200, and back.
    let prices = ["60000", "60100", "59900", "60000", "60000", "60000", "60000", "60000", "60000"];
    for (second, price) in (3..).zip(prices) {
        story.quote(second * 1_000_000, price, &format!("{price}.1"));
    }
    let mut recorder =
        Recorder::create(&dir, &story.genesis, &header()).unwrap().sampling(Span::from_secs(30));
    record(&mut recorder, &story.events);
    drop(recorder);
    let db = open(&dir);
    let sql = "SELECT high || ' ' || low || ' ' || net || ' ' || drawdown || ' ' || (trough_ns - peak_ns) FROM equity_samples
               WHERE strategy = 'buyer' ORDER BY at_ns DESC LIMIT 1";
    // Half of the middle less 60000.1, less the fee of 15.000025.
    assert_eq!(one::<String>(&db, sql), "34.974975 -65.025025 -15.025025 100 1000000000");
    let journal = Journal::open(dir.paths()).unwrap();
    let run = journal.run(&journal.find_run(None).unwrap()).unwrap();
    let fall = flightdeck::analytics::report(&journal.record(&run).unwrap()).total.max_drawdown.unwrap();
    assert_eq!((fall.amount, fall.from), ("100".parse().unwrap(), at(4_000_000)));
}

/// A backtest of 80 bars as version 3 left it: a sample a bar.
fn version_three(dir: &DataDir) {
    let db = open(dir);
    db.execute_batch(include_str!("../fixtures/records/v3.sql")).unwrap();
    db.execute_batch("PRAGMA application_id = 1179403335; PRAGMA user_version = 3;").unwrap();
}

#[test]
fn a_run_of_version_three_has_its_drawdown_from_its_samples_before_and_after_the_file_is_brought_up_to_date()
{
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    version_three(&dir);
    // As the program of that time reported it.
    let check = || {
        let journal = Journal::open(dir.paths()).unwrap();
        let run = journal.run(&journal.find_run(Some("20261122-010319_sma_cross")).unwrap()).unwrap();
        let record = journal.record(&run).unwrap();
        assert!(record.falls.is_empty(), "nobody looked for them");
        assert!(record.equity.iter().all(|point| point.high == point.net && point.low == point.net));
        let report = flightdeck::analytics::report(&record);
        let fall = report.total.max_drawdown.unwrap();
        assert_eq!((fall.amount, fall.recovered), ("71.9204".parse().unwrap(), None));
        assert_eq!(fall.length, Span::from_secs(780));
        assert_eq!((report.total.net, report.curve.len()), ("4.27573".parse().unwrap(), 47));
        assert_eq!(
            (report.total.ratios.periods, report.total.ratios.sharpe),
            (79, Some(4.994_379_774_827_252))
        );
        assert_eq!(report.strategies.first().and_then(|own| own.max_drawdown), Some(fall));
    };
    check();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.finish(RunStatus::Completed, NOON).unwrap();
    let db = open(&dir);
    assert_eq!(one::<i64>(&db, "PRAGMA user_version"), 4);
    assert_eq!(
        one::<i64>(&db, "SELECT count(*) FROM v_equity_samples WHERE run_no = 1 AND high IS NOT NULL"),
        0
    );
    assert_eq!(one::<i64>(&db, "SELECT count(*) FROM v_equity_samples WHERE run_no = 2 AND high IS NULL"), 0);
    check();
}

#[test]
fn after_missed_events_nothing_is_sampled() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    let (early, late) = story.events.split_at(2);
    record(&mut recorder, early);
    recorder.on_lag(3).unwrap_err();
    for event in late {
        drop(recorder.on_event(event));
    }
    drop(recorder);
    let db = open(&dir);
    assert_eq!(one::<i64>(&db, "SELECT count(DISTINCT at_ns) FROM equity_samples"), 1, "the first only");
    assert_eq!(count(&db, "fills"), 1, "facts are rows all the same");
}

/// A database as version 1 left it, with one run in it.
fn version_one(dir: &DataDir) {
    let db = open(dir);
    db.execute_batch(include_str!("../../src/store/schema.sql")).unwrap();
    db.execute_batch(
        "INSERT INTO runs VALUES ('01920000-0000-7000-8000-00000000000a', 1723118399000000000, 1723118399500000000,
             'completed', 'analyze', '0.1.0', '', '', 'demo', '[\"manual\",\"external\",\"sma\",\"maker\"]', 'desk', 1, 0);
         INSERT INTO analyzer_log VALUES ('01920000-0000-7000-8000-00000000000a', 1, 1723118399000000000, 'control',
             'started', 1, NULL, NULL, NULL, NULL, NULL, '{\"kind\":\"started\"}');
         PRAGMA application_id = 1179403335; PRAGMA user_version = 1;",
    )
    .unwrap();
}

#[test]
fn a_database_of_version_one_is_read_as_it_is_and_brought_up_to_date_by_the_next_run() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    version_one(&dir);
    let old = Journal::open(dir.paths()).unwrap();
    let listed = old.list_runs().unwrap();
    assert_eq!((listed.len(), listed[0].rows, listed[0].orders), (1, 1, 0));
    assert_eq!(old.find_run(Some("20240808-115959")).unwrap(), listed[0].run);
    let refused = old.record(&listed[0]).unwrap_err();
    assert!(
        matches!(refused, JournalError::Store(StoreError::Older { found: 1, needed: 2, .. })),
        "{refused}"
    );
    drop(old);
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.finish(RunStatus::Completed, NOON).unwrap();
    let db = open(&dir);
    assert_eq!(one::<i64>(&db, "PRAGMA user_version"), 4);
    let journal = Journal::open(dir.paths()).unwrap();
    let runs = journal.list_runs().unwrap();
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["20240808-120000_buyer", "20240808-115959_sma+maker"]);
    assert_eq!(runs[1].rows, 1, "what was there is there");
    assert_eq!(journal.find_run(Some("20240808-115959_sma+maker")).unwrap(), runs[1].run);
    assert_eq!(journal.find_run(Some("20240808-12")).unwrap(), runs[0].run);
    assert!(matches!(journal.find_run(Some("20240808")), Err(JournalError::AmbiguousRun { count: 2, .. })));
    let record = journal.record(&runs[1]).unwrap();
    assert!(record.movements.is_empty() && record.equity.is_empty());
    assert_eq!(flightdeck::analytics::report(&record).total.net, Money::ZERO);
}

#[test]
fn two_runs_of_one_second_have_two_names() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut genesis = crate::story::genesis(Mode::Analyze);
    for number in 1..=3 {
        genesis.run = flightdeck::model::RunId::new(number);
        drop(Recorder::create(&dir, &genesis, &header()).unwrap());
    }
    let journal = Journal::open(dir.paths()).unwrap();
    let mut names: Vec<String> = journal.list_runs().unwrap().into_iter().map(|run| run.name).collect();
    names.sort();
    assert_eq!(names, ["20240808-120000_buyer", "20240808-120000_buyer.2", "20240808-120000_buyer.3"]);
    for name in &names {
        journal.find_run(Some(name)).unwrap();
    }
}

#[test]
fn any_reader_sees_the_tables_while_the_run_is_on() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let story = Story::one_trade(Mode::Analyze);
    let mut recorder = Recorder::create(&dir, &story.genesis, &header()).unwrap();
    record(&mut recorder, &story.events);
    recorder.on_idle().unwrap();
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let reader = Connection::open_with_flags(dir.paths().database(), flags).unwrap();
    let begun = reader.unchecked_transaction().unwrap();
    assert_eq!(count(&reader, "fills"), 1);
    let mut next = Story::one_trade(Mode::Analyze);
    next.quote(4_000_000, "60000", "60000.1");
    recorder.on_event(next.events.last().unwrap()).unwrap();
    recorder.on_idle().unwrap();
    drop(begun);
    assert_eq!(one::<String>(&reader, "SELECT status FROM runs"), "running");
}

#[test]
fn a_run_recorded_as_fast_as_it_goes_has_every_event_and_the_same_rows() {
    let temp = tempfile::tempdir().unwrap();
    let told = Story::one_trade(Mode::Analyze);
    let fast = DataDir::open(&temp.path().join("fast")).unwrap();
    let mut recording = Recording::begin(&fast, &told.genesis, &header(), Span::from_secs(1)).unwrap();
    recording.hear(&told.events);
    let events = recording.finish(RunStatus::Completed, NOON).unwrap();
    assert_eq!(events, u64::try_from(told.events.len()).unwrap());
    let slow = DataDir::open(&temp.path().join("slow")).unwrap();
    let mut recorder = Recorder::create(&slow, &told.genesis, &header()).unwrap();
    record(&mut recorder, &told.events);
    recorder.finish(RunStatus::Completed, NOON).unwrap();
    let (fast, slow) = (open(&fast), open(&slow));
    let all = |db: &Connection, table: &str| -> Vec<Vec<rusqlite::types::Value>> {
        let mut statement = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2, 3")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    for table in
        ["analyzer_log", "submissions", "acceptances", "fills", "position_samples", "equity_samples", "marks"]
    {
        assert_eq!(all(&fast, table), all(&slow, table), "{table}");
    }
    let quotes = told.events.iter().filter(|event| event.event.is_replaceable()).count();
    assert_eq!(count(&fast, "quotes") + count(&fast, "trades"), i64::try_from(quotes).unwrap());
    assert_eq!(count(&slow, "quotes"), 0, "a run at work keeps what led to something");
    let ask = "SELECT ask FROM quotes ORDER BY seq LIMIT 1";
    let first = told.events.iter().find_map(|event| {
        let flightdeck::model::Event::Market(flightdeck::model::MarketEvent::Quote(quote)) = &event.event
        else {
            return None;
        };
        Some(quote.ask)
    });
    assert_eq!(one::<String>(&fast, ask), first.unwrap().to_string());
}

#[test]
fn many_rows_of_a_table_are_all_there_whole_blocks_and_rest() {
    let temp = tempfile::tempdir().unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    let mut story = Story::begin(Mode::Analyze);
    let begun = story.events.len();
    for number in 0..1_107 {
        story.quote(5_000 + number * 1_000, "60000", "60000.1");
    }
    let quotes = story.events.iter().filter(|event| event.event.is_replaceable()).count();
    assert!(quotes > 1_000 && begun > 0);
    let mut recording = Recording::begin(&dir, &story.genesis, &header(), Span::from_secs(1)).unwrap();
    story.events.chunks(7).for_each(|events| recording.hear(events));
    recording.finish(RunStatus::Completed, NOON).unwrap();
    let db = open(&dir);
    assert_eq!(count(&db, "quotes"), i64::try_from(quotes).unwrap());
    assert_eq!(
        one::<String>(&db, "SELECT group_concat(DISTINCT bid || '/' || ask) FROM quotes"),
        "60000/60000.1"
    );
}

#[test]
fn a_cell_that_cannot_be_read_is_told_with_its_file_and_column() {
    let (_temp, dir, _story) = recorded();
    open(&dir).execute("UPDATE fills SET price = 'much'", []).unwrap();
    let journal = Journal::open(dir.paths()).unwrap();
    let run = journal.run(&journal.find_run(None).unwrap()).unwrap();
    let error = journal.record(&run).unwrap_err().to_string();
    assert!(error.contains("runs.db") && error.contains("not a decimal number"), "{error}");
}

#[test]
fn a_torn_database_is_named() {
    let (_temp, dir, _story) = recorded();
    let mut bytes = std::fs::read(dir.paths().database()).unwrap();
    bytes[4_096..].fill(0xa5);
    std::fs::write(dir.paths().database(), bytes).unwrap();
    let error = Journal::open(dir.paths()).and_then(|journal| journal.list_runs()).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}
