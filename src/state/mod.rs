//! What is so: one fold of the event log, read by the live engine, replay, backtest and every screen.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

mod accounts;
mod alerting;
mod alerts;
mod bars;
mod bases;
mod batches;
mod budget;
mod canonical;
mod closing;
mod conduct;
mod continuing;
mod control;
mod day;
mod difference;
mod discipline;
mod elsewhere;
mod exposure;
mod facts;
mod fills;
mod fold;
mod fold_account;
mod fold_fills;
mod gaps;
mod genesis;
mod halt;
mod held;
mod history;
mod hours;
mod kept;
mod lately;
mod leaving;
mod ledger;
mod links;
mod live;
pub mod machine;
mod market;
mod names;
mod option_chain;
mod orders;
mod pace;
mod plain;
mod plain_seen;
mod planted;
mod position;
mod protection;
mod rationing;
mod reconciliation;
mod reserve;
mod resume;
mod ring;
mod sessions;
mod told;
mod tuning;
mod valuation;
mod watch;

pub use crate::model::FIRST_NAME;
pub use accounts::{Accounts, BROKER_LINK, VenueAccount};
pub use alerts::{Alert, AlertKey, Alerts, Severity};
pub use bars::{BAR_LENGTH, BARS_KEPT, Bar};
pub use batches::{Batch, BatchStage, Batches, Leg, Standing, UnwindOrder};
pub use budget::{Budget, IDENTICAL_WINDOW, mark_at, mark_of};
pub use closing::Closing;
pub use conduct::{Conduct, Trip};
pub use continuing::{Renumbering, Unfit};
pub use control::{Control, KillRecord, StrategyStatus};
pub use difference::{Acceptance, Difference, Line, Suspect};
pub use discipline::RuleState;
pub use exposure::Exposure;
pub use fold::State;
pub use genesis::{Conversion, Genesis, StrategyInfo};
pub use halt::{HaltLine, HaltOutcome, HaltReport, HaltSubject, Holding};
pub use held::{Exit, Group, Groups, HELD};
pub use history::{EquitySample, History};
pub use kept::Watched;
pub use leaving::{Foreseen, Leaving};
pub use ledger::{Holdings, Ledger};
pub use links::{Journal, Link, Links};
pub use live::{live_checks, live_unavailable};
pub use market::{InstrumentMarket, Trust};
pub use orders::Orders;
pub use pace::Pace;
pub use plain::Plain;
pub use planted::{Bug, Planted};
pub use position::Position;
pub use reconciliation::Reconciliation;
pub use ring::Ring;
pub use sessions::Sessions;
pub use told::Told;
pub use tuning::Loosening;
pub use valuation::{Pnl, Valuation};
pub use watch::{Alarm, Watch};
