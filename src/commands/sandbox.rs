//! The paper venue of the settings, for every command that trades the sandbox.

use crate::adapters::market_source;
use crate::adapters::paper::{Pace, PaperAdapter};
use crate::adapters::tape::OnDamage;
use crate::config::{QueueModel, Settings, Speed};
use crate::runtime::{Rehearsal, wall_now};
use crate::sim::Sandbox;
use crate::sim::paper::{Latency, PaperConfig};
use crate::state::{Genesis, State};
use anyhow::Context as _;

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

/// Analyze mode's venue over the market the settings name.
pub(super) fn paper(
    settings: &Settings,
    (state, goes_on): (&State, bool),
    rehearsal: &Rehearsal,
) -> anyhow::Result<PaperAdapter> {
    let genesis = state.genesis();
    let instruments = &genesis.instruments;
    let source = market_source(&settings.feed, instruments, settings.run.seed, wall_now(), OnDamage::Skip)
        .context("opening the feed")?;
    let pace = match settings.feed.speed {
        Speed::Max => Pace::Max,
        Speed::Permille(permille) => Pace::Permille(permille),
    };
    let source = rehearsal.source(source, pace);
    // The clock itself runs at the speed of the market.
    let sandbox = sandbox(settings, genesis);
    // A broker would have kept it.
    let sandbox = if goes_on { sandbox.restored(state, wall_now()) } else { sandbox };
    let adapter = PaperAdapter::new(source, sandbox, Pace::Permille(1_000));
    Ok(match pace {
        Pace::Permille(permille) => adapter.by_a_clock_at(permille),
        Pace::Max => adapter,
    })
}
