//! Settings: what the operator decides, read from defaults, file, environment and flags, every fault named at once.
#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::integer_division
    )
)]

mod bounds;
mod broker;
mod broker_fit;
mod calendars;
mod catalog;
mod chain;
mod compliance;
mod consistency;
mod default;
mod entries;
mod fault;
mod further;
mod hint;
mod hours;
mod instruments;
mod layers;
mod listing;
mod live;
mod load;
mod notes;
mod origin;
mod params;
mod profiles;
mod reader;
mod rules;
mod sections;
mod server;
mod servers;
mod settings;
mod show;
mod strategies;
mod tree;
mod watchdog;

pub use broker::{Broker, BrokerKind, EXCHANGES, OpenAlgoName, PRODUCTS};
pub use calendars::{CalendarSettings, NotASession, WeeklySession};
pub use chain::Chain;
pub use fault::ConfigFault;
pub use further::{Further, MOST_FURTHER};
pub use layers::{ENVIRONMENT_PREFIX, Override};
pub use live::{Live, LiveKind};
pub use load::{DEFAULT_FILE, Loaded, MAX_FILE_BYTES, SettingsFile, Sources, load, load_accounts};
pub use notes::notes;
pub use origin::{Origin, Origins};
pub use params::{ParamError, ParamKind, ParamSpec, ParamValue, Params, StrategyKind};
pub use profiles::{PROFILES, Profile};
pub use server::KeyAt;
pub use settings::{
    Account, Feed, FeedSource, FeedTextError, InstrumentSettings, LogLevel, Palette, Paper, QueueModel,
    Regime, Risk, Run, Screen, Settings, Speed, StrategySettings,
};
pub use show::show;
