//! `[[broker.also]]` and `[[live.also]]`: further accounts in the same cockpit, and what is traded at each.

use super::entries::{is_name, names, open};
use super::fault::quoted;
use super::hint::nearest;
use super::reader::Section;
use super::server::{
    ACCOUNT, KEY_FILE, KeyAt, URL, VARIABLE, WS_URL, is_account, is_key_file, is_local_url, is_local_ws_url,
    is_url, is_variable, is_ws_url, key_ring, last_digits, place,
};
use super::tree::{Node, Value};
use crate::model::{FIRST_NAME, InstrumentId};

/// Further accounts of one mode: arming asks for the digits of each, in one line.
pub const MOST_FURTHER: usize = 3;

/// A further account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Further {
    /// 1 to 10 of `a-z 0-9 -`, unique, not `main`.
    pub name: String,
    /// What is traded there and nowhere else.
    pub instruments: Vec<InstrumentId>,
    pub url: String,
    pub ws_url: Option<String>,
    pub key_env: Option<String>,
    pub key_file: Option<String>,
    pub key_ring: Option<String>,
    /// With real money: the account's name, ending in four digits.
    pub account: Option<String>,
}

impl Further {
    /// Where its key is; a file goes before the variable, the keyring stands alone.
    pub fn key_at(&self) -> KeyAt {
        let ring = self.key_ring.clone().map(KeyAt::Ring);
        let elsewhere = ring.or_else(|| self.key_file.clone().map(KeyAt::File));
        elsewhere.unwrap_or_else(|| KeyAt::Variable(self.key_env.clone().unwrap_or_default()))
    }

    /// The last four digits of the account; empty in a sandbox.
    pub fn digits(&self) -> &str {
        last_digits(self.account.as_deref().unwrap_or_default())
    }

    /// The account as it is shown: `**7788`.
    pub fn masked(&self) -> String {
        format!("**{}", self.digits())
    }
}

/// Which of the two lists is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// `[[broker.also]]`: sandboxes on this machine.
    Broker,
    /// `[[live.also]]`
    Live,
}

/// What the first account has: no further one may be it.
#[derive(Debug, Clone, Copy)]
pub(super) struct First<'a> {
    pub(super) url: Option<&'a str>,
    pub(super) ws_url: Option<&'a str>,
    pub(super) account: Option<&'a str>,
    pub(super) key_file: Option<&'a str>,
    pub(super) key_ring: Option<&'a str>,
}

/// Reads the list of a section.
pub(super) fn further(
    section: &mut Section<'_, '_>,
    (of, first): (Of, First<'_>),
    symbols: &[String],
) -> Vec<Further> {
    let list = section.path_of("also");
    let mut tables = section.tables("also");
    if let Some((_, origin)) = tables.get(MOST_FURTHER) {
        let problem = format!("there are {}", tables.len());
        section.log.fault(origin, &list, problem, format!("at most {MOST_FURTHER} further accounts"));
        tables.truncate(MOST_FURTHER);
    }
    let known = names(&tables, "name", is_account_name);
    let mut all: Vec<Further> = Vec::new();
    for (index, (entry, name)) in tables.into_iter().zip(&known).enumerate() {
        let mut entry = open((&list, name, index), entry, section.log);
        let one = account(&mut entry, of, symbols);
        if name.is_empty() && is_account_name(&one.name) {
            let (path, problem) =
                (entry.path_of("name"), format!("{} is an earlier account's", quoted(&one.name)));
            entry.log.fault_between(&path, &[], problem, "a name of its own".to_owned());
        }
        check(&mut entry, &one, (first, &all), symbols);
        entry.finish();
        all.push(one);
    }
    all
}

fn account(entry: &mut Section<'_, '_>, of: Of, symbols: &[String]) -> Further {
    let name = entry.text("name", is_account_name, NAME);
    let instruments = instruments(entry, symbols);
    let text = |entry: &mut Section<'_, '_>, key: &'static str, fits: fn(&str) -> bool, expected: &str| {
        entry.maybe(key, |entry, key| entry.text(key, fits, expected))
    };
    let (url, ws_url) = match of {
        Of::Broker => {
            let url = "\"http://127.0.0.1:PORT\": plain HTTP to this machine only";
            let ws_url = "\"ws://127.0.0.1:PORT\": to this machine only";
            (entry.text("url", is_local_url, url), text(entry, "ws_url", is_local_ws_url, ws_url))
        }
        Of::Live => (entry.text("url", is_url, URL), text(entry, "ws_url", is_ws_url, WS_URL)),
    };
    let key_env = text(entry, "key_env", is_variable, VARIABLE);
    let key_file = text(entry, "key_file", is_key_file, KEY_FILE);
    let key_ring = key_ring(entry);
    if key_env.is_none() && key_file.is_none() && key_ring.is_none() {
        let path = entry.path_of("key_env");
        let expected =
            "the name of an environment variable that holds the key, or key_file, or key_ring".to_owned();
        let origin = entry.origin().clone();
        entry.log.fault(&origin, &path, "missing".to_owned(), expected);
    }
    let account = (of == Of::Live).then(|| entry.text("account", is_account, ACCOUNT));
    Further { name, instruments, url, ws_url, key_env, key_file, key_ring, account }
}

/// What is traded there: symbols, at least one.
fn instruments(entry: &mut Section<'_, '_>, symbols: &[String]) -> Vec<InstrumentId> {
    const EXPECTED: &str = "a list of symbols of [[instrument]]: [\"SBIN\"]";
    let Some(node) = entry.optional("instruments") else {
        let (origin, path) = (entry.origin().clone(), entry.path_of("instruments"));
        entry.log.fault(&origin, &path, "missing".to_owned(), EXPECTED.to_owned());
        return Vec::new();
    };
    let items: Option<Vec<(&str, &Node)>> = match &node.value {
        Value::List(items) => items.iter().map(|item| Some((item.value.as_text()?, item))).collect(),
        Value::Text(words) => Some(words.split(',').map(|word| (word.trim(), node)).collect()),
        Value::Integer(_)
        | Value::HugeInteger
        | Value::Float(_)
        | Value::Bool(_)
        | Value::Datetime
        | Value::Table(_) => None,
    };
    if items.as_ref().is_some_and(Vec::is_empty) {
        let expected = "at least one symbol of [[instrument]]: [\"SBIN\"]".to_owned();
        entry.refuse("instruments", node, "is an empty list".to_owned(), expected);
        return Vec::new();
    }
    let Some(items) = items else {
        entry.refuse("instruments", node, format!("is {}", node.value.describe()), EXPECTED.to_owned());
        return Vec::new();
    };
    let mut found = Vec::new();
    for (symbol, node) in items {
        let place = symbols.iter().position(|known| known == symbol && !symbol.is_empty());
        if let Some(number) = place.and_then(|place| u16::try_from(place).ok()) {
            found.push(InstrumentId::new(number));
            continue;
        }
        let hint = nearest(symbol, symbols.iter().map(String::as_str));
        let hint = hint.map(|near| format!(", did you mean \"{near}\"?")).unwrap_or_default();
        let problem = format!("there is no instrument {}{hint}", quoted(symbol));
        entry.refuse("instruments", node, problem, EXPECTED.to_owned());
    }
    found
}

/// What must hold between the accounts.
fn check(
    entry: &mut Section<'_, '_>,
    one: &Further,
    (first, before): (First<'_>, &[Further]),
    symbols: &[String],
) {
    let mut fault = |key: &str, problem: String, expected: &str| {
        let path = entry.path_of(key);
        entry.log.fault_between(&path, &[], problem, expected.to_owned());
    };
    // One server trades one account: under two names it would be counted twice.
    let urls = first.url.into_iter().chain(before.iter().map(|other| other.url.as_str()));
    if urls.map(place).any(|url| url == place(&one.url)) {
        fault("url", "is another account's server".to_owned(), "a server of its own");
    }
    // What a stream tells of orders would be heard as told of this account's.
    let streams = first.ws_url.into_iter().chain(before.iter().filter_map(|other| other.ws_url.as_deref()));
    let own = one.ws_url.as_deref().map(place);
    if own.is_some() && streams.map(place).any(|stream| Some(stream) == own) {
        fault("ws_url", "is another account's stream".to_owned(), "the stream of its own server");
    }
    if let Some(account) = one.account.as_deref().filter(|own| !own.is_empty()) {
        let main = first.account.map(|account| (FIRST_NAME, account));
        let others = before.iter().filter_map(|other| Some((other.name.as_str(), other.account.as_deref()?)));
        let mut others = main.into_iter().chain(others).filter(|(_, other)| !other.is_empty());
        let alike = others.find(|(_, other)| last_digits(other) == last_digits(account));
        match alike {
            Some((_, other)) if other == account => {
                fault("account", "is another's".to_owned(), "an account of its own");
            }
            Some((name, _)) => {
                let problem = format!("ends in {} as that of {name} does", last_digits(account));
                let expected =
                    "four last digits of its own: arming asks for them, and nothing shows more of it";
                fault("account", problem, expected);
            }
            None => {}
        }
    }
    let keys = before.iter().filter_map(|other| other.key_file.as_deref()).chain(first.key_file);
    if one.key_file.is_some() && keys.into_iter().any(|other| Some(other) == one.key_file.as_deref()) {
        fault("key_file", "is another account's".to_owned(), "a key of its own");
    }
    let rings = before.iter().filter_map(|other| other.key_ring.as_deref()).chain(first.key_ring);
    if one.key_ring.is_some() && rings.into_iter().any(|other| Some(other) == one.key_ring.as_deref()) {
        fault("key_ring", "is another account's".to_owned(), "a key of its own");
    }
    for (index, id) in one.instruments.iter().enumerate() {
        let symbol = symbols.get(id.index()).map(String::as_str).unwrap_or_default();
        let elsewhere = before.iter().find(|other| other.instruments.contains(id));
        let twice = one.instruments.iter().take(index).any(|earlier| earlier == id);
        let problem = match elsewhere {
            Some(other) => format!("{} is traded at {} already", quoted(symbol), quoted(&other.name)),
            None if twice => format!("{} stands here twice", quoted(symbol)),
            None => continue,
        };
        fault("instruments", problem, "each instrument at one account");
    }
}

/// A name, in words.
const NAME: &str = "1 to 10 of a-z, 0-9 and -; not \"main\", which is the first account";

/// So long that `market hours@` and the name are no longer than the name of a link may be: what is cut would be another's.
const LONGEST: usize = 10;

fn is_account_name(text: &str) -> bool {
    is_name(text) && text.len() <= LONGEST && text != FIRST_NAME
}
