//! What a detail is about, chosen by the focused panel.

use super::chain::gone;
use super::{chain, order, place, strategy};
use crate::model::{Envelope, InstrumentId, OrderId, Seq, StrategyId, TradeRow};
use crate::ui::batches;
use crate::ui::event_line::event_line;
use crate::ui::overlays::line::Line;
use crate::ui::panel_kind::PanelKind;
use crate::ui::view::View;

/// One thing to be shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui::overlays) enum Subject {
    Order(OrderId),
    /// A fill, by its event.
    Trade(Seq),
    Strategy(StrategyId),
    Instrument(InstrumentId),
    Event(Seq),
    /// A chain, by the event it began with.
    Chain(Seq),
}

impl Subject {
    /// What Enter on the focused panel is about.
    pub(in crate::ui::overlays) fn of(view: &View<'_>, focus: PanelKind) -> Option<Self> {
        let selection = view.selection;
        match focus {
            PanelKind::Strategies
            | PanelKind::Equity
            | PanelKind::Risk
            | PanelKind::Books
            | PanelKind::Report => Some(Self::Strategy(selection.strategy)),
            PanelKind::Book | PanelKind::Tape | PanelKind::Chart | PanelKind::Chain => {
                Some(Self::Instrument(selection.instrument))
            }
            PanelKind::Orders => selection.order.or_else(|| newest_order(view)).map(Self::Order),
            PanelKind::Unknown => selection.order.map(Self::Order),
            PanelKind::Batches => batch_chain(view),
            PanelKind::Trades => {
                let newest = || view.state.history.trades.last().map(|row| row.seq);
                selection.trade.or_else(newest).map(Self::Trade)
            }
            PanelKind::Events => {
                let newest = || view.state.history.log.last().map(|envelope| envelope.seq);
                selection.event.or_else(newest).map(Self::Event)
            }
            PanelKind::Alerts => {
                let alert = selection.alert.and_then(|id| view.state.alerts().get(id));
                alert.map(|alert| Self::Event(alert.evidence))
            }
            PanelKind::Log | PanelKind::System => None,
        }
    }

    /// The chain the row belongs to.
    pub(in crate::ui::overlays) fn chain(self, view: &View<'_>) -> Option<Self> {
        let cause = match self {
            Self::Order(id) => view.state.orders.get(id).map(|order| order.cause.0),
            Self::Trade(seq) => trade(view, seq).map(|row| row.cause.0),
            Self::Event(seq) => event(view, seq).map(|envelope| envelope.cause.0),
            Self::Chain(seq) => Some(seq),
            Self::Strategy(strategy) => {
                let own =
                    |envelope: &&Envelope| event_line(envelope, view).who == view.strategy_name(strategy);
                view.state.history.log.iter().rev().find(own).map(|envelope| envelope.cause.0)
            }
            Self::Instrument(_) => None,
        };
        cause.map(Self::Chain)
    }

    /// The words of the upper edge.
    pub(super) fn title(self, view: &View<'_>) -> String {
        match self {
            Self::Order(id) => format!("ORDER {}", View::order_name(view.mode(), id)),
            Self::Trade(seq) => format!("TRADE {seq}"),
            Self::Strategy(id) => format!("STRATEGY {}", view.strategy_name(id)),
            Self::Instrument(id) => format!("INSTRUMENT {}", view.symbol(id)),
            Self::Event(seq) => format!("EVENT {seq}"),
            Self::Chain(seq) => format!("TRACE {}", View::cid(seq)),
        }
    }

    /// Everything known of it now.
    pub(super) fn lines(self, view: &View<'_>) -> Vec<Line> {
        match self {
            Self::Order(id) => order::lines(view, id),
            Self::Trade(seq) => trade(view, seq).map_or_else(gone, |row| order::trade_lines(view, row)),
            Self::Strategy(id) => strategy::page(view, id).head,
            Self::Instrument(id) => place::lines(view, id),
            Self::Event(seq) => {
                event(view, seq).map_or_else(gone, |envelope| chain::event_lines(view, envelope))
            }
            Self::Chain(seq) => chain::lines(view, seq),
        }
    }
}

/// What led to the selected batch and what it led to: the chain of its first event.
fn batch_chain(view: &View<'_>) -> Option<Subject> {
    let rows = batches::rows(view.state);
    let chosen = rows.iter().find(|row| Some(row.id) == view.selection.batch).or(rows.first())?;
    Some(Subject::Chain(chosen.cause.0))
}

fn newest_order(view: &View<'_>) -> Option<OrderId> {
    view.state.orders.open().last().or_else(|| view.state.orders.closed().last()).map(|order| order.id)
}

fn trade<'a>(view: &View<'a>, seq: Seq) -> Option<&'a TradeRow> {
    view.state.history.trades.iter().rev().find(|row| row.seq == seq)
}

fn event<'a>(view: &View<'a>, seq: Seq) -> Option<&'a Envelope> {
    view.state.history.log.iter().rev().find(|envelope| envelope.seq == seq)
}
