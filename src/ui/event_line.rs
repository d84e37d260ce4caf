//! An event as one line: time, kind, who, text, correlation. The same everywhere a log is read.

use super::command_words::{change_words, command_words, refusal_words};
use super::figure;

use super::view::View;
use crate::model::{
    Actor, BrokerReport, ControlEvent, Denial, Envelope, Event, Fault, Fill, InstrumentId, LinkEvent,
    MarketEvent, Mode, NewOrder, OrderEvent, OrderId, Recovery, Scope, Seq, Span, StrategyId, Timestamp,
};
use crate::state::State;

/// What the words of a line are looked up in: names of strategies and instruments, orders.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a>(pub &'a State);

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLine {
    /// By our clock.
    pub at: Timestamp,
    pub seq: Seq,
    /// Four to six capitals.
    pub kind: &'static str,
    pub who: String,
    pub text: String,
    pub cid: Seq,
    /// Whether it is one to look at.
    pub alarm: bool,
    /// The order it is about.
    pub order: Option<OrderId>,
}

/// The parts that differ between events.
pub(super) struct Words {
    kind: &'static str,
    who: String,
    text: String,
    alarm: bool,
    order: Option<OrderId>,
}

/// The line of an event, for a screen.
pub fn event_line(envelope: &Envelope, view: &View<'_>) -> EventLine {
    line_of(envelope, Names(view.state))
}

/// The line of an event, with the names of a state.
pub(super) fn line_of(envelope: &Envelope, names: Names<'_>) -> EventLine {
    let words = match &envelope.event {
        Event::Market(event) => names.market(event),
        Event::Order(event) => names.order(event),
        Event::Denied { order, actor, denial, .. } => names.denied(order, *actor, denial),
        Event::Account(event) => names.account(event),
        Event::Batch(event) => names.batch(event),
        Event::Risk(event) => names.risk(event),
        Event::Link(event) => link(event),
        Event::Control(event) => names.control(event),
    };
    let Words { kind, who, text, alarm, order } = words;
    EventLine { at: envelope.at, seq: envelope.seq, kind, who, text, cid: envelope.cause.0, alarm, order }
}

pub(super) fn words(kind: &'static str, who: &str, text: String) -> Words {
    Words { kind, who: who.to_owned(), text, alarm: false, order: None }
}

impl Words {
    pub(super) fn alarm(mut self) -> Self {
        self.alarm = true;
        self
    }
}

impl<'a> Names<'a> {
    pub(super) fn strategy(self, id: StrategyId) -> &'a str {
        if id == StrategyId::EXTERNAL {
            return "EXTERNAL";
        }
        self.0.genesis().strategy(id).map_or("?", |info| info.name.as_str())
    }

    pub(super) fn symbol(self, id: InstrumentId) -> &'a str {
        self.0.genesis().instrument(id).map_or("?", |one| one.symbol.as_str())
    }

    pub(super) fn scope(self, scope: Scope) -> &'a str {
        match scope {
            Scope::All => "all",
            Scope::Strategy(id) => self.strategy(id),
            Scope::Instrument(id) => self.symbol(id),
        }
    }

    pub(super) fn actor(self, actor: Actor) -> &'a str {
        match actor {
            Actor::Strategy(id) => self.strategy(id),
            Actor::Operator
            | Actor::Cli
            | Actor::Signal
            | Actor::File
            | Actor::Watchdog
            | Actor::Supervisor => actor.as_str(),
        }
    }

    /// `BUY 0.050 BTCUSDT LMT 64,213.3 PO RO`.
    fn order_words(self, order: &NewOrder) -> String {
        let instrument = self.0.genesis().instrument(order.instrument);
        let (price_places, qty_places) =
            instrument.map_or((2, 2), |one| (one.price_places(), one.qty_places()));
        let mut text = format!(
            "{} {} {} {}",
            order.side,
            figure::qty(order.qty, qty_places),
            self.symbol(order.instrument),
            order.kind.as_str()
        );
        let both = order.kind.trigger().is_some() && order.kind.limit_price().is_some();
        let prices = [(order.kind.trigger(), "trigger "), (order.kind.limit_price(), "limit ")];
        for (price, word) in prices.into_iter().filter_map(|(price, word)| Some((price?, word))) {
            text.push(' ');
            text.push_str(if both { word } else { "" });
            text.push_str(figure::price(price, price_places).as_str());
        }
        for (set, word) in [(order.post_only, " PO"), (order.reduce_only, " RO")] {
            if set {
                text.push_str(word);
            }
        }
        text
    }

    fn about(self, id: OrderId, kind: &'static str, text: &str) -> Words {
        let order = self.0.orders.get(id);
        let who = order.map_or("?", |order| self.strategy(order.request.strategy));
        let mode = order.map_or(Mode::Analyze, |order| order.request.mode);
        let name = View::order_name(mode, id);
        Words { kind, who: who.to_owned(), text: format!("{name} {text}"), alarm: false, order: Some(id) }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an event: a list, not a procedure")]
    fn order(self, event: &OrderEvent) -> Words {
        match event {
            OrderEvent::Submitted { id, order, actor, rules, .. } => {
                let own = *actor == Actor::Strategy(order.strategy);
                let by = if own { String::new() } else { format!(" by {}", self.actor(*actor)) };
                let text = format!("{} PASS {rules}/{rules} {}{by}", self.order_words(order), order.label);
                let mut words = self.about(*id, "SEND", &text);
                self.strategy(order.strategy).clone_into(&mut words.who);
                words
            }
            OrderEvent::Accepted { id, venue_id, .. } => {
                let waited = self
                    .0
                    .orders
                    .get(*id)
                    .and_then(|order| order.acknowledged_at.map(|at| at.since(order.submitted_at)));
                let took = waited.map(|span: Span| format!(" in {span}")).unwrap_or_default();
                self.about(*id, "ACK", &format!("accepted{took}, venue id {venue_id}"))
            }
            OrderEvent::Rejected { id, reason, .. } => {
                self.about(*id, "REJECT", &format!("rejected by the venue: {reason}")).alarm()
            }
            OrderEvent::Triggered { id, .. } => self.about(*id, "STOP", "stop triggered"),
            OrderEvent::Filled { id, fill } => self.fill(*id, fill),
            OrderEvent::CancelRequested { id, actor, .. } => {
                self.about(*id, "CANCEL", &format!("cancel sent, asked by {}", self.actor(*actor)))
            }
            OrderEvent::CancelRejected { id, reason, not_sent: true, .. } => {
                self.about(*id, "WARN", &format!("cancel did not leave: {reason}")).alarm()
            }
            OrderEvent::CancelRejected { id, reason, .. } => {
                self.about(*id, "WARN", &format!("cancel refused by the venue: {reason}")).alarm()
            }
            OrderEvent::Canceled { id, reason, .. } => {
                self.about(*id, "CANCEL", &format!("canceled: {reason}"))
            }
            OrderEvent::Expired { id, .. } => self.about(*id, "EXPIRE", "expired"),
            OrderEvent::Unknown { id, word: Some(word), .. } => {
                self.about(*id, "WARN", &format!("{word} -> UNKNOWN, not re-sent")).alarm()
            }
            OrderEvent::Unknown { id, waited, .. } => {
                self.about(*id, "WARN", &format!("no answer for {waited} -> UNKNOWN, not re-sent")).alarm()
            }
            OrderEvent::Held { id, order, .. } => {
                self.about(*id, "HELD", &format!("kept here until its trigger: {}", self.order_words(order)))
            }
            OrderEvent::Trailed { id, trigger } => self.about(*id, "TRAIL", &format!("trigger {trigger}")),
            OrderEvent::ReplaceRequested { id, change, actor, .. } => {
                let text = format!("change sent, {}, asked by {}", change_words(change), self.actor(*actor));
                self.about(*id, "MODIFY", &text)
            }
            OrderEvent::Replaced { id, change, .. } => {
                self.about(*id, "MODIFY", &format!("changed: {}", change_words(change)))
            }
            OrderEvent::ReplaceRejected { id, reason, .. } => {
                self.about(*id, "WARN", &format!("change refused by the venue: {reason}")).alarm()
            }
            OrderEvent::Queried { id, .. } => self.about(*id, "ASK", "what became of it"),
            OrderEvent::NotFound { id, checks, .. } => {
                self.about(*id, "ASK", &format!("the broker knows no such order, answer {checks}"))
            }
            OrderEvent::Lost { id, actor, reason, .. } => {
                let text = format!("never reached the broker, says {}: {reason}", self.actor(*actor));
                self.about(*id, "LOST", &text).alarm()
            }
            OrderEvent::Vouched { id, actor, reason, .. } => {
                self.about(*id, "WARN", &format!("at the broker, says {}: {reason}", self.actor(*actor)))
            }
            OrderEvent::Busted { id, fill, .. } => {
                let mut words = self.fill(*id, fill).alarm();
                words.kind = "BUST";
                words
            }
            OrderEvent::SetAside { report, why, .. } => {
                let text = format!("set aside, {}: {}", why.as_str(), report_words(report));
                words("WARN", "FILL", text).alarm()
            }
            OrderEvent::Unmatched { report, .. } => {
                words("WARN", "EXTERNAL", format!("not ours: {}{}", report_words(report), self.place(report)))
                    .alarm()
            }
        }
    }

    /// The contract that a fill of somebody else's is in, and at which of several accounts.
    fn place(self, report: &BrokerReport) -> String {
        let BrokerReport::Filled(fill) = report else { return String::new() };
        let genesis = self.0.genesis();
        let symbol = genesis.instrument(fill.instrument).map_or("?", |one| one.symbol.as_str());
        let accounts = &genesis.accounts;
        if accounts.is_single() {
            return format!(" {symbol}");
        }
        format!(" {symbol} at {}", accounts.name(accounts.of(fill.instrument)))
    }

    fn fill(self, id: OrderId, fill: &Fill) -> Words {
        let instrument = self.0.genesis().instrument(fill.instrument);
        let (price_places, qty_places) =
            instrument.map_or((2, 2), |one| (one.price_places(), one.qty_places()));
        let liquidity = match fill.liquidity {
            crate::model::Liquidity::Maker => "maker",
            crate::model::Liquidity::Taker => "taker",
        };
        let text = format!(
            "{} {} {} @{} fee {} {liquidity}",
            fill.side,
            figure::qty(fill.qty, qty_places),
            self.symbol(fill.instrument),
            figure::price(fill.price, price_places),
            self.fee(fill),
        );
        let mut words = self.about(id, "FILL", &text);
        self.strategy(fill.strategy).clone_into(&mut words.who);
        words
    }

    /// A fee with its currency, with all places that count in it.
    fn fee(self, fill: &Fill) -> String {
        match self.0.genesis().instrument(fill.instrument).map(|one| one.settle) {
            Some(currency) => {
                let places = figure::places_of(currency).max(4);
                format!("{} {currency}", figure::money(fill.fee, places, ""))
            }
            None => fill.fee.to_string(),
        }
    }

    fn denied(self, order: &NewOrder, actor: Actor, denial: &Denial) -> Words {
        let by = if actor == Actor::Strategy(order.strategy) { "" } else { self.actor(actor) };
        let text = format!("DENIED {denial}: {} {by}", self.order_words(order));
        words("DENY", self.strategy(order.strategy), text.trim_end().to_owned()).alarm()
    }

    fn market(self, event: &MarketEvent) -> Words {
        let symbol = self.symbol(event.instrument());
        match event {
            MarketEvent::Quote(_) => words("QUOTE", symbol, "quote".to_owned()),
            MarketEvent::Trade(_) => words("TRADE", symbol, "trade".to_owned()),
            MarketEvent::Depth(_) => words("DEPTH", symbol, "depth".to_owned()),
            MarketEvent::Bar(_) => words("BAR", symbol, "bar".to_owned()),
            MarketEvent::Quarantined { fault, detail, .. } => {
                words("FEED", symbol, format!("QUARANTINED {}: {detail}", fault_word(*fault))).alarm()
            }
            MarketEvent::Trusted { .. } => words("FEED", symbol, "trusted again".to_owned()),
            MarketEvent::Stale { age, .. } => {
                words("FEED", symbol, format!("STALE, nothing for {age}; new risk is blocked")).alarm()
            }
            MarketEvent::Fresh { silence, .. } => {
                words("FEED", symbol, format!("data again after {silence}"))
            }
            MarketEvent::Dropped { trades, .. } => {
                words("FEED", symbol, format!("{trades} trades dropped, the market lane was full")).alarm()
            }
            MarketEvent::Looped { pass, .. } => {
                words("FEED", symbol, format!("the recording starts again, pass {pass}"))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm an event: a list, not a procedure")]
    fn control(self, event: &ControlEvent) -> Words {
        match event {
            ControlEvent::Started { mode, halted, recovered } => {
                let word = if *halted { ", halted by an earlier run" } else { "" };
                let found = recovered.as_ref().map(|one| recovery_words(one)).unwrap_or_default();
                words("START", "engine", format!("run started in {}{word}{found}", mode.as_str()))
            }
            ControlEvent::KillRaised { level, scope, actor, reason, .. } => {
                let (number, meaning) = (level.number(), super::view::kill_verb(*level));
                let text = format!("K{number} {meaning}, {}: {reason}", self.scope(*scope));
                words("KILL", self.actor(*actor), text).alarm()
            }
            ControlEvent::Resumed { actor, reason, .. } => {
                words("RESUME", self.actor(*actor), format!("every kill lowered: {reason}"))
            }
            ControlEvent::Armed { strategy, actor, .. } => {
                words("ARM", self.strategy(*strategy), format!("armed by {}", self.actor(*actor)))
            }
            ControlEvent::Disarmed { strategy, actor, reason, .. } => words(
                "PAUSE",
                self.strategy(*strategy),
                format!("paused by {}: {reason}", self.actor(*actor)),
            ),
            ControlEvent::StrategyFailed { strategy, message } => {
                words("FAIL", self.strategy(*strategy), format!("panicked and was stopped: {message}"))
                    .alarm()
            }
            ControlEvent::ModeSet { mode, actor, arming, .. } => {
                let text = match (mode, arming) {
                    (Mode::Live, Some(arming)) => {
                        format!("armed for LIVE, {} strategies besides manual", arming.strategies.len())
                    }
                    (Mode::Live, None) => "the time armed for is over: reduce-only".to_owned(),
                    (Mode::Analyze, _) => "back to analyze".to_owned(),
                };
                words("MODE", self.actor(*actor), text)
            }
            ControlEvent::Refused { request, refusal } => {
                let what = command_words(&request.command);
                words("REFUSE", self.actor(request.actor), format!("{what}: {}", refusal_words(*refusal)))
                    .alarm()
            }
            ControlEvent::LossLimit { scope, loss, limit } => {
                let text = format!("loss {loss:.2} reached the limit {limit:.2}");
                words("LIMIT", self.scope(*scope), text).alarm()
            }
            ControlEvent::Mismatch { instrument, detail, .. } => {
                let who = instrument.map_or("account", |id| self.symbol(id));
                words("DIFF", who, format!("broker and our books differ: {detail}")).alarm()
            }
            ControlEvent::FlattenHeld { strategy, instrument, why } => {
                let text = format!("{} not flattened yet: {why}", self.symbol(*instrument));
                words("HELD", self.strategy(*strategy), text).alarm()
            }
            ControlEvent::CloseBegan { strategy, instrument, actor, .. } => {
                let text =
                    format!("{} being closed, asked by {}", self.symbol(*instrument), self.actor(*actor));
                words("CLOSE", self.strategy(*strategy), text)
            }
            ControlEvent::CloseEnded { strategy, instrument, why } => {
                let text = format!("{} close given up: {}", self.symbol(*instrument), why.as_str());
                words("CLOSE", self.strategy(*strategy), text).alarm()
            }
            ControlEvent::SessionEnd { instrument, close } => self.day_end(*instrument, *close),
            ControlEvent::SessionLate { strategy, instrument, close, net } => {
                self.late((*strategy, *instrument), *net, *close)
            }
            ControlEvent::RollDue { strategy, instrument, expiry, into } => {
                self.roll((*strategy, *instrument), *into, *expiry)
            }
            ControlEvent::Alarm { .. }
            | ControlEvent::AlarmOver { .. }
            | ControlEvent::Clock { .. }
            | ControlEvent::ReconcileBegan { .. }
            | ControlEvent::DifferenceAccepted { .. } => self.watch(event),
            ControlEvent::Acknowledged { alert, actor, .. } => {
                words("SEEN", self.actor(*actor), format!("alert {alert}"))
            }
            ControlEvent::Done { actor, orders, .. } => {
                words("DONE", self.actor(*actor), format!("{orders} orders"))
            }
        }
    }
}

fn link(event: &LinkEvent) -> Words {
    match event {
        LinkEvent::Up { name } => words("LINK", name.as_str(), "up".to_owned()),
        LinkEvent::Down { name, reason } => words("LINK", name.as_str(), format!("DOWN: {reason}")).alarm(),
        LinkEvent::Silent { name, age } => {
            words("LINK", name.as_str(), format!("SILENT, no answer for {age}")).alarm()
        }
        LinkEvent::Subscriber { name, state, detail } => {
            let words = words("LINK", name.as_str(), format!("{state} {detail}").trim_end().to_owned());
            if *state == "ok" { words } else { words.alarm() }
        }
    }
}

fn report_words(report: &BrokerReport) -> String {
    match report {
        BrokerReport::Accepted { venue_id, .. } => format!("accepted, venue id {venue_id}"),
        BrokerReport::Rejected { reason, .. } => format!("rejected: {reason}"),
        BrokerReport::Triggered { .. } => "stop triggered".to_owned(),
        BrokerReport::Filled(fill) => format!("fill {} {} @{}", fill.side, fill.qty, fill.price),
        BrokerReport::Canceled { reason, .. } => format!("canceled: {reason}"),
        BrokerReport::Expired { .. } => "expired".to_owned(),
        BrokerReport::CancelRejected { reason, .. } => format!("cancel refused: {reason}"),
        BrokerReport::Account(_) => "account".to_owned(),
        BrokerReport::Replaced { change, .. } => format!("changed: {}", change_words(change)),
        BrokerReport::ReplaceRejected { reason, .. } => format!("change refused: {reason}"),
        BrokerReport::NotSent { reason, .. } | BrokerReport::Doubted { why: reason, .. } => {
            reason.as_str().to_owned()
        }
        BrokerReport::Order(order) => format!("order {} filled {}", order.status, order.filled),
        BrokerReport::NotFound { .. } => "no such order".to_owned(),
        BrokerReport::Orders(orders) => format!("{} orders open", orders.open.len()),
        BrokerReport::Busted { fill_id, .. } => format!("fill {} taken back", fill_id.0),
        BrokerReport::Funding { amount, .. } => format!("funding {amount:.4}"),
        BrokerReport::Settled { price, .. } => format!("settled at {price}"),
    }
}

/// A fault in words.
pub(super) fn fault_word(fault: Fault) -> &'static str {
    match fault {
        Fault::Crossed => "crossed book",
        Fault::Locked => "locked book",
        Fault::NotPositive => "not positive",
        Fault::OutOfRange => "out of range",
        Fault::Jump => "jump",
        Fault::OffTick => "off tick",
        Fault::SequenceGap => "sequence gap",
        Fault::Unreadable => "unreadable",
    }
}

/// What a start found of the book it continues.
fn recovery_words(found: &Recovery) -> String {
    let Recovery { found: shell, last, last_at: _, orders, unknown, held, batches, positions } = found;
    let cut = if shell.cut > 0 {
        format!(", {} rows not whole on the disk left out", shell.cut)
    } else {
        String::new()
    };
    format!(
        ", start {} of the book after event {last}: {positions} positions, {orders} open orders ({unknown} of unknown \
         fate), {held} held, {batches} batches{cut}",
        shell.epoch
    )
}
