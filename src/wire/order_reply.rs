//! What became of an operation on orders, in names and texts.

use super::order_text::OrderTextError;
use super::standing::OrderRow;
use crate::model::{Assessment, Denial, DisplayText, LegOutcome, Mode, Order, OrderId, Price};
use crate::state::Batch;
use serde::{Deserialize, Serialize};

/// The outcome of an operation on orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReply {
    pub outcome: OrderOutcome,
    /// The order it is about: `A-12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<DisplayText>,
    /// The batch it began: `B-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<DisplayText>,
    /// The leg that was refused or cannot be read, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<u16>,
    /// What cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<DisplayText>,
    /// The rule that denied it, what it measured, and its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<DenialRow>,
    /// What of the order has filled, of how much, and at which average price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled: Option<DisplayText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<DisplayText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<DisplayText>,
    /// Orders canceled, positions closed or positions not closed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Of a close: the orders that were asked to go so that it could leave, as they stand now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_way: Vec<OrderRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegRow>,
    /// Of a dry run: every rule and what it found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingRow>,
}

/// How it ended, as far as it was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// Sent; the venue has not answered within the time that was waited.
    Submitted,
    /// Acknowledged by the venue, and what it has not filled works there.
    Working,
    Filled,
    /// Ended with a part filled.
    PartlyFilled,
    /// By the venue.
    Rejected,
    Canceled,
    Changed,
    NotCanceled,
    NotChanged,
    /// No answer from the broker: it may be there or not.
    Unknown,
    Held,
    Denied,
    Refused,
    /// A field cannot be read or names nothing; nothing was asked of the engine.
    Malformed,
    CancelRequested,
    ReplaceRequested,
    /// Carried out for `count` orders or positions.
    Done,
    /// Positions are being closed and were not flat within the time that was waited.
    Closing,
    Closed,
    /// Held, and why is told: it is tried again.
    NotClosed,
    /// A batch has begun and not ended within the time that was waited.
    Began,
    Stopped,
    Decided,
    /// An order of unknown fate, by a human's word.
    Settled,
    Completed,
    /// A dry run: the gate would let it pass, or not.
    WouldPass,
    WouldDeny,
}

/// A denial as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DenialRow {
    pub rule: DisplayText,
    pub value: DisplayText,
    pub limit: DisplayText,
    pub detail: DisplayText,
}

/// A leg as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRow {
    pub leg: u16,
    /// `not_sent`, `denied`, `open`, `unknown`, `filled`, `canceled` or `rejected`.
    pub outcome: DisplayText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<DisplayText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<DisplayText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<DisplayText>,
}

/// A rule's finding as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    pub rule: DisplayText,
    pub pass: bool,
    pub value: DisplayText,
    pub limit: DisplayText,
    pub detail: DisplayText,
}

impl OrderReply {
    /// An outcome without more to it.
    pub const fn new(outcome: OrderOutcome) -> Self {
        Self {
            outcome,
            order: None,
            batch: None,
            leg: None,
            field: None,
            denial: None,
            filled: None,
            qty: None,
            price: None,
            count: None,
            made_way: Vec::new(),
            legs: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// About an order of a mode.
    #[must_use]
    pub fn of_order(mut self, mode: Mode, id: OrderId) -> Self {
        self.order = Some(shown(mode, id));
        self
    }

    /// With its legs numbered as they were asked for: `legs` says which each is, by the order they are sent in.
    #[must_use]
    pub fn with_legs_as_asked(mut self, legs: &[u16]) -> Self {
        for row in &mut self.legs {
            row.leg = legs.get(usize::from(row.leg)).copied().unwrap_or(row.leg);
        }
        self
    }

    /// With what an order has filled.
    #[must_use]
    pub fn with_fills(mut self, order: &Order, average: Option<Price>) -> Self {
        self.filled = Some(DisplayText::new(&order.filled.to_string()));
        self.qty = Some(DisplayText::new(&order.request.qty.to_string()));
        self.price = average.map(|price| DisplayText::new(&price.to_string()));
        self
    }

    /// A text that cannot be read.
    pub fn malformed(error: &OrderTextError) -> Self {
        let field = Some(DisplayText::new(error.field));
        Self { leg: error.leg, field, ..Self::new(OrderOutcome::Malformed) }
    }

    /// A denial, of a leg where it is one's.
    pub fn denied(denial: &Denial, leg: Option<u16>) -> Self {
        Self { leg, denial: Some(DenialRow::of(denial)), ..Self::new(OrderOutcome::Denied) }
    }

    /// A dry run's answer.
    pub fn assessed(assessment: &Assessment) -> Self {
        let outcome = if assessment.passes() { OrderOutcome::WouldPass } else { OrderOutcome::WouldDeny };
        let denial = assessment.findings.iter().find_map(crate::model::Finding::denial);
        let findings = assessment.findings.iter().map(FindingRow::of).collect();
        Self { denial: denial.as_ref().map(DenialRow::of), findings, ..Self::new(outcome) }
    }

    /// A batch as it stands.
    pub fn of_batch(outcome: OrderOutcome, batch: &Batch) -> Self {
        let rows =
            (0_u16..).zip(&batch.legs).map(|(leg, row)| LegRow::of(batch.batch.mode, leg, &row.outcome()));
        let id = DisplayText::new(&batch.id.to_string());
        Self { batch: Some(id), legs: rows.collect(), ..Self::new(outcome) }
    }
}

impl DenialRow {
    fn of(denial: &Denial) -> Self {
        Self {
            rule: denial.rule.as_str().into(),
            value: DisplayText::new(&denial.value.to_string()),
            limit: DisplayText::new(&denial.limit.to_string()),
            detail: denial.detail.into(),
        }
    }
}

impl FindingRow {
    fn of(finding: &crate::model::Finding) -> Self {
        Self {
            rule: finding.rule.as_str().into(),
            pass: finding.pass,
            value: DisplayText::new(&finding.value.to_string()),
            limit: DisplayText::new(&finding.limit.to_string()),
            detail: finding.detail.into(),
        }
    }
}

impl LegRow {
    fn of(mode: Mode, leg: u16, outcome: &LegOutcome) -> Self {
        let (word, order, qty, why) = match outcome {
            LegOutcome::NotSent => ("not_sent", None, None, None),
            LegOutcome::Denied { denial } => ("denied", None, None, Some(denial.to_string())),
            LegOutcome::Open { order } => ("open", Some(*order), None, None),
            LegOutcome::Unknown { order } => ("unknown", Some(*order), None, None),
            LegOutcome::Filled { order, qty } => ("filled", Some(*order), Some(*qty), None),
            LegOutcome::Ended { order, qty, rejected: true } => ("rejected", Some(*order), Some(*qty), None),
            LegOutcome::Ended { order, qty, rejected: false } => ("canceled", Some(*order), Some(*qty), None),
        };
        Self {
            leg,
            outcome: word.into(),
            order: order.map(|order| shown(mode, order)),
            qty: qty.map(|qty| DisplayText::new(&qty.to_string())),
            why: why.map(|why| DisplayText::new(&why)),
        }
    }

    /// Whether nothing came of it.
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome.as_str(), "not_sent" | "denied" | "rejected" | "unknown")
    }
}

fn shown(mode: Mode, id: OrderId) -> DisplayText {
    DisplayText::new(&format!("{}-{}", mode.letter(), id.get()))
}
