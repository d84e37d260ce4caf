//! The status of a run as one document: a pure function of the state and the process's health at an instant.

use super::accounts::AccountRow;
use super::alerts::AlertRow;
use super::book::BookStatus;
use super::books::Books;
use super::results::Results;
use super::rfc3339;
use super::scope_name::ScopeName;
use super::standing::{OrderRow, PositionRow, differences, positions_of};
use super::vitals::Vitals;
use crate::bus::GaugeReading;
use crate::model::{
    Balance, Currency, DisplayText, Finding, KillLevel, Label, Measure, Mode, Money, Price, Reason, RuleId,
    RunId, Scope, Seq, Span, StrategyId, Timestamp,
};
use crate::state::{Link, State, Trust};
use serde::{Deserialize, Serialize};

/// Everything a script wants to know. Amounts are in the account's currency unless the row names another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The instant all ages are counted to, by the engine's clock.
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    pub run: RunId,
    /// The last event folded.
    pub seq: Seq,
    pub mode: Mode,
    /// For how long real money is armed, where that is limited: 0 once only what reduces leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub armed_ms: Option<i64>,
    pub kill: KillStatus,
    pub account: AccountStatus,
    /// The accounts, each by itself, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountRow>,
    pub strategies: Vec<StrategyRow>,
    pub instruments: Vec<InstrumentRow>,
    /// Open orders, oldest first.
    pub orders: Vec<OrderRow>,
    /// Feed, broker and subscribers, as told by the shell.
    pub links: Vec<LinkRow>,
    /// The book the run goes on with.
    #[serde(default)]
    pub book: BookStatus,
    #[serde(default)]
    pub books: Books,
    #[serde(default)]
    pub alerts: Vec<AlertRow>,
    /// Health of the process; `None` until it was first told.
    pub shell: Option<Shell>,
}

/// How much is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillStatus {
    /// The level of everything.
    pub level: KillLevel,
    /// The highest level anywhere.
    pub highest: KillLevel,
    /// Levels of single strategies and instruments above K0.
    pub scoped: Vec<Standpoint>,
    /// The last raise of this run, also after a resume.
    pub last: Option<KillRow>,
    /// Cancels and closes the standing kill still waits for.
    pub pending: usize,
    /// Orders it has still to cancel and positions it has still to close.
    #[serde(default)]
    pub open: usize,
    /// Orders of somebody else that the brokers showed at work: no kill touches them.
    #[serde(default)]
    pub others: usize,
}

/// The level of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standpoint {
    pub scope: ScopeName,
    pub level: KillLevel,
}

/// One raise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KillRow {
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    pub level: KillLevel,
    pub scope: ScopeName,
    pub actor: DisplayText,
    pub reason: Reason,
}

/// The whole account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatus {
    pub currency: Currency,
    pub equity: Option<Money>,
    /// The accounts of which nothing is in any sum: nobody has told what they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Label>,
    /// Those that are in every sum as they were last known: nobody answers there, or nobody has told since they answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_last_known: Vec<Label>,
    /// The sum of the strategies' rows.
    #[serde(flatten)]
    pub results: Results,
    pub orders_open: usize,
    /// As the broker last told it.
    pub balances: Vec<BalanceRow>,
    /// How long ago our books and the broker's were compared, and the lines on which they differed.
    pub reconciled_age_ms: Option<i64>,
    pub differences: Vec<DisplayText>,
    pub limits: Vec<LimitRow>,
}

/// One currency of the account, as the broker counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceRow {
    pub currency: Currency,
    pub cash: Money,
    pub margin: Money,
    pub free: Money,
}

/// One strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrategyRow {
    pub name: DisplayText,
    pub kind: DisplayText,
    /// What it was hired for.
    #[serde(default)]
    pub instruments: Vec<DisplayText>,
    /// Whether its orders pass, why it stands so, and its panic if it had one.
    pub armed: bool,
    pub why: Reason,
    pub failed: Option<DisplayText>,
    /// Its own kill level.
    pub kill: KillLevel,
    #[serde(flatten)]
    pub results: Results,
    pub positions: Vec<PositionRow>,
    pub orders_open: usize,
    pub orders_submitted: u64,
    pub orders_denied: u64,
    pub limits: Vec<LimitRow>,
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRow {
    pub rule: RuleId,
    pub scope: ScopeName,
    pub value: Measure,
    pub limit: Measure,
    pub percent: Option<u32>,
    pub pass: bool,
}

/// One instrument's market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstrumentRow {
    pub symbol: DisplayText,
    pub bid: Option<Price>,
    pub ask: Option<Price>,
    pub quote_age_ms: Option<i64>,
    pub stale: bool,
    pub quarantined: bool,
    /// Passes of a recording begun, 0 in the first.
    pub pass: u32,
}

/// A connection or subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    pub name: Label,
    pub state: Label,
    pub detail: Option<DisplayText>,
    #[serde(with = "rfc3339")]
    pub since: Timestamp,
    pub age_ms: i64,
    /// How far our clock is ahead of the broker's, by its fastest report; of the broker's link only.
    #[serde(default)]
    pub clock_offset_ms: Option<i64>,
}

/// Health of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shell {
    #[serde(with = "rfc3339")]
    pub started_at: Timestamp,
    pub feed: DisplayText,
    pub speed: DisplayText,
    pub broker: DisplayText,
    pub data_dir: DisplayText,
    pub rows_written: u64,
    pub rss_bytes: u64,
    pub inputs: u64,
    pub inputs_per_s: u64,
    /// Time of one engine step, and from a market event to its order leaving.
    pub step_p50_ns: i64,
    pub step_p99_ns: i64,
    pub order_p50_ns: i64,
    pub order_p99_ns: i64,
    pub subscribers: Vec<SubscriberRow>,
    pub queues: Vec<QueueRow>,
}

/// A subscriber of the outer ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberRow {
    pub name: Label,
    pub state: Label,
    pub delivered: u64,
    pub missed: u64,
    pub restarts: u32,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub name: Label,
    pub capacity: usize,
    pub len: usize,
    pub peak: usize,
    pub passed: u64,
    pub lost: u64,
}

impl Status {
    /// The status at an instant of the engine's clock. Limits in use and the health of the process come with the
    /// vitals.
    pub fn of(state: &State, vitals: Option<&Vitals>, now: Timestamp) -> Self {
        let limits = |wanted: fn(Scope, StrategyId) -> bool, strategy: StrategyId| {
            let findings = vitals.map(|vitals| vitals.headroom.as_slice()).unwrap_or_default();
            let of_it = findings.iter().filter(|finding| wanted(finding.scope, strategy));
            of_it.map(|finding| LimitRow::of(state, finding)).collect::<Vec<_>>()
        };
        let own = |scope: Scope, strategy: StrategyId| scope == Scope::Strategy(strategy);
        let accounts = |scope: Scope, _: StrategyId| !matches!(scope, Scope::Strategy(_));
        let strategies = state.genesis().strategy_ids();
        Self {
            at: now,
            run: state.genesis().run,
            seq: state.seq,
            mode: state.control.mode,
            armed_ms: state.control.armed_for(now).map(Span::millis),
            kill: KillStatus::of(state),
            account: AccountStatus::of(state, limits(accounts, StrategyId::EXTERNAL), now),
            accounts: AccountRow::all(state, now),
            strategies: strategies.filter_map(|id| StrategyRow::of(state, id, limits(own, id))).collect(),
            instruments: InstrumentRow::all(state, now),
            orders: state.orders.open().iter().map(|order| OrderRow::of(state, order, now)).collect(),
            links: state.links.list().iter().map(|link| LinkRow::of(state, link, now)).collect(),
            book: BookStatus::of(state),
            books: Books::of(state, now),
            alerts: AlertRow::all(state, now),
            shell: vitals.map(Shell::of),
        }
    }
}

impl KillStatus {
    fn of(state: &State) -> Self {
        let (genesis, control) = (state.genesis(), &state.control);
        let strategies = genesis.strategy_ids().map(Scope::Strategy);
        let scopes = strategies.chain(genesis.instrument_ids().map(Scope::Instrument));
        let standing =
            |scope: Scope| Standpoint { scope: ScopeName::of(genesis, scope), level: control.kill_at(scope) };
        Self {
            level: control.global,
            highest: control.highest_kill(),
            scoped: scopes.map(standing).filter(|one| one.level > KillLevel::K0).collect(),
            last: control.last_kill.as_ref().map(|kill| KillRow {
                at: kill.at,
                level: kill.level,
                scope: ScopeName::of(genesis, kill.scope),
                actor: DisplayText::new(kill.actor.as_str()),
                reason: kill.reason,
            }),
            pending: state.halt.as_ref().map_or(0, crate::state::HaltReport::pending),
            open: state.left_to_kill(Scope::All),
            others: state.others_at_work(Scope::All),
        }
    }
}

impl AccountStatus {
    fn of(state: &State, limits: Vec<LimitRow>, now: Timestamp) -> Self {
        let (without, as_last_known) = super::accounts::missing(state);
        Self {
            currency: state.genesis().currency,
            equity: state.equity(),
            without,
            as_last_known,
            results: Results::of(super::standing::sum_of_rows(state)),
            orders_open: state.orders.open().len(),
            balances: BalanceRow::all(state),
            reconciled_age_ms: state.checked_at().map(|at| now.since(at).millis()),
            differences: differences(state),
            limits,
        }
    }
}

impl BalanceRow {
    /// One for each currency: what all accounts have of it.
    fn all(state: &State) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for balance in state.reconciliation.snapshots().flat_map(|told| &told.balances) {
            let Balance { currency, cash, margin, free } = *balance;
            match rows.iter_mut().find(|row| row.currency == currency) {
                Some(row) => {
                    row.cash += cash;
                    row.margin += margin;
                    row.free += free;
                }
                None => rows.push(Self { currency, cash, margin, free }),
            }
        }
        rows
    }
}

impl StrategyRow {
    fn of(state: &State, id: StrategyId, limits: Vec<LimitRow>) -> Option<Self> {
        let info = state.genesis().strategy(id)?;
        let status = state.control.strategy(id)?;
        let open = state.orders.open().iter().filter(|order| order.request.strategy == id);
        Some(Self {
            name: info.name.clone(),
            kind: info.kind.clone(),
            instruments: info
                .instruments
                .iter()
                .filter_map(|one| state.genesis().instrument(*one))
                .map(|one| one.symbol.clone())
                .collect(),
            armed: status.armed,
            why: status.why,
            failed: status.failed.clone(),
            kill: state.control.kill_at(Scope::Strategy(id)),
            results: Results::of(state.strategy_pnl(id)),
            positions: positions_of(state, id).map(|(_, _, row)| row).collect(),
            orders_open: open.count(),
            orders_submitted: state.orders.submitted_by(id),
            orders_denied: state.denied_of(id),
            limits,
        })
    }
}

impl LimitRow {
    fn of(state: &State, finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            scope: ScopeName::of(state.genesis(), finding.scope),
            value: finding.value,
            limit: finding.limit,
            percent: finding.percent(),
            pass: finding.pass,
        }
    }
}

impl InstrumentRow {
    fn all(state: &State, now: Timestamp) -> Vec<Self> {
        let row = |one: &crate::model::Instrument| {
            let market = state.market(one.id)?;
            Some(Self {
                symbol: one.symbol.clone(),
                bid: market.quote.map(|quote| quote.bid),
                ask: market.quote.map(|quote| quote.ask),
                quote_age_ms: market.age(now).map(crate::model::Span::millis),
                stale: market.stale,
                quarantined: market.trust != Trust::Good,
                pass: market.pass,
            })
        };
        state.genesis().instruments.iter().filter_map(row).collect()
    }
}

impl LinkRow {
    fn of(state: &State, link: &Link, now: Timestamp) -> Self {
        let broker = state.genesis().accounts.of_link(link.name.as_str());
        let offset = broker.and_then(|account| state.watch.broker_offset(account));
        Self {
            name: link.name,
            state: link.state,
            detail: link.detail.clone(),
            since: link.since,
            age_ms: now.since(link.since).millis(),
            clock_offset_ms: offset.map(crate::model::Span::millis),
        }
    }
}

impl Shell {
    fn of(vitals: &Vitals) -> Self {
        let subscriber = |one: &super::vitals::SubscriberHealth| SubscriberRow {
            name: one.name,
            state: Label::new(one.state),
            delivered: one.delivered,
            missed: one.missed,
            restarts: one.restarts,
        };
        let queue = |one: &GaugeReading| QueueRow {
            name: Label::new(one.name),
            capacity: one.capacity,
            len: one.len,
            peak: one.peak,
            passed: one.passed,
            lost: one.lost,
        };
        Self {
            started_at: vitals.started_at,
            feed: vitals.feed.clone(),
            speed: vitals.speed.clone(),
            broker: vitals.broker.clone(),
            data_dir: vitals.data_dir.clone(),
            rows_written: vitals.rows_written,
            rss_bytes: vitals.rss_bytes,
            inputs: vitals.inputs,
            inputs_per_s: vitals.inputs_per_s,
            step_p50_ns: vitals.step_p50.nanos(),
            step_p99_ns: vitals.step_p99.nanos(),
            order_p50_ns: vitals.order_p50.nanos(),
            order_p99_ns: vitals.order_p99.nanos(),
            subscribers: vitals.subscribers.iter().map(subscriber).collect(),
            queues: vitals.queues.iter().map(queue).collect(),
        }
    }
}
