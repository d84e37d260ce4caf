//! What can be asked about orders from outside, by names and texts, and the command each becomes.

use super::order_text::{OrderText, OrderTextError, Owner, instrument, kind, number, optional, order_id};
use super::scope_name::ScopeName;
use crate::model::{
    BatchDecision, BatchId, BatchKind, Class, Command, DisplayText, Expiry, InstrumentId, Mode, Moneyness,
    NetQty, NewBatch, OnFailure, OptionLeg, OptionsOrder, OrderChange, OrderKind, Price, Qty, Reason, Right,
    Side, SmartOrder, SplitOrder, TimeInForce, Timestamp, Verdict,
};
use crate::state::{Genesis, State};
use chrono::DateTime;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One of the operations on orders, with who asks in whose name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderAsk {
    /// `manual` where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<DisplayText>,
    /// The mode the sender believes the engine to be in: in another the order is denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// The reason in a word.
    #[serde(default = "order_label")]
    pub label: DisplayText,
    /// Only asks the gate; nothing is sent. Single orders only.
    #[serde(default)]
    pub dry_run: bool,
    pub ask: Operation,
}

/// The operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    Place {
        order: OrderText,
    },
    /// An entry and the exits that protect what it fills: a stop, and a target where there is one.
    Bracket {
        order: OrderText,
        stop: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        target: Option<String>,
    },
    /// Two orders of one quantity: the fills of one shrink the other.
    Oco {
        one: OrderText,
        other: OrderText,
    },
    /// Bring the strategy's position to a target.
    Smart {
        symbol: DisplayText,
        target: String,
        #[serde(default)]
        price: Option<String>,
        #[serde(default)]
        tif: Option<TimeInForce>,
    },
    Basket {
        legs: Vec<OrderText>,
        #[serde(default)]
        on_failure: OnFailure,
    },
    Split {
        order: OrderText,
        each: String,
    },
    Options {
        underlying: DisplayText,
        legs: Vec<OptionText>,
        #[serde(default)]
        tif: Option<TimeInForce>,
        #[serde(default)]
        on_failure: OnFailure,
    },
    /// What is not said stays as it is.
    Modify {
        order: String,
        #[serde(default)]
        qty: Option<String>,
        #[serde(default)]
        price: Option<String>,
        #[serde(default)]
        trigger: Option<String>,
    },
    Cancel {
        order: String,
    },
    CancelAll {
        #[serde(default)]
        scope: ScopeName,
    },
    /// Close one position of a strategy.
    Close {
        symbol: DisplayText,
    },
    /// Close every position of a scope.
    CloseAll {
        scope: ScopeName,
    },
    /// Settle a batch that has stopped.
    Decide {
        batch: String,
        decision: BatchDecision,
    },
    /// Say what became of an order of unknown fate.
    Settle {
        order: String,
        verdict: Verdict,
        #[serde(default)]
        reason: DisplayText,
    },
}

/// One option by its offset from the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionText {
    pub side: Side,
    pub qty: String,
    /// `atm`, `itm1` …, `otm1` ….
    pub offset: String,
    pub right: Right,
    /// `nearest`, `next`, or the day as `2024-08-30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
}

fn order_label() -> DisplayText {
    DisplayText::new("order command")
}

impl Default for OrderAsk {
    fn default() -> Self {
        let ask = Operation::CancelAll { scope: ScopeName::All };
        Self { strategy: None, mode: None, label: order_label(), dry_run: false, ask }
    }
}

impl OrderAsk {
    /// By the order its legs are sent in, which leg each is as it was asked for; empty where that is the same.
    pub fn sent_order(&self) -> Vec<u16> {
        let Operation::Options { legs, .. } = &self.ask else { return Vec::new() };
        let of =
            |side: Side| (0_u16..).zip(legs).filter(move |(_, leg)| leg.side == side).map(|(leg, _)| leg);
        of(Side::Buy).chain(of(Side::Sell)).collect()
    }

    /// The command these words mean in a running engine; the error names the field that does not.
    pub fn read(&self, state: &State) -> Result<Command, OrderTextError> {
        let owner = Owner::of(state, self.strategy.as_ref(), self.mode, self.label.as_str())?;
        let genesis = state.genesis();
        match &self.ask {
            Operation::Place { order } => Ok(Command::Submit { order: order.read(genesis, owner)? }),
            Operation::Bracket { order, stop, target } => Ok(Command::Bracket {
                entry: order.read(genesis, owner)?,
                stop: number("stop", stop)?,
                target: optional("target", target.as_deref())?,
            }),
            Operation::Oco { one, other } => Ok(Command::Oco {
                one: one.read(genesis, owner).map_err(|error| error.in_leg(0))?,
                other: other.read(genesis, owner).map_err(|error| error.in_leg(1))?,
            }),
            Operation::Smart { symbol, target, price, tif } => smart(genesis, owner, symbol, target)
                .and_then(|order| with_price(order, price.as_deref(), *tif))
                .map(|order| Command::Smart { order }),
            Operation::Basket { legs, on_failure } => basket(genesis, owner, legs, *on_failure),
            Operation::Split { order, each } => {
                let (parent, each) = (order.read(genesis, owner)?, number::<Qty>("each", each)?);
                if each.is_zero() {
                    return Err(OrderTextError::new("each", &"0: expected more"));
                }
                Ok(Command::Split { order: SplitOrder { parent, each } })
            }
            Operation::Options { underlying, legs, tif, on_failure } => {
                let underlying = instrument(genesis, "underlying", underlying)?;
                let legs = option_legs(genesis, underlying, legs)?;
                let Owner { strategy, mode, label } = owner;
                let (tif, on_failure) = (tif.unwrap_or(TimeInForce::Ioc), *on_failure);
                let order = OptionsOrder { strategy, underlying, legs, tif, mode, on_failure, label };
                Ok(Command::Options { order: Arc::new(order) })
            }
            Operation::Modify { order, qty, price, trigger } => {
                let said = Said { qty: qty.as_deref(), price: price.as_deref(), trigger: trigger.as_deref() };
                modify(state, order, &said)
            }
            Operation::Cancel { order } => Ok(Command::Cancel { order: order_id(order)? }),
            Operation::CancelAll { scope } => Ok(Command::CancelAll { scope: resolve(genesis, scope)? }),
            Operation::Close { symbol } => {
                let instrument = instrument(genesis, "symbol", symbol)?;
                Ok(Command::Close { strategy: owner.strategy, instrument })
            }
            Operation::CloseAll { scope } => Ok(Command::CloseAll { scope: resolve(genesis, scope)? }),
            Operation::Decide { batch, decision } => {
                Ok(Command::Decide { batch: batch_id(batch)?, decision: *decision })
            }
            Operation::Settle { order, verdict, reason } => {
                let reason = Reason::new(reason.as_str());
                Ok(Command::Resolve { order: order_id(order)?, verdict: *verdict, reason })
            }
        }
    }
}

fn resolve(genesis: &Genesis, scope: &ScopeName) -> Result<crate::model::Scope, OrderTextError> {
    scope.resolve(genesis).map_err(|unknown| OrderTextError::new("scope", &unknown))
}

fn smart(
    genesis: &Genesis,
    owner: Owner,
    symbol: &DisplayText,
    target: &str,
) -> Result<SmartOrder, OrderTextError> {
    let Owner { strategy, mode, label } = owner;
    let (kind, tif) = (OrderKind::Market, TimeInForce::Ioc);
    let instrument = instrument(genesis, "symbol", symbol)?;
    let target = number::<NetQty>("target", target)?;
    Ok(SmartOrder { strategy, instrument, target, kind, tif, mode, label })
}

fn with_price(
    order: SmartOrder,
    price: Option<&str>,
    tif: Option<TimeInForce>,
) -> Result<SmartOrder, OrderTextError> {
    let kind = kind(price, None, None)?;
    let default = if kind == OrderKind::Market { TimeInForce::Ioc } else { TimeInForce::Gtc };
    Ok(SmartOrder { kind, tif: tif.unwrap_or(default), ..order })
}

fn basket(
    genesis: &Genesis,
    owner: Owner,
    legs: &[OrderText],
    on_failure: OnFailure,
) -> Result<Command, OrderTextError> {
    let read =
        |(index, leg): (usize, &OrderText)| leg.read(genesis, owner).map_err(|error| error.in_leg(index));
    let legs = legs.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    if legs.is_empty() {
        let problem = format!("none; expected 1 to {}", NewBatch::MOST_LEGS);
        return Err(OrderTextError::new("legs", &problem));
    }
    let Owner { strategy, mode, label } = owner;
    let batch = NewBatch { kind: BatchKind::Basket, strategy, mode, legs, on_failure, label };
    Ok(Command::Basket { batch: Arc::new(batch) })
}

fn option_legs(
    genesis: &Genesis,
    underlying: InstrumentId,
    legs: &[OptionText],
) -> Result<Vec<OptionLeg>, OrderTextError> {
    let read = |leg: &OptionText| {
        Ok(OptionLeg {
            expiry: expiry(genesis, underlying, leg.expiry.as_deref())?,
            offset: offset(&leg.offset)?,
            right: leg.right,
            side: leg.side,
            qty: number("qty", &leg.qty)?,
        })
    };
    let listed = |of: InstrumentId| {
        let is_of =
            move |class: &Class| matches!(class, Class::Option { underlying, .. } if *underlying == of);
        genesis.instruments.iter().any(|one| is_of(&one.listing.class))
    };
    if !listed(underlying) {
        let symbol = genesis.instrument(underlying).map_or("?", |one| one.symbol.as_str());
        let with: Vec<String> = genesis
            .instruments
            .iter()
            .filter(|one| listed(one.id))
            .map(|one| one.symbol.to_string())
            .collect();
        let there = if with.is_empty() {
            "none in this run".to_owned()
        } else {
            format!("those on {}", with.join(", "))
        };
        let problem = format!("no options are listed on {symbol}; there are {there}");
        return Err(OrderTextError::new("underlying", &problem));
    }
    let in_leg = |(index, leg)| read(leg).map_err(|error: OrderTextError| error.in_leg(index));
    legs.iter().enumerate().map(in_leg).collect()
}

fn offset(text: &str) -> Result<Moneyness, OrderTextError> {
    let word = text.to_ascii_lowercase();
    let count = |digits: &str| digits.parse::<u8>().ok().filter(|count| *count > 0);
    let found = match word.as_str() {
        "atm" => Some(Moneyness::Atm),
        itm if itm.starts_with("itm") => itm.strip_prefix("itm").and_then(count).map(Moneyness::Itm),
        otm => otm.strip_prefix("otm").and_then(count).map(Moneyness::Otm),
    };
    let problem = format!("{text:?}: expected atm, itm1 to itm255 or otm1 to otm255");
    found.ok_or_else(|| OrderTextError::new("offset", &problem))
}

/// An expiry by its word or its day. A day on which two contracts end is not said precisely enough.
fn expiry(genesis: &Genesis, underlying: InstrumentId, text: Option<&str>) -> Result<Expiry, OrderTextError> {
    match text {
        None | Some("nearest") => return Ok(Expiry::Nearest),
        Some("next") => return Ok(Expiry::Next),
        Some(_) => {}
    }
    let mut listed: Vec<Timestamp> = genesis
        .instruments
        .iter()
        .filter(|one| matches!(one.listing.class, Class::Option { underlying: of, .. } if of == underlying))
        .filter_map(|one| one.listing.class.expiry())
        .collect();
    listed.sort_unstable();
    listed.dedup();
    let matching: Vec<Timestamp> =
        listed.iter().copied().filter(|at| Some(day(*at).as_str()) == text).collect();
    if let [at] = matching[..] {
        return Ok(Expiry::At(at));
    }
    let known: Vec<String> = listed.into_iter().map(day).collect();
    let problem = format!("{:?}: expected nearest, next or one of {}", text.unwrap_or(""), known.join(", "));
    Err(OrderTextError::new("expiry", &problem))
}

fn day(at: Timestamp) -> String {
    DateTime::from_timestamp_nanos(at.nanos()).format("%Y-%m-%d").to_string()
}

/// What a modification says.
struct Said<'a> {
    qty: Option<&'a str>,
    price: Option<&'a str>,
    trigger: Option<&'a str>,
}

fn modify(state: &State, order: &str, said: &Said<'_>) -> Result<Command, OrderTextError> {
    let id = order_id(order)?;
    let known = state.orders.get(id);
    let request =
        known.ok_or_else(|| OrderTextError::new("order", &format!("there is no order {order}")))?.request;
    let (price, trigger) = (optional("price", said.price)?, optional("trigger", said.trigger)?);
    let qty: Qty = optional("qty", said.qty)?.unwrap_or(request.qty);
    if qty.is_zero() {
        return Err(OrderTextError::new("qty", &"0: expected more; `cancel` takes an order away"));
    }
    let change = OrderChange { qty, kind: changed(request.kind, price, trigger)? };
    Ok(Command::Replace { order: id, change })
}

/// The kind with other prices, where it has them.
fn changed(
    kind: OrderKind,
    price: Option<Price>,
    trigger: Option<Price>,
) -> Result<OrderKind, OrderTextError> {
    let has_none = |field, what| Err(OrderTextError::new(field, &format!("the order has no {what}")));
    match kind {
        OrderKind::Market | OrderKind::Stop { .. } | OrderKind::TrailingStop { .. } if price.is_some() => {
            has_none("price", "limit price")
        }
        OrderKind::Market | OrderKind::Limit { .. } if trigger.is_some() => has_none("trigger", "trigger"),
        OrderKind::Market => Ok(OrderKind::Market),
        OrderKind::Limit { price: old } => Ok(OrderKind::Limit { price: price.unwrap_or(old) }),
        OrderKind::Stop { trigger: old } => Ok(OrderKind::Stop { trigger: trigger.unwrap_or(old) }),
        OrderKind::StopLimit { trigger: old_trigger, price: old_price } => Ok(OrderKind::StopLimit {
            trigger: trigger.unwrap_or(old_trigger),
            price: price.unwrap_or(old_price),
        }),
        OrderKind::TrailingStop { trigger: old, trail } => {
            Ok(OrderKind::TrailingStop { trigger: trigger.unwrap_or(old), trail })
        }
    }
}

/// A batch's number as screens show it: `B-1` or `1`.
fn batch_id(text: &str) -> Result<BatchId, OrderTextError> {
    let number = text.strip_prefix("B-").unwrap_or(text).parse::<u32>().ok().filter(|number| *number > 0);
    let problem = || OrderTextError::new("batch", &format!("{text:?}: expected a number as in B-1"));
    number.map(BatchId).ok_or_else(problem)
}
