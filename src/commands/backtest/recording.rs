//! Backtests on recorded markets: books, queues and latencies of the paper venue, in virtual time.

use super::parts::{Ear, hired};
use super::plan::Plan;
use super::result::{Outcome, Standing};
use crate::adapters::tape::{FolderMerge, FolderReader, OnDamage, Playback, Repeat, TapeReader, TapeSource};
use crate::commands::exit::UsageError;
use crate::engine::Engine;
use crate::model::{Event, MarketEvent};
use crate::runtime::monotonic_nanos;
use crate::sim::bars::{Listener as _, Notes, Tally};
use crate::sim::paper::{Latency, PaperConfig, QueueModel};
use crate::sim::{MarketSource, Sandbox, World};
use crate::state::Genesis;
use std::path::Path;
use std::sync::Arc;

/// Whether a path is a recording: a folder of tables or a tape.
pub(super) fn is_recording(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|ending| ending == "tape")
}

/// Plays the recordings of a plan once.
pub(super) fn run(plan: &Plan, genesis: &Arc<Genesis>) -> anyhow::Result<Outcome> {
    if plan.from.or(plan.to).is_some() || plan.hours.is_some() || plan.resample.is_some() {
        return Err(UsageError(
            "--from, --to, --session and --resample speak of files, not of recordings".into(),
        )
        .into());
    }
    let began = monotonic_nanos();
    let source = source(plan, genesis)?;
    let sandbox = match &plan.settings {
        Some(settings) => crate::commands::sandbox::sandbox(settings, genesis),
        None => Sandbox::new(default_venue(genesis), &genesis.instruments),
    };
    let mut world = World::new(Engine::new(Arc::clone(genesis), hired(plan, genesis)?), sandbox, source);
    let (mut tally, mut ear, mut out) =
        (Tally::new(genesis), Ear::of(plan, genesis)?, Vec::with_capacity(1_024));
    loop {
        match world.step(&mut out) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                ear.abandon();
                return Err(error.into());
            }
        }
        for envelope in &out {
            match &envelope.event {
                Event::Market(MarketEvent::Quote(quote)) => tally.quoted(quote),
                Event::Market(MarketEvent::Trade(_)) => tally.trades += 1,
                Event::Market(_)
                | Event::Order(_)
                | Event::Denied { .. }
                | Event::Account(_)
                | Event::Link(_)
                | Event::Control(_)
                | Event::Batch(_)
                | Event::Risk(_) => tally.hear(envelope),
            }
        }
        ear.hear(&out);
        out.clear();
    }
    let heard = ear.finish();
    let elapsed = monotonic_nanos().saturating_sub(began);
    let name = |(path, _): &(std::path::PathBuf, String)| Notes {
        path: path.display().to_string(),
        ..Notes::default()
    };
    let notes = plan.data.iter().map(name).collect();
    Ok(Outcome::of(plan, world.engine().state(), &tally, Standing { heard, elapsed, notes }))
}

fn source(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Box<dyn MarketSource>> {
    let playback = Playback {
        repeat: Repeat::Once,
        on_damage: if plan.skip_bad { OnDamage::Skip } else { OnDamage::Stop },
    };
    if let [(tape, _)] = plan.data.as_slice()
        && !tape.is_dir()
    {
        let reader = TapeReader::open(tape)?.select(&genesis.instruments)?;
        return Ok(Box::new(TapeSource::tape(reader, playback)?));
    }
    let mut readers = Vec::new();
    for (folder, symbol) in &plan.data {
        if !folder.is_dir() {
            let text = format!("{}: recordings are merged with folders of recordings only", folder.display());
            return Err(UsageError(text).into());
        }
        let instrument = genesis.instruments.iter().find(|one| one.symbol.as_str() == symbol);
        let instrument = instrument.ok_or_else(|| UsageError(format!("no instrument {symbol}")))?;
        readers.push(FolderReader::open(folder, instrument)?);
    }
    Ok(Box::new(TapeSource::folders(FolderMerge::new(readers)?, playback)))
}

/// A venue at no distance whose queues move by trades only.
fn default_venue(genesis: &Genesis) -> PaperConfig {
    PaperConfig {
        capital: genesis.capital.clone(),
        latency: Latency::default(),
        queue: QueueModel::Trades,
        seed: 1,
    }
}
