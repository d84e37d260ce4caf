//! A desk made by hand for tests of the screen: events in, frames out, no engine.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "each test uses a part"
)]

use flightdeck::bus::{Inbox, InboxEnds, KillSwitch, Outlet};
use flightdeck::model::*;
use flightdeck::state::{Genesis, State, StrategyInfo};
use flightdeck::ui::{App, ColorDepth, Palette, ScreenOptions};
use flightdeck::wire::{
    Ask, Client, ClientParts, Message, SessionId, StrategyTiming, SubscriberHealth, Vitals,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// 2026-08-22 13:37:02.500 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_nanos(1_787_405_822_500_000_000);
pub(crate) const BTC: InstrumentId = InstrumentId::new(0);
pub(crate) const ETH: InstrumentId = InstrumentId::new(1);
pub(crate) const MM: StrategyId = StrategyId::new(2);
pub(crate) const TREND: StrategyId = StrategyId::new(3);
pub(crate) const PAIRS: StrategyId = StrategyId::new(4);

/// A screen with the engine's ends of its session.
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) app: App,
    pub(crate) inbox: Inbox<Ask>,
    pub(crate) switch: KillSwitch,
    outlet: Outlet<Message>,
    at: Timestamp,
    _ends: InboxEnds<Ask>,
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn instrument(id: InstrumentId, symbol: &str, unit: &str, tick: &str, lot: &str) -> Instrument {
    let usdt = Currency::new("USDT").unwrap();
    Instrument {
        id,
        symbol: symbol.into(),
        venue: "bnc".into(),
        contract: Contract::Linear,
        size: Qty::ONE,
        quote: usdt,
        settle: usdt,
        unit: unit.into(),
        tick: price(tick),
        min_price: price(tick),
        max_price: price("1000000"),
        lot: qty(lot),
        min_qty: qty(lot),
        min_notional: money("5"),
        maker_fee: "0.0002".parse().unwrap(),
        taker_fee: "0.0004".parse().unwrap(),
        initial_margin: "0.1".parse().unwrap(),
        stale_after: Span::from_secs(2),
        max_jump_bps: 500,
    }
}

fn strategy(name: &str, kind: &str, instruments: &[InstrumentId]) -> StrategyInfo {
    StrategyInfo { name: name.into(), kind: kind.into(), armed: true, instruments: instruments.to_vec() }
}

pub(crate) fn genesis(mode: Mode) -> Genesis {
    let usdt = Currency::new("USDT").unwrap();
    let per_instrument = InstrumentLimits {
        max_order_qty: qty("5"),
        max_order_value: money("5000"),
        max_position: qty("10"),
        collar_bps: 50,
    };
    let per_strategy = StrategyLimits { max_position_value: money("20000"), daily_loss: money("500") };
    Genesis {
        run: RunId::new(7),
        mode,
        currency: usdt,
        capital: vec![(usdt, money("100000"))],
        conversions: Vec::new(),
        instruments: vec![
            instrument(BTC, "BTCUSDT", "BTC", "0.1", "0.001"),
            instrument(ETH, "ETHUSDT", "ETH", "0.01", "0.001"),
        ],
        strategies: vec![
            strategy("manual", "-", &[]),
            strategy("external", "-", &[]),
            strategy("mm-btc", "maker", &[BTC]),
            strategy("trend-eth", "sma_cross", &[ETH]),
            strategy("pairs-x", "pairs", &[BTC, ETH]),
        ],
        limits: Limits {
            max_gross: money("50000"),
            daily_loss: money("2000"),
            messages_per_s: 10,
            cancel_reserve: 2,
            max_open_orders: 20,
            duplicate_window: Span::from_secs(10),
            instruments: vec![per_instrument; 2],
            strategies: vec![per_strategy; 5],
        },
        order_answer: Span::from_secs(1),
        link_silent: Span::from_secs(5),
        live_unavailable: (mode == Mode::Analyze).then(|| "no live broker configured".into()),
        halted: None,
    }
}

impl Desk {
    /// An empty desk, the first snapshot taken.
    pub(crate) fn new(genesis: Genesis, options: ScreenOptions) -> Self {
        let (strategies, instruments) = (genesis.strategies.len(), genesis.instruments.len());
        let (inbox, ends) = Inbox::new();
        let (outlet, messages) = Outlet::new("test screen", 65_536);
        let switch = KillSwitch::new(strategies, instruments, genesis.halted.unwrap_or_default());
        let parts = ClientParts {
            id: SessionId(1),
            asks: ends.control.clone(),
            messages,
            kill_switch: switch.clone(),
        };
        let app = App::new(Client::new(parts), options, NOW);
        let state = State::new(Arc::new(genesis));
        let at = NOW.after(Span::from_secs(-60));
        let mut desk = Self { state, app, inbox, switch, outlet, at, _ends: ends };
        let snapshot = desk.state.clone();
        desk.tell(Message::Snapshot(Box::new(snapshot)));
        desk
    }

    pub(crate) fn tell(&mut self, message: Message) {
        self.outlet.offer(false, || message);
        self.app.drain(1_000_000, NOW);
    }

    /// Time goes on before the next event.
    pub(crate) fn wait(&mut self, millis: i64) -> &mut Self {
        self.at = self.at.after(Span::from_millis(millis));
        self
    }

    /// The next event, caused by itself or by an earlier one.
    pub(crate) fn event(&mut self, event: Event, cause: Option<u64>) -> u64 {
        let seq = self.state.seq.get() + 1;
        let cause = Cause(Seq::new(cause.unwrap_or(seq)));
        let envelope = Envelope { seq: Seq::new(seq), at: self.at, cause, event };
        self.state.apply(&envelope);
        self.tell(Message::Event(envelope));
        seq
    }

    pub(crate) fn quote(&mut self, instrument: InstrumentId, bid: &str, ask: &str) -> u64 {
        let quote = Quote {
            instrument,
            bid: price(bid),
            bid_qty: qty("0.911"),
            ask: price(ask),
            ask_qty: qty("1.204"),
            venue_time: self.at.after(Span::from_millis(-12)),
            local_time: self.at,
        };
        self.event(Event::Market(MarketEvent::Quote(quote)), None)
    }

    pub(crate) fn trade(&mut self, instrument: InstrumentId, at: &str, amount: &str, aggressor: Side) -> u64 {
        let trade = Trade {
            instrument,
            price: price(at),
            qty: qty(amount),
            aggressor,
            venue_time: self.at.after(Span::from_millis(-12)),
            local_time: self.at,
        };
        self.event(Event::Market(MarketEvent::Trade(trade)), None)
    }

    pub(crate) fn depth(
        &mut self,
        instrument: InstrumentId,
        bids: &[(&str, &str)],
        asks: &[(&str, &str)],
    ) -> u64 {
        let levels = |side: &[(&str, &str)]| {
            side.iter().map(|(at, amount)| Level { price: price(at), qty: qty(amount) }).collect()
        };
        let depth = Depth {
            instrument,
            bids: levels(bids),
            asks: levels(asks),
            venue_time: self.at,
            local_time: self.at,
        };
        self.event(Event::Market(MarketEvent::Depth(Arc::new(depth))), None)
    }

    pub(crate) fn order(
        &mut self,
        strategy: StrategyId,
        instrument: InstrumentId,
        side: Side,
        amount: &str,
        kind: OrderKind,
    ) -> NewOrder {
        let mode = self.state.control.mode;
        NewOrder {
            strategy,
            instrument,
            side,
            qty: qty(amount),
            kind,
            tif: TimeInForce::Gtc,
            post_only: matches!(kind, OrderKind::Limit { .. }),
            reduce_only: false,
            mode,
            label: Label::new("quote"),
        }
    }

    pub(crate) fn submit(&mut self, order: NewOrder, cause: Option<u64>) -> OrderId {
        let (id, client_id) = self.state.orders.next_id();
        let actor = match order.strategy {
            StrategyId::MANUAL => Actor::Operator,
            other => Actor::Strategy(other),
        };
        let event = OrderEvent::Submitted {
            id,
            client_id,
            order,
            actor,
            request: None,
            venue_reduce_only: false,
            rules: 18,
        };
        self.event(Event::Order(event), cause);
        id
    }

    pub(crate) fn accept(&mut self, id: OrderId) {
        let venue_id = VenueOrderId(format!("5512{}", id.get()).as_str().into());
        let cause = self.state.orders.get(id).map(|order| order.cause.0.get());
        self.event(Event::Order(OrderEvent::Accepted { id, venue_id, venue_time: self.at }), cause);
    }

    pub(crate) fn fill(&mut self, id: OrderId, amount: &str, at: &str, fee: &str) {
        let Some(order) = self.state.orders.get(id).cloned() else { panic!("no order {id:?}") };
        let fill = Fill {
            order: id,
            strategy: order.request.strategy,
            instrument: order.request.instrument,
            mode: order.request.mode,
            side: order.request.side,
            qty: qty(amount),
            price: price(at),
            liquidity: Liquidity::Maker,
            fee: money(fee),
            fill_id: FillId(format!("f{}", self.state.seq.get()).as_str().into()),
            venue_time: self.at,
        };
        self.event(Event::Order(OrderEvent::Filled { id, fill }), Some(order.cause.0.get()));
    }

    pub(crate) fn control(&mut self, event: ControlEvent) -> u64 {
        self.event(Event::Control(event), None)
    }

    /// The broker tells what our own books say, so both agree.
    pub(crate) fn reconcile(&mut self) {
        let usdt = Currency::new("USDT").unwrap();
        let ledger = &self.state.ledger;
        let held =
            [BTC, ETH].map(|instrument| BrokerPosition { instrument, net: ledger.account(instrument).net });
        let flows: Money =
            [BTC, ETH].iter().map(|id| ledger.account(*id).cash - ledger.account(*id).fees).sum();
        let snapshot = AccountSnapshot {
            balances: vec![Balance {
                currency: usdt,
                cash: money("100000") + flows,
                margin: money("1200"),
                free: money("98000"),
            }],
            positions: held.to_vec(),
            fills: ledger.fills,
            venue_time: self.at,
        };
        self.event(Event::Account(AccountEvent::Snapshot { snapshot: Box::new(snapshot) }), None);
    }

    pub(crate) fn vitals(&mut self) {
        self.tell(Message::Vitals(Arc::new(vitals())));
    }

    /// A frame of this size.
    pub(crate) fn frame(&mut self, width: u16, height: u16) -> Buffer {
        self.frame_at(width, height, NOW)
    }

    pub(crate) fn frame_at(&mut self, width: u16, height: u16, now: Timestamp) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        self.app.draw(now, &mut buf);
        buf
    }

    pub(crate) fn press(&mut self, keys: &str) {
        for word in keys.split(' ') {
            self.app.on_key(key(word), NOW);
        }
    }
}

/// A key as the table writes it.
pub(crate) fn key(word: &str) -> crossterm::event::KeyEvent {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match word {
        "Space" => plain(KeyCode::Char(' ')),
        "Enter" => plain(KeyCode::Enter),
        "Esc" => plain(KeyCode::Esc),
        "Tab" => plain(KeyCode::Tab),
        "S-Tab" => plain(KeyCode::BackTab),
        "Backspace" => plain(KeyCode::Backspace),
        "Up" => plain(KeyCode::Up),
        "Down" => plain(KeyCode::Down),
        word if word.len() == 2 && word.starts_with('^') => {
            let letter = word.chars().nth(1).unwrap().to_ascii_lowercase();
            KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL)
        }
        word => plain(KeyCode::Char(word.chars().next().unwrap())),
    }
}

/// Plain options for golden frames.
pub(crate) fn ascii() -> ScreenOptions {
    ScreenOptions {
        palette: Palette::Mono,
        colors: ColorDepth::None,
        ascii: true,
        ..ScreenOptions::default()
    }
}

/// A frame as text, trailing spaces cut.
pub(crate) fn text(buf: &Buffer) -> String {
    let width = usize::from(buf.area.width).max(1);
    let rows = buf.content().chunks(width).map(|row| {
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        line.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n") + "\n"
}

pub(crate) fn vitals() -> Vitals {
    let finding = |rule, value, limit, detail| Finding { rule, pass: true, value, limit, detail };
    let health = |name: &str, state: &'static str, detail: &str| SubscriberHealth {
        name: Label::new(name),
        state,
        detail: detail.into(),
        delivered: 88_123,
        missed: 0,
        restarts: 0,
    };
    let gauge = |name, capacity, len, peak, passed| flightdeck::bus::GaugeReading {
        name,
        capacity,
        len,
        peak,
        passed,
        lost: 0,
    };
    Vitals {
        at: NOW,
        started_at: NOW.after(Span::from_secs(-3_723)),
        feed: "recorded market bnc".into(),
        speed: "1x".into(),
        broker: "paper".into(),
        queues: vec![
            gauge("inbox control", 1_024, 0, 2, 40),
            gauge("inbox reports", 8_192, 0, 12, 4_410),
            gauge("inbox market", 16_384, 31, 902, 8_812_341),
            gauge("journal", 65_536, 4, 911, 41_230),
        ],
        subscribers: vec![
            health("recorder", "ok", ""),
            health("journal", "ok", ""),
            health("alerts", "lagging", "1.2s behind"),
        ],
        step_p50: Span::from_nanos(410),
        step_p99: Span::from_nanos(3_120),
        order_p50: Span::from_nanos(2_300),
        order_p99: Span::from_nanos(9_400),
        inputs: 8_816_791,
        inputs_per_s: 1_204,
        headroom: vec![
            finding(
                RuleId::PositionAccount,
                Measure::Money(money("12361")),
                Measure::Money(money("50000")),
                "gross",
            ),
            finding(RuleId::LossAccount, Measure::Money(money("0")), Measure::Money(money("2000")), ""),
            finding(RuleId::Rate, Measure::Count(2), Measure::Count(10), ""),
            finding(RuleId::OpenOrders, Measure::Count(4), Measure::Count(20), ""),
            finding(
                RuleId::PositionInstrument,
                Measure::Qty(qty("0.17")),
                Measure::Qty(qty("10")),
                "BTCUSDT",
            ),
            finding(RuleId::PositionInstrument, Measure::Qty(qty("3")), Measure::Qty(qty("10")), "ETHUSDT"),
        ],
        strategies: vec![StrategyTiming {
            strategy: MM,
            calls: 881_234,
            p99: Span::from_nanos(2_100),
            worst: Span::from_nanos(48_000),
        }],
        data_dir: "~/.local/share/flightdeck".into(),
        rows_written: 412_330,
        rss_bytes: 41_943_040,
    }
}

/// The scene of the mock-ups: two markets, three strategies, orders in most states.
pub(crate) fn scene(mode: Mode, options: ScreenOptions) -> Desk {
    let mut desk = Desk::new(genesis(mode), options);
    let limit = |at: &str| OrderKind::Limit { price: price(at) };
    desk.control(ControlEvent::Started { mode, halted: false });
    for step in 0..60_i64 {
        let drift =
            [0, 3, 5, 9, 14, 12, 8, 11, 17, 22, 26, 21, 15, 10, 4][usize::try_from(step % 15).unwrap()];
        let last = format!("{}.3", 64_180 + drift + step / 3);
        let side = if step % 3 == 0 { Side::Sell } else { Side::Buy };
        desk.wait(800).trade(BTC, &last, "0.047", side);
        if step % 10 == 0 {
            desk.quote(BTC, &last, &format!("{}.4", 64_180 + drift + step / 3));
            desk.quote(ETH, "3103.50", "3104.50");
        }
        if step == 20 {
            let order = desk.order(MM, BTC, Side::Buy, "0.110", limit("64195.0"));
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.110", "64195.0", "1.41");
            let order = desk.order(TREND, ETH, Side::Sell, "1.500", OrderKind::Market);
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "1.500", "3105.20", "1.86");
        }
        if step == 35 {
            let order = desk.order(StrategyId::MANUAL, BTC, Side::Sell, "0.050", limit("64210.0"));
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.050", "64210.0", "0.64");
            let order = desk.order(StrategyId::MANUAL, BTC, Side::Buy, "0.050", OrderKind::Market);
            let id = desk.submit(order, None);
            desk.accept(id);
            desk.fill(id, "0.050", "64219.0", "1.28");
        }
    }
    let mut order = desk.order(TREND, ETH, Side::Buy, "1.500", OrderKind::Stop { trigger: price("3131") });
    order.reduce_only = true;
    let stop = desk.submit(order, None);
    desk.wait(41).accept(stop);
    let denied = desk.order(StrategyId::MANUAL, BTC, Side::Buy, "5", limit("64190"));
    desk.wait(700).event(
        Event::Denied {
            order: denied,
            actor: Actor::Operator,
            request: None,
            denial: Denial {
                rule: RuleId::OrderValue,
                value: Measure::Money(money("320950")),
                limit: Measure::Money(money("5000")),
                detail: "",
            },
        },
        None,
    );
    desk.depth(
        BTC,
        &[
            ("64213.3", "0.911"),
            ("64213.1", "3.020"),
            ("64212.9", "1.115"),
            ("64212.7", "6.400"),
            ("64212.5", "2.050"),
            ("64212.3", "0.770"),
            ("64212.1", "1.600"),
            ("64211.9", "0.950"),
        ],
        &[
            ("64213.4", "1.204"),
            ("64213.6", "0.480"),
            ("64213.8", "2.110"),
            ("64214.0", "2.770"),
            ("64214.2", "4.020"),
            ("64214.4", "1.040"),
            ("64214.6", "3.310"),
        ],
    );
    desk.quote(ETH, "3103.50", "3104.50");
    let cause = desk.wait(6_000).quote(BTC, "64213.3", "64213.4");
    let order = desk.order(MM, BTC, Side::Buy, "0.050", limit("64213.3"));
    let bid = desk.submit(order, Some(cause));
    let order = desk.order(MM, BTC, Side::Sell, "0.050", limit("64213.6"));
    let ask = desk.submit(order, Some(cause));
    desk.wait(41).accept(bid);
    desk.accept(ask);
    desk.quote(ETH, "3103.50", "3104.50");
    desk.wait(500).fill(bid, "0.010", "64213.3", "0.13");
    let order = desk.order(PAIRS, ETH, Side::Buy, "0.500", limit("3102.10"));
    let lost = desk.submit(order, None);
    desk.wait(1_200)
        .event(Event::Order(OrderEvent::Unknown { id: lost, waited: Span::from_millis(1_200) }), None);
    desk.trade(BTC, "64213.4", "0.010", Side::Buy);
    desk.quote(ETH, "3103.50", "3104.50");
    desk.quote(BTC, "64213.3", "64213.4");
    desk.reconcile();
    desk.vitals();
    desk
}

/// What the screen asked of the engine since the last look.
pub(crate) fn asks(desk: &mut Desk) -> Vec<Ask> {
    use flightdeck::bus::Taken;
    let mut asks = Vec::new();
    while let Some(taken) = desk.inbox.urgent() {
        if let Taken::Control(ask) = taken {
            asks.push(ask);
        }
    }
    asks
}

/// The commands among them.
pub(crate) fn commands(desk: &mut Desk) -> Vec<Request> {
    asks(desk)
        .into_iter()
        .filter_map(|ask| if let Ask::Command(request) = ask { Some(request) } else { None })
        .collect()
}

/// The gate's rules, in its order.
pub(crate) const RULES: [RuleId; 18] = [
    RuleId::Mode,
    RuleId::Kill,
    RuleId::Armed,
    RuleId::Filters,
    RuleId::Reference,
    RuleId::ReduceOnly,
    RuleId::OrderQty,
    RuleId::OrderValue,
    RuleId::Collar,
    RuleId::Duplicate,
    RuleId::Rate,
    RuleId::OpenOrders,
    RuleId::PositionInstrument,
    RuleId::PositionStrategy,
    RuleId::PositionAccount,
    RuleId::Margin,
    RuleId::LossStrategy,
    RuleId::LossAccount,
];

/// A gate's answer; `denied` fails with these numbers.
pub(crate) fn assessment(order: &NewOrder, denied: Option<RuleId>) -> Assessment {
    let finding = |rule: RuleId| {
        let (value, limit) = match rule {
            RuleId::OrderValue => (Measure::Money(money("3210.67")), Measure::Money(money("5000"))),
            RuleId::OrderQty => (Measure::Qty(order.qty), Measure::Qty(qty("5"))),
            RuleId::Collar => (Measure::Bps(0), Measure::Bps(50)),
            RuleId::Rate => (Measure::Count(2), Measure::Count(10)),
            RuleId::Duplicate => (Measure::None, Measure::Age(Span::from_secs(10))),
            _ => (Measure::None, Measure::None),
        };
        finding(rule, denied != Some(rule), value, limit)
    };
    Assessment {
        findings: RULES.iter().copied().map(finding).collect(),
        fills_now: order.qty,
        average: Some(price("64213.4")),
        fee: money("1.28"),
        notional: money("3210.67"),
        margin_after: money("90866.30"),
    }
}

fn finding(rule: RuleId, pass: bool, value: Measure, limit: Measure) -> Finding {
    Finding { rule, pass, value, limit, detail: "" }
}

/// Draws a frame, lets the gate answer what the screen asked, and draws again.
pub(crate) fn answered(desk: &mut Desk, now: Timestamp, denied: Option<RuleId>) -> Vec<Ask> {
    let _frame = desk.frame_at(80, 24, now);
    let asked = asks(desk);
    for ask in &asked {
        if let Ask::WhatIf { request, order, .. } = ask {
            let assessment = assessment(order, denied);
            desk.tell(Message::Assessment(flightdeck::wire::Reply {
                request: *request,
                order: *order,
                assessment,
            }));
        }
    }
    asked
}

/// Time after the scene.
pub(crate) fn later(millis: i64) -> Timestamp {
    NOW.after(Span::from_millis(millis))
}

/// Types letters, one key each.
pub(crate) fn type_text(desk: &mut Desk, text: &str, now: Timestamp) {
    for letter in text.chars() {
        let word = if letter == ' ' { "Space".to_owned() } else { letter.to_string() };
        desk.app.on_key(key(&word), now);
    }
}
