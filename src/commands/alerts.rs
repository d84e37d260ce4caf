//! `alerts`: what a human has to look at, and taking it as seen.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::Span;
use crate::serve::DoorRequest;
use crate::wire::AlertRow;
use clap::{Args, Subcommand};

/// What a human has to look at in a running engine
///
/// Each alert stays until somebody has taken it as seen and what it speaks of has ended.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck alerts
  flightdeck alerts ack 3
  flightdeck alerts --json | jq '.[] | select(.severity == \"critical\")'

Exit codes: 0 nothing unseen, 3 something is, 1 failed, 2 wrong usage.")]
pub struct AlertsArgs {
    #[command(subcommand)]
    pub command: Option<AlertsCommand>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print them as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What can be done with them.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AlertsCommand {
    /// Take an alert as seen
    Ack(AckArgs),
}

/// Which one.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck alerts ack 3")]
pub struct AckArgs {
    /// Its number
    pub id: u32,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Shows or acknowledges.
pub(super) fn alerts(args: &AlertsArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    if let Some(AlertsCommand::Ack(ack)) = &args.command {
        let place = if ack.place.data_dir.is_some() { &ack.place } else { &args.place };
        let reply = ask(&place_of(place, kinds)?, &DoorRequest::Acknowledge { alert: ack.id })?;
        return answer::show(&reply, ack.json, &format!("alert {} is taken as seen", ack.id));
    }
    let reply = ask(&place_of(&args.place, kinds)?, &DoorRequest::Status {})?;
    let Some(status) = reply.status.as_ref().filter(|_| reply.ok) else {
        return answer::show(&reply, args.json, "");
    };
    if args.json {
        output::json(&status.alerts)?;
    } else if status.alerts.is_empty() {
        output::text("no alerts")?;
    } else {
        output::text(status.alerts.iter().map(line).collect::<Vec<_>>().join("\n"))?;
    }
    let unseen = status.alerts.iter().any(|alert| alert.acknowledged_age_ms.is_none());
    Ok(if unseen { Exit::Unsafe } else { Exit::Done })
}

fn line(alert: &AlertRow) -> String {
    let age = |millis: i64| Span::from_millis(millis).to_string();
    let seen = match alert.acknowledged_age_ms {
        Some(since) => format!("seen by {} {} ago", alert.owner, age(since)),
        None => format!("UNSEEN, for {}", alert.owner),
    };
    let over = alert.over_age_ms.map(|since| format!(", over {} ago", age(since))).unwrap_or_default();
    let times = if alert.count > 1 {
        format!(", {} times, last {} ago", alert.count, age(alert.last_age_ms))
    } else {
        String::new()
    };
    let AlertRow { id, severity, kind, text, age_ms, .. } = alert;
    format!("{id} {severity} {kind}: {text} ({} ago{times}{over}; {seen})", age(*age_ms))
}
