//! The hash chain: each row's hash covers the row's fields and the hash before it.

use sha2::{Digest, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first run of a file continues.
    pub(super) const ROOT: Self = Self([0; 32]);

    /// Of some bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// As stored; `None` where the length is wrong.
    pub(super) fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A row on its way into the chain. Each field goes in with its kind and length, so no two rows have the same bytes.
pub(super) struct Link(Sha256);

impl Link {
    /// A row of a table after the hash before it.
    pub(super) fn new(table: &str, prev: &Hash) -> Self {
        let mut link = Self(Sha256::new());
        link.0.update(prev.0);
        link.text(table)
    }

    pub(super) fn int(mut self, value: i64) -> Self {
        self.0.update([1]);
        self.0.update(value.to_le_bytes());
        self
    }

    pub(super) fn text(self, value: &str) -> Self {
        self.bytes_of(2, value.as_bytes())
    }

    pub(super) fn option(mut self, value: Option<&str>) -> Self {
        if let Some(value) = value {
            return self.text(value);
        }
        self.0.update([0]);
        self
    }

    pub(super) fn blob(self, value: &[u8]) -> Self {
        self.bytes_of(3, value)
    }

    pub(super) fn hash(self) -> Hash {
        Hash(self.0.finalize().into())
    }

    fn bytes_of(mut self, kind: u8, value: &[u8]) -> Self {
        self.0.update([kind]);
        self.0.update(u64::try_from(value.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(value);
        self
    }
}
