//! An API key in the keyring of the session: a Secret Service, asked over the session bus, and never for longer than a kill may wait.
//!
//! It is never asked to unlock: that asks a human, in a window that may be on no screen, and a kill would wait for it.

use secret_service::{EncryptionType, Error, SecretService};
use std::future::Future;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::Builder;
use std::time::Duration;
use zbus::Connection;
use zeroize::Zeroizing;

/// The attribute `service` of each entry of ours; `username` is its name. `secret-tool` and other programs write both.
const SERVICE: &str = "flightdeck";

/// How long it may take: a keyring that runs answers in milliseconds, one that is started for us in less than a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the keyring gave no key. No message repeats a word it said: it knows the key.
#[derive(Debug, thiserror::Error)]
pub(super) enum RingError {
    /// Nobody is there to be asked.
    #[error(
        "{name}: no keyring is in reach: start one (GNOME Keyring, KWallet, KeePassXC) in this session with its \
         DBUS_SESSION_BUS_ADDRESS, or use key_file"
    )]
    Away { name: String },
    /// The bus or the keyring says nothing.
    #[error("{name}: the keyring did not answer within {} s: restart it, or use key_file", PATIENCE.as_secs())]
    Silent { name: String },
    /// It would have to be unlocked first.
    #[error(
        "{name}: the keyring is locked: unlock it (secret-tool lookup service {SERVICE} username {name} >/dev/null \
         asks for its password), then again"
    )]
    Locked { name: String },
    /// It has no such entry.
    #[error(
        "{name}: not in the keyring: secret-tool store --label='Flightdeck {name}' service {SERVICE} username {name}"
    )]
    NoEntry { name: String },
    /// Nobody knows which of them is meant.
    #[error(
        "{name}: the keyring holds {count} of that name: secret-tool clear service {SERVICE} username {name}, then \
         store one"
    )]
    Several { name: String, count: usize },
    /// It gave no text.
    #[error("{name}: the keyring gave no text: store the key again, as one line")]
    NoText { name: String },
    /// It is there and does not do what a Secret Service does.
    #[error("{name}: the keyring refused, or broke off: use key_file where it goes on doing so")]
    Refused { name: String },
    /// It was not asked at all.
    #[error("{name}: the keyring cannot be asked: {source}")]
    NotAsked { name: String, source: io::Error },
}

/// What the entry of this name holds. What comes too late is wiped unread.
pub(super) fn read(name: &str) -> Result<Zeroizing<String>, RingError> {
    let entry = name.to_owned();
    within(PATIENCE, name, async move {
        let away = |_unheard| RingError::Away { name: entry.clone() };
        let bus = Connection::session().await.map_err(away)?;
        entry_of(bus, EncryptionType::Dh, &entry).await
    })
}

/// Asks on a thread of its own: whoever wants a key may be inside another runtime, and whatever the bus does to that thread, nobody
/// waits for it longer than this.
fn within(
    patience: Duration,
    name: &str,
    ask: impl Future<Output = Result<Zeroizing<String>, RingError>> + Send + 'static,
) -> Result<Zeroizing<String>, RingError> {
    let silent = || RingError::Silent { name: name.to_owned() };
    let not_asked = |source| RingError::NotAsked { name: name.to_owned(), source };
    // One word is said, and nobody may be left to hear it.
    let (says, hears) = sync_channel(1);
    // Cut off from within as well, so that the thread and its connection end too.
    let asking = move || drop(says.try_send(cut_off(patience, ask)));
    Builder::new().name("keyring".to_owned()).spawn(asking).map_err(not_asked)?;
    match hears.recv_timeout(patience) {
        Ok(Ok(Some(told))) => told,
        Ok(Ok(None)) | Err(RecvTimeoutError::Timeout) => Err(silent()),
        Ok(Err(source)) => Err(not_asked(source)),
        // What asks has panicked.
        Err(RecvTimeoutError::Disconnected) => Err(RingError::Refused { name: name.to_owned() }),
    }
}

/// What comes of it in that time; `None`: nothing did.
fn cut_off<T>(patience: Duration, ask: impl Future<Output = T>) -> io::Result<Option<T>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let told = runtime.block_on(async { tokio::time::timeout(patience, ask).await.ok() });
    runtime.shutdown_background();
    Ok(told)
}

/// Finds the one entry and takes what it holds. On the bus it is encrypted for us alone.
async fn entry_of(
    bus: Connection,
    encryption: EncryptionType,
    name: &str,
) -> Result<Zeroizing<String>, RingError> {
    let refused = |error| refused(&error, name);
    let name = || name.to_owned();
    // Nobody has that name on the bus, or whoever has it opens no session.
    let away = |_unheard| RingError::Away { name: name() };
    let keyring = SecretService::connect_with_existing(encryption, bus).await.map_err(away)?;
    let entry = name();
    let wanted = [("service", SERVICE), ("username", entry.as_str())].into_iter().collect();
    let found = keyring.search_items(wanted).await.map_err(refused)?;
    let item = match (found.unlocked.as_slice(), found.locked.as_slice()) {
        ([item], []) => item,
        ([], []) => return Err(RingError::NoEntry { name: name() }),
        ([], [_]) => return Err(RingError::Locked { name: name() }),
        (open, locked) => {
            return Err(RingError::Several { name: name(), count: open.len() + locked.len() });
        }
    };
    let bytes = Zeroizing::new(item.get_secret().await.map_err(refused)?);
    let text = std::str::from_utf8(&bytes).map_err(|_binary| RingError::NoText { name: name() })?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// What a failure comes to. What the library says of it is left out: it may be words of the keyring.
fn refused(error: &Error, name: &str) -> RingError {
    let name = name.to_owned();
    // It may be locked between the two questions.
    if matches!(error, Error::Locked) { RingError::Locked { name } } else { RingError::Refused { name } }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_types,
    clippy::needless_pass_by_value,
    clippy::unused_self,
    reason = "what the macro for a D-Bus interface writes, and the form it wants"
)]
mod tests {
    use super::{PATIENCE, RingError, entry_of, within};
    use secret_service::EncryptionType;
    use std::collections::BTreeMap;
    use std::future::pending;
    use std::time::Duration;
    use zbus::connection::Builder;
    use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
    use zbus::{Connection, Guid, fdo, interface};
    use zeroize::Zeroizing;

    const KEY: &str = "9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee";

    /// A Secret Service with these entries, as far as one who reads needs it.
    struct Keyring {
        open: usize,
        locked: usize,
    }

    fn entries(kind: &str, count: usize) -> Vec<OwnedObjectPath> {
        let path = |number| ObjectPath::try_from(format!("/{kind}/{number}")).unwrap().into();
        (0..count).map(path).collect()
    }

    #[interface(name = "org.freedesktop.Secret.Service")]
    impl Keyring {
        fn open_session(&self, algorithm: &str, input: Value<'_>) -> (OwnedValue, OwnedObjectPath) {
            assert_eq!(algorithm, "plain");
            (input.try_into().unwrap(), ObjectPath::from_static_str_unchecked("/session").into())
        }

        fn search_items(
            &self,
            wanted: BTreeMap<String, String>,
        ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
            let ours = [("service", "flightdeck"), ("username", "live")];
            assert_eq!(wanted, ours.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
            (entries("open", self.open), entries("locked", self.locked))
        }
    }

    /// What an entry does that is asked for its secret.
    #[derive(Clone, Copy)]
    enum Entry {
        Gives(&'static [u8]),
        /// It puts the key into its refusal.
        Refuses,
        Hangs,
    }

    type Given = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

    #[interface(name = "org.freedesktop.Secret.Item")]
    impl Entry {
        async fn get_secret(&self, session: OwnedObjectPath) -> fdo::Result<(Given,)> {
            match self {
                Self::Gives(bytes) => Ok(((session, Vec::new(), bytes.to_vec(), "text/plain".to_owned()),)),
                Self::Refuses => Err(fdo::Error::Failed(format!("not {KEY}"))),
                Self::Hangs => pending().await,
            }
        }
    }

    /// Both ends of a bus without a daemon.
    async fn bus(keyring: Keyring, entry: Entry) -> (Connection, Connection) {
        let (ours, theirs) = tokio::net::UnixStream::pair().unwrap();
        let theirs = Builder::unix_stream(theirs).server(Guid::generate()).unwrap().p2p();
        let theirs = theirs.serve_at("/org/freedesktop/secrets", keyring).unwrap();
        let theirs = theirs.serve_at("/open/0", entry).unwrap();
        tokio::try_join!(Builder::unix_stream(ours).p2p().build(), theirs.build()).unwrap()
    }

    fn asked(
        (open, locked): (usize, usize),
        entry: Entry,
        patience: Duration,
    ) -> Result<Zeroizing<String>, RingError> {
        within(patience, "live", async move {
            let (ours, _theirs) = bus(Keyring { open, locked }, entry).await;
            entry_of(ours, EncryptionType::Plain, "live").await
        })
    }

    #[test]
    fn the_one_entry_of_that_name_is_the_key() {
        let found = asked((1, 0), Entry::Gives(KEY.as_bytes()), PATIENCE).unwrap();
        assert_eq!(found.as_str(), KEY);
    }

    #[test]
    fn what_the_keyring_does_not_give_is_told_with_what_mends_it_and_no_byte_of_a_key() {
        let key = Entry::Gives(KEY.as_bytes());
        for (entries, entry, why) in [
            ((0, 0), key, "secret-tool store --label='Flightdeck live' service flightdeck username live"),
            ((0, 1), key, "is locked: unlock it (secret-tool lookup service flightdeck username live"),
            ((2, 0), key, "holds 2 of that name: secret-tool clear service flightdeck username live"),
            ((1, 1), key, "holds 2 of that name"),
            ((1, 0), Entry::Gives(b"9f3c55aa\xff17c0ffee"), "gave no text"),
            ((1, 0), Entry::Refuses, "refused, or broke off"),
        ] {
            let error = asked(entries, entry, PATIENCE).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(told.starts_with("live: ") && told.contains(why), "{told}");
            assert!(!told.contains("9f3c55aa"), "{told}");
        }
    }

    #[test]
    fn a_keyring_that_says_nothing_is_not_waited_for() {
        let short = Duration::from_millis(50);
        let silent = asked((1, 0), Entry::Hangs, short).unwrap_err();
        assert!(silent.to_string().contains("did not answer within 3 s"), "{silent}");
        let never = within(short, "live", pending());
        assert!(matches!(never, Err(RingError::Silent { .. })));
    }
}
