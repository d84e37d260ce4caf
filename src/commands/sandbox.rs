//! The paper venue of the settings, for every command that trades the sandbox.

use crate::config::{QueueModel, Settings};
use crate::sim::Sandbox;
use crate::sim::paper::{Latency, PaperConfig};
use crate::state::Genesis;

/// The paper venue of these settings.
pub(super) fn sandbox(settings: &Settings, genesis: &Genesis) -> Sandbox {
    let paper = &settings.paper;
    let config = PaperConfig {
        capital: genesis.capital.clone(),
        latency: Latency { order: paper.order_latency, report: paper.report_latency, jitter: paper.jitter },
        queue: match paper.queue {
            QueueModel::Proportional => crate::sim::paper::QueueModel::Proportional,
            QueueModel::Trades => crate::sim::paper::QueueModel::Trades,
        },
        seed: settings.run.seed,
    };
    Sandbox::new(config, &genesis.instruments)
}
