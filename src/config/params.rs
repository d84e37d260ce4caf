//! Strategy parameters: what a kind declares it takes, and the checked values a strategy is given.

use crate::model::{Money, NetQty, NumberError, Price, Qty, Span};
use std::collections::BTreeMap;
use std::fmt;

/// What a kind of strategy is called and takes. The strategies room declares these as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrategyKind {
    /// The word in the file.
    pub name: &'static str,
    /// One sentence for help and the default file.
    pub doc: &'static str,
    pub params: &'static [ParamSpec],
}

/// One parameter of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamSpec {
    pub name: &'static str,
    pub kind: ParamKind,
    /// Taken when the file does not say; must itself pass `read`.
    pub default: &'static str,
    /// Meaning and unit in one sentence.
    pub doc: &'static str,
}

/// What values a parameter takes; ranges are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A whole number.
    Int { min: i64, max: i64 },
    /// A decimal with at most eight places; bounds scaled by 10⁸ like `Price::raw`.
    Decimal { min: i64, max: i64 },
    /// Milliseconds.
    Millis { min: i64, max: i64 },
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A checked value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamValue {
    Int(i64),
    /// Scaled by 10⁸ like `Price::raw`.
    Decimal(i64),
    Millis(i64),
    Choice(String),
}

/// The checked values of one strategy, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(BTreeMap<String, ParamValue>);

/// Why a strategy did not find a parameter as it expects it: it asks for something its kind does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// Not declared by the kind.
    #[error("parameter {0} is not declared")]
    Missing(&'static str),
    /// Declared with another kind of value.
    #[error("parameter {0} is declared as another kind of value")]
    OtherKind(&'static str),
    /// Declared with a range wider than the type it is read as.
    #[error("parameter {0} is out of range: {1}")]
    Range(&'static str, NumberError),
}

impl Params {
    /// From names and values.
    pub fn new<K: Into<String>>(values: impl IntoIterator<Item = (K, ParamValue)>) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// All values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParamValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A whole number.
    pub fn int(&self, name: &'static str) -> Result<i64, ParamError> {
        match self.value(name)? {
            ParamValue::Int(value) => Ok(*value),
            ParamValue::Decimal(_) | ParamValue::Millis(_) | ParamValue::Choice(_) => {
                Err(ParamError::OtherKind(name))
            }
        }
    }

    /// A decimal, scaled by 10⁸.
    pub fn decimal(&self, name: &'static str) -> Result<i64, ParamError> {
        match self.value(name)? {
            ParamValue::Decimal(raw) => Ok(*raw),
            ParamValue::Int(_) | ParamValue::Millis(_) | ParamValue::Choice(_) => {
                Err(ParamError::OtherKind(name))
            }
        }
    }

    /// A decimal read as a quantity.
    pub fn qty(&self, name: &'static str) -> Result<Qty, ParamError> {
        Qty::from_raw(self.decimal(name)?).map_err(|range| ParamError::Range(name, range))
    }

    /// A decimal read as a price.
    pub fn price(&self, name: &'static str) -> Result<Price, ParamError> {
        Price::from_raw(self.decimal(name)?).map_err(|range| ParamError::Range(name, range))
    }

    /// A decimal read as an amount of money.
    pub fn money(&self, name: &'static str) -> Result<Money, ParamError> {
        Ok(Money::from_raw(i128::from(self.decimal(name)?) * 100_000_000))
    }

    /// A length of time.
    pub fn span(&self, name: &'static str) -> Result<Span, ParamError> {
        match self.value(name)? {
            ParamValue::Millis(millis) => Ok(Span::from_millis(*millis)),
            ParamValue::Int(_) | ParamValue::Decimal(_) | ParamValue::Choice(_) => {
                Err(ParamError::OtherKind(name))
            }
        }
    }

    /// A word.
    pub fn choice(&self, name: &'static str) -> Result<&str, ParamError> {
        match self.value(name)? {
            ParamValue::Choice(word) => Ok(word),
            ParamValue::Int(_) | ParamValue::Decimal(_) | ParamValue::Millis(_) => {
                Err(ParamError::OtherKind(name))
            }
        }
    }

    fn value(&self, name: &'static str) -> Result<&ParamValue, ParamError> {
        self.0.get(name).ok_or(ParamError::Missing(name))
    }
}

impl ParamSpec {
    /// Reads a value from its text: the one check for file, environment, flag and default. The error is the problem
    /// in words, `None` when the text is well formed but outside what `expected` says.
    pub fn read(&self, text: &str) -> Result<ParamValue, Option<NumberError>> {
        match self.kind {
            ParamKind::Int { min, max } => whole(text, min, max).map(ParamValue::Int),
            ParamKind::Millis { min, max } => whole(text, min, max).map(ParamValue::Millis),
            ParamKind::Decimal { min, max } => {
                let raw = text.parse::<NetQty>().map_err(Some)?.raw();
                (min..=max).contains(&raw).then_some(ParamValue::Decimal(raw)).ok_or(None)
            }
            ParamKind::Choice(words) => {
                words.contains(&text).then(|| ParamValue::Choice(text.to_owned())).ok_or(None)
            }
        }
    }

    /// What `read` takes, in words.
    pub fn expected(&self) -> String {
        match self.kind {
            ParamKind::Int { min, max } => format!("a whole number from {min} to {max}"),
            ParamKind::Millis { min, max } => format!("a whole number from {min} to {max} ms"),
            ParamKind::Decimal { min, max } => {
                format!(
                    "a decimal in quotes from {} to {}",
                    ParamValue::Decimal(min),
                    ParamValue::Decimal(max)
                )
            }
            ParamKind::Choice(words) => {
                words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ")
            }
        }
    }
}

/// A whole number within bounds.
fn whole(text: &str, min: i64, max: i64) -> Result<i64, Option<NumberError>> {
    let value = text.parse::<i64>().map_err(|_not_whole| None)?;
    (min..=max).contains(&value).then_some(value).ok_or(None)
}

/// The value as the file has it, without quotes.
impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) | Self::Millis(value) => write!(f, "{value}"),
            Self::Decimal(raw) => {
                let value = NetQty::from_raw(*raw).unwrap_or_default();
                write!(f, "{value}")
            }
            Self::Choice(word) => f.write_str(word),
        }
    }
}
