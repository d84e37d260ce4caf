//! The gate's word on a batch under review: asked again each second, and shown only about what stands there now.

use super::line::Line;
use crate::model::{BatchAssessment, Denial, NewBatch, Span, Timestamp};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::BatchReply;
use std::sync::Arc;

/// How often the gate is asked again about an unchanged batch: it is judged on a copy of the state, so not more often.
const ASK_AGAIN: Span = Span::from_secs(1);
/// An answer older than this is no answer.
const GIVE_UP: Span = Span::from_secs(3);

/// What was asked and what was told.
#[derive(Debug, Default)]
pub(super) struct GateWord {
    asked: Option<(Arc<NewBatch>, Timestamp)>,
    told: Option<Told>,
}

#[derive(Debug)]
struct Told {
    batch: Arc<NewBatch>,
    assessment: BatchAssessment,
    /// When it was asked, by our clock.
    asked_at: Timestamp,
}

impl GateWord {
    /// The question, where it is time for one.
    pub(super) fn question(&mut self, batch: NewBatch, now: Timestamp) -> Option<Effect> {
        let is_due = self.asked.as_ref().is_none_or(|(asked, at)| {
            let answered = self.told.as_ref().is_some_and(|told| told.asked_at == *at);
            **asked != batch || now.since(*at) >= if answered { ASK_AGAIN } else { GIVE_UP }
        });
        is_due.then(|| {
            let batch = Arc::new(batch);
            self.asked = Some((Arc::clone(&batch), now));
            Effect::WhatIfBatch(batch)
        })
    }

    /// Takes the answer to the last question.
    pub(super) fn hear(&mut self, reply: &BatchReply) {
        if let Some((batch, asked_at)) = &self.asked
            && *batch == reply.batch
        {
            let (batch, assessment) = (Arc::clone(batch), reply.assessment.clone());
            self.told = Some(Told { batch, assessment, asked_at: *asked_at });
        }
    }

    /// Why the batch cannot be armed or sent now: the gate has not answered about it as it stands, or denies it.
    pub(super) fn objection(&self, batch: &NewBatch, now: Timestamp) -> Option<String> {
        let Some(told) = self.about(batch, now) else {
            return Some("the gate has not answered yet: nothing sent".to_owned());
        };
        told.denied.map(|(leg, denial)| format!("DENIED whole, leg {}: {denial}: nothing sent", leg + 1))
    }

    /// What it says of a leg in a word.
    pub(super) fn of_leg(&self, batch: Option<&NewBatch>, leg: usize, now: Timestamp) -> (String, Role) {
        let told = batch.and_then(|batch| self.about(batch, now));
        match told.and_then(|told| told.legs.get(leg)) {
            None => ("..".to_owned(), Role::Dim),
            Some(None) => ("ok".to_owned(), Role::Good),
            Some(Some(Denial { rule, .. })) => (format!("DENY {}", rule.as_str()), Role::Bad),
        }
    }

    /// What it says of the whole: passed with the margin left, or the first leg that fails and why.
    pub(super) fn line(&self, batch: &NewBatch, view: &View<'_>) -> Line {
        let line = Line::new().text(" gate  ");
        let Some(told) = self.about(batch, view.hand) else { return line.dim("asking") };
        if let Some((leg, denial)) = told.denied {
            return line.part(&format!("DENIED whole, leg {}: {denial}", leg + 1), Role::Bad);
        }
        let passed = line.part(&passed_words(told.legs.len()), Role::Good);
        let free = told.margin_after.map(|(settle, free)| figure::named(free, settle, view.tilde()));
        free.map_or(passed.clone(), |free| passed.text(&format!("   free margin after {free}")))
    }

    fn about(&self, batch: &NewBatch, now: Timestamp) -> Option<&BatchAssessment> {
        let told = self.told.as_ref().filter(|told| *told.batch == *batch)?;
        (now.since(told.asked_at) <= GIVE_UP).then_some(&told.assessment)
    }
}

fn passed_words(legs: usize) -> String {
    if legs == 1 { "PASS".to_owned() } else { format!("PASS, all {legs} legs") }
}
