//! What screens and doors speak: a session over which state goes out and requests come in.

mod accounts;
mod alerts;
mod book;
mod books;
mod kill_key;
mod leg_file;
mod leg_words;
mod limit;
mod margin_ask;
mod order_ask;
mod order_reply;
mod order_text;
mod replay;
mod results;
mod rfc3339;
mod scope_name;
mod session;
mod standing;
mod status;
mod vitals;

pub use accounts::AccountRow;
pub use alerts::AlertRow;
pub use book::BookStatus;
pub use books::{Books, LineRow, UnprovenRow};
pub use kill_key::KillKey;
pub use leg_file::{LegFileError, PlacedLegs, legs_of_file};
pub use leg_words::{leg_of_words, option_of_words};
pub use limit::{LimitLine, LimitName, LimitNameError, LimitTextError, WaitingLimit, asked_limit};
pub use margin_ask::{MarginAside, MarginDesk, MarginLeg, MarginReply, MarginWord, margin_lane};
pub use order_ask::{Operation, OptionText, OrderAsk};
pub use order_reply::{DenialRow, FindingRow, LegRow, OrderOutcome, OrderReply};
pub use order_text::{OrderText, OrderTextError};
pub use replay::{Mark, MarkKind, Part, ReplayStanding, Track, Wind};
pub use results::Results;
pub use scope_name::{ScopeName, ScopeTextError, UnknownName, known_strategies};
pub use session::{Ask, BatchReply, Client, ClientParts, Message, Reply, SessionId};
pub use standing::{OrderRow, PositionRow, Standing, sum_of_rows};
pub use status::{
    AccountStatus, BalanceRow, InstrumentRow, KillRow, KillStatus, LimitRow, LinkRow, QueueRow, Shell,
    Standpoint, Status, StrategyRow, SubscriberRow,
};
pub use vitals::{StrategyTiming, SubscriberHealth, Vitals};
