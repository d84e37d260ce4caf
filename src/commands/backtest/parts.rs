//! What a backtest of files and one of a recording share: the strategies, and who hears the events.

use super::plan::{Plan, usage};
use crate::engine::Hired;
use crate::model::{Envelope, StrategyId};
use crate::sim::bars::Listener;
use crate::state::Genesis;
use crate::store::{EventHash, Story};
use crate::strategies::hire;

/// Hashes what it hears, and records it where that is wanted.
pub(super) struct Ear {
    hash: EventHash,
    story: Option<Story>,
}

impl Ear {
    pub(super) fn of(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Self> {
        let path = plan.record.as_ref().map(|folder| folder.join(format!("{}.events.db", genesis.run)));
        let story = path.as_deref().map(Story::create).transpose()?;
        Ok(Self { hash: EventHash::new(), story })
    }

    /// How many events there were, their hash, and how many of them were recorded.
    pub(super) fn finish(self) -> anyhow::Result<(u64, String, Option<u64>)> {
        let events = self.hash.events;
        let recorded = self.story.map(Story::finish).transpose()?;
        Ok((events, self.hash.finish(), recorded))
    }
}

impl Listener for Ear {
    #[inline]
    fn hear(&mut self, events: &[Envelope]) {
        self.hash.hear(events);
        if let Some(story) = &mut self.story {
            story.hear(events);
        }
    }
}

/// The strategies of a plan, ready to be handed to an engine.
pub(super) fn hired(plan: &Plan, genesis: &Genesis) -> anyhow::Result<Vec<Hired>> {
    let first = StrategyId::EXTERNAL.get() + 1;
    let mut all = Vec::new();
    for (id, pick) in (first..).zip(&plan.strategies) {
        let instrument = genesis.instrument_named(&pick.symbol).unwrap_or_default();
        let strategy = hire(&pick.kind, instrument, &pick.params)
            .map_err(|error| usage(format!("strategy {}: {error}", pick.name)))?;
        all.push(Hired { id: StrategyId::new(id), strategy });
    }
    Ok(all)
}
