//! Orders that belong together: a leg is refused, the process dies or is killed between two of them, a stop is refused.

use crate::desk::{CONFIG, Desk, told};
use crate::judged::{alerts, asked, is_whole, rests, resumes};
use std::fs;

/// Two orders a second: of a basket most legs wait for their turn.
fn slowly() -> String {
    CONFIG
        .replace("messages_per_s = 200", "messages_per_s = 4")
        .replace("cancel_reserve = 5", "cancel_reserve = 2")
}

/// A basket of so many orders that rest.
fn basket(count: usize) -> Vec<String> {
    let mut words = vec!["order".to_owned(), "basket".to_owned()];
    for number in 0..count {
        words.extend(["--leg".to_owned(), format!("buy 0.001 BTCUSDT @{}", 20_000 + number)]);
    }
    words
}

fn says(desk: &Desk, words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    told(&desk.says(&words))
}

#[test]
fn a_basket_whose_second_leg_is_refused_holds_the_rest_and_a_crash_does_not_let_it_go() {
    let plan = tempfile::NamedTempFile::new().unwrap();
    fs::write(plan.path(), "placeorder 2 refuse\n").unwrap();
    let path = plan.path().display().to_string();
    let mut desk = Desk::open_as(&slowly(), &["--seed", "52", "--script", &path]);
    desk.start(&[]);
    let words = says(&desk, &basket(6));
    desk.until("it is held and told", |status| alerts(status, "batch"));
    let (placed, orders) = (asked(&desk, "placeorder"), desk.truth().open.len());
    assert!(placed < 6 && orders == placed - 1, "{placed} of which {orders} rest: {words}");
    desk.dies();
    desk.start(&[]);
    let status = desk.until("it is listed as it was left", |status| {
        status["book"]["batches"].as_array().is_some_and(|all| all.len() == 1)
    });
    assert_eq!(asked(&desk, "placeorder"), placed, "{status:#}");
    let verdict = is_whole(desk);
    assert_eq!(verdict.orders, orders);
}

#[test]
fn a_kill_in_the_middle_of_a_basket_lets_no_further_leg_go_and_takes_off_what_was_in_the_air() {
    let mut desk = Desk::open_as(&slowly(), &["--seed", "53"]);
    desk.start(&[]);
    desk.operate("begin placeorder slow 700");
    let out = {
        let words = basket(12);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut order = desk.command();
        order.args(&words).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        order.spawn().unwrap()
    };
    let mut out = out;
    desk.until_venue("the first leg is there", |venue| !venue.open.is_empty());
    desk.says(&["kill", "--level", "3"]);
    let sent = asked(&desk, "placeorder");
    assert!(sent < 12, "{sent}");
    desk.until("nothing is open", rests);
    desk.until_venue("nor at the venue", |venue| venue.open.is_empty());
    assert_eq!(asked(&desk, "placeorder"), sent, "no further leg");
    out.wait().unwrap();
    desk.operate("end placeorder");
    is_whole(desk);
}

#[test]
fn a_stop_the_broker_refuses_is_an_alarm_and_is_tried_again_until_the_position_is_gone() {
    let mut desk = Desk::open(&["--seed", "54"]);
    desk.start(&[]);
    let status = desk.until("a price", |status| status["instruments"][0]["bid"].is_string());
    let bid: f64 = status["instruments"][0]["bid"].as_str().unwrap().parse().unwrap();
    let stop = format!("{:.1}", bid * 0.9995);
    let out = desk.says(&["order", "bracket", "buy", "0.010", "BTCUSDT", "--stop", &stop]);
    assert!(out.status.success(), "{}", told(&out));
    desk.until_venue("it is held", |venue| venue.net == 10);
    desk.operate("begin placeorder refuse");
    desk.until("unprotected, and it is told", |status| alerts(status, "unprotected"));
    let refused = asked(&desk, "placeorder");
    desk.operate("end placeorder");
    desk.until_venue("it is tried again until it is gone", |venue| venue.net == 0 && venue.open.is_empty());
    assert!(asked(&desk, "placeorder") > refused);
    resumes(&mut desk);
    is_whole(desk);
}
