//! What may stand where the cursor is.

use super::words::COMMANDS;
use crate::model::StrategyId;
use crate::ui::view::View;

/// The words the last one of a line may become, in the order of Tab.
pub(super) fn candidates(line: &str, view: &View<'_>) -> Vec<String> {
    let (before, last) = line.rsplit_once(' ').unwrap_or(("", line));
    let words: Vec<&str> = before.split_whitespace().collect();
    let all = match words.as_slice() {
        [] => COMMANDS.iter().map(|row| row.word.to_owned()).collect(),
        ["kill", ..] => [strategies(view, ""), instruments(view, "")].concat(),
        ["arm" | "disarm" | "close"] | ["buy" | "sell", .., "as"] => strategies(view, ""),
        ["close" | "buy" | "sell", _] => instruments(view, ""),
        ["buy" | "sell", _, _, ..] => owned(&["@", "^", "ioc", "day", "gtc", "post", "reduce", "as"]),
        ["mode"] => owned(&["live", "analyze"]),
        ["theme"] => owned(&["default", "colorblind", "mono"]),
        ["view"] => owned(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
        ["cancel"] => {
            let open = view.state.orders.open().iter();
            let ids = open.map(|order| View::order_name(order.request.mode, order.id).to_string());
            let scopes = [owned(&["all"]), strategies(view, "strat:"), instruments(view, "inst:")];
            scopes.concat().into_iter().chain(ids).collect()
        }
        _ => Vec::new(),
    };
    let lower = last.to_lowercase();
    all.into_iter().filter(|word| word.to_lowercase().starts_with(&lower)).collect()
}

/// The line with its last word replaced.
pub(super) fn replaced(line: &str, word: &str) -> String {
    match line.rsplit_once(' ') {
        Some((before, _)) => format!("{before} {word}"),
        None => word.to_owned(),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn strategies(view: &View<'_>, prefix: &str) -> Vec<String> {
    let ids = view.state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    ids.map(|id| format!("{prefix}{}", view.strategy_name(id))).collect()
}

fn instruments(view: &View<'_>, prefix: &str) -> Vec<String> {
    view.state.genesis().instrument_ids().map(|id| format!("{prefix}{}", view.symbol(id))).collect()
}
