//! Decimals as text, fast: what the types themselves show, without the machinery of formatting.

use crate::model::Money;

/// Room for a sign, 39 digits and a point.
const ROOM: usize = 48;

/// A decimal as text. Holds it itself: nothing is allocated.
#[derive(Debug)]
pub(in crate::store) struct Number {
    room: [u8; ROOM],
    from: usize,
    to: usize,
}

impl Number {
    /// A number scaled by 10⁸: a price or a quantity.
    #[inline]
    pub(in crate::store) fn scaled(raw: i64) -> Self {
        Self::new(
            raw < 0,
            raw.unsigned_abs().div_euclid(100_000_000),
            raw.unsigned_abs().rem_euclid(100_000_000),
            8,
        )
    }

    /// An amount of money, which is scaled by 10¹⁶.
    #[inline]
    pub(in crate::store) fn money(amount: Money) -> Self {
        const ONE: u64 = 10_000_000_000_000_000;
        let magnitude = amount.raw().unsigned_abs();
        if let Ok(small) = u64::try_from(magnitude) {
            return Self::new(amount.is_negative(), small.div_euclid(ONE), small.rem_euclid(ONE), 16);
        }
        let whole = magnitude.div_euclid(u128::from(ONE));
        let part = u64::try_from(magnitude.rem_euclid(u128::from(ONE))).unwrap_or_default();
        match u64::try_from(whole) {
            Ok(whole) => Self::new(amount.is_negative(), whole, part, 16),
            // More than anybody has.
            Err(_) => Self::shown(&amount.to_string()),
        }
    }

    /// The text.
    #[inline]
    pub(in crate::store) fn as_str(&self) -> &str {
        self.room.get(self.from..self.to).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
    }

    #[inline]
    fn new(is_negative: bool, mut whole: u64, mut part: u64, digits: usize) -> Self {
        let mut room = [b'0'; ROOM];
        let mut from = ROOM;
        if part > 0 {
            let mut left = digits;
            // Zeros at the end are not written.
            while part.is_multiple_of(10_000) {
                (part, left) = (part.div_euclid(10_000), left - 4);
            }
            while part.is_multiple_of(10) {
                (part, left) = (part.div_euclid(10), left - 1);
            }
            for _ in 0..left {
                from -= 1;
                room[from] = digit(part.rem_euclid(10));
                part = part.div_euclid(10);
            }
            from -= 1;
            room[from] = b'.';
        }
        let is_zero = whole == 0 && from == ROOM;
        loop {
            from -= 1;
            room[from] = digit(whole.rem_euclid(10));
            whole = whole.div_euclid(10);
            if whole == 0 {
                break;
            }
        }
        if is_negative && !is_zero {
            from -= 1;
            room[from] = b'-';
        }
        Self { room, from, to: ROOM }
    }

    #[cold]
    fn shown(text: &str) -> Self {
        let mut room = [b'0'; ROOM];
        let to = text.len().min(ROOM);
        for (place, byte) in room.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Self { room, from: 0, to }
    }
}

#[inline]
fn digit(number: u64) -> u8 {
    b'0' + u8::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Number;
    use crate::model::{Money, NetQty, Price};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_reads_as_its_type_shows_it(raw in any::<i64>(), shift in 0_u32..63, zeros in 0_u32..9) {
            let raw = (raw >> shift).saturating_mul(10_i64.pow(zeros)) ;
            if let Ok(net) = NetQty::from_raw(raw) {
                prop_assert_eq!(Number::scaled(raw).as_str().to_owned(), net.to_string());
            }
            if let Ok(price) = Price::from_raw(raw) {
                prop_assert_eq!(Number::scaled(raw).as_str().to_owned(), price.to_string());
            }
        }

        #[test]
        fn an_amount_reads_as_money_shows_it(raw in any::<i128>(), shift in 0_u32..127, zeros in 0_u32..19) {
            let money = Money::from_raw((raw >> shift).saturating_mul(10_i128.pow(zeros)));
            prop_assert_eq!(Number::money(money).as_str().to_owned(), money.to_string());
        }
    }
}
