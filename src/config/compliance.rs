//! Regimes, the rules somebody else makes: what they set between the defaults and the operator's file, and what they hold
//! that file to.

use super::layers::Override;
use super::live::LiveKind;
use super::reader::Log;
use super::settings::{Regime, Settings};
use super::tree::{Table, Value};
use crate::model::Mode;

/// SEBI: orders a second to one exchange without registration.
const SEBI_MESSAGES_PER_S: u32 = 10;

/// The variable of the environment that names the regime.
const VARIABLE: &str = "FLIGHTDECK_RUN__REGIME";

impl Regime {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.iter().map(|(_, regime)| *regime)
    }

    /// Whose rules they are and what they ask for, in a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Sebi => {
                "India's retail framework: 10 orders a second, algorithm ids and a registered address in live"
            }
        }
    }

    /// What it sets, as a file; only what the operator's own file leaves out stands.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Sebi => include_str!("../../config/sebi.toml"),
        }
    }
}

/// The regime the sources name: a flag before the environment, that before the file. A word that is none is a fault of
/// its key, found when it is read.
pub(super) fn named(file: &Table, environment: &[(String, String)], flags: &[Override]) -> Option<Regime> {
    let in_file = file.get("run").and_then(|run| match &run.value {
        Value::Table(run) => run.get("regime")?.value.as_text(),
        Value::Text(_)
        | Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::List(_) => None,
    });
    let variable = environment.iter().find(|(name, _)| name == VARIABLE).map(|(_, value)| value.as_str());
    let flag = flags.iter().rev().find(|flag| flag.path == "run.regime").map(|flag| flag.value.as_str());
    let word = flag.or(variable).or(in_file)?;
    Regime::WORDS.iter().find(|(known, _)| *known == word).map(|(_, regime)| *regime)
}

/// Notes what the regime does not allow. `mode` is the one asked for.
pub(super) fn check(settings: &Settings, mode: Option<Mode>, log: &mut Log) {
    let Some(Regime::Sebi) = settings.run.regime else { return };
    let sent = settings.risk.messages_per_s;
    if sent > SEBI_MESSAGES_PER_S {
        let expected = format!("at most {SEBI_MESSAGES_PER_S}, which regime \"sebi\" allows");
        log.fault_between("risk.messages_per_s", &[], format!("{sent} messages a second"), expected);
    }
    if mode != Some(Mode::Live) && settings.live.kind == LiveKind::None {
        return;
    }
    for strategy in settings.strategies.iter().filter(|strategy| strategy.algo_id.is_none()) {
        let path = format!("strategy.{}.name", strategy.name);
        let expected = "algo_id = \"…\" beside it: regime \"sebi\" asks for one in live".to_owned();
        log.fault_between(&path, &[], format!("{} has no algo_id", strategy.name), expected);
    }
    if settings.run.static_ip.is_none() {
        let expected = "run.static_ip beside it: regime \"sebi\" asks for one in live".to_owned();
        log.fault_between("run.regime", &[], "no address is declared".to_owned(), expected);
    }
}
