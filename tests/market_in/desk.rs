//! The two recorded instruments and small recordings to try things on.

use flightdeck::adapters::synthetic::{SyntheticOptions, SyntheticSource};
use flightdeck::adapters::tape::{TapeHeader, TapeInstrument, TapeWriter};
use flightdeck::model::{Contract, Currency, Instrument, InstrumentId, Money, Price, Rate, Span, Timestamp};
use flightdeck::sim::{MarketSource as _, RawMessage};

pub(crate) fn btcusdt() -> Instrument {
    let currency = Currency::new("USDT").unwrap();
    Instrument {
        id: InstrumentId::new(0),
        symbol: "BTCUSDT".into(),
        venue: "binance-usdm".into(),
        contract: Contract::Linear,
        size: "1".parse().unwrap(),
        quote: currency,
        settle: currency,
        unit: "BTC".into(),
        tick: "0.1".parse().unwrap(),
        min_price: "100".parse().unwrap(),
        max_price: "1000000".parse().unwrap(),
        lot: "0.001".parse().unwrap(),
        min_qty: "0.001".parse().unwrap(),
        min_notional: Money::units(100),
        maker_fee: Rate::ZERO,
        taker_fee: Rate::ZERO,
        initial_margin: "0.1".parse().unwrap(),
        stale_after: Span::from_secs(2),
        max_jump_bps: 500,
        listing: flightdeck::model::Listing::default(),
    }
}

pub(crate) fn ethusd_perp() -> Instrument {
    Instrument {
        id: InstrumentId::new(1),
        symbol: "ETHUSD_PERP".into(),
        venue: "binance-coinm".into(),
        contract: Contract::Inverse,
        size: "10".parse().unwrap(),
        quote: Currency::new("USD").unwrap(),
        settle: Currency::new("ETH").unwrap(),
        unit: "contracts".into(),
        tick: "0.01".parse().unwrap(),
        min_price: "10".parse().unwrap(),
        max_price: "100000".parse().unwrap(),
        lot: "1".parse().unwrap(),
        min_qty: "1".parse().unwrap(),
        min_notional: Money::ZERO,
        ..btcusdt()
    }
}

pub(crate) fn instruments() -> [Instrument; 2] {
    [btcusdt(), ethusd_perp()]
}

/// Both instruments with a price to start an invented market from.
pub(crate) fn starts() -> [(Instrument, Price); 2] {
    [(btcusdt(), "61800".parse().unwrap()), (ethusd_perp(), "2682".parse().unwrap())]
}

pub(crate) const START: Timestamp = Timestamp::from_nanos(1_723_161_255_000_000_000);

/// The first messages of an invented market.
pub(crate) fn invented(options: SyntheticOptions, count: usize) -> Vec<RawMessage> {
    let mut source = SyntheticSource::new(options, starts());
    (0..count).map(|_| source.next_message().unwrap().expect("it has no end")).collect()
}

/// A recording of these messages.
pub(crate) fn tape_of(messages: &[RawMessage]) -> Vec<u8> {
    let recorded = instruments();
    let header = TapeHeader {
        source: "invented".to_owned(),
        license: "none".to_owned(),
        instruments: recorded.iter().map(TapeInstrument::of).collect(),
    };
    let ids: Vec<_> = recorded.iter().map(|instrument| instrument.id).collect();
    let mut writer = TapeWriter::new(Vec::new(), "test.tape", &header, &ids).unwrap();
    for message in messages {
        writer.push(message).unwrap();
    }
    writer.finish().unwrap().0
}
