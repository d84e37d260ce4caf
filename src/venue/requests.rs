//! The keeper and its requests: written down, limited, checked, carried out.

use super::answers::Answers;
use super::ask::{Answer, Ask};
use super::endpoint::{Bucket, Endpoint};
use super::fault::Fault;
use super::judge::Entry;
use super::keeper::{Approval, Arrival, Call, Keeper, Knock};
use super::mischief::Part;
use super::schema;
use serde_json::{Map, Value, json};

/// Orders that wait for a human; further ones are refused.
const MOST_PENDING: usize = 1_000;

/// What is answered where the key is wrong, and where the broker's session is over: the same (wire spec §1).
const NOT_YOU: &str = "Invalid openalgo apikey";

/// What a broker's own risk desk says of an order it does not take.
const NOT_ALLOWED: &str = "RMS:Rule: Check freeze percentage or margin, order not taken";

impl Keeper {
    pub(super) fn take(&mut self, call: Call) {
        // An answer nobody waits for any more was carried out all the same.
        match call {
            Call::Arrived { endpoint, body, back } => {
                let arrival = self.arrived(endpoint, body);
                let _gone = back.send(arrival);
            }
            Call::Execute { request, endpoint, body, fault, back } => {
                let answer = self.execute((request, fault), endpoint, &body);
                let _gone = back.send(answer);
            }
            Call::Operate { text, back } => {
                let answer = self.operate(&text);
                let _gone = back.send(answer);
            }
            Call::Knock { part, back } => {
                let knock = self.knocked(part);
                let _gone = back.send(knock);
            }
            Call::Note { what, detail } => self.say(what, None, detail),
        }
    }

    /// Whether a stream is let in, and when.
    fn knocked(&mut self, part: Part) -> Knock {
        let fault = self.mischief.frame(part);
        let pause = match fault {
            Some(Fault::Late(pause) | Fault::Slow(pause)) => Some(pause),
            Some(_) | None => None,
        };
        if let Some(fault) = fault {
            self.say("fault", None, &format!("{part:?} {fault:?}"));
        }
        let refused = matches!(fault, Some(Fault::Error | Fault::ErrorAfter | Fault::Drop));
        Knock { open: self.logged_in && !self.is_down() && !refused, pause }
    }

    fn is_down(&self) -> bool {
        (self.times.mono)() < self.down_until
    }

    fn arrived(&mut self, endpoint: Endpoint, mut body: Value) -> Arrival {
        if let Some(key) = body.get_mut("apikey") {
            *key = Value::from("***");
        }
        let stamp = self.stamp();
        // Questions come many times a second: the judge needs what changes something.
        let kept = endpoint.is_order();
        let entry = Entry {
            what: "request".to_owned(),
            endpoint: endpoint.name().to_owned(),
            body,
            ..Entry::default()
        };
        let request = if kept { self.judge.say(stamp, entry) } else { 0 };
        let fault = if self.is_down() { Some(Fault::Drop) } else { self.mischief.next(endpoint) };
        if let Some(fault) = fault {
            let request = kept.then_some(request);
            self.say("fault", request, &format!("{} {fault:?}", endpoint.name()));
        }
        Arrival { request, fault }
    }

    fn execute(
        &mut self,
        (request, fault): (u64, Option<Fault>),
        endpoint: Endpoint,
        body: &Value,
    ) -> Answer {
        if self.is_too_much(endpoint) {
            return Answer::too_many(self.most(endpoint));
        }
        let none = Map::new();
        // Faults come before the key: what a server knows of fields can be asked without risk (wire spec §13).
        let ask = match schema::check(endpoint, body.as_object().unwrap_or(&none)) {
            Ok(ask) => ask,
            Err(faults) => return Answer::error(400, &faults),
        };
        if !self.logged_in || body.get("apikey").and_then(Value::as_str) != Some(self.key.as_str()) {
            return Answer::error(403, NOT_YOU);
        }
        if self.judge.is_broken() && endpoint.is_placement() {
            return Answer::error(500, "the venue's log cannot be written");
        }
        let approved_of = self.approval == Approval::ByHuman || fault == Some(Fault::SemiAuto);
        if approved_of && let Some(answer) = self.by_hand(endpoint, &ask) {
            return answer;
        }
        if fault == Some(Fault::Refused) {
            return self.answers.refused(400, NOT_ALLOWED);
        }
        if let Some(before) = self.as_it_was(endpoint, fault) {
            return before;
        }
        let now = self.moment((request > 0).then_some(request));
        let answer = self.house().carry_out(&ask, now);
        self.flush();
        if let Ask::Toggle { analyze } = ask {
            self.turn(if analyze { Answers::Analyze } else { Answers::Live }, now.request);
        }
        if endpoint.is_book() {
            self.before.insert(endpoint, answer.clone());
        }
        answer
    }

    /// A book as it was, where it is stale.
    fn as_it_was(&self, endpoint: Endpoint, fault: Option<Fault>) -> Option<Answer> {
        let stale = fault == Some(Fault::Stale) || (self.times.mono)() < self.stale_until;
        self.before.get(&endpoint).filter(|_| stale).cloned()
    }

    /// What is answered where a human approves of each order (wire spec §4); `None`: as always.
    fn by_hand(&mut self, endpoint: Endpoint, ask: &Ask) -> Option<Answer> {
        if let Ask::Place(wanted) = ask
            && self.approvals.len() < MOST_PENDING
        {
            self.approvals.push(wanted.clone());
            let number = self.approvals.len() + 16;
            self.say("pending", None, &wanted.strategy);
            return Some(Answer::plain(json!({"mode": "semi_auto", "pending_order_id": number,
                "message": "Order queued for approval in Action Center"})));
        }
        let barred = endpoint.is_order() && endpoint != Endpoint::Toggle && self.answers == Answers::Live;
        let text = format!("Operation {} is not allowed in Semi-Auto mode", endpoint.name());
        barred.then(|| Answer::error(403, &text))
    }

    /// From now on the other account answers.
    pub(super) fn turn(&mut self, answers: Answers, request: Option<u64>) {
        self.answers = answers;
        self.before.clear();
        self.say("mode", request, answers.as_str());
    }

    /// How many requests a second an endpoint takes.
    const fn most(&self, endpoint: Endpoint) -> u32 {
        match endpoint.bucket() {
            Bucket::Order => self.rates.orders,
            Bucket::Other => self.rates.others,
        }
    }

    /// A moving window of a second, each endpoint by itself (wire spec §1).
    fn is_too_much(&mut self, endpoint: Endpoint) -> bool {
        let most = self.most(endpoint);
        let now = (self.times.mono)();
        let recent = self.recent.entry(endpoint).or_default();
        while recent.front().is_some_and(|at| now.saturating_sub(*at) >= 1_000_000_000) {
            recent.pop_front();
        }
        let too_much = most > 0 && recent.len() >= usize::try_from(most).unwrap_or(usize::MAX);
        if !too_much {
            recent.push_back(now);
        }
        too_much
    }

    pub(super) fn say(&mut self, what: &str, request: Option<u64>, detail: &str) {
        let stamp = self.stamp();
        let entry = Entry { what: what.to_owned(), request, detail: detail.to_owned(), ..Entry::default() };
        self.judge.say(stamp, entry);
    }
}
