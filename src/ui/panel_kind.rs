//! Names of the panels.

/// Names a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PanelKind {
    Strategies,
    Book,
    Tape,
    Chart,
    Orders,
    Trades,
    Equity,
    Events,
    Log,
    Risk,
    System,
    Batches,
    Alerts,
    Unknown,
    Books,
    Report,
    Chain,
}
