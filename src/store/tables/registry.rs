//! The tables there are: one line each.

use super::table::{Seen, Table};
use super::{answers, bars, batches, endings, fills, funding, requests, risk, submissions};

/// Those that events fill.
pub(in crate::store) static TABLES: &[Table] = &[
    Table { name: "bars", columns: 11, rows: bars::rows },
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

/// Those that time fills.
pub(in crate::store) static MARKS: Table = Table { name: "marks", columns: 5, rows: none };
pub(in crate::store) static POSITION_SAMPLES: Table =
    Table { name: "position_samples", columns: 12, rows: none };
pub(in crate::store) static EQUITY_SAMPLES: Table = Table { name: "equity_samples", columns: 8, rows: none };
pub(in crate::store) static RATES: Table = Table { name: "rates", columns: 3, rows: none };

fn none(_seen: &Seen<'_>, _rows: &mut Vec<Vec<super::table::Cell>>) {}
