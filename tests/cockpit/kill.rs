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
    pilot.showed("K1 by cli", |screen| is_raised(screen, "K1", "cli"));
    pilot.signals(Signal::USR1);
    pilot.showed("K3 by signal", |screen| is_raised(screen, "K3", "signal"));
    std::fs::write(place.data().join("KILL"), "4\n").unwrap();
    pilot.until("K4 by file", |screen| is_raised(screen, "K4", "file"));
    assert_eq!(pilot.leaves(), 0);
    assert!(pilot.is_restored().contains("K4 stands and will stand at the next start"));
    std::fs::remove_file(place.data().join("KILL")).unwrap();

    let mut again = Pilot::flies(&place, &[]);
    let names = ["sma-btc", "mm-btc", "brk-eth", "rev-eth"];
    let screen = again.until("K4 stands, and kills every strategy", |screen| {
        screen.contains("!! KILLED !!") && names.iter().all(|name| row(screen, name).contains(" KILL "))
    });
    assert!(screen.contains("K4") && screen.contains("halted by kill file: "), "{screen}");
    // Nobody resumes a book that goes on before it has been compared with the broker's, and is flat.
    place.gets(&["resume", "--reason", "looked at it"]);
    again.until("analyze again", |screen| {
        let bar = screen.lines().next().unwrap_or_default();
        bar.contains(".. ANALYZE ..") && !screen.contains("KILLED")
    });
    for name in names {
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
