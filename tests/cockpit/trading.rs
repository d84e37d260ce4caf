//! An operator's round: orders through the ticket, a cancel, a kill raised to flat with evidence, resumed; and the
//! records of it.

use crate::pilot::{Pilot, Place, STRATEGIES_OFF, row};

/// Both beats of an open ticket that the gate has passed.
fn sends_twice(pilot: &mut Pilot) {
    pilot.until("the gate's word", |screen| screen.contains("verdict    PASS"));
    pilot.press("Enter").sees("Enter again = SIMULATE");
    pilot.lets_pass(200);
    pilot.press("Enter").until("the ticket has gone", |screen| !screen.contains("CONFIRM"));
}

#[test]
fn orders_a_cancel_a_kill_to_flat_and_a_resume_by_hand() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, STRATEGIES_OFF);
    pilot.until("a quote of the first instrument", |screen| screen.contains("--- mid "));

    // A limit order far from the market, so that it works.
    pilot.press("b").sees("BUY BTCUSDT");
    pilot.types("0.01").press("Tab");
    pilot.press(&["Backspace"; 9].join(" ")).types("61500").sees("61500_");
    sends_twice(&mut pilot);
    pilot.until("it works", |screen| row(screen, "A-1 ").contains("WORKING"));
    assert!(row(&pilot.screen(), "A-1 ").contains("manual"), "{}", pilot.screen());

    // A market order, filled at once.
    pilot.press("b").sees("BUY BTCUSDT");
    pilot.types("0.02").press("S-Tab S-Tab Up").sees("[>MKT ]");
    sends_twice(&mut pilot);
    pilot.until("it is filled", |screen| row(screen, "A-2 ").contains("FILLED"));
    pilot.until("a position", |screen| row(screen, "│ manual ").contains("~+0.020"));

    // Cancel is one key on the row.
    pilot.views("4", "4 ORDERS");
    pilot.press("j x").until("it is canceled", |screen| row(screen, "A-1 ").contains("CANCELED"));

    // The kill key latches first; FLAT closes what is held and shows the evidence.
    pilot.marks().press("1 ^K").tells("KILL K1 all: latched");
    pilot.until("K1 by the operator", |screen| {
        screen.lines().next().is_some_and(|bar| bar.contains("K1") && bar.contains("operator"))
    });
    pilot.press("f").sees("type FLAT");
    pilot.types("FLAT").press("Enter");
    pilot.until("flat, with evidence", |screen| {
        let words = ["ok positions to close 0", "K4 flattened", "ok books = broker, diff 0"];
        row(screen, "close  manual A-3 ").contains("FILLED") && words.iter().all(|word| screen.contains(word))
    });
    pilot.escapes("KILL SWITCH");
    pilot.until("nothing held", |screen| {
        let manual = row(screen, "manual      KILL");
        manual.contains(" 0 ") || manual.contains(" ~0 ")
    });
    let killed = pilot.screen();
    assert!(killed.contains("!! KILLED !!"), "closing the panel lowers nothing\n{killed}");

    pilot.types(":resume drill over").press("Enter");
    let resumed = |screen: &str| screen.contains("drill over") && !screen.contains("KILLED");
    pilot.showed("trading again", resumed);
    assert_eq!(pilot.leaves(), 0);
    assert_eq!(pilot.is_restored(), "", "nothing is left behind, so nothing is said");
    let told = place.ask(&["journal", "--topic", "order"]);
    let submitted = told.matches(" submitted ").count();
    assert_eq!(submitted, 3, "one intent, one order\n{told}");
}

#[test]
fn the_id_on_the_screen_finds_quote_order_answer_and_fill_in_the_records() {
    let place = Place::new();
    let mut pilot = Pilot::flies(&place, &[]);
    let screen = pilot.tells(" FILL   mm-btc ");
    let fill = row(&screen, " FILL   mm-btc ");
    let cause = fill.trim_end_matches(['│', ' ']).rsplit(' ').next().unwrap_or_default().to_owned();
    assert_eq!(pilot.leaves(), 0);
    let told = place.ask(&["journal", "--trace", &cause]);
    let mut rest = told.as_str();
    for step in ["quote", "submitted", "accepted", "filled"] {
        let (_, after) =
            rest.split_once(step).unwrap_or_else(|| panic!("{step} in the chain of {cause}\n{told}"));
        rest = after;
    }
}

#[test]
fn an_option_is_bought_from_its_cell_in_the_chain() {
    let place = Place::new();
    let args = ["--profile", "options", "--set", "strategy.sma-fdx.armed=false"];
    let mut pilot = Pilot::flies(&place, &args);
    pilot.is_up();
    pilot.press("g c").until("quotes on both sides of the money", |screen| {
        let quoted = |strike: &str| row(screen, strike).matches('.').count() >= 4;
        screen.contains("CHAIN FDX 6,") && quoted("6,100") && quoted("5,900")
    });
    // Two strikes below the money, on the side of the puts.
    pilot.press("k k l").sees("PE");
    pilot.press("b").sees("BUY FDX-O1-");
    pilot.types("1").press("S-Tab S-Tab Up").sees("[>MKT ]");
    sends_twice(&mut pilot);
    pilot.until("what it holds is in the chain", |screen| {
        let held = screen.lines().any(|line| line.contains("FDX-O1-") && line.contains("PE  manual ~+1"));
        held && screen.contains("1 held  PUTS")
    });
    pilot
        .press("]")
        .until("the next expiry", |screen| screen.contains("2 of 2") && screen.contains("FDX-O2-"));
    assert_eq!(pilot.leaves(), 0);
}
