//! The journal: every fact of a book, in order, durable before anything leaves; chained by hashes, and read back at a start.

mod chain;
mod check;
mod error;
mod feed;
mod here;
mod mark;
mod past;
mod reader;
mod reserve;
mod rows;
mod schema;
mod snapshot;
mod thread;
mod walk;
mod writer;

pub use chain::Hash;
pub use check::{Checked, check_facts};
pub use error::{Damage, PastError, Table};
pub use feed::{FactFeed, Stamped};
pub use here::{Here, Moved};
pub use past::{Cut, Past, PastRun, Tail, quarantine, read_past, read_past_of};
pub use reader::{FactPlace, FactReader, RecordedFact};
pub use schema::FACTS_VERSION;
pub use snapshot::state_hash;
pub use thread::{FactThread, Hold, start_facts};
pub use writer::{FactHeader, FactOptions, FactWriter};
