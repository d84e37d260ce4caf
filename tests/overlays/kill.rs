//! The kill panel: latched before it is drawn, further rungs by count and scope, the report, the way out.

use crate::support::asks::*;
use crate::support::{BTC, Desk, ETH, MM, NOW, TREND, ascii, scene, text};
use flightdeck::model::*;

fn kill(level: KillLevel, scope: Scope) -> impl Fn(&Command) -> bool {
    move |command| matches!(command, Command::Kill { level: one, scope: at, .. } if *one == level && *at == scope)
}

/// The engine takes the kill as asked.
fn raised(desk: &mut Desk, level: KillLevel, scope: Scope) -> u64 {
    let (actor, reason) = (Actor::Operator, Reason::new("kill key"));
    desk.control(ControlEvent::KillRaised { level, scope, actor, reason, request: None })
}

fn cancel(desk: &mut Desk, id: OrderId, cause: u64) {
    let client_id = desk.state.orders.get(id).unwrap().client_id;
    let event = OrderEvent::CancelRequested { id, client_id, actor: Actor::Watchdog, request: None };
    desk.event(Event::Order(event), Some(cause));
}

fn canceled(desk: &mut Desk, id: OrderId) {
    let event = OrderEvent::Canceled { id, reason: "by request".into(), venue_time: NOW };
    desk.wait(46).event(Event::Order(event), None);
}

#[test]
fn the_kill_key_latches_before_anything_is_drawn_and_asks_nothing() {
    for key in ["^K", "!"] {
        let mut desk = opened(Mode::Analyze, key);
        assert_eq!(desk.switch.global(), KillLevel::K1, "{key}");
        let sent = sent(&mut desk);
        assert!(sent.len() == 1 && sent.iter().all(kill(KillLevel::K1, Scope::All)), "{sent:?}");
    }
}

#[test]
fn the_kill_key_works_before_the_first_snapshot() {
    let mut desk = scene(Mode::Analyze, ascii());
    let _start = asks(&mut desk);
    desk.press("^K");
    assert_eq!(desk.switch.global(), KillLevel::K1);
}

#[test]
fn a_second_kill_key_neither_kills_again_nor_stacks_panels() {
    let mut desk = opened(Mode::Analyze, "^K ^K ^K");
    assert_eq!(sent(&mut desk).len(), 1);
    assert!(seen(&mut desk, NOW).contains("KILL SWITCH"));
    desk.press("Esc");
    assert!(!seen(&mut desk, NOW).contains("KILL SWITCH"));
    assert_eq!(desk.switch.global(), KillLevel::K1, "Esc leaves it standing");
}

#[test]
fn a_kill_the_engine_never_answered_is_told_again_by_the_next_press() {
    let mut desk = opened(Mode::Analyze, "^K");
    assert_eq!(sent(&mut desk).len(), 1);
    let _second = desk.app.wants_frame(later(1_500));
    press_at(&mut desk, "^K", later(1_600));
    assert_eq!(sent(&mut desk).len(), 1, "no answer for a second: the engine is asked again");
}

#[test]
fn the_panel_counts_what_each_rung_would_do() {
    let mut desk = opened(Mode::Analyze, "^K");
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("cancel 3 entries; 1 protective stops KEPT A-5"), "{frame}");
    assert!(frame.contains("cancel all 4 orders, 1 of them UNKNOWN"), "{frame}");
    assert!(frame.contains("close 2 positions, reduce-only at market"), "{frame}");
    assert!(frame.contains("mm-btc BTCUSDT ~+0.120, trend-eth ETHUSDT ~-1.500"), "{frame}");
}

/// Long 0.120 at bid 64,213.3 under mid 64,213.35; short 1.5 at ask 3,104.50 over mid 3,104.00: spread 0.006 + 0.75.
/// Fees 0.0004 × (0.120 × 64,213.3 + 1.5 × 3,104.5) = 3.0822 + 1.8627.
#[test]
fn the_cost_of_flattening_is_spread_and_taker_fees() {
    let mut desk = opened(Mode::Analyze, "^K");
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("closing: ~-5.70 USDT spread ~-0.76 fees ~-4.94"), "{frame}");
    assert!(frame.contains("1 DEEPER"), "ETH has a quote but no depth: {frame}");
}

#[test]
fn enter_raises_to_k2_and_a_to_k3_once_each() {
    let mut desk = opened(Mode::Analyze, "^K Enter Enter a a");
    let sent = sent(&mut desk);
    let expected = [KillLevel::K1, KillLevel::K2, KillLevel::K3].map(|level| kill(level, Scope::All));
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent.iter().zip(expected).all(|(one, is)| is(one)), "{sent:?}");
    assert!(seen(&mut desk, NOW).contains("K3 stands already"));
}

#[test]
fn flat_must_be_typed_exactly() {
    for wrong in [
        "f l a t",
        "f l a t Enter",
        "F L A T",
        "F L A Enter",
        "F L A F L A",
        "f Enter",
        "F F L A",
        "F L Space A T",
    ] {
        let mut desk = opened(Mode::Analyze, "^K f");
        desk.press(wrong);
        assert_eq!(sent(&mut desk).len(), 1, "{wrong}: only the K1 of the key");
        assert_eq!(desk.switch.global(), KillLevel::K1, "{wrong}");
    }
    let mut desk = opened(Mode::Analyze, "^K f F L A T");
    assert_eq!(sent(&mut desk).len(), 1, "the word alone does nothing");
    desk.press("Enter");
    let sent = sent(&mut desk);
    assert!(sent.len() == 1 && sent.iter().all(kill(KillLevel::K4, Scope::All)), "{sent:?}");
}

#[test]
fn a_pasted_flat_flattens_nothing() {
    let mut desk = opened(Mode::Analyze, "^K f");
    paste(&mut desk, "FLAT\n");
    assert_eq!(desk.switch.global(), KillLevel::K1);
    assert_eq!(sent(&mut desk).len(), 1);
}

#[test]
fn a_narrowed_scope_narrows_further_rungs_and_the_latch_for_all_stays() {
    let mut desk = opened(Mode::Analyze, "^K s");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("further rungs only for mm-btc; what is latched stays latched"), "{frame}");
    assert!(frame.contains("cancel 2 entries; 0 protective"), "{frame}");
    desk.press("Enter i a v");
    let sent = sent(&mut desk);
    assert!(kill(KillLevel::K1, Scope::All)(&sent[0]));
    assert!(kill(KillLevel::K2, Scope::Strategy(MM))(&sent[1]));
    assert!(kill(KillLevel::K3, Scope::Instrument(BTC))(&sent[2]));
    assert_eq!(desk.switch.global(), KillLevel::K1);
}

#[test]
fn the_reason_typed_goes_with_the_next_rung() {
    let mut desk = opened(Mode::Analyze, "^K w");
    type_text(&mut desk, "fills look wrong!", NOW);
    desk.press("Enter Enter");
    let sent = sent(&mut desk);
    let Some(Command::Kill { level: KillLevel::K2, reason, .. }) = sent.last() else { panic!("{sent:?}") };
    assert_eq!(reason.as_str(), "fills look wrong!");
}

#[test]
fn a_half_typed_ticket_is_there_again_after_the_kill() {
    let mut desk = opened(Mode::Analyze, "b 0 . 0 5");
    desk.press("^K");
    let first = asks(&mut desk).into_iter().find(|ask| matches!(ask, flightdeck::wire::Ask::Command(_)));
    let Some(flightdeck::wire::Ask::Command(request)) = first else { panic!("no command") };
    assert!(kill(KillLevel::K1, Scope::All)(&request.command));
    assert!(seen(&mut desk, NOW).contains("KILL SWITCH"));
    desk.press("Esc");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("BUY BTCUSDT") && frame.contains("0.05"), "{frame}");
}

#[test]
fn an_exclamation_mark_in_a_number_is_the_kill_key_too() {
    let desk = opened(Mode::Analyze, "b 0 . 0 !");
    assert_eq!(desk.switch.global(), KillLevel::K1);
}

#[test]
fn the_report_shows_each_order_its_time_and_evidence_and_what_is_open_first() {
    let mut desk = opened(Mode::Analyze, "^K");
    let open: Vec<OrderId> = desk.state.orders.open().iter().map(|order| order.id).collect();
    let cause = raised(&mut desk, KillLevel::K2, Scope::All);
    cancel(&mut desk, open[1], cause);
    cancel(&mut desk, open[2], cause);
    canceled(&mut desk, open[1]);
    let frame = text(&desk.frame(120, 40));
    let rows: Vec<&str> = frame.lines().collect();
    let at = |words: &str| {
        rows.iter().position(|row| row.contains(words)).unwrap_or_else(|| panic!("{words}\n{frame}"))
    };
    assert!(at("pending") < at("ok, canceled"), "{frame}");
    assert!(rows[at("ok, canceled")].contains("46ms"), "{frame}");
    assert!(rows[at("ok, canceled")].contains(&format!("ev {}", desk.state.seq.get())), "{frame}");
    assert!(frame.contains("2 lines, 1 open"), "{frame}");
    assert!(frame.contains("WAIT UNKNOWN 1"), "{frame}");
    assert!(frame.contains("WAIT orders to cancel"), "{frame}");
}

#[test]
fn a_flatten_that_waits_for_a_price_stands_out() {
    let mut desk = opened(Mode::Analyze, "^K");
    let cause = raised(&mut desk, KillLevel::K4, Scope::All);
    let held =
        ControlEvent::FlattenHeld { strategy: TREND, instrument: ETH, why: Reason::new("no usable price") };
    desk.event(Event::Control(held), Some(cause));
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("!close  trend-eth ETHUSDT") && frame.contains("HELD"), "{frame}");
    assert!(frame.contains("   no usable price"), "why it waits stands below it: {frame}");
    assert!(frame.contains("WAIT positions to close 2"), "{frame}");
}

#[test]
fn what_closes_a_position_is_no_stop_that_a_rung_keeps() {
    let mut desk = opened(Mode::Analyze, "^K");
    let before = text(&desk.frame(120, 40));
    assert!(before.contains("protective stops KEPT"), "{before}");
    let kept = |frame: &str| frame.lines().find(|row| row.contains("protective stops")).map(str::to_owned);
    let request = NewOrder {
        strategy: TREND,
        instrument: ETH,
        side: Side::Sell,
        qty: "1".parse().unwrap(),
        kind: OrderKind::Market,
        tif: TimeInForce::Ioc,
        post_only: false,
        reduce_only: true,
        mode: Mode::Analyze,
        label: Label::new(NewOrder::FLATTEN),
    };
    let submitted = OrderEvent::Submitted {
        id: OrderId::new(900),
        client_id: ClientOrderId::from_bits(900),
        order: request,
        actor: Actor::Watchdog,
        request: None,
        venue_reduce_only: true,
        rules: 0,
        leg: None,
        link: None,
    };
    desk.event(Event::Order(submitted), None);
    assert_eq!(kept(&text(&desk.frame(120, 40))), kept(&before));
}

#[test]
fn a_kill_that_is_done_says_what_of_others_goes_on_working() {
    let mut desk = opened(Mode::Analyze, "^K");
    let ours = |order: &&Order| order.request.instrument == ETH;
    let open: Vec<OrderId> = desk.state.orders.open().iter().filter(ours).map(|order| order.id).collect();
    let cause = raised(&mut desk, KillLevel::K3, Scope::Instrument(ETH));
    for id in open {
        cancel(&mut desk, id, cause);
        canceled(&mut desk, id);
    }
    let theirs = OrderSnapshot {
        order: ClientOrderId::from_bits(7),
        venue_id: VenueOrderId("26112200001".into()),
        instrument: ETH,
        side: Side::Sell,
        qty: "3".parse().unwrap(),
        filled: "1".parse().unwrap(),
        kind: OrderKind::Limit { price: "4000".parse().unwrap() },
        status: OrderStatus::Working,
        at: NOW,
    };
    let told = OrdersSnapshot { open: vec![theirs], fills: 0, at: NOW, account: AccountId::FIRST };
    desk.event(Event::Account(AccountEvent::Orders { snapshot: Box::new(told) }), None);
    let frame = text(&desk.frame(120, 40));
    assert!(frame.contains("Orders of others, not touched: SELL 2"), "{frame}");
    assert!(frame.contains("ETHUSDT 26112200001"), "{frame}");
    assert!(frame.contains("K3 all orders canceled, 1 of others at work: ETHUSDT"), "{frame}");
}

#[test]
fn a_resume_without_a_reason_is_refused_here_and_in_words() {
    let mut desk = opened(Mode::Analyze, "^K r Enter");
    assert_eq!(sent(&mut desk).len(), 1, "only the kill");
    assert!(seen(&mut desk, NOW).contains("a reason is needed"));
    type_text(&mut desk, "stale feed fixed", NOW);
    desk.press("Enter");
    let sent = sent(&mut desk);
    let [Command::Resume { reason }] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(reason.as_str(), "stale feed fixed");
    assert!(seen(&mut desk, NOW).contains("KILL SWITCH"), "the panel stays below");
}

#[test]
fn after_a_resume_the_panel_says_that_it_trades() {
    let mut desk = opened(Mode::Analyze, "^K Enter Enter");
    assert!(seen(&mut desk, NOW).contains("K2 stands already: canceling entries"));
    raised(&mut desk, KillLevel::K1, Scope::All);
    let raises = desk.switch.read(Scope::All).unwrap().raises;
    assert!(desk.switch.lower(Scope::All, KillLevel::K0, raises));
    desk.control(ControlEvent::Resumed {
        actor: Actor::Operator,
        reason: Reason::new("fixed"),
        request: None,
    });
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("no kill stands: trading"), "{frame}");
    assert!(!frame.contains("stands already") && !frame.contains("leave it standing"), "{frame}");
}

#[test]
fn a_panel_of_one_strategy_never_calls_flat_what_another_holds() {
    let mut desk = opened(Mode::Analyze, "j j ^K s");
    let frame = seen(&mut desk, NOW);
    assert!(frame.contains("no position is open in pairs-x; elsewhere: "), "{frame}");
    assert!(frame.contains("trend-eth ETHUSDT ~-1.500"), "{frame}");
}
