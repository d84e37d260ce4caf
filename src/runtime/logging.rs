//! The diagnostic log: JSON lines to a rotating file, and the screen's log panel.

use crate::config::LogLevel;
use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{InitError, RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Daily files kept.
const FILES_KEPT: usize = 14;

/// Lines that wait for the disk; beyond it lines are dropped, since a log is expendable and the core is not.
const LINES_WAITING: usize = 16_384;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The directory or file could not be made.
    #[error("opening the log in {path}: {source}")]
    File { path: String, source: InitError },
    /// A log was already set up in this process.
    #[error("a log is already set up: {0}")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts the log. Keep the guard: dropping it writes what waits.
pub fn start_log(dir: &Path, level: LogLevel) -> Result<WorkerGuard, LogError> {
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("flightdeck")
        .filename_suffix("jsonl")
        .max_log_files(FILES_KEPT)
        .build(dir)
        .map_err(|source| LogError::File { path: dir.display().to_string(), source })?;
    let (writer, guard) = tracing_appender::non_blocking::NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING)
        .lossy(true)
        .thread_name("log")
        .finish(appender);
    let file = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer);
    tui_logger::set_default_level(panel_level(level));
    tracing_subscriber::registry()
        .with(file_level(level))
        .with(file)
        .with(tui_logger::TuiTracingSubscriberLayer)
        .try_init()?;
    Ok(guard)
}

fn file_level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

fn panel_level(level: LogLevel) -> tui_logger::LevelFilter {
    match level {
        LogLevel::Error => tui_logger::LevelFilter::Error,
        LogLevel::Warn => tui_logger::LevelFilter::Warn,
        LogLevel::Info => tui_logger::LevelFilter::Info,
        LogLevel::Debug => tui_logger::LevelFilter::Debug,
        LogLevel::Trace => tui_logger::LevelFilter::Trace,
    }
}
