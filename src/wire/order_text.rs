//! An order in the words of a human or a script: names and decimals as text, read once, never guessed.

use super::scope_name::{UnknownName, known_strategies};
use crate::model::{
    DisplayText, InstrumentId, Label, Mode, NewOrder, OrderId, OrderKind, Price, Qty, Side, StrategyId,
    TimeInForce,
};
use crate::state::{Genesis, State};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// An order as it is written. Its type follows from its prices: none is a market order, `price` a limit, `trigger` a stop,
/// both a stop-limit, `trail` with `trigger` a trailing stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderText {
    pub side: Side,
    pub qty: String,
    pub symbol: DisplayText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<String>,
    /// IOC for a market order and GTC for every other, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tif: Option<TimeInForce>,
    #[serde(default)]
    pub post_only: bool,
    #[serde(default)]
    pub reduce_only: bool,
}

/// A text that cannot be read, or a name that is unknown: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{field}: {problem}", .leg.map_or(String::new(), |leg| format!("leg {}: ", leg + 1)))]
pub struct OrderTextError {
    /// Of a batch, the leg it stands in, counted from 0.
    pub leg: Option<u16>,
    pub field: &'static str,
    pub problem: String,
}

/// Whose orders they are and in which mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub(super) strategy: StrategyId,
    pub(super) mode: Mode,
    pub(super) label: Label,
}

impl OrderTextError {
    pub(super) fn new(field: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self { leg: None, field, problem: problem.to_string() }
    }

    pub(super) fn in_leg(self, leg: usize) -> Self {
        Self { leg: u16::try_from(leg).ok(), ..self }
    }
}

impl Owner {
    /// Who asks, in the mode the engine is in, unless another was expected: then the gate denies it.
    pub(super) fn of(
        state: &State,
        strategy: Option<&DisplayText>,
        mode: Option<Mode>,
        label: &str,
    ) -> Result<Self, OrderTextError> {
        let strategy = match strategy {
            Some(name) => known_strategies(state.genesis(), name.as_str())
                .map_err(|unknown| OrderTextError::new("strategy", &unknown))?,
            None => StrategyId::MANUAL,
        };
        Ok(Self { strategy, mode: mode.unwrap_or(state.control.mode), label: Label::new(label) })
    }
}

impl OrderText {
    /// The order these words mean.
    pub(super) fn read(&self, genesis: &Genesis, owner: Owner) -> Result<NewOrder, OrderTextError> {
        let kind = self.kind()?;
        let default = if kind == OrderKind::Market { TimeInForce::Ioc } else { TimeInForce::Gtc };
        Ok(NewOrder {
            strategy: owner.strategy,
            instrument: instrument(genesis, "symbol", &self.symbol)?,
            side: self.side,
            qty: number::<Qty>("qty", &self.qty)?,
            kind,
            tif: self.tif.unwrap_or(default),
            post_only: self.post_only,
            reduce_only: self.reduce_only,
            mode: owner.mode,
            label: owner.label,
        })
    }

    fn kind(&self) -> Result<OrderKind, OrderTextError> {
        kind(self.price.as_deref(), self.trigger.as_deref(), self.trail.as_deref())
    }
}

/// The order type that follows from the prices that are said.
pub(super) fn kind(
    price: Option<&str>,
    trigger: Option<&str>,
    trail: Option<&str>,
) -> Result<OrderKind, OrderTextError> {
    let price = optional::<Price>("price", price)?;
    let trigger = optional::<Price>("trigger", trigger)?;
    let trail = optional::<Price>("trail", trail)?;
    match (price, trigger, trail) {
        (None, None, None) => Ok(OrderKind::Market),
        (Some(price), None, None) => Ok(OrderKind::Limit { price }),
        (None, Some(trigger), None) => Ok(OrderKind::Stop { trigger }),
        (Some(price), Some(trigger), None) => Ok(OrderKind::StopLimit { trigger, price }),
        (None, Some(trigger), Some(trail)) => Ok(OrderKind::TrailingStop { trigger, trail }),
        (Some(_), _, Some(_)) => Err(OrderTextError::new("trail", &"a trailing stop has no limit price")),
        (None, None, Some(_)) => {
            Err(OrderTextError::new("trail", &"a trailing stop needs the trigger it starts from"))
        }
    }
}

/// A number as it is written; a text that is none is an error and never a default.
pub(super) fn number<T: FromStr>(field: &'static str, text: &str) -> Result<T, OrderTextError>
where
    T::Err: ToString,
{
    text.parse()
        .map_err(|error: T::Err| OrderTextError::new(field, &format!("{text:?}: {}", error.to_string())))
}

pub(super) fn optional<T: FromStr>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, OrderTextError>
where
    T::Err: ToString,
{
    text.map(|text| number(field, text)).transpose()
}

/// The instrument of a symbol, or which there are.
pub(super) fn instrument(
    genesis: &Genesis,
    field: &'static str,
    symbol: &DisplayText,
) -> Result<InstrumentId, OrderTextError> {
    genesis.instrument_named(symbol.as_str()).ok_or_else(|| {
        let known = genesis.instruments.iter().map(|one| one.symbol.to_string()).collect();
        let unknown = UnknownName { what: "instrument", name: symbol.clone(), known };
        OrderTextError::new(field, &unknown)
    })
}

/// An order's number as screens show it: `A-12`, `L-12` or `12`.
pub(super) fn order_id(text: &str) -> Result<OrderId, OrderTextError> {
    let digits = text.strip_prefix("A-").or_else(|| text.strip_prefix("L-")).unwrap_or(text);
    let number = digits.parse::<u32>().ok().filter(|number| *number > 0);
    let problem = || OrderTextError::new("order", &format!("{text:?}: expected a number as in A-12"));
    number.map(OrderId::new).ok_or_else(problem)
}
