//! Kills from outside the terminal: latched in the running process, shown with who raised them, standing over a restart.

use crate::pilot::{Pilot, Place, row};
use rustix::process::Signal;

#[test]
fn every_way_to_kill_from_outside_latches_and_stands_until_a_human_resumes() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.is_up();
    place.ask(&["kill", "--level", "1", "--reason", "what is this"]);
    let screen = pilot.sees("!! KILLED !!");
    assert!(screen.lines().last().is_some_and(|row| row.contains("!! KILLED !!")), "{screen}");
    pilot.until("K1 by cli", |screen| is_raised(screen, "K1", "cli"));
    pilot.signals(Signal::USR1);
    pilot.until("K3 by signal", |screen| is_raised(screen, "K3", "signal"));
    std::fs::write(place.data().join("KILL"), "4\n").unwrap();
    pilot.until("K4 by file", |screen| is_raised(screen, "K4", "file"));
    assert_eq!(pilot.leaves(), 0);
    assert!(pilot.is_restored().contains("K4 stands and will stand at the next start"));
    std::fs::remove_file(place.data().join("KILL")).unwrap();

    let mut again = Pilot::flies(&place, &[]);
    let screen =
        again.until("K4 stands", |screen| screen.contains("!! KILLED !!") && screen.contains("6 EVENTS"));
    assert!(screen.contains("K4") && screen.contains("halted by kill file: "), "{screen}");
    for name in ["sma-btc", "mm-btc", "brk-eth", "rev-eth"] {
        assert!(row(&screen, name).contains(" KILL "), "{name} is killed\n{screen}");
    }
    // Nobody resumes a book that goes on before it has been compared with the broker's.
    again.until("the books are compared", |screen| screen.contains("diff 0, checked"));
    place.ask(&["resume", "--reason", "looked at it"]);
    let screen = again.until("analyze again", |screen| !screen.contains("KILLED"));
    assert!(screen.lines().next().is_some_and(|row| row.contains(".. ANALYZE ..")), "{screen}");
    for name in ["sma-btc", "mm-btc", "brk-eth", "rev-eth"] {
        again.until("disarmed until armed one by one", |screen| row(screen, name).contains(" off "));
    }
    assert_eq!(again.leaves(), 0);
    let mut third = Pilot::flies(&place, &[]);
    assert!(!third.is_up().contains("KILLED"), "resumed stays resumed");
    assert_eq!(third.leaves(), 0);
}

fn is_raised(screen: &str, level: &str, who: &str) -> bool {
    let bar = screen.lines().next().unwrap_or_default();
    bar.contains(level) && bar.contains(who)
}
