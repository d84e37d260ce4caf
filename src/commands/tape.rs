//! `tape pack` makes a recording file of recorded-market folders; `tape verify` proves what one holds.

use crate::adapters::tape::{
    FolderMerge, FolderReader, TapeError, TapeHeader, TapeInstrument, TapeReader, TapeTotals, TapeWriter,
    folder_instrument,
};
use crate::model::{Instrument, Level, NetQty, Qty, Side};
use crate::sim::{Book, BookChange, RawBody, RawMessage, SourceError};
use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Why a recording could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A folder could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The recording could not be written.
    #[error(transparent)]
    Tape(#[from] TapeError),
}

/// What was packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackSummary {
    pub path: String,
    pub symbols: Vec<String>,
    pub messages: u64,
    pub bytes: u64,
    /// From the first to the last message, by the recorder's clock.
    pub length_ms: i64,
}

/// What a recording holds and what its books come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifySummary {
    pub path: String,
    pub source: String,
    pub license: String,
    pub messages: u64,
    pub bytes: u64,
    /// From the first to the last message, by the recorder's clock.
    pub length_ms: i64,
    pub instruments: Vec<InstrumentSummary>,
}

/// One instrument of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstrumentSummary {
    pub symbol: String,
    pub messages: u64,
    /// Depth messages: all, and those that took effect.
    pub depth_messages: u64,
    pub depth_applied: u64,
    pub level_changes: u64,
    pub sequence_breaks: u64,
    /// Messages after which the best bid was not below the best ask.
    pub crossed: u64,
    pub quotes: u64,
    pub trades: u64,
    pub trade_qty: Qty,
    /// Bought minus sold, by aggressor.
    pub trade_delta: NetQty,
    /// The book after the first, a quarter, half, three quarters and all of the applied depth messages.
    pub checkpoints: Vec<Checkpoint>,
}

/// The book after an applied depth message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// Counted from 1.
    pub applied: u64,
    pub bid: Option<Level>,
    pub ask: Option<Level>,
    pub bid_levels: usize,
    pub ask_levels: usize,
    /// `Book::hash`.
    pub hash: String,
}

/// Packs folders, merged by receive time, into one recording. Source and licence are taken from the folders' READMEs.
/// The file appears whole or not at all.
pub fn pack(folders: &[PathBuf], instruments: &[Instrument], out: &Path) -> Result<PackSummary, PackError> {
    let mut readers = Vec::with_capacity(folders.len());
    for folder in folders {
        readers.push(FolderReader::open(folder, folder_instrument(folder, instruments)?)?);
    }
    let mut merge = FolderMerge::new(readers)?;
    let mut recorded: Vec<Instrument> = Vec::new();
    for instrument in merge.instruments() {
        if recorded.iter().all(|other| other.id != instrument.id) {
            recorded.push(instrument.clone());
        }
    }
    let header = TapeHeader {
        source: notes(folders, &["- Source:"]),
        license: notes(folders, &["- Licence:", "- License:"]),
        instruments: recorded.iter().map(TapeInstrument::of).collect(),
    };
    let ids: Vec<_> = recorded.iter().map(|instrument| instrument.id).collect();
    let path = out.display().to_string();
    let mut writer = TapeWriter::new(Vec::new(), &path, &header, &ids)?;
    let (mut messages, mut first, mut last) = (0, None, None);
    while let Some(message) = merge.next_message()? {
        writer.push(&message)?;
        messages += 1;
        first = first.or(Some(message.local_time));
        last = Some(message.local_time);
    }
    let (file, bytes) = writer.finish()?;
    write_whole(out, &file).map_err(|source| TapeError::Io { path: path.clone(), source })?;
    let symbols = header.instruments.into_iter().map(|instrument| instrument.symbol).collect();
    let length_ms = first.zip(last).map_or(0, |(first, last)| last.since(first).millis());
    Ok(PackSummary { path, symbols, messages, bytes, length_ms })
}

/// Reads a recording to its end, builds every book and tells what they came to.
pub fn verify(mut reader: TapeReader) -> Result<VerifySummary, TapeError> {
    let totals = reader.totals()?;
    let symbols: Vec<String> = reader.header().instruments.iter().map(|one| one.symbol.clone()).collect();
    let header = reader.header().clone();
    let mut counts: Vec<Check> = symbols.iter().map(|_| Check::default()).collect();
    read_all(&mut reader, &mut counts)?;
    // How many depth messages take effect is known only now: the books are built again to stop at parts of it.
    let mut checks: Vec<Check> = counts.iter().map(|count| Check::stopping(count.book.applied())).collect();
    reader.rewind()?;
    read_all(&mut reader, &mut checks)?;
    let instruments = symbols.into_iter().zip(checks).map(|(symbol, check)| check.finish(symbol)).collect();
    Ok(summary(&reader, header, totals, instruments))
}

fn summary(
    reader: &TapeReader,
    header: TapeHeader,
    totals: TapeTotals,
    instruments: Vec<InstrumentSummary>,
) -> VerifySummary {
    VerifySummary {
        path: reader.path().to_owned(),
        source: header.source,
        license: header.license,
        messages: totals.messages,
        bytes: totals.bytes,
        length_ms: totals.length().millis(),
        instruments,
    }
}

fn read_all(reader: &mut TapeReader, checks: &mut [Check]) -> Result<(), TapeError> {
    while let Some(messages) = reader.next_block()? {
        for message in &messages {
            if let Some(check) = checks.get_mut(message.instrument.index()) {
                check.take(message);
            }
        }
    }
    Ok(())
}

/// One instrument being verified.
#[derive(Debug, Default)]
struct Check {
    book: Book,
    stops: Vec<u64>,
    checkpoints: Vec<Checkpoint>,
    messages: u64,
    depth_messages: u64,
    level_changes: u64,
    sequence_breaks: u64,
    crossed: u64,
    quotes: u64,
    trades: u64,
    trade_qty: Qty,
    trade_delta: NetQty,
}

impl Check {
    /// Stops after the first message, each quarter (rounded up) and the last of `applied`.
    fn stopping(applied: u64) -> Self {
        let mut stops: Vec<u64> = (1..=4).map(|part| (applied * part).div_ceil(4)).collect();
        stops.insert(0, 1);
        stops.dedup();
        stops.retain(|stop| (1..=applied).contains(stop));
        Self { stops, ..Self::default() }
    }

    fn take(&mut self, message: &RawMessage) {
        self.messages += 1;
        match &message.body {
            RawBody::Depth { changes, .. } => {
                self.depth_messages += 1;
                self.level_changes += u64::try_from(changes.len()).unwrap_or(u64::MAX);
            }
            RawBody::Bbo { .. } => self.quotes += 1,
            RawBody::Trade { qty, aggressor, .. } => {
                self.trades += 1;
                self.trade_qty = self.trade_qty.plus(*qty);
                self.trade_delta += qty.signed(*aggressor);
            }
            RawBody::Snapshot { .. } | RawBody::Damaged { .. } | RawBody::Looped { .. } => {}
        }
        let (stops, checkpoints, crossed) = (&self.stops, &mut self.checkpoints, &mut self.crossed);
        let change = self.book.apply_watched(message, &mut |book| {
            if stops.contains(&book.applied()) {
                checkpoints.push(Checkpoint::of(book));
            }
            *crossed += u64::from(book.is_crossed());
        });
        self.sequence_breaks += u64::from(matches!(change, BookChange::Gap { .. }));
    }

    fn finish(self, symbol: String) -> InstrumentSummary {
        InstrumentSummary {
            symbol,
            messages: self.messages,
            depth_messages: self.depth_messages,
            depth_applied: self.book.applied(),
            level_changes: self.level_changes,
            sequence_breaks: self.sequence_breaks,
            crossed: self.crossed,
            quotes: self.quotes,
            trades: self.trades,
            trade_qty: self.trade_qty,
            trade_delta: self.trade_delta,
            checkpoints: self.checkpoints,
        }
    }
}

impl Checkpoint {
    fn of(book: &Book) -> Self {
        Self {
            applied: book.applied(),
            bid: book.best(Side::Buy),
            ask: book.best(Side::Sell),
            bid_levels: book.level_count(Side::Buy),
            ask_levels: book.level_count(Side::Sell),
            hash: book.hash(),
        }
    }
}

/// The lines of the folders' READMEs that begin with one of these words, each once.
fn notes(folders: &[PathBuf], starts: &[&str]) -> String {
    let mut found: Vec<String> = Vec::new();
    for folder in folders {
        // A folder without a README is a folder whose origin is not told.
        let text = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let note_of =
            |line: &str| starts.iter().find_map(|start| line.strip_prefix(start)).map(str::to_owned);
        found.extend(text.lines().filter_map(note_of).map(|note| note.trim().replace('`', "")));
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|note| seen.insert(note.clone()));
    if found.is_empty() { "not told".to_owned() } else { found.join("; ") }
}

/// Writes beside the file and renames, so that a reader never sees half of it.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

impl fmt::Display for PackSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, symbols, messages, bytes, length_ms } = self;
        let symbols = symbols.join(", ");
        write!(f, "{path}: {symbols}; {messages} messages over {length_ms} ms in {bytes} bytes")
    }
}

impl fmt::Display for VerifySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, source, license, messages, bytes, length_ms, instruments } = self;
        writeln!(f, "{path}: {messages} messages over {length_ms} ms in {bytes} bytes")?;
        writeln!(f, "source: {source}")?;
        writeln!(f, "licence: {license}")?;
        instruments.iter().try_for_each(|instrument| write!(f, "{instrument}"))
    }
}

impl fmt::Display for InstrumentSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} messages", self.symbol, self.messages)?;
        writeln!(
            f,
            "  depth {} ({} applied, {} level changes), sequence breaks {}, crossed {}",
            self.depth_messages, self.depth_applied, self.level_changes, self.sequence_breaks, self.crossed
        )?;
        writeln!(
            f,
            "  quotes {}, trades {} (qty {}, delta {})",
            self.quotes, self.trades, self.trade_qty, self.trade_delta
        )?;
        for point in &self.checkpoints {
            let touch = |level: Option<Level>| {
                level.map_or_else(|| "none".to_owned(), |level| format!("{} x {}", level.price, level.qty))
            };
            let (bid, ask) = (touch(point.bid), touch(point.ask));
            let (bids, asks) = (point.bid_levels, point.ask_levels);
            writeln!(f, "  after #{}: bid {bid}, ask {ask}, levels {bids} / {asks}", point.applied)?;
            writeln!(f, "    book {}", point.hash)?;
        }
        Ok(())
    }
}
