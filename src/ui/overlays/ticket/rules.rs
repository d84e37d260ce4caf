//! The gate's answer as the ticket shows it: each rule by name, in full or in a grid.

use crate::model::{Assessment, Finding, Measure, RuleId};
use crate::ui::overlays::line::Line;
use crate::ui::theme::Role;

/// A line per rule: `ok order value   3,210 of 5,000   64%`.
pub(super) fn full(assessment: &Assessment) -> Vec<Line> {
    assessment.findings.iter().map(in_full).collect()
}

/// Three rules a line: word, name, share of its limit.
pub(super) fn grid(assessment: &Assessment) -> Vec<Line> {
    let rows = assessment.findings.len().div_ceil(3);
    let cell = |line: Line, finding: &Finding| {
        let share = percent(finding).map(|share| format!("{share}%")).unwrap_or_default();
        let text = format!(" {:<4}{:<13.13} {share:>3} ", word(finding), short(finding.rule));
        line.part(&text, role(finding))
    };
    let row = |row: usize| {
        let column = |column: usize| assessment.findings.get(column * rows + row);
        (0..3).filter_map(column).fold(Line::new(), cell)
    };
    (0..rows).map(row).collect()
}

/// The verdict: `PASS 18/18`, or what is denied and why.
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

fn in_full(finding: &Finding) -> Line {
    let share = percent(finding).map(|share| format!("{share}%")).unwrap_or_default();
    let measures = match (finding.value, finding.limit) {
        (Measure::None, Measure::None) => String::new(),
        (Measure::None, limit) => format!("none in {limit}"),
        (value, Measure::None) => value.to_string(),
        (value, limit) => format!("{value} of {limit}"),
    };
    let detail = if measures.is_empty() {
        finding.detail.to_owned()
    } else {
        format!("{measures} {}", finding.detail)
    };
    let text =
        format!("{:<4} {:<14} {:<22.22} {share:>4}", word(finding), finding.rule.as_str(), detail.trim());
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
        RuleId::PositionStrategy => "pos strategy",
        RuleId::Mode
        | RuleId::Kill
        | RuleId::Armed
        | RuleId::Filters
        | RuleId::Reference
        | RuleId::ReduceOnly
        | RuleId::OrderQty
        | RuleId::OrderValue
        | RuleId::Collar
        | RuleId::Duplicate
        | RuleId::Rate
        | RuleId::OpenOrders
        | RuleId::PositionAccount
        | RuleId::Margin
        | RuleId::LossStrategy
        | RuleId::LossAccount => rule.as_str(),
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
