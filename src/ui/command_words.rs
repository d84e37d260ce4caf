//! Commands, changes and refusals in a few words: the same in a notice, in the log and in a ticket.

use crate::model::{BatchDecision, Command, OrderChange, OrderKind, Refusal};

/// A refusal in words.
pub(super) fn refusal_words(refusal: Refusal) -> String {
    refusal.to_string()
}

/// A command in a few words, for its notice.
pub(super) fn command_words(command: &Command) -> String {
    match command {
        Command::Submit { order } => format!("{} {}", order.side, order.qty),
        Command::Cancel { order } => format!("cancel {}", order.get()),
        Command::CancelAll { .. } => "cancel all".to_owned(),
        Command::Close { .. } => "close".to_owned(),
        Command::Kill { level, .. } => format!("KILL K{}", level.number()),
        Command::Resume { .. } => "resume".to_owned(),
        Command::Arm { .. } => "arm".to_owned(),
        Command::Disarm { .. } => "pause".to_owned(),
        Command::SetMode { mode } => format!("mode {}", mode.as_str()),
        Command::ArmLive { .. } => "arm LIVE".to_owned(),
        Command::Replace { .. } => "modify".to_owned(),
        Command::Smart { order } => format!("target {}", order.target),
        Command::Basket { batch } => format!("{} of {}", batch.kind.as_str(), batch.legs.len()),
        Command::Split { order } => {
            format!("split {} {} by {}", order.parent.side, order.parent.qty, order.each)
        }
        Command::Options { order } => format!("options, {} legs", order.legs.len()),
        Command::Decide { decision, .. } => match decision {
            BatchDecision::Complete => "complete",
            BatchDecision::Unwind => "unwind",
            BatchDecision::Leave => "leave",
        }
        .to_owned(),
        Command::Bracket { entry, .. } => format!("bracket {} {}", entry.side, entry.qty),
        Command::Oco { .. } => "oco".to_owned(),
        Command::CloseAll { .. } => "close all".to_owned(),
        Command::Resolve { .. } => "resolve".to_owned(),
        Command::Claim { qty, .. } => format!("claim {qty}"),
        Command::SetLimit { to, .. } => format!("limit {to}"),
        Command::ConfirmLimit { .. } => "confirm limit".to_owned(),
        Command::Acknowledge { alert } => format!("alert {alert}"),
        Command::Reconcile => "reconcile".to_owned(),
        Command::AcceptDifference { line, .. } => format!("accept line {line}"),
    }
}

/// What an order is changed to, in a few words.
pub(super) fn change_words(change: &OrderChange) -> String {
    let price = match change.kind {
        OrderKind::Market => String::new(),
        OrderKind::Limit { price } => format!(" @{price}"),
        OrderKind::Stop { trigger } => format!(" trigger {trigger}"),
        OrderKind::StopLimit { trigger, price } => format!(" @{price} trigger {trigger}"),
        OrderKind::TrailingStop { trigger, trail } => format!(" trigger {trigger} trail {trail}"),
    };
    format!("{} {}{price}", change.kind.as_str(), change.qty)
}
