//! Strategies and instruments by the names a human types.

use crate::model::{InstrumentId, StrategyId};
use crate::ui::view::View;

/// A strategy by name, whatever its case.
pub(super) fn strategy(name: &str, view: &View<'_>) -> Result<StrategyId, String> {
    let genesis = view.state.genesis();
    let is = |id: &StrategyId| view.strategy_name(*id).eq_ignore_ascii_case(name);
    genesis.strategy_ids().find(is).ok_or_else(|| {
        let names: Vec<&str> = genesis.strategy_ids().map(|id| view.strategy_name(id)).collect();
        format!("no strategy '{name}'; there are {}", names.join(" "))
    })
}

/// An instrument by symbol, whatever its case.
pub(super) fn instrument(symbol: &str, view: &View<'_>) -> Result<InstrumentId, String> {
    let genesis = view.state.genesis();
    let is = |id: &InstrumentId| view.symbol(*id).eq_ignore_ascii_case(symbol);
    genesis.instrument_ids().find(is).ok_or_else(|| {
        let names: Vec<&str> = genesis.instrument_ids().map(|id| view.symbol(id)).collect();
        format!("no instrument '{symbol}'; there are {}", names.join(" "))
    })
}
