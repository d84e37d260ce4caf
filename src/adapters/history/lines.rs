//! Lines of a file through one buffer of fixed size: no line is copied twice, none longer than the bound is taken.

use std::fs::File;
use std::io::{self, Read};

/// The buffer, and the longest line that is read.
const BUFFER: usize = 256 * 1024;
const LINE_MAX: usize = 64 * 1024;

/// A file read line by line.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    over: bool,
    /// The number of the line given last, from 1.
    pub(super) number: u64,
}

/// What there is at a place of the file.
#[derive(Debug)]
pub(super) enum Line<'a> {
    /// Without its ending, LF or CRLF.
    Text(&'a [u8]),
    TooLong,
    End,
}

impl Lines {
    pub(super) fn new(file: File) -> Self {
        let buffer = vec![0; BUFFER].into_boxed_slice();
        Self { file, buffer, start: 0, end: 0, over: false, number: 0 }
    }

    /// The next line.
    #[inline]
    pub(super) fn next_line(&mut self) -> io::Result<Line<'_>> {
        if self.end - self.start < LINE_MAX && !self.over {
            self.fill()?;
        }
        let held = self.buffer.get(self.start..self.end).unwrap_or_default();
        if held.is_empty() {
            return Ok(Line::End);
        }
        self.number += 1;
        let length = match find(held) {
            Some(length) => length,
            None if held.len() > LINE_MAX => return Ok(Line::TooLong),
            None => held.len(),
        };
        self.start = (self.start + length + 1).min(self.end);
        let line = held.get(..length).unwrap_or_default();
        Ok(Line::Text(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// Moves what is left to the front and reads until the buffer is full or the file ends.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        while !self.over {
            let Some(space) = self.buffer.get_mut(self.end..).filter(|space| !space.is_empty()) else {
                break;
            };
            match self.file.read(space) {
                Ok(0) => self.over = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Where the line ends: eight bytes at a time.
#[inline]
fn find(held: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    let mut words = held.chunks_exact(8);
    for word in &mut words {
        let bits = u64::from_le_bytes(word.try_into().unwrap_or_default()) ^ (ONES * 0x0a);
        let hit = bits.wrapping_sub(ONES) & !bits & HIGHS;
        if hit != 0 {
            return Some(at + usize::try_from(hit.trailing_zeros() >> 3).unwrap_or_default());
        }
        at += 8;
    }
    words.remainder().iter().position(|byte| *byte == b'\n').map(|rest| at + rest)
}
