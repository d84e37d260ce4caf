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
mod command;
mod decimal;
mod event;
mod ids;
mod instrument;
mod kill;
mod label;
mod limits;
mod market;
mod money;
mod order;
mod price;
mod qty;
mod report;
mod text;
mod time;

pub use account::{AccountSnapshot, Balance, BrokerPosition};
pub use assessment::{Assessment, Denial, Finding, Measure, RuleId};
pub use command::{Actor, Command, Refusal, Request, RequestId};
pub use decimal::{NumberError, SCALE_DIGITS};
pub use event::{
    AccountEvent, Cause, ControlEvent, Envelope, Event, Input, LinkEvent, LinkReport, OrderEvent, Topic,
};
pub use ids::{ClientOrderId, FillId, InstrumentId, OrderId, RunId, Seq, StrategyId, VenueOrderId};
pub use instrument::{Contract, FilterError, Instrument, Round};
pub use kill::{KillLevel, Scope};
pub use label::{Currency, Inline, Label, Reason};
pub use limits::{InstrumentLimits, Limits, StrategyLimits};
pub use market::{DEPTH_LEVELS, Depth, Fault, Level, MarketEvent, Quote, Trade};
pub use money::Money;
pub use order::{
    Fill, Liquidity, Mode, NewOrder, Order, OrderKind, OrderStatus, Side, TimeInForce, TradeRow,
};
pub use price::{Price, PriceDelta};
pub use qty::{NetQty, Qty, Rate};
pub use report::{BrokerReport, BrokerRequest, FillReport, OrderRequest};
pub use text::{DisplayText, is_harmless};
pub use time::{Span, Timestamp};
