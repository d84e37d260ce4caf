//! What things are called on the other side: instruments, kinds of order, and our own orders.

use crate::model::{AccountId, ClientOrderId, Instrument, InstrumentId, OrderKind, OrderRequest};
use serde_json::{Map, Value};

/// What our orders begin with in `strategy`.
const PREFIX: &str = "flightdeck/";

/// An instrument and what it is called there.
#[derive(Debug, Clone)]
pub struct Named {
    pub instrument: Instrument,
    pub symbol: String,
    pub exchange: String,
    pub product: String,
}

impl Named {
    /// Whether a row speaks of it.
    pub(super) fn is(&self, symbol: &str, exchange: &str, product: &str) -> bool {
        self.symbol == symbol && self.exchange == exchange && self.product == product
    }
}

/// The instrument of an id.
pub(super) fn named(all: &[Named], id: InstrumentId) -> Option<&Named> {
    all.iter().find(|one| one.instrument.id == id)
}

/// What stands in `strategy` for an order of ours: by it a row is found again, whatever became of the answer.
pub fn our_text(order: ClientOrderId) -> String {
    format!("{PREFIX}{order}")
}

/// The same behind the exchange's id of the algorithm whose order it is, where it has one: what of the text a broker's plugin
/// passes on it cuts at the end (wire spec §12).
fn tagged(order: ClientOrderId, algo_id: Option<&str>) -> String {
    let text = our_text(order);
    algo_id.map_or_else(|| text.clone(), |id| format!("{id} {text}"))
}

/// The order a `strategy` text names, if it is ours.
pub(super) fn ours(strategy: &str) -> Option<ClientOrderId> {
    let text = strategy.rsplit(' ').next()?.strip_prefix(PREFIX)?;
    let order: ClientOrderId = serde_json::from_value(Value::from(text)).ok()?;
    order.is_our_kind().then_some(order)
}

/// The name of an order that is not ours: made of its account and its venue's name, so that it is the same at every reading,
/// another where two accounts number alike, and never of our kind.
pub(super) fn foreign(account: AccountId, venue_id: &str) -> ClientOrderId {
    let mut bits: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let account = (!account.is_first()).then_some(account.get());
    for byte in account.into_iter().chain(venue_id.bytes()) {
        bits = (bits ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    // The version of a random UUID: not 8.
    ClientOrderId::from_bits((bits & !(0xf << 76)) | (0x4 << 76))
}

/// `pricetype`, `price` and `trigger_price`; `None` for what the venue has not.
pub(super) fn kind_words(kind: &OrderKind) -> Option<(&'static str, String, String)> {
    let zero = || "0".to_owned();
    match kind {
        OrderKind::Market => Some(("MARKET", zero(), zero())),
        OrderKind::Limit { price } => Some(("LIMIT", price.to_string(), zero())),
        OrderKind::StopLimit { trigger, price } => Some(("SL", price.to_string(), trigger.to_string())),
        OrderKind::Stop { trigger } => Some(("SL-M", zero(), trigger.to_string())),
        OrderKind::TrailingStop { .. } => None,
    }
}

/// The body of a placement, without the key.
pub(super) fn placement(
    named: &Named,
    request: &OrderRequest,
    algo_id: Option<&str>,
) -> Option<Map<String, Value>> {
    let (price_type, price, trigger) = kind_words(&request.kind)?;
    let text = |text: &str| Value::from(text);
    let body = [
        ("strategy", Value::from(tagged(request.order, algo_id))),
        ("exchange", text(&named.exchange)),
        ("symbol", text(&named.symbol)),
        ("action", text(request.side.as_str())),
        ("quantity", Value::from(request.qty.to_string())),
        ("pricetype", text(price_type)),
        ("product", text(&named.product)),
        ("price", Value::from(price)),
        ("trigger_price", Value::from(trigger)),
        ("disclosed_quantity", text("0")),
    ];
    Some(body.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Symbol and exchange: what a question about a market names.
pub(super) fn symbol_body(named: &Named) -> Map<String, Value> {
    let body = [("symbol", &named.symbol), ("exchange", &named.exchange)];
    body.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{foreign, our_text, ours, tagged};
    use crate::model::{AccountId, ClientOrderId, OrderId, RunId};

    #[test]
    fn our_orders_are_found_by_their_text_and_nobody_elses_are() {
        let order = ClientOrderId::derive(RunId::new(7), OrderId::new(3));
        assert_eq!(ours(&our_text(order)), Some(order));
        let registered = tagged(order, Some("NSE-123456"));
        assert!(registered.starts_with("NSE-123456 "), "{registered}");
        assert_eq!((ours(&registered), tagged(order, None)), (Some(order), our_text(order)));
        assert_eq!(ours("cockpit-a"), None);
        assert_eq!(ours("flightdeck/nonsense"), None);
        assert_eq!(ours(&our_text(foreign(AccountId::FIRST, "26112100000001"))), None);
        assert!(!foreign(AccountId::FIRST, "26112100000001").is_our_kind());
        assert_ne!(foreign(AccountId::FIRST, "26112100000001"), foreign(AccountId::FIRST, "26112100000002"));
        assert_ne!(
            foreign(AccountId::FIRST, "26112100000001"),
            foreign(AccountId::new(1), "26112100000001"),
            "two servers number alike"
        );
    }
}
