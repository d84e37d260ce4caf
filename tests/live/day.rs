//! A day at the broker in the cockpit: the login expires, the stream is cut and falls silent, somebody trades the account from
//! elsewhere; at its end everything that moved has an owner on the screen, and nothing differs.

use crate::arming::{desk, goes_live, orders, pilot};
use crate::desk::{Desk, PATIENCE, told};
use crate::pilot::{Pilot, Place, row};
use std::time::Instant;

/// Buys once, as soon as that is allowed: looks at whatever halts it, now or in between, and resumes it.
fn buys(desk: &Desk, pilot: &mut Pilot, qty: &str) {
    let (began, before) = (Instant::now(), desk.truth().fills);
    loop {
        let out = desk.says(&["order", "place", "buy", qty, "BTCUSDT"]);
        if out.status.success() || desk.truth().fills > before {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
        desk.says(&["resume", "--reason", "logged in, books looked at"]);
        pilot.lets_pass(300);
    }
}

/// How often the stream was told lost: it is back sooner than a slow screen draws.
fn losses(desk: &Desk) -> usize {
    let links = told(&desk.says(&["journal", "--topic", "link"]));
    links.lines().filter(|line| line.contains("down name stream")).count()
}

#[test]
fn a_day_at_the_broker_ends_with_every_difference_explained_on_the_screen() {
    let mut desk = desk(60, &["--stream-port", "0"]);
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
    // The stream is cut and then says nothing; meanwhile somebody buys from a phone.
    let (lost, began) = (losses(&desk), Instant::now());
    desk.operate("cut\nmute 5000");
    while losses(&desk) == lost {
        assert!(began.elapsed() < PATIENCE, "{}", pilot.screen());
        pilot.lets_pass(50);
    }
    desk.operate("foreign BUY 0.004 BTCUSDT CRYPTO NRML");
    pilot.until("it is nobody's of ours", |screen| row(screen, "EXTERNAL ").contains("+0.004"));
    // Ours fills all the same, and is ours.
    buys(&desk, &mut pilot, "0.002");
    pilot.until("it is ours", |screen| row(screen, " manual ").contains("+0.002"));
    // The order that rests is canceled from elsewhere.
    desk.operate("foreign-cancel");
    let canceled = |desk: &Desk| told(&desk.says(&["journal", "--topic", "order"])).contains(" canceled ");
    let began = Instant::now();
    while !canceled(&desk) {
        assert!(began.elapsed() < PATIENCE, "{}", pilot.screen());
        pilot.lets_pass(50);
    }
    let screen = pilot.until("everything is explained", |screen| {
        let account = row(screen, "║ = broker");
        account.contains("ok") && account.contains("+0.006") && account.contains("diff 0")
    });
    assert!(row(&screen, "EXTERNAL ").contains("+0.004"), "{screen}");
    let truth = desk.truth();
    assert_eq!((truth.net, truth.open.len()), (6, 0), "{truth:?}");
    // But for hundredths of cash, which a broker that tells no fees may differ by.
    desk.until("nothing else differs", |status| {
        status["books"]["lines"]
            .as_array()
            .is_some_and(|lines| lines.iter().all(|line| line["told_only"] == true))
    });
}
