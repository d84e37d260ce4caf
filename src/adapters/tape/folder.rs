//! Reads a recorded-market folder: its tables merged by sequence number into the stream that was recorded.

use super::rows::{Kind, Numbered, Rows};
use crate::model::{Instrument, Timestamp};
use crate::sim::{RawMessage, SourceError};
use std::path::{Path, PathBuf};

/// A folder being read.
#[derive(Debug)]
pub struct FolderReader {
    folder: PathBuf,
    instrument: Instrument,
    tables: Vec<(Rows, Option<Numbered>)>,
    last_local: Timestamp,
}

/// Several folders being read as one stream, merged by receive time; where times are equal the folder named first
/// comes first.
#[derive(Debug)]
pub struct FolderMerge {
    folders: Vec<(FolderReader, Option<RawMessage>)>,
}

/// Which instrument a folder is of: the one whose symbol, in lower case, is part of the folder's name; the longest
/// where several are. An error that asks for a choice where the name does not tell.
pub fn folder_instrument<'a>(
    folder: &Path,
    instruments: &'a [Instrument],
) -> Result<&'a Instrument, SourceError> {
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let fits = |one: &&Instrument| name.contains(&one.symbol.as_str().to_lowercase());
    let longest = instruments.iter().filter(fits).map(|one| one.symbol.as_str().len()).max();
    let mut found = instruments.iter().filter(fits).filter(|one| Some(one.symbol.as_str().len()) == longest);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (first, _) => {
            let known: Vec<&str> = instruments.iter().map(|one| one.symbol.as_str()).collect();
            let what = if first.is_some() { "more than one instrument" } else { "no configured instrument" };
            let problem = format!("its name tells {what} ({}): say which one it is of", known.join(", "));
            Err(SourceError::Damaged { path: folder.display().to_string(), problem })
        }
    }
}

impl FolderReader {
    /// Opens a folder as a recording of this instrument. The folder must have at least one of its tables.
    pub fn open(folder: &Path, instrument: &Instrument) -> Result<Self, SourceError> {
        let mut tables = Vec::new();
        for kind in Kind::ALL {
            if let Some(mut rows) = Rows::open(folder, kind, instrument)? {
                let head = rows.next_message()?;
                tables.push((rows, head));
            }
        }
        if tables.is_empty() {
            let stems: Vec<&str> = Kind::ALL.map(Kind::stem).to_vec();
            let problem = format!("not a recorded market: none of {} (.csv or .parquet)", stems.join(", "));
            return Err(SourceError::Damaged { path: folder.display().to_string(), problem });
        }
        let last_local = Timestamp::EPOCH;
        Ok(Self { folder: folder.to_owned(), instrument: instrument.clone(), tables, last_local })
    }

    /// The recorded instrument.
    pub const fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    /// The next message in the recorded order, `None` at the end.
    pub fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let seq_of = |(_, head): &(Rows, Option<Numbered>)| head.as_ref().map(|head| head.seq);
        let Some(lowest) = self.tables.iter().filter_map(seq_of).min() else { return Ok(None) };
        let mut holders =
            self.tables.iter_mut().filter(|(_, head)| head.as_ref().is_some_and(|head| head.seq == lowest));
        let Some((rows, head)) = holders.next() else { return Ok(None) };
        if let Some((other, Some(twin))) = holders.next() {
            return Err(other.seq_error(twin));
        }
        let Some(current) = head.take() else { return Ok(None) };
        if current.message.local_time < self.last_local {
            return Err(rows.time_error(&current));
        }
        self.last_local = current.message.local_time;
        *head = rows.next_message()?;
        Ok(Some(current.message))
    }

    /// Starts again.
    pub fn reopen(&self) -> Result<Self, SourceError> {
        Self::open(&self.folder, &self.instrument)
    }
}

impl FolderMerge {
    /// Reads these folders together.
    pub fn new(readers: Vec<FolderReader>) -> Result<Self, SourceError> {
        let mut folders = Vec::with_capacity(readers.len());
        for mut reader in readers {
            let head = reader.next_message()?;
            folders.push((reader, head));
        }
        Ok(Self { folders })
    }

    /// The recorded instruments, in the order of the folders.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.folders.iter().map(|(reader, _)| reader.instrument())
    }

    /// The next message by receive time, `None` at the end.
    pub fn next_message(&mut self) -> Result<Option<RawMessage>, SourceError> {
        let waiting = self.folders.iter_mut().filter(|(_, head)| head.is_some());
        let earliest = waiting.min_by_key(|(_, head)| head.as_ref().map(|head| head.local_time));
        let Some((reader, head)) = earliest else { return Ok(None) };
        let next = reader.next_message()?;
        Ok(std::mem::replace(head, next))
    }

    /// Starts again.
    pub fn reopen(&self) -> Result<Self, SourceError> {
        let again = self.folders.iter().map(|(reader, _)| reader.reopen());
        Self::new(again.collect::<Result<Vec<_>, _>>()?)
    }
}
