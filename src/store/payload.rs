//! An event as JSON that needs nobody to read it: names instead of ids, decimals as strings.

use super::subject::Roster;
use crate::model::{DisplayText, Event, InstrumentId, StrategyId};
use serde::Serialize as _;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Where the content of an event begins, behind its topic.
const DATA: &str = "\"data\":";

/// Room for most payloads.
const ROOM: usize = 512;

/// The event's content as text, without its topic.
pub(super) fn payload(event: &Event, roster: &Roster) -> String {
    let mut text = Vec::with_capacity(ROOM);
    let named = Named { roster, is_key: false, frames: Vec::with_capacity(8) };
    if let Err(error) = event.serialize(&mut Serializer::with_formatter(&mut text, named)) {
        // Our own plain data always serialises; should it not, the log says why instead of losing the row.
        return serde_json::Value::String(error.to_string()).to_string();
    }
    let mut text = String::from_utf8(text).unwrap_or_default();
    match text.find(DATA) {
        Some(place) => {
            text.truncate(text.len().saturating_sub(1));
            text.split_off(place + DATA.len())
        }
        None => "null".to_owned(),
    }
}

/// What a number may count, or a word may say that it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Strategy,
    Instrument,
    /// Of what the tag beside it says.
    Id,
    /// `scope` and `actor` say what the number in `id` counts.
    Tag,
    Other,
}

impl Key {
    fn of(word: &str) -> Self {
        match word {
            "strategy" => Self::Strategy,
            "instrument" => Self::Instrument,
            "id" => Self::Id,
            "scope" | "actor" => Self::Tag,
            _ => Self::Other,
        }
    }
}

/// An object or an array that has begun: its last key, and what its tag says.
#[derive(Debug, Clone, Copy)]
struct Frame {
    key: Key,
    tag: Key,
}

/// Writes JSON as it comes, with names where ids are, at every depth.
#[derive(Debug)]
struct Named<'a> {
    roster: &'a Roster,
    is_key: bool,
    frames: Vec<Frame>,
}

impl<'a> Named<'a> {
    /// Whose number this is, where it is one's and there is a name.
    fn name(&self, number: u64) -> Option<&'a DisplayText> {
        let frame = self.frames.last().filter(|_| !self.is_key)?;
        let number = u16::try_from(number).ok()?;
        match if frame.key == Key::Id { frame.tag } else { frame.key } {
            Key::Strategy => self.roster.strategy(StrategyId::new(number)),
            Key::Instrument => self.roster.instrument(InstrumentId::new(number)),
            Key::Id | Key::Tag | Key::Other => None,
        }
    }

    fn number<W: ?Sized + Write>(&self, writer: &mut W, number: u64) -> io::Result<()> {
        match self.name(number) {
            Some(name) => serde_json::to_writer(writer, name.as_str()).map_err(Into::into),
            None => write!(writer, "{number}"),
        }
    }

    fn begin(&mut self) {
        self.frames.push(Frame { key: Key::Other, tag: Key::Other });
    }
}

impl Formatter for Named<'_> {
    fn write_u8<W: ?Sized + Write>(&mut self, writer: &mut W, value: u8) -> io::Result<()> {
        self.number(writer, value.into())
    }

    fn write_u16<W: ?Sized + Write>(&mut self, writer: &mut W, value: u16) -> io::Result<()> {
        self.number(writer, value.into())
    }

    fn write_u32<W: ?Sized + Write>(&mut self, writer: &mut W, value: u32) -> io::Result<()> {
        self.number(writer, value.into())
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.number(writer, value)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if let Some(frame) = self.frames.last_mut() {
            if self.is_key {
                frame.key = Key::of(fragment);
            } else if frame.key == Key::Tag {
                frame.tag = Key::of(fragment);
            }
        }
        writer.write_all(fragment.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin();
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.frames.pop();
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin();
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.frames.pop();
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_key = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.is_key = false;
        Ok(())
    }
}
