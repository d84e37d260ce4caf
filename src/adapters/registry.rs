//! Where market data can come from: one arm per kind of feed.

use super::synthetic::{SyntheticOptions, SyntheticSource};
use super::tape::{
    BUILT_IN, BUILT_IN_NAME, FolderMerge, FolderReader, OnDamage, Playback, Repeat, TapeError, TapeReader,
    TapeSource, folder_instrument,
};
use crate::config::{Feed, FeedSource};
use crate::model::{Instrument, Price, Timestamp};
use crate::sim::{MarketSource, SourceError};
use std::path::{Path, PathBuf};

/// The file that makes a folder a recording.
const SNAPSHOT: &str = "depth_snapshot.csv";

/// Why a feed could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A tape that cannot be played.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// A folder that cannot be read.
    #[error(transparent)]
    Folder(#[from] SourceError),
    /// The path is neither.
    #[error(
        "{path}: neither a tape file nor a recording folder (a folder with {SNAPSHOT}, or with such folders in it)"
    )]
    NotARecording { path: String },
}

/// Opens the market source the settings ask for. `seed` is taken by a synthetic market without one of its own; `start`
/// is the first instant of a synthetic market. A cockpit goes on past a damaged block and shows it; a run whose result is
/// the point stops there.
pub fn market_source(
    feed: &Feed,
    instruments: &[Instrument],
    seed: u64,
    start: Timestamp,
    on_damage: OnDamage,
) -> Result<Box<dyn MarketSource>, FeedError> {
    let repeat = if feed.repeat { Repeat::Loop } else { Repeat::Once };
    let playback = Playback { repeat, on_damage };
    match &feed.source {
        FeedSource::Demo => {
            let reader = TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME)?.select(instruments)?;
            Ok(Box::new(TapeSource::tape(reader, playback)?))
        }
        FeedSource::Tape(path) => recording(Path::new(path), instruments, playback),
        FeedSource::Synthetic { seed: own } => {
            let options = SyntheticOptions::new(own.unwrap_or(seed), start);
            let markets = instruments.iter().map(|one| (one.clone(), middle(one)));
            Ok(Box::new(SyntheticSource::new(options, markets)))
        }
    }
}

fn recording(
    path: &Path,
    instruments: &[Instrument],
    playback: Playback,
) -> Result<Box<dyn MarketSource>, FeedError> {
    if path.is_file() {
        let reader = TapeReader::open(path)?.select(instruments)?;
        return Ok(Box::new(TapeSource::tape(reader, playback)?));
    }
    let folders = recording_folders(path);
    if folders.is_empty() {
        return Err(FeedError::NotARecording { path: path.display().to_string() });
    }
    let readers = folders
        .iter()
        .map(|folder| FolderReader::open(folder, folder_instrument(folder, instruments)?))
        .collect::<Result<Vec<_>, SourceError>>()?;
    Ok(Box::new(TapeSource::folders(FolderMerge::new(readers)?, playback)))
}

/// The folder itself, or the recordings directly in it, by name.
fn recording_folders(path: &Path) -> Vec<PathBuf> {
    if path.join(SNAPSHOT).is_file() {
        return vec![path.to_path_buf()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|entry| entry.join(SNAPSHOT).is_file())
        .collect();
    folders.sort();
    folders
}

/// Where a synthetic market starts: the geometric middle of the instrument's price range, on its tick.
fn middle(instrument: &Instrument) -> Price {
    let product = i128::from(instrument.min_price.raw()) * i128::from(instrument.max_price.raw());
    let raw = i64::try_from(product.isqrt()).unwrap_or(instrument.min_price.raw());
    instrument.round_price(Price::from_raw(raw).unwrap_or(instrument.min_price), crate::model::Round::Up)
}
