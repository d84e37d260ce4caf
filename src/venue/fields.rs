//! The fields of every request (wire spec §3).

use super::endpoint::Endpoint;

const EXCHANGES: &[&str] = &[
    "NSE",
    "NFO",
    "CDS",
    "BSE",
    "BFO",
    "BCD",
    "MCX",
    "NCDEX",
    "NCO",
    "NSE_INDEX",
    "BSE_INDEX",
    "MCX_INDEX",
    "GLOBAL_INDEX",
    "CRYPTO",
];
const DERIVATIVES: &[&str] = &["NFO", "BFO", "MCX", "CDS", "NCO", "BCD", "NCDEX", "CRYPTO"];
const INTERVALS: &[&str] = &[
    "1s", "5s", "10s", "15s", "30s", "45s", "1m", "2m", "3m", "5m", "10m", "15m", "20m", "30m", "1h", "2h",
    "3h", "4h", "D", "W", "M", "Q", "Y",
];
const ACTIONS: &[&str] = &["BUY", "SELL", "buy", "sell"];
const PRICE_TYPES: &[&str] = &["MARKET", "LIMIT", "SL", "SL-M"];
const PRODUCTS: &[&str] = &["MIS", "NRML", "CNC"];

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// A text of at least one character.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A quantity above zero.
    Quantity,
    /// A price or a count, not negative.
    Number,
    /// A quantity with a sign.
    Signed,
    /// A truth.
    Flag,
    /// `YYYY-MM-DD`.
    Date,
    /// So many objects of these fields.
    List(&'static [Field], usize),
}

/// A field: its name, its form, what stands for it when it is left out (`None`: it must be there).
pub(super) type Field = (&'static str, Form, Option<&'static str>);

const KEY: Field = ("apikey", Form::Text, None);
const STRATEGY: Field = ("strategy", Form::Text, None);
const EXCHANGE: Field = ("exchange", Form::Word(EXCHANGES), None);
const SYMBOL: Field = ("symbol", Form::Text, None);
const ACTION: Field = ("action", Form::Word(ACTIONS), None);
const QUANTITY: Field = ("quantity", Form::Quantity, None);
const ORDER_ID: Field = ("orderid", Form::Text, None);
const PRODUCT: Field = ("product", Form::Word(PRODUCTS), None);
const PRICE_TYPE: Field = ("pricetype", Form::Word(PRICE_TYPES), Some("MARKET"));
const SOME_PRODUCT: Field = ("product", Form::Word(PRODUCTS), Some("MIS"));
const PRICE: Field = ("price", Form::Number, Some("0"));
const TRIGGER: Field = ("trigger_price", Form::Number, Some("0"));
const DISCLOSED: Field = ("disclosed_quantity", Form::Number, Some("0"));
const SPOT: Field = ("underlying_ltp", Form::Number, Some("0"));
const UNDERLYING: Field = ("underlying", Form::Text, None);

const PLACE: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ACTION,
    QUANTITY,
    PRICE_TYPE,
    SOME_PRODUCT,
    PRICE,
    TRIGGER,
    DISCLOSED,
    SPOT,
];
const SMART: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ACTION,
    ("quantity", Form::Number, None),
    ("position_size", Form::Signed, None),
    PRICE_TYPE,
    SOME_PRODUCT,
    PRICE,
    TRIGGER,
    DISCLOSED,
    SPOT,
];
const SPLIT: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ACTION,
    QUANTITY,
    ("splitsize", Form::Quantity, None),
    PRICE_TYPE,
    SOME_PRODUCT,
    PRICE,
    TRIGGER,
    DISCLOSED,
    SPOT,
];
/// A leg of a basket: an order without a strategy.
const LEG: &[Field] =
    &[EXCHANGE, SYMBOL, ACTION, QUANTITY, PRICE_TYPE, SOME_PRODUCT, PRICE, TRIGGER, DISCLOSED, SPOT];
const POSITION: &[Field] = &[
    SYMBOL,
    EXCHANGE,
    ACTION,
    QUANTITY,
    PRODUCT,
    ("pricetype", Form::Word(PRICE_TYPES), None),
    PRICE,
    TRIGGER,
];
const PAIR: &[Field] = &[SYMBOL, EXCHANGE];
const MODIFY: &[Field] = &[
    KEY,
    STRATEGY,
    EXCHANGE,
    SYMBOL,
    ORDER_ID,
    ACTION,
    PRODUCT,
    ("pricetype", Form::Word(PRICE_TYPES), None),
    ("price", Form::Number, None),
    QUANTITY,
    ("disclosed_quantity", Form::Number, None),
    ("trigger_price", Form::Number, None),
];
const HISTORY: &[Field] = &[
    KEY,
    SYMBOL,
    EXCHANGE,
    ("interval", Form::Word(INTERVALS), None),
    ("start_date", Form::Date, None),
    ("end_date", Form::Date, None),
    ("source", Form::Word(&["api", "db"]), Some("api")),
];
const OPTION_SYMBOL: &[Field] = &[
    KEY,
    UNDERLYING,
    EXCHANGE,
    ("offset", Form::Text, None),
    ("option_type", Form::Word(&["CE", "PE", "ce", "pe"]), None),
    ("expiry_date", Form::Text, Some("")),
    ("strike_int", Form::Number, Some("0")),
    ("strategy", Form::Text, Some("")),
];
const OPTION_CHAIN: &[Field] = &[
    KEY,
    UNDERLYING,
    EXCHANGE,
    ("expiry_date", Form::Text, None),
    ("strike_count", Form::Number, Some("")),
    ("with_greeks", Form::Flag, Some("")),
    ("interest_rate", Form::Number, Some("0")),
];
const EXPIRY: &[Field] = &[
    KEY,
    SYMBOL,
    ("exchange", Form::Word(DERIVATIVES), None),
    ("instrumenttype", Form::Word(&["futures", "options"]), None),
];

/// The fields of an endpoint's request.
pub(super) const fn fields(endpoint: Endpoint) -> &'static [Field] {
    match endpoint {
        Endpoint::Place => PLACE,
        Endpoint::Smart => SMART,
        Endpoint::Basket => &[KEY, STRATEGY, ("orders", Form::List(LEG, 1_000), None)],
        Endpoint::Split => SPLIT,
        Endpoint::Modify => MODIFY,
        Endpoint::Cancel | Endpoint::OrderStatus => &[KEY, STRATEGY, ORDER_ID],
        Endpoint::CancelAll | Endpoint::Close => &[KEY, STRATEGY],
        Endpoint::OpenPosition => &[KEY, STRATEGY, SYMBOL, EXCHANGE, PRODUCT],
        Endpoint::Margin => &[KEY, ("positions", Form::List(POSITION, 50), None)],
        Endpoint::Quotes | Endpoint::Depth | Endpoint::Symbol => &[KEY, SYMBOL, EXCHANGE],
        Endpoint::MultiQuotes => &[KEY, ("symbols", Form::List(PAIR, 1_000), None)],
        Endpoint::History => HISTORY,
        Endpoint::Search => {
            &[KEY, ("query", Form::Text, None), ("exchange", Form::Word(EXCHANGES), Some(""))]
        }
        Endpoint::Expiry => EXPIRY,
        Endpoint::OptionSymbol => OPTION_SYMBOL,
        Endpoint::OptionChain => OPTION_CHAIN,
        Endpoint::Instruments => &[
            KEY,
            ("exchange", Form::Word(EXCHANGES), Some("")),
            ("format", Form::Word(&["json", "csv"]), Some("json")),
        ],
        Endpoint::Timings => &[KEY, ("date", Form::Date, None)],
        Endpoint::Holidays => &[KEY, ("year", Form::Number, Some(""))],
        Endpoint::Toggle => &[KEY, ("mode", Form::Flag, None)],
        Endpoint::OrderBook
        | Endpoint::TradeBook
        | Endpoint::PositionBook
        | Endpoint::Holdings
        | Endpoint::Funds
        | Endpoint::Intervals
        | Endpoint::Analyzer
        | Endpoint::Ping => &[KEY],
    }
}
