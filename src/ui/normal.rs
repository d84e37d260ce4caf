//! What size is usual: the middle of a strategy's last orders in an instrument, so that a slip of a digit is seen.

use super::theme::Role;
use crate::model::{InstrumentId, Qty, StrategyId};
use crate::state::State;

/// Orders looked at, newest first.
const LOOKED_AT: usize = 21;

/// From this many times the usual size it is said in capitals.
const LARGE: u128 = 5;

/// The middle of the last sizes; `None` where there were none.
pub(super) fn size(state: &State, strategy: StrategyId, instrument: InstrumentId) -> Option<Qty> {
    let orders = state.orders.open().iter().rev().chain(state.orders.closed().iter().rev());
    let own = orders
        .filter(|order| order.request.strategy == strategy && order.request.instrument == instrument)
        .filter(|order| !order.request.reduce_only);
    let mut sizes: Vec<Qty> = own.map(|order| order.request.qty).take(LOOKED_AT).collect();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied()
}

/// How many times the usual a quantity is: `1.0x normal`, in capitals when it is far more.
pub(super) fn words(qty: Qty, usual: Qty) -> Option<(String, Role)> {
    times(qty.raw().into(), usual.raw().into())
}

/// The same of two amounts in one unit.
pub(super) fn times(amount: i128, usual: i128) -> Option<(String, Role)> {
    let usual = usual.unsigned_abs();
    if usual == 0 {
        return None;
    }
    let tenths = amount.unsigned_abs().saturating_mul(10) / usual;
    let times = format!("{}.{}x", tenths / 10, tenths % 10);
    Some(if tenths >= LARGE * 10 {
        (format!("{times} NORMAL"), Role::Warn)
    } else {
        (format!("{times} normal"), Role::Dim)
    })
}

#[cfg(test)]
mod tests {
    use super::{Role, words};

    #[test]
    fn a_slip_of_two_digits_is_said_aloud() {
        let qty = |text: &str| text.parse().unwrap();
        assert_eq!(words(qty("0.05"), qty("0.05")), Some(("1.0x normal".to_owned(), Role::Dim)));
        assert_eq!(words(qty("5"), qty("0.05")), Some(("100.0x NORMAL".to_owned(), Role::Warn)));
    }
}
