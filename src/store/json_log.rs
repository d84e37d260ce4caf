//! One structured log line per fact, with the correlation that ties it to the others of its trade.

use super::payload::payload;
use super::subject::Roster;
use crate::bus::Subscriber;
use crate::model::{DisplayText, Envelope, Mode};
use crate::state::{Genesis, State};

/// The target of the lines: what a filter names to have or not to have them.
const TARGET: &str = "flightdeck::events";

/// Emits one `tracing` event at info level per event that is not replaceable market data. `cause` is written as the
/// screens write it and as `flightdeck journal --trace` reads it.
#[derive(Debug)]
pub struct EventLog {
    roster: Roster,
    run: String,
}

impl EventLog {
    /// A log of this run.
    pub fn new(genesis: &Genesis) -> Self {
        Self { roster: Roster::new(genesis), run: genesis.run.to_string() }
    }

    /// Goes on from a state: that of the book which the run continues.
    #[must_use]
    pub fn on(self, state: &State) -> Self {
        Self { roster: self.roster.on(state), ..self }
    }
}

impl Subscriber for EventLog {
    fn name(&self) -> &'static str {
        "log"
    }

    fn on_event(&mut self, envelope: &Envelope) -> Result<(), String> {
        self.roster.learn(envelope);
        if envelope.event.is_replaceable() || !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
            return Ok(());
        }
        let about = self.roster.subject(&envelope.event);
        let order = about.order.map(|order| order_number(about.mode, order.get()));
        tracing::info!(
            target: TARGET,
            run = self.run,
            seq = envelope.seq.get(),
            at_ns = envelope.at.nanos(),
            cause = format_args!("{:x}", envelope.cause.0.get()),
            topic = about.topic,
            kind = about.kind,
            mode = about.mode.as_str(),
            strategy = about.strategy.as_ref().map(DisplayText::as_str),
            instrument = about.instrument.as_ref().map(DisplayText::as_str),
            order,
            client_order_id = about.client_id.map(|id| id.to_string()),
            actor = about.actor,
            data = %payload(&envelope.event, &self.roster),
        );
        Ok(())
    }

    fn on_lag(&mut self, missed: u64) -> Result<(), String> {
        tracing::warn!(target: TARGET, run = self.run, missed, "events came too fast and are not in this log");
        Err(format!("{missed} events came too fast and are not in the text log"))
    }
}

/// An order's number as screens write it.
fn order_number(mode: Mode, number: u32) -> String {
    format!("{}-{number}", mode.letter())
}
