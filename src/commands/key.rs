//! Where an API key comes from: an environment variable, a file nobody else can read, or the keyring. Nowhere else, and never an
//! argument.

#[cfg(feature = "keyring")]
use super::key_ring::{self, RingError};
use crate::adapters::openalgo::Secret;
use crate::config::KeyAt;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Resource, Rlimit, geteuid, setrlimit};
use std::env::VarError;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use zeroize::Zeroizing;

/// The longest key: the server takes 256 (wire spec §1).
const LONGEST: usize = 256;

/// A shorter text is no key, and masking it would mask half of every message.
const SHORTEST: usize = 8;

/// Why there is no key. No message repeats a byte of what was found.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    /// The variable is not set.
    #[error("the API key is not there: set {name}")]
    NotSet { name: String },
    /// There is no such file.
    #[error(
        "{path}: the file of the API key is not there: (umask 077 && cat > {quoted}), then the key, Enter and ^D"
    )]
    NoSuchFile { path: String, quoted: String },
    /// The file cannot be opened or read.
    #[error("{path}: the API key cannot be read: {source}")]
    Unreadable { path: String, source: io::Error },
    /// It is a link, a directory, a pipe.
    #[error("{path}: the API key must be in a file of its own: no link, directory or pipe")]
    NoFile { path: String },
    /// Others may read or write it.
    #[error("{path}: mode {mode:04o} lets others at the API key: chmod 600 {quoted}")]
    Open { path: String, mode: u32, quoted: String },
    /// It belongs to somebody else.
    #[error(
        "{path}: the file of the API key belongs to user {owner}, not to you ({us}): chown {us} {quoted} && chmod 600 {quoted}"
    )]
    Foreign { path: String, owner: u32, us: u32, quoted: String },
    /// The keyring gave none.
    #[cfg(feature = "keyring")]
    #[error(transparent)]
    Ring(#[from] RingError),
    /// This build has no way to the keyring. Its configuration says so before anybody asks for a key.
    #[cfg(not(feature = "keyring"))]
    #[error(
        "{name}: built without the keyring: `cargo build --release --features keyring`, or key_file instead"
    )]
    NoRing { name: String },
    /// It holds something else.
    #[error(
        "{from}: the API key {what}: one line of {SHORTEST} to {LONGEST} visible ASCII characters is expected"
    )]
    NoKey { from: String, what: NotAKey },
}

/// Why what was found is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAKey {
    #[error("is empty")]
    Empty,
    /// Masking it would mask half of every message.
    #[error("is too short, it has {0} characters")]
    TooShort(usize),
    /// The server takes no such key.
    #[error("is too long, it has more than {LONGEST} characters")]
    TooLong,
    #[error("holds a space, a second line or what is not visible ASCII")]
    NotVisible,
}

/// Takes the key. Whoever holds one leaves no memory image behind when it crashes.
pub(super) fn key(at: &KeyAt) -> Result<Secret, KeyError> {
    match key_for_kill(at)? {
        (key, None) => Ok(key),
        (_, Some(refusal)) => Err(refusal),
    }
}

/// The key all the same where others could read its file, and what is to be said of that: it must not stand between an
/// operator and a kill.
pub(super) fn key_for_kill(at: &KeyAt) -> Result<(Secret, Option<KeyError>), KeyError> {
    let found = match at {
        KeyAt::Variable(name) => (of_variable(name)?, None),
        KeyAt::File(path) => of_file(Path::new(path))?,
        KeyAt::Ring(name) => (of_ring(name)?, None),
    };
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::debug!(%error, "core dumps stay as they are");
    }
    Ok(found)
}

fn of_variable(name: &str) -> Result<Secret, KeyError> {
    let text = std::env::var(name).map_err(|error| match error {
        VarError::NotPresent => KeyError::NotSet { name: name.to_owned() },
        VarError::NotUnicode(bytes) => {
            drop(Zeroizing::new(bytes.into_encoded_bytes()));
            KeyError::NoKey { from: name.to_owned(), what: NotAKey::NotVisible }
        }
    });
    let text = Zeroizing::new(text?);
    if text.is_empty() {
        return Err(KeyError::NotSet { name: name.to_owned() });
    }
    checked(&text, name)
}

/// Opens first and looks at what is open: nobody can change it in between.
fn of_file(path: &Path) -> Result<(Secret, Option<KeyError>), KeyError> {
    let name = path.display().to_string();
    let unreadable = |source: io::Error| KeyError::Unreadable { path: name.clone(), source };
    let no_file = || KeyError::NoFile { path: name.clone() };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(descriptor) => File::from(descriptor),
        Err(rustix::io::Errno::LOOP) => return Err(no_file()),
        Err(rustix::io::Errno::NOENT) => {
            return Err(KeyError::NoSuchFile { quoted: quoted(&name), path: name });
        }
        Err(error) => return Err(unreadable(error.into())),
    };
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(no_file());
    }
    let (owner, us) = (found.uid(), geteuid().as_raw());
    let mode = found.permissions().mode() & 0o7777;
    let refusal = if owner != us {
        Some(KeyError::Foreign { path: name.clone(), owner, us, quoted: quoted(&name) })
    } else if mode & 0o177 != 0 {
        Some(KeyError::Open { path: name.clone(), mode, quoted: quoted(&name) })
    } else {
        None
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 8));
    let most = u64::try_from(LONGEST + 3).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    let no_key = |_binary| KeyError::NoKey { from: name.clone(), what: NotAKey::NotVisible };
    let text = std::str::from_utf8(&bytes).map_err(no_key)?;
    Ok((checked(text, &name)?, refusal))
}

#[cfg(feature = "keyring")]
fn of_ring(name: &str) -> Result<Secret, KeyError> {
    checked(&key_ring::read(name)?, &format!("{name} in the keyring"))
}

#[cfg(not(feature = "keyring"))]
fn of_ring(name: &str) -> Result<Secret, KeyError> {
    Err(KeyError::NoRing { name: name.to_owned() })
}

/// One line of a key's letters; the line's end is not of it.
fn checked(text: &str, from: &str) -> Result<Secret, KeyError> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let what = match text.len() {
        0 => NotAKey::Empty,
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => NotAKey::NotVisible,
        length if length < SHORTEST => NotAKey::TooShort(length),
        length if length > LONGEST => NotAKey::TooLong,
        _good => return Ok(Secret::new(text.to_owned())),
    };
    Err(KeyError::NoKey { from: from.to_owned(), what })
}

/// A path as a shell takes it whole.
fn quoted(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+@%:,".contains(&byte);
    if path.bytes().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::{key, quoted};
    use crate::config::KeyAt;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_key_file_that_others_could_read_is_refused_with_the_command_that_mends_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("live key");
        let at = KeyAt::File(path.display().to_string());
        fs::write(&path, format!("{KEY}\n")).unwrap();
        for mode in [0o644, 0o640, 0o660, 0o602, 0o700, 0o601] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let told = key(&at).unwrap_err().to_string();
            assert!(told.ends_with(&format!("chmod 600 '{}'", path.display())), "{told}");
            assert!(!told.contains(KEY));
        }
        for mode in [0o600, 0o400] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(key(&at).unwrap().mask(KEY), "***");
        }
        let link = temp.path().join("link");
        symlink(&path, &link).unwrap();
        for no_file in [link, temp.path().to_path_buf()] {
            let told = key(&KeyAt::File(no_file.display().to_string())).unwrap_err().to_string();
            assert!(told.contains("no link, directory or pipe"), "{told}");
        }
        let told = key(&KeyAt::File("/nowhere/at all".to_owned())).unwrap_err().to_string();
        assert!(told.contains("(umask 077 && cat > '/nowhere/at all')"), "{told}");
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("key");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let (long, longest) = ("k".repeat(257), "k".repeat(256));
        let at = KeyAt::File(path.display().to_string());
        for (text, why) in [
            ("", "is empty: one line of 8 to 256 visible ASCII characters"),
            ("\n", "is empty"),
            ("brief", "is too short, it has 5 characters: one line of 8 to 256"),
            ("seven77\n", "is too short, it has 7 characters"),
            (long.as_str(), "is too long, it has more than 256 characters: one line of 8 to 256"),
            ("two words here", "holds a space, a second line"),
            ("two\nlines-of-it", "a second line"),
            ("\u{1b}[2Jhostile-one", "what is not visible ASCII"),
        ] {
            fs::write(&path, text).unwrap();
            let told = key(&at).unwrap_err().to_string();
            assert!(told.contains(why) && (text.trim().is_empty() || !told.contains(text)), "{told}");
        }
        fs::write(&path, [b'k', 0xff, b'k']).unwrap();
        assert!(key(&at).unwrap_err().to_string().contains("not visible ASCII"));
        for good in ["eight888", longest.as_str()] {
            fs::write(&path, format!("{good}\r\n")).unwrap();
            assert_eq!(key(&at).unwrap().mask(good), "***");
        }
        let told = key(&KeyAt::Variable("FLIGHTDECK_NO_SUCH_VARIABLE".to_owned())).unwrap_err().to_string();
        assert_eq!(told, "the API key is not there: set FLIGHTDECK_NO_SUCH_VARIABLE");
        assert_eq!(
            (quoted("/a/b.key"), quoted("/a/it's")),
            ("/a/b.key".to_owned(), "'/a/it'\\''s'".to_owned())
        );
    }
}
