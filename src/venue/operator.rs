//! The keeper and what happens without a client having asked: actions of the script and of the operator.

use super::action::{Action, Foreign};
use super::answers::Answers;
use super::ask::{Answer, Wanted};
use super::crier::{Said, nanos};
use super::endpoint::Endpoint;
use super::house::{House, Moment};
use super::keeper::{Approval, Keeper};
use super::mischief::Part;
use super::{prices, replies};
use serde_json::json;
use std::time::Duration;

impl Keeper {
    /// Does what the script has for now.
    pub(super) fn act(&mut self) {
        let since = Duration::from_nanos((self.times.mono)().saturating_sub(self.started));
        while let Some(action) = self.mischief.due(since) {
            self.happen(action);
        }
    }

    /// Does what the operator says, a line each, or nothing of it; then tells how things truly are.
    pub(super) fn operate(&mut self, text: &str) -> Answer {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let actions: Result<Vec<Action>, String> = lines.map(Action::read).collect();
        match actions {
            Ok(actions) => actions.into_iter().for_each(|action| self.happen(action)),
            Err(problem) => return Answer::error(400, &problem),
        }
        Answer::plain(json!({"mode": self.answers.as_str(), "logged_in": self.logged_in,
            "waiting": self.approvals.len(), "analyze": replies::truth(&self.sandbox.books),
            "live": replies::truth(&self.broker.books)}))
    }

    fn happen(&mut self, action: Action) {
        self.say("action", None, &format!("{action:?}"));
        let now = (self.times.mono)();
        let until = |span: Duration| now.saturating_add(nanos(span));
        match action {
            Action::Logout => {
                self.logged_in = false;
                self.crier.mute(u64::MAX);
            }
            Action::Login => {
                self.logged_in = true;
                self.crier.mute(0);
            }
            Action::Mode(answers) => self.turn(answers, None),
            Action::SemiAuto(on) => {
                self.approval = if on { Approval::ByHuman } else { Approval::ByNobody };
            }
            Action::Approve => self.approve(),
            Action::Mute(span) => self.crier.mute(until(span)),
            Action::CutStreams => self.crier.cut(0),
            Action::Stale(span) => {
                self.remember_books();
                self.stale_until = until(span);
            }
            Action::Down(span) => {
                self.down_until = until(span);
                self.crier.cut(0);
            }
            Action::Foreign(order) => self.foreign(*order),
            Action::ForeignCancel => {
                let now = Moment { foreign: true, ..self.moment(None) };
                self.house().cancel_all(now);
            }
            Action::Begin(endpoint, fault) => self.mischief.begin(endpoint, fault),
            Action::End(endpoint) => self.mischief.end(endpoint),
            Action::Calm => self.mischief.calm(),
            Action::Note(_) => {}
        }
        self.flush();
    }

    /// Keeps what the books say now.
    fn remember_books(&mut self) {
        let now = self.moment(None);
        for (endpoint, ask) in [
            (Endpoint::OrderBook, super::ask::Ask::OrderBook),
            (Endpoint::TradeBook, super::ask::Ask::TradeBook),
            (Endpoint::PositionBook, super::ask::Ask::PositionBook),
        ] {
            let answer = self.house().carry_out(&ask, now);
            self.before.insert(endpoint, answer);
        }
    }

    fn approve(&mut self) {
        let now = self.moment(None);
        for wanted in std::mem::take(&mut self.approvals) {
            // Refused: written down as such.
            let _refused = self.house().enter(&wanted, now);
        }
    }

    /// Another client of the account places an order.
    fn foreign(&mut self, order: Foreign) {
        let Foreign { side, qty, symbol, exchange, product, kind } = order;
        let strategy = "another-client".to_owned();
        let wanted = Wanted { strategy, symbol, exchange, product, side, qty, kind };
        let now = Moment { foreign: true, ..self.moment(None) };
        // Refused: written down as such.
        let _refused = self.house().enter(&wanted, now);
    }

    /// Writes down and tells what has happened, before any answer leaves.
    pub(super) fn flush(&mut self) {
        let now = (self.times.mono)();
        let heard = self.crier.is_heard();
        for house in [&mut self.sandbox, &mut self.broker] {
            for (stamp, entry) in house.out.lines.drain(..) {
                self.judge.say(stamp, entry);
            }
            for frame in house.out.updates.drain(..).filter(|_| heard) {
                let fault = self.mischief.frame(Part::Update);
                self.crier.say(Said::Update(frame.to_string().into()), fault, now);
            }
        }
        self.crier.release(now);
    }

    /// Tells where the markets stand that have moved.
    pub(super) fn tell_ticks(&mut self) {
        self.broker.out.moved.clear();
        let moved = std::mem::take(&mut self.sandbox.out.moved);
        if !self.crier.is_heard() {
            return;
        }
        let (wall, now) = ((self.times.wall)(), (self.times.mono)());
        for id in moved {
            let Some(tick) = prices::tick(&self.sandbox.books, id, wall) else { continue };
            let fault = self.mischief.frame(Part::Tick);
            self.crier.say(Said::Tick(tick.into()), fault, now);
        }
    }

    /// The account that answers.
    pub(super) const fn house(&mut self) -> &mut House {
        match self.answers {
            Answers::Analyze => &mut self.sandbox,
            Answers::Live => &mut self.broker,
        }
    }
}
