//! Limits at the door: shown, tightened at once, loosened only late; what is not understood is never a number.

use super::desk::{Desk, EngineIs, until};
use super::orders::error;
use flightdeck::model::{DisplayText, Refusal};
use flightdeck::serve::{DoorReply, DoorRequest};

fn set(desk: &Desk, limit: &str, to: &str) -> DoorReply {
    desk.ask(&DoorRequest::SetLimit {
        limit: limit.parse().expect("a limit's name"),
        to: DisplayText::new(to),
    })
}

fn value(desk: &Desk, name: &str) -> String {
    let limits = desk.ask(&DoorRequest::Limits {}).limits.expect("all limits");
    limits.into_iter().find(|line| line.name.to_string() == name).expect("a limit of that name").value
}

#[test]
fn a_limit_is_tightened_at_once_and_loosened_only_late_and_with_a_second_word() {
    let desk = Desk::new(EngineIs::Running);
    until("names are known", || desk.ask(&DoorRequest::Status {}).status.is_some());
    for (name, tighter, looser) in [
        ("max_gross", "1000", "2000"),
        ("instrument:BTCUSDT.max_order_qty", "0.1", "0.2"),
        ("strategy:sma-btc.daily_loss", "5", "6"),
        ("messages_per_s", "3", "4"),
    ] {
        let reply = set(&desk, name, tighter);
        let line = &reply.limits.as_ref().unwrap()[0];
        assert!(reply.ok && line.waiting.is_none() && line.value == value(&desk, name), "{reply:?}");
        let before = line.value.clone();
        let asked = set(&desk, name, looser);
        let waiting = asked.limits.unwrap()[0].waiting.clone().unwrap();
        assert!(asked.ok && waiting.ready_in_ms > 0);
        assert_eq!(value(&desk, name), before, "asking changes nothing");
        let early = desk.ask(&DoorRequest::ConfirmLimit { limit: name.parse().unwrap() });
        assert_eq!(early.refusal, Some(Refusal::TooEarly));
        let why = error(&early);
        assert!(why.starts_with(&format!("{name}: the delay has not passed:")), "{why}");
        assert!(why.contains(" may be confirmed in "), "{why}");
    }
    let alerts = desk.ask(&DoorRequest::Status {}).status.unwrap().alerts;
    let told = |name: &str| alerts.iter().any(|one| one.text.as_str().contains(&format!("wants {name} at")));
    assert!(told("instrument:BTCUSDT.max_order_qty") && told("strategy:sma-btc.daily_loss"), "{alerts:?}");
    let above = set(&desk, "max_gross", "999999999");
    assert_eq!(above.refusal, Some(Refusal::Ceiling));
    let why = error(&above);
    assert!(why.starts_with("max_gross: it is above the ceiling") && why.contains("at most 250000"), "{why}");
}

#[test]
fn what_is_not_understood_changes_nothing_and_says_what_was_expected() {
    let desk = Desk::new(EngineIs::Running);
    until("names are known", || desk.ask(&DoorRequest::Status {}).status.is_some());
    let before = value(&desk, "max_gross");
    for text in ["", "1e3", "NaN", "-1", "5k", "1,000"] {
        assert!(error(&set(&desk, "max_gross", text)).contains("amount of money"), "{text}");
    }
    assert!(set(&desk, "max_gross", "1,000").malformed, "wrong usage, not a failure");
    assert!(error(&set(&desk, "messages_per_s", "2.5")).contains("whole number"));
    assert!(error(&set(&desk, "strategy:nobody.daily_loss", "1")).contains("sma-btc"));
    assert_eq!(value(&desk, "max_gross"), before);
    for (screen, shell) in [
        ("order_qty:BTCUSDT", "instrument:BTCUSDT.max_order_qty"),
        ("strategy_loss:sma-btc", "strategy:sma-btc.daily_loss"),
    ] {
        assert_eq!(screen.parse::<flightdeck::wire::LimitName>().unwrap().to_string(), shell);
    }
    for name in
        ["gross", "all.max_gross", "instrument:BTCUSDT.daily_loss", "strategy:sma-btc", "instrument:.x"]
    {
        assert!(name.parse::<flightdeck::wire::LimitName>().is_err(), "{name}");
    }
}

#[test]
fn the_delay_of_a_looser_limit_counts_by_our_clock_at_any_speed() {
    use flightdeck::config::{Settings, Speed};
    let delay = |speed: Speed| {
        let mut settings = Settings::default();
        settings.feed.speed = speed;
        flightdeck::runtime::genesis(&settings, flightdeck::model::RunId::new(1), Vec::new())
            .limits
            .loosen_delay
    };
    let real = delay(Speed::Permille(1_000));
    assert_eq!(delay(Speed::Permille(40_000)).millis(), real.millis() * 40);
}
