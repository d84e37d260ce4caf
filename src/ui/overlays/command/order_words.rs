//! `buy 0.01 BTCUSDT @61700 ioc`: words into a filled ticket, which a human still has to send.

use super::names::{instrument, strategy};
use super::words::usage;
use crate::model::{Side, StrategyId, TimeInForce};
use crate::ui::effect::{Effect, TicketWords};
use crate::ui::view::View;

/// The ticket of these words. Numbers go into their fields as they were typed; the ticket judges them.
pub(super) fn ticket(side: Side, words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let command = side.as_str().to_ascii_lowercase();
    let [qty, symbol, rest @ ..] = words else { return Err(usage(&command)) };
    let mut ticket = TicketWords {
        strategy: StrategyId::MANUAL,
        instrument: instrument(symbol, view)?,
        side,
        tif: TimeInForce::Gtc,
        qty: (*qty).to_owned(),
        price: None,
        trigger: None,
        post_only: false,
        reduce_only: false,
    };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        match (word.strip_prefix('@'), word.strip_prefix('^'), *word) {
            (Some(price), _, _) => ticket.price = Some(price.to_owned()),
            (_, Some(trigger), _) => ticket.trigger = Some(trigger.to_owned()),
            (_, _, "ioc") => ticket.tif = TimeInForce::Ioc,
            (_, _, "day") => ticket.tif = TimeInForce::Day,
            (_, _, "gtc") => ticket.tif = TimeInForce::Gtc,
            (_, _, "post") => ticket.post_only = true,
            (_, _, "reduce") => ticket.reduce_only = true,
            (_, _, "as") => ticket.strategy = strategy(rest.next().ok_or("as whom? as STRATEGY")?, view)?,
            (_, _, other) => {
                return Err(format!(
                    "'{other}' is no word of an order: @PRICE ^TRIGGER ioc day gtc post reduce as"
                ));
            }
        }
    }
    Ok(Effect::Ticket(Box::new(ticket)))
}
