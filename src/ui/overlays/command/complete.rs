//! What may stand where the cursor is.

use super::parse::VIEWS;
use super::words::COMMANDS;
use crate::model::{Order, OrderStatus, StrategyId};
use crate::ui::batches;
use crate::ui::option_list;
use crate::ui::view::View;
use crate::wire::LimitName;

/// The words the last one of a line may become, in the order of Tab.
pub(super) fn candidates(line: &str, view: &View<'_>) -> Vec<String> {
    let (before, last) = line.rsplit_once(' ').unwrap_or(("", line));
    let words: Vec<&str> = before.split_whitespace().collect();
    let all = match words.as_slice() {
        [] => COMMANDS.iter().map(|row| row.word.to_owned()).collect(),
        ["kill", ..] => [strategies(view, ""), instruments(view, "")].concat(),
        ["arm" | "disarm"] | ["buy" | "sell", .., "as"] => strategies(view, ""),
        ["close"] => {
            [owned(&["all"]), strategies(view, ""), strategies(view, "strat:"), instruments(view, "inst:")]
                .concat()
        }
        ["buy" | "sell", _, _, ..] => owned(&[
            "@", "^", "trail:", "stop:", "target:", "each:", "ioc", "day", "gtc", "post", "reduce", "as",
        ]),
        ["close" | "buy" | "sell" | "smart" | "claim", _] | ["split", _, _, "by", _] => instruments(view, ""),
        ["smart" | "split", .., "as"] | ["claim"] => strategies(view, ""),
        ["split"] => owned(&["buy", "sell"]),
        ["split", _, _] => owned(&["by"]),
        ["chain"] => option_list::underlyings(view).iter().map(|id| view.symbol(*id).to_owned()).collect(),
        ["decide"] => {
            let all = batches::rows(view.state);
            all.iter().filter(|batch| batch.is_stopped()).map(|batch| batch.id.to_string()).collect()
        }
        ["decide", _] => owned(&["complete", "unwind", "leave"]),
        ["resolve"] => orders(view, |order| order.status == OrderStatus::Unknown),
        ["resolve", _] => owned(&["absent", "working", "canceled"]),
        ["modify"] => orders(view, |order| order.status != OrderStatus::Unknown),
        ["limit"] => [owned(&["confirm"]), limits(view)].concat(),
        ["limit", "confirm"] => limits(view),
        ["mode"] => owned(&["live", "analyze"]),
        ["theme"] => owned(&["default", "colorblind", "mono"]),
        ["view"] => {
            let numbers = owned(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
            [numbers, owned(&VIEWS.map(|(name, _)| name))].concat()
        }
        ["cancel"] => {
            let scopes = [owned(&["all"]), strategies(view, "strat:"), instruments(view, "inst:")];
            scopes.concat().into_iter().chain(orders(view, |_| true)).collect()
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

fn orders(view: &View<'_>, keep: impl Fn(&Order) -> bool) -> Vec<String> {
    let open = view.state.orders.open().iter().filter(|order| keep(order));
    open.map(|order| View::order_name(order.request.mode, order.id).to_string()).collect()
}

/// The limits there are.
fn limits(view: &View<'_>) -> Vec<String> {
    LimitName::all(view.state.genesis()).iter().map(ToString::to_string).collect()
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
