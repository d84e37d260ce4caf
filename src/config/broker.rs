//! `[broker]`: who executes the orders, and what an instrument is called there.

use super::further::{First, Further, Of, further};
use super::reader::{Section, either};
use super::server::{
    KEY_FILE, KeyAt, VARIABLE, is_key_file, is_local_url, is_local_ws_url, is_variable, key_ring,
};
use crate::model::Span;

/// Who executes the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerKind {
    /// The sandbox in this process.
    Paper,
    /// An `OpenAlgo` server in analyze mode, or `flightdeck venue`, on this machine.
    OpenAlgo,
}

impl BrokerKind {
    /// Every word of the file with its meaning.
    pub const WORDS: &'static [(&'static str, Self)] =
        &[("paper", Self::Paper), ("openalgo", Self::OpenAlgo)];

    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::OpenAlgo => "openalgo",
        }
    }
}

/// `[broker]`. All but `kind` is of the `openalgo` broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    pub kind: BrokerKind,
    /// Where the server is: `http://` and an address of this machine.
    pub url: String,
    /// Where its WebSocket is: `ws://` and an address of this machine; without one it is polled.
    pub ws_url: Option<String>,
    /// The environment variable that holds the API key. The key itself stands nowhere.
    pub key_env: String,
    /// A file of mode 0600 that holds it instead.
    pub key_file: Option<String>,
    /// An entry of the keyring that holds it instead.
    pub key_ring: Option<String>,
    /// New orders and changes a second.
    pub orders_per_s: u32,
    /// Cancels a second: a lane of their own.
    pub cancels_per_s: u32,
    /// Questions a second: books, quotes.
    pub reads_per_s: u32,
    /// How often the books are read while an order is open.
    pub poll: Span,
    /// How often each instrument's quote is read.
    pub quotes: Span,
    /// An order message unanswered for this long is of unknown outcome.
    pub answer: Span,
    /// Further accounts, each with the pace of this one.
    pub also: Vec<Further>,
}

impl Broker {
    /// Where its key is: a file goes before the variable, and so does the keyring.
    pub fn key_at(&self) -> KeyAt {
        let ring = self.key_ring.clone().map(KeyAt::Ring);
        let elsewhere = ring.or_else(|| self.key_file.clone().map(KeyAt::File));
        elsewhere.unwrap_or_else(|| KeyAt::Variable(self.key_env.clone()))
    }
}

/// What an `OpenAlgo` server calls an instrument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenAlgoName {
    pub symbol: String,
    pub exchange: String,
    /// `MIS`, `NRML` or `CNC`.
    pub product: String,
}

/// Exchanges on which orders can be placed (wire spec §2).
pub const EXCHANGES: [&str; 10] = ["NSE", "NFO", "CDS", "BSE", "BFO", "BCD", "MCX", "NCDEX", "NCO", "CRYPTO"];

/// Its products (wire spec §2).
pub const PRODUCTS: [&str; 3] = ["MIS", "NRML", "CNC"];

/// `[broker]`
pub(super) fn broker(mut section: Section<'_, '_>, symbols: &[String]) -> Broker {
    let mut broker = Broker {
        kind: section.choice("kind", BrokerKind::WORDS).unwrap_or(BrokerKind::Paper),
        url: section.text("url", is_local_url, "\"http://127.0.0.1:PORT\": plain HTTP to this machine only"),
        ws_url: section.maybe("ws_url", |section, key| {
            section.text(key, is_local_ws_url, "\"ws://127.0.0.1:PORT\": to this machine only")
        }),
        key_env: section.text("key_env", is_variable, VARIABLE),
        key_file: section.maybe("key_file", |section, key| section.text(key, is_key_file, KEY_FILE)),
        key_ring: key_ring(&mut section),
        orders_per_s: section.count("orders_per_s", 1..=1_000, " orders"),
        cancels_per_s: section.count("cancels_per_s", 1..=1_000, " cancels"),
        reads_per_s: section.count("reads_per_s", 1..=1_000, " questions"),
        poll: section.millis("poll_ms", 10..=60_000),
        quotes: section.millis("quotes_ms", 10..=60_000),
        answer: section.millis("answer_ms", 100..=60_000),
        also: Vec::new(),
    };
    let url = (broker.kind == BrokerKind::OpenAlgo).then_some(broker.url.as_str());
    let (ws_url, key_file) = (broker.ws_url.as_deref(), broker.key_file.as_deref());
    let key_ring = broker.key_ring.as_deref();
    let first = First { url, ws_url, account: None, key_file, key_ring };
    let also = further(&mut section, (Of::Broker, first), symbols);
    broker.also = also;
    section.finish();
    broker
}

/// `[instrument.openalgo]`, if it is there.
pub(super) fn name(section: &mut Section<'_, '_>) -> Option<OpenAlgoName> {
    section.optional("openalgo")?;
    let mut section = section.table("openalgo");
    let words = |words: &'static [&'static str]| words.iter().map(|word| (*word, *word)).collect::<Vec<_>>();
    let symbol = section.text("symbol", is_symbol, "1 to 64 of A-Z 0-9 . _ & -");
    let exchange = section.choice("exchange", &words(&EXCHANGES)).unwrap_or("NSE");
    let product = section.choice("product", &words(&PRODUCTS)).unwrap_or("MIS");
    let refused = match exchange {
        "NSE" | "BSE" => "NRML",
        "CRYPTO" => "",
        _ => "CNC",
    };
    if product == refused {
        let path = section.path_of("product");
        let problem = format!("{exchange} does not take {product}");
        section.log.fault_between(
            &path,
            &[],
            problem,
            either(PRODUCTS.into_iter().filter(|one| *one != refused)),
        );
    }
    section.finish();
    Some(OpenAlgoName { symbol, exchange: exchange.to_owned(), product: product.to_owned() })
}

fn is_symbol(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"._&-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::is_local_url;

    #[test]
    fn only_plain_http_to_this_machine_is_a_broker_url() {
        for good in
            ["http://127.0.0.1:5000", "http://localhost:5000/", "http://[::1]:80", "http://127.9.9.9:1"]
        {
            assert!(is_local_url(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:5000",
            "http://10.0.0.1:5000",
            "http://127.0.0.1",
            "http://127.0.0.1:0",
            "http://127.0.0.1:5000/api",
            "http://user@127.0.0.1:5000",
            "http://127.0.0.1.example.com:5000",
            "http://127.0.0.1:+80",
            "127.0.0.1:5000",
            "",
        ] {
            assert!(!is_local_url(bad), "{bad}");
        }
    }
}
