//! Identities: interned numbers inside the process, UUIDs and venue texts where something leaves it.

use super::DisplayText;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Defines a transparent integer id.
macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// The id of this number.
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> $inner {
                self.0
            }
        }
    };
}

number_id! {
    /// The position of an event in its run's log: 1, 2, 3 … without holes.
    Seq(u64)
}
number_id! {
    /// An instrument, as its index in the run's list of instruments.
    InstrumentId(u16)
}
number_id! {
    /// A strategy, as its index in the run's list. 0 is `manual` (the operator), 1 is `external`.
    StrategyId(u16)
}
number_id! {
    /// An account orders go to, as its index in the run's list. 0 is the first, which every run has.
    AccountId(u8)
}
number_id! {
    /// An order of this run, counted from 1. Screens show it as `A-1` (analyze) or `L-1` (live).
    OrderId(u32)
}

impl InstrumentId {
    /// The index in a list of instruments.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The first account's name where there are several: no other has it.
pub const FIRST_NAME: &str = "main";

impl AccountId {
    /// The account every run has.
    pub const FIRST: Self = Self(0);

    /// The index in a list of accounts.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether it is the account every run has: the one that is not written down.
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }
}

impl StrategyId {
    /// The operator trading by hand.
    pub const MANUAL: Self = Self(0);
    /// Whatever this process did not send: visible, counted in risk, owned by no strategy.
    pub const EXTERNAL: Self = Self(1);

    /// The index in a list of strategies.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One start of the engine: 128 bits, unique for ever in live (UUID v7 from the shell), derived from the seed in a
/// deterministic run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RunId(u128);

impl RunId {
    /// From 128 bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// What the orders of a start are named after: the book's own id in its first one, another in each later one, so
    /// that no start can give a name that an earlier one may have given without a trace. `epoch` 0 is the first.
    #[must_use]
    pub fn of_start(self, epoch: u64) -> Self {
        Self(self.0 ^ u128::from(epoch).wrapping_mul(0xda94_2042_e4dd_58b5_94d0_49bb_1331_11eb))
    }
}

/// What we name an order towards a venue: a UUID (version 8) derived from its book (and from the start, after a crash)
/// and the order's number, so a replay makes the same ids and a restart never repeats one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientOrderId(u128);

impl ClientOrderId {
    /// The id of order `number` of a run: the high bits come from the run, the low 32 are the number.
    pub fn derive(run: RunId, number: OrderId) -> Self {
        const VERSION_8: u128 = 0x8 << 76;
        const VARIANT: u128 = 0b10 << 62;
        const FIXED: u128 = (0xf << 76) | (0b11 << 62) | 0xffff_ffff;
        Self((mix(run.0) & !FIXED) | VERSION_8 | VARIANT | u128::from(number.0))
    }

    /// The name that another order of the same run has.
    #[must_use]
    pub fn of_number(self, number: OrderId) -> Self {
        Self(self.0 & !0xffff_ffff | u128::from(number.0))
    }

    /// Whether it has the shape of ours, of whatever run: a UUID of version 8 whose variant is right. What another
    /// program sends to the same account is named otherwise by its adapter.
    pub const fn is_our_kind(self) -> bool {
        (self.0 >> 76) & 0xf == 0x8 && (self.0 >> 62) & 0b11 == 0b10
    }

    /// The number in a name of our kind, whosever it is.
    pub fn number(self) -> OrderId {
        OrderId(u32::try_from(self.0 & 0xffff_ffff).unwrap_or_default())
    }

    /// From 128 bits: how an adapter names an order that is not ours.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The order's number, if this id is of the given run; `None` for everything we did not send in it.
    pub fn number_in(self, run: RunId) -> Option<OrderId> {
        let number = self.number();
        (Self::derive(run, number) == self).then_some(number)
    }
}

/// Spreads the bits of a run id, whose low half alone differs between runs of the same millisecond.
fn mix(bits: u128) -> u128 {
    let folded = (bits ^ (bits >> 67)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    folded ^ (folded >> 61)
}

/// Writes 128 bits in the UUID form `8-4-4-4-12`.
fn write_uuid(f: &mut fmt::Formatter<'_>, bits: u128) -> fmt::Result {
    let part = |shift: u32, mask: u128| (bits >> shift) & mask;
    write!(
        f,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 0xffff_ffff),
        part(80, 0xffff),
        part(64, 0xffff),
        part(48, 0xffff),
        part(0, 0xffff_ffff_ffff)
    )
}

/// Reads 128 bits from the UUID form.
fn read_uuid(text: &str) -> Option<u128> {
    let hex: String = text.chars().filter(|character| *character != '-').collect();
    (hex.len() == 32).then(|| u128::from_str_radix(&hex, 16).ok()).flatten()
}

/// Text and serde forms of a 128-bit id.
macro_rules! uuid_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(f, self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(f, self.0)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                read_uuid(&text).map(Self).ok_or_else(|| serde::de::Error::custom("not a UUID"))
            }
        }
    };
}
uuid_text!(RunId);
uuid_text!(ClientOrderId);

/// What a venue names an order: its own text, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VenueOrderId(pub DisplayText);

/// What a venue names a fill: its own text, cleaned. A fill is applied once per (order, fill id).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FillId(pub DisplayText);

impl fmt::Display for VenueOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for FillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientOrderId, OrderId, RunId};

    #[test]
    fn each_start_has_names_of_its_own_and_the_first_those_of_its_book() {
        let book = RunId::new(7);
        let of = |epoch| ClientOrderId::derive(book.of_start(epoch), OrderId::new(3));
        assert_eq!(of(0), ClientOrderId::derive(book, OrderId::new(3)));
        assert_ne!(of(1), of(0));
        assert_ne!(of(1), of(2));
        assert_eq!(of(2).number(), OrderId::new(3));
    }

    #[test]
    fn a_client_order_id_names_its_order_in_its_run_only() {
        let (run, other) = (RunId::new(7), RunId::new(8));
        let id = ClientOrderId::derive(run, OrderId::new(1471));
        assert_eq!(id.number_in(run), Some(OrderId::new(1471)));
        assert_eq!(id.number_in(other), None);
        let text = id.to_string();
        assert_eq!((text.len(), text.as_bytes()[14], &text[28..]), (36, b'8', "000005bf"));
    }
}
