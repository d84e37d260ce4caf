//! What the engine knows of an account and its orders when the adapter starts: after a restart they are still at the venue.

use super::untraded::of_average;
use crate::model::{
    AccountId, ClientOrderId, FillId, Money, Order, OrderChange, OrderRequest, Qty, Timestamp, VenueOrderId,
};
use crate::state::State;
use std::collections::BTreeSet;

/// What is known at the start.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub(super) open: Vec<KnownOrder>,
    /// Orders that have ended: what trades of theirs the book still shows is not somebody else's.
    pub(super) ended: Vec<(VenueOrderId, ClientOrderId, Timestamp)>,
    /// Its fills that are known by name.
    pub(super) fills: BTreeSet<(ClientOrderId, FillId)>,
    /// Of those, what was booked by an average: the venue's id of the order, how much and what it did to the cash.
    pub(super) averages: Vec<(String, (Qty, Money))>,
    /// Since when every fill is; `None` where none is forgotten.
    pub(super) named_since: Option<Timestamp>,
    /// Its fills booked in all: the broker's number of fills goes on from here.
    pub(super) booked: u64,
    /// Which of the run's accounts it is, and what the names of its links end with.
    pub(super) account: AccountId,
    pub(super) tag: String,
}

/// An order that is or may be at the venue.
#[derive(Debug, Clone)]
pub(super) struct KnownOrder {
    pub(super) request: OrderRequest,
    pub(super) venue_id: Option<VenueOrderId>,
    /// What has executed of it, and what that cost.
    pub(super) filled: Qty,
    pub(super) cost: Money,
    pub(super) triggered: bool,
    pub(super) change: Option<OrderChange>,
    pub(super) sent_at: Timestamp,
}

impl Known {
    /// What this state knows of an account. Two servers may number alike: nothing of another's is in it.
    pub fn of(state: &State, account: AccountId) -> Self {
        let accounts = &state.genesis().accounts;
        let there = |order: &&Order| accounts.of(order.request.instrument) == account;
        let at_broker = state.orders.open().iter().filter(|order| order.is_at_broker()).filter(there);
        let open = at_broker.map(|order| KnownOrder {
            request: OrderRequest {
                order: order.client_id,
                strategy: order.request.strategy,
                instrument: order.request.instrument,
                side: order.request.side,
                qty: order.request.qty,
                kind: order.request.kind,
                tif: order.request.tif,
                post_only: order.request.post_only,
                reduce_only: order.request.reduce_only,
            },
            venue_id: order.venue_id.clone(),
            filled: order.executed(),
            cost: order.cost,
            triggered: order.triggered,
            change: order.replace.map(|(change, _)| change),
            sent_at: order.submitted_at,
        });
        let ended = |order: &Order| Some((order.venue_id.clone()?, order.client_id, order.submitted_at));
        let fills = || state.orders.fills().filter(|(_, fill)| accounts.of(fill.instrument) == account);
        let averages = fills().filter_map(|((_, name), fill)| {
            let (venue_id, qty) = of_average(name)?;
            let spec = state.genesis().instrument(fill.instrument)?;
            Some((venue_id, (qty, -spec.flow(qty.signed(fill.side), fill.price))))
        });
        Self {
            averages: averages.collect(),
            open: open.collect(),
            ended: state.orders.closed().iter().filter(there).filter_map(ended).collect(),
            fills: fills().map(|(name, _)| name.clone()).collect(),
            named_since: state.orders.fills_since(),
            booked: state.ledger.fills_at(account),
            account,
            tag: accounts.link(account, "").as_str().to_owned(),
        }
    }

    /// Whether more fills were booked than are known by name: the oldest are forgotten.
    pub(super) fn has_forgotten(&self) -> bool {
        u64::try_from(self.fills.len()).unwrap_or(u64::MAX) < self.booked
    }
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::adapters::openalgo::mode::Expect;
    use crate::adapters::openalgo::scene::{START, at, books, names, row, trade, words};
    use crate::adapters::openalgo::untraded::average_name;
    use crate::adapters::openalgo::{desk::Desk, names::Named, names::foreign};
    use crate::model::{
        AccountId, BrokerReport, Cause, ClientOrderId, DisplayText, Envelope, Event, FillId, FillReport,
        Instrument, InstrumentId, Label, Limits, Liquidity, Mode, Money, OrderEvent, RunId, Seq, Side, Span,
        VenueTraits, Watchdog,
    };
    use crate::state::{Accounts, Genesis, State, StrategyInfo, VenueAccount};
    use std::sync::Arc;

    const HERE: AccountId = AccountId::FIRST;
    const THERE: AccountId = AccountId::new(1);

    /// The same contract at two accounts.
    fn twins() -> [Instrument; 2] {
        let [Named { instrument, .. }] = <[Named; 1]>::try_from(names()).unwrap();
        [instrument.clone(), Instrument { id: InstrumentId::new(1), symbol: "SBIN-B".into(), ..instrument }]
    }

    fn book() -> State {
        let further = VenueAccount { name: Label::new("b"), place: "openalgo b".into(), active: true };
        let rupee = twins()[0].quote;
        let who = |name: &str| StrategyInfo {
            name: name.into(),
            kind: "-".into(),
            armed: false,
            instruments: [0, 1].map(InstrumentId::new).into(),
        };
        State::new(Arc::new(Genesis {
            accounts: Accounts::new(&"openalgo a".into(), [(further, vec![InstrumentId::new(1)])]),
            run: RunId::new(7),
            book: RunId::new(7),
            mode: Mode::Live,
            currency: rupee,
            capital: vec![(rupee, Money::units(10_000_000))],
            conversions: Vec::new(),
            instruments: twins().into(),
            strategies: ["manual", "external"].map(who).into(),
            limits: Limits::default(),
            order_answer: Span::ZERO,
            link_silent: Span::ZERO,
            venue: VenueTraits::PAPER,
            watchdog: Watchdog::OFF,
            live_unavailable: None,
            live: None,
            standing: Vec::new(),
            halted_by: None,
            retired: std::collections::BTreeSet::new(),
            hours: crate::model::TradingHours::default(),
        }))
    }

    /// Books a fill of somebody's order at an account, as its adapter told it.
    fn fill(state: &mut State, account: AccountId, (orderid, name): (&str, &str), millis: i64) {
        let client_id: ClientOrderId = foreign(account, orderid);
        let seq = Seq::new(state.seq.get() + 1);
        let report = Box::new(BrokerReport::Filled(FillReport {
            order: client_id,
            fill_id: FillId(DisplayText::new(name)),
            instrument: InstrumentId::new(u16::try_from(account.index()).unwrap()),
            side: if seq.get().is_multiple_of(2) { Side::Buy } else { Side::Sell },
            qty: "2".parse().unwrap(),
            price: "800".parse().unwrap(),
            liquidity: Liquidity::Taker,
            fee: Money::ZERO,
            at: at(millis),
        }));
        let event = Event::Order(OrderEvent::Unmatched { client_id, report });
        state.apply(&Envelope { seq, at: at(millis), cause: Cause(seq), event });
    }

    /// The desk of an account as it is put together at a start.
    fn desk(state: &State, account: AccountId) -> Desk {
        let id = InstrumentId::new(u16::try_from(account.index()).unwrap());
        let named =
            names().into_iter().map(|one| Named { instrument: Instrument { id, ..one.instrument }, ..one });
        Desk::new(named.collect(), Expect::Live, Known::of(state, account), START)
    }

    /// How a trade of this second of the book is named, and when it is told.
    fn traded(second: u32) -> (String, String, i64) {
        let stamp = format!("10:{:02}:{:02}", second / 60 % 60, second % 60);
        let name = format!("~V-{second} {stamp} 2 @ 800 #0");
        (stamp, name, (i64::from(second) - 3_696) * 1_000)
    }

    #[test]
    fn after_many_fills_at_two_accounts_a_start_books_none_of_either_again() {
        // By turns, one each at every tenth of a second of an hour's first thousand seconds: more than are known by name.
        let mut state = book();
        for turn in 0..6_000 {
            let (stamp, _, millis) = traded(turn / 6);
            for account in [HERE, THERE] {
                let orderid = format!("V-{turn}");
                let name = format!("~{orderid} {stamp} 2 @ 800 #0");
                fill(&mut state, account, (&orderid, &name), millis);
            }
        }
        for account in [HERE, THERE] {
            let known = Known::of(&state, account);
            assert_eq!((known.booked, known.fills.len()), (6_000, 4_096));
            assert!(known.has_forgotten());
            let trades: Vec<_> =
                (0..6_001).map(|turn| trade(&format!("V-{turn}"), 2, &traded(turn / 6).0)).collect();
            let mut desk = desk(&state, account);
            desk.take(&books(&[], &trades), at(0), at(0));
            assert_eq!((words(&mut desk), desk.fills), (vec!["somebody filled 2 @ 800".to_owned()], 6_001));
        }
    }

    #[test]
    fn where_anothers_fills_have_taken_the_room_of_all_of_its_names_what_was_booked_is_not_booked_again() {
        let mut state = book();
        let (stamp, name, millis) = traded(60);
        fill(&mut state, THERE, ("V-60", &name), millis);
        for turn in 0..8_192 {
            let orderid = format!("W-{turn}");
            fill(&mut state, HERE, (&orderid, &format!("~{orderid} x")), traded(120).2);
        }
        let known = Known::of(&state, THERE);
        assert_eq!((known.booked, known.fills.len()), (1, 0));
        let mut desk = desk(&state, THERE);
        // The second one was made while nobody looked.
        let late = trade("V-300", 3, &traded(300).0);
        desk.take(&books(&[], &[trade("V-60", 2, &stamp), late]), at(0), at(0));
        assert_eq!((words(&mut desk), desk.fills), (vec!["somebody filled 3 @ 800".to_owned()], 2));
    }

    #[test]
    fn a_fill_is_told_though_another_server_has_one_of_its_name_and_an_order_of_its_id() {
        let mut state = book();
        let (stamp, name, millis) = traded(60);
        // The first account's: one by the trade's name, one by an average of the order of the same id.
        fill(&mut state, HERE, ("V-60", &name), millis);
        let average = average_name("V-61", ("2".parse().unwrap(), "2".parse().unwrap()));
        fill(&mut state, HERE, ("V-61", average.0.as_str()), millis);
        assert!(Known::of(&state, THERE).fills.is_empty());
        let trades = [trade("V-60", 2, &stamp), trade("V-61", 2, &traded(61).0)];
        let rows = [row("V-61", "complete", &traded(61).0)];
        for (account, told) in [(HERE, 0), (THERE, 2)] {
            let mut desk = desk(&state, account);
            desk.take(&books(&rows, &trades), at(0), at(0));
            assert_eq!(words(&mut desk).len(), told, "{account:?}");
        }
    }
}
