//! What fills, fills taken back and settlements do to the books.

use super::fold::State;
use super::planted::Bug;
use crate::model::{
    ClientOrderId, Envelope, Fill, FillId, FillReport, InstrumentId, Liquidity, Money, OrderId, Price, Qty,
    StrategyId, Timestamp, TradeRow,
};
use std::sync::Arc;

impl State {
    pub(super) fn take_fill(&mut self, client_id: ClientOrderId, fill: &Fill, envelope: &Envelope) {
        let mut twisted = None;
        if self.planted.has(Bug::WrongOwner) && fill.strategy > StrategyId::EXTERNAL {
            twisted = Some(Fill { strategy: StrategyId::MANUAL, ..fill.clone() });
        }
        if self.planted.has(Bug::FeeSign) {
            twisted = Some(Fill { fee: -fill.fee, ..fill.clone() });
        }
        if self.planted.has(Bug::OverfillCut)
            && let Some(order) = self.orders.get(fill.order)
        {
            twisted = Some(Fill { qty: fill.qty.min(order.leaves()), ..fill.clone() });
        }
        let fill = twisted.as_ref().unwrap_or(fill);
        let Some(instrument) = self.genesis.instruments.get(fill.instrument.index()) else { return };
        let account = self.genesis.accounts.of(fill.instrument);
        let worth = instrument.notional(fill.price, fill.qty);
        let before = self.ledger.position(fill.strategy, fill.instrument);
        let first = self.orders.get(fill.order).is_none_or(|order| order.filled.is_zero());
        self.ledger.book((instrument, account), fill);
        let after = self.ledger.position(fill.strategy, fill.instrument);
        let pair = (fill.strategy, fill.instrument);
        self.conducts.filled(pair, (&before, &after), first, envelope.at);
        if self.planted.has(Bug::FillTwice) && fill.qty > Qty::ONE {
            self.ledger.book((instrument, account), fill);
        }
        self.forget_closed(pair);
        self.orders.fill(client_id, fill, worth, envelope.at);
        self.forget_ended(fill.order);
        self.remember(fill, envelope);
    }

    /// A fill taken back: the reversal moves the books as the fill did, the other way round.
    pub(super) fn take_bust(&mut self, client_id: ClientOrderId, fill: &Fill, envelope: &Envelope) {
        let Some(instrument) = self.genesis.instruments.get(fill.instrument.index()) else { return };
        let worth = instrument.notional(fill.price, fill.qty);
        if !self.planted.has(Bug::BustIgnored) {
            self.ledger.reverse(instrument, fill);
        }
        self.forget_closed((fill.strategy, fill.instrument));
        self.orders.bust(client_id, fill, worth, envelope.at);
        self.remember(fill, envelope);
    }

    /// A position that is flat is no longer being closed.
    pub(super) fn forget_closed(&mut self, (strategy, instrument): (StrategyId, InstrumentId)) {
        if !self.closing.is_empty() && self.ledger.net(strategy, instrument).is_zero() {
            self.closing.retain(|one| (one.strategy, one.instrument) != (strategy, instrument));
        }
    }

    fn remember(&mut self, fill: &Fill, envelope: &Envelope) {
        self.history.trades.push(TradeRow {
            seq: envelope.seq,
            at: envelope.at,
            cause: envelope.cause,
            fill: fill.clone(),
        });
    }

    /// Closes every position in a contract that has ended, at its settlement price.
    pub(super) fn settle(
        &mut self,
        id: InstrumentId,
        price: Price,
        venue_time: Timestamp,
        envelope: &Envelope,
    ) {
        let genesis = Arc::clone(&self.genesis);
        let Some(instrument) = genesis.instruments.get(id.index()) else { return };
        for (strategy, net) in self.ledger.settle((instrument, genesis.accounts.of(id)), price) {
            let Some(side) = net.side() else { continue };
            let fill = Fill {
                order: OrderId::new(0),
                strategy,
                instrument: id,
                mode: self.control.mode,
                side: side.opposite(),
                qty: net.magnitude(),
                price,
                liquidity: Liquidity::Taker,
                fee: Money::ZERO,
                fill_id: FillId("settlement".into()),
                venue_time,
            };
            let (seq, at, cause) = (envelope.seq, envelope.at, envelope.cause);
            self.history.trades.push(TradeRow { seq, at, cause, fill });
        }
        self.closing.retain(|one| one.instrument != id);
    }

    /// A fill nobody here sent, booked under `external`. Its order number is 0, which no order of ours has.
    pub(super) fn take_foreign_fill(
        &mut self,
        client_id: ClientOrderId,
        told: &FillReport,
        envelope: &Envelope,
    ) {
        let fill = Fill {
            order: OrderId::new(0),
            strategy: StrategyId::EXTERNAL,
            instrument: told.instrument,
            mode: self.control.mode,
            side: told.side,
            qty: told.qty,
            price: told.price,
            liquidity: told.liquidity,
            fee: told.fee,
            fill_id: told.fill_id.clone(),
            venue_time: told.at,
        };
        self.take_fill(client_id, &fill, envelope);
    }
}
