//! The tables there are: one line each.

use super::table::{Seen, Table};
use super::{answers, batches, endings, fills, funding, requests, risk, submissions};

/// Those that events fill.
pub(in crate::store) static TABLES: &[Table] = &[
    Table { name: "submissions", columns: 27, rows: submissions::rows },
    Table { name: "cancel_requests", columns: 8, rows: requests::cancels },
    Table { name: "modify_requests", columns: 13, rows: requests::modifies },
    Table { name: "acceptances", columns: 9, rows: answers::acceptances },
    Table { name: "rejections", columns: 10, rows: answers::rejections },
    Table { name: "expirations", columns: 7, rows: endings::expirations },
    Table { name: "cancels", columns: 9, rows: endings::cancels },
    Table { name: "fills", columns: 17, rows: fills::rows },
    Table { name: "funding", columns: 7, rows: funding::rows },
    Table { name: "risk_decisions", columns: 17, rows: risk::rows },
    Table { name: "batches", columns: 13, rows: batches::rows },
];

/// Rates between currencies, which time fills; the other tables of time and of market data are in `hot.rs`.
pub(in crate::store) static RATES: Table = Table { name: "rates", columns: 3, rows: none };

fn none(_seen: &Seen<'_>, _rows: &mut Vec<Vec<super::table::Cell>>) {}
