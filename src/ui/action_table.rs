//! The one table of keys: a key or action is one row here and nowhere else.

use super::action::{Action, ActionRow, Context, Group, Guard};
use Context::{
    Alerts, Always, Basket, Batches, Book, Books, Chain, Chart, Events, Global, Kill, Leaving, Log, Options,
    Orders, Question, Reader, Rearm, Replay, Risk, Strategies, Strategy, Ticket, Trades, Unknown,
};

const fn row(
    action: Action,
    name: &'static str,
    contexts: &'static [Context],
    keys: &'static [&'static str],
) -> ActionRow {
    ActionRow { action, name, contexts, keys, hint: "", group: Group::Anywhere, help: "", guard: Guard::None }
}

impl ActionRow {
    const fn says(mut self, group: Group, help: &'static str) -> Self {
        self.group = group;
        self.help = help;
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    const fn guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }
}

/// Panels whose rows name an instrument.
const INSTRUMENTS: &[Context] = &[Strategies, Book, Orders, Trades, Chart, Strategy, Chain];
/// What scrolls or has a cursor.
const LISTS: &[Context] = &[Global, Reader, Kill, Basket, Strategy];
/// Overlays that Esc closes.
const CLOSABLE: &[Context] =
    &[Global, Kill, Ticket, Reader, Question, Rearm, Leaving, Basket, Options, Strategy];
/// Where help can be asked for: everywhere. Where letters are text the second key is left.
const HELPED: &[Context] = CLOSABLE;

/// All actions, in the order of `Action`.
pub const TABLE: &[ActionRow] = &[
    row(Action::Kill, "kill", &[Always], &["^K", "!"])
        .says(Group::Anywhere, "KILL: no new risk from this instant (K1), and opens the kill panel"),
    row(Action::Redraw, "redraw", &[Always], &["^L"]).says(Group::Anywhere, "draw the whole screen again"),
    row(Action::Leave, "leave", &[Always], &["q", "^C", "^Z"])
        .says(Group::Anywhere, "one step back; at the panels: say what ends, ask, then leave")
        .guard(Guard::Confirm),
    row(Action::Back, "back", CLOSABLE, &["Esc"])
        .says(Group::Anywhere, "close, one step back; never destructive"),
    row(Action::Help, "help", HELPED, &["?", "F1"])
        .hint("help")
        .says(Group::Anywhere, "help of this view; F1 also while typing"),
    row(Action::CommandLine, "command", &[Global], &[":"])
        .hint("cmd")
        .says(Group::Anywhere, "command line with completion"),
    row(Action::Filter, "filter", &[Global, Reader], &["/"])
        .hint("filter")
        .says(Group::Anywhere, "filter: strat: inst: cid: state: kind:"),
    row(Action::NextMatch, "next match", &[Global], &["n"]).says(Group::Move, "next row that matches"),
    row(Action::PreviousMatch, "previous match", &[Global], &["N"])
        .says(Group::Move, "previous row that matches"),
    row(Action::Menu, "menu", &[Global], &["Space"])
        .hint("menu")
        .says(Group::Anywhere, "menu: shows its keys and waits"),
    row(Action::View1, "main", &[Global], &["1"]).says(Group::Move, "view: main"),
    row(Action::View2, "book", &[Global], &["2"]).says(Group::Move, "view: book and tape"),
    row(Action::View3, "chart", &[Global], &["3"]).says(Group::Move, "view: chart and P&L"),
    row(Action::View4, "orders", &[Global], &["4"]).says(Group::Move, "view: orders"),
    row(Action::View5, "trades", &[Global], &["5"]).says(Group::Move, "view: trades"),
    row(Action::View6, "events", &[Global], &["6"]).says(Group::Move, "view: events"),
    row(Action::View7, "risk", &[Global], &["7"]).says(Group::Move, "view: risk"),
    row(Action::View8, "log", &[Global], &["8"]).says(Group::Move, "view: diagnostic log"),
    row(Action::View9, "system", &[Global], &["9"]).says(Group::Move, "view: system"),
    row(Action::Batches, "batches", &[Global], &["g b", "0"]).says(Group::Move, "view: batches, a row a leg"),
    row(Action::Alerts, "alerts", &[Global], &["g a"]).says(Group::Move, "view: alerts"),
    row(Action::Unknown, "unknown", &[Global], &["g u"])
        .says(Group::Move, "view: orders whose fate is not proven, and the way out"),
    row(Action::Books, "books", &[Global], &["g d"])
        .says(Group::Move, "view: our books against the broker's, line by line"),
    row(Action::Report, "report", &[Global], &["g r"])
        .says(Group::Move, "view: round trips, win rate, profit factor, drawdown and fees of this session"),
    row(Action::Chain, "chain", &[Global], &["g c"]).says(
        Group::Move,
        "view: option chain by strike, calls left, puts right, what we hold in the middle",
    ),
    row(Action::BasketReview, "basket", &[Global], &["g n"])
        .says(Group::Batches, "review the basket that is being written"),
    row(Action::OptionsTicket, "options", &[Global], &["g o"])
        .says(Group::Batches, "options by expiry and offset from the money: one, a spread, a condor")
        .guard(Guard::TwoBeats),
    row(Action::NextPanel, "next panel", &[Global], &["Tab"]).says(Group::Move, "next panel"),
    row(Action::PreviousPanel, "previous panel", &[Global], &["S-Tab"]).says(Group::Move, "previous panel"),
    row(Action::Down, "down", LISTS, &["j", "Down"]).says(Group::Move, "one row down"),
    row(Action::Up, "up", LISTS, &["k", "Up"]).says(Group::Move, "one row up"),
    row(Action::Left, "left", &[Global], &["h", "Left"]).says(Group::Move, "left"),
    row(Action::Right, "right", &[Global], &["l", "Right"]).says(Group::Move, "right"),
    row(Action::Top, "top", &[Global, Reader, Strategy], &["g g", "Home"]).says(Group::Move, "first row"),
    row(Action::Bottom, "bottom", &[Global, Reader, Strategy], &["G", "End"]).says(Group::Move, "last row"),
    row(Action::HalfPageDown, "half page down", &[Global, Reader, Strategy], &["^D", "PageDown"])
        .says(Group::Move, "half a page down"),
    row(Action::HalfPageUp, "half page up", &[Global, Reader, Strategy], &["^U", "PageUp"])
        .says(Group::Move, "half a page up"),
    row(Action::ZoomIn, "zoom", &[Global], &["+"]).says(Group::Move, "this panel alone"),
    row(Action::ZoomOut, "unzoom", &[Global], &["_"]).says(Group::Move, "all panels again"),
    row(Action::Centre, "centre", &[Global], &["z z"]).says(Group::Move, "centre on price or cursor"),
    row(Action::Follow, "follow", &[Events, Trades, Log, Chart], &["F"])
        .hint("follow")
        .says(Group::Move, "follow the newest, or freeze here"),
    row(Action::PreviousInstrument, "previous instrument", &[Global, Strategy], &["["])
        .says(Group::Move, "previous instrument in book, tape and chart; strategy in its detail"),
    row(Action::NextInstrument, "next instrument", &[Global, Strategy], &["]"])
        .says(Group::Move, "next instrument in book, tape and chart; strategy in its detail"),
    row(Action::BuyTicket, "buy", INSTRUMENTS, &["b"])
        .hint("buy")
        .says(Group::Trade, "buy ticket for this instrument")
        .guard(Guard::TwoBeats),
    row(Action::SellTicket, "sell", INSTRUMENTS, &["s"])
        .hint("sell")
        .says(Group::Trade, "sell ticket for this instrument")
        .guard(Guard::TwoBeats),
    row(Action::CancelOrder, "cancel", &[Orders, Unknown], &["x"])
        .hint("cancel")
        .says(Group::Trade, "cancel this order, at once; a protective stop asks"),
    row(Action::Modify, "modify", &[Orders], &["m"])
        .hint("modify")
        .says(Group::Trade, "change this order's quantity, price or trigger in its place")
        .guard(Guard::TwoBeats),
    row(
        Action::CancelAll,
        "cancel all",
        &[Orders, Strategies, Book, Strategy, Batches, Basket, Chain],
        &["X"],
    )
    .says(Group::Trade, "cancel all working orders (of this strategy, instrument, batch); empty the basket")
    .guard(Guard::Confirm),
    row(Action::Close, "close", &[Strategies, Orders, Trades, Strategy, Chain], &["c"])
        .hint("close")
        .says(Group::Trade, "close this position, reduce-only, at market")
        .guard(Guard::Confirm),
    row(Action::Detail, "detail", &[Global], &["Enter"])
        .hint("detail")
        .says(Group::Trade, "what is this row: everything known of it"),
    row(Action::Trace, "trace", &[Strategies, Orders, Trades, Events, Unknown, Batches, Alerts], &["t"])
        .hint("trace")
        .says(Group::Trade, "why is this row: the chain of events that led to it"),
    row(Action::Copy, "copy", &[Global, Reader, Strategy], &["y"])
        .says(Group::Trade, "copy the row to the clipboard"),
    row(Action::Arm, "pause", &[Strategies, Strategy], &["p"])
        .hint("pause")
        .says(Group::Strategies, "pause or resume this strategy")
        .guard(Guard::Confirm),
    row(Action::KillStrategy, "kill one", &[Strategies, Orders, Strategy], &["K"])
        .hint("kill one")
        .says(Group::Strategies, "in strategies and orders: kill this strategy only")
        .guard(Guard::Confirm),
    row(Action::KillInstrument, "kill instrument", &[Book, Chart, Chain], &["K"])
        .hint("kill inst")
        .says(Group::Strategies, "in book, chart and chain: kill this instrument only")
        .guard(Guard::Confirm),
    row(Action::PreviousExpiry, "previous expiry", &[Chain], &["["]).says(Group::Move, "earlier expiry"),
    row(Action::NextExpiry, "next expiry", &[Chain], &["]"]).hint("expiry").says(Group::Move, "later expiry"),
    row(Action::PreviousUnderlying, "previous underlying", &[Chain], &["{"])
        .says(Group::Move, "options on the previous underlying"),
    row(Action::NextUnderlying, "next underlying", &[Chain], &["}"])
        .hint("underlying")
        .says(Group::Move, "options on the next underlying"),
    row(Action::TradeContract, "trade", &[Chain], &["Enter"])
        .hint("ticket")
        .says(Group::Trade, "ticket for the contract under the cursor: buys, Space turns it")
        .guard(Guard::TwoBeats),
    row(Action::Mode, "mode", &[Global], &["M"])
        .says(Group::Strategies, "go live in two steps; from live arm again or go back")
        .guard(Guard::Typed),
    row(Action::ToAnalyze, "to analyze", &[Rearm], &["A"])
        .hint("to ANALYZE")
        .says(Group::Strategies, "end this live run and begin one in analyze, once nothing is open"),
    row(Action::Resume, "resume", &[Kill], &["r"])
        .hint("resume")
        .says(Group::KillPanel, "lower every kill, with a reason")
        .guard(Guard::Typed),
    row(Action::LogLess, "less log", &[Log], &["-"]).hint("less").says(Group::Move, "fewer log levels"),
    row(Action::LogMore, "more log", &[Log], &["="]).hint("more").says(Group::Move, "more log levels"),
    row(Action::KillRaise, "raise", &[Kill], &["Enter"])
        .hint("K2 cancel entries, keep stops")
        .says(Group::KillPanel, "K2: cancel entries, keep protective stops"),
    row(Action::KillAll, "cancel everything", &[Kill], &["a"])
        .hint("K3 all orders")
        .says(Group::KillPanel, "K3: cancel all working orders"),
    row(Action::KillFlatten, "flatten", &[Kill], &["f"])
        .hint("K4 flatten")
        .says(Group::KillPanel, "K4: type FLAT, then Enter: close every position at market, reduce-only")
        .guard(Guard::Typed),
    row(Action::KillScopeStrategy, "scope strategy", &[Kill], &["s"])
        .says(Group::KillPanel, "raise further for the selected strategy only"),
    row(Action::KillScopeInstrument, "scope instrument", &[Kill], &["i"])
        .says(Group::KillPanel, "raise further for the selected instrument only"),
    row(Action::KillScopeAll, "scope all", &[Kill], &["v"]).says(Group::KillPanel, "raise further for all"),
    row(Action::KillReason, "reason", &[Kill], &["w"]).says(Group::KillPanel, "type why"),
    row(Action::NextField, "next field", &[Ticket, Options], &["Tab"])
        .hint("next")
        .says(Group::Ticket, "next field"),
    row(Action::PreviousField, "previous field", &[Ticket, Options], &["S-Tab"])
        .says(Group::Ticket, "previous field"),
    row(Action::StepUp, "step up", &[Ticket, Options], &["Up"])
        .says(Group::Ticket, "one lot or tick more; the choice before"),
    row(Action::StepDown, "step down", &[Ticket, Options], &["Down"])
        .says(Group::Ticket, "one lot or tick less; the next choice"),
    row(Action::Submit, "send", &[Ticket, Basket, Options], &["Enter"])
        .hint("review")
        .says(Group::Ticket, "review; Enter again sends, once the gate has answered")
        .guard(Guard::TwoBeats),
    row(Action::FlipSide, "flip side", &[Ticket, Options], &["Space"])
        .hint("flip")
        .says(Group::Ticket, "buy or sell; other choices of the field"),
    row(Action::Stage, "add to basket", &[Ticket], &["^T"])
        .says(Group::Batches, "put this order into the basket; nothing is sent"),
    row(Action::DropLeg, "drop leg", &[Basket], &["x"])
        .hint("drop")
        .says(Group::Batches, "take this leg out of the basket"),
    row(Action::OnFailure, "on failure", &[Basket], &["u"])
        .hint("on failure")
        .says(Group::Batches, "when a leg fails: hold the rest, or unwind what has filled"),
    row(Action::Complete, "complete", &[Batches], &["C"])
        .hint("complete")
        .says(Group::Batches, "a batch that stopped: send the legs held back")
        .guard(Guard::TwoBeats),
    row(Action::Unwind, "unwind", &[Batches], &["U"])
        .hint("unwind")
        .says(Group::Batches, "a batch that stopped: cancel what works, close what has filled")
        .guard(Guard::TwoBeats),
    row(Action::LeaveBatch, "leave batch", &[Batches], &["L"])
        .hint("leave")
        .says(Group::Batches, "a batch that stopped: leave it as it is; what was held is never sent")
        .guard(Guard::TwoBeats),
    row(Action::SayAbsent, "absent", &[Unknown], &["A"])
        .hint("absent")
        .says(Group::Watch, "say that this order never reached the broker; with a reason")
        .guard(Guard::TwoBeats),
    row(Action::SayWorking, "working", &[Unknown], &["W"])
        .hint("works")
        .says(Group::Watch, "say that this order is at the broker and works; with a reason")
        .guard(Guard::TwoBeats),
    row(Action::SayCanceled, "canceled", &[Unknown], &["C"])
        .hint("canceled")
        .says(Group::Watch, "say that this order was canceled there; with a reason")
        .guard(Guard::TwoBeats),
    row(Action::Acknowledge, "acknowledge", &[Alerts], &["a", "Enter"])
        .hint("seen")
        .says(Group::Watch, "take the alert under the cursor as seen"),
    row(Action::ChangeLimit, "limit", &[Risk, Strategy], &["L"])
        .hint("limit")
        .says(Group::Watch, "change a limit: tighter at once, looser after its delay and a confirmation"),
    row(Action::ConfirmLimit, "confirm limit", &[Risk], &["C"])
        .says(Group::Watch, "confirm a looser limit whose delay has passed"),
    row(Action::AcceptLine, "accept", &[Books], &["A"])
        .hint("accept")
        .says(Group::Watch, "take this line on which the books differ as it is; with a reason")
        .guard(Guard::TwoBeats),
    row(Action::Reconcile, "reconcile", &[Books], &["R"])
        .hint("compare now")
        .says(Group::Watch, "compare our books with the broker's now"),
    row(Action::Claim, "claim", &[Books], &["C"])
        .hint("claim")
        .says(Group::Watch, "attribute what is EXTERNAL to a strategy"),
    row(Action::Accept, "yes", &[Question, Rearm, Leaving], &["Enter"])
        .hint("yes")
        .says(Group::Ticket, "yes, do it"),
    row(Action::PlayPause, "play", &[Replay], &["Space"])
        .hint("play/pause")
        .says(Group::Replay, "play, or pause"),
    row(Action::SecondBack, "second back", &[Replay], &["h"])
        .hint("-1 s")
        .says(Group::Replay, "a second back"),
    row(Action::SecondOn, "second on", &[Replay], &["l"]).hint("+1 s").says(Group::Replay, "a second on"),
    row(Action::MinuteBack, "minute back", &[Replay], &["H"]).says(Group::Replay, "a minute back"),
    row(Action::MinuteOn, "minute on", &[Replay], &["L"]).says(Group::Replay, "a minute on"),
    row(Action::EventOn, "event on", &[Replay], &["."]).hint("event").says(Group::Replay, "one event on"),
    row(Action::EventBack, "event back", &[Replay], &[","])
        .hint("back")
        .says(Group::Replay, "one event back"),
    row(Action::PreviousTrade, "previous trade", &[Replay], &["["])
        .says(Group::Replay, "to the previous trade"),
    row(Action::NextTrade, "next trade", &[Replay], &["]"])
        .hint("trade")
        .says(Group::Replay, "to the next trade"),
    row(Action::PreviousOrder, "previous order", &[Replay], &["("])
        .says(Group::Replay, "to the previous order that left"),
    row(Action::NextOrder, "next order", &[Replay], &[")"])
        .says(Group::Replay, "to the next order that left"),
    row(Action::PreviousAlert, "previous alert", &[Replay], &["{"])
        .says(Group::Replay, "to the previous alert or kill"),
    row(Action::NextAlert, "next alert", &[Replay], &["}"])
        .hint("alert")
        .says(Group::Replay, "to the next alert or kill"),
    row(Action::Slower, "slower", &[Replay], &["<"]).hint("slower").says(Group::Replay, "play slower"),
    row(Action::Faster, "faster", &[Replay], &[">"]).hint("faster").says(Group::Replay, "play faster"),
    row(Action::SessionStart, "start", &[Replay], &["Home"]).says(Group::Replay, "to the session's start"),
    row(Action::SessionEnd, "end", &[Replay], &["End"])
        .hint("end")
        .says(Group::Replay, "to the session's end"),
];

impl Action {
    /// Its row in the table.
    pub fn row(self) -> Option<&'static ActionRow> {
        TABLE.iter().find(|row| row.action == self)
    }

    /// The first key of it, as written.
    pub fn key(self) -> &'static str {
        self.row().and_then(|row| row.keys.first()).copied().unwrap_or("-")
    }
}

#[expect(clippy::format_push_string, reason = "printed once, and writing to a String cannot fail")]
/// The key table as Markdown, for the README and `flightdeck keys`.
pub fn key_table_markdown() -> String {
    let mut text = String::from("| keys | where | what | guard |\n|---|---|---|---|\n");
    for group in Group::ALL {
        for row in TABLE.iter().filter(|row| row.group == group) {
            let keys: Vec<String> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            let places: Vec<&str> = row.contexts.iter().map(|context| context.as_str()).collect();
            let (keys, places) = (keys.join(" "), places.join(", "));
            text.push_str(&format!("| {keys} | {places} | {} | {} |\n", row.help, row.guard.as_str()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Context, TABLE};
    use std::collections::BTreeSet;

    #[test]
    fn every_action_has_one_row_a_key_and_a_help_text() {
        let mut seen = BTreeSet::new();
        for row in TABLE {
            assert!(seen.insert(row.action), "{:?} has two rows", row.action);
            assert!(!row.keys.is_empty() && !row.contexts.is_empty() && !row.help.is_empty(), "{row:?}");
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = BTreeSet::new();
        for (row, context) in TABLE.iter().flat_map(|row| row.contexts.iter().map(move |one| (row, one))) {
            for key in row.keys {
                assert!(seen.insert((*context, *key)), "{key} twice in {context:?}");
            }
        }
        for (_, key) in seen.iter().filter(|(context, _)| *context == Context::Always) {
            let others = seen.iter().filter(|(_, other)| other == key).count();
            assert_eq!(others, 1, "{key} is taken everywhere");
        }
    }

    /// Terminals, multiplexers and ssh eat these (design d.4). `^Z` answers with the leave prompt.
    #[test]
    fn keys_that_never_arrive_are_not_bound() {
        let swallowed = ["^S", "^Q", "^\\", "^A", "^B", "^P", "Enter ~"];
        for row in TABLE {
            assert!(row.keys.iter().all(|key| !swallowed.contains(key)), "{row:?}");
        }
    }
}
