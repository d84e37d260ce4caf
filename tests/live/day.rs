//! A day at the broker in the cockpit: the login expires, the stream is cut and falls silent, somebody trades the account from
//! elsewhere; at its end everything that moved has an owner on the screen, and nothing differs.

use crate::arming::{desk, goes_live, orders, pilot};
use crate::desk::{Desk, PATIENCE, told};
use crate::pilot::{Pilot, Place, row};
use std::time::Instant;

/// Repeats what an operator types until it is done.
fn types(desk: &Desk, pilot: &mut Pilot, words: &[&str]) {
    let began = Instant::now();
    loop {
        let out = desk.says(words);
        if out.status.success() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
        pilot.lets_pass(300);
    }
}

/// Looks at what halted it, and lets it trade on.
fn resumes(desk: &Desk, pilot: &mut Pilot) {
    if !pilot.screen().contains("## LIVE ##") {
        types(desk, pilot, &["resume", "--reason", "logged in, books looked at"]);
    }
}

#[test]
fn a_day_at_the_broker_ends_with_every_difference_explained_on_the_screen() {
    let desk = desk(60, &["--stream-port", "0"]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    orders(&desk, &mut pilot);
    desk.until_venue("it rests", |venue| venue.open.len() == 1);
    // The daily logout: a state with the way out, and over when somebody has logged in.
    desk.operate("logout");
    pilot.sees("login expired: log in at");
    desk.operate("login");
    pilot.until("the broker is back", |screen| screen.contains("broker     up"));
    resumes(&desk, &mut pilot);
    // The stream is cut and then says nothing; meanwhile somebody buys from a phone.
    desk.operate("cut\nmute 5000");
    pilot.sees("stream     DOWN");
    desk.operate("foreign BUY 0.004 BTCUSDT CRYPTO NRML");
    pilot.until("it is nobody's of ours", |screen| row(screen, "EXTERNAL ").contains("+0.004"));
    // Ours fills all the same, and is ours.
    resumes(&desk, &mut pilot);
    types(&desk, &mut pilot, &["order", "place", "buy", "0.002", "BTCUSDT"]);
    pilot.until("it is ours", |screen| row(screen, " manual ").contains("+0.002"));
    // The order that rests is canceled from elsewhere.
    desk.operate("foreign-cancel");
    pilot.sees("CANCELED");
    let screen = pilot.until("everything is explained", |screen| {
        let account = row(screen, "║ = broker");
        account.contains("ok") && account.contains("+0.006") && account.contains("diff 0")
    });
    assert!(row(&screen, "EXTERNAL ").contains("+0.004"), "{screen}");
    let truth = desk.truth();
    assert_eq!((truth.net, truth.open.len()), (6, 0), "{truth:?}");
    let status = desk.status().unwrap();
    assert_eq!(status["books"]["lines"].as_array().map(Vec::len), Some(0), "{status:#}");
}
