//! `OpenAlgo` as a broker: orders, books and quotes over its REST, at most once and reconciled by the book.
//!
//! - `http` sends, `answer` says what an answer proves, `desk` keeps what is on its way and turns books into reports,
//!   `work` is the task that paces it all.
//! - An order is sent once. What has no definite answer is `Unknown`, never sent again, and looked for in the books: its
//!   name of ours travels in `strategy`, which the sandbox gives back (wire spec §12, §13).
//! - This version trades a sandbox only: every answer that carries a mode must say `analyze`.

mod account;
mod adapter;
mod answer;
mod bucket;
mod desk;
mod direct;
mod http;
mod known;
mod names;
mod quotes;
mod reading;
mod rows;
mod secret;
mod take;
mod work;

pub use adapter::{OpenAlgo, OpenAlgoOptions, TRAITS};
pub use answer::{Outcome, Verdict};
pub use direct::{BookRow, Direct, HeldKey, HeldRow, Life, Sent};
pub use known::Known;
pub use names::{Named, our_text};
pub use rows::{OrderLine, RowStatus, TradeLine, order_lines, trade_lines};
pub use secret::Secret;
