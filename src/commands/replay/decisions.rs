//! The decisions of a run, then and now: whether other strategies, or another program, would have done something else.

use super::past::envelope_of;
use super::rerun::Rerun;
use super::verify::Difference;
use crate::commands::progress::Progress;
use crate::model::{Envelope, Event, OrderEvent, Timestamp};
use crate::store::{PastError, RecordedFact};
use serde::Serialize;
use std::fmt;

/// What a comparison of decisions found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decisions {
    pub run: String,
    /// Whose settings the run was made again with.
    pub with: String,
    pub inputs: u64,
    pub recorded: Counts,
    pub now: Counts,
    /// Decisions that were the same, up to the first that is not.
    pub same: u64,
    /// The first that differs. What comes after it rests on a market that did not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// How often what was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub submitted: u64,
    pub held: u64,
    pub denied: u64,
    pub changed: u64,
    pub canceled: u64,
}

/// A decision, as it is compared: when, and what.
type Decision = (Timestamp, Event);

/// Makes the run again and holds its decisions against those of `facts`, which are in order.
pub fn compare(
    rerun: &mut Rerun,
    facts: &mut dyn Iterator<Item = Result<RecordedFact, PastError>>,
    with: String,
) -> anyhow::Result<Decisions> {
    let mut found = Decisions {
        run: rerun.tape().header().genesis().run.to_string(),
        with,
        inputs: 0,
        recorded: Counts::default(),
        now: Counts::default(),
        same: 0,
        difference: None,
    };
    let mut progress = Progress::new("deciding again");
    let mut out = Vec::with_capacity(1_024);
    while rerun.next(&mut out)?.is_some() {
        found.inputs += 1;
        for envelope in out.drain(..).filter(|one| is_decision(&one.event)) {
            found.now.count(&envelope.event);
            if found.difference.is_none() {
                let was = next_decision(facts, &mut found.recorded)?;
                found.hold(was, envelope)?;
            }
        }
        if found.inputs.is_multiple_of(4_096) {
            progress.tell(rerun.tape().progress(), found.now.all());
        }
    }
    let cut = rerun.tape_is_cut();
    let last = rerun.engine().state().now;
    while let Some(was) = next_decision(facts, &mut found.recorded)? {
        // Of a cut tape the inputs of what the journal has beyond it are missing.
        if found.difference.is_none() && !(cut && was.at >= last) {
            found.difference = Some(Difference {
                seq: was.seq.get(),
                at_ns: was.at.nanos(),
                recorded: told(&was)?,
                now: "nothing: no decision is left".to_owned(),
            });
        }
    }
    Ok(found)
}

impl Decisions {
    /// Holds a decision made now against the one that was made then.
    fn hold(&mut self, was: Option<Envelope>, now: Envelope) -> anyhow::Result<()> {
        let recorded = match &was {
            Some(was) => told(was)?,
            None => "nothing: no decision is left".to_owned(),
        };
        let (seq, at_ns) = (was.as_ref().map_or(now.seq, |was| was.seq).get(), now.at.nanos());
        let now_told = told(&now)?;
        if was.map(what).as_ref() == Some(&what(now)) {
            self.same += 1;
        } else {
            self.difference = Some(Difference { seq, at_ns, recorded, now: now_told });
        }
        Ok(())
    }
}

impl Counts {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Order(OrderEvent::Submitted { .. }) => self.submitted += 1,
            Event::Order(OrderEvent::Held { .. }) => self.held += 1,
            Event::Order(OrderEvent::ReplaceRequested { .. }) => self.changed += 1,
            Event::Order(OrderEvent::CancelRequested { .. }) => self.canceled += 1,
            Event::Denied { .. } => self.denied += 1,
            Event::Order(_)
            | Event::Market(_)
            | Event::Account(_)
            | Event::Link(_)
            | Event::Control(_)
            | Event::Batch(_)
            | Event::Risk(_) => {}
        }
    }

    const fn all(&self) -> u64 {
        self.submitted + self.held + self.denied + self.changed + self.canceled
    }
}

fn is_decision(event: &Event) -> bool {
    let mut counts = Counts::default();
    counts.count(event);
    counts.all() > 0
}

fn what(envelope: Envelope) -> Decision {
    (envelope.at, envelope.event)
}

fn told(envelope: &Envelope) -> anyhow::Result<String> {
    Ok(format!("#{}: {}", envelope.seq.get(), serde_json::to_string(&envelope.event)?))
}

fn next_decision(
    facts: &mut dyn Iterator<Item = Result<RecordedFact, PastError>>,
    counts: &mut Counts,
) -> anyhow::Result<Option<Envelope>> {
    for fact in facts {
        let envelope = envelope_of(&fact?)?;
        if is_decision(&envelope.event) {
            counts.count(&envelope.event);
            return Ok(Some(envelope));
        }
    }
    Ok(None)
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { submitted, held, denied, changed, canceled } = self;
        write!(
            f,
            "{submitted} submitted, {held} held, {denied} denied, {changed} changed, {canceled} canceled"
        )
    }
}

impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, with, inputs, recorded, now, same, difference } = self;
        let word = if difference.is_none() { "the same decisions" } else { "DIFFERENT" };
        writeln!(f, "run {run} with {with}: {word}\n{inputs} inputs, {same} decisions the same")?;
        writeln!(f, "  then: {recorded}\n  now:  {now}")?;
        if let Some(difference) = difference {
            let at = chrono::DateTime::from_timestamp_nanos(difference.at_ns);
            writeln!(f, "first difference at event #{}, {}:", difference.seq, at.format("%H:%M:%S%.3f UTC"))?;
            writeln!(f, "  then: {}\n  now:  {}", difference.recorded, difference.now)?;
        }
        Ok(())
    }
}
