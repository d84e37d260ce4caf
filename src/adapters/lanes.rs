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
    /// By account; `None` for one that nobody speaks with any more.
    lanes: Vec<Option<Lane>>,
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
        Self { lanes: vec![Some(lane)] }
    }

    /// The lanes of several accounts as one end, in the order of their numbers; `None` for one that nobody speaks with any
    /// more: what is for every account is not for it.
    pub fn joined(senders: impl IntoIterator<Item = Option<Self>>) -> Self {
        let lane = |one: Option<Self>| one.and_then(|one| one.lanes.into_iter().next().flatten());
        Self { lanes: senders.into_iter().map(lane).collect() }
    }

    /// Every account it leads to.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        (0..u8::MAX)
            .zip(&self.lanes)
            .filter(|(_, lane)| lane.is_some())
            .map(|(number, _)| AccountId::new(number))
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

    /// As `send_after`, to one account, or to every one: an account that does not take it keeps it from no other, and what
    /// only some took is given back all the same.
    pub fn send_to(
        &self,
        account: Option<AccountId>,
        request: BrokerRequest,
        risk: Option<RiskPair>,
        fact: Seq,
    ) -> Result<(), NotTaken> {
        match (account, self.lanes.as_slice()) {
            (None, [Some(only)]) => only.send(request, risk, fact),
            (None, lanes) => {
                // Each of them is tried before any refusal counts.
                let sent = |lane: &Lane| lane.send(request.clone(), risk, fact);
                lanes.iter().flatten().map(sent).fold(Ok(()), Result::and)
            }
            (Some(account), lanes) => match lanes.get(account.index()) {
                Some(Some(lane)) => lane.send(request, risk, fact),
                Some(None) | None => Err(NotTaken::Closed(request)),
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
        self.lanes.iter().flatten().map(of).sum()
    }

    /// How many fit.
    pub fn bound(&self) -> usize {
        self.lanes.iter().flatten().map(|lane| lane.cancels.max_capacity() + lane.orders.max_capacity()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{NotTaken, RequestSender};
    use crate::adapters::{Outgoing, Requests, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{AccountId, BrokerRequest, ClientOrderId, OrderId, RunId, Seq, Timestamp};

    fn cancel() -> BrokerRequest {
        BrokerRequest::Cancel { order: ClientOrderId::derive(RunId::new(1), OrderId::new(1)) }
    }

    fn given(lane: &mut Requests) -> Option<BrokerRequest> {
        lane.next(Timestamp::EPOCH).and_then(Outgoing::request)
    }

    #[test]
    fn an_account_whose_lane_is_full_keeps_nothing_from_another() {
        let kill_switch = KillSwitch::new(1, 1);
        let (one, mut to_one) = request_lanes(1, kill_switch.clone());
        let (other, mut to_other) = request_lanes(1, kill_switch);
        let both = RequestSender::joined([Some(one), Some(other)]);
        let send = |account: u8| both.send_to(Some(AccountId::new(account)), cancel(), None, Seq::default());
        assert_eq!((send(0), send(2)), (Ok(()), Err(NotTaken::Closed(cancel()))));
        assert!(matches!(send(0), Err(NotTaken::Full(_))));
        let mut owed: Vec<AccountId> = both.accounts().collect();
        both.cancel_all(&mut owed);
        assert_eq!(owed, [AccountId::FIRST], "the other has it");
        assert_eq!(given(&mut to_other), Some(BrokerRequest::CancelAll));
        assert_eq!(given(&mut to_one), Some(cancel()));
        both.cancel_all(&mut owed);
        assert!(owed.is_empty() && given(&mut to_other).is_none(), "asked for once at each");
        assert_eq!(given(&mut to_one), Some(BrokerRequest::CancelAll));
    }

    #[test]
    fn what_is_for_every_account_reaches_all_that_take_it_whichever_does_not() {
        for silent in [0, 1] {
            let kill_switch = KillSwitch::new(1, 1);
            let (mut senders, mut lanes): (Vec<_>, Vec<_>) =
                (0..2).map(|_| request_lanes(1, kill_switch.clone())).unzip();
            let both = RequestSender::joined(senders.drain(..).map(Some));
            let (silent_lane, mut hearing) = (lanes.remove(silent), lanes.remove(0));
            assert_eq!(both.send(BrokerRequest::QueryOrders, None), Ok(()));
            assert_eq!(given(&mut hearing), Some(BrokerRequest::QueryOrders), "each is asked");
            // Nobody empties the lane of the silent one, then nobody is there any more.
            let refused = both.send(BrokerRequest::QueryAccount, None);
            assert_eq!(refused, Err(NotTaken::Full(BrokerRequest::QueryAccount)), "{silent} is full");
            assert_eq!(given(&mut hearing), Some(BrokerRequest::QueryAccount), "{silent} is full");
            drop(silent_lane);
            assert_eq!(
                both.send(cancel(), None),
                Err(NotTaken::Closed(cancel())),
                "it may be an order there"
            );
            assert_eq!(given(&mut hearing), Some(cancel()), "{silent} is gone");
            assert_eq!(
                both.send(BrokerRequest::CancelAll, None),
                Err(NotTaken::Closed(BrokerRequest::CancelAll))
            );
            assert_eq!(given(&mut hearing), Some(BrokerRequest::CancelAll), "{silent} is gone");
        }
    }

    #[test]
    fn an_account_that_nobody_speaks_with_any_more_refuses_nothing_that_is_for_all() {
        let (one, mut to_one) = request_lanes(1, KillSwitch::new(1, 1));
        let all = RequestSender::joined([Some(one), None]);
        assert_eq!(all.send(cancel(), None), Ok(()));
        assert_eq!(given(&mut to_one), Some(cancel()));
        let retired = AccountId::new(1);
        assert_eq!(
            all.send_to(Some(retired), cancel(), None, Seq::default()),
            Err(NotTaken::Closed(cancel()))
        );
        assert_eq!(all.accounts().collect::<Vec<_>>(), [AccountId::FIRST]);
    }
}
