//! `OpenAlgo` as a broker: orders, books and quotes over its REST, a stream where it has one, at most once and reconciled by
//! the book.
//!
//! - `http` sends, `answer` says what an answer proves, `desk` keeps what is on its way and `books` turns books into
//!   reports, `work` is the task that paces it all, `stream` listens beside it.
//! - An order is sent once. What has no definite answer is `Unknown`, never sent again, and looked for in the books: in a
//!   sandbox by its name of ours, which travels in `strategy`; with real money by what it looks like (`search`; wire spec
//!   §12, §13).
//! - `inquiry` asks what changes nothing (history, hours, margins, option chains) beside it, over connections of its own.
//! - Every answer must be of the world the run is in: real money where none was to move is an alarm, and so is the reverse.

mod account;
mod adapter;
mod alarm;
mod answer;
mod begin;
mod books;
mod bucket;
mod chain;
mod desk;
mod direct;
mod done;
mod echo;
mod errand;
mod fields;
mod frames;
mod heard;
mod history;
mod hours;
mod hours_check;
mod hours_told;
mod http;
mod inquiry;
mod known;
mod last_gate;
mod leave;
mod lines;
mod listed;
mod margin;
mod master;
mod mode;
mod names;
mod questions;
mod quotes;
mod reading;
mod rows;
#[cfg(test)]
mod scene;
mod search;
mod secret;
mod setup;
mod stream;
mod streaming;
mod strict;
mod take;
mod tell;
mod times;
mod tracked;
mod untraded;
mod work;

pub use adapter::{OpenAlgo, OpenAlgoOptions, TRAITS};
pub use answer::{Outcome, Verdict};
pub use chain::{Chain, ChainAsk, ChainRow, ChainSide, chain};
pub use direct::{BookRow, Direct, HeldKey, HeldRow, Life, Sent};
pub use frames::{Frame, Tick, Update, frame, time};
pub use history::{BadBar, BarLine, HistoryAsk, Interval, IntervalError, bar_lines, intervals};
pub use hours::{DayOff, Timing, days_off, timings};
pub use inquiry::{Inquiry, InquiryError};
pub use known::Known;
pub use margin::{BrokerMargin, MarginOrder, broker_margin};
pub use master::{ClientIds, client_ids, contract_differences};
pub use mode::Expect;
pub use names::{Named, our_text};
pub use quotes::Prices;
pub use rows::{OrderLine, RowStatus, TradeLine, order_lines, trade_lines};
pub use secret::Secret;
