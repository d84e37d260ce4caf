//! How a server, its key and its account are written in the file.

use super::origin::Origin;
use super::reader::Section;

/// Where an API key is found. Never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAt {
    /// In an environment variable of this name.
    Variable(String),
    /// In a file at this absolute path.
    File(String),
    /// In the keyring of the session, as the entry of this name.
    Ring(String),
}

/// How many digits of an account arming asks for.
const DIGITS: usize = 4;

/// The last digits of an account, which arming asks for and everything shows.
pub(super) fn last_digits(account: &str) -> &str {
    account.get(account.len().saturating_sub(DIGITS)..).unwrap_or_default()
}

/// Where a URL leads, as two are compared: this machine under one name, and the port that is meant where none stands. The
/// scheme is no part of it: at one port one server listens.
pub(super) fn place(url: &str) -> String {
    let url = url.trim_end_matches('/').to_ascii_lowercase();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", &url));
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains('[') || host.ends_with(']') => (host, port),
        Some(_) | None => (rest, ""),
    };
    // A number is one number however many zeros stand before it.
    let port = port.trim_start_matches('0');
    let port = if port.is_empty() && matches!(scheme, "https" | "wss") { "443" } else { port };
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let six = six.and_then(|host| host.parse::<core::net::Ipv6Addr>().ok());
    let host = match six {
        Some(address) if address.is_loopback() => "127.0.0.1".to_owned(),
        Some(address) => address.to_string(),
        None if host == "localhost" => "127.0.0.1".to_owned(),
        None => host.to_owned(),
    };
    format!("{host} {port}")
}

/// A variable's name, in words.
pub(super) const VARIABLE: &str =
    "the name of an environment variable, not the key itself: A-Z, 0-9 and _, at most 64";

/// A key file, in words.
pub(super) const KEY_FILE: &str = "the absolute path of a file of mode 0600 that holds the key";

/// A name in the keyring, in words.
const KEY_RING: &str = "the name of an entry of the keyring, not the key itself: 1 to 24 of a-z, 0-9 and -, a letter first, and not eight or more of 0-9 a-f alone";

/// As `is_local_url`, of its WebSocket.
pub(super) fn is_local_ws_url(text: &str) -> bool {
    text.strip_prefix("ws://").is_some_and(|rest| is_local_url(&format!("http://{rest}")))
}

/// Plain HTTP to this machine: nobody else can read the key, and no certificate is needed.
pub(super) fn is_local_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://") else { return false };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let Some((host, port)) = rest.rsplit_once(':') else { return false };
    let port =
        port.parse::<u16>().is_ok_and(|port| port > 0) && port.bytes().all(|byte| byte.is_ascii_digit());
    let local = host == "localhost"
        || host == "[::1]"
        || host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    port && local
}

pub(super) fn is_variable(text: &str) -> bool {
    // Who puts the key itself here shall not find it in a message that names the variable.
    let key = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !key && (1..=64).contains(&text.len())
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

pub(super) fn is_key_file(text: &str) -> bool {
    (2..=4096).contains(&text.len()) && text.starts_with('/') && !text.contains(char::is_control)
}

/// Short and in small letters, so that hardly a key of any server is taken for a name: a name is repeated in messages.
fn is_key_ring(text: &str) -> bool {
    let key = text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    !key && (1..=24).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Reads `key_ring`, after the other places of a key. It stands alone: who names two places means one of them, and nobody here
/// knows which. What the built-in defaults say of another counts for nothing.
pub(super) fn key_ring(section: &mut Section<'_, '_>) -> Option<String> {
    let name = section.maybe("key_ring", |section, key| section.text(key, is_key_ring, KEY_RING))?;
    let path = section.path_of("key_ring");
    let given = |other: &&str| {
        let at = section.log.origins.get(&section.path_of(other));
        at.is_some_and(|origin| *origin != Origin::Default)
    };
    let other = ["key_env", "key_file"].into_iter().find(given);
    if let Some(other) = other {
        let problem = format!("stands beside {other}");
        section.log.fault_between(&path, &[], problem, "one place of the key".to_owned());
    }
    if cfg!(not(feature = "keyring")) {
        let problem = "this flightdeck was built without the keyring".to_owned();
        let expected = "a build with `cargo build --release --features keyring`, or key_file instead";
        section.log.fault_between(&path, &[], problem, expected.to_owned());
    }
    Some(name)
}

pub(super) const URL: &str =
    "\"https://HOST\" or \"https://HOST:PORT\"; plain \"http://127.0.0.1:PORT\" to this machine only";
pub(super) const WS_URL: &str =
    "\"wss://HOST\" or \"wss://HOST:PORT\"; plain \"ws://127.0.0.1:PORT\" to this machine only";
pub(super) const ACCOUNT: &str = "an account's name: 4 to 24 of A-Z a-z 0-9 - _ ending in four digits";

/// TLS, or plain HTTP that never leaves this machine.
pub(super) fn is_url(text: &str) -> bool {
    is_local_url(text) || text.strip_prefix("https://").is_some_and(is_host)
}

pub(super) fn is_ws_url(text: &str) -> bool {
    let local = text.strip_prefix("ws://").map(|rest| format!("http://{rest}"));
    local.is_some_and(|url| is_local_url(&url)) || text.strip_prefix("wss://").is_some_and(is_host)
}

/// A host and perhaps a port: no user, no path, nothing that could carry a key.
fn is_host(text: &str) -> bool {
    let text = text.strip_suffix('/').unwrap_or(text);
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains('[') || host.ends_with(']') => (host, Some(port)),
        Some(_) | None => (text, None),
    };
    let port = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let named = (1..=253).contains(&host.len())
        && !host.starts_with(['.', '-'])
        && !host.ends_with(['.', '-'])
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    port && six.map_or(named, |six| six.parse::<core::net::Ipv6Addr>().is_ok())
}

/// What may name an account. The mask of one is taken too, so that what is shown can be loaded.
pub(super) fn is_account(text: &str) -> bool {
    let text = text.strip_prefix("**").unwrap_or(text);
    let digits = text.bytes().rev().take(DIGITS).filter(u8::is_ascii_digit).count();
    (DIGITS..=24).contains(&text.len())
        && digits == DIGITS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{last_digits, place};

    #[test]
    fn one_server_is_one_place_however_it_is_written() {
        for (one, other) in [
            ("http://127.0.0.1:5000", "http://localhost:05000/"),
            ("http://127.0.0.1:5000", "http://[::1]:5000"),
            ("https://Algo.example.com", "https://algo.example.com:443/"),
            ("https://[2001:db8::1]", "https://[2001:db8:0:0::1]:443"),
            ("wss://algo.example.com", "wss://algo.example.com:443"),
        ] {
            assert_eq!(place(one), place(other));
        }
        for (one, other) in [
            ("http://127.0.0.1:5000", "http://127.0.0.1:5001"),
            ("https://a.example.com", "https://b.example.com"),
            ("https://[2001:db8::1]", "https://[2001:db8::2]"),
        ] {
            assert_ne!(place(one), place(other));
        }
    }

    #[test]
    fn of_an_account_the_last_four_digits_are_told() {
        assert_eq!((last_digits("AB123321"), last_digits("3321"), last_digits("")), ("3321", "3321", ""));
    }
}
