//! Why a screen ends.

/// Why the screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The operator left.
    Quit { stop_engine: bool },
    /// It was told to stop.
    Stopped,
    /// The terminal is closed or hung up. The engine goes on.
    TerminalGone,
}
