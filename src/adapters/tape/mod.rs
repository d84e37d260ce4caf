//! Recordings of markets: our own file format, the folders it is made from, and playing both back.

mod block;
mod builtin;
mod column;
mod error;
mod folder;
mod header;
mod lane;
mod lane_reader;
mod lane_writer;
#[cfg(feature = "parquet")]
mod parquet_rows;
mod reader;
mod rows;
mod source;
mod table;
mod writer;

pub use builtin::{BUILT_IN, BUILT_IN_NAME};
pub use error::{Damage, Part, TapeError, Unwritable};
pub use folder::{FolderMerge, FolderReader, folder_instrument};
pub use header::{TapeHeader, TapeInstrument};
pub use reader::{TapeReader, TapeTotals};
pub use source::{OnDamage, Playback, Repeat, TapeSource};
pub use writer::TapeWriter;
