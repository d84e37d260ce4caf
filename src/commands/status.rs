//! `status`: one snapshot of a running engine.

use super::answer::{self, order_line, position_line};
use super::door_client::{ask, place_of};
use super::exit::Exit;
use super::output;
use super::place::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::{DisplayText, KillLevel, Label, Money, Span};
use crate::serve::DoorRequest;
use crate::wire::{AccountRow, BookStatus, InstrumentRow, KillStatus, LimitRow, Shell, Status, StrategyRow};
use clap::Args;
use serde::Serialize;

/// Limits used less than this are not worth a line.
const WORTH_TELLING: u32 = 50;

/// How a running engine stands: mode, kill, links, strategies, account, health
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_help = "Examples:
  flightdeck status
  flightdeck status --all
  flightdeck status --json | jq .kill.level")]
pub struct StatusArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Print the quotes of every instrument, not only of those held, worked or traded by a strategy
    #[arg(long)]
    pub all: bool,
    /// Print everything as one JSON document
    #[arg(long)]
    pub json: bool,
}

/// The document: the status, and whether it is what the engine says now.
#[derive(Debug, Serialize)]
struct Document<'a> {
    /// False when the engine did not answer: then this is what was last known of it.
    answered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a DisplayText>,
    /// The level of everything at the gate, read without asking the engine.
    gate: Option<KillLevel>,
    #[serde(flatten)]
    status: &'a Status,
}

/// Shows it. An engine that does not answer is told with what was last known of it.
pub(super) fn status(args: &StatusArgs, kinds: &[StrategyKind]) -> anyhow::Result<Exit> {
    let reply = ask(&place_of(&args.place, kinds)?, &DoorRequest::Status {})?;
    let Some(status) = &reply.status else {
        return answer::show(&reply, args.json, "");
    };
    if args.json {
        let error = reply.error.as_ref();
        output::json(&Document { answered: reply.ok, error, gate: reply.gate, status })?;
        return Ok(if reply.ok { Exit::Done } else { Exit::Failed });
    }
    output::text(page(status, args.all))?;
    if reply.ok { Ok(Exit::Done) } else { answer::show(&reply, false, "") }
}

/// The status as a page of text.
fn page(status: &Status, all: bool) -> String {
    let armed = status.armed_ms.map_or_else(String::new, |left| format!(", {}", armed(left)));
    let mut lines = vec![format!("{}{armed}, {}", status.mode.as_str(), kill(&status.kill))];
    lines.extend(status.shell.as_ref().map(source));
    lines.extend(book(&status.book));
    let told = status.links.iter().map(|link| {
        let detail = link.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        format!("{} {}{detail} for {}", link.name, link.state, age(link.age_ms))
    });
    lines.extend(told);
    let (told, rest): (Vec<_>, Vec<_>) =
        status.instruments.iter().partition(|row| all || concerns(status, &row.symbol));
    lines.extend(told.into_iter().map(instrument));
    if !rest.is_empty() {
        let stale = rest.iter().filter(|row| row.stale || row.quarantined).count();
        lines.push(format!("{} more instruments, {stale} stale or quarantined (--all)", rest.len()));
    }
    let account = &status.account;
    lines.push(format!(
        "account {}: equity {}, day {}, {} orders open{}{}",
        account.currency,
        money(account.equity),
        money(account.results.day),
        account.orders_open,
        without(&account.without),
        as_last_known(&account.as_last_known)
    ));
    lines.extend(status.accounts.iter().map(|row| venue_account(row, &account.as_last_known)));
    lines.extend(account.differences.iter().map(|line| format!("  DIFFERS {line}")));
    lines.extend(account.limits.iter().filter_map(limit));
    for row in &status.strategies {
        lines.extend(strategy(row));
    }
    lines.extend(status.orders.iter().map(order_line));
    lines.extend(status.shell.iter().flat_map(health));
    lines.join("\n")
}

/// One account of several.
fn venue_account(row: &AccountRow, as_last_known: &[Label]) -> String {
    let why = row.detail.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let compared = row.account_age_ms.map_or("not compared yet".to_owned(), |millis| {
        format!("{} differences, compared {} ago", row.differences, age(millis))
    });
    let told = match (row.told, as_last_known.contains(&row.name)) {
        (false, _) => "what it holds is UNKNOWN, the book of before has ",
        (true, true) => "as last known: ",
        (true, false) => "",
    };
    format!(
        "  account {} at {} {}{why}: {} instruments, {told}{} positions, {} orders open, unrealised {}, {compared}",
        row.name,
        row.place,
        row.link,
        row.instruments.len(),
        row.positions,
        row.orders_open,
        money(row.results.unrealised)
    )
}

/// What the sums are without.
fn without(names: &[Label]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(", WITHOUT {}: not known how it stands there", list(names))
}

/// What is in the sums as nobody knows it now.
fn as_last_known(names: &[Label]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(", {} AS LAST KNOWN: not known how it stands there now", list(names))
}

fn list(names: &[Label]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Whether a strategy trades an instrument, holds it, or has an order in it.
fn concerns(status: &Status, symbol: &DisplayText) -> bool {
    let by = |row: &StrategyRow| {
        row.instruments.contains(symbol) || row.positions.iter().any(|one| one.instrument == *symbol)
    };
    status.strategies.iter().any(by) || status.orders.iter().any(|order| order.instrument == *symbol)
}

/// How long real money is armed, or that only what reduces leaves.
fn armed(left_ms: i64) -> String {
    match left_ms {
        0 => "REDUCE-ONLY until re-armed (M)".to_owned(),
        left => {
            let seconds = left.div_euclid(1_000);
            format!("armed for {}:{:02}", seconds.div_euclid(60), seconds.rem_euclid(60))
        }
    }
}

fn kill(kill: &KillStatus) -> String {
    let words = match kill.open {
        0 => kill.level.meaning().to_owned(),
        open => format!("{}, {open} open", kill.level.doing()),
    };
    let everything = format!("K{} {words}", kill.level.number());
    let scoped = kill.scoped.iter().map(|one| format!(", K{} {}", one.level.number(), one.scope));
    let last = kill.last.iter().filter(|_| kill.highest.number() > 0);
    let why = last.map(|last| format!(" by {}: {}", last.actor, last.reason));
    let pending = (kill.pending > 0).then(|| format!(" ({} not confirmed yet)", kill.pending));
    let others = (kill.others > 0).then(|| format!(", {} of others at work", kill.others));
    [everything].into_iter().chain(others).chain(scoped).chain(why).chain(pending).collect()
}

fn source(shell: &Shell) -> String {
    format!("market {} {}, broker {}, data in {}", shell.feed, shell.speed, shell.broker, shell.data_dir)
}

/// The book of before, where one is continued, and what of its last end is open.
fn book(book: &BookStatus) -> Vec<String> {
    let Some(epoch) = book.epoch else { return Vec::new() };
    let how = if book.crashed { "after an end out of order" } else { "after an end in order" };
    let compared = if book.comparing { ", not compared with the broker's yet" } else { "" };
    let unknown = book.unknown.iter().map(|one| format!("  UNKNOWN {one}"));
    let batches = book.batches.iter().map(|one| format!("  CUT OFF {one}"));
    let first = format!("book {} goes on, start {epoch}, {how}{compared}", book.book);
    [first].into_iter().chain(unknown).chain(batches).collect()
}

fn instrument(row: &InstrumentRow) -> String {
    let price = |price: Option<crate::model::Price>| price.map_or("-".to_owned(), |price| price.to_string());
    let state = match (row.quarantined, row.stale) {
        (true, _) => ", quarantined",
        (false, true) => ", stale",
        (false, false) => "",
    };
    let old = row.quote_age_ms.map_or("no quote".to_owned(), |millis| format!("{} old", age(millis)));
    format!("{} {} / {}, {old}{state}", row.symbol, price(row.bid), price(row.ask))
}

fn strategy(row: &StrategyRow) -> Vec<String> {
    let standing = match (&row.failed, row.armed) {
        (Some(panic), _) => format!("failed: {panic}"),
        (None, true) => "armed".to_owned(),
        (None, false) => format!("disarmed ({})", row.why),
    };
    let first = format!(
        "{}: {standing}, day {}, realised {}, unrealised {}, {} orders open",
        row.name,
        money(row.results.day),
        money(row.results.realised),
        money(row.results.unrealised),
        row.orders_open
    );
    let positions = row.positions.iter().map(|position| format!("  {}", position_line(position)));
    [first].into_iter().chain(positions).chain(row.limits.iter().filter_map(limit)).collect()
}

fn limit(row: &LimitRow) -> Option<String> {
    let percent = row.percent.unwrap_or_default();
    let telling = percent >= WORTH_TELLING || !row.pass;
    let LimitRow { rule, scope, value, limit, .. } = row;
    telling.then(|| format!("  limit {} of {scope}: {value} of {limit} ({percent}%)", rule.as_str()))
}

fn health(shell: &Shell) -> Vec<String> {
    let nanos =
        |nanos: i64| if nanos < 1_000_000 { format!("{}us", nanos / 1_000) } else { age(nanos / 1_000_000) };
    let times = format!(
        "engine: {} inputs/s, step p50 {} p99 {}, order p50 {} p99 {}",
        shell.inputs_per_s,
        nanos(shell.step_p50_ns),
        nanos(shell.step_p99_ns),
        nanos(shell.order_p50_ns),
        nanos(shell.order_p99_ns)
    );
    let subscribers = shell.subscribers.iter().map(|one| {
        format!("subscriber {} {}: {} heard, {} missed", one.name, one.state, one.delivered, one.missed)
    });
    let queues = shell.queues.iter().filter(|one| one.lost > 0 || one.len > 0).map(|one| {
        format!(
            "queue {}: {} of {} waiting, {} replaced or refused",
            one.name, one.len, one.capacity, one.lost
        )
    });
    [times].into_iter().chain(subscribers).chain(queues).collect()
}

fn money(amount: Option<Money>) -> String {
    amount.map_or("-".to_owned(), |amount| format!("{amount:+.2}"))
}

fn age(millis: i64) -> String {
    Span::from_millis(millis).to_string()
}

#[cfg(test)]
mod tests {
    use super::{KillStatus, kill};
    use crate::model::KillLevel;

    #[test]
    fn a_kill_that_has_something_left_to_do_is_not_called_done() {
        let level = KillLevel::K4;
        let told = |pending, open, others| {
            kill(&KillStatus { level, highest: level, scoped: Vec::new(), last: None, pending, open, others })
        };
        assert_eq!(told(1, 2, 0), "K4 flattening, 2 open (1 not confirmed yet)");
        assert_eq!(told(0, 0, 0), "K4 flattened");
        assert_eq!(told(0, 0, 2), "K4 flattened, 2 of others at work", "no kill touches them");
    }
}
