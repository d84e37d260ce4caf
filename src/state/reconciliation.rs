//! Our books against the broker's, three ways: our orders and positions, its open orders, its positions and cash.

use super::difference::{Acceptance, Difference, Line, Suspect};
use super::gaps::{Found, Ours, cash, foreign, missing, surplus, suspect};
use super::genesis::Genesis;
use super::ledger::Ledger;
use super::orders::Orders;
use super::told::{Stored, Told};
use crate::model::{
    AccountId, AccountSnapshot, ControlEvent, InstrumentId, NetQty, OrderId, OrderSnapshot, OrderStatus,
    OrdersSnapshot, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Lines kept; further ones are counted.
const LINES_KEPT: usize = 256;

/// An instrument that never gets quiet is no hiding place: a line that has stood for this many quiet times counts as
/// settled.
const BUSY: i64 = 6;

/// The latest comparison, account by account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Reconciliation {
    /// What the accounts have told: the first, then the further ones.
    pub(super) first: Told,
    pub(super) further: Vec<Told>,
    /// When the brokers were last asked, by our clock.
    pub asked_at: Option<Timestamp>,
    /// Where the books differ, oldest first. Empty is good.
    pub lines: Vec<Line>,
    /// Lines that did not fit.
    pub omitted: u32,
    /// Orders open at a broker that are not ours: never touched, counted in risk.
    pub external: Vec<OrderSnapshot>,
    pub(super) next_line: u32,
    /// By instrument: when one of our orders there last moved, by our clock.
    pub(super) touched: Vec<Timestamp>,
}

impl Reconciliation {
    pub(super) fn new(instruments: usize, accounts: usize) -> Self {
        Self {
            first: Told::NOTHING,
            further: vec![Told::NOTHING; accounts.saturating_sub(1)],
            asked_at: None,
            lines: Vec::new(),
            omitted: 0,
            external: Vec::new(),
            next_line: 1,
            touched: vec![Timestamp::EPOCH; instruments],
        }
    }

    /// What the broker of an account has told.
    pub fn of(&self, account: AccountId) -> &Told {
        match account.index().checked_sub(1) {
            None => &self.first,
            Some(place) => self.further.get(place).unwrap_or(&Told::NOTHING),
        }
    }

    /// `None` of an account that does not exist: nobody else's books are judged by its words.
    fn of_mut(&mut self, account: AccountId) -> Option<&mut Told> {
        match account.index().checked_sub(1) {
            None => Some(&mut self.first),
            Some(place) => self.further.get_mut(place),
        }
    }

    /// An account was asked what it holds.
    fn asked(&mut self, account: AccountId, at: Timestamp) {
        if let Some(told) = self.of_mut(account) {
            told.unanswered_since.get_or_insert(at);
        }
    }

    /// Another server has an account's name: what the one before told, and where it differed, is not of this one.
    pub(super) fn forget(&mut self, account: AccountId, genesis: &Genesis) {
        if let Some(told) = self.of_mut(account) {
            *told = Told::NOTHING;
        }
        self.lines.retain(|line| line.what.account(genesis) != account);
    }

    /// What every account's broker has told.
    pub fn told(&self) -> impl Iterator<Item = &Told> {
        std::iter::once(&self.first).chain(&self.further)
    }

    /// What every broker that has told its account said last.
    pub fn snapshots(&self) -> impl Iterator<Item = &AccountSnapshot> {
        self.told().filter_map(|told| told.snapshot.as_deref())
    }

    /// Orders at the brokers that are not ours and have no row.
    pub fn external_omitted(&self) -> u32 {
        self.told().fold(0, |sum, told| sum.saturating_add(told.external_omitted))
    }

    /// Whether nothing differs that nobody has accepted and that is more than told, or no comparison was possible yet.
    pub fn is_clean(&self) -> bool {
        self.lines.iter().all(|line| line.accepted.is_some() || line.told_only)
    }

    /// What differs, is not accepted and is more than told.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        let stands = |line: &&Line| line.accepted.is_none() && !line.told_only;
        self.lines.iter().filter(stands).map(|line| &line.what)
    }

    /// Whether both books of an account have been compared since an instant and nothing stands anywhere; orders count where
    /// the broker tells them at all.
    pub fn is_clean_since(&self, account: AccountId, at: Timestamp) -> bool {
        self.is_clean() && self.of(account).is_compared_since(at)
    }

    /// A new process: what the brokers told the one before is not known any more, the lines stand.
    pub(super) fn resume(&mut self, instruments: usize, accounts: usize) {
        self.asked_at = None;
        self.first.resume();
        self.further.iter_mut().for_each(Told::resume);
        self.further.resize(accounts.saturating_sub(1), Told::NOTHING);
        self.touched.resize(instruments, Timestamp::EPOCH);
    }

    /// How many fills the broker of an account has booked as far as we know: ours, and those a human took as they are.
    pub fn fills_told(&self, ledger: &Ledger, account: AccountId) -> u64 {
        u64::try_from(i128::from(ledger.fills_at(account)) + self.of(account).ahead).unwrap_or_default()
    }

    /// Whether nothing of ours has moved in an instrument for the quiet time and nothing is on its way.
    pub fn is_settled(&self, orders: &Orders, genesis: &Genesis, id: InstrumentId, at: Timestamp) -> bool {
        let touched = self.touched.get(id.index()).copied().unwrap_or_default();
        let under_way = |status: OrderStatus| {
            !matches!(status, OrderStatus::Working | OrderStatus::PartiallyFilled | OrderStatus::Held)
        };
        let moving =
            || orders.open().iter().any(|order| order.request.instrument == id && under_way(order.status));
        at.since(touched) >= genesis.watchdog.reconcile_quiet && !moving()
    }

    /// One of our orders in an instrument moved.
    pub(super) fn touch(&mut self, id: InstrumentId, at: Timestamp) {
        if let Some(touched) = self.touched.get_mut(id.index()) {
            *touched = at;
        }
    }

    /// Takes a snapshot of the account. Positions and cash are compared only when both have booked the same number of
    /// fills: while a fill is on its way they differ rightly, and one that stays on its way is a difference of its own.
    pub(super) fn take(&mut self, ours: Ours<'_>, snapshot: &AccountSnapshot, at: Timestamp) {
        let account = snapshot.account;
        let booked = ours.ledger.fills_at(account);
        let Some(told) = self.of_mut(account) else { return };
        told.snapshot = Some(Box::new(snapshot.clone()));
        told.told_at = Some(at);
        told.unanswered_since = None;
        if i128::from(snapshot.fills) != i128::from(booked) + told.ahead {
            let since = *told.unequal_since.get_or_insert(at);
            if at.since(since) > ours.genesis.order_answer {
                let what = Difference::Fills { ours: booked, broker: snapshot.fills, account };
                let of = |line: &Difference| matches!(line, Difference::Fills { account: at, .. } if *at == account);
                self.merge(of, vec![(what, true, Suspect::Elsewhere)], ours.genesis, at);
            }
            return;
        }
        told.unequal_since = None;
        told.compared = booked;
        told.checked_at = Some(at);
        let mut found = self.positions(ours, snapshot, at);
        found.extend(self.cash(ours, snapshot, at));
        let of = |line: &Difference| line.is_of_account() && line.account(ours.genesis) == account;
        self.merge(of, found, ours.genesis, at);
    }

    fn positions(&self, ours: Ours<'_>, snapshot: &AccountSnapshot, at: Timestamp) -> Vec<Found> {
        let differs = |instrument: InstrumentId| {
            let held = ours.ledger.account(instrument).net;
            let told = snapshot.positions.iter().find(|one| one.instrument == instrument);
            let broker = told.map_or(NetQty::ZERO, |one| one.net);
            (held != broker).then(|| {
                let what = Difference::Position { instrument, ours: held, broker };
                let settled = self.is_settled(ours.orders, ours.genesis, instrument, at);
                (what, settled, suspect(ours, instrument, broker + -held))
            })
        };
        let there = |id: &InstrumentId| ours.genesis.accounts.of(*id) == snapshot.account;
        ours.genesis.instrument_ids().filter(there).filter_map(differs).collect()
    }

    fn cash(&self, ours: Ours<'_>, snapshot: &AccountSnapshot, at: Timestamp) -> Vec<Found> {
        let mut found = Vec::new();
        for balance in &snapshot.balances {
            let held = cash(ours.genesis, ours.ledger, snapshot.account, balance.currency);
            if (held - balance.cash).abs() <= ours.genesis.watchdog.cash_tolerance {
                continue;
            }
            let settled = ours
                .genesis
                .instruments_at(snapshot.account)
                .filter(|one| one.settle == balance.currency)
                .all(|one| self.is_settled(ours.orders, ours.genesis, one.id, at));
            let (currency, broker, account) = (balance.currency, balance.cash, snapshot.account);
            let what = Difference::Cash { currency, ours: held, broker, account };
            found.push((what, settled, Suspect::Elsewhere));
        }
        found
    }

    /// Takes what the broker says is open. An order that moved within the quiet time is not compared: either side may
    /// be behind.
    pub(super) fn take_orders(&mut self, ours: Ours<'_>, snapshot: &OrdersSnapshot, at: Timestamp) {
        let (run, account) = (ours.genesis.book, snapshot.account);
        if self.of_mut(account).is_none() {
            return;
        }
        self.external.retain(|one| ours.genesis.accounts.of(one.instrument) != account);
        self.external.extend(foreign(run, snapshot).take(LINES_KEPT).cloned());
        let omitted = foreign(run, snapshot).skip(LINES_KEPT).count();
        let booked = ours.ledger.fills_at(account);
        let Some(told) = self.of_mut(account) else { return };
        told.orders = Some(Box::new(snapshot.clone()));
        told.external_omitted = u32::try_from(omitted).unwrap_or(u32::MAX);
        // Fills we have not booked may be all that is missing.
        let level = i128::from(snapshot.fills) == i128::from(booked) + told.ahead;
        let late = told.unequal_since.is_some_and(|since| at.since(since) > ours.genesis.order_answer);
        if !level && !late {
            return;
        }
        told.orders_checked_at = Some(at);
        let (mut found, mut moving) = missing(ours, snapshot, at);
        found.extend(surplus(ours, snapshot, at, &mut moving));
        let compared = |line: &Difference| {
            !line.is_of_account()
                && line.account(ours.genesis) == account
                && line.order().is_none_or(|order| !moving.contains(&order))
        };
        self.merge(compared, found, ours.genesis, at);
    }

    /// Brings the lines of one kind up to what was found: known ones are seen again, new ones join, others are gone.
    fn merge(
        &mut self,
        of: impl Fn(&Difference) -> bool,
        found: Vec<Found>,
        genesis: &Genesis,
        at: Timestamp,
    ) {
        if found.is_empty() && self.lines.is_empty() {
            return;
        }
        let quiet = genesis.watchdog.reconcile_quiet;
        let (mut known, mut kept): (Vec<Line>, Vec<Line>) =
            std::mem::take(&mut self.lines).into_iter().partition(|line| of(&line.what));
        for (what, settled, suspect) in found {
            let told_only = what.is_told_only(genesis);
            let place = known.iter().position(|line| line.what.is_same(&what, told_only));
            if let Some(mut line) = place.map(|place| known.remove(place)) {
                let busy = at.since(line.since).nanos() >= quiet.nanos().saturating_mul(BUSY);
                line.see(what, settled || busy, at, quiet);
                kept.push(line);
            } else if kept.len() < LINES_KEPT {
                let id = self.next_line;
                self.next_line = self.next_line.saturating_add(1);
                let settled_at = settled.then_some(at);
                kept.push(Line {
                    id,
                    what,
                    since: at,
                    seen_at: at,
                    seen: 1,
                    settled_at,
                    confirmed: false,
                    suspect,
                    accepted: None,
                    withdrawn_at: None,
                    told_only,
                });
            } else {
                self.omitted = self.omitted.saturating_add(1);
            }
        }
        kept.sort_by_key(|line| line.id);
        self.lines = kept;
    }

    /// Orders that ended here and that the broker was confirmed to go on showing open, by the last list of its account too,
    /// each with when it was last told to go, by our clock.
    pub fn disproven<'a>(
        &'a self,
        genesis: &'a Genesis,
    ) -> impl Iterator<Item = (OrderId, Option<Timestamp>)> + 'a {
        let told = |line: &Line| self.of(line.what.account(genesis)).orders_checked_at;
        let last = move |line: &&Line| Some(line.seen_at) == told(line);
        let shown = self.lines.iter().filter(last);
        shown.filter_map(|line| Some((line.disproves()?, line.withdrawn_at)))
    }

    /// A cancel of an order left.
    pub(super) fn withdrawn(&mut self, id: OrderId, at: Timestamp) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.disproves() == Some(id)) {
            line.withdrawn_at = Some(at);
        }
    }

    /// `asked` are the accounts that are there to be asked.
    pub(super) fn control(
        &mut self,
        event: &ControlEvent,
        asked: impl Iterator<Item = AccountId>,
        at: Timestamp,
    ) {
        match event {
            ControlEvent::ReconcileBegan { .. } => {
                self.asked_at = Some(at);
                asked.for_each(|account| self.asked(account, at));
            }
            ControlEvent::DifferenceAccepted { line, actor, reason, .. } => {
                let Some(line) = self.lines.iter_mut().find(|one| one.id == *line) else { return };
                line.accepted = Some(Acceptance { actor: *actor, reason: *reason, at });
                if let Difference::Fills { ours, broker, account } = line.what
                    && let Some(told) = self.of_mut(account)
                {
                    told.ahead = i128::from(broker) - i128::from(ours);
                    told.unequal_since = None;
                }
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
            | ControlEvent::Alarm { .. }
            | ControlEvent::AlarmOver { .. }
            | ControlEvent::Clock { .. }
            | ControlEvent::FlattenHeld { .. }
            | ControlEvent::SessionEnd { .. }
            | ControlEvent::SessionLate { .. }
            | ControlEvent::RollDue { .. }
            | ControlEvent::CloseBegan { .. }
            | ControlEvent::CloseEnded { .. }
            | ControlEvent::Done { .. }
            | ControlEvent::Acknowledged { .. } => {}
        }
    }
}

impl From<Stored> for Reconciliation {
    fn from(stored: Stored) -> Self {
        Self {
            first: Told {
                snapshot: stored.snapshot,
                orders: stored.orders,
                checked_at: stored.checked_at,
                orders_checked_at: stored.orders_checked_at,
                told_at: stored.told_at,
                unanswered_since: stored.unanswered_since,
                external_omitted: stored.external_omitted,
                compared: stored.compared,
                unequal_since: stored.unequal_since,
                ahead: stored.ahead,
            },
            further: stored.further,
            asked_at: stored.asked_at,
            lines: stored.lines,
            omitted: stored.omitted,
            external: stored.external,
            next_line: stored.next_line,
            touched: stored.touched,
        }
    }
}

impl From<Reconciliation> for Stored {
    fn from(books: Reconciliation) -> Self {
        let first = books.first;
        Self {
            snapshot: first.snapshot,
            orders: first.orders,
            checked_at: first.checked_at,
            orders_checked_at: first.orders_checked_at,
            asked_at: books.asked_at,
            told_at: first.told_at,
            unanswered_since: first.unanswered_since,
            lines: books.lines,
            omitted: books.omitted,
            external: books.external,
            external_omitted: first.external_omitted,
            next_line: books.next_line,
            compared: first.compared,
            unequal_since: first.unequal_since,
            ahead: first.ahead,
            touched: books.touched,
            further: books.further,
        }
    }
}
