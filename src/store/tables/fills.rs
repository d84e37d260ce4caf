//! What moved positions: fills, fills nobody here sent, fills taken back, claims, settlements.

use super::table::{Cell, Seen};
use crate::model::{
    AccountEvent, BrokerReport, Event, Fill, FillId, FillReport, InstrumentId, Liquidity, Mode, Money,
    NetQty, OrderEvent, OrderId, Price, StrategyId, Timestamp,
};

/// One row a movement of a strategy's position.
pub(super) fn rows(seen: &Seen<'_>, rows: &mut Vec<Vec<Cell>>) {
    match &seen.envelope.event {
        Event::Order(event) => of_order(seen, event, rows),
        Event::Account(AccountEvent::Claimed { strategy, instrument, qty, price, .. }) => {
            let moves = [(StrategyId::EXTERNAL, NetQty::default() - *qty), (*strategy, *qty)];
            for (part, (strategy, net)) in (0..).zip(moves) {
                if let Some(fill) = moved(seen, (strategy, *instrument), net, *price, seen.envelope.at) {
                    push(seen, "claim", part, &fill, rows);
                }
            }
        }
        Event::Account(AccountEvent::Settled { instrument, price, venue_time }) => {
            let Some(state) = seen.state else { return };
            for (part, strategy) in (0..).zip(state.genesis().strategy_ids()) {
                let net = NetQty::default() - state.ledger.net(strategy, *instrument);
                if let Some(fill) = moved(seen, (strategy, *instrument), net, *price, *venue_time) {
                    push(seen, "settlement", part, &fill, rows);
                }
            }
        }
        Event::Account(_)
        | Event::Market(_)
        | Event::Denied { .. }
        | Event::Link(_)
        | Event::Control(_)
        | Event::Batch(_)
        | Event::Risk(_) => {}
    }
}

fn of_order(seen: &Seen<'_>, event: &OrderEvent, rows: &mut Vec<Vec<Cell>>) {
    if let OrderEvent::Filled { fill, .. } = event {
        push(seen, "fill", 0, fill, rows);
    } else if let OrderEvent::Busted { fill, .. } = event {
        push(seen, "bust", 0, fill, rows);
    } else if let OrderEvent::Unmatched { report, .. } = event
        && let BrokerReport::Filled(told) = report.as_ref()
    {
        push(seen, "foreign", 0, &foreign(seen, told), rows);
    }
}

/// A fill nobody here sent, as it is booked under `external`.
fn foreign(seen: &Seen<'_>, told: &FillReport) -> Fill {
    Fill {
        order: OrderId::new(0),
        strategy: StrategyId::EXTERNAL,
        instrument: told.instrument,
        mode: mode(seen),
        side: told.side,
        qty: told.qty,
        price: told.price,
        liquidity: told.liquidity,
        fee: told.fee,
        fill_id: told.fill_id.clone(),
        venue_time: told.at,
    }
}

/// A movement that no order made.
fn moved(
    seen: &Seen<'_>,
    (strategy, instrument): (StrategyId, InstrumentId),
    net: NetQty,
    price: Price,
    venue_time: Timestamp,
) -> Option<Fill> {
    Some(Fill {
        order: OrderId::new(0),
        strategy,
        instrument,
        mode: mode(seen),
        side: net.side()?,
        qty: net.magnitude(),
        price,
        liquidity: Liquidity::Taker,
        fee: Money::ZERO,
        fill_id: FillId("-".into()),
        venue_time,
    })
}

const fn mode(seen: &Seen<'_>) -> Mode {
    seen.subject.mode
}

fn push(seen: &Seen<'_>, kind: &'static str, part: i64, fill: &Fill, rows: &mut Vec<Vec<Cell>>) {
    let instrument = seen.roster.traded(fill.instrument);
    let worth = instrument.map_or(Money::ZERO, |one| one.notional(fill.price, fill.qty));
    let liquidity = match fill.liquidity {
        Liquidity::Maker => "maker",
        Liquidity::Taker => "taker",
    };
    rows.push(vec![
        Cell::count(seen.envelope.seq.get()),
        Cell::Int(part),
        Cell::at(seen.envelope.at),
        Cell::count(seen.envelope.cause.0.get()),
        Cell::Word(kind),
        Cell::Word(fill.mode.as_str()),
        Cell::Text(seen.roster.strategy(fill.strategy).map(ToString::to_string).unwrap_or_default()),
        Cell::Text(seen.roster.instrument(fill.instrument).map(ToString::to_string).unwrap_or_default()),
        Cell::count(fill.order.get()),
        Cell::Word(fill.side.as_str()),
        Cell::text(fill.qty),
        Cell::text(fill.price),
        Cell::text(worth),
        Cell::text(fill.fee),
        Cell::Word(liquidity),
        Cell::text(&fill.fill_id.0),
        Cell::at(fill.venue_time),
    ]);
}
