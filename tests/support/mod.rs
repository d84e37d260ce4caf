//! A desk made by hand for tests of the screen: events in, frames out, no engine.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::too_many_arguments,
    clippy::too_many_lines,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "each test uses a part"
)]

pub(crate) mod asks;
pub(crate) mod scene;

use flightdeck::bus::{Inbox, InboxEnds, KillSwitch, Outlet};
use flightdeck::model::*;
use flightdeck::state::{Genesis, State, StrategyInfo};
use flightdeck::ui::{App, ColorDepth, Palette, ScreenOptions};
use flightdeck::wire::{Ask, Client, ClientParts, MarginAside, Message, SessionId};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
pub(crate) use scene::{scene, vitals};
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
        listing: flightdeck::model::Listing::default(),
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
        accounts: flightdeck::state::Accounts::default(),
        run: RunId::new(7),
        book: RunId::new(7),
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
            max_batch_value: money("50000"),
            daily_loss: money("2000"),
            messages_per_s: 10,
            cancel_reserve: 2,
            messages_per_min: 600,
            messages_per_day: 100_000,
            order_changes: 25,
            max_open_orders: 20,
            max_open_value: money("1000000"),
            identical_orders: 100,
            margin_use_bps: 9_000,
            account_age: Span::from_secs(3_600),
            self_trade_blocks: 3,
            self_trade_window: Span::from_secs(60),
            loosen_delay: Span::from_secs(60),
            duplicate_window: Span::from_secs(10),
            instruments: vec![per_instrument; 2],
            strategies: vec![per_strategy; 5],
            rules: vec![
                StrategyRules::NONE,
                StrategyRules::NONE,
                StrategyRules {
                    stop_loss: Some(money("300")),
                    trail: Some(Trail { from: money("100"), by: money("40") }),
                    max_open_orders: Some(4),
                    daily_trades: Some(200),
                    losers: Some(5),
                    rejects: Some(10),
                    ..StrategyRules::NONE
                },
            ],
        },
        order_answer: Span::from_secs(1),
        link_silent: Span::from_secs(5),
        venue: flightdeck::model::VenueTraits::PAPER,
        watchdog: Watchdog::OFF,
        live_unavailable: (mode == Mode::Analyze).then(|| "no live broker configured".into()),
        live: None,
        standing: Vec::new(),
        halted_by: None,
        retired: std::collections::BTreeSet::new(),
        hours: flightdeck::model::TradingHours::default(),
    }
}

impl Desk {
    /// An empty desk, the first snapshot taken.
    pub(crate) fn new(genesis: Genesis, options: ScreenOptions) -> Self {
        Self::asking(None, genesis, options)
    }

    /// The same, where the broker can be asked for margins.
    pub(crate) fn asking(broker: Option<MarginAside>, genesis: Genesis, options: ScreenOptions) -> Self {
        let (strategies, instruments) = (genesis.strategies.len(), genesis.instruments.len());
        let (inbox, ends) = Inbox::new();
        let (outlet, messages) = Outlet::new("test screen", 65_536);
        let switch = KillSwitch::new(strategies, instruments);
        for (scope, level) in &genesis.standing {
            switch.raise(*level, *scope);
        }
        let parts = ClientParts {
            id: SessionId(1),
            asks: ends.control.clone(),
            messages,
            kill_switch: switch.clone(),
        };
        let mut client = Client::new(parts);
        if let Some(aside) = broker {
            client.set_broker(aside);
        }
        let app = App::new(client, options, NOW);
        let state = State::new(Arc::new(genesis));
        let at = NOW.after(Span::from_millis(-56_494));
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
        self.submit_as(order, None, cause)
    }

    pub(crate) fn submit_leg(&mut self, order: NewOrder, leg: LegOf, cause: u64) -> OrderId {
        self.submit_as(order, Some(leg), Some(cause))
    }

    fn submit_as(&mut self, order: NewOrder, leg: Option<LegOf>, cause: Option<u64>) -> OrderId {
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
            rules: asks::rules().try_into().unwrap_or_default(),
            leg,
            link: None,
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

    /// Each account's broker tells what our own books say, so all agree.
    pub(crate) fn reconcile(&mut self) {
        for account in self.state.genesis().accounts.ids() {
            self.agree(account);
        }
    }

    pub(crate) fn agree(&mut self, account: AccountId) {
        let usdt = Currency::new("USDT").unwrap();
        let (state, ledger) = (&self.state, &self.state.ledger);
        let there = [BTC, ETH].into_iter().filter(|id| state.genesis().accounts.of(*id) == account);
        let held = there.map(|instrument| BrokerPosition { instrument, net: ledger.account(instrument).net });
        let snapshot = AccountSnapshot {
            account,
            balances: vec![Balance {
                currency: usdt,
                cash: state.cash_at(account, usdt),
                margin: money("1200"),
                free: money(if account.is_first() { "98000" } else { "48000" }),
            }],
            positions: held.collect(),
            fills: ledger.fills_at(account),
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
        "F1" => plain(KeyCode::F(1)),
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
