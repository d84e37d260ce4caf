//! The paper venue's account: contract arithmetic, margin, the sandbox defects it must not have, and conservation.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, Contract, Instrument, Money, NetQty, OrderKind, OrderRequest,
    Side, Span, TimeInForce,
};
use flightdeck::sim::RawBody;
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use paper_desk::{Desk, INVERSE, LINEAR, config, inverse, linear, money, price, qty};
use proptest::prelude::*;

fn open() -> Desk {
    let mut desk = Desk::new(QueueModel::Trades);
    desk.book(&[("999.9", "50")], &[("1000.1", "50")]);
    desk
}

#[test]
fn a_linear_round_trip_pays_the_difference_less_fees() {
    let mut desk = open();
    desk.market_order(Side::Buy, "2");
    desk.market_order(Side::Sell, "2");
    let fees = money("1.0001") + money("0.9999");
    assert_eq!(desk.balance("USDT").cash, money("10000") - money("0.4") - fees);
}

#[test]
fn an_inverse_round_trip_pays_coins_by_the_contract_formula() {
    let mut desk = Desk::new(QueueModel::Trades);
    desk.book_of(INVERSE, &[("1999", "50")], &[("2000", "50")]);
    let order = desk.draft(Side::Buy, "8", OrderKind::Market);
    desk.submit(OrderRequest { instrument: INVERSE, ..order });
    desk.book_of(INVERSE, &[("2500", "50")], &[("2501", "50")]);
    let order = desk.draft(Side::Sell, "8", OrderKind::Market);
    desk.submit(OrderRequest { instrument: INVERSE, ..order });
    // 8 × 10 × (1/2000 − 1/2500) = 0.04 − 0.032
    assert_eq!(desk.balance("ETH").cash, money("10.008"));
}

#[test]
fn an_order_the_account_cannot_carry_is_rejected_with_the_numbers() {
    let mut desk = open();
    let order = desk.limit(Side::Buy, "101", "999");
    assert_eq!(desk.story(order), ["rejected: insufficient margin: needs 10100, free 10000 USDT"]);
    let order = desk.limit(Side::Buy, "100", "999");
    assert_eq!(desk.story(order), ["accepted"], "100 at the mark of 1000, a tenth of it: all there is");
    assert_eq!(desk.balance("USDT").free, Money::ZERO);
}

#[test]
fn both_sides_may_work_on_the_margin_of_the_larger() {
    let mut desk = open();
    desk.limit(Side::Buy, "90", "999");
    let order = desk.limit(Side::Sell, "90", "1001");
    assert_eq!(desk.story(order), ["accepted"]);
    assert_eq!(desk.balance("USDT").margin, money("9000"));
}

#[test]
fn an_exit_is_never_refused_for_margin() {
    let mut desk = open();
    desk.market_order(Side::Buy, "50");
    desk.limit(Side::Buy, "39", "999");
    desk.book(&[("899.9", "50")], &[("900.1", "50")]);
    assert!(desk.balance("USDT").free.is_negative(), "the market fell 10 %");
    let more = desk.limit(Side::Buy, "1", "890");
    assert!(desk.story(more).first().unwrap().starts_with("rejected: insufficient margin"));
    let exit = desk.limit(Side::Sell, "50", "901");
    assert_eq!(desk.story(exit), ["accepted"]);
}

#[test]
fn defect_1_cancel_all_also_cancels_resting_stops() {
    let mut desk = open();
    let orders = [
        desk.limit(Side::Buy, "1", "999"),
        desk.stop(Side::Buy, "1", "1010"),
        desk.stop(Side::Sell, "1", "990"),
    ];
    desk.ask(BrokerRequest::CancelAll);
    for order in orders {
        assert_eq!(desk.story(order), ["accepted", "canceled: canceled by cancel-all"]);
    }
    desk.trade("1020", "1", Side::Buy);
    desk.trade("980", "1", Side::Sell);
    assert_eq!((desk.all_fills().len(), desk.venue.working()), (0, 0));
    assert_eq!(desk.balance("USDT").margin, Money::ZERO);
}

#[test]
fn defect_2_margin_of_resting_orders_does_not_evaporate_on_other_fills_and_pnl_is_booked() {
    let mut desk = open();
    desk.book_of(INVERSE, &[("2000", "50")], &[("2001", "50")]);
    desk.limit(Side::Buy, "44", "999");
    assert_eq!(desk.balance("USDT").margin, money("4400"));
    desk.market_order(Side::Buy, "1");
    desk.market_order(Side::Sell, "1");
    let order = desk.draft(Side::Buy, "8", OrderKind::Market);
    desk.submit(OrderRequest { instrument: INVERSE, ..order });
    let balance = desk.balance("USDT");
    assert_eq!(balance.margin, money("4400"));
    assert_eq!(balance.cash, money("10000") - money("0.2") - money("1"), "spread and fees are booked");
}

#[test]
fn defect_3_canceling_a_protective_stop_invents_no_money() {
    let mut desk = open();
    desk.market_order(Side::Buy, "44");
    let before = desk.balance("USDT");
    let stop = desk.stop(Side::Sell, "44", "990");
    assert_eq!(desk.balance("USDT"), before, "an exit blocks nothing");
    desk.cancel(stop);
    assert_eq!(desk.balance("USDT"), before, "and gives nothing back");
    assert_eq!(before.margin, money("4400"));
}

#[test]
fn defect_4_no_order_works_that_is_not_counted_and_cancelable() {
    let mut desk = open();
    let old = desk.limit(Side::Buy, "1", "999");
    desk.wait(Span::from_secs(2 * 86_400));
    assert_eq!((desk.venue.working(), desk.balance("USDT").margin), (1, money("100")), "two sessions later");
    desk.ask(BrokerRequest::CancelAll);
    assert_eq!(desk.story(old), ["accepted", "canceled: canceled by cancel-all"]);
    desk.trade("998", "5", Side::Sell);
    assert!(desk.fills(old).is_empty());
}

/// One move of a random session.
#[derive(Debug, Clone)]
enum Move {
    Submit { inverse: bool, sell: bool, lots: i64, ticks: i64, kind: u8, flags: u8 },
    Cancel(usize),
    CancelAll,
    Trade { ticks: i64, lots: i64, sell: bool },
    Level { ticks: i64, lots: i64, sell: bool },
    Book { ticks: i64 },
    Wait(i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (any::<bool>(), any::<bool>(), 1..9_i64, -6..6_i64, 0..5_u8, 0..8_u8)
            .prop_map(|(inverse, sell, lots, ticks, kind, flags)| Move::Submit { inverse, sell, lots, ticks, kind, flags }),
        1 => (0..40_usize).prop_map(Move::Cancel),
        1 => Just(Move::CancelAll),
        4 => (-6..6_i64, 1..9_i64, any::<bool>()).prop_map(|(ticks, lots, sell)| Move::Trade { ticks, lots, sell }),
        4 => (-6..6_i64, 0..9_i64, any::<bool>()).prop_map(|(ticks, lots, sell)| Move::Level { ticks, lots, sell }),
        1 => (-6..6_i64).prop_map(|ticks| Move::Book { ticks }),
        2 => (0..40_000_i64).prop_map(Move::Wait),
    ];
    prop::collection::vec(one, 1..80)
}

fn at(ticks: i64) -> String {
    linear().step_price(price("1000"), ticks).map(|price| price.to_string()).unwrap_or_default()
}

fn side(sell: bool) -> Side {
    if sell { Side::Sell } else { Side::Buy }
}

fn kind(number: u8, ticks: i64) -> OrderKind {
    let here = price(&at(ticks));
    match number {
        0 => OrderKind::Market,
        1 => OrderKind::Stop { trigger: here },
        2 => OrderKind::StopLimit { trigger: here, price: here },
        _other => OrderKind::Limit { price: here },
    }
}

/// Plays a session and returns its desk and the orders sent.
fn play(moves: &[Move], queue: QueueModel, seed: u64) -> (Desk, Vec<ClientOrderId>) {
    let latency =
        Latency { order: Span::from_millis(3), report: Span::from_millis(2), jitter: Span::from_millis(4) };
    let mut desk = Desk::with(PaperConfig { latency, seed, ..config(queue) });
    let mut sent = Vec::new();
    desk.book(&[("999.9", "4"), ("999.8", "9")], &[("1000.1", "4"), ("1000.2", "9")]);
    desk.book_of(INVERSE, &[("999.9", "4"), ("999.8", "9")], &[("1000.1", "4"), ("1000.2", "9")]);
    for one in moves {
        match *one {
            Move::Submit { inverse, sell, lots, ticks, kind: number, flags } => {
                let draft = desk.draft(side(sell), &lots.to_string(), kind(number, ticks));
                sent.push(desk.submit(OrderRequest {
                    instrument: if inverse { INVERSE } else { LINEAR },
                    tif: [TimeInForce::Gtc, TimeInForce::Ioc][usize::from(flags & 1)],
                    post_only: flags & 6 == 6,
                    reduce_only: flags & 6 == 4,
                    ..draft
                }));
            }
            Move::Cancel(index) => {
                if let Some(order) = sent.get(index) {
                    desk.cancel(*order);
                }
            }
            Move::CancelAll => desk.ask(BrokerRequest::CancelAll),
            Move::Trade { ticks, lots, sell } => {
                for instrument in [LINEAR, INVERSE] {
                    let (price, qty) = (price(&at(ticks)), qty(&lots.to_string()));
                    desk.market(instrument, RawBody::Trade { price, qty, aggressor: side(sell) });
                }
            }
            Move::Level { ticks, lots, sell } => desk.level(side(sell), &at(ticks), &lots.to_string()),
            Move::Book { ticks } => {
                let (bid, ask) = (at(ticks - 1), at(ticks + 1));
                desk.book(&[(&bid, "5")], &[(&ask, "5")]);
                desk.book_of(INVERSE, &[(&bid, "5")], &[(&ask, "5")]);
            }
            Move::Wait(micros) => desk.wait(Span::from_nanos(micros * 1_000)),
        }
    }
    desk.wait(Span::from_millis(50));
    (desk, sent)
}

/// What the reported fills alone say the account holds: cash and net position.
fn recount(desk: &Desk, instrument: &Instrument, capital: &str) -> (Money, NetQty) {
    let fills = desk.all_fills().into_iter().filter(|fill| fill.instrument == instrument.id);
    fills.fold((money(capital), NetQty::ZERO), |(cash, net), fill| {
        let unit = match instrument.contract {
            Contract::Linear => fill.price.times(fill.qty),
            Contract::Inverse => -instrument.notional(fill.price, fill.qty),
        };
        let paid = if fill.side == Side::Buy { unit } else { -unit };
        (cash - paid - fill.fee, net + fill.qty.signed(fill.side))
    })
}

/// How often an order was answered, and how often it ended.
fn answers(desk: &Desk, order: ClientOrderId) -> (usize, usize) {
    let story = desk.story(order);
    let count =
        |starts: &[&str]| story.iter().filter(|word| starts.iter().any(|s| word.starts_with(s))).count();
    (count(&["accepted", "rejected"]), count(&["canceled", "expired", "rejected"]))
}

proptest! {
    #![proptest_config(paper_desk::properties(96))]

    #[test]
    fn cash_and_positions_are_exactly_what_the_reported_fills_say(moves in moves(), proportional in any::<bool>()) {
        let queue = if proportional { QueueModel::Proportional } else { QueueModel::Trades };
        let (mut desk, sent) = play(&moves, queue, 3);
        let fills = desk.all_fills().len();
        desk.ask(BrokerRequest::QueryAccount);
        desk.wait(Span::from_millis(50));
        let account = desk.last_account();
        prop_assert_eq!(account.fills, u64::try_from(fills).unwrap());
        for (instrument, capital, code) in [(linear(), "10000", "USDT"), (inverse(), "10", "ETH")] {
            let (cash, net) = recount(&desk, &instrument, capital);
            let balance = account.balances.iter().find(|balance| balance.currency.as_str() == code).unwrap();
            prop_assert_eq!(balance.cash, cash);
            let held = account.positions.iter().find(|held| held.instrument == instrument.id);
            prop_assert_eq!(held.map_or(NetQty::ZERO, |held| held.net), net);
        }
        for order in sent {
            let (answered, ended) = answers(&desk, order);
            prop_assert_eq!(answered, 1);
            prop_assert!(ended <= 1);
        }
        for report in &desk.reports {
            if let BrokerReport::Account(account) = report {
                prop_assert!(account.balances.iter().all(|balance| !balance.margin.is_negative()));
            }
        }
    }

    #[test]
    fn canceling_everything_leaves_no_order_and_only_the_margin_of_positions(moves in moves()) {
        let (mut desk, _sent) = play(&moves, QueueModel::Proportional, 3);
        desk.ask(BrokerRequest::CancelAll);
        desk.wait(Span::from_millis(50));
        prop_assert_eq!(desk.venue.working(), 0);
        let before = desk.last_account();
        let flat = before.positions.is_empty();
        prop_assert!(!flat || before.balances.iter().all(|balance| balance.margin.is_zero()));
    }

    #[test]
    fn one_seed_tells_one_story(moves in moves(), seed in any::<u64>()) {
        let (first, _) = play(&moves, QueueModel::Proportional, seed);
        let (second, _) = play(&moves, QueueModel::Proportional, seed);
        prop_assert_eq!(first.reports, second.reports);
    }
}
