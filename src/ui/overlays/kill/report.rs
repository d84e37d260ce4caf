//! The halt report: what the kill did to each order and position, how long it took, and the event that proves it.

use super::plan::Plan;
use crate::model::{KillLevel, Order, OrderId, Scope};
use crate::state::{HaltLine, HaltOutcome, HaltReport, HaltSubject};
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::ui::wrap::wrapped;

/// The report in a sentence.
pub(super) fn summary(view: &View<'_>, report: &HaltReport) -> String {
    let raises: Vec<String> = report
        .raises
        .iter()
        .map(|(seq, level)| format!("K{} ev {}", level.number(), figure::count(seq.get())))
        .collect();
    let last = report.lines.iter().filter_map(|line| line.answered_at).max();
    let took = last.map(|at| format!(", last answer after {}", at.since(report.at))).unwrap_or_default();
    let open = report.pending();
    let lines = report.lines.len();
    format!("{} at {}: {lines} lines, {open} open{took}", raises.join(", "), clock(view, report))
}

/// The lines: open ones first, then in the order they were asked.
pub(super) fn lines(view: &View<'_>, report: &HaltReport, room: usize) -> Vec<Line> {
    let mut all: Vec<&HaltLine> = report.lines.iter().collect();
    all.sort_by_key(|line| !is_open(line.outcome));
    let mut lines: Vec<Line> = Vec::new();
    for line in all {
        lines.push(one(view, line, room));
        let waits = line.holding.filter(|_| line.outcome == HaltOutcome::Held);
        lines.extend(waits.iter().flat_map(|holding| why_held(holding.why.as_str(), room)));
    }
    if report.omitted > 0 {
        lines.push(Line::new().part(&format!(" and {} more, in the log", report.omitted), Role::Warn));
    }
    if lines.is_empty() {
        lines.push(Line::new().dim(&nothing_yet(view)));
    }
    lines
}

fn nothing_yet(view: &View<'_>) -> String {
    match view.kill() {
        KillLevel::K0 => " nothing was canceled or closed".to_owned(),
        KillLevel::K1 => match Plan::of(view.state, Scope::All).entries.len() {
            0 => " K1 cancels nothing: it only lets no new risk leave".to_owned(),
            working => {
                format!(" K1 cancels nothing: {working} entries go on working and may fill; K2 cancels them")
            }
        },
        KillLevel::K2 | KillLevel::K3 | KillLevel::K4 => " there was nothing to cancel or close".to_owned(),
    }
}

fn clock(view: &View<'_>, report: &HaltReport) -> String {
    view.clock(report.at, Clock::Millis).to_string()
}

const fn is_open(outcome: HaltOutcome) -> bool {
    matches!(outcome, HaltOutcome::Pending | HaltOutcome::Refused | HaltOutcome::Held)
}

/// A line that shows its proof whole: first the columns go, then the owner's name.
fn one(view: &View<'_>, line: &HaltLine, room: usize) -> Line {
    let (verb, (owner, rest), result) = match line.subject {
        HaltSubject::Cancel(id) => {
            ("cancel", order_words(view, id), outcome(line.outcome, "fill came first"))
        }
        HaltSubject::Flatten(id) => ("close ", order_words(view, id), outcome(line.outcome, "FILLED")),
        HaltSubject::Held(strategy, instrument) => {
            let (name, symbol) = (view.strategy_name(strategy), view.symbol(instrument));
            let result =
                if line.outcome == HaltOutcome::Held { "HELD, tried again" } else { "closed by others" };
            ("close ", (name.to_owned(), symbol.to_owned()), result)
        }
        HaltSubject::Unknown(id) => ("fate of", order_words(view, id), outcome(line.outcome, "FILLED")),
        HaltSubject::Batch(id) => {
            let words = view.state.batches.get(id).map(|one| crate::ui::batches::stage_words(one).0);
            let result = if is_open(line.outcome) { "decide" } else { "ended" };
            ("batch", (id.to_string(), words.unwrap_or_default()), result)
        }
    };
    let took = match line.answered_at {
        Some(at) => format!("{}", at.since(line.asked_at)),
        None => format!("{}+", view.age(line.asked_at)),
    };
    let role = if is_open(line.outcome) { Role::Warn } else { Role::Text };
    let mark = if is_open(line.outcome) { "!" } else { " " };
    let proof = format!("  ev {}", line.evidence);
    let what = [owner.as_str(), rest.as_str()].join(" ");
    let texts = [
        format!("{mark}{:<38} {result:<16} {took:>6}", format!("{verb} {}", what.trim())),
        format!("{mark}{verb} {} {result} {took}", what.trim()),
        format!("{mark}{verb} {rest} {result} {took}"),
    ];
    let fits = |text: &&String| text.chars().count() + proof.len() <= room;
    let text = texts.iter().find(fits).or(texts.last());
    Line::new().part(text.map_or("", String::as_str), role).dim(&proof)
}

/// Why a position is held, whole: what to do about it may stand at its end.
fn why_held(why: &str, room: usize) -> Vec<Line> {
    let margin = 3;
    let texts = wrapped(why, room.saturating_sub(margin));
    texts.iter().map(|text| Line::new().part(&format!("{:margin$}{text}", ""), Role::Warn)).collect()
}

const fn outcome(outcome: HaltOutcome, filled: &'static str) -> &'static str {
    match outcome {
        HaltOutcome::Pending => "pending",
        HaltOutcome::Canceled => "ok, canceled",
        HaltOutcome::Filled => filled,
        HaltOutcome::Ended => "ended",
        HaltOutcome::Refused => "REFUSED, again",
        HaltOutcome::Held => "HELD",
        HaltOutcome::Proven => "at the venue",
    }
}

/// Whose it is, and what it is.
fn order_words(view: &View<'_>, id: OrderId) -> (String, String) {
    let name = View::order_name(view.mode(), id);
    let words = |order: &Order| {
        let request = &order.request;
        let places = view.places(request.instrument).1;
        let qty = figure::qty(request.qty, places);
        let (owner, symbol) = (view.strategy_name(request.strategy), view.symbol(request.instrument));
        (owner.to_owned(), format!("{name} {} {qty} {symbol}", request.side))
    };
    view.state.orders.get(id).map_or_else(|| (String::new(), name.to_string()), words)
}
