//! Who decides whether a restart was right. The paper venue dies with the process, so its judge is the journal; a venue
//! that is a process of its own judges by its own log.

use flightdeck::wire::Status;
use std::path::Path;

/// Looks at what is left after each kill, and at what the next process makes of it.
pub(crate) trait Judge {
    /// The process is dead: what is durable now must be there again.
    fn dead(&mut self, data: &Path) -> Result<(), String>;

    /// Another process has recovered and has compared its books with the venue's.
    fn recovered(&mut self, data: &Path, status: &Status) -> Result<(), String>;
}
