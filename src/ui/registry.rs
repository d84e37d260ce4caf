//! The panels there are: one line each.

use super::panel::Panel;
use super::panel_kind::PanelKind;
use super::panels;

/// One panel.
#[derive(Debug, Clone, Copy)]
pub(super) struct PanelEntry {
    pub kind: PanelKind,
    /// The number of the view it leads, shown before its name.
    pub view: Option<u8>,
    pub make: fn() -> Box<dyn Panel>,
}

/// All panels.
pub(super) const PANELS: &[PanelEntry] = &[
    entry(PanelKind::Strategies, Some(1), panels::strategies),
    entry(PanelKind::Book, Some(2), panels::book),
    entry(PanelKind::Tape, None, panels::tape),
    entry(PanelKind::Chart, Some(3), panels::chart),
    entry(PanelKind::Orders, Some(4), panels::orders),
    entry(PanelKind::Trades, Some(5), panels::trades),
    entry(PanelKind::Equity, None, panels::equity),
    entry(PanelKind::Events, Some(6), panels::events),
    entry(PanelKind::Risk, Some(7), panels::risk),
    entry(PanelKind::Log, Some(8), panels::log),
    entry(PanelKind::System, Some(9), panels::system),
    entry(PanelKind::Batches, Some(10), panels::batches),
    entry(PanelKind::Alerts, Some(11), panels::alerts),
    entry(PanelKind::Unknown, Some(12), panels::unknown),
    entry(PanelKind::Books, Some(13), panels::books),
    entry(PanelKind::Report, Some(14), panels::report),
    entry(PanelKind::Chain, Some(15), panels::chain),
];

const fn entry(kind: PanelKind, view: Option<u8>, make: fn() -> Box<dyn Panel>) -> PanelEntry {
    PanelEntry { kind, view, make }
}

impl PanelKind {
    /// The number of the view it leads.
    pub fn view(self) -> Option<u8> {
        PANELS.iter().find(|entry| entry.kind == self).and_then(|entry| entry.view)
    }
}
