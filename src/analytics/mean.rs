//! Money divided by a count.

use crate::model::Money;

/// The mean of `count` amounts of this sum, rounded half away from zero at the sixteenth decimal; `None` of none.
pub(super) fn mean(sum: Money, count: u64) -> Option<Money> {
    let count = i128::from(count);
    if count == 0 {
        return None;
    }
    let half = if sum.is_negative() { -(count / 2) } else { count / 2 };
    Some(Money::from_raw(sum.raw().saturating_add(half) / count))
}

/// `part` of `whole` in hundredths of a percent, rounded half up; `None` of nothing.
pub(super) fn bps(part: i128, whole: i128) -> Option<u32> {
    if whole <= 0 {
        return None;
    }
    let half = whole.div_euclid(2);
    u32::try_from(part.max(0).saturating_mul(10_000).saturating_add(half).div_euclid(whole)).ok()
}
