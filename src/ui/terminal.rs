//! Taking the terminal and giving it back, whatever happens in between.

use super::tty::{TerminalOut, takes_bytes};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags,
    PushKeyboardEnhancementFlags,
};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    SetTitle, disable_raw_mode, enable_raw_mode,
};
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Whether the terminal is ours, and whether it was asked for its better keyboard. Process-wide, since a panic on any
/// thread must give back what there is only one of.
static TAKEN: AtomicBool = AtomicBool::new(false);
static KEYBOARD: AtomicBool = AtomicBool::new(false);

/// Whether a part of a frame is being written at this instant.
static WRITING: AtomicBool = AtomicBool::new(false);

/// The terminal, ours until dropped.
#[derive(Debug)]
pub(super) struct TerminalGuard(());

impl TerminalGuard {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, no cursor, no mouse. `keyboard` asks a terminal
    /// that offers it for key repeats and releases to be told apart.
    pub(super) fn take(keyboard: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self(());
        let mut bytes = Vec::with_capacity(64);
        queue!(bytes, EnterAlternateScreen, EnableBracketedPaste, DisableLineWrap, Hide)?;
        if keyboard && crossterm::terminal::supports_keyboard_enhancement().unwrap_or(false) {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
                | KeyboardEnhancementFlags::REPORT_EVENT_TYPES;
            queue!(bytes, PushKeyboardEnhancementFlags(flags))?;
            KEYBOARD.store(true, Ordering::SeqCst);
        }
        TerminalOut.write_all(&bytes)?;
        Ok(guard)
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// The terminal for frames: takes them only while the terminal is ours. A panic on another thread gives it back at any
/// moment, and what is drawn after that would lie over the shell.
#[derive(Debug, Default)]
pub(super) struct FrameOut;

impl Write for FrameOut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The mark first, then the look: who gives the terminal back takes it away first and then looks at the mark.
        WRITING.store(true, Ordering::SeqCst);
        let ours = TAKEN.load(Ordering::SeqCst);
        let written = if ours { TerminalOut.write(bytes) } else { Err(ErrorKind::NotConnected.into()) };
        WRITING.store(false, Ordering::SeqCst);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until no frame is being written, with little patience: a terminal that takes no bytes never will be done.
fn wait_for_frame() {
    for _ in 0..100 {
        if !WRITING.load(Ordering::SeqCst) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Gives the terminal back. May be called from any thread, any number of times, also from a panic hook: it takes no
/// lock on the output, waits for nobody and cannot panic; what a dead or stuck terminal refuses is nobody's business
/// any more.
pub fn restore_terminal() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    wait_for_frame();
    let mut bytes = Vec::with_capacity(64);
    let keyboard = KEYBOARD.swap(false, Ordering::SeqCst);
    let queued = (|| -> io::Result<()> {
        queue!(bytes, EndSynchronizedUpdate)?;
        if keyboard {
            queue!(bytes, PopKeyboardEnhancementFlags)?;
        }
        queue!(
            bytes,
            ResetColor,
            DisableBracketedPaste,
            EnableLineWrap,
            Show,
            SetTitle(""),
            LeaveAlternateScreen
        )
    })();
    let write = |bytes: &[u8]| {
        if takes_bytes(io::stdout()) {
            TerminalOut.write_all(bytes)
        } else {
            Err(ErrorKind::WouldBlock.into())
        }
    };
    let written = queued.and_then(|()| write(&bytes));
    let cooked = disable_raw_mode();
    if written.is_err() || cooked.is_err() {
        tracing::debug!("the terminal did not take its restoration; it is probably gone");
    }
}
