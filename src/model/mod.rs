//! The nouns of the trade: numbers, ids, instruments, market facts, orders, commands and events. No behaviour
//! beyond what keeps a value true to its unit.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

mod account;
mod assessment;
mod batch;
mod command;
mod control_event;
mod decimal;
mod discipline;
mod event;
mod fill;
mod ids;
mod instrument;
mod kill;
mod label;
mod limits;
mod listing;
mod live;
mod market;
mod money;
mod order;
mod price;
mod qty;
mod recovery;
mod report;
mod session;
mod side;
mod text;
mod time;
mod venue;
mod watchdog;
pub mod word;

pub use account::{AccountSnapshot, Balance, BrokerPosition};
pub use assessment::{Assessment, BatchAssessment, Denial, Finding, Measure, RuleId};
pub use batch::{
    BatchDecision, BatchEvent, BatchId, BatchKind, Expiry, LegOf, LegOutcome, Moneyness, NewBatch, OnFailure,
    OptionLeg, OptionsOrder, SmartOrder, SplitOrder,
};
pub use command::{Actor, Command, Refusal, Request, RequestId, Verdict};
pub use control_event::ControlEvent;
pub use decimal::{NumberError, SCALE_DIGITS};
pub use discipline::{Entries, EntryHours, LimitKey, Lock, RiskEvent, StrategyRule, StrategyRules, Trail};
pub use event::{AccountEvent, Cause, Envelope, Event, Input, LinkEvent, LinkReport, OrderEvent, Topic};
pub use fill::{Fill, Liquidity, TradeRow};
pub use ids::{
    AccountId, ClientOrderId, FIRST_NAME, FillId, InstrumentId, OrderId, RunId, Seq, StrategyId, VenueOrderId,
};
pub use instrument::{Contract, FilterError, Instrument, OptionWorst, Round};
pub use kill::{KillLevel, Scope};
pub use label::{Currency, Inline, Label, Reason};
pub use limits::{InstrumentLimits, Limits, StrategyLimits};
pub use listing::{Class, Listing, Right};
pub use live::{Arming, LIVE_LINK, LiveCheck, LiveTerms, MARKET_HOURS, Passed};
pub use market::{Bar, DEPTH_LEVELS, Depth, Fault, Level, MarketEvent, Quote, Trade};
pub use money::Money;
pub use order::{
    Ask, CancelStand, Link, LinkRole, Mode, NewOrder, Order, OrderChange, OrderKind, OrderStatus, Pursuit,
    TimeInForce,
};
pub use price::{Price, PriceDelta};
pub use qty::{NetQty, Qty, Rate};
pub use recovery::{Found, Recovery};
pub use report::{
    BrokerReport, BrokerRequest, FillReport, OrderRequest, OrderSnapshot, OrdersSnapshot, Unsent,
};
pub use session::{Calendar, Hours, Leads, Session, TradingHours};
pub use side::Side;
pub use text::{DisplayText, is_harmless};
pub use time::{Span, Timestamp};
pub use venue::{IdempotencyClass, VenueTraits};
pub use watchdog::{ClockFact, ClockReport, Trigger, Watchdog};
