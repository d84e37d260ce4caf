//! The command line: every subcommand there is, and `run` where none is named.

use super::alerts::AlertsArgs;
use super::arm::{ArmArgs, DisarmArgs};
use super::backtest::BacktestArgs;
use super::completions::{CompletionsArgs, completions};
use super::config::ConfigArgs;
use super::door_client::place_of;
use super::drill::DrillArgs;
use super::exit::{Exit, UsageError};
use super::import::{ImportArgs, import};
use super::instruments::InstrumentsArgs;
use super::journal::{JournalArgs, journal};
use super::keys::KeysArgs;
use super::kill::KillArgs;
use super::limit::LimitArgs;
use super::mode::ModeArgs;
use super::options::OptionsArgs;
use super::order::OrderArgs;
use super::reconcile::ReconcileArgs;
use super::recording::TapeArgs;
use super::replay::{ReplayArgs, replay};
use super::report::ReportArgs;
use super::resume::ResumeArgs;
use super::run::RunArgs;
use super::runs::RunsArgs;
use super::simulate::SimulateArgs;
use super::status::StatusArgs;
use super::venue::VenueArgs;
use crate::config::StrategyKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use std::io;

/// A terminal cockpit for people who run several trading strategies at once
///
/// Without a subcommand it flies: sandbox account, the built-in recording of a real market, the demo strategies.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "flightdeck",
    version,
    disable_help_subcommand = true,
    after_help = "Examples:
  flightdeck
  flightdeck --feed synthetic:7 --speed 10
  flightdeck status --json
  flightdeck order place buy 0.01 BTCUSDT --price 61000
  flightdeck kill --level 3 --reason 'what is this'

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 found different or refused as unsafe."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunArgs,
}

/// What can be done.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    Run(RunArgs),
    Kill(KillArgs),
    Resume(ResumeArgs),
    Status(StatusArgs),
    Alerts(AlertsArgs),
    Reconcile(ReconcileArgs),
    Drill(DrillArgs),
    Arm(ArmArgs),
    Disarm(DisarmArgs),
    Mode(ModeArgs),
    Limit(LimitArgs),
    Order(OrderArgs),
    Instruments(InstrumentsArgs),
    Options(OptionsArgs),
    Runs(RunsArgs),
    Report(ReportArgs),
    Import(ImportArgs),
    Journal(JournalArgs),
    Replay(ReplayArgs),
    Tape(TapeArgs),
    Backtest(Box<BacktestArgs>),
    Simulate(SimulateArgs),
    Venue(VenueArgs),
    Config(ConfigArgs),
    Keys(KeysArgs),
    Completions(CompletionsArgs),
}

/// Does what the command line says. `kinds` are the strategies that may be configured.
pub fn dispatch(cli: Cli, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let Some(command) = cli.command else {
        return super::run::run(&cli.run, kinds);
    };
    if !cli.run.is_plain() {
        let text =
            "flags of `run` stand before another subcommand; only --config, --profile and --data-dir may";
        return Err(UsageError(text.to_owned()).into());
    }
    match command {
        Command::Run(args) => super::run::run(&args, kinds),
        Command::Kill(args) => super::kill::kill(&args, kinds),
        Command::Resume(args) => super::resume::resume(&args, kinds),
        Command::Status(args) => super::status::status(&args, kinds),
        Command::Alerts(args) => super::alerts::alerts(&args, kinds),
        Command::Drill(args) => super::drill::drill(&args, &cli.run.place, kinds),
        Command::Reconcile(args) => super::reconcile::reconcile(&args, kinds),
        Command::Arm(args) => super::arm::arm(&args, kinds),
        Command::Disarm(args) => super::arm::disarm(&args, kinds),
        Command::Limit(args) => super::limit::limit(&args, kinds),
        Command::Mode(args) => super::mode::mode(&args, kinds),
        Command::Order(args) => super::order::order(&args, kinds),
        Command::Import(args) => import(&args, kinds),
        Command::Instruments(args) => super::instruments::instruments(&args, kinds),
        Command::Options(args) => super::options::options(&args, &cli.run.place, kinds),
        Command::Runs(args) => super::runs::runs(&args, kinds),
        Command::Report(args) => super::report::report(&args, kinds),
        Command::Journal(args) => {
            let data_dir = place_of(&cli.run.place, kinds)?;
            if args.check {
                return super::journal::check(&args, &data_dir, &mut io::stdout().lock());
            }
            journal(&args, &data_dir, &mut io::stdout().lock())?;
            Ok(Exit::Done)
        }
        Command::Replay(args) => {
            let place = &cli.run.place;
            replay(&args, (place, &place_of(place, kinds)?), kinds)
        }
        Command::Backtest(args) => super::backtest::backtest(&args, kinds),
        Command::Simulate(args) => super::simulate::simulate(&args),
        Command::Venue(args) => super::venue::venue(&args, &cli.run.place, kinds),
        Command::Tape(args) => super::recording::tape(&args, kinds),
        Command::Config(args) => super::config::config(&args, kinds),
        Command::Keys(args) => super::keys::keys(args),
        Command::Completions(args) => completions(&args, Cli::command()),
    }
}
