//! The core's end of the lanes to the adapters: a pair for each account, so that none waits behind another.

use super::waiting::{RiskPair, Travelling};
use crate::model::{AccountId, BrokerRequest, Seq};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

/// The lanes to one adapter.
#[derive(Debug, Clone)]
pub(super) struct Lane {
    pub(super) cancels: Sender<BrokerRequest>,
    pub(super) orders: Sender<Travelling>,
}

/// The core's end, and the dead-man's.
#[derive(Debug, Clone)]
pub struct RequestSender {
    /// By account.
    lanes: Vec<Lane>,
}

/// A request that did not enter its lane.
#[derive(Debug, PartialEq, Eq)]
pub enum NotTaken {
    Full(BrokerRequest),
    Closed(BrokerRequest),
}

impl Lane {
    fn send(&self, request: BrokerRequest, risk: Option<RiskPair>, fact: Seq) -> Result<(), NotTaken> {
        if matches!(request, BrokerRequest::Cancel { .. } | BrokerRequest::CancelAll) {
            return self.cancels.try_send(request).map_err(|error| match error {
                TrySendError::Full(request) => NotTaken::Full(request),
                TrySendError::Closed(request) => NotTaken::Closed(request),
            });
        }
        self.orders.try_send(Travelling { request, risk, fact }).map_err(|error| match error {
            TrySendError::Full(travelling) => NotTaken::Full(travelling.request),
            TrySendError::Closed(travelling) => NotTaken::Closed(travelling.request),
        })
    }
}

impl RequestSender {
    pub(super) fn new(lane: Lane) -> Self {
        Self { lanes: vec![lane] }
    }

    /// The lanes of several accounts as one end, in the order of their numbers.
    pub fn joined(senders: impl IntoIterator<Item = Self>) -> Self {
        Self { lanes: senders.into_iter().flat_map(|one| one.lanes).collect() }
    }

    /// Every account it leads to.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + use<> {
        (0..u8::try_from(self.lanes.len()).unwrap_or(u8::MAX)).map(AccountId::new)
    }

    /// Sends a request that no fact stands for to every account, or gives it back. `risk` is whose risk it adds, if it does.
    pub fn send(&self, request: BrokerRequest, risk: Option<RiskPair>) -> Result<(), NotTaken> {
        self.send_after(request, risk, Seq::default())
    }

    /// Sends a request that is the effect of a fact to every account, or gives it back: an order or a change leaves after its
    /// fact is durable.
    pub fn send_after(
        &self,
        request: BrokerRequest,
        risk: Option<RiskPair>,
        fact: Seq,
    ) -> Result<(), NotTaken> {
        self.send_to(None, request, risk, fact)
    }

    /// As `send_after`, to one account, or to every one: an account that does not take it keeps it from no other.
    pub fn send_to(
        &self,
        account: Option<AccountId>,
        request: BrokerRequest,
        risk: Option<RiskPair>,
        fact: Seq,
    ) -> Result<(), NotTaken> {
        match (account, self.lanes.as_slice()) {
            (None, [only]) => only.send(request, risk, fact),
            (None, lanes) => {
                let sent = |lane: &Lane| lane.send(request.clone(), risk, fact).err();
                lanes.iter().filter_map(sent).next_back().map_or(Ok(()), Err)
            }
            (Some(account), lanes) => match lanes.get(account.index()) {
                Some(lane) => lane.send(request, risk, fact),
                None => Err(NotTaken::Closed(request)),
            },
        }
    }

    /// Asks each of these accounts for the end of all its orders; those whose lane did not take it stay in the list. One that
    /// nobody speaks with any more has none.
    pub fn cancel_all(&self, owed: &mut Vec<AccountId>) {
        owed.retain(|account| {
            let sent = self.send_to(Some(*account), BrokerRequest::CancelAll, None, Seq::default());
            matches!(sent, Err(NotTaken::Full(_)))
        });
    }

    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        let held = |most: usize, free: usize| most.saturating_sub(free);
        let of = |lane: &Lane| {
            held(lane.cancels.max_capacity(), lane.cancels.capacity())
                + held(lane.orders.max_capacity(), lane.orders.capacity())
        };
        self.lanes.iter().map(of).sum()
    }

    /// How many fit.
    pub fn bound(&self) -> usize {
        self.lanes.iter().map(|lane| lane.cancels.max_capacity() + lane.orders.max_capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{NotTaken, RequestSender};
    use crate::adapters::{Outgoing, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{AccountId, BrokerRequest, ClientOrderId, OrderId, RunId, Seq, Timestamp};

    #[test]
    fn an_account_whose_lane_is_full_keeps_nothing_from_another() {
        let kill_switch = KillSwitch::new(1, 1);
        let (one, mut to_one) = request_lanes(1, kill_switch.clone());
        let (other, mut to_other) = request_lanes(1, kill_switch);
        let both = RequestSender::joined([one, other]);
        let order = ClientOrderId::derive(RunId::new(1), OrderId::new(1));
        let cancel = || BrokerRequest::Cancel { order };
        let send = |account: u8| both.send_to(Some(AccountId::new(account)), cancel(), None, Seq::default());
        assert_eq!((send(0), send(2)), (Ok(()), Err(NotTaken::Closed(cancel()))));
        assert!(matches!(send(0), Err(NotTaken::Full(_))));
        let mut owed: Vec<AccountId> = both.accounts().collect();
        both.cancel_all(&mut owed);
        assert_eq!(owed, [AccountId::FIRST], "the other has it");
        let now = Timestamp::EPOCH;
        assert_eq!(to_other.next(now), Some(Outgoing::Send(BrokerRequest::CancelAll)));
        assert_eq!(to_one.next(now), Some(Outgoing::Send(cancel())));
        both.cancel_all(&mut owed);
        assert!(owed.is_empty() && to_other.next(now).is_none(), "asked for once at each");
        assert_eq!(to_one.next(now), Some(Outgoing::Send(BrokerRequest::CancelAll)));
        assert!(both.send(BrokerRequest::QueryOrders, None).is_ok());
        for lane in [&mut to_one, &mut to_other] {
            assert_eq!(lane.next(now), Some(Outgoing::Send(BrokerRequest::QueryOrders)), "each is asked");
        }
    }
}
