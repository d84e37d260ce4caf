//! What happens when something panics: the terminal is restored first, the reason is kept, the right people fall.

use crate::model::{DisplayText, StrategyId};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// The strategy this thread is calling, if any: its panic is caught and quarantined, not a crash.
    static CALLING: Cell<Option<u16>> = const { Cell::new(None) };
}

/// Threads whose panic is caught by the one who employs them carry this in front of their name.
pub(super) const STAFF_PREFIX: &str = "staff:";

/// Set when something panicked that must not: the process ends in order and says so.
#[derive(Debug, Clone, Default)]
pub struct PanicFlag(Arc<AtomicBool>);

impl PanicFlag {
    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

pub(super) fn entered_strategy(strategy: StrategyId) {
    CALLING.set(Some(strategy.get()));
}

pub(super) fn left_strategy() {
    CALLING.set(None);
}

/// Installs the hook. `restore` gives the terminal back and `say` has the last word on it; neither may panic or wait
/// for a terminal that is dead or stuck. `crash_dir` gets a file with the reason.
/// To be called before the terminal is touched.
pub fn install_panic_hook(restore: fn(), say: fn(&str), crash_dir: PathBuf) -> PanicFlag {
    let flag = PanicFlag::default();
    let raised = flag.clone();
    std::panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("unnamed").to_owned();
        let text = DisplayText::new(&format!("{info}").replace('\n', " "));
        if let Some(strategy) = CALLING.get() {
            tracing::error!(strategy, panic = %text, "a strategy panicked and is quarantined");
            return;
        }
        if name.starts_with(STAFF_PREFIX) {
            tracing::error!(thread = name, panic = %text, "a subscriber panicked and is restarted");
            return;
        }
        restore();
        raised.set();
        tracing::error!(thread = name, panic = %text, "panic");
        say(&report_crash(&crash_dir, &name, text.as_str()));
    }));
    flag
}

/// A file that is new and for its owner alone.
fn write_private(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
}

/// Writes the crash file; what happened and where that is, in words. Nothing here may fail loudly: we are already
/// falling.
fn report_crash(dir: &std::path::Path, thread: &str, text: &str) -> String {
    let path = dir.join(format!("crash-{}.txt", super::clock::wall_now().nanos()));
    let trace = std::backtrace::Backtrace::force_capture();
    let version = env!("CARGO_PKG_VERSION");
    let body = format!("flightdeck {version}\nthread {thread}\n{text}\n\n{trace}\n");
    let where_to = match write_private(&path, body.as_bytes()) {
        Ok(()) => format!("details in {}", path.display()),
        Err(error) => format!("no crash file: {error}"),
    };
    format!("{text}\n{where_to}")
}
