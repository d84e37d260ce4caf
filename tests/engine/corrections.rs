//! Positions corrected: busts reversed, funding shared out, what external holds claimed; and money is conserved to the last
//! unit whatever happens.

use super::bench::{Bench, buy, market};
use super::world::{A, B, INV, LIN, money, price, qty};
use flightdeck::engine::OrderSpec;
use flightdeck::model::{
    AccountEvent, Actor, BrokerReport, ClientOrderId, Command, Contract, ControlEvent, Envelope, Event,
    FillId, FillReport, InstrumentId, KillLevel, Liquidity, Money, NetQty, OrderEvent, OrderId, OrderStatus,
    Price, Qty, Refusal, RunId, Scope, Side, StrategyId, Timestamp,
};
use flightdeck::state::{InstrumentMarket, Position};
use proptest::prelude::*;

fn bust(bench: &mut Bench, id: OrderId, fill: &str) -> Vec<Envelope> {
    let order = bench.client_id(id);
    bench.report(BrokerReport::Busted { order, fill_id: FillId(fill.into()), at: bench.now })
}

fn fund(bench: &mut Bench, amount: &str, payment: &str) -> Vec<Envelope> {
    let (amount, payment) = (money(amount), FillId(payment.into()));
    bench.report(BrokerReport::Funding { instrument: LIN, amount, payment, at: bench.now })
}

fn claim(bench: &mut Bench, strategy: StrategyId, size: &str) -> Option<Refusal> {
    let qty: NetQty = size.parse().expect("a test's quantity");
    refusal(&bench.operator(Command::Claim { strategy, instrument: LIN, qty }))
}

fn refusal(events: &[Envelope]) -> Option<Refusal> {
    match &events.last()?.event {
        Event::Control(ControlEvent::Refused { refusal, .. }) => Some(*refusal),
        Event::Control(_)
        | Event::Order(_)
        | Event::Denied { .. }
        | Event::Market(_)
        | Event::Account(_)
        | Event::Link(_)
        | Event::Batch(_)
        | Event::Risk(_) => None,
    }
}

fn foreign(number: u32, (instrument, side): (InstrumentId, Side), much: Qty, at: Price) -> FillReport {
    FillReport {
        order: ClientOrderId::derive(RunId::new(99), OrderId::new(number)),
        fill_id: FillId(format!("X-{number}").as_str().into()),
        instrument,
        side,
        qty: much,
        price: at,
        liquidity: Liquidity::Maker,
        fee: Money::ZERO,
        at: Timestamp::EPOCH,
    }
}

fn row(bench: &Bench, strategy: StrategyId) -> Position {
    bench.state().ledger.position(strategy, LIN)
}

#[test]
fn f_029_a_bust_takes_the_very_fill_back_and_restates_position_order_and_result() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("3", "101"));
    bench.fill(id, "1", "100");
    let without = (row(&bench, A), bench.state().orders.get(id).unwrap().cost);
    let mut second = bench.fill_of(id, "1.5", price("101"));
    second.fee = money("0.3");
    bench.report(BrokerReport::Filled(second.clone()));
    let events = bust(&mut bench, id, second.fill_id.0.as_str());
    let Event::Order(OrderEvent::Busted { fill, .. }) = &events[0].event else { panic!("{events:?}") };
    assert_eq!(
        (fill.side, fill.qty, fill.price, fill.fee),
        (Side::Sell, qty("1.5"), price("101"), money("-0.3"))
    );
    let (after, order) = (row(&bench, A), bench.state().orders.get(id).unwrap());
    assert_eq!((after.net, after.cash, after.fees), (without.0.net, without.0.cash, without.0.fees));
    assert_eq!((order.filled, order.busted, order.cost), (qty("1"), qty("1.5"), without.1));
    assert_eq!(
        (order.fees, order.leaves()),
        (Money::ZERO, qty("0.5")),
        "what was taken back will not fill again"
    );
    assert_eq!(bench.state().orders.total(LIN).buys, qty("0.5"));
    bench.fill(id, "0.5", "100");
    assert_eq!(bench.status(id), OrderStatus::Filled);
    assert!(bust(&mut bench, id, second.fill_id.0.as_str()).is_empty(), "told twice, taken back once");
    bench.assert_replica_is_equal();
}

#[test]
fn a_bust_of_a_whole_order_leaves_it_ended() {
    let mut bench = Bench::new();
    let id = bench.working(A, market(Side::Buy, "2"));
    let fill = bench.fill_of(id, "2", price("100"));
    bench.report(BrokerReport::Filled(fill.clone()));
    bust(&mut bench, id, fill.fill_id.0.as_str());
    let order = bench.state().orders.get(id).unwrap();
    assert_eq!((order.status, order.filled, order.is_overfilled()), (OrderStatus::Filled, qty("0"), false));
    assert_eq!((bench.net(A).as_str(), bench.state().orders.total(LIN).buys), ("0", qty("0")));
    let pnl = bench.state().strategy_pnl(A).unwrap();
    assert_eq!(pnl.net, Money::ZERO);
}

#[test]
fn a_bust_before_its_fill_takes_it_back_as_it_comes() {
    let mut bench = Bench::new();
    let id = bench.working(A, buy("2", "99"));
    let fill = bench.fill_of(id, "2", price("99"));
    bust(&mut bench, id, fill.fill_id.0.as_str());
    assert_eq!(bench.state().set_aside, 1);
    assert_eq!(bench.state().control.kill_at(Scope::Instrument(LIN)), KillLevel::K1, "somebody has to look");
    bench.report(BrokerReport::Filled(fill.clone()));
    assert_eq!(bench.net(A), "0");
    assert!(bust(&mut bench, id, fill.fill_id.0.as_str()).is_empty());
}

#[test]
fn a_fill_of_somebody_else_can_be_taken_back_too() {
    let mut bench = Bench::new();
    let fill = foreign(1, (LIN, Side::Buy), qty("3"), price("100"));
    bench.report(BrokerReport::Filled(fill.clone()));
    assert_eq!(bench.net(StrategyId::EXTERNAL), "3");
    bench.report(BrokerReport::Busted { order: fill.order, fill_id: fill.fill_id, at: bench.now });
    assert_eq!((bench.net(StrategyId::EXTERNAL).as_str(), bench.state().set_aside), ("0", 0));
}

#[test]
fn funding_is_shared_by_what_each_holds_of_the_net_exactly() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    bench.hold(B, (Side::Sell, "2"), "100");
    let before = bench.state().account_pnl().unwrap();
    let events = fund(&mut bench, "-1", "P-1");
    assert_eq!(events.len(), 2);
    let (a, b) = (row(&bench, A).funding, row(&bench, B).funding);
    assert!(a < money("-1.66") && b > money("0.66"), "the short receives what the long pays: {a} {b}");
    assert_eq!((a + b, bench.state().ledger.account(LIN).funding), (money("-1"), money("-1")));
    let after = bench.state().account_pnl().unwrap();
    assert_eq!((after.net - before.net, after.funding), (money("-1"), money("-1")));
    assert_eq!(bench.state().rows_pnl().unwrap().net, after.net);
    assert!(fund(&mut bench, "-1", "P-1").is_empty(), "a payment is booked once");
    assert_eq!(fund(&mut bench, "-1", "P-2").len(), 2);
    assert!(!fund(&mut bench, "-0.5", "").is_empty());
    bench.assert_replica_is_equal();
}

#[test]
fn funding_for_what_nobody_holds_is_external() {
    let mut bench = Bench::new();
    let events = fund(&mut bench, "0.7", "P-1");
    let Event::Account(AccountEvent::Funding { strategy, amount, .. }) = &events[0].event else {
        panic!("{events:?}")
    };
    assert_eq!((*strategy, *amount), (StrategyId::EXTERNAL, money("0.7")));
    assert_eq!(bench.state().account_pnl().unwrap().net, money("0.7"));
    assert_eq!(
        bench.state().equity().unwrap(),
        bench.state().equity_in(super::world::currency("USDT")).unwrap()
            + bench.state().in_account(Money::units(1_000), super::world::currency("ETH")).unwrap()
    );
}

#[test]
fn funding_counts_in_the_cash_that_is_compared_with_the_broker() {
    let mut bench = Bench::new();
    bench.hold(A, (Side::Buy, "5"), "100");
    fund(&mut bench, "-1.5", "P-1");
    let right = super::kill_resume::snapshot(&bench, "5");
    let BrokerReport::Account(mut right) = right else { panic!("an account") };
    right.balances = vec![flightdeck::model::Balance {
        currency: super::world::currency("USDT"),
        cash: money("999498.5"),
        margin: Money::ZERO,
        free: Money::ZERO,
    }];
    bench.report(BrokerReport::Account(right));
    assert_eq!(bench.state().reconciliation.differences().count(), 0);
}

#[test]
fn a_claim_moves_what_external_holds_at_its_average_price_and_realises_nothing() {
    let mut bench = Bench::new();
    for (number, at) in [(1, "100"), (2, "101")] {
        bench.report(BrokerReport::Filled(foreign(number, (LIN, Side::Buy), qty("3"), price(at))));
    }
    let account = bench.state().ledger.account(LIN);
    assert_eq!(claim(&mut bench, A, "2"), None);
    let (a, external) = (row(&bench, A), row(&bench, StrategyId::EXTERNAL));
    let spec = bench.state().genesis().instrument(LIN).unwrap().clone();
    assert_eq!((a.net.to_string().as_str(), external.net.to_string().as_str()), ("2", "4"));
    assert_eq!((a.average(&spec), external.average(&spec)), (Some(price("100.5")), Some(price("100.5"))));
    assert_eq!((a.realised, external.realised), (Money::ZERO, Money::ZERO));
    assert_eq!(bench.state().ledger.account(LIN), account, "the account does not notice");
    assert!(bench.state().strategy_pnl(A).unwrap().unrealised < Money::ZERO, "and it counts from now on");
    assert_eq!(claim(&mut bench, A, "4.001"), Some(Refusal::NotHeld));
    assert_eq!(claim(&mut bench, A, "-1"), Some(Refusal::NotHeld));
    assert_eq!(claim(&mut bench, A, "0"), Some(Refusal::Malformed));
    assert_eq!(claim(&mut bench, StrategyId::EXTERNAL, "1"), Some(Refusal::UnknownStrategy));
    assert_eq!(claim(&mut bench, StrategyId::new(77), "1"), Some(Refusal::UnknownStrategy));
    let claim = Command::Claim { strategy: A, instrument: LIN, qty: "1".parse().unwrap() };
    assert_eq!(refusal(&bench.command(Actor::Strategy(A), claim)), Some(Refusal::HumanOnly));
    bench.assert_replica_is_equal();
}

#[test]
fn an_option_is_worth_its_lot() {
    // One lot of 50 at 120.5, sold at 130: 475.
    let mut bench = Bench::with(|genesis| {
        genesis.instruments[0].size = qty("50");
        genesis.instruments[0].lot = qty("1");
        genesis.instruments[0].contract = Contract::Linear;
    });
    let id = bench.working(A, OrderSpec::market(LIN, Side::Buy, qty("1"), "leg"));
    bench.fill(id, "1", "120.5");
    let id = bench.working(A, OrderSpec::market(LIN, Side::Sell, qty("1"), "leg"));
    bench.fill(id, "1", "130");
    assert_eq!(row(&bench, A).realised, money("475"));
}

/// What happens to money.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Fill { strategy: bool, inverse: bool, sell: bool, lots: u8, tick: i8, fee: i16 },
    Foreign { inverse: bool, sell: bool, lots: u8, tick: i8 },
    Bust { nth: u8 },
    Fund { inverse: bool, amount: i32 },
    Claim { strategy: bool, inverse: bool, lots: u8, short: bool },
    Quote { tick: i8 },
}

fn deeds() -> impl Strategy<Value = Deed> {
    let flags = || (any::<bool>(), any::<bool>(), any::<bool>());
    prop_oneof![
        6 => (flags(), 1_u8..90, -50_i8..50, -300_i16..300).prop_map(|((strategy, inverse, sell), lots, tick, fee)| Deed::Fill { strategy, inverse, sell, lots, tick, fee }),
        2 => (flags(), 1_u8..90, -50_i8..50).prop_map(|((_, inverse, sell), lots, tick)| Deed::Foreign { inverse, sell, lots, tick }),
        3 => (0_u8..40).prop_map(|nth| Deed::Bust { nth }),
        2 => (any::<bool>(), -1_000_003_i32..1_000_003).prop_map(|(inverse, amount)| Deed::Fund { inverse, amount }),
        2 => (flags(), 1_u8..90).prop_map(|((strategy, inverse, short), lots)| Deed::Claim { strategy, inverse, lots, short }),
        1 => (-50_i8..50).prop_map(|tick| Deed::Quote { tick }),
    ]
}

/// The books by another hand: cash per instrument as plain sums.
#[derive(Default)]
struct Purse {
    fills: Vec<(FillReport, bool)>,
    funding: [Money; 2],
    payments: u32,
    orders: u32,
}

fn instrument_of(inverse: bool) -> InstrumentId {
    if inverse { INV } else { LIN }
}

fn price_of(inverse: bool, tick: i8) -> Price {
    let (base, step) = if inverse { (200_000_000_000, 1_000_000) } else { (10_000_000_000, 10_000_000) };
    Price::from_raw(base + i64::from(tick) * step).expect("a price")
}

fn live(bench: &mut Bench, purse: &mut Purse, deed: Deed) {
    let side_of = |sell: bool| if sell { Side::Sell } else { Side::Buy };
    match deed {
        Deed::Fill { strategy, inverse, sell, lots, tick, fee } => {
            bench.freshen();
            let who = if strategy { A } else { B };
            let lots = lots.to_string();
            let order = OrderSpec::market(instrument_of(inverse), side_of(sell), qty(&lots), "deed");
            let super::bench::Answer::Released(id) = bench.ask(who, order) else { return };
            let mut fill = bench.fill_of(id, &lots, price_of(inverse, tick));
            fill.fee = Money::from_raw(i128::from(fee) * 7_919);
            bench.report(BrokerReport::Filled(fill.clone()));
            purse.fills.push((fill, true));
        }
        Deed::Foreign { inverse, sell, lots, tick } => {
            purse.orders += 1;
            let at = (instrument_of(inverse), side_of(sell));
            let fill = foreign(purse.orders, at, qty(&lots.to_string()), price_of(inverse, tick));
            bench.report(BrokerReport::Filled(fill.clone()));
            purse.fills.push((fill, true));
        }
        Deed::Bust { nth } => {
            let count = purse.fills.len();
            let Some(index) = usize::from(nth).checked_rem(count) else { return };
            let (fill, stands) = &mut purse.fills[index];
            *stands = false;
            bench.report(BrokerReport::Busted {
                order: fill.order,
                fill_id: fill.fill_id.clone(),
                at: bench.now,
            });
        }
        Deed::Fund { inverse, amount } => {
            purse.payments += 1;
            let payment = FillId(format!("P-{}", purse.payments).as_str().into());
            let (instrument, amount) =
                (instrument_of(inverse), Money::from_raw(i128::from(amount) * 1_000_003));
            for _ in 0..2 {
                let payment = payment.clone();
                bench.report(BrokerReport::Funding { instrument, amount, payment, at: bench.now });
            }
            purse.funding[usize::from(inverse)] += amount;
        }
        Deed::Claim { strategy, inverse, lots, short } => {
            let who = if strategy { A } else { B };
            let qty = qty(&lots.to_string()).signed(side_of(short));
            bench.operator(Command::Claim { strategy: who, instrument: instrument_of(inverse), qty });
        }
        Deed::Quote { tick } => {
            let mid = 100 + i32::from(tick) / 10;
            bench.quote(LIN, &format!("{mid}.0"), &format!("{mid}.1"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_in_integers_whatever_is_filled_taken_back_funded_and_claimed(
        deeds in prop::collection::vec(deeds(), 1..80),
        option in any::<bool>(),
    ) {
        let mut bench = Bench::with(|genesis| {
            // As an option or a future counts: fifty to a lot.
            if option {
                genesis.instruments[0].size = qty("50");
            }
            genesis.instruments[0].min_notional = Money::ZERO;
            for limits in &mut genesis.limits.instruments {
                limits.max_order_value = Money::units(100_000_000);
                limits.max_position = qty("100000");
            }
            for limits in &mut genesis.limits.strategies {
                limits.max_position_value = Money::units(1_000_000_000);
                limits.daily_loss = Money::units(1_000_000_000);
            }
            genesis.limits.max_gross = Money::units(1_000_000_000);
            genesis.limits.daily_loss = Money::units(1_000_000_000);
            genesis.limits.messages_per_s = 1_000;
            for (_, capital) in &mut genesis.capital {
                *capital = Money::units(1_000_000_000);
            }
        });
        let mut purse = Purse::default();
        for deed in deeds {
            live(&mut bench, &mut purse, deed);
        }
        let state = bench.state();
        prop_assert_eq!(state.set_aside, 0);
        for (index, instrument) in [LIN, INV].into_iter().enumerate() {
            let spec = state.genesis().instrument(instrument).expect("an instrument").clone();
            prop_assert_eq!(state.ledger.difference(instrument), (NetQty::ZERO, Money::ZERO));
            let stand = purse.fills.iter().filter(|(fill, stands)| *stands && fill.instrument == instrument);
            let (mut net, mut cash, mut fees) = (NetQty::ZERO, Money::ZERO, Money::ZERO);
            for (fill, _) in stand {
                let signed = fill.qty.signed(fill.side);
                net += signed;
                cash -= spec.flow(signed, fill.price);
                fees += fill.fee;
            }
            let account = state.ledger.account(instrument);
            prop_assert_eq!((account.net, account.cash, account.fees), (net, cash, fees));
            prop_assert_eq!(account.funding, purse.funding[index]);
            let mark = state.market(instrument).and_then(InstrumentMarket::mark).expect("a mark");
            let mut rows = Money::ZERO;
            for strategy in state.genesis().strategy_ids() {
                let row = state.ledger.position(strategy, instrument);
                prop_assert_eq!(row.cash + row.basis, row.realised, "cash and basis are what was realised");
                rows += row.realised + row.unrealised(&spec, mark) - row.fees + row.funding;
            }
            let whole = account.realised + account.unrealised(&spec, mark) - account.fees + account.funding;
            prop_assert_eq!(rows, whole);
            prop_assert_eq!(whole, cash + spec.value(net, mark) - fees + purse.funding[index]);
        }
        // Cash plus value is capital plus P&L, to the last unit, in each currency.
        for (currency, instrument) in [("USDT", LIN), ("ETH", INV)] {
            let currency = super::world::currency(currency);
            let spec = state.genesis().instrument(instrument).expect("an instrument");
            let mark = state.market(instrument).and_then(InstrumentMarket::mark).expect("a mark");
            let account = state.ledger.account(instrument);
            let balance = state.genesis().capital_in(currency) + account.paid();
            prop_assert_eq!(state.equity_in(currency), Some(balance + spec.value(account.net, mark)));
        }
        bench.assert_replica_is_equal();
    }
}
