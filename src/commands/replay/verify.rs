//! Whether a run made again is the run that was: every fact against the journal, every other event by its number.

use super::rerun::Rerun;
use crate::commands::progress::Progress;
use crate::model::{Envelope, Seq};
use crate::runtime::monotonic_nanos;
use crate::store::{PastError, RecordedFact, TapeEnd};
use serde::Serialize;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub run: String,
    /// The version of the binary that flew, and of this one.
    pub recorded_by: String,
    pub verified_by: String,
    pub inputs: u64,
    pub events: u64,
    /// Events that were compared byte for byte: all but mere market data, which follows from its input.
    pub facts: u64,
    /// Byte of the tape after which nothing is left of a run that did not end in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_at: Option<u64>,
    /// Facts the journal has beyond the end of the tape.
    pub beyond: u64,
    /// The first event that is not as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    pub elapsed_ms: u64,
    pub events_per_s: u64,
}

/// The first event that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub seq: u64,
    /// The core's time then, nanoseconds, our clock.
    pub at_ns: i64,
    pub recorded: String,
    pub now: String,
}

/// Makes the run again and holds it against `facts`, which are in order. `in_order` is whether the journal says that the run
/// ended in order: then its tape has an end too, and one without was cut or changed.
pub fn verify(
    rerun: &mut Rerun,
    facts: &mut dyn Iterator<Item = Result<RecordedFact, PastError>>,
    in_order: bool,
) -> anyhow::Result<Verdict> {
    let began = monotonic_nanos();
    let mut progress = Progress::new("verifying");
    let mut out = Vec::with_capacity(1_024);
    let header = rerun.tape().header();
    let mut verdict = Verdict {
        run: header.genesis().run.to_string(),
        recorded_by: header.version.clone(),
        verified_by: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: 0,
        events: 0,
        facts: 0,
        cut_at: None,
        beyond: 0,
        difference: None,
        elapsed_ms: 0,
        events_per_s: 0,
    };
    while let Some(again) = rerun.next(&mut out)? {
        verdict.inputs += 1;
        for envelope in out.iter().filter(|envelope| !envelope.event.is_replaceable()) {
            let now = fact_of(envelope)?;
            let was = facts.next().transpose()?;
            if was.as_ref() != Some(&now) {
                verdict.difference = Some(difference(was.as_ref(), &now));
                break;
            }
            verdict.facts += 1;
        }
        verdict.events += u64::try_from(out.len()).unwrap_or_default();
        if verdict.difference.is_none() && u64::try_from(out.len()).ok() != Some(u64::from(again.events)) {
            let seq = out.first().map_or(Seq::default(), |envelope| envelope.seq);
            verdict.difference = Some(Difference {
                seq: seq.get(),
                at_ns: again.now.nanos(),
                recorded: format!("an input that made {} events", again.events),
                now: format!("it makes {}", out.len()),
            });
        }
        if verdict.difference.is_some() {
            break;
        }
        out.clear();
        if verdict.inputs.is_multiple_of(4_096) {
            progress.tell(rerun.tape().progress(), verdict.events);
        }
    }
    if let Some(TapeEnd::Cut { offset }) = rerun.end() {
        verdict.cut_at = Some(offset);
        if in_order && verdict.difference.is_none() {
            verdict.difference = Some(Difference {
                seq: rerun.engine().state().seq.get(),
                at_ns: rerun.engine().state().now.nanos(),
                recorded: "a run that ended in order".to_owned(),
                now: format!("its tape was cut or changed: nothing can be read from byte {offset} on"),
            });
        }
    }
    if verdict.difference.is_none() {
        finish(&mut verdict, facts)?;
    }
    let elapsed = monotonic_nanos().saturating_sub(began);
    verdict.elapsed_ms = elapsed / 1_000_000;
    verdict.events_per_s =
        u64::try_from(u128::from(verdict.events) * 1_000_000_000 / u128::from(elapsed.max(1)))
            .unwrap_or(u64::MAX);
    Ok(verdict)
}

/// A fact made again, as the journal would have it.
fn fact_of(envelope: &Envelope) -> anyhow::Result<RecordedFact> {
    let event = serde_json::to_string(&envelope.event)?;
    Ok(RecordedFact { seq: envelope.seq, at: envelope.at, cause: envelope.cause.0, event })
}

/// What the journal has beyond the tape: of a tape that ended in order nothing may be.
fn finish(
    verdict: &mut Verdict,
    facts: &mut dyn Iterator<Item = Result<RecordedFact, PastError>>,
) -> anyhow::Result<()> {
    for fact in facts {
        let fact = fact?;
        verdict.beyond += 1;
        if verdict.cut_at.is_none() {
            verdict.difference = Some(Difference {
                seq: fact.seq.get(),
                at_ns: fact.at.nanos(),
                recorded: fact.event,
                now: "nothing: the tape has ended".to_owned(),
            });
            return Ok(());
        }
    }
    Ok(())
}

fn difference(was: Option<&RecordedFact>, now: &RecordedFact) -> Difference {
    let told =
        |one: &RecordedFact| format!("#{} caused by #{}: {}", one.seq.get(), one.cause.get(), one.event);
    Difference {
        seq: was.map_or(now.seq, |was| was.seq.min(now.seq)).get(),
        at_ns: now.at.nanos(),
        recorded: was.map_or_else(|| "nothing: the journal has ended".to_owned(), told),
        now: told(now),
    }
}
