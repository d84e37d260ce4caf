//! The door itself: a Unix socket that only its owner may use, and who is let in.

use super::connection::{Admission, attend, turn_away};
use super::keeper::Keeper;
use super::lanes::Lanes;
use crate::model::Actor;
use crate::wire::Client;
use rustix::process::geteuid;
use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Connections at once; beyond them a few more that may only kill: nobody's idle sessions keep a kill out. Beyond
/// those a connection is told so and closed.
const CONNECTIONS: usize = 8;
const KEPT_FOR_KILLS: usize = 4;

/// The longest path of a socket, in bytes: `sun_path` without its end.
const LONGEST_PATH: usize = 107;

/// How long nothing is accepted after accepting failed (no file descriptors left).
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Something that is not a socket of ours is in the way; it is left alone.
    #[error("{}: in the way of the control socket is {what}; remove it or choose another data directory", .path.display())]
    Foreign { path: PathBuf, what: &'static str },
    /// Somebody listens there.
    #[error("{}: another flightdeck is already running on this data directory", .path.display())]
    Occupied { path: PathBuf },
    /// Unix sockets cannot be that deep.
    #[error("{}: {len} bytes, a Unix socket's path has at most {LONGEST_PATH}; choose a shorter data directory", .path.display())]
    TooLong { path: PathBuf, len: usize },
    /// The system refused.
    #[error("{}: {attempt}: {source}", .path.display())]
    Io { path: PathBuf, attempt: &'static str, source: io::Error },
}

/// How long the door waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the engine to answer a request.
    pub engine: Duration,
    /// For a peer to finish a line or to take an answer.
    pub peer: Duration,
}

/// A door that is bound and not yet open. Its socket goes when it does.
#[derive(Debug)]
pub struct Door {
    listener: StdListener,
    file: SocketFile,
    patience: Patience,
}

/// The socket in the file system; removed with this, if it is still the same.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl Default for Patience {
    fn default() -> Self {
        Self { engine: Duration::from_secs(2), peer: Duration::from_secs(5) }
    }
}

impl Door {
    /// Binds the socket, mode 0600, in a directory that only its owner may enter. A socket of ours that nobody listens
    /// on is left over from a run that crashed and is replaced; everything else in the way is an error and stays.
    /// Two starts at the same instant are kept apart by the lock on the data directory, not here.
    pub fn bind(path: &Path) -> Result<Self, DoorError> {
        let len = path.as_os_str().len();
        if len > LONGEST_PATH {
            return Err(DoorError::TooLong { path: path.to_owned(), len });
        }
        clear(path)?;
        let failed = |attempt| move |source| DoorError::Io { path: path.to_owned(), attempt, source };
        let listener = StdListener::bind(path).map_err(failed("bind the control socket"))?;
        let file = SocketFile::of(path).map_err(failed("look at the control socket"))?;
        // Nobody is accepted before this is done, and nobody but the owner ever (see `is_owner`).
        let own = Permissions::from_mode(0o600);
        fs::set_permissions(path, own).map_err(failed("protect the control socket"))?;
        listener.set_nonblocking(true).map_err(failed("prepare the control socket"))?;
        Ok(Self { listener, file, patience: Patience::default() })
    }

    /// The same door with other patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Serves until `stop`, asking the engine as `Actor::Cli`. Must be called inside a tokio runtime.
    pub async fn serve(self, client: Client, stop: CancellationToken) {
        let Self { listener, file, patience } = self;
        match UnixListener::from_std(listener) {
            Ok(listener) => {
                let (lanes, ends) = Lanes::new();
                let keeper = Keeper::new(client.acting_as(Actor::Cli), patience.engine);
                tokio::join!(keeper.keep(ends, stop.clone()), accept(listener, lanes, patience.peer, stop));
            }
            Err(error) => tracing::error!(%error, "nobody can be let in at the control socket"),
        }
        drop(file);
    }
}

/// Lets connections in until `stop`; those still open then are dropped.
async fn accept(listener: UnixListener, lanes: Lanes, patience: Duration, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let kept = Arc::new(Semaphore::new(KEPT_FOR_KILLS));
    let mut open = JoinSet::new();
    loop {
        // The end first: a flood of connections does not delay it. Finished ones before new ones, to be forgotten.
        let stream = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(_finished) = open.join_next() => continue,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "the control socket could not accept");
                    tokio::time::sleep(AFTER_FAILURE).await;
                    continue;
                }
            },
        };
        if !is_owner(&stream) {
            continue;
        }
        let lanes = lanes.clone();
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            open.spawn(async move {
                attend(stream, lanes, Admission::Everything, patience).await;
                drop(place);
            });
        } else if let Ok(place) = Arc::clone(&kept).try_acquire_owned() {
            open.spawn(async move {
                attend(stream, lanes, Admission::KillsOnly, patience).await;
                drop(place);
            });
        } else {
            // An answer this short fits the socket's buffer, so this does not wait for the peer.
            turn_away(stream, AFTER_FAILURE).await;
        }
    }
}

/// Whether the peer is the user we run as. Root is not: who is root need not ask.
fn is_owner(stream: &UnixStream) -> bool {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == geteuid().as_raw() => true,
        Ok(peer) => {
            tracing::warn!(uid = peer.uid(), "another user at the control socket was turned away");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a peer at the control socket could not be identified");
            false
        }
    }
}

/// Makes the path free, if what is there is a dead socket of ours.
fn clear(path: &Path) -> Result<(), DoorError> {
    let failed = |attempt| move |source| DoorError::Io { path: path.to_owned(), attempt, source };
    let there = match path.symlink_metadata() {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("look for an old control socket")(error)),
    };
    if let Some(what) = foreign(&there) {
        return Err(DoorError::Foreign { path: path.to_owned(), what });
    }
    match StdStream::connect(path) {
        Ok(_listening) => Err(DoorError::Occupied { path: path.to_owned() }),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(failed("remove the control socket of an earlier run"))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("see whether somebody listens on the control socket")(error)),
    }
}

/// What it is, when it is no socket of ours.
fn foreign(there: &Metadata) -> Option<&'static str> {
    let kind = there.file_type();
    if kind.is_symlink() {
        return Some("a symbolic link");
    }
    if kind.is_dir() {
        return Some("a directory");
    }
    if !kind.is_socket() {
        return Some("a file that is no socket");
    }
    (there.uid() != geteuid().as_raw()).then_some("another user's socket")
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let there = path.symlink_metadata()?;
        Ok(Self { path: path.to_owned(), identity: (there.dev(), there.ino()) })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let same = self.path.symlink_metadata().is_ok_and(|now| (now.dev(), now.ino()) == self.identity);
        if same && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the control socket could not be removed");
        }
    }
}
