//! `run`: cockpit and engine in one process.

use super::aloft::{Landing, has_terminal};
use super::exit::{Exit, UsageError};
use super::fly::{Flight, fly};
use super::offline::fly_offline;
use super::output;
use super::place::PlaceArgs;
use super::settings::{Environment, data_dir, find};
use crate::config::{BrokerKind, Override, Settings, Speed, StrategyKind, show};
use crate::model::Mode;
use crate::runtime::{Drill, Fault};
use clap::Args;

/// Fly: the engine and its screen in one process (also what `flightdeck` alone does)
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[command(after_help = "Examples:
  flightdeck                                      sandbox account, the built-in recording of a real market
  flightdeck run --feed synthetic:7 --speed 10    an invented market, ten times as fast
  flightdeck run --profile options                an invented index, its futures and an option chain
  flightdeck run --regime sebi                    held to the rules of India's retail framework
  flightdeck run --headless --data-dir /srv/desk  no screen; ask it with `flightdeck status`
  flightdeck run --headless --speed max --json    the whole recording in virtual time, and what came of it
  flightdeck run --set risk.max_gross=100000 --set strategy.sma-btc.armed=false
  flightdeck run --rehearse hang-strategy --rehearse kill-feed@20   see what the cockpit does then
  flightdeck run --rehearse lost-ack --rehearse books@60   an order of unknown fate, then books that differ")]
pub struct RunArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Whose rules the run is held to besides its own limits: sebi
    #[arg(long, value_name = "NAME")]
    pub regime: Option<String>,
    /// Where the market comes from: demo, tape:PATH, synthetic or synthetic:SEED
    #[arg(long, value_name = "SOURCE")]
    pub feed: Option<String>,
    /// How fast a recording is played: 0.1 to 1000, or max; only a run at 1 goes on with the book of the last one
    #[arg(long, value_name = "SPEED")]
    pub speed: Option<String>,
    #[command(flatten)]
    pub repeat: RepeatArgs,
    #[command(flatten)]
    pub without_screen: HeadlessArgs,
    /// Begin a new book: the sandbox starts with its capital, and the old book stays in the journal
    #[arg(long)]
    pub fresh: bool,
    /// Set any value of the configuration; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = set_flag)]
    pub set: Vec<Override>,
    /// Draw with ASCII only
    #[arg(long)]
    pub ascii: bool,
    /// The screen's colours
    #[arg(long, value_name = "NAME", value_parser = ["default", "colorblind", "mono"])]
    pub palette: Option<String>,
    #[arg(long, value_name = "FAULT[@SECONDS]", help = rehearse_help(), long_help = rehearse_long_help())]
    pub rehearse: Vec<Drill>,
}

/// A run without a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Args)]
pub struct HeadlessArgs {
    /// No screen: the engine alone
    #[arg(long)]
    pub headless: bool,
    /// Print the summary of a headless run at full speed as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Whether a recording starts again at its end; the later flag wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Args)]
pub struct RepeatArgs {
    /// Start a recording again at its end
    #[arg(long = "loop", overrides_with = "no_loop")]
    pub again: bool,
    /// End with the recording
    #[arg(long)]
    pub no_loop: bool,
}

impl RunArgs {
    /// The values these flags set; the place is not among them.
    pub fn overrides(&self) -> Vec<Override> {
        let Self {
            place: _,
            regime,
            feed,
            speed,
            repeat,
            without_screen: _,
            fresh: _,
            set,
            ascii,
            palette,
            rehearse: _,
        } = self;
        let mut flags = set.clone();
        let mut add = |path: &str, value: &str, flag: &str| {
            flags.push(Override { path: path.to_owned(), value: value.to_owned(), flag: flag.to_owned() });
        };
        if let Some(regime) = regime {
            add("run.regime", regime, "--regime");
        }
        if let Some(source) = feed {
            add("feed.source", source, "--feed");
        }
        if let Some(speed) = speed {
            add("feed.speed", speed, "--speed");
        }
        if repeat.again {
            add("feed.loop", "true", "--loop");
        }
        if repeat.no_loop {
            add("feed.loop", "false", "--no-loop");
        }
        if *ascii {
            add("screen.ascii", "true", "--ascii");
        }
        if let Some(palette) = palette {
            add("screen.palette", palette, "--palette");
        }
        flags
    }

    /// Whether a flag besides the place was given.
    pub fn is_plain(&self) -> bool {
        *self == Self { place: self.place.clone(), ..Self::default() }
    }
}

/// Starts the cockpit and returns when it has ended; a headless run at full speed plays the recording once in virtual
/// time instead and prints what came of it.
pub(super) fn run(args: &RunArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let found = find(&args.place, &args.overrides(), kinds, &environment)?;
    let settings = &found.loaded.settings;
    refuse_rehearsal(args, settings)?;
    if args.without_screen.headless && settings.feed.speed == Speed::Max {
        return offline(args, settings);
    }
    if settings.feed.speed == Speed::Max {
        let text = "--speed max plays in virtual time and needs --headless; with a screen 0.1 to 1000";
        return Err(UsageError(text.to_owned()).into());
    }
    if args.without_screen.json {
        let text =
            "--json prints the summary of --headless --speed max; ask a running engine with `status --json`";
        return Err(UsageError(text.to_owned()).into());
    }
    if !args.without_screen.headless && !has_terminal() {
        let text = "the cockpit needs a terminal on standard input and output; without one use --headless";
        return Err(UsageError(text.to_owned()).into());
    }
    if !args.without_screen.headless && std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        let text = "the cockpit cannot draw on TERM=dumb; name the terminal there is, or use --headless";
        return Err(UsageError(text.to_owned()).into());
    }
    let data_dir = data_dir(&args.place, settings, &environment)?;
    let config = show(settings, &found.loaded.origins);
    let flight = Flight {
        settings,
        config: &config,
        data_dir: &data_dir,
        fresh: args.fresh,
        with_screen: !args.without_screen.headless,
        drills: &args.rehearse,
    };
    match fly(flight)? {
        Landing::Done { left, signal } => {
            if let Some(left) = left {
                output::complain(left);
            }
            Ok(if signal == 0 { Exit::Done } else { Exit::Signal(signal) })
        }
        Landing::Failed { why, core_fell: _ } => {
            output::complain(why);
            Ok(Exit::Failed)
        }
    }
}

/// Where nothing is to fail on purpose: with money at stake, and in virtual time, which has no parts that could.
fn refuse_rehearsal(args: &RunArgs, settings: &Settings) -> Result<(), UsageError> {
    let offline = args.without_screen.headless && settings.feed.speed == Speed::Max;
    let refused = match settings.run.mode {
        _ if args.rehearse.is_empty() => return Ok(()),
        Mode::Live => "--rehearse is for analyze mode only",
        Mode::Analyze
            if settings.broker.kind != BrokerKind::Paper && args.rehearse.iter().any(is_markets) =>
        {
            "faults of market and broker are rehearsed with the paper broker only; `flightdeck venue` has its own"
        }
        Mode::Analyze if offline => "--rehearse needs a running cockpit: not with --headless --speed max",
        Mode::Analyze => return Ok(()),
    };
    Err(UsageError(refused.to_owned()))
}

/// Whether a drill is of the market or the broker: with a venue of its own that one misbehaves.
const fn is_markets(drill: &Drill) -> bool {
    match drill.fault {
        Fault::MuteFeed | Fault::KillFeed | Fault::LostAck | Fault::Books | Fault::ForeignOrder => true,
        Fault::PanicTask
        | Fault::PanicScreen
        | Fault::PanicCore
        | Fault::PanicStrategy
        | Fault::SlowStrategy
        | Fault::HangStrategy
        | Fault::StallRuntime
        | Fault::PanicRecorder
        | Fault::StallRecorder => false,
    }
}

fn rehearse_help() -> &'static str {
    "Fire drill: let a part fail and see what the cockpit does; may be repeated (--help lists the faults)"
}

/// Every fault and what is to be seen then.
fn rehearse_long_help() -> String {
    let mut text =
        "Fire drill: a part fails on purpose after so many seconds (3 where none are given), so that an \
                    operator has seen what the cockpit does then. May be repeated; analyze mode only.\n"
            .to_owned();
    for fault in Fault::ALL {
        text.push_str("\n  ");
        text.push_str(fault.as_str());
        text.push_str(": ");
        text.push_str(fault.doc());
    }
    text
}

/// The whole recording in virtual time; books that do not agree are a difference found.
fn offline(args: &RunArgs, settings: &Settings) -> anyhow::Result<Exit> {
    let summary = fly_offline(settings)?;
    if args.without_screen.json {
        output::json(&summary)?;
    } else {
        output::text(&summary)?;
    }
    Ok(if summary.differences.is_empty() { Exit::Done } else { Exit::Unsafe })
}

fn set_flag(text: &str) -> Result<Override, &'static str> {
    match text.split_once('=') {
        Some((path, value)) if !path.is_empty() => {
            Ok(Override { path: path.to_owned(), value: value.to_owned(), flag: "--set".to_owned() })
        }
        Some(_) | None => Err("expected PATH=VALUE, as in risk.max_gross=100000"),
    }
}
