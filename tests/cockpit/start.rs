//! Taking off: within seconds everything an operator needs is on the screen, whatever its size.

use crate::pilot::{Pilot, Place};
use flightdeck::runtime::monotonic_nanos;

fn mode_is_in_the_first_and_last_row(screen: &str) {
    let rows: Vec<&str> = screen.lines().collect();
    let (first, last) = (rows.first().expect("a row"), rows.last().expect("a row"));
    assert!(first.contains(".. ANALYZE ..") && last.contains(".. ANALYZE .."), "{screen}");
}

/// Five seconds, in milliseconds; more where this machine is now so slow that a start of the program that does nothing takes
/// more than a fortieth of that.
fn seconds(place: &Place) -> u64 {
    let began = monotonic_nanos();
    place.cli(&["status"]);
    let one = (monotonic_nanos() - began) / 1_000_000;
    (40 * one).max(5_000)
}

#[test]
fn within_five_seconds_prices_depth_and_strategies_are_on_the_screen() {
    for size in [(80, 24), (120, 40), (200, 60), (40, 8)] {
        let place = Place::new();
        let began = monotonic_nanos();
        let mut pilot = Pilot::flies_on(&place, size, &[]);
        let screen = pilot.is_up();
        let took = (monotonic_nanos() - began) / 1_000_000;
        let most = seconds(&place);
        assert!(took < most, "{size:?}: {took} ms, where {most} ms are five seconds");
        mode_is_in_the_first_and_last_row(&screen);
        let names: &[&str] =
            if size.1 > 8 { &["sma-btc", "mm-btc", "brk-eth"] } else { &["sma-btc", "manual"] };
        for name in names {
            assert!(screen.contains(name), "{size:?}: {name}\n{screen}");
        }
        if size.1 > 8 {
            let screen = pilot.until("both sides of the book", |screen| {
                screen.contains("bid 6") && screen.contains("ask 6") && screen.contains("mid ")
            });
            mode_is_in_the_first_and_last_row(&screen);
        }
        assert_eq!(pilot.leaves(), 0);
        let words = pilot.is_restored();
        assert!(words.is_empty() || words.contains("the sandbox ended with"), "{words}");
        assert_eq!(place.crashes(), Vec::<String>::new());
    }
}
