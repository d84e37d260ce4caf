//! What a configuration without a fault is told all the same: keys that cannot be had here and now, and what may not be meant.

use super::key::key;
use crate::config::{BrokerKind, ConfigFault, Further, KeyAt, LiveKind, Loaded, Origin, notes};

/// All of them, each where it is written. The configuration itself is right, and it may be meant for another machine or user: a
/// start and an arming look at the keys themselves, and refuse.
pub(super) fn warnings(loaded: &Loaded) -> Vec<ConfigFault> {
    let mut warnings: Vec<ConfigFault> =
        keys(loaded).filter_map(|(section, at)| amiss(loaded, &section, &at)).collect();
    warnings.extend(notes(loaded));
    warnings.sort();
    warnings
}

/// The keys of all accounts that would be spoken with, each with the section that names it.
fn keys(loaded: &Loaded) -> impl Iterator<Item = (String, KeyAt)> {
    let (broker, live) = (&loaded.settings.broker, &loaded.settings.live);
    let further = |list: &'static str, also: &[Further]| -> Vec<(String, KeyAt)> {
        also.iter().map(|one| (format!("{list}.{}", one.name), one.key_at())).collect()
    };
    let mut keys = Vec::new();
    if broker.kind == BrokerKind::OpenAlgo {
        keys.push(("broker".to_owned(), broker.key_at()));
        keys.extend(further("broker.also", &broker.also));
    }
    if live.kind == LiveKind::OpenAlgo {
        keys.extend(live.key_at().map(|at| ("live".to_owned(), at)));
        keys.extend(further("live.also", &live.also));
    }
    keys.into_iter()
}

/// Why a key cannot be had, with the command that mends it; never a byte of what was found.
fn amiss(loaded: &Loaded, section: &str, at: &KeyAt) -> Option<ConfigFault> {
    let field = match at {
        KeyAt::File(_) => "key_file",
        KeyAt::Variable(_) => "key_env",
        // A keyring is of a session, not of a machine: it is asked by who speaks with the account.
        KeyAt::Ring(_) => return None,
    };
    let why = key(at).err()?;
    let path = format!("{section}.{field}");
    let origin = loaded.origins.get(&path).cloned().unwrap_or(Origin::Default);
    Some(ConfigFault { origin, path, problem: why.to_string(), expected: String::new() })
}
