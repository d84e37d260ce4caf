//! The option chain by strike: what stands in it, how it is walked, and that a key on a cell trades that contract.

use super::options::{INDEX, chain, chain_of};
use crate::support::asks::*;
use crate::support::{Desk, NOW, ascii, instrument, price, scene, text};
use flightdeck::model::*;

/// The contract of a symbol.
fn named(desk: &Desk, symbol: &str) -> InstrumentId {
    let all = &desk.state.genesis().instruments;
    all.iter().find(|one| one.symbol.as_str() == symbol).unwrap_or_else(|| panic!("no {symbol}")).id
}

/// Two calls bought by hand, one put sold, and an order that works.
fn traded() -> Desk {
    let mut desk = chain();
    let limit = |at: &str| OrderKind::Limit { price: price(at) };
    for (symbol, side, amount, at) in
        [("SYNX-O1-24500CE", Side::Buy, "2", "108.00"), ("SYNX-O1-24400PE", Side::Sell, "1", "112.00")]
    {
        let id = named(&desk, symbol);
        let order = desk.order(StrategyId::MANUAL, id, side, amount, limit(at));
        let order = desk.submit(order, None);
        desk.accept(order);
        desk.fill(order, amount, at, "0");
    }
    let id = named(&desk, "SYNX-O1-24600CE");
    let order = desk.order(StrategyId::MANUAL, id, Side::Buy, "3", limit("109.00"));
    let order = desk.submit(order, None);
    desk.accept(order);
    desk.trade(id, "110.50", "4", Side::Buy);
    desk.quote(id, "109.55", "110.60");
    desk
}

fn row<'a>(frame: &'a str, strike: &str) -> &'a str {
    frame.lines().find(|line| line.contains(strike)).unwrap_or_else(|| panic!("{strike}\n{frame}"))
}

/// What stands left and right of a strike.
fn sides<'a>(frame: &'a str, strike: &str) -> (&'a str, &'a str) {
    row(frame, strike).split_once(strike).unwrap()
}

#[test]
fn calls_stand_left_puts_right_and_what_we_hold_beside_the_strike() {
    let mut desk = traded();
    desk.press("g c");
    let frame = text(&desk.frame(80, 24));
    assert!(frame.contains("CHAIN SYNX 24,512.00") && frame.contains("29 Aug 2026, 7d 0h"), "{frame}");
    assert!(frame.contains("CALLS  1 held, 1 working") && frame.contains("1 held  PUTS"), "{frame}");
    let (calls, puts) = sides(&frame, "24,500");
    assert!(calls.trim_end().ends_with("~+2 >"), "held, at the money: {frame}");
    assert!(puts.starts_with('<') && puts.contains("110.00") && !puts.contains('~'), "{frame}");
    let (calls, puts) = sides(&frame, "24,400");
    assert!(!calls.contains('~') && puts.trim_start().starts_with("~-1"), "{frame}");
    let (calls, _) = sides(&frame, "24,600");
    for words in ["B", "110.50", "109.55", "110.60"] {
        assert!(calls.contains(words), "{words}: {frame}");
    }
    // What the cursor stands on, in full.
    assert!(frame.contains("SYNX-O1-24500CE  manual ~+2"), "{frame}");
}

#[test]
fn a_key_on_a_cell_opens_the_ticket_of_that_contract() {
    for (keys, title) in [
        ("b", "BUY SYNX-O1-24500CE"),
        ("s", "SELL SYNX-O1-24500CE"),
        ("Enter", "BUY SYNX-O1-24500CE"),
        ("l s", "SELL SYNX-O1-24500PE"),
        ("j j l b", "BUY SYNX-O1-24700PE"),
        ("k h b", "BUY SYNX-O1-24400CE"),
        ("G b", "BUY SYNX-O1-24700CE"),
        ("g g l s", "SELL SYNX-O1-24300PE"),
        ("] b", "BUY SYNX-O2-24500CE"),
        ("j ] l b", "BUY SYNX-O2-24600PE"),
        ("] [ b", "BUY SYNX-O1-24500CE"),
        ("G z z b", "BUY SYNX-O1-24500CE"),
    ] {
        let mut desk = chain();
        desk.press("g c");
        desk.press(keys);
        let frame = seen(&mut desk, NOW);
        assert!(frame.contains(title), "{keys}: {title}\n{frame}");
        assert!(sent(&mut desk).is_empty(), "{keys}: motion and tickets send nothing");
    }
}

#[test]
fn two_beats_from_a_cell_send_one_order_for_it() {
    let mut desk = chain();
    desk.press("g c j l b 2");
    answered(&mut desk, NOW, None);
    press_at(&mut desk, "Enter", later(1));
    press_at(&mut desk, "Enter", later(400));
    let all = sent(&mut desk);
    let [Command::Submit { order }] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((order.instrument, order.side), (named(&desk, "SYNX-O1-24600PE"), Side::Buy));
}

#[test]
fn the_money_is_where_the_underlying_is() {
    let mut desk = chain();
    desk.press("g c");
    assert!(seen(&mut desk, NOW).contains(">24,500<"));
    desk.quote(INDEX, "24586.00", "24587.00");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains(">24,600<") && frame.contains("SYNX 24,586.50"), "{frame}");
}

#[test]
fn the_cursor_stays_on_its_contract_when_the_money_moves_before_the_key_is_pressed() {
    let mut desk = chain();
    desk.press("g c");
    assert!(seen(&mut desk, NOW).contains(">24,500<"));
    desk.quote(INDEX, "24586.00", "24587.00");
    desk.press("b");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("BUY SYNX-O1-24500CE"), "{frame}");
}

#[test]
fn a_chain_higher_than_the_screen_scrolls_with_the_cursor() {
    let strikes: Vec<String> = (0..40).map(|step| (23_500 + step * 50).to_string()).collect();
    let strikes: Vec<&str> = strikes.iter().map(String::as_str).collect();
    let mut desk = chain_of(&strikes);
    desk.press("g c");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains(">24,500<") && !frame.contains("23,500"), "begins at the money\n{frame}");
    desk.press("g g");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("23,500") && !frame.contains("25,450"), "{frame}");
    desk.press("G");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("25,450") && !frame.contains("23,500"), "{frame}");
    let wide = text(&desk.frame(200, 60));
    assert!(wide.contains("25,450"), "{wide}");
}

#[test]
fn what_is_too_old_or_has_no_quote_says_so_in_the_cell() {
    let mut desk = chain();
    desk.press("g c");
    let frame = text(&desk.frame_at(80, 24, later(3_500)));
    assert!(row(&frame, "24,600").matches("STALE").count() == 2, "{frame}");
    let mut genesis = desk.state.genesis().clone();
    genesis.run = RunId::new(8);
    let mut desk = Desk::new(genesis, ascii());
    let _frame = desk.frame(80, 24);
    desk.press("g c");
    let frame = text(&desk.frame(80, 24));
    assert!(frame.contains("SYNX no price") && row(&frame, "24,600").contains("--"), "{frame}");
}

#[test]
fn another_underlying_is_a_key_and_a_word_away() {
    let mut desk = chain();
    let mut genesis = desk.state.genesis().clone();
    let index = InstrumentId::new(u16::try_from(genesis.instruments.len()).unwrap());
    let mut other = instrument(index, "BANKX", "pt", "0.05", "1");
    other.listing.class = Class::Index;
    genesis.instruments.push(other);
    let expiry = NOW.after(Span::from_secs(3 * 86_400));
    for (at, right) in [(1, Right::Call), (2, Right::Put)] {
        let id = InstrumentId::new(index.get() + at);
        let mut one = instrument(id, &format!("BANKX-O1-51000{}", right.as_str()), "lot", "0.05", "1");
        one.listing.class = Class::Option { underlying: index, expiry, strike: price("51000"), right };
        genesis.instruments.push(one);
    }
    let limits = *genesis.limits.instrument(INDEX);
    genesis.limits.instruments = vec![limits; genesis.instruments.len()];
    desk = Desk::new(genesis, ascii());
    let _frame = desk.frame(80, 24);
    desk.press("g c }");
    assert!(seen(&mut desk, NOW).contains("CHAIN BANKX"));
    desk.press("{");
    assert!(seen(&mut desk, NOW).contains("CHAIN SYNX"));
    desk.press("{");
    assert!(seen(&mut desk, NOW).contains("no underlying before SYNX has options"));
    desk.press("1 :");
    type_text(&mut desk, "chain bankx", NOW);
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("BANKX-O1-51000CE"));
    desk.press(":");
    type_text(&mut desk, "chain synx 2", NOW);
    press_at(&mut desk, "Enter", NOW);
    assert!(seen(&mut desk, NOW).contains("SYNX-O2-24500CE"));
    for (words, why) in
        [("chain synx 3", "synx has 2 expiries"), ("chain BTCUSDT", "no options are listed on BTCUSDT")]
    {
        desk.press(":");
        type_text(&mut desk, words, NOW);
        press_at(&mut desk, "Enter", NOW);
        let frame = seen(&mut desk, NOW);
        assert!(frame.contains(why), "{frame}");
        desk.press("Esc");
    }
}

#[test]
fn from_a_cell_its_orders_are_canceled_and_its_position_is_closed() {
    let mut desk = traded();
    let _start = asks(&mut desk);
    desk.press("g c c");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("manual holds ~+2 SYNX-O1-24500CE"), "{frame}");
    desk.press("Esc j X");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("SYNX-O1-24600CE"), "{frame}");
    desk.press("Enter");
    let all = sent(&mut desk);
    let scope = Scope::Instrument(named(&desk, "SYNX-O1-24600CE"));
    assert!(matches!(all.as_slice(), [Command::CancelAll { scope: one }] if *one == scope), "{all:?}");
}

#[test]
fn a_run_without_options_says_how_to_come_by_some() {
    let mut desk = scene(Mode::Analyze, ascii());
    desk.press("g c");
    for (width, height) in [(80, 24), (200, 60), (60, 16)] {
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("no options are listed in this run"), "{frame}");
        assert!(frame.contains("flightdeck run --profile options"), "{frame}");
    }
    desk.press("b s Enter j l ] }");
    assert!(sent(&mut desk).is_empty());
}

#[test]
fn on_a_small_screen_the_chain_keeps_strikes_marks_and_what_we_hold_and_says_what_is_left_out() {
    let mut desk = traded();
    let _frame = desk.frame(40, 10);
    desk.press("g c");
    for (width, height) in [(40, 8), (40, 10), (59, 15), (60, 15)] {
        let frame = text(&desk.frame(width, height));
        assert!(frame.contains("SYNX 24,512.00") && frame.contains("29 Aug"), "{frame}");
        let (calls, puts) = sides(&frame, "24,500");
        assert!(calls.contains("110") && calls.trim_end().ends_with("~+2 >"), "{frame}");
        assert!(puts.contains("110") && !puts.contains('~'), "{frame}");
    }
    let frame = text(&desk.frame(40, 10));
    assert!(frame.contains("wider also: bid, ask, orders"), "{frame}");
    desk.press("j b");
    assert!(text(&desk.frame(80, 24)).contains("BUY SYNX-O1-24600CE"), "the keys act on what is shown");
}

/// What was looked at and approved. `UPDATE_FRAMES=1` writes them anew: read them before they are kept.
#[test]
fn the_chain_is_as_it_was_read_and_approved() {
    let mut desk = traded();
    desk.press("g c j");
    for (width, height) in [(40, 10), (60, 15), (60, 16), (80, 24), (120, 40), (200, 60)] {
        golden(&format!("view-chain-{width}x{height}.txt"), &text(&desk.frame(width, height)));
    }
    for (width, height) in [(40, 8), (13, 2), (60, 18), (61, 17)] {
        desk.frame(width, height);
    }
}
