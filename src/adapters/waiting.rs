//! What waits where orders leave: new risk until the journal has it, what takes risk away a moment only.

use crate::bus::Durable;
use crate::model::{BrokerRequest, ClientOrderId, InstrumentId, Seq, StrategyId};
use std::collections::VecDeque;
use std::time::Duration;

/// An exit waits this long for the journal, then leaves all the same. It need not wait at all (what takes risk away skips the
/// durable wait, F-402): these are a dozen commits of a healthy disk, in which nearly every exit is durable before it
/// leaves. One that leaves undurable and is killed then is met by the next start as an order nobody there knows, adopted, and
/// the start halts for a look: a position that stays open on a stalled disk is the worse of the two, and no longer wait makes
/// both impossible.
const EXIT_PATIENCE: u64 = 20_000_000;

/// New risk waits this long for the journal, then does not leave at all.
const RISK_PATIENCE: u64 = 5_000_000_000;

/// Whose risk an order adds.
pub type RiskPair = (StrategyId, InstrumentId);

/// A request as it travels.
#[derive(Debug)]
pub(super) struct Travelling {
    pub(super) request: BrokerRequest,
    pub(super) risk: Option<RiskPair>,
    /// The fact it is the effect of; 0 for none.
    pub(super) fact: Seq,
}

/// What becomes of a request whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Leave,
    /// The journal did not have it in time.
    Late,
    /// The journal will never have it.
    Dead,
}

/// Requests in the order they came, each with the instant it was first seen here. Bounded by the lane and the desk's open
/// orders.
#[derive(Debug)]
pub(super) struct Waiting {
    list: VecDeque<(Travelling, u64)>,
    durable: Durable,
    bound: usize,
}

impl Waiting {
    pub(super) const fn new(durable: Durable, bound: usize) -> Self {
        Self { list: VecDeque::new(), durable, bound }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn has_room(&self) -> bool {
        self.list.len() < self.bound
    }

    pub(super) fn durable(&self) -> Durable {
        self.durable.clone()
    }

    /// How far the journal is now: what `Durable::beyond` waits to change.
    pub(super) fn seen(&self) -> (Seq, bool) {
        (self.durable.upto(), self.durable.is_dead())
    }

    pub(super) fn push(&mut self, one: Travelling) {
        let now = if self.durable.holds(one.fact) { 0 } else { self.durable.now() };
        self.list.push_back((one, now));
    }

    /// Whether `take` has something to give.
    pub(super) fn can_leave(&self) -> bool {
        self.turn(|_| true).is_some()
    }

    /// Takes the first request whose turn it is and that `may_leave`.
    pub(super) fn take_when(
        &mut self,
        may_leave: impl FnMut(&BrokerRequest) -> bool,
    ) -> Option<(Travelling, Verdict)> {
        let (index, verdict) = self.turn(may_leave)?;
        self.list.remove(index).map(|(one, _)| (one, verdict))
    }

    /// Whose turn it is. Requests about one order keep their order; a question goes behind everything that came before it, but
    /// for what is held back.
    fn turn(&self, mut may_leave: impl FnMut(&BrokerRequest) -> bool) -> Option<(usize, Verdict)> {
        let (upto, dead) = self.seen();
        // The clock is asked only where something waits.
        let waits = self.list.iter().any(|(one, _)| one.fact > upto);
        let now = if waits { self.durable.now() } else { 0 };
        let mut all_held = true;
        for (index, (one, since)) in self.list.iter().enumerate() {
            let verdict = verdict(one, (upto, dead), now.saturating_sub(*since));
            let in_turn = index == 0 || ((bound(one).is_some() || all_held) && !self.follows(index));
            let Some(verdict) = verdict.filter(|_| in_turn) else {
                all_held = false;
                continue;
            };
            if verdict != Verdict::Leave || may_leave(&one.request) {
                return Some((index, verdict));
            }
        }
        None
    }

    /// Takes out the first request that is meant.
    pub(super) fn remove(&mut self, is_meant: impl Fn(&Travelling) -> bool) -> Option<Travelling> {
        let index = self.list.iter().position(|(one, _)| is_meant(one))?;
        self.list.remove(index).map(|(one, _)| one)
    }

    /// How long at most until something's patience ends; `None` where nothing waits for the journal.
    pub(super) fn patience(&self) -> Option<Duration> {
        let now = self.durable.now();
        let left = |(one, since): &(Travelling, u64)| {
            let patience = bound(one)?;
            Some((since + patience).saturating_sub(now).max(1_000_000))
        };
        self.list.iter().filter_map(left).min().map(Duration::from_nanos)
    }

    /// Whether something before this one is about the same order.
    fn follows(&self, index: usize) -> bool {
        let order = self.list.get(index).and_then(|(one, _)| about(&one.request));
        self.list.iter().take(index).any(|(earlier, _)| about(&earlier.request) == order)
    }
}

/// What is to become of a request that has waited so long, by its own lights; `None`: it goes on waiting.
fn verdict(one: &Travelling, (upto, dead): (Seq, bool), waited: u64) -> Option<Verdict> {
    let Some(patience) = bound(one) else { return Some(Verdict::Leave) };
    let out_of_patience = waited >= patience;
    match one.risk {
        _ if one.fact <= upto => Some(Verdict::Leave),
        None => (dead || out_of_patience).then_some(Verdict::Leave),
        Some(_) if dead => Some(Verdict::Dead),
        Some(_) => out_of_patience.then_some(Verdict::Late),
    }
}

/// How long a request waits for the journal; `None` for one that does not.
const fn bound(one: &Travelling) -> Option<u64> {
    match (&one.request, one.risk) {
        (BrokerRequest::Submit(_) | BrokerRequest::Replace { .. }, Some(_)) => Some(RISK_PATIENCE),
        (BrokerRequest::Submit(_) | BrokerRequest::Replace { .. }, None) => Some(EXIT_PATIENCE),
        (
            BrokerRequest::Cancel { .. }
            | BrokerRequest::CancelAll
            | BrokerRequest::QueryAccount
            | BrokerRequest::QueryOrder { .. }
            | BrokerRequest::QueryOrders,
            _,
        ) => None,
    }
}

/// The order a request is about.
const fn about(request: &BrokerRequest) -> Option<ClientOrderId> {
    match request {
        BrokerRequest::Submit(order) => Some(order.order),
        BrokerRequest::Replace { order, .. }
        | BrokerRequest::Cancel { order }
        | BrokerRequest::QueryOrder { order } => Some(*order),
        BrokerRequest::CancelAll | BrokerRequest::QueryAccount | BrokerRequest::QueryOrders => None,
    }
}
