//! From one frame to the next with one write: only cells that changed, wrapped so that the terminal shows them at
//! once; nothing at all when nothing changed.

use super::view::PaintStats;
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, SetTitle};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{self, Write};

/// Two buffers and the bytes between them.
#[derive(Debug)]
pub struct Painter<W> {
    out: W,
    shown: Buffer,
    next: Buffer,
    bytes: Vec<u8>,
    whole: bool,
    title: String,
    stats: PaintStats,
}

impl<W: Write> Painter<W> {
    /// A painter onto a screen of this size.
    pub fn new(out: W, area: Rect) -> Self {
        Self {
            out,
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            bytes: Vec::with_capacity(32 * 1024),
            whole: true,
            title: String::new(),
            stats: PaintStats::default(),
        }
    }

    /// The screen.
    pub const fn area(&self) -> Rect {
        self.shown.area
    }

    /// What has been painted so far.
    pub const fn stats(&self) -> PaintStats {
        self.stats
    }

    /// What the terminal shows.
    pub const fn shown(&self) -> &Buffer {
        &self.shown
    }

    /// The writer.
    pub const fn out(&self) -> &W {
        &self.out
    }

    /// The screen has another size: the next frame is a whole one.
    pub fn resize(&mut self, area: Rect) {
        if area != self.shown.area {
            self.shown = Buffer::empty(area);
            self.next = Buffer::empty(area);
        }
        self.whole = true;
    }

    /// The next frame is a whole one.
    pub const fn repaint(&mut self) {
        self.whole = true;
    }

    /// The terminal's title, sent with the next frame when it differs.
    pub fn set_title(&mut self, title: String) {
        if title != self.title {
            self.title = title;
            // Titles carry venue and broker names, which are clean; what is drawn is cleaned again here all the same.
            let clean: String = self.title.chars().map(super::pen::harmless).collect();
            let queued = queue!(self.bytes, SetTitle(clean));
            debug_assert!(queued.is_ok(), "a Vec takes all that is written");
        }
    }

    /// Text for the terminal besides the frame (a clipboard, a bell), sent with it.
    pub fn also(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Draws a frame and writes what changed. An error means that the terminal is gone.
    pub fn paint(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.next.reset();
        draw(&mut self.next);
        if self.whole {
            self.shown.reset();
        }
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if self.whole || changes.peek().is_some() {
            queue!(self.bytes, BeginSynchronizedUpdate)?;
            if self.whole {
                queue!(self.bytes, Clear(ClearType::All))?;
            }
            CrosstermBackend::new(&mut self.bytes).draw(changes)?;
            queue!(self.bytes, EndSynchronizedUpdate)?;
        }
        self.whole = false;
        self.stats.frames += 1;
        if self.bytes.is_empty() {
            self.stats.unchanged += 1;
            return Ok(());
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        self.stats.bytes += u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        let written = self.out.write_all(&self.bytes).and_then(|()| self.out.flush());
        self.bytes.clear();
        written
    }
}
