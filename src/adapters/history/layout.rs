//! Which columns a file has and what they mean, from its header.

use super::clock::Unit;

/// What a row of the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bars,
    Quotes,
    Trades,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// When the row is of: the open of a bar; else when the venue said it.
    Time,
    /// When it was received, by the recorder's clock.
    Received,
    Open,
    High,
    Low,
    Close,
    Volume,
    Bid,
    Ask,
    BidQty,
    AskQty,
    Price,
    Qty,
    Aggressor,
    /// Not read.
    Other,
}

/// The columns of a file, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) kind: Kind,
    pub(super) roles: Vec<Role>,
    /// The time's unit, where its column's name says so.
    pub(super) unit: Option<Unit>,
    pub(super) has_received: bool,
}

/// Names of time columns, the better first: of two the venue's clock is taken, and the matching's before the message's.
const TIMES: &[&str] = &[
    "ts_open_ns",
    "txn_ts_ns",
    "ts_ns",
    "event_ts_ns",
    "open_time",
    "timestamp",
    "datetime",
    "date",
    "time",
    "ts",
    "recv_ts_ns",
];

impl Role {
    /// Whether it holds a decimal number.
    #[inline]
    pub(super) const fn is_decimal(self) -> bool {
        match self {
            Self::Open
            | Self::High
            | Self::Low
            | Self::Close
            | Self::Volume
            | Self::Bid
            | Self::Ask
            | Self::BidQty
            | Self::AskQty
            | Self::Price
            | Self::Qty => true,
            Self::Time | Self::Received | Self::Aggressor | Self::Other => false,
        }
    }

    /// The name in an error.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Received => "recv_ts_ns",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::Bid => "bid",
            Self::Ask => "ask",
            Self::BidQty => "bid_qty",
            Self::AskQty => "ask_qty",
            Self::Price => "price",
            Self::Qty => "qty",
            Self::Aggressor => "aggressor",
            Self::Other => "row",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "open" | "o" => Self::Open,
            "high" | "h" => Self::High,
            "low" | "l" => Self::Low,
            "close" | "c" => Self::Close,
            "volume" | "vol" | "v" => Self::Volume,
            "bid" | "bid_price" => Self::Bid,
            "ask" | "ask_price" => Self::Ask,
            "bid_qty" | "bid_size" => Self::BidQty,
            "ask_qty" | "ask_size" => Self::AskQty,
            "price" => Self::Price,
            "qty" | "size" | "amount" | "quantity" => Self::Qty,
            "aggressor" | "side" => Self::Aggressor,
            _ => Self::Other,
        }
    }
}

impl Layout {
    /// Reads a header; the error says what is missing.
    pub(super) fn of(header: &[String]) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let stem = |name: &str| {
            ["_ns", "_us", "_ms", "_s"]
                .iter()
                .find_map(|end| name.strip_suffix(end))
                .unwrap_or(name)
                .to_owned()
        };
        let time = TIMES
            .iter()
            .find_map(|wanted| names.iter().position(|name| name == wanted || stem(name) == *wanted));
        let mut roles: Vec<Role> = names.iter().map(|name| Role::of(name)).collect();
        let has = |wanted: &[Role], roles: &[Role]| wanted.iter().all(|role| roles.contains(role));
        let kind = if has(&[Role::Open, Role::High, Role::Low, Role::Close], &roles) {
            Kind::Bars
        } else if has(&[Role::Bid, Role::Ask], &roles) {
            Kind::Quotes
        } else if has(&[Role::Price, Role::Qty], &roles) {
            Kind::Trades
        } else {
            return Err(format!(
                "columns {}: neither bars (open, high, low, close, volume), quotes (bid, ask) nor trades (price, qty)",
                shown(header)
            ));
        };
        let Some(time) = time else {
            return Err(format!(
                "columns {}: no time column; expected one of {}",
                shown(header),
                TIMES.join(", ")
            ));
        };
        for (index, role) in roles.iter_mut().enumerate() {
            let twice = names.iter().take(index).any(|name| Some(name) == names.get(index));
            if twice {
                return Err(format!("columns {}: `{}` stands twice", shown(header), role.name()));
            }
            if !belongs(kind, *role) {
                *role = Role::Other;
            }
            if index == time {
                *role = Role::Time;
            } else if names.get(index).is_some_and(|name| name == "recv_ts_ns") {
                *role = Role::Received;
            }
        }
        let unit = names.get(time).and_then(|name| Unit::of_name(name));
        let has_received = roles.contains(&Role::Received);
        Ok(Self { kind, roles, unit, has_received })
    }
}

fn belongs(kind: Kind, role: Role) -> bool {
    match role {
        Role::Open | Role::High | Role::Low | Role::Close | Role::Volume => kind == Kind::Bars,
        Role::Bid | Role::Ask | Role::BidQty | Role::AskQty => kind == Kind::Quotes,
        Role::Price | Role::Qty | Role::Aggressor => kind == Kind::Trades,
        Role::Time | Role::Received | Role::Other => true,
    }
}

fn shown(header: &[String]) -> String {
    let names: Vec<String> =
        header.iter().take(20).map(|name| format!("`{}`", crate::model::DisplayText::new(name))).collect();
    names.join(", ")
}
