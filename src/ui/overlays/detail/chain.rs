//! A chain of events: what led to what, with the time since its beginning.

use crate::model::{Envelope, Event, OrderEvent, OrderId, Seq, Timestamp};
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
    let fields = fields(view, &envelope.event);
    if !fields.is_empty() {
        lines.push(Line::rule("its fields"));
    }
    lines.extend(fields.iter().map(|(name, value)| Line::new().dim(&format!(" {name:<12} ")).text(value)));
    lines.push(Line::rule("the chain it belongs to"));
    lines.extend(self::lines(view, envelope.cause.0));
    lines
}

/// What an order's event says beyond its line, field by field.
fn fields(view: &View<'_>, event: &Event) -> Vec<(&'static str, String)> {
    let at = |time: Timestamp| format!("{} UTC, the venue's clock", view.clock(time, Clock::Millis));
    let Event::Order(event) = event else { return Vec::new() };
    match event {
        OrderEvent::Held { client_id, order, .. } => vec![
            ("client id", client_id.to_string()),
            ("tif", order.tif.as_str().to_owned()),
            ("reduce-only", yes(order.reduce_only)),
        ],
        OrderEvent::Trailed { trigger, .. } => vec![("trigger", trigger.to_string())],
        OrderEvent::ReplaceRequested { change, actor, .. } => vec![
            ("to", crate::ui::command_words::change_words(change)),
            ("asked by", view.actor_name(*actor).to_owned()),
        ],
        OrderEvent::Replaced { change, venue_time, .. } => {
            vec![("to", crate::ui::command_words::change_words(change)), ("at", at(*venue_time))]
        }
        OrderEvent::NotFound { checks, venue_time, .. } => {
            vec![("answers", checks.to_string()), ("at", at(*venue_time))]
        }
        OrderEvent::Lost { actor, reason, .. } | OrderEvent::Vouched { actor, reason, .. } => {
            vec![("says", view.actor_name(*actor).to_owned()), ("why", reason.to_string())]
        }
        OrderEvent::Submitted { client_id, order, rules, venue_reduce_only, .. } => vec![
            ("client id", client_id.to_string()),
            ("tif", order.tif.as_str().to_owned()),
            ("post-only", yes(order.post_only)),
            ("reduce-only", format!("{}, at the venue {}", yes(order.reduce_only), yes(*venue_reduce_only))),
            ("rules passed", rules.to_string()),
        ],
        OrderEvent::Filled { fill, .. } | OrderEvent::Busted { fill, .. } => vec![
            ("fill id", fill.fill_id.0.to_string()),
            ("strategy", view.strategy_name(fill.strategy).to_owned()),
            ("instrument", view.symbol(fill.instrument).to_owned()),
            ("qty", fill.qty.to_string()),
            ("price", fill.price.to_string()),
            ("fee", fill.fee.to_string()),
            ("matched at", at(fill.venue_time)),
        ],
        OrderEvent::Accepted { venue_id, venue_time, .. } => {
            vec![("venue id", venue_id.to_string()), ("at", at(*venue_time))]
        }
        OrderEvent::Rejected { reason, venue_time, .. }
        | OrderEvent::CancelRejected { reason, venue_time, .. }
        | OrderEvent::ReplaceRejected { reason, venue_time, .. }
        | OrderEvent::Canceled { reason, venue_time, .. } => {
            vec![("reason", reason.to_string()), ("at", at(*venue_time))]
        }
        OrderEvent::Triggered { venue_time, .. } | OrderEvent::Expired { venue_time, .. } => {
            vec![("at", at(*venue_time))]
        }
        OrderEvent::CancelRequested { client_id, actor, .. } => {
            vec![("client id", client_id.to_string()), ("asked by", view.actor_name(*actor).to_owned())]
        }
        OrderEvent::Unknown { waited, .. } => vec![("waited", waited.to_string())],
        OrderEvent::Queried { client_id, .. } | OrderEvent::Unmatched { client_id, .. } => {
            vec![("client id", client_id.to_string())]
        }
        OrderEvent::SetAside { client_id, why, .. } => {
            vec![("client id", client_id.to_string()), ("why", why.to_string())]
        }
    }
}

fn yes(set: bool) -> String {
    if set { "yes" } else { "no" }.to_owned()
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
pub(in crate::ui::overlays) fn gone() -> Vec<Line> {
    vec![Line::new().dim(" no longer kept here; it stands in the recorded log")]
}
