//! What terminals and people do to a cockpit: windows of every size, pastes of anything.

use crate::pilot::{Pilot, Place, STRATEGIES_OFF};

#[test]
fn two_hundred_window_sizes_leave_it_alive_and_right() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &[]);
    pilot.is_up();
    for round in 0..200_u16 {
        let (cols, rows) = match round % 5 {
            0 => (1, 1),
            1 => (500, 200),
            2 => (1 + round, 1 + round / 4),
            3 => (300 - round, 2),
            _ => (2, 100),
        };
        pilot.resizes(cols, rows);
        if round % 8 == 0 {
            pilot.look();
        }
    }
    pilot.resizes(80, 24);
    pilot.until("80 columns again", |screen| {
        let rows: Vec<&str> = screen.lines().collect();
        let is_bar = |row: Option<&&str>| row.is_some_and(|row| row.starts_with(".. ANALYZE .."));
        is_bar(rows.first())
            && is_bar(rows.last())
            && screen.contains("diff 0")
            && screen.contains("6 EVENTS")
    });
    assert_eq!(pilot.leaves(), 0);
    assert_eq!(place.crashes(), Vec::<String>::new());
}

#[test]
fn a_paste_of_anything_does_nothing() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, STRATEGIES_OFF);
    pilot.is_up();
    let line = b"b 1\r\n\x1b[A\x1bOP\x0b!\x03q\rX\r:kill 4\r\x1b]0;title\x07\x1b[?1049l\xff\xfe\xe2\x82";
    let paste = line.repeat(100_000 / line.len() + 1);
    pilot.sends(b"\x1b[200~");
    paste.chunks(1_024).for_each(|part| {
        pilot.sends(part);
        pilot.look();
    });
    pilot.sends(b"\x1b[201~");
    pilot.views("8", "8 LOG");
    pilot.press("1");
    let screen = pilot.is_up();
    assert!(screen.contains(".. ANALYZE ..") && !screen.contains("KILLED"), "{screen}");
    let told = place.ask(&["journal", "--topic", "order"]);
    assert!(!told.contains("submitted"), "{told}");
    // Into a text field it goes as text, and no line of it ends the field.
    pilot.press(":");
    pilot.sends(b"\x1b[200~kill 4\rkill 4\n\x1b[201~");
    pilot.sees("kill 4kill 4");
    pilot.escapes("kill 4kill 4");
    assert!(!pilot.screen().contains("KILLED"));
    assert_eq!(pilot.leaves(), 0);
    assert_eq!(place.crashes(), Vec::<String>::new());
}
