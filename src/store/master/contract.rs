//! A contract as a master file lists it.

/// One line of a contract master. Texts are the source's; decimals stay decimals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    pub venue: String,
    pub symbol: String,
    /// As the source calls it: `future`, `EQ`, `option`.
    pub class: String,
    pub description: Option<String>,
    pub currency: Option<String>,
    pub tick: Option<String>,
    pub lot: Option<String>,
    pub multiplier: Option<String>,
    pub min_order: Option<String>,
    pub right: Option<String>,
    pub strike: Option<String>,
    /// RFC 3339 or a date.
    pub expiry: Option<String>,
    pub session_zone: Option<String>,
    pub session_hours: Option<String>,
    /// What others call it: scheme and name.
    pub names: Vec<(&'static str, String)>,
}
