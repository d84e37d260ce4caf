//! What is written down: the data directory, the log of every fact in `SQLite`, the sticky kill, and reading it back.

mod atomic;
mod data_dir;
mod database;
mod event_hash;
mod event_kind;
mod facts;
mod journal;
mod json_log;
mod latch;
mod master;
mod narrative;
mod payload;
mod read_record;
mod recorder;
mod recording;
mod run;
mod scribe;
mod shelf;
mod stopped;
mod subject;
mod subject_ids;
mod tables;
mod tape;
mod trace;
pub(crate) mod varint;

pub use data_dir::{DataDir, DataDirError, DataPaths, Holder};
pub use database::StoreError;
pub use event_hash::EventHash;
pub use facts::{
    Checked, Cut, Damage, FACTS_VERSION, FactFeed, FactHeader, FactOptions, FactPlace, FactReader,
    FactThread, FactWriter, Hash, Here, Hold, Moved, Past, PastError, PastRun, RecordedFact, Stamped, Table,
    Tail, check_facts, quarantine, read_past, read_past_of, start_facts, state_hash,
};
pub use journal::{Filter, Journal, JournalError, JournalRow, RunRow};
pub use json_log::EventLog;
pub use latch::{
    Latch, LatchError, Latched, NamedScope, Standing, halt_next_start, latch_standing, read_latch,
    write_latch,
};
pub use master::{Contract, FoundContract, Imported, Intake, Master, MasterRow, MasterRows, Subject};
pub use narrative::{write_line, write_trace};
pub use read_record::read_result;
pub use recorder::Recorder;
pub use recording::Recording;
pub use run::{RunHeader, RunStatus, close_run, ended_in_disorder, run_name, sha256_hex, write_result};
pub use stopped::{Stop, Stopped, StoppedBefore, read_stopped};
pub use tape::{Act, Entry, Place, TapeEnd, TapeFileError, TapeHeader, TapeReader, TapeWriter};
pub use trace::{Trace, TraceId, TraceIdError};
