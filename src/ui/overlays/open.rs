//! Makes the overlay of a kind from what is selected.

use super::arming::ArmLive;
use super::basket::Basket;
use super::command::CommandLine;
use super::confirm::Confirm;
use super::detail::{Reader, StrategyDetail, Subject};
use super::filter::Filter;
use super::help::Help;
use super::kill::{KillPanel, Resume};
use super::menu::Menu;
use super::mode::{ModePrompt, has_way};
use super::options::OptionsTicket;
use super::quit::Quit;
use super::rearm::Rearm;
use super::say_why::{SayWhy, What};
use super::ticket::{Draft, Ticket};
use crate::model::Mode;
use crate::ui::action::Context;
use crate::ui::effect::{Question, TicketWords};
use crate::ui::overlay::Overlay;
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::panel_kind::PanelKind;
use crate::ui::view::View;

/// The overlay of a kind, for the present selection and the focused panel; `None` where there is nothing to show.
pub(crate) fn open(kind: OverlayKind, view: &View<'_>, focus: PanelKind) -> Option<Box<dyn Overlay>> {
    Some(match kind {
        OverlayKind::Ticket(side) => Box::new(Ticket::new(side, view.selection.instrument, view)),
        OverlayKind::Kill => Box::new(KillPanel::new()),
        OverlayKind::Help => Box::new(Help::new(context_of(focus))),
        OverlayKind::HelpOf(context) => Box::new(Help::new(context)),
        OverlayKind::Detail => match Subject::of(view, focus)? {
            Subject::Strategy(id) => Box::new(StrategyDetail::new(id)),
            subject => Box::new(Reader::new(subject)),
        },
        OverlayKind::Trace => Box::new(Reader::new(Subject::of(view, focus)?.chain(view)?)),
        OverlayKind::Command => Box::new(CommandLine::new()),
        OverlayKind::Filter => Box::new(Filter::new(view)),
        OverlayKind::Menu => Box::new(Menu),
        OverlayKind::Quit => Box::new(Quit),
        OverlayKind::Mode if view.mode() == Mode::Live => Box::new(Rearm::new(view)),
        OverlayKind::Mode if has_way(view) => Box::new(ArmLive::new(view)),
        OverlayKind::Mode => Box::new(ModePrompt),
        OverlayKind::Resume => Box::new(Resume::new()),
        OverlayKind::Modify(id) => Box::new(Ticket::amending(view.state.orders.get(id)?, view)),
        OverlayKind::Basket => Box::new(Basket::new(view)),
        OverlayKind::Options => Box::new(OptionsTicket::new(view)),
        OverlayKind::Resolve(id, verdict) => Box::new(SayWhy::new(What::Order(id, verdict))),
        OverlayKind::AcceptLine(line) => Box::new(SayWhy::new(What::Line(line))),
    })
}

/// A question before its deed.
pub(crate) fn ask_first(question: Question) -> Box<dyn Overlay> {
    Box::new(Confirm::new(question))
}

/// The command line with words in it.
pub(crate) fn command_line(text: &str) -> Box<dyn Overlay> {
    Box::new(CommandLine::holding(text))
}

/// A ticket with words in its fields.
pub(crate) fn ticket(words: &TicketWords, view: &View<'_>) -> Box<dyn Overlay> {
    Box::new(Ticket::filled(Draft::of(words), view))
}

/// The column of the key table a panel answers to.
const fn context_of(focus: PanelKind) -> Context {
    match focus {
        PanelKind::Strategies => Context::Strategies,
        PanelKind::Book => Context::Book,
        PanelKind::Orders => Context::Orders,
        PanelKind::Trades => Context::Trades,
        PanelKind::Chart => Context::Chart,
        PanelKind::Events => Context::Events,
        PanelKind::Log => Context::Log,
        PanelKind::Risk => Context::Risk,
        PanelKind::Batches => Context::Batches,
        PanelKind::Alerts => Context::Alerts,
        PanelKind::Unknown => Context::Unknown,
        PanelKind::Books => Context::Books,
        PanelKind::Chain => Context::Chain,
        PanelKind::Tape | PanelKind::Equity | PanelKind::System | PanelKind::Report => Context::Plain,
    }
}
