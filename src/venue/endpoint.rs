//! The endpoints a venue has, by their names in the path (wire spec §3).

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Endpoint {
    Place,
    Smart,
    Basket,
    Split,
    Modify,
    Cancel,
    CancelAll,
    Close,
    OrderStatus,
    OrderBook,
    TradeBook,
    PositionBook,
    OpenPosition,
    Holdings,
    Funds,
    Margin,
    Quotes,
    MultiQuotes,
    Depth,
    History,
    Intervals,
    Symbol,
    Search,
    Expiry,
    OptionSymbol,
    OptionChain,
    Instruments,
    Timings,
    Holidays,
    Analyzer,
    Toggle,
    Ping,
}

/// Which budget of the server's an endpoint counts against (wire spec §1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bucket {
    Order,
    Other,
}

impl Endpoint {
    /// All of them, by the name in the path.
    pub(super) const ALL: [(&'static str, Self); 32] = [
        ("placeorder", Self::Place),
        ("placesmartorder", Self::Smart),
        ("basketorder", Self::Basket),
        ("splitorder", Self::Split),
        ("modifyorder", Self::Modify),
        ("cancelorder", Self::Cancel),
        ("cancelallorder", Self::CancelAll),
        ("closeposition", Self::Close),
        ("orderstatus", Self::OrderStatus),
        ("orderbook", Self::OrderBook),
        ("tradebook", Self::TradeBook),
        ("positionbook", Self::PositionBook),
        ("openposition", Self::OpenPosition),
        ("holdings", Self::Holdings),
        ("funds", Self::Funds),
        ("margin", Self::Margin),
        ("quotes", Self::Quotes),
        ("multiquotes", Self::MultiQuotes),
        ("depth", Self::Depth),
        ("history", Self::History),
        ("intervals", Self::Intervals),
        ("symbol", Self::Symbol),
        ("search", Self::Search),
        ("expiry", Self::Expiry),
        ("optionsymbol", Self::OptionSymbol),
        ("optionchain", Self::OptionChain),
        ("instruments", Self::Instruments),
        ("market/timings", Self::Timings),
        ("market/holidays", Self::Holidays),
        ("analyzer", Self::Analyzer),
        ("analyzer/toggle", Self::Toggle),
        ("ping", Self::Ping),
    ];

    /// The endpoint of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, endpoint)| *endpoint)
    }

    /// The name in the path.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, endpoint)| *endpoint == self).map_or("", |(name, _)| name)
    }

    /// Whether it is asked with GET; all others with POST.
    pub(super) const fn is_get(self) -> bool {
        matches!(self, Self::Instruments)
    }

    /// Whether it changes something at the venue.
    pub(super) const fn is_order(self) -> bool {
        matches!(
            self,
            Self::Place
                | Self::Smart
                | Self::Basket
                | Self::Split
                | Self::Modify
                | Self::Cancel
                | Self::CancelAll
                | Self::Close
                | Self::Toggle
        )
    }

    /// Whether it can make an order.
    pub(super) const fn is_placement(self) -> bool {
        matches!(self, Self::Place | Self::Smart | Self::Basket | Self::Split | Self::Close)
    }

    /// Whose budget it takes from: the server counts only single orders as such.
    pub(super) const fn bucket(self) -> Bucket {
        match self {
            Self::Place | Self::Smart | Self::Modify | Self::Cancel => Bucket::Order,
            Self::Basket
            | Self::Split
            | Self::CancelAll
            | Self::Close
            | Self::OrderStatus
            | Self::OrderBook
            | Self::TradeBook
            | Self::PositionBook
            | Self::OpenPosition
            | Self::Holdings
            | Self::Funds
            | Self::Margin
            | Self::Quotes
            | Self::MultiQuotes
            | Self::Depth
            | Self::History
            | Self::Intervals
            | Self::Symbol
            | Self::Search
            | Self::Expiry
            | Self::OptionSymbol
            | Self::OptionChain
            | Self::Instruments
            | Self::Timings
            | Self::Holidays
            | Self::Analyzer
            | Self::Toggle
            | Self::Ping => Bucket::Other,
        }
    }

    /// Whether it tells of money and markets, again and again.
    pub(super) const fn is_question(self) -> bool {
        matches!(
            self,
            Self::Funds
                | Self::Margin
                | Self::Quotes
                | Self::Depth
                | Self::History
                | Self::Intervals
                | Self::OptionChain
                | Self::Timings
                | Self::Holidays
        )
    }

    /// Whether it answers with rows.
    pub(super) const fn is_book(self) -> bool {
        matches!(self, Self::OrderBook | Self::TradeBook | Self::PositionBook)
    }
}
