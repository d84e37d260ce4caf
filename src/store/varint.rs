//! Variable-length integers: seven bits a byte, small numbers short, signs folded into the lowest bit.

/// A growing column of integers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column(pub(crate) Vec<u8>);

impl Column {
    pub(crate) fn put(&mut self, mut value: u64) {
        loop {
            let low = u8::try_from(value & 0x7f).expect("seven bits");
            value >>= 7;
            if value == 0 {
                self.0.push(low);
                return;
            }
            self.0.push(low | 0x80);
        }
    }

    pub(crate) fn put_signed(&mut self, value: i64) {
        self.put(fold_sign(value));
    }
}

/// A column being read. Every read says `None` at the end and where the bytes are no integer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn take(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        let mut shift = 0_u32;
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift += 7;
            if shift > 63 {
                return None;
            }
        }
    }

    pub(crate) fn take_signed(&mut self) -> Option<i64> {
        self.take().map(unfold_sign)
    }

    /// The next `len` bytes as a column of their own.
    pub(crate) fn split(&mut self, len: u64) -> Option<Self> {
        let (head, rest) = self.rest.split_at_checked(usize::try_from(len).ok()?)?;
        self.rest = rest;
        Some(Cursor::new(head))
    }

    /// The next `len` bytes.
    pub(crate) fn bytes(&mut self, len: u64) -> Option<&'a [u8]> {
        self.split(len).map(|column| column.rest)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// 0, −1, 1, −2 … become 0, 1, 2, 3 …
pub(crate) const fn fold_sign(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

/// The inverse of `fold_sign`.
pub(crate) const fn unfold_sign(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::{Column, Cursor};

    #[test]
    fn every_integer_survives_and_nothing_else_is_one() {
        let signed = [0, 1, -1, 63, -64, 64, i64::MAX, i64::MIN];
        let mut column = Column::default();
        for value in signed {
            column.put_signed(value);
        }
        column.put(u64::MAX);
        let mut cursor = Cursor::new(&column.0);
        assert_eq!(signed.map(|_| cursor.take_signed().unwrap()), signed);
        assert_eq!((cursor.take(), cursor.take()), (Some(u64::MAX), None));
        assert_eq!(Cursor::new(&[0xff; 11]).take(), None);
    }
}
