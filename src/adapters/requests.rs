//! The lanes from the core to an adapter: cancels before orders; where an order leaves, the kill gate is read again and the
//! journal must have it.

use super::gate::Gate;
use super::lanes::{Lane, RequestSender};
use super::waiting::{Travelling, Verdict, Waiting};
use crate::bus::{Durable, KillSwitch};
use crate::model::{BrokerReport, BrokerRequest, ClientOrderId, DisplayText, Timestamp, Unsent};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};

/// Requests on their way, in each lane. When full the egress reports the order as not sent.
pub const REQUEST_BOUND: usize = 1_024;

/// The adapter's end.
#[derive(Debug)]
pub struct Requests {
    cancels: Receiver<BrokerRequest>,
    orders: Receiver<Travelling>,
    urgent: VecDeque<BrokerRequest>,
    waiting: Waiting,
    kill_switch: KillSwitch,
}

/// Why a kill keeps a request here.
const GATE_CLOSED: &str = "not sent: kill gate closed";

/// What an adapter is to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// What leaves whatever the gate says.
    Send(BrokerRequest),
    /// What adds risk. Its gate is open now; who writes it to a wire asks it again with the last byte in hand.
    Risk(BrokerRequest, Gate),
    /// An order that does not leave any more, and what is to be reported of it.
    Stopped(BrokerReport),
}

impl Outgoing {
    /// What leaves, if it does.
    pub fn request(self) -> Option<BrokerRequest> {
        match self {
            Self::Send(request) | Self::Risk(request, _) => Some(request),
            Self::Stopped(_) => None,
        }
    }
}

/// Empty lanes to one adapter, of a run without a journal.
pub fn request_lanes(bound: usize, kill_switch: KillSwitch) -> (RequestSender, Requests) {
    durable_lanes(bound, kill_switch, Durable::everything())
}

/// Empty lanes to one adapter: what adds risk leaves only once the journal has it.
pub fn durable_lanes(bound: usize, kill_switch: KillSwitch, durable: Durable) -> (RequestSender, Requests) {
    let (cancels, cancels_end) = channel(bound);
    let (orders, orders_end) = channel(bound);
    let ends = Requests {
        cancels: cancels_end,
        orders: orders_end,
        urgent: VecDeque::new(),
        waiting: Waiting::new(durable, bound),
        kill_switch,
    };
    (RequestSender::new(Lane { cancels, orders }), ends)
}

impl Requests {
    /// Waits until `next` has something to give. `false` when nobody will send any more. May be dropped at any time.
    pub async fn ready(&mut self) -> bool {
        loop {
            if !self.urgent.is_empty() || self.waiting.can_leave() {
                return true;
            }
            let (upto, dead) = self.waiting.seen();
            let durable = self.waiting.durable();
            let patience = self.waiting.patience().unwrap_or(Duration::MAX);
            let waits = !self.waiting.is_empty();
            tokio::select! {
                biased;
                Some(cancel) = self.cancels.recv() => self.urgent.push_back(cancel),
                Some(order) = self.orders.recv(), if self.waiting.has_room() => self.waiting.push(order),
                () = durable.beyond(upto, dead), if waits => {}
                () = tokio::time::sleep(patience), if waits => {}
                else => return false,
            }
        }
    }

    /// The next request: cancels before orders. An order leaves only while the gate lets it, not when what cancels it has
    /// overtaken it, and not before the journal has it; what takes risk away waits for the journal a moment only.
    pub fn next(&mut self, now: Timestamp) -> Option<Outgoing> {
        self.next_when(now, |_request| true)
    }

    /// As `next`, but what `may_leave` says no to keeps its place and waits, and so does what comes after it about the same
    /// order. Cancels are not asked about.
    pub fn next_when(
        &mut self,
        now: Timestamp,
        may_leave: impl FnMut(&BrokerRequest) -> bool,
    ) -> Option<Outgoing> {
        while let Ok(cancel) = self.cancels.try_recv() {
            self.urgent.push_back(cancel);
        }
        // An order is always sent before its cancel: what a cancel here is about is at the venue or taken now.
        while (!self.urgent.is_empty() || self.waiting.has_room())
            && let Ok(order) = self.orders.try_recv()
        {
            self.waiting.push(order);
        }
        match self.urgent.front() {
            Some(BrokerRequest::CancelAll) => {
                if let Some(stopped) = self.overtaken(|_| true, now) {
                    return Some(stopped);
                }
            }
            Some(BrokerRequest::Cancel { order }) => {
                let canceled = *order;
                // The cancel leaves all the same: what it has overtaken may be the second copy of a submit, or the
                // change of an order, and the first is at the venue. One too many only meets a refusal.
                if let Some(stopped) = self.overtaken(|id| id == canceled, now) {
                    return Some(stopped);
                }
            }
            Some(
                BrokerRequest::Submit(_)
                | BrokerRequest::QueryAccount
                | BrokerRequest::Replace { .. }
                | BrokerRequest::QueryOrder { .. }
                | BrokerRequest::QueryOrders,
            )
            | None => {}
        }
        if let Some(cancel) = self.urgent.pop_front() {
            return Some(Outgoing::Send(cancel));
        }
        let (Travelling { request, risk, .. }, verdict) = self.waiting.take_when(may_leave)?;
        let gate = risk.map(|risk| Gate::new(self.kill_switch.clone(), risk));
        let why = match verdict {
            Verdict::Late => Some("not sent: journal slow"),
            Verdict::Dead => Some("not sent: journal dead"),
            Verdict::Leave => gate.as_ref().is_some_and(|gate| !gate.is_open()).then_some(GATE_CLOSED),
        };
        let stopped = why.and_then(|why| stopped(&request, why, now));
        Some(stopped.unwrap_or(match gate {
            Some(gate) => Outgoing::Risk(request, gate),
            None => Outgoing::Send(request),
        }))
    }

    /// Whether something waits that the journal has and that `next_when` was told to hold back.
    pub fn is_holding(&self) -> bool {
        self.waiting.can_leave()
    }

    /// Takes a waiting order, or a waiting change of one, out that a cancel has overtaken. The change goes first: what it
    /// changes may be at the venue already.
    fn overtaken(&mut self, is_meant: impl Fn(ClientOrderId) -> bool, now: Timestamp) -> Option<Outgoing> {
        let change = |one: &Travelling| matches!(&one.request, BrokerRequest::Replace { order, .. } if is_meant(*order));
        let order =
            |one: &Travelling| matches!(&one.request, BrokerRequest::Submit(order) if is_meant(order.order));
        let overtaken = self.waiting.remove(change).or_else(|| self.waiting.remove(order))?;
        stopped(&overtaken.request, "not sent: canceled before it left", now)
    }
}

/// What is reported of a request that does not leave; `None` for one that is no order and no change of one.
fn stopped(request: &BrokerRequest, why: &str, at: Timestamp) -> Option<Outgoing> {
    let (order, message) = match request {
        BrokerRequest::Submit(order) => (order.order, Unsent::Order),
        BrokerRequest::Replace { order, .. } => (*order, Unsent::Change),
        BrokerRequest::Cancel { .. }
        | BrokerRequest::CancelAll
        | BrokerRequest::QueryAccount
        | BrokerRequest::QueryOrder { .. }
        | BrokerRequest::QueryOrders => return None,
    };
    Some(Outgoing::Stopped(BrokerReport::NotSent { order, message, reason: DisplayText::new(why), at }))
}

#[cfg(test)]
mod tests {
    use super::super::lanes::NotTaken;
    use super::super::waiting::RiskPair;
    use super::{Outgoing, request_lanes};
    use crate::bus::KillSwitch;
    use crate::model::{
        BrokerReport, BrokerRequest, ClientOrderId, InstrumentId, KillLevel, OrderChange, OrderId, OrderKind,
        OrderRequest, RunId, Scope, Side, StrategyId, TimeInForce, Timestamp, Unsent,
    };

    const RISK: Option<RiskPair> = Some((StrategyId::new(1), InstrumentId::new(0)));

    fn id(number: u32) -> ClientOrderId {
        ClientOrderId::derive(RunId::new(1), OrderId::new(number))
    }

    fn submit(number: u32) -> BrokerRequest {
        BrokerRequest::Submit(OrderRequest {
            order: id(number),
            strategy: StrategyId::MANUAL,
            instrument: InstrumentId::new(0),
            side: Side::Buy,
            qty: "1".parse().unwrap(),
            kind: OrderKind::Market,
            tif: TimeInForce::Ioc,
            post_only: false,
            reduce_only: false,
        })
    }

    fn sent(outgoing: Option<Outgoing>) -> Option<BrokerRequest> {
        outgoing.and_then(Outgoing::request)
    }

    fn why(outgoing: Option<Outgoing>) -> String {
        match outgoing {
            Some(Outgoing::Stopped(BrokerReport::NotSent { message: Unsent::Order, reason, .. })) => {
                reason.as_str().to_owned()
            }
            other => panic!("it was to be stopped: {other:?}"),
        }
    }

    #[test]
    fn an_order_approved_before_a_kill_does_not_leave_after_it_and_an_exit_does() {
        let kill_switch = KillSwitch::new(2, 1);
        let (sender, mut requests) = request_lanes(4, kill_switch.clone());
        sender.send(submit(1), RISK).unwrap();
        sender.send(submit(2), None).unwrap();
        kill_switch.raise(KillLevel::K1, Scope::All);
        assert_eq!(why(requests.next(Timestamp::EPOCH)), "not sent: kill gate closed");
        assert_eq!(requests.next(Timestamp::EPOCH), Some(Outgoing::Send(submit(2))));
        assert_eq!(requests.next(Timestamp::EPOCH), None);
    }

    #[test]
    fn what_adds_risk_takes_its_gate_with_it_to_the_wire() {
        let kill_switch = KillSwitch::new(2, 1);
        let (sender, mut requests) = request_lanes(4, kill_switch.clone());
        sender.send(submit(1), RISK).unwrap();
        let Some(Outgoing::Risk(order, gate)) = requests.next(Timestamp::EPOCH) else { panic!("it leaves") };
        assert_eq!((order, gate.is_open()), (submit(1), true));
        kill_switch.raise(KillLevel::K1, Scope::Instrument(InstrumentId::new(0)));
        assert!(!gate.is_open(), "taken before the kill, not yet written");
    }

    #[test]
    fn a_cancel_goes_before_orders_and_the_order_it_overtakes_stays() {
        let (sender, mut requests) = request_lanes(2, KillSwitch::new(2, 1));
        sender.send(submit(1), RISK).unwrap();
        sender.send(submit(2), RISK).unwrap();
        assert!(matches!(sender.send(submit(3), RISK), Err(NotTaken::Full(_))));
        for number in [9, 2] {
            sender.send(BrokerRequest::Cancel { order: id(number) }, None).unwrap();
        }
        let cancel = Outgoing::Send(BrokerRequest::Cancel { order: id(9) });
        assert_eq!(requests.next(Timestamp::EPOCH), Some(cancel));
        assert_eq!(why(requests.next(Timestamp::EPOCH)), "not sent: canceled before it left");
        let own = Outgoing::Send(BrokerRequest::Cancel { order: id(2) });
        assert_eq!(requests.next(Timestamp::EPOCH), Some(own), "an earlier copy of it may be at the venue");
        assert_eq!(sent(requests.next(Timestamp::EPOCH)), Some(submit(1)));
        sender.send(submit(4), RISK).unwrap();
        sender.send(BrokerRequest::CancelAll, None).unwrap();
        assert_eq!(why(requests.next(Timestamp::EPOCH)), "not sent: canceled before it left");
        assert_eq!(requests.next(Timestamp::EPOCH), Some(Outgoing::Send(BrokerRequest::CancelAll)));
        assert_eq!(requests.next(Timestamp::EPOCH), None);
    }

    fn replace(number: u32) -> BrokerRequest {
        let kind = OrderKind::Market;
        BrokerRequest::Replace { order: id(number), change: OrderChange { qty: "2".parse().unwrap(), kind } }
    }

    fn change_stopped(outgoing: Option<Outgoing>) -> String {
        match outgoing {
            Some(Outgoing::Stopped(BrokerReport::NotSent { message: Unsent::Change, reason, .. })) => {
                reason.as_str().to_owned()
            }
            other => panic!("the change was to be stopped: {other:?}"),
        }
    }

    #[test]
    fn a_change_that_adds_risk_does_not_leave_after_a_kill_and_one_that_takes_it_away_does() {
        let kill_switch = KillSwitch::new(2, 1);
        let (sender, mut requests) = request_lanes(4, kill_switch.clone());
        sender.send(replace(1), RISK).unwrap();
        sender.send(replace(2), None).unwrap();
        kill_switch.raise(KillLevel::K1, Scope::All);
        assert_eq!(change_stopped(requests.next(Timestamp::EPOCH)), "not sent: kill gate closed");
        assert_eq!(requests.next(Timestamp::EPOCH), Some(Outgoing::Send(replace(2))));
    }

    #[test]
    fn a_change_and_a_question_never_leave_before_their_order() {
        let (sender, mut requests) = request_lanes(4, KillSwitch::new(2, 1));
        let question = BrokerRequest::QueryOrder { order: id(1) };
        for request in [submit(1), replace(1), question.clone()] {
            sender.send(request, None).unwrap();
        }
        for expected in [submit(1), replace(1), question] {
            assert_eq!(requests.next(Timestamp::EPOCH), Some(Outgoing::Send(expected)));
        }
    }

    #[test]
    fn a_cancel_wins_over_a_change_that_has_not_left() {
        let (sender, mut requests) = request_lanes(4, KillSwitch::new(2, 1));
        sender.send(replace(1), None).unwrap();
        sender.send(submit(2), None).unwrap();
        let cancel = BrokerRequest::Cancel { order: id(1) };
        sender.send(cancel.clone(), None).unwrap();
        assert_eq!(change_stopped(requests.next(Timestamp::EPOCH)), "not sent: canceled before it left");
        assert_eq!(
            requests.next(Timestamp::EPOCH),
            Some(Outgoing::Send(cancel)),
            "the order itself is there"
        );
        assert_eq!(requests.next(Timestamp::EPOCH), Some(Outgoing::Send(submit(2))));
    }
}
