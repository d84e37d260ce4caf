//! The doors by which foreign bytes come in: each takes any bytes at all and must neither panic nor take what is no number
//! for one.

use flightdeck::adapters::openalgo::{
    Expect, Frame, Outcome, Prices, Tick, bar_lines, broker_margin, chain, client_ids, days_off, frame,
    intervals, order_lines, time, timings, trade_lines,
};
use flightdeck::adapters::tape::{TapeReader, TapeWriter};
use flightdeck::config::{SettingsFile, Sources, StrategyKind, load};
use flightdeck::model::{InstrumentId, MarketEvent, Money, Price, Timestamp};
use serde_json::Value;
use std::sync::LazyLock;

const NOW: Timestamp = Timestamp::from_nanos(1_795_238_969_000_000_000);

/// Order book and trade book: a row that is read has an id, and a trade a size and a price.
pub(crate) fn books(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Some((lines, _)) = order_lines(&body) {
        assert!(lines.iter().all(|line| !line.orderid.is_empty()));
    }
    if let Some((lines, _)) = trade_lines(&body) {
        assert!(
            lines
                .iter()
                .all(|line| !line.qty.is_zero() && line.price > Price::ZERO && !line.tradeid.is_empty())
        );
    }
}

/// Answers to order messages: the first two bytes are the status.
pub(crate) fn answers(bytes: &[u8]) {
    let (status, rest) = match bytes {
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        short => (200, short),
    };
    for (status, rest) in [(status, rest), (200, bytes), (400, bytes)] {
        let answer = Outcome::Answer { status, body: serde_json::from_slice(rest).ok() };
        for expect in [Expect::Analyze, Expect::Live] {
            std::hint::black_box(answer.verdict(expect));
        }
        std::hint::black_box(client_ids(&answer));
    }
}

/// Frames of the stream: a tick that is read has a price.
pub(crate) fn frames(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    std::hint::black_box(time(text));
    if let Some(Frame::Tick(tick)) = frame(text) {
        assert!(tick.last > Price::ZERO);
        told(Prices::default().streamed(InstrumentId::new(0), tick, NOW));
    }
}

/// A depth that was asked for, twice: the second time something may have traded.
pub(crate) fn quotes(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    let mut prices = Prices::default();
    for _ in 0..2 {
        told(prices.read(InstrumentId::new(0), &body, NOW));
    }
    let tick = Tick {
        symbol: String::new(),
        exchange: String::new(),
        last: Price::ZERO,
        bids: Vec::new(),
        asks: Vec::new(),
        volume: None,
        time: time(&body.to_string()),
    };
    told(prices.streamed(InstrumentId::new(0), tick, NOW));
}

/// Answers to what changes nothing: a bar that is read is one, hours end after they begin, a margin is no debt, a quote is
/// above zero.
pub(crate) fn questions(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return };
    let day = |text: &str| text.parse().unwrap_or_default();
    for line in bar_lines(&body, (day("2026-11-19"), day("2026-11-20"))).into_iter().flatten().flatten() {
        assert!(line.low > Price::ZERO && line.low <= line.open.min(line.close));
        assert!(line.high >= line.open.max(line.close));
    }
    for hours in timings(&body).into_iter().flatten() {
        assert!(hours.open < hours.close && !hours.exchange.is_empty());
    }
    for off in days_off(&body).into_iter().flatten() {
        assert!(off.open.iter().all(|hours| hours.open < hours.close));
    }
    if let Some(margin) = broker_margin(&body) {
        assert!(margin.total >= Money::ZERO);
    }
    for row in chain(&body).into_iter().flat_map(|chain| chain.rows) {
        let sides = [row.call, row.put];
        let prices = sides.iter().flatten().flat_map(|side| [side.bid, side.ask, side.last]);
        assert!(row.strike > Price::ZERO && prices.flatten().all(|price| price > Price::ZERO));
    }
    std::hint::black_box(intervals(&body));
}

fn told(events: Vec<MarketEvent>) {
    for event in events {
        if let MarketEvent::Quote(quote) = event {
            assert!(
                quote.bid > Price::ZERO && quote.ask > Price::ZERO && quote.venue_time <= quote.local_time
            );
        }
    }
}

/// A configuration file: read, or refused with what to do.
pub(crate) fn config(bytes: &[u8]) {
    static KINDS: LazyLock<Vec<StrategyKind>> = LazyLock::new(flightdeck::strategies::declared);
    let file = SettingsFile { name: "fuzz.toml", bytes };
    if let Err(faults) = load(&Sources { file: Some(file), now: NOW, kinds: &KINDS, ..Sources::default() }) {
        assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.to_string().is_empty()));
    }
}

/// A recording: read to its end or to its first fault. As it is, and as the contents of a block whose checksums are right: a
/// file made to harm has those.
pub(crate) fn tape(bytes: &[u8]) {
    read_tape(bytes.to_vec());
    if let Some(sealed) = sealed(bytes) {
        read_tape(sealed);
    }
}

/// Reads at most 64 blocks; how many messages there were.
pub(crate) fn read_tape(bytes: Vec<u8>) -> usize {
    let Ok(mut reader) = TapeReader::from_bytes(bytes, "fuzz") else { return 0 };
    let ids: Vec<InstrumentId> = reader.instrument_ids().collect();
    let mut messages = 0;
    for _ in 0..64 {
        let Ok(Some(block)) = reader.next_block() else { break };
        assert!(block.iter().all(|message| ids.contains(&message.instrument)));
        messages += block.len();
    }
    messages
}

/// A recording of one block with these contents: the first four bytes are how many messages it claims, the next eight the
/// time of the last one.
pub(crate) fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    /// The beginning of a recording up to its first block.
    static BEGIN: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let recorded = include_bytes!("corpus/tape/begin.tape");
        let reader = TapeReader::from_bytes(recorded.to_vec(), "fuzz").unwrap();
        let ids: Vec<_> = reader.instrument_ids().collect();
        let mut begin = Vec::new();
        drop(TapeWriter::new(&mut begin, "fuzz", reader.header(), &ids).unwrap());
        begin
    });
    let (messages, rest) = bytes.split_first_chunk::<4>()?;
    let (last, contents) = rest.split_first_chunk::<8>()?;
    let packed = zstd::bulk::compress(contents, 1).ok()?;
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).ok();
    let mut head = Vec::new();
    head.extend_from_slice(&(u32::from_le_bytes(*messages) % 64 + 1).to_le_bytes());
    head.extend_from_slice(&length(contents)?.to_le_bytes());
    head.extend_from_slice(&length(&packed)?.to_le_bytes());
    head.extend_from_slice(&0_i64.to_le_bytes());
    head.extend_from_slice(last);
    head.extend_from_slice(&crc32fast::hash(&packed).to_le_bytes());
    let sum = crc32fast::hash(&head);
    head.extend_from_slice(&sum.to_le_bytes());
    Some([BEGIN.as_slice(), b"B", &head, &packed].concat())
}
