//! What is no fault and may not be what was meant: told by `config check`, and in nobody's way.

use super::broker::BrokerKind;
use super::fault::{ConfigFault, quoted};
use super::live::LiveKind;
use super::load::Loaded;
use super::origin::Origin;
use super::settings::Settings;
use crate::model::{FIRST_NAME, InstrumentId, Mode};
use std::collections::BTreeMap;

/// Instruments that are traded at accounts of two names in the two modes. Each mode is complete by itself, what no list names is
/// traded at the first account, and one sandbox may stand for several accounts, so it is no fault; but who forgot a
/// `[[live.also]]` would send real orders to another account than was tried out. Where analyze has one account only,
/// the file says nothing that live could differ from.
pub fn notes(loaded: &Loaded) -> Vec<ConfigFault> {
    let settings = &loaded.settings;
    let both = settings.broker.kind == BrokerKind::OpenAlgo && settings.live.kind == LiveKind::OpenAlgo;
    if !both || settings.broker.also.is_empty() {
        return Vec::new();
    }
    let mut differing: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for entry in settings.instruments.iter().filter(|entry| entry.openalgo.is_some()) {
        let homes = [Mode::Analyze, Mode::Live].map(|mode| home(settings, mode, entry.instrument.id));
        let [tried, real] = homes;
        if tried != real {
            differing.entry((tried, real)).or_default().push(quoted(entry.instrument.symbol.as_str()));
        }
    }
    let note = |((tried, real), symbols): ((&str, &str), Vec<String>)| {
        let path = match real {
            FIRST_NAME => format!("broker.also.{tried}.instruments"),
            real => format!("live.also.{real}.instruments"),
        };
        ConfigFault {
            origin: loaded.origins.get(&path).cloned().unwrap_or(Origin::Default),
            problem: format!("traded at {tried} in analyze and at {real} in live: {}", symbols.join(", ")),
            expected: "one account in both, unless that is meant".to_owned(),
            path,
        }
    };
    differing.into_iter().map(note).collect()
}

/// The account at which an instrument is traded.
fn home(settings: &Settings, mode: Mode, id: InstrumentId) -> &str {
    let at = settings.further(mode).iter().find(|one| one.instruments.contains(&id));
    at.map_or(FIRST_NAME, |one| one.name.as_str())
}
