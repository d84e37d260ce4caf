//! The words of an event's line for batches, limits and the account.

use super::event_line::{Names, Words, words};
use crate::model::{
    AccountEvent, AccountId, BatchEvent, ClockFact, ControlEvent, InstrumentId, Label, LimitKey, NetQty,
    RiskEvent, StrategyId, Timestamp,
};
use crate::state::BROKER_LINK;

impl Names<'_> {
    /// A fact about the account.
    pub(super) fn account(self, event: &AccountEvent) -> Words {
        match event {
            AccountEvent::Snapshot { snapshot } => {
                words("ACCT", self.broker(snapshot.account).as_str(), "account told".to_owned())
            }
            AccountEvent::Opened { currency, amount, account } => words(
                "ACCT",
                self.broker(*account).as_str(),
                format!("the book begins with {amount:.2} {currency}, as the broker says"),
            ),
            AccountEvent::Asked if !self.0.genesis().accounts.is_alone() => {
                words("ACCT", "brokers", "each asked for its account".to_owned())
            }
            AccountEvent::Asked => words("ACCT", "broker", "asked for the account".to_owned()),
            AccountEvent::Orders { snapshot } => {
                let there = format!("{} orders open there", snapshot.open.len());
                words("ACCT", self.broker(snapshot.account).as_str(), there)
            }
            AccountEvent::Funding { strategy, instrument, amount, .. } => {
                let text = format!("funding {amount:.4} on {}", self.symbol(*instrument));
                words("FUND", self.strategy(*strategy), text)
            }
            AccountEvent::Settled { instrument, price, .. } => {
                words("SETTLE", self.symbol(*instrument), format!("ended, settled in cash at {price}"))
            }
            AccountEvent::Claimed { strategy, instrument, qty, price, actor, .. } => {
                let symbol = self.symbol(*instrument);
                let text = format!("{qty} {symbol} @{price} claimed from external by {}", self.actor(*actor));
                words("CLAIM", self.strategy(*strategy), text)
            }
        }
    }

    /// Whose broker, where there are several.
    fn broker(self, account: AccountId) -> Label {
        self.0.genesis().accounts.link(account, BROKER_LINK)
    }

    /// An instrument's day ends.
    pub(super) fn day_end(self, instrument: InstrumentId, close: Timestamp) -> Words {
        let text = format!("its day ends at {}: intraday positions go", hour(close));
        words("CLOSE", self.symbol(instrument), text)
    }

    /// A position is open shortly before the close.
    pub(super) fn late(
        self,
        (strategy, instrument): (StrategyId, InstrumentId),
        net: NetQty,
        close: Timestamp,
    ) -> Words {
        let text = format!("{net} {} still open, it closes at {}", self.symbol(instrument), hour(close));
        words("LATE", self.strategy(strategy), text).alarm()
    }

    /// A future that is held ends soon.
    pub(super) fn roll(
        self,
        (strategy, instrument): (StrategyId, InstrumentId),
        into: Option<InstrumentId>,
        expiry: Timestamp,
    ) -> Words {
        let into = into.map_or("no later future", |id| self.symbol(id));
        let text = format!("{} ends {}: roll into {into}", self.symbol(instrument), day(expiry));
        words("ROLL", self.strategy(strategy), text).alarm()
    }

    /// A fact about a batch.
    pub(super) fn batch(self, event: &BatchEvent) -> Words {
        match event {
            BatchEvent::Began { id, batch, actor, notional, .. } => {
                let (kind, legs) = (batch.kind.as_str(), batch.legs.len());
                let text = format!(
                    "{id} {kind} of {legs}, notional {}, by {}",
                    format_args!("{notional:.2}"),
                    self.actor(*actor)
                );
                words("BATCH", self.strategy(batch.strategy), text)
            }
            BatchEvent::Denied { batch, leg, denial, .. } => {
                let text = format!("{} refused whole, leg {}: {denial}", batch.kind.as_str(), leg + 1);
                words("DENY", self.strategy(batch.strategy), text).alarm()
            }
            BatchEvent::Stopped { id, leg, why, .. } => {
                let text = format!("{id} stopped at leg {}: {why}", leg + 1);
                words("BATCH", "engine", text).alarm()
            }
            BatchEvent::Decided { id, decision, actor, .. } => {
                words("BATCH", self.actor(*actor), format!("{id}: {decision:?}").to_lowercase())
            }
            BatchEvent::Completed { id, batch_kind, filled, total, .. } => {
                let text = format!("{id} {} completed, {filled} of {total} legs filled", batch_kind.as_str());
                let words = words("BATCH", "engine", text);
                if filled == total { words } else { words.alarm() }
            }
        }
    }

    /// A decision of the risk rules.
    pub(super) fn risk(self, event: &RiskEvent) -> Words {
        match event {
            RiskEvent::Exit { strategy, rule, value, limit, .. } => {
                let text = format!("{}: {value} limit {limit}; its positions are closed", rule.as_str());
                words("EXIT", self.strategy(*strategy), text).alarm()
            }
            RiskEvent::Stage { strategy, rule, floor } => {
                words("RISK", self.strategy(*strategy), format!("{} floor now {floor}", rule.as_str()))
            }
            RiskEvent::DayBase { strategy, net } => {
                let who = strategy.map_or("account", |id| self.strategy(id));
                words("RISK", who, format!("the day starts from {net}"))
            }
            RiskEvent::ArmedBase { strategy, net } => {
                words("RISK", self.strategy(*strategy), format!("its rules count from {net}"))
            }
            RiskEvent::LimitSet { key, from, to, actor, .. } => {
                let text = format!("{} {from} -> {to}", self.limit(*key));
                words("LIMIT", self.actor(*actor), text)
            }
            RiskEvent::LoosenAsked { key, from, to, actor, .. } => {
                let text =
                    format!("{} {from} -> {to} asked; it waits for its confirmation", self.limit(*key));
                words("LIMIT", self.actor(*actor), text).alarm()
            }
            RiskEvent::Tripped { scope, rule, value, limit } => {
                words("RISK", self.scope(*scope), format!("{}: {value} limit {limit}", rule.as_str())).alarm()
            }
            RiskEvent::Unprotected { strategy, instrument, order, qty, why } => {
                let text =
                    format!("order {} {} {qty} UNPROTECTED: {why}", order.get(), self.symbol(*instrument));
                words("EXIT", self.strategy(*strategy), text).alarm()
            }
            RiskEvent::Overfilled { strategy, instrument, order, filled, intended } => {
                let symbol = self.symbol(*instrument);
                let text =
                    format!("order {} {symbol} OVERFILLED: {filled} of {intended} intended", order.get());
                words("EXIT", self.strategy(*strategy), text).alarm()
            }
        }
    }

    /// What the watchdog saw and asked.
    pub(super) fn watch(self, event: &ControlEvent) -> Words {
        match event {
            ControlEvent::Alarm { trigger, level, held, detail, .. } => {
                let rung =
                    if level.number() == 0 { "told".to_owned() } else { format!("K{}", level.number()) };
                words("WATCH", trigger.as_str(), format!("{rung} after {held}: {detail}")).alarm()
            }
            ControlEvent::AlarmOver { trigger, subject } => {
                words("WATCH", trigger.as_str(), format!("{subject}: over; a kill stays until resumed"))
            }
            ControlEvent::Clock { what: ClockFact::Gap { gap } } => {
                words("CLOCK", "process", format!("stood still for {gap}")).alarm()
            }
            ControlEvent::Clock { what: ClockFact::Jump { by } } => {
                words("CLOCK", "wall", format!("moved by {by}")).alarm()
            }
            ControlEvent::ReconcileBegan { why, actor, .. } => {
                words("RECON", self.actor(*actor), format!("books compared with the broker's: {why}"))
            }
            ControlEvent::DifferenceAccepted { line, actor, reason, .. } => {
                words("RECON", self.actor(*actor), format!("line {line} taken as it is: {reason}"))
            }
            ControlEvent::Started { .. }
            | ControlEvent::KillRaised { .. }
            | ControlEvent::Resumed { .. }
            | ControlEvent::Armed { .. }
            | ControlEvent::Disarmed { .. }
            | ControlEvent::StrategyFailed { .. }
            | ControlEvent::ModeSet { .. }
            | ControlEvent::Refused { .. }
            | ControlEvent::LossLimit { .. }
            | ControlEvent::Mismatch { .. }
            | ControlEvent::SessionEnd { .. }
            | ControlEvent::SessionLate { .. }
            | ControlEvent::RollDue { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::Done { .. }
            | ControlEvent::Acknowledged { .. } => words("", "", String::new()),
        }
    }

    /// A limit's name.
    fn limit(self, key: LimitKey) -> String {
        match key {
            LimitKey::MaxGross => "max gross".to_owned(),
            LimitKey::DailyLoss => "daily loss".to_owned(),
            LimitKey::MessagesPerS => "messages per s".to_owned(),
            LimitKey::MaxOpenOrders => "max open orders".to_owned(),
            LimitKey::MaxOpenValue => "max open value".to_owned(),
            LimitKey::MaxBatchValue => "max batch value".to_owned(),
            LimitKey::Collar { instrument } => format!("collar {}", self.symbol(instrument)),
            LimitKey::OrderQty { instrument } => format!("order qty {}", self.symbol(instrument)),
            LimitKey::OrderValue { instrument } => format!("order value {}", self.symbol(instrument)),
            LimitKey::PositionQty { instrument } => format!("position {}", self.symbol(instrument)),
            LimitKey::StrategyPosition { strategy } => format!("position of {}", self.strategy(strategy)),
            LimitKey::StrategyLoss { strategy } => format!("daily loss of {}", self.strategy(strategy)),
        }
    }
}

/// A time of day, UTC.
fn hour(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_nanos(at.nanos()).format("%H:%M UTC").to_string()
}

/// A date, UTC.
fn day(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_nanos(at.nanos()).format("%Y-%m-%d").to_string()
}
