//! A book goes on under a file that counts its instruments otherwise: what is asked for one contract never reaches another.

use crate::accounts::{net, twin, types};
use crate::desk::{CONFIG, Desk, PATIENCE, told};
use rustix::process::Signal;
use std::fs;
use std::time::Instant;

/// Buys a thousandth at a price far below the market; what halts it is looked at and resumed.
fn rests(desk: &Desk, symbol: &str, price: &str) {
    let began = Instant::now();
    while !desk.says(&["order", "place", "buy", "0.001", symbol, "--price", price]).status.success() {
        let out = desk.says(&["resume", "--reason", "the books are equal"]);
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), desk.story());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Symbol and price of everything the venue has taken, in its order.
fn taken(desk: &Desk) -> Vec<(String, i64)> {
    let orders = desk.log().into_iter().filter(|entry| entry.what == "order");
    orders.map(|entry| (entry.symbol, crate::desk::lots(&entry.price) / 1_000)).collect()
}

/// The engine dies and starts again under this file.
fn again(desk: &mut Desk, text: &str) {
    desk.signal(Signal::KILL);
    desk.reap();
    fs::write(desk.dir.path().join("flightdeck.toml"), text.replace("URL", &desk.url)).unwrap();
    desk.start(&[]);
}

#[test]
fn an_order_reaches_the_venue_under_its_own_symbol_when_the_file_counts_the_contracts_otherwise() {
    let ether = twin().replace("BTCUSDT-B", "BTCUSDT").replace("BTC", "ETH");
    let behind = CONFIG.replacen("[[strategy]]", &format!("{ether}[[strategy]]"), 1);
    let before = CONFIG.replacen("[[instrument]]", &format!("{ether}[[instrument]]"), 1);
    let mut desk = Desk::open_as(&behind, &["--seed", "31"]);
    desk.start(&[]);
    rests(&desk, "BTCUSDT", "20000");
    desk.says(&["kill", "--level", "3"]);
    desk.until_venue("nothing is open", |venue| venue.open.is_empty());
    // Nothing is held that could tell one contract from the other.
    again(&mut desk, &before);
    rests(&desk, "BTCUSDT", "20001");
    rests(&desk, "ETHUSDT", "20002");
    desk.until_venue("both rest", |venue| venue.open.len() == 2);
    let named = |list: &[(&str, i64)]| -> Vec<_> {
        list.iter().map(|(symbol, price)| ((*symbol).to_owned(), *price)).collect()
    };
    assert_eq!(taken(&desk), named(&[("BTCUSDT", 20_000), ("BTCUSDT", 20_001), ("ETHUSDT", 20_002)]));
    // What is held and what rests stays the contract's that it is.
    types(&desk, &["order", "place", "buy", "0.010", "ETHUSDT"]);
    desk.until_venue("held and resting", |venue| venue.net == 10 && venue.open.len() == 2);
    again(&mut desk, &behind);
    desk.until("the position is the contract's", |status| {
        net(status, "ETHUSDT") == 10 && net(status, "BTCUSDT") == 0
    });
    rests(&desk, "ETHUSDT", "20003");
    desk.until_venue("it rests too", |venue| venue.open.len() == 3);
    assert_eq!(taken(&desk).last(), named(&[("ETHUSDT", 20_003)]).first());
    desk.says(&["kill", "--level", "4"]);
    desk.until_venue("flat", |venue| venue.net == 0 && venue.open.is_empty());
    let mut fills = desk.log().into_iter().filter(|entry| entry.what == "fill");
    assert!(fills.all(|fill| fill.symbol == "ETHUSDT"), "nothing of the other was bought or sold");
}

#[test]
fn a_book_that_cannot_go_on_and_has_orders_at_its_broker_halts_the_start_that_does_not_show_them() {
    let mut desk = Desk::open_as(CONFIG, &["--seed", "33"]);
    desk.start(&[]);
    rests(&desk, "BTCUSDT", "20000");
    desk.until_venue("it rests", |venue| venue.open.len() == 1);
    desk.signal(Signal::TERM);
    let began = Instant::now();
    while desk.is_alive() {
        assert!(began.elapsed() < PATIENCE, "{}", desk.story());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let other = CONFIG.replace("symbol = \"BTCUSDT\"\nvenue", "symbol = \"BTCX\"\nvenue");
    let other = other.replace("instrument = \"BTCUSDT\"", "instrument = \"BTCX\"");
    desk.reap();
    fs::write(desk.dir.path().join("flightdeck.toml"), other.replace("URL", &desk.url)).unwrap();
    desk.start(&[]);
    desk.until("halted", |status| status["kill"]["level"] == "K1");
    let alerts = told(&desk.says(&["alerts"]));
    assert!(alerts.contains("the old book has 0 positions and 1 open orders at its brokers"), "{alerts}");
}
