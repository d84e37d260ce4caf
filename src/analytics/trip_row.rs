//! A round trip as it is told.

use super::times;
use crate::model::{Money, Price, Qty, Side, Span, Timestamp};
use serde::Serialize;

/// A round trip in account currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TripRow {
    pub strategy: String,
    pub instrument: String,
    /// The number of the order that opened it, 0 where none of ours did.
    pub order_no: u32,
    pub side: Side,
    pub qty: Qty,
    #[serde(serialize_with = "times::at")]
    pub opened_at: Timestamp,
    #[serde(serialize_with = "times::at")]
    pub closed_at: Timestamp,
    pub entry: Option<Price>,
    pub exit: Option<Price>,
    pub gross: Money,
    pub fees: Money,
    pub net: Money,
    /// The worst and the best it stood at before fees.
    pub mae: Money,
    pub mfe: Money,
    #[serde(rename = "length_ns")]
    pub length: Span,
    /// Whether it was there when the run began.
    pub carried: bool,
}
