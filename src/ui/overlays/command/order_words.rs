//! `buy 0.01 BTCUSDT @61700 ioc`: words into a filled ticket, which a human still has to send.

use super::parse::{instrument, strategy, usage};
use crate::model::{Side, TimeInForce};
use crate::ui::effect::Effect;
use crate::ui::overlays::ticket::{Draft, Kind, Ticket};
use crate::ui::view::View;

/// The ticket of these words. Numbers go into their fields as they were typed; the ticket judges them.
pub(super) fn ticket(side: Side, words: &[&str], view: &View<'_>) -> Result<Effect, String> {
    let word = side.as_str().to_ascii_lowercase();
    let [qty, symbol, rest @ ..] = words else { return Err(usage(&word)) };
    let instrument = instrument(symbol, view)?;
    let mut draft = Draft::new(side, instrument, None);
    draft.kind = Kind::Market;
    draft.qty.set(qty);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        if let Some(price) = word.strip_prefix('@') {
            draft.price.set(price);
            draft.kind = if draft.kind == Kind::StopMarket { Kind::StopLimit } else { Kind::Limit };
            continue;
        }
        if let Some(trigger) = word.strip_prefix('^') {
            draft.trigger.set(trigger);
            draft.kind = if draft.kind == Kind::Limit { Kind::StopLimit } else { Kind::StopMarket };
            continue;
        }
        match *word {
            "ioc" => draft.tif = TimeInForce::Ioc,
            "day" => draft.tif = TimeInForce::Day,
            "gtc" => draft.tif = TimeInForce::Gtc,
            "post" => draft.post_only = true,
            "reduce" => draft.reduce_only = true,
            "as" => draft.strategy = strategy(rest.next().ok_or("as whom? as STRATEGY")?, view)?,
            other => {
                return Err(format!(
                    "'{other}' is no word of an order: @PRICE ^TRIGGER ioc day gtc post reduce as"
                ));
            }
        }
    }
    Ok(Effect::Show(Box::new(Ticket::filled(draft, view))))
}
