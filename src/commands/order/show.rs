//! Shows what became of an operation on orders.

use crate::commands::answer::{exit_of, order_line};
use crate::commands::exit::Exit;
use crate::commands::output;
use crate::model::{DisplayText, OrderStatus};
use crate::serve::DoorReply;
use crate::wire::{FindingRow, LegRow, OrderOutcome, OrderReply, OrderRow};

/// Shows it; `places` says where each leg of a batch was written.
pub(super) fn show(reply: &DoorReply, json: bool, places: &[String]) -> anyhow::Result<Exit> {
    if json {
        output::json(reply)?;
        return Ok(exit(reply));
    }
    let rows = reply.order.as_deref().map(rows).unwrap_or_default();
    if reply.ok {
        let told = reply.order.as_deref().map_or_else(|| "done".to_owned(), sentence);
        output::text(format!("{told}{rows}"))?;
    } else {
        let why = reply.error.as_ref().map_or("not done", |error| error.as_str());
        let leg = reply.order.as_deref().and_then(|order| order.leg);
        let place = leg.and_then(|leg| places.get(usize::from(leg)));
        output::complain(format!("{}{why}{rows}", place.map_or(String::new(), |place| format!("{place}: "))));
    }
    Ok(exit(reply))
}

fn exit(reply: &DoorReply) -> Exit {
    match reply.order.as_deref().map(|order| order.outcome) {
        Some(OrderOutcome::Malformed) => Exit::Usage,
        Some(_) | None => exit_of(reply),
    }
}

/// What was done, in words.
fn sentence(reply: &OrderReply) -> String {
    let name = |name: &Option<DisplayText>| name.as_ref().map_or("?".to_owned(), ToString::to_string);
    let (order, batch) = (name(&reply.order), name(&reply.batch));
    let count = reply.count.unwrap_or_default();
    let filled = filled(reply);
    match reply.outcome {
        OrderOutcome::Submitted => format!("{order} submitted; the venue has not answered yet"),
        OrderOutcome::Working => format!("{order} works{filled}"),
        OrderOutcome::Filled => format!("{order} filled{filled}"),
        OrderOutcome::PartlyFilled => format!("{order} ended partly filled{filled}"),
        OrderOutcome::Canceled => format!("{order} canceled{filled}"),
        OrderOutcome::Changed => format!("{order} changed{filled}"),
        OrderOutcome::Held => format!("{order} held by the engine"),
        OrderOutcome::CancelRequested => format!("{order} is being canceled; the venue has not answered yet"),
        OrderOutcome::ReplaceRequested => format!("{order} is being changed; the venue has not answered yet"),
        OrderOutcome::Done => format!("being canceled, orders: {count}; the venue has not answered yet"),
        OrderOutcome::Closing => format!("closing, positions not flat yet: {count}"),
        OrderOutcome::Closed => format!("closed, positions: {count}"),
        OrderOutcome::Began => format!("{batch} has begun and goes on"),
        OrderOutcome::Stopped => format!("{batch} has stopped"),
        OrderOutcome::Settled => format!("{order} is settled{filled}"),
        OrderOutcome::Decided => format!("{batch} is decided"),
        OrderOutcome::Completed => format!("{batch} completed"),
        OrderOutcome::WouldPass => "the gate would let it pass".to_owned(),
        OrderOutcome::Denied
        | OrderOutcome::Refused
        | OrderOutcome::Rejected
        | OrderOutcome::NotCanceled
        | OrderOutcome::NotChanged
        | OrderOutcome::NotClosed
        | OrderOutcome::Unknown
        | OrderOutcome::Malformed
        | OrderOutcome::WouldDeny => "not done".to_owned(),
    }
}

/// What has filled and at which price on average: `, 0.01 of 0.02 filled @61828.0`.
fn filled(reply: &OrderReply) -> String {
    let Some((filled, qty)) = reply.filled.as_ref().zip(reply.qty.as_ref()) else { return String::new() };
    let price = reply.price.as_ref().map(|price| format!(" @{price}")).unwrap_or_default();
    if reply.outcome == OrderOutcome::Filled {
        format!(" {filled}{price}")
    } else {
        format!(", {filled} of {qty} filled{price}")
    }
}

/// A line an order that made way for a close, a line a leg, or a line a rule of a dry run.
fn rows(reply: &OrderReply) -> String {
    let gone = reply.made_way.iter().map(made_way);
    let legs = reply.legs.iter().map(leg);
    let findings = reply.findings.iter().map(finding);
    gone.chain(legs).chain(findings).flat_map(|row| ["\n  ".to_owned(), row]).collect()
}

/// Its status says whether it has gone: what is asked to go may still fill.
fn made_way(row: &OrderRow) -> String {
    let what = if row.status == OrderStatus::Canceled { "canceled" } else { "cancel asked for" };
    format!("{what} to make way: {}", order_line(row))
}

fn leg(row: &LegRow) -> String {
    let order = row.order.as_ref().map(|order| format!(" {order}")).unwrap_or_default();
    let qty = row.qty.as_ref().map(|qty| format!(", {qty} filled")).unwrap_or_default();
    let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("leg {}{order} {}{qty}{why}", row.leg + 1, row.outcome.as_str().replace('_', " "))
}

fn finding(row: &FindingRow) -> String {
    let verdict = if row.pass { "pass" } else { "FAIL" };
    let FindingRow { rule, value, limit, detail, .. } = row;
    // A plain yes or no has no numbers.
    let numbers = match (value.as_str(), limit.as_str()) {
        ("-", "-") => String::new(),
        (value, "-") => value.to_owned(),
        (value, limit) => format!("{value} of {limit}"),
    };
    format!("{verdict} {rule:<16} {numbers} {detail}").trim_end().to_owned()
}
