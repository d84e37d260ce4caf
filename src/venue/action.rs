//! What happens at a venue without a client having asked: by a line of its script or by its operator.

use super::answers::Answers;
use super::endpoint::Endpoint;
use super::fault::Fault;
use crate::model::{OrderKind, Price, Qty, Side};
use std::time::Duration;

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// The broker's session has ended: 403 everywhere, and a stream that says nothing.
    Logout,
    Login,
    /// The other account answers.
    Mode(Answers),
    /// Orders wait for a human; or no longer do.
    SemiAuto(bool),
    /// The human lets what waits go.
    Approve,
    /// The stream is connected and says nothing for so long.
    Mute(Duration),
    /// Every stream is cut.
    CutStreams,
    /// The books answer for so long as they were.
    Stale(Duration),
    /// Nobody is reached for so long.
    Down(Duration),
    /// Another client of the account places an order.
    Foreign(Box<Foreign>),
    /// Another client of the account cancels everything that is open.
    ForeignCancel,
    /// From now on every call of an endpoint goes wrong so.
    Begin(Endpoint, Fault),
    /// No longer.
    End(Endpoint),
    /// What a seed lets go wrong ends; what a script has still comes.
    Calm,
    /// Only written down.
    Note(String),
}

/// An order of another client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) side: Side,
    pub(super) qty: Qty,
    pub(super) symbol: String,
    pub(super) exchange: String,
    pub(super) product: String,
    pub(super) kind: OrderKind,
}

/// The words of all of them.
pub(super) const WORDS: &str = "logout | login | mode analyze|live | semi-auto on|off | approve | mute MS | cut | stale \
    MS | down MS | foreign BUY|SELL QTY SYMBOL EXCHANGE PRODUCT [LIMIT] | foreign-cancel | begin ENDPOINT FAULT [NUMBER] | end \
    ENDPOINT | calm | note TEXT";

impl Action {
    /// Reads one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let wrong = || format!("no action {text:?}; expected {WORDS}");
        let millis = |text: &str| {
            let number: Result<u64, _> = text.parse();
            number.map(Duration::from_millis).map_err(|error| format!("{text:?}: {error}"))
        };
        Ok(match words.as_slice() {
            ["logout"] => Self::Logout,
            ["login"] => Self::Login,
            ["mode", mode] => Self::Mode(mode.parse()?),
            ["semi-auto", "on"] => Self::SemiAuto(true),
            ["semi-auto", "off"] => Self::SemiAuto(false),
            ["approve"] => Self::Approve,
            ["mute", text] => Self::Mute(millis(text)?),
            ["cut"] => Self::CutStreams,
            ["stale", text] => Self::Stale(millis(text)?),
            ["down", text] => Self::Down(millis(text)?),
            ["foreign", order @ ..] => Self::Foreign(Box::new(foreign(order).ok_or_else(wrong)?)),
            ["foreign-cancel"] => Self::ForeignCancel,
            ["begin", endpoint, fault] => Self::Begin(known(endpoint)?, Fault::read(fault, None)?),
            ["begin", endpoint, fault, number] => {
                let number = number.parse().map_err(|error| format!("{number:?}: {error}"))?;
                Self::Begin(known(endpoint)?, Fault::read(fault, Some(number))?)
            }
            ["end", endpoint] => Self::End(known(endpoint)?),
            ["calm"] => Self::Calm,
            ["note", ..] => Self::Note(text.to_owned()),
            _ => return Err(wrong()),
        })
    }
}

fn known(name: &str) -> Result<Endpoint, String> {
    Endpoint::named(name).ok_or_else(|| format!("no endpoint {name:?}"))
}

fn foreign(words: &[&str]) -> Option<Foreign> {
    let (side, qty, symbol, exchange, product, limit) = match words {
        [side, qty, symbol, exchange, product] => (side, qty, symbol, exchange, product, None),
        [side, qty, symbol, exchange, product, limit] => (side, qty, symbol, exchange, product, Some(limit)),
        _ => return None,
    };
    let price = limit.map(|limit| limit.parse::<Price>()).transpose().ok()?;
    Some(Foreign {
        side: match *side {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return None,
        },
        qty: qty.parse().ok()?,
        symbol: (*symbol).to_owned(),
        exchange: (*exchange).to_owned(),
        product: (*product).to_owned(),
        kind: price.map_or(OrderKind::Market, |price| OrderKind::Limit { price }),
    })
}
