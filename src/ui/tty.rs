//! The terminal as a file: waiting for keys without spinning on a dead one, and writing without a lock.

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

/// The terminal is gone: closed, hung up, or an error on it.
#[derive(Debug, thiserror::Error)]
#[error("the terminal is gone")]
pub struct Gone;

/// Where keys come from.
pub trait Keys {
    /// Waits for at most this long for something to read.
    fn wait(&mut self, at_most: Duration) -> Result<(), Gone>;

    /// The next event that is already there.
    fn next(&mut self) -> Result<Option<Event>, Gone>;
}

/// Standard input. `crossterm` alone reads a closed or hung-up terminal for ever without sleeping (its reader treats
/// end of file as "no key yet"), so we look at the file first and never let it see such a one.
#[derive(Debug, Default)]
pub(super) struct TerminalKeys;

impl Keys for TerminalKeys {
    fn wait(&mut self, at_most: Duration) -> Result<(), Gone> {
        if event::poll(Duration::ZERO).map_err(|_read| Gone)? {
            return Ok(());
        }
        alive(at_most)
    }

    fn next(&mut self) -> Result<Option<Event>, Gone> {
        alive(Duration::ZERO)?;
        if !event::poll(Duration::ZERO).map_err(|_read| Gone)? {
            return Ok(None);
        }
        event::read().map(Some).map_err(|_read| Gone)
    }
}

/// Waits for input, a signal or the end of the time; an error once the terminal is hung up.
fn alive(at_most: Duration) -> Result<(), Gone> {
    let input = io::stdin();
    let mut files = [PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN)];
    let timeout = Timespec::try_from(at_most).map_err(|_long| Gone)?;
    match poll(&mut files, Some(&timeout)) {
        // A signal, such as a new size, ends the wait early.
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(_) => return Err(Gone),
    }
    let dead = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if files.iter().any(|file| file.revents().intersects(dead)) { Err(Gone) } else { Ok(()) }
}

/// How long a terminal may need to take bytes again.
const STUCK_AFTER: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// Whether a file takes bytes now or in a moment. To be asked before the last words: a terminal that nobody reads (a
/// stalled line, a stopped window) would keep the process from ending.
pub fn takes_bytes(file: impl AsFd) -> bool {
    let mut files = [PollFd::from_borrowed_fd(file.as_fd(), PollFlags::OUT)];
    let polled = poll(&mut files, Some(&STUCK_AFTER));
    polled.is_ok() && files.iter().all(|file| file.revents().contains(PollFlags::OUT))
}

/// Standard output, written directly: no lock that a panic on another thread could wait for, no line buffer that could
/// split a frame.
#[derive(Debug, Default)]
pub(super) struct TerminalOut;

impl Write for TerminalOut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = io::stdout();
        Ok(rustix::io::write(out.as_fd(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
