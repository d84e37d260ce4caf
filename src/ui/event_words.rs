//! The words of an event's line for batches, limits and the account.

use super::event_line::{Names, Words, words};
use crate::model::{AccountEvent, BatchEvent, ClockFact, ControlEvent, LimitKey, RiskEvent};

impl Names<'_> {
    /// A fact about the account.
    pub(super) fn account(self, event: &AccountEvent) -> Words {
        match event {
            AccountEvent::Snapshot { .. } => words("ACCT", "broker", "account told".to_owned()),
            AccountEvent::Asked => words("ACCT", "broker", "asked for the account".to_owned()),
            AccountEvent::Orders { snapshot } => {
                words("ACCT", "broker", format!("{} orders open there", snapshot.open.len()))
            }
            AccountEvent::Funding { strategy, instrument, amount, .. } => {
                let text = format!("funding {amount:.4} on {}", self.symbol(*instrument));
                words("FUND", self.strategy(*strategy), text)
            }
            AccountEvent::Claimed { strategy, instrument, qty, price, actor, .. } => {
                let symbol = self.symbol(*instrument);
                let text = format!("{qty} {symbol} @{price} claimed from external by {}", self.actor(*actor));
                words("CLAIM", self.strategy(*strategy), text)
            }
        }
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
            BatchEvent::Stopped { id, leg, why } => {
                let text = format!("{id} stopped at leg {}: {why}; complete, unwind or leave", leg + 1);
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
            LimitKey::OrderQty { instrument } => format!("order qty {}", self.symbol(instrument)),
            LimitKey::OrderValue { instrument } => format!("order value {}", self.symbol(instrument)),
            LimitKey::PositionQty { instrument } => format!("position {}", self.symbol(instrument)),
            LimitKey::StrategyPosition { strategy } => format!("position of {}", self.strategy(strategy)),
            LimitKey::StrategyLoss { strategy } => format!("daily loss of {}", self.strategy(strategy)),
        }
    }
}
