//! `buy 0.01 BTCUSDT @61700 ioc`: words into a filled ticket, which a human still has to send.

use super::names::{instrument, strategy};
use super::words::usage;
use crate::model::{Command, DisplayText, InstrumentId, OnFailure, Side, StrategyId, TimeInForce};
use crate::ui::effect::{Effect, TicketWords};
use crate::ui::overlay_kind::OverlayKind;
use crate::ui::view::View;
use crate::wire::{Operation, OrderAsk, OrderTextError, legs_of_file};
use std::path::Path;

/// The ticket of these words. Numbers go into their fields as they were typed; the ticket judges them.
pub(super) fn ticket(side: Side, words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let command = side.as_str().to_ascii_lowercase();
    let [qty, symbol, rest @ ..] = words else { return Err(usage(&command)) };
    let mut ticket = empty(side, instrument(symbol, view)?);
    (*qty).clone_into(&mut ticket.qty);
    filled(ticket, rest, view)
}

/// `smart -0.5 BTCUSDT as mm-btc` or, as the shell says it, `smart BTCUSDT -0.5`: the ticket of a target position.
pub(super) fn smart(words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let [first, second, rest @ ..] = words else { return Err(usage("smart")) };
    let (target, symbol) = if instrument(first, view).is_ok() { (second, first) } else { (first, second) };
    let mut ticket = empty(Side::Buy, instrument(symbol, view)?);
    ticket.position = Some((*target).to_owned());
    filled(ticket, rest, view)
}

/// `split buy 5 by 0.5 BTCUSDT @61700` or, as the shell says it, `split buy 5 BTCUSDT --each 0.5`: the ticket of one
/// large order in children.
pub(super) fn split(words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let ([side, qty, "by", each, symbol, rest @ ..]
    | [side, qty, symbol, "by" | "--each" | "each", each, rest @ ..]) = words
    else {
        return Err(usage("split"));
    };
    let side = match *side {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        _ => return Err(usage("split")),
    };
    let mut ticket = empty(side, instrument(symbol, view)?);
    (*qty).clone_into(&mut ticket.qty);
    ticket.each = Some((*each).to_owned());
    filled(ticket, rest, view)
}

/// `basket` reviews what is being written; `basket legs.csv` the legs of a file, as `flightdeck order basket` reads it.
pub(super) fn basket(file: &str, view: &View<'_>) -> Result<Effect, String> {
    if file.is_empty() {
        return Ok(Effect::Open(OverlayKind::Basket));
    }
    let (legs, places) = legs_of_file(Path::new(file)).map_err(|error| first_of(&error.to_string()))?;
    let ask = OrderAsk {
        label: DisplayText::new("basket"),
        ask: Operation::Basket { legs, on_failure: OnFailure::Hold },
        ..OrderAsk::default()
    };
    let place = |leg: Option<u16>| leg.and_then(|leg| places.get(usize::from(leg))).cloned();
    let command = ask.read(view.state).map_err(|error| {
        let OrderTextError { leg, field, problem } = error;
        format!("{}: {field}: {problem}", place(leg).unwrap_or_else(|| file.to_owned()))
    })?;
    let Command::Basket { batch } = command else { return Err(usage("basket")) };
    Ok(Effect::StageAll(batch.legs.clone(), file.to_owned()))
}

/// The first of several faults, and how many more there are: a command line has one row.
fn first_of(faults: &str) -> String {
    match (faults.lines().next(), faults.lines().count().saturating_sub(1)) {
        (Some(first), 0) => first.to_owned(),
        (Some(first), more) => format!("{first} (and {more} more)"),
        (None, _) => faults.to_owned(),
    }
}

fn empty(side: Side, instrument: InstrumentId) -> TicketWords {
    TicketWords {
        strategy: StrategyId::MANUAL,
        instrument,
        side,
        tif: TimeInForce::Gtc,
        qty: String::new(),
        price: None,
        trigger: None,
        trail: None,
        stop: None,
        target: None,
        each: None,
        position: None,
        post_only: false,
        reduce_only: false,
    }
}

fn filled(mut ticket: TicketWords, words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if let Some((name, number)) = word.split_once(':') {
            let number = Some(number.to_owned());
            match name {
                "trail" => ticket.trail = number,
                "stop" => ticket.stop = number,
                "target" => ticket.target = number,
                "each" => ticket.each = number,
                _ => return Err(no_word(word)),
            }
            continue;
        }
        match (word.strip_prefix('@'), word.strip_prefix('^'), *word) {
            (Some(price), _, _) => ticket.price = Some(price.to_owned()),
            (_, Some(trigger), _) => ticket.trigger = Some(trigger.to_owned()),
            (_, _, "ioc") => ticket.tif = TimeInForce::Ioc,
            (_, _, "day") => ticket.tif = TimeInForce::Day,
            (_, _, "gtc") => ticket.tif = TimeInForce::Gtc,
            (_, _, "post") => ticket.post_only = true,
            (_, _, "reduce") => ticket.reduce_only = true,
            (_, _, "as") => ticket.strategy = strategy(rest.next().ok_or("as whom? as STRATEGY")?, view)?,
            (_, _, other) => return Err(no_word(other)),
        }
    }
    Ok(Effect::Ticket(Box::new(ticket)))
}

fn no_word(word: &str) -> String {
    format!(
        "'{word}' is no word of an order: @PRICE ^TRIGGER trail:D stop:P target:P each:Q ioc day gtc post reduce as"
    )
}
