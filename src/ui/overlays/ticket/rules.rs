//! The gate's answer as the ticket shows it: each rule by name, in full or the worst of them.

use crate::model::{Assessment, Finding, Instrument, Measure, Money, RuleId};
use crate::ui::figure;
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;

/// A line per rule that is denied or can be measured, `ok order value   3,210 of 5,000   64%`, the nearest to its limit
/// first; then all others by name, in this many lines of this width.
pub(super) fn full(
    assessment: &Assessment,
    instrument: &Instrument,
    (width, rows): (usize, usize),
) -> Vec<Line> {
    let order = nearest_first(assessment);
    let told = order.iter().take_while(|finding| !finding.pass || percent(finding).is_some()).count();
    let (mut shown, mut rest) = (told, Vec::new());
    loop {
        let others: Vec<&Finding> = order.iter().skip(shown).copied().collect();
        if !others.is_empty() {
            rest = names(&others, width);
        }
        if shown == 0 || shown + rest.len() <= rows {
            break;
        }
        shown -= 1;
    }
    let mut lines: Vec<Line> = order.iter().take(shown).map(|finding| in_full(finding, instrument)).collect();
    lines.extend(rest.iter().map(|text| Line::new().dim(text)));
    lines
}

/// Denied ones first, then the nearest to their limits, then those that are a plain yes.
fn nearest_first(assessment: &Assessment) -> Vec<&Finding> {
    let mut order: Vec<&Finding> = assessment.findings.iter().collect();
    order.sort_by_key(|finding| (finding.pass, std::cmp::Reverse(percent(finding).unwrap_or(-1))));
    order
}

/// `20 more, ok: mode, kill, …`, in lines of this width.
fn names(rest: &[&Finding], width: usize) -> Vec<String> {
    let mut lines = vec![format!("{} more, {}:", rest.len(), fate(rest))];
    for (index, finding) in rest.iter().enumerate() {
        let comma = if index + 1 < rest.len() { "," } else { "" };
        let name = format!(" {}{comma}", finding.rule.as_str());
        match lines.last_mut().filter(|line| line.chars().count() + name.chars().count() <= width) {
            Some(line) => line.push_str(&name),
            None => lines.push(name),
        }
    }
    lines
}

fn fate(rest: &[&Finding]) -> String {
    match rest.iter().filter(|finding| !finding.pass).count() {
        0 => "ok".to_owned(),
        denied => format!("{denied} of them DENIED"),
    }
}

/// The rules nearest to their limits with value and limit, denied ones first, in this many lines of this width; the
/// rest by name.
pub(super) fn worst(
    assessment: &Assessment,
    instrument: &Instrument,
    (width, rows): (usize, usize),
) -> Vec<Line> {
    let order = nearest_first(assessment);
    let told = order.iter().take_while(|finding| !finding.pass || percent(finding).is_some()).count();
    let cell_width = width.saturating_sub(1) / 2;
    let mut lines: Vec<Line> = Vec::new();
    let mut shown = 0;
    while shown < told && lines.len() + 1 < rows.max(2) {
        let mut line = Line::new().text(" ");
        let mut left = width.saturating_sub(1);
        while let Some(finding) = order.get(shown).filter(|_| shown < told) {
            let text = cell(finding, instrument, cell_width);
            let needed = text.chars().count().max(cell_width);
            if needed > left && left < width.saturating_sub(1) {
                break;
            }
            line = line.part(&format!("{text:<cell_width$}"), role(finding));
            left = left.saturating_sub(needed);
            shown += 1;
        }
        lines.push(line);
    }
    let others: Vec<&Finding> = order.iter().skip(shown).copied().collect();
    let rest: Vec<&str> = others.iter().map(|finding| short(finding.rule)).collect();
    if !rest.is_empty() && lines.len() < rows {
        let mut text = format!(" {} more, {}: ", rest.len(), fate(&others));
        for (index, name) in rest.iter().enumerate() {
            let piece = if index == 0 { (*name).to_owned() } else { format!(", {name}") };
            if text.chars().count() + piece.chars().count() + 3 > width {
                text.push_str(" ..");
                break;
            }
            text.push_str(&piece);
        }
        lines.push(Line::new().dim(&text));
    }
    lines
}

/// `ok   order value 3,210/5,000 64%` in a cell; the words get shorter, the numbers stay.
fn cell(finding: &Finding, instrument: &Instrument, width: usize) -> String {
    let share = percent(finding).map(|share| format!("{share}%")).unwrap_or_default();
    let name = short(finding.rule);
    let room = width.saturating_sub(5 + name.len() + 1 + share.len() + 2);
    let numbers = measured(finding, instrument, "/", room);
    format!("{:<4} {name} {numbers} {share}", word(finding)).trim_end().to_owned()
}

/// Value and limit in the first form that fits; the shortest where none does.
fn measured(finding: &Finding, instrument: &Instrument, between: &str, room: usize) -> String {
    let (unit, places) = if finding.rule == RuleId::Margin {
        (format!(" {}", instrument.settle), figure::places_of(instrument.settle))
    } else {
        (String::new(), 2)
    };
    let exact = |value: Measure, places: usize| match value {
        Measure::Money(amount) if finding.rule == RuleId::Margin => {
            figure::money(amount, places, "").to_string()
        }
        other => other.to_string(),
    };
    let round = |value: Measure| match value {
        Measure::Money(amount) if amount.abs() < Money::units(100) && places > 2 => {
            figure::money(amount, 3, "").to_string()
        }
        Measure::Money(amount) => figure::money(amount, 0, "").to_string(),
        other => other.to_string(),
    };
    let brief = |value: Measure| match value {
        Measure::Money(amount) if amount.abs() >= Money::units(10_000) => {
            figure::in_thousands(amount).to_string()
        }
        other => round(other),
    };
    let detail = finding.detail;
    let forms = match (finding.value, finding.limit) {
        (Measure::None, Measure::None) => return detail.to_owned(),
        (Measure::None, limit) => vec![format!("none in {limit} {detail}"), format!("none in {limit}")],
        (value, Measure::None) => vec![format!("{value} {detail}"), value.to_string()],
        (value, limit) => vec![
            format!("{}{between}{}{unit} {detail}", exact(value, places), exact(limit, places)),
            format!("{}{between}{}{unit}", exact(value, places), exact(limit, places)),
            format!("{}{between}{}{unit}", round(value), round(limit)),
            format!("{}{between}{}{unit}", brief(value), brief(limit)),
            format!("{}/{}{unit}", brief(value), brief(limit)),
        ],
    };
    let forms: Vec<String> = forms.iter().map(|form| form.trim().to_owned()).collect();
    let found = forms.iter().find(|form| form.chars().count() <= room).or(forms.last());
    found.cloned().unwrap_or_default()
}

/// The verdict: `PASS 33/33`, or what is denied and why.
pub(super) fn verdict(assessment: &Assessment) -> (String, Role) {
    let all = assessment.findings.len();
    let denied: Vec<&Finding> = assessment.findings.iter().filter(|finding| !finding.pass).collect();
    match denied.as_slice() {
        [] => (format!("PASS {all}/{all}"), Role::Good),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            let words = first.denial().map(|denial| denial.to_string()).unwrap_or_default();
            (format!("DENIED {words}{more}"), Role::Bad)
        }
    }
}

fn in_full(finding: &Finding, instrument: &Instrument) -> Line {
    let share = percent(finding).map(|share| format!("{share}%")).unwrap_or_default();
    let detail = measured(finding, instrument, " of ", 22);
    let text = format!("{:<4} {:<14} {detail:<22} {share:>4}", word(finding), finding.rule.as_str());
    Line::new().part(&text, role(finding))
}

const fn word(finding: &Finding) -> &'static str {
    if finding.pass { "ok" } else { "DENY" }
}

const fn role(finding: &Finding) -> Role {
    if finding.pass { Role::Text } else { Role::Bad }
}

const fn short(rule: RuleId) -> &'static str {
    match rule {
        RuleId::PositionInstrument => "pos instr",
        RuleId::PositionStrategy => "pos strat",
        RuleId::PositionAccount => "pos acct",
        RuleId::LossStrategy => "loss strat",
        RuleId::LossAccount => "day loss",
        RuleId::BatchLegs
        | RuleId::Mode
        | RuleId::Kill
        | RuleId::Journal
        | RuleId::Armed
        | RuleId::Filters
        | RuleId::Session
        | RuleId::Reference
        | RuleId::ReduceOnly
        | RuleId::OrderQty
        | RuleId::OrderValue
        | RuleId::Collar
        | RuleId::Duplicate
        | RuleId::Unknown
        | RuleId::Rate
        | RuleId::OpenOrders
        | RuleId::Margin
        | RuleId::Permission
        | RuleId::OpenValue
        | RuleId::SelfTrade
        | RuleId::Changes
        | RuleId::BatchValue
        | RuleId::DailyTrades
        | RuleId::Cooldown
        | RuleId::Losers
        | RuleId::Spread
        | RuleId::Hours
        | RuleId::Entries
        | RuleId::Trigger => rule.as_str(),
        RuleId::StrategyQty => "strat qty",
        RuleId::StrategyOrders => "strat orders",
    }
}

/// How much of a rule's limit is used; nothing where there is nothing to compare.
fn percent(finding: &Finding) -> Option<i128> {
    let (value, limit) = match (finding.value, finding.limit) {
        (Measure::Money(value), Measure::Money(limit)) => (value.raw(), limit.raw()),
        (Measure::Qty(value), Measure::Qty(limit)) => (value.raw().into(), limit.raw().into()),
        (Measure::Bps(value), Measure::Bps(limit)) => (value.into(), limit.into()),
        (Measure::Count(value), Measure::Count(limit)) => (value.into(), limit.into()),
        (Measure::Age(value), Measure::Age(limit)) => (value.nanos().into(), limit.nanos().into()),
        (
            Measure::None
            | Measure::Money(_)
            | Measure::Qty(_)
            | Measure::Price(_)
            | Measure::Bps(_)
            | Measure::Count(_)
            | Measure::Age(_),
            _,
        ) => return None,
    };
    (limit > 0).then(|| (value.max(0).saturating_mul(100) / limit).min(999))
}
