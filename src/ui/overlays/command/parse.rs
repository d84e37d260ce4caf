//! From a command line to a deed, or to words why not.

use super::names::{instrument, strategy};
use super::words::{unknown, usage};
use super::{desk_words, order_words};
use crate::model::{Command, KillLevel, Mode, Reason, Scope, Side, StrategyId};
use crate::state::live_unavailable;
use crate::ui::action::Action;
use crate::ui::effect::Effect;
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::overlays::ask;
use crate::ui::overlays::kill::resume;
use crate::ui::overlays::mode::live_answer;
use crate::ui::theme::Palette;
use crate::ui::view::View;
use crate::wire::Wind;

/// What a line does. Nothing is guessed: what is not understood is said.
pub(super) fn parse(text: &str, view: &View<'_>) -> Result<Effect, String> {
    let text = text.trim();
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    let args: Vec<&str> = rest.split_whitespace().collect();
    match word {
        "" => Ok(Effect::Nothing),
        "kill" => kill(&args, view),
        "resume" => resume(rest).map_err(str::to_owned),
        "arm" => one(word, &args).and_then(|name| strategy(name, view)).map(arm),
        "disarm" => one(word, &args).and_then(|name| strategy(name, view)).map(disarm),
        "mode" => mode(&args, view),
        "cancel" => one(word, &args).and_then(|what| cancel(what, view)),
        "close" => desk_words::close(&args, view),
        "modify" => desk_words::modify(&args, view),
        "smart" => order_words::smart(&args, view),
        "split" => order_words::split(&args, view),
        "basket" => order_words::basket(rest, view),
        "chain" => desk_words::chain(&args, view),
        "options" => Ok(Effect::Open(OverlayKind::Options)),
        "decide" => desk_words::decide(&args, view),
        "resolve" => desk_words::resolve(&args, view),
        "claim" => desk_words::claim(&args, view),
        "limit" => desk_words::limit(&args, view),
        "ack" => desk_words::acknowledge(&args),
        "reconcile" => Ok(Effect::Send(Command::Reconcile)),
        "accept" => desk_words::accept(&args, view),
        "buy" => order_words::ticket(Side::Buy, &args, view),
        "sell" => order_words::ticket(Side::Sell, &args, view),
        "filter" => Ok(Effect::Filter(rest.to_owned())),
        "view" => one(word, &args).and_then(show),
        "report" => Ok(Effect::Act(Action::Report)),
        "at" => one(word, &args).and_then(|text| at(text, view)),
        "theme" => one(word, &args).and_then(theme),
        "help" => Ok(Effect::Open(OverlayKind::Help)),
        "q" | "quit" => Ok(Effect::Act(Action::Leave)),
        other => Err(unknown(other)),
    }
}

fn one<'a>(word: &str, args: &[&'a str]) -> Result<&'a str, String> {
    match args {
        [only] => Ok(only),
        _ => Err(usage(word)),
    }
}

fn kill(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let (args, flat) = match args {
        [rest @ .., "FLAT"] => (rest, true),
        all => (all, false),
    };
    let (level, args) = match args {
        [number, rest @ ..] if number.chars().all(|letter| letter.is_ascii_digit()) => {
            let level = number.parse().ok().and_then(KillLevel::from_number);
            let level = level.filter(|level| *level > KillLevel::K0).ok_or("a rung is 1, 2, 3 or 4")?;
            (level, rest)
        }
        rest => (KillLevel::K1, rest),
    };
    let scope = match args {
        [] => Scope::All,
        [name] => scope(name, view)?,
        _ => return Err(usage("kill")),
    };
    if level == KillLevel::K4 && !flat {
        return Err("K4 closes positions at market: write FLAT at the end".to_owned());
    }
    Ok(Effect::Kill { level, scope, reason: Reason::new("command line") })
}

fn scope(name: &str, view: &View<'_>) -> Result<Scope, String> {
    if name == "all" {
        return Ok(Scope::All);
    }
    let narrow = strategy(name, view).map(Scope::Strategy);
    narrow
        .or_else(|_no_strategy| instrument(name, view).map(Scope::Instrument))
        .map_err(|_neither| format!("'{name}' is neither a strategy nor an instrument"))
}

fn arm(strategy: StrategyId) -> Effect {
    Effect::Send(Command::Arm { strategy })
}

fn disarm(strategy: StrategyId) -> Effect {
    Effect::Send(Command::Disarm { strategy, reason: Reason::new("command line") })
}

fn mode(args: &[&str], view: &View<'_>) -> Result<Effect, String> {
    match (args, view.mode(), live_unavailable(view.state)) {
        (["analyze"], _, _) => Ok(Effect::Send(Command::SetMode { mode: Mode::Analyze })),
        (["live"], Mode::Analyze, Some(_)) => Err(live_answer(view)),
        (["live"], Mode::Live, _) | (["live"], Mode::Analyze, None) => Ok(Effect::Open(OverlayKind::Mode)),
        (_, Mode::Live | Mode::Analyze, _) => Err(usage("mode")),
    }
}

fn cancel(what: &str, view: &View<'_>) -> Result<Effect, String> {
    let of = |scope: Scope| Ok(ask::cancel_all(view, scope));
    if what == "all" {
        return of(Scope::All);
    }
    if let Some(name) = what.strip_prefix("strat:") {
        return of(Scope::Strategy(strategy(name, view)?));
    }
    if let Some(symbol) = what.strip_prefix("inst:") {
        return of(Scope::Instrument(instrument(symbol, view)?));
    }
    let id = desk_words::order_id(what, "cancel")?;
    match view.state.orders.get(id) {
        None => Err(format!("no order {what}")),
        Some(order) if !order.is_open() => Err(format!("{what} has ended: {}", order.status)),
        Some(order) => Ok(ask::cancel(view, order)),
    }
}

/// Views that have a name and no number key.
pub(super) const VIEWS: [(&str, u8); 6] =
    [("batches", 10), ("alerts", 11), ("unknown", 12), ("books", 13), ("report", 14), ("chain", 15)];

fn show(number: &str) -> Result<Effect, String> {
    let named = VIEWS.iter().find(|(name, _)| *name == number).map(|(_, number)| *number);
    let numbered = number.parse::<u8>().ok().filter(|number| (1..=9).contains(number));
    match named.or(numbered) {
        Some(number) => Ok(Effect::View(number)),
        None => Err(format!("views are 1 to 9, {}", VIEWS.map(|(name, _)| name).join(", "))),
    }
}

fn at(text: &str, view: &View<'_>) -> Result<Effect, String> {
    let standing = view.replay.ok_or("only the past can be gone to: flightdeck replay RUN")?;
    let wind = Wind::to_words(text, standing.track.first, view.zone)?;
    wind.within(&standing.track, view.zone).map(Effect::Wind)
}

fn theme(name: &str) -> Result<Effect, String> {
    match name {
        "default" => Ok(Effect::Theme(Palette::Default)),
        "colorblind" => Ok(Effect::Theme(Palette::Colorblind)),
        "mono" => Ok(Effect::Theme(Palette::Mono)),
        other => Err(format!("no theme '{other}'; there are default colorblind mono")),
    }
}
