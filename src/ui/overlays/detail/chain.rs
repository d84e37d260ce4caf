//! A chain of events: what led to what, with the time since its beginning.

use crate::model::{Envelope, OrderId, Seq};
use crate::ui::event_line::event_line;
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;

/// The chain that began with an event.
pub(super) fn lines(view: &View<'_>, root: Seq) -> Vec<Line> {
    let chain: Vec<&Envelope> =
        view.state.history.log.iter().filter(|envelope| envelope.cause.0 == root).collect();
    let mut lines = Vec::new();
    if !chain.iter().any(|envelope| envelope.seq == root) {
        let words = format!(" begins with event {root}: market data or older than what is kept here");
        lines.push(Line::new().dim(&words));
    }
    lines.extend(listed(view, &chain));
    match (chain.first(), chain.last()) {
        (Some(first), Some(last)) => {
            lines.push(Line::new());
            let took = figure::brief(last.at.since(first.at));
            lines.push(Line::new().strong(&format!(" {} events, {took} end to end", chain.len())));
        }
        (None, _) | (_, None) => lines.push(Line::new().dim(" nothing of it is kept here")),
    }
    lines
}

/// What the log holds about an order, with what the same cause led to.
pub(super) fn of_order(view: &View<'_>, id: OrderId, root: Seq) -> Vec<Line> {
    let about = |envelope: &&Envelope| event_line(envelope, view).order == Some(id) || envelope.seq == root;
    let chain: Vec<&Envelope> = view.state.history.log.iter().filter(about).collect();
    listed(view, &chain)
}

/// One event in full.
pub(super) fn event_lines(view: &View<'_>, envelope: &Envelope) -> Vec<Line> {
    let line = event_line(envelope, view);
    let mut lines = vec![
        Line::new().strong(&format!(" {} ", line.kind)).text(&line.who),
        Line::of(&format!(
            " at {} UTC by our clock   event {}   cid {}",
            view.clock(envelope.at, Clock::Millis),
            figure::count(envelope.seq.get()),
            View::cid(envelope.cause.0)
        )),
    ];
    lines.extend(folded(&line.text).into_iter().map(|part| Line::of(&format!(" {part}"))));
    lines.push(Line::rule("as recorded"));
    let raw = format!("{:?}", envelope.event);
    lines.extend(folded(&raw).into_iter().map(|part| Line::new().dim(&format!(" {part}"))));
    lines.push(Line::rule("the chain it belongs to"));
    lines.extend(self::lines(view, envelope.cause.0));
    lines
}

fn listed(view: &View<'_>, chain: &[&Envelope]) -> Vec<Line> {
    let start = chain.first().map(|envelope| envelope.at);
    let one = |(index, envelope): (usize, &&Envelope)| {
        let line = event_line(envelope, view);
        let since = start.map_or_else(figure::Figure::new, |start| figure::brief(envelope.at.since(start)));
        let branch = if index == 0 { "" } else { "`- " };
        let role = if line.alarm { Role::Warn } else { Role::Text };
        Line::new()
            .dim(&format!(" +{since:>8} "))
            .part(&format!("{branch}{:<6} {} {}", line.kind, line.who, line.text), role)
            .dim(&format!("  ev {}", envelope.seq))
    };
    chain.iter().enumerate().map(one).collect()
}

/// A long text in pieces of a line.
fn folded(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(74).map(|part| part.iter().collect()).collect()
}

/// What is said of a row that is no longer kept.
pub(super) fn gone() -> Vec<Line> {
    vec![Line::new().dim(" no longer kept here; it stands in the recorded log")]
}
