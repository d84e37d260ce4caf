//! The input tape: everything the core took, in order and with its time, so that a run can be made again to the byte.

mod codec;
mod entry;
mod error;
mod frame;
mod header;
mod reader;
mod writer;

pub use entry::{Act, Entry};
pub use error::TapeFileError;
pub use header::TapeHeader;
pub use reader::{Place, TapeEnd, TapeReader};
pub use writer::TapeWriter;
