//! The settings of a run as plain data, one struct per section of the file.

use super::broker::{Broker, OpenAlgoName};
use super::calendars::CalendarSettings;
use super::chain::Chain;
use super::live::Live;
use super::params::Params;
use crate::model::{
    Currency, Instrument, InstrumentId, InstrumentLimits, Mode, Money, Span, StrategyLimits, StrategyRules,
    Timestamp, Watchdog,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Everything the operator decides. `Settings::default()` is what `config/flightdeck.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub run: Run,
    pub feed: Feed,
    pub account: Account,
    pub paper: Paper,
    /// `[broker]`
    pub broker: Broker,
    /// `[live]`
    pub live: Live,
    pub risk: Risk,
    /// `[watchdog]`
    pub watchdog: Watchdog,
    /// In file order; the index is the `InstrumentId`.
    pub instruments: Vec<InstrumentSettings>,
    /// In file order; the index plus two is the `StrategyId` (0 is `manual`, 1 is `external`).
    pub strategies: Vec<StrategySettings>,
    /// Limits of the operator's own trading by hand.
    pub manual: StrategyLimits,
    /// Rules of the operator's own trading by hand.
    pub manual_rules: StrategyRules,
    pub screen: Screen,
    /// What the last instruments were made of.
    pub chain: Option<Chain>,
    /// In file order; the index is `Listing::calendar`.
    pub calendars: Vec<CalendarSettings>,
    /// When it was loaded, by the market's clock: calendars are told around it.
    pub start: Timestamp,
}

/// `[run]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The ceiling: nothing can go beyond it.
    pub mode: Mode,
    /// Where journals, tapes and snapshots are kept; `None`: the shell asks the platform.
    pub data_dir: Option<String>,
    pub log: LogLevel,
    /// Whose rules the run is held to besides ours.
    pub regime: Option<Regime>,
    /// From which address live orders leave, as registered; the live adapter compares it. Analyze does not look.
    pub static_ip: Option<String>,
    /// Seed of everything random, at most `i64::MAX`.
    pub seed: u64,
    /// What the input tapes of all runs may take, in MiB; the oldest go first. 0: none is written.
    pub tapes_mb: u64,
}

/// Rules somebody else makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// India: retail algorithms at NSE and BSE.
    Sebi,
}

/// How much the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// `[feed]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub source: FeedSource,
    pub speed: Speed,
    /// Whether a recording starts again at its end (`loop` in the file).
    pub repeat: bool,
    /// A feed that says nothing for this long, by our clock, is silent.
    pub link_silent_after: Span,
}

/// Where the market comes from. `Display` and `FromStr` are the file's and the flag's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedSource {
    /// The built-in recording.
    Demo,
    /// A recording at this path.
    Tape(String),
    /// A made-up market; without a seed of its own it takes the run's.
    Synthetic { seed: Option<u64> },
}

/// How fast a recording is played. `Display` and `FromStr` are the file's and the flag's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// As fast as it can be read.
    Max,
    /// This many thousandths of the recorded speed, 100 to 1,000,000; 1000 is real time.
    Permille(u32),
}

/// `[account]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The currency limits, losses and P&L are counted in.
    pub currency: Currency,
    /// Currencies counted one to one with the account's.
    pub par: BTreeSet<Currency>,
    /// Sandbox capital.
    pub capital: BTreeMap<Currency, Money>,
    /// The instrument whose mark values a currency in the account's.
    pub convert: BTreeMap<Currency, InstrumentId>,
}

/// `[paper]`: the sandbox's venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// From the cockpit to the matcher.
    pub order_latency: Span,
    /// From the matcher back to the cockpit.
    pub report_latency: Span,
    /// At most this much more on either way.
    pub jitter: Span,
    pub queue: QueueModel,
}

/// How a resting order moves up its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueModel {
    /// By trades, and by cancels in proportion to what stands ahead.
    Proportional,
    /// By trades only.
    Trades,
}

/// `[risk]`: limits of the whole account, money in account currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// Worst-case gross notional over all instruments.
    pub max_gross: Money,
    /// Sum of the notionals of a batch's legs.
    pub max_batch_value: Money,
    /// Loss of the day at which the account stops.
    pub daily_loss: Money,
    /// Order messages to one venue in any rolling second: new orders, changes and cancels together.
    pub messages_per_s: u32,
    /// How many of them new orders may never use.
    pub cancel_reserve: u32,
    /// Order messages to one venue in any rolling minute, and on a day (UTC).
    pub messages_per_min: u32,
    pub messages_per_day: u32,
    /// Changes one order may be asked for.
    pub order_changes: u32,
    /// Working orders at once.
    pub max_open_orders: u32,
    /// Notional of everything unfilled at once.
    pub max_open_value: Money,
    /// An order equal to one of the same strategy within this time is a duplicate.
    pub duplicate_window: Span,
    /// Equal orders of one strategy in any ten seconds.
    pub identical_orders: u32,
    /// How much of the broker's free margin may be used, in basis points.
    pub margin_use_bps: u32,
    /// What the broker told of its account is believed for this long, by our clock.
    pub account_age: Span,
    /// Self-trades blocked within the window that stop a strategy.
    pub self_trade_blocks: u32,
    pub self_trade_window: Span,
    /// Whether orders of ours at two accounts that trade the same contract may trade with each other.
    pub self_trade_across: bool,
    /// How long a looser limit waits for its confirmation.
    pub loosen_delay: Span,
    /// An order unanswered for this long, by our clock, is `Unknown`.
    pub order_answer: Span,
}

/// One `[[instrument]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstrumentSettings {
    pub instrument: Instrument,
    pub limits: InstrumentLimits,
    /// What the `openalgo` broker calls it; `None` where it is not traded there.
    pub openalgo: Option<OpenAlgoName>,
}

/// One `[[strategy]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategySettings {
    /// Unique; 1 to 16 of `a-z 0-9 -`.
    pub name: String,
    /// The name of a `StrategyKind`.
    pub kind: String,
    pub instrument: InstrumentId,
    /// Whether it may trade from the start.
    pub armed: bool,
    /// Whether it holds nothing over the end of a trading day.
    pub intraday: bool,
    /// Every parameter of its kind, checked.
    pub params: Params,
    pub limits: StrategyLimits,
    pub rules: StrategyRules,
    /// The exchange's id of the algorithm; mandatory for live trading where a regime asks for it.
    pub algo_id: Option<String>,
}

/// `[screen]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screen {
    /// Frames per second at most, 1 to 30.
    pub max_fps: u32,
    pub palette: Palette,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Times in UTC instead of the machine's zone.
    pub utc: bool,
}

/// The screen's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    Default,
    Colorblind,
    Mono,
}

/// Gives an enum of plain words its list of (word, variant) and its word.
macro_rules! words {
    ($name:ident { $($word:literal => $variant:ident),+ $(,)? }) => {
        impl $name {
            /// Every word of the file with its meaning.
            pub const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// The word in the file.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

words!(LogLevel { "error" => Error, "warn" => Warn, "info" => Info, "debug" => Debug, "trace" => Trace });
words!(Regime { "sebi" => Sebi });
words!(QueueModel { "proportional" => Proportional, "trades" => Trades });
words!(Palette { "default" => Default, "colorblind" => Colorblind, "mono" => Mono });

/// Why a text is not a feed source or a speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedTextError {
    /// Not a source we know.
    #[error("no such feed; expected \"demo\", \"tape:PATH\", \"synthetic\" or \"synthetic:SEED\"")]
    Source,
    /// Not a speed we play at.
    #[error("no such speed; expected \"max\" or a decimal from 0.1 to 1000 with at most 3 decimal places")]
    Speed,
}

impl std::str::FromStr for FeedSource {
    type Err = FeedTextError;
    fn from_str(text: &str) -> Result<Self, FeedTextError> {
        match text.split_once(':') {
            None if text == "demo" => Ok(Self::Demo),
            None if text == "synthetic" => Ok(Self::Synthetic { seed: None }),
            Some(("tape", path)) if !path.is_empty() && !path.contains(char::is_control) => {
                Ok(Self::Tape(path.to_owned()))
            }
            Some(("synthetic", seed)) => match seed.parse::<u64>() {
                Ok(seed) => Ok(Self::Synthetic { seed: Some(seed) }),
                Err(_not_a_seed) => Err(FeedTextError::Source),
            },
            Some(_) | None => Err(FeedTextError::Source),
        }
    }
}

impl fmt::Display for FeedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Demo => f.write_str("demo"),
            Self::Tape(path) => write!(f, "tape:{path}"),
            Self::Synthetic { seed: None } => f.write_str("synthetic"),
            Self::Synthetic { seed: Some(seed) } => write!(f, "synthetic:{seed}"),
        }
    }
}

impl std::str::FromStr for Speed {
    type Err = FeedTextError;
    fn from_str(text: &str) -> Result<Self, FeedTextError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times: crate::model::Qty = text.parse().map_err(|_not_decimal| FeedTextError::Speed)?;
        // 10^8 scaled, so a thousandth is 10^5.
        let whole = times.raw().rem_euclid(100_000) == 0;
        let permille =
            u32::try_from(times.raw().div_euclid(100_000)).map_err(|_huge| FeedTextError::Speed)?;
        (whole && (100..=1_000_000).contains(&permille))
            .then_some(Self::Permille(permille))
            .ok_or(FeedTextError::Speed)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Max => f.write_str("max"),
            Self::Permille(permille) => {
                let text = format!("{}.{:03}", permille.div_euclid(1000), permille.rem_euclid(1000));
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}
