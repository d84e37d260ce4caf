//! Faults that come by themselves: the venue's own doings, broken connections, markets and clocks, and kills that meet
//! them.

use super::kind::FaultKind;
use super::market::quote;
use super::venue::Told;
use super::world::{Due, World};
use crate::model::{
    Actor, BrokerReport, ClientOrderId, ClockReport, Command, DisplayText, Fault, FillId, FillReport,
    InstrumentId, KillLevel, Label, LinkReport, Liquidity, MarketEvent, Money, OrderId, OrderKind,
    OrderRequest, Price, Qty, Quote, Reason, RunId, Scope, Side, Span, StrategyId, TimeInForce, Timestamp,
    VenueOrderId,
};
use crate::sim::Rng;

impl World {
    /// Draws every fault that comes by itself.
    pub(super) fn turn(&mut self) {
        self.venue_turn();
        self.link_turn();
        self.market_turn();
        self.clock_turn();
        self.kill_turn();
        self.hear_venue();
    }

    fn venue_turn(&mut self) {
        if let Some(mut rng) = self.dice.strikes(FaultKind::Unsolicited)
            && let Some(order) = self.venue.any_live(rng.bits())
        {
            self.venue.end_by_itself(self.now, order, rng.one_in(2));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::ForeignOrder) {
            let (id, qty) = self.some_lots(&mut rng);
            // Now and then less than a lot is left over: a position that no order can close.
            let qty = if rng.one_in(6) { qty.plus(self.dust(id)) } else { qty };
            let side = if rng.one_in(2) { Side::Buy } else { Side::Sell };
            let name = u32::try_from(rng.below(1 << 30)).unwrap_or_default();
            self.venue.foreign_fill(self.now, (id, side, qty), name);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::UnknownEpoch) {
            self.second_engine(&mut rng);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::GhostOrder)
            && let Some(order) = self.venue.any_live(rng.bits())
        {
            self.venue.forget(order);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Bust) {
            // A fill has its name, and perhaps another's, once it has left: a bust names that.
            self.hear_venue();
            self.bust(&mut rng);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Liquidation) {
            self.liquidate(&mut rng);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::TwoExits) {
            self.two_exits(&mut rng);
        }
        if self.dice.strikes(FaultKind::DeadMan).is_some() {
            for order in self.venue.live.keys().copied().collect::<Vec<_>>() {
                self.venue.end_by_itself(self.now, order, false);
            }
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::TokenExpired) {
            self.windows.closed = self.until(rng.between(1_000, 6_000));
            self.windows.closed_why = "401 token expired";
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Maintenance) {
            self.windows.closed = self.until(rng.between(2_000, 8_000));
            self.windows.closed_why = "closed for maintenance";
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::UnknownSymbol) {
            self.unknown_symbol(&mut rng);
        }
    }

    fn link_turn(&mut self) {
        for (kind, least, most) in [
            (FaultKind::TlsRefused, 2_000, 12_000),
            (FaultKind::DnsLost, 2_000, 12_000),
            (FaultKind::Dropped, 200, 3_000),
        ] {
            if let Some(mut rng) = self.dice.strikes(kind) {
                self.drop_link(kind.id(), Span::from_millis(rng.between(least, most)));
            }
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::HalfOpen) {
            self.windows.deaf = self.until(rng.between(2_000, 9_000));
            let wait = self.windows.deaf.since(self.now);
            self.push(wait, Due::Link(down("no pong")));
            self.push(wait + Span::from_millis(200), Due::Back);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::ReconnectStorm) {
            for flap in 0..rng.between(3, 9) {
                let at = Span::from_millis(flap * 150);
                self.push(at, Due::Link(down("reset")));
                self.push(at + Span::from_millis(80), Due::Back);
            }
        }
        if self.dice.strikes(FaultKind::Replayed).is_some() {
            for told in self.recent.clone() {
                self.deliver(told, Span::ZERO);
            }
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::HalfEndpoints) {
            self.windows.mute_answers = self.until(rng.between(2_000, 10_000));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::OneWay) {
            self.windows.deaf = self.until(rng.between(1_000, 8_000));
            let wait = self.windows.deaf.since(self.now);
            self.push(wait, Due::Back);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Slow) {
            self.windows.slow = self.until(rng.between(1_000, 8_000));
        }
    }

    fn market_turn(&mut self) {
        if let Some(mut rng) = self.dice.strikes(FaultKind::Mute) {
            self.windows.no_market = self.until(rng.between(2_500, 8_000));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::StaleFeed) {
            self.silence(&mut rng, 2_500, 8_000);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Blip) {
            self.silence(&mut rng, 300, 300);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::SequenceGap) {
            let instrument = self.some_instrument(&mut rng);
            let detail = DisplayText::new("a hole in the sequence");
            let event = MarketEvent::Quarantined { instrument, fault: Fault::SequenceGap, detail };
            self.push(Span::ZERO, Due::Event(event, false));
        }
        for kind in [FaultKind::BadBook, FaultKind::Spike] {
            let struck = self.dice.strikes(kind);
            let bad = struck.and_then(|mut rng| self.bad_quote(kind, &mut rng));
            if let Some(bad) = bad {
                self.push(Span::ZERO, Due::Event(MarketEvent::Quote(bad), false));
            }
        }
        for (kind, count) in [(FaultKind::OldTicks, 2), (FaultKind::StaleReplay, 12)] {
            let count = if self.dice.strikes(kind).is_some() { count } else { 0 };
            let old: Vec<Quote> = self.recent_quotes.iter().take(count).copied().collect();
            for quote in old {
                self.push(Span::from_millis(1), Due::Event(MarketEvent::Quote(quote), false));
            }
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Burst) {
            self.burst(&mut rng);
        }
    }

    fn clock_turn(&mut self) {
        if let Some(mut rng) = self.dice.strikes(FaultKind::ClockJump) {
            let hour = Span::from_secs(rng.between(30, 3_600));
            // Our clock is steady and never goes back; the system's is told apart.
            let ahead = rng.one_in(2);
            self.skew = if ahead { self.skew + hour } else { self.skew };
            let by = if ahead { hour } else { Span::ZERO - hour };
            self.push(Span::ZERO, Due::Clock(ClockReport::Jump { by }));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Suspend) {
            let gap = rng.between(2_100, 15_000);
            self.windows.asleep = self.until(gap);
            let gap = Span::from_millis(gap);
            self.push(gap, Due::Clock(ClockReport::Gap { gap }));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::Starved) {
            self.windows.no_ticks = self.until(rng.between(1_000, 6_000));
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::JournalFull) {
            self.windows.no_journal = self.until(rng.between(1_000, 8_000));
        }
        if self.dice.strikes(FaultKind::JournalDead).is_some() {
            self.windows.no_journal = self.until(3_600_000);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::JournalSlow) {
            self.windows.no_journal = self.until(rng.between(250, 1_500));
        }
        if self.dice.strikes(FaultKind::Crash).is_some() {
            self.crash();
        }
    }

    fn kill_turn(&mut self) {
        if let Some(mut rng) = self.dice.strikes(FaultKind::KillWhileDown) {
            self.drop_link("F-601", Span::from_millis(rng.between(1_000, 6_000)));
            self.kill(&mut rng, KillLevel::K3);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::KillJournalDead) {
            self.windows.no_journal = self.until(rng.between(1_000, 5_000));
            self.kill(&mut rng, KillLevel::K3);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::KillThrice) {
            let scope = if rng.one_in(2) { Scope::All } else { Scope::Strategy(StrategyId::MANUAL) };
            self.kill_as(Actor::Operator, KillLevel::K2, scope);
            self.kill_as(Actor::Signal, KillLevel::K3, scope);
            self.kill_as(Actor::File, KillLevel::K1, Scope::All);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::KillInBurst) {
            self.burst(&mut rng);
            self.kill(&mut rng, KillLevel::K2);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::CancelLimited) {
            self.windows.no_cancels = self.until(rng.between(1_000, 6_000));
            self.kill(&mut rng, KillLevel::K3);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::CrashInKill) {
            self.kill(&mut rng, KillLevel::K2);
            self.crash();
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::FlattenBlind) {
            self.silence(&mut rng, 2_500, 7_000);
            self.kill(&mut rng, KillLevel::K4);
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::FlattenRace) {
            self.kill(&mut rng, KillLevel::K4);
            for order in self.venue.live.keys().copied().collect::<Vec<_>>() {
                self.venue.fill_part(self.now, order);
            }
        }
        if let Some(mut rng) = self.dice.strikes(FaultKind::ScriptResume) {
            let actor = match rng.below(5) {
                0 => Actor::Signal,
                1 => Actor::File,
                2 => Actor::Watchdog,
                3 => Actor::Supervisor,
                _ => Actor::Strategy(StrategyId::new(2)),
            };
            let request = self.operator.request(actor, Command::Resume { reason: Reason::new("replayed") });
            self.push(Span::ZERO, Due::Command(request));
        }
    }

    // Single faults.

    fn drop_link(&mut self, why: &str, length: Span) {
        self.windows.down = self.windows.down.max(self.now.after(length));
        self.push(Span::ZERO, Due::Link(down(why)));
        self.push(length, Due::Back);
    }

    /// The connection is back: what could not be heard is told again.
    pub(super) fn back(&mut self) {
        if self.now < self.windows.down || self.now < self.windows.deaf {
            return;
        }
        self.push(Span::ZERO, Due::Link(LinkReport::Alive { name: Label::new("broker") }));
        for told in std::mem::take(&mut self.unheard) {
            self.deliver(told, Span::ZERO);
        }
    }

    fn kill(&mut self, rng: &mut Rng, level: KillLevel) {
        let scope = if rng.one_in(2) { Scope::All } else { self.operator.scope(self.engine.state()) };
        self.kill_as(Actor::Operator, level, scope);
    }

    /// Raises a kill, if the process hears anything.
    fn kill_as(&mut self, actor: Actor, level: KillLevel, scope: Scope) {
        let kill = Command::Kill { level, scope, reason: Reason::new("simulated") };
        let request = self.operator.request(actor, kill);
        if self.now < self.windows.asleep {
            self.push_at(self.windows.asleep, Due::Command(request));
        } else {
            self.command(request);
        }
    }

    /// Something under our name that this run never sent: a report of it, or an order that rests.
    fn second_engine(&mut self, rng: &mut Rng) {
        let number = OrderId::new(u32::try_from(rng.between(3_000_000, 4_000_000)).unwrap_or_default());
        if rng.one_in(2) {
            let order = ClientOrderId::derive(self.checker.genesis.book, number);
            let venue_id = VenueOrderId(DisplayText::new("V-second"));
            let report = BrokerReport::Accepted { order, venue_id, at: self.now };
            return self.deliver(Told { report, deal: None }, Span::ZERO);
        }
        let (instrument, qty) = self.some_lots(rng);
        let Some(price) = self.market.near(instrument, -200) else { return };
        self.venue.second_engine(OrderRequest {
            order: ClientOrderId::derive(RunId::new(u128::MAX), number),
            strategy: StrategyId::EXTERNAL,
            instrument,
            side: Side::Buy,
            qty,
            kind: OrderKind::Limit { price },
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: false,
        });
    }

    fn bust(&mut self, rng: &mut Rng) {
        // Any deal, also one that is still on its way here; one without an id cannot be named.
        let count = u64::try_from(self.venue.deals.len()).unwrap_or_default();
        let nth = usize::try_from(rng.below(count)).unwrap_or_default();
        let named = self.venue.deals.get(nth).is_some_and(|deal| !deal.report.fill_id.0.as_str().is_empty());
        if named {
            self.venue.bust(nth, self.now);
        }
    }

    fn liquidate(&mut self, rng: &mut Rng) {
        let id = self.some_instrument(rng);
        let net = self.venue.position(id);
        let Some(side) = net.side() else { return };
        let lot = self.venue.instrument(id).map_or(Qty::ONE, |one| one.lot);
        let lots = net.magnitude().raw().div_euclid(lot.raw().max(1));
        let qty = Qty::from_raw(rng.between(1, lots.max(1)).saturating_mul(lot.raw())).unwrap_or_default();
        let name = u32::try_from(rng.below(1 << 30)).unwrap_or_default();
        self.venue.foreign_fill(self.now, (id, side.opposite(), qty), name);
    }

    fn two_exits(&mut self, rng: &mut Rng) {
        let held = self
            .checker
            .rows
            .iter()
            .filter(|((strategy, _), row)| *strategy != StrategyId::EXTERNAL && !row.net.is_zero());
        let held: Vec<_> = held.map(|(pair, row)| (*pair, row.net)).collect();
        let count = u64::try_from(held.len()).unwrap_or_default();
        let nth = usize::try_from(rng.below(count)).unwrap_or_default();
        let Some(((strategy, instrument), net)) = held.get(nth).copied() else { return };
        let Some(side) = net.side() else { return };
        for wait in [0, 1] {
            let mut order = super::operator::ticket(
                instrument,
                side.opposite(),
                net.magnitude(),
                (OrderKind::Market, TimeInForce::Ioc),
            );
            order.strategy = strategy;
            order.reduce_only = true;
            let request = self.operator.request(Actor::Operator, Command::Submit { order });
            self.push(Span::from_millis(wait), Due::Command(request));
        }
    }

    fn unknown_symbol(&mut self, rng: &mut Rng) {
        let instrument = InstrumentId::new(77);
        let price: Price = "10".parse().unwrap_or_default();
        let bad = quote(instrument, (price, price), self.now);
        self.push(Span::ZERO, Due::Event(MarketEvent::Quote(bad), false));
        let number = OrderId::new(u32::try_from(rng.below(1_000)).unwrap_or_default());
        let fill = FillReport {
            order: ClientOrderId::derive(RunId::new(u128::MAX), number),
            fill_id: FillId(DisplayText::new(&format!("U-{}", rng.below(1_000_000)))),
            instrument,
            side: Side::Buy,
            qty: Qty::ONE,
            price,
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at: self.now,
        };
        self.deliver(Told { report: BrokerReport::Filled(fill), deal: None }, Span::ZERO);
    }

    fn silence(&mut self, rng: &mut Rng, least: i64, most: i64) {
        let id = self.some_instrument(rng);
        let until = self.until(rng.between(least, most));
        if let Some(slot) = self.windows.no_quotes.get_mut(id.index()) {
            *slot = (*slot).max(until);
        }
    }

    fn burst(&mut self, rng: &mut Rng) {
        let id = self.some_instrument(rng);
        for nth in 0..40 {
            let Some((bid, ask, _)) = self.market.step(id) else { return };
            self.venue.moved(self.now, id, bid, ask);
            // The venue's clock tells them apart: without that nothing could say which of two is the older.
            let told = quote(id, (bid, ask), self.now.after(Span::from_nanos(nth)));
            self.push(Span::from_millis(5), Due::Event(MarketEvent::Quote(told), true));
        }
    }

    fn bad_quote(&self, kind: FaultKind, rng: &mut Rng) -> Option<Quote> {
        let id = self.some_instrument(rng);
        let (bid, ask) = (self.market.near(id, 0)?, self.market.near(id, 2)?);
        let mut bad = quote(id, (bid, ask), self.now);
        let scaled =
            |price: Price, by: i64| Price::from_raw(price.raw().saturating_mul(by)).unwrap_or_default();
        let tenth = |price: Price| Price::from_raw(price.raw().div_euclid(10)).unwrap_or_default();
        let choice = rng.below(4);
        match (kind == FaultKind::Spike, choice) {
            (false, 0) => (bad.bid, bad.ask) = (ask, bid),
            (false, 1) => bad.ask = bid,
            (false, 2) => bad.bid_qty = Qty::ZERO,
            (false, _) => bad.ask_qty = Qty::ZERO,
            (true, 0) => (bad.bid, bad.ask) = (scaled(bid, 10), scaled(ask, 10)),
            (true, 1) => (bad.bid, bad.ask) = (tenth(bid), tenth(ask)),
            (true, 2) => (bad.bid, bad.ask) = (Price::ZERO, Price::ZERO),
            (true, _) => (bad.bid, bad.ask) = (scaled(bid, -1), scaled(ask, -1)),
        }
        Some(bad)
    }

    fn some_instrument(&self, rng: &mut Rng) -> InstrumentId {
        let count = u64::try_from(self.checker.genesis.instruments.len()).unwrap_or(1);
        InstrumentId::new(u16::try_from(rng.below(count)).unwrap_or_default())
    }

    fn some_lots(&self, rng: &mut Rng) -> (InstrumentId, Qty) {
        let id = self.some_instrument(rng);
        let lots = if id.get() == 1 { rng.between(1, 50) } else { rng.between(300, 5_000) };
        let lot = self.venue.instrument(id).map_or(Qty::ONE, |one| one.lot);
        (id, Qty::from_raw(lots.saturating_mul(lot.raw())).unwrap_or_default())
    }

    /// A third of a lot.
    fn dust(&self, id: InstrumentId) -> Qty {
        let lot = self.venue.instrument(id).map_or(Qty::ONE, |one| one.lot);
        Qty::from_raw(lot.raw().div_euclid(3)).unwrap_or_default()
    }

    fn until(&self, millis: i64) -> Timestamp {
        self.now.after(Span::from_millis(millis))
    }
}

fn down(why: &str) -> LinkReport {
    LinkReport::Down { name: Label::new("broker"), reason: DisplayText::new(why) }
}
