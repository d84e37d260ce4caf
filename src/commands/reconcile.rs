//! `reconcile`: our books against the broker's, now; and taking a line as it is.

use super::answer;
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::{DisplayText, Span};
use crate::serve::{DoorReply, DoorRequest};
use crate::wire::{Books, LineRow, UnprovenRow};
use clap::{Args, Subcommand};
use std::path::Path;
use std::time::Duration;

/// How often and how long the broker's answer is waited for.
const LOOKS: u32 = 20;
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// Compare our books with the broker's now: its orders, positions and cash
///
/// A line on which they differ stops new risk and keeps a resume out until it is gone or a human takes it as it is.
/// Nothing is ever traded to make books agree.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck reconcile
  flightdeck reconcile accept 2 --reason 'bust at 10:02, seen at the broker'

Exit codes: 0 the books agree at every account, 3 they differ or somebody has not answered (the answer says who and since when),
1 failed, 2 wrong usage.")]
pub struct ReconcileArgs {
    #[command(subcommand)]
    pub command: Option<ReconcileCommand>,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the comparison as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// What can be done besides comparing.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ReconcileCommand {
    /// Take a line as it is, so that it no longer stands in the way of a resume
    Accept(AcceptArgs),
}

/// Which line, and why.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck reconcile accept 2 --reason 'bust at 10:02, seen at the broker'")]
pub struct AcceptArgs {
    /// Its number
    pub line: u32,
    /// Why it may stand, for the log; its first 95 bytes are kept
    #[arg(long)]
    pub reason: String,
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the answer as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// Compares or accepts.
pub(super) fn reconcile(args: &ReconcileArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    if let Some(ReconcileCommand::Accept(accept)) = &args.command {
        let place = if accept.place.data_dir.is_some() { &accept.place } else { &args.place };
        let request = DoorRequest::Accept { line: accept.line, reason: DisplayText::new(&accept.reason) };
        let reply = ask(&place_of(place, kinds)?, &request)?;
        return answer::show(&reply, accept.json, &format!("line {} is taken as it is", accept.line));
    }
    let data_dir = place_of(&args.place, kinds)?;
    let asked = ask(&data_dir, &DoorRequest::Reconcile {})?;
    if !asked.ok {
        return answer::show(&asked, args.json, "");
    }
    let reply = answered(&data_dir)?;
    let Some(status) = &reply.status else { return answer::show(&reply, args.json, "") };
    if args.json {
        output::json(&status.books)?;
    } else {
        output::text(page(&status.books))?;
    }
    Ok(if status.books.agree() { Exit::Done } else { Exit::Unsafe })
}

/// The status once everybody who is there has answered the question, or the last one.
fn answered(data_dir: &Path) -> anyhow::Result<DoorReply> {
    let mut looks = 0;
    loop {
        let reply = ask(data_dir, &DoorRequest::Status {})?;
        // Who is away is waited for by nobody.
        let awaited = |books: &Books| books.unproven.iter().any(UnprovenRow::is_up);
        let waits = reply.status.as_ref().is_none_or(|status| awaited(&status.books));
        looks += 1;
        if !waits || looks >= LOOKS || !reply.ok {
            return Ok(reply);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

fn page(books: &Books) -> String {
    let mut lines = vec![books.verdict()];
    lines.extend(books.lines.iter().map(line));
    if books.omitted > 0 {
        lines.push(format!("and {} more lines", books.omitted));
    }
    if books.external_orders > 0 {
        lines.push(format!(
            "{} orders at the broker are not ours; they are left alone",
            books.external_orders
        ));
    }
    lines.join("\n")
}

fn line(row: &LineRow) -> String {
    let LineRow { line, subject, detail, guess, seen, .. } = row;
    let state = match (&row.accepted, row.confirmed, row.settled) {
        (Some(reason), ..) => format!("accepted: {reason}"),
        (None, ..) if row.told_only => "told only: the broker tells no fees; stops nothing".to_owned(),
        (None, true, _) => format!("confirmed, K{}", row.level.number()),
        (None, false, true) => format!("seen, K{}", row.level.number()),
        (None, false, false) => "not settled".to_owned(),
    };
    let age = Span::from_millis(row.age_ms);
    format!("{line} {subject}: {detail} ({state}; for {age}, seen {seen} times; {guess})")
}
