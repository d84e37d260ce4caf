//! `[live]`: where real money would be traded, and what arming asks for.

use super::further::{First, Further, Of, further};
use super::reader::Section;
use super::server::{
    ACCOUNT, KEY_FILE, KeyAt, URL, VARIABLE, WS_URL, is_account, is_key_file, is_url, is_variable, is_ws_url,
    key_ring, last_digits,
};
use crate::model::Span;

/// Who executes for real money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveKind {
    /// Nobody.
    None,
    /// An `OpenAlgo` server in live mode.
    OpenAlgo,
}

impl LiveKind {
    /// Every word of the file with its meaning.
    pub const WORDS: &'static [(&'static str, Self)] = &[("none", Self::None), ("openalgo", Self::OpenAlgo)];

    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::OpenAlgo => "openalgo",
        }
    }
}

/// `[live]`. Of kind `openalgo` it has a url, an account and a place of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub kind: LiveKind,
    /// `https://HOST`, or plain HTTP to this machine.
    pub url: Option<String>,
    /// Its WebSocket; `None`: everything is polled.
    pub ws_url: Option<String>,
    pub key_env: Option<String>,
    pub key_file: Option<String>,
    pub key_ring: Option<String>,
    /// The account's name. It ends in four digits.
    pub account: Option<String>,
    /// How long an arming lasts.
    pub arm_minutes: u32,
    /// How far our clock may be from the venue's.
    pub clock_skew: Span,
    /// How old the market may be.
    pub feed_age: Span,
    /// Days within which a kill drill was passed; 0: it is not asked for.
    pub drill_days: u32,
    /// Further accounts, armed together with this one.
    pub also: Vec<Further>,
}

impl Live {
    /// No way to live.
    pub const NONE: Self = Self {
        kind: LiveKind::None,
        url: None,
        ws_url: None,
        key_env: None,
        key_file: None,
        key_ring: None,
        account: None,
        arm_minutes: 15,
        clock_skew: Span::from_millis(500),
        feed_age: Span::from_millis(5_000),
        drill_days: 30,
        also: Vec::new(),
    };

    /// Where its key is; a file goes before the variable, the keyring stands alone.
    pub fn key_at(&self) -> Option<KeyAt> {
        let ring = self.key_ring.clone().map(KeyAt::Ring);
        let file = || self.key_file.clone().map(KeyAt::File);
        ring.or_else(file).or_else(|| self.key_env.clone().map(KeyAt::Variable))
    }

    /// The last four digits of the account, which arming asks for; empty where there is no account.
    pub fn digits(&self) -> &str {
        last_digits(self.account.as_deref().unwrap_or_default())
    }

    /// The account as it is shown: `**3321`.
    pub fn masked(&self) -> String {
        format!("**{}", self.digits())
    }
}

/// `[live]`
pub(super) fn live(mut section: Section<'_, '_>, symbols: &[String]) -> Live {
    let kind = section.choice("kind", LiveKind::WORDS).unwrap_or(LiveKind::None);
    let text = |section: &mut Section<'_, '_>, key: &'static str, fits: fn(&str) -> bool, expected: &str| {
        section.maybe(key, |section, key| section.text(key, fits, expected))
    };
    let mut live = Live {
        kind,
        url: text(&mut section, "url", is_url, URL),
        ws_url: text(&mut section, "ws_url", is_ws_url, WS_URL),
        key_env: text(&mut section, "key_env", is_variable, VARIABLE),
        key_file: text(&mut section, "key_file", is_key_file, KEY_FILE),
        key_ring: key_ring(&mut section),
        account: text(&mut section, "account", is_account, ACCOUNT),
        arm_minutes: section.count("arm_minutes", 1..=480, " minutes"),
        clock_skew: section.millis("clock_skew_ms", 1..=60_000),
        feed_age: section.millis("feed_age_ms", 100..=600_000),
        drill_days: section.count("drill_days", 0..=365, " days"),
        also: Vec::new(),
    };
    let first = First {
        url: live.url.as_deref(),
        ws_url: live.ws_url.as_deref(),
        account: live.account.as_deref(),
        key_file: live.key_file.as_deref(),
        key_ring: live.key_ring.as_deref(),
    };
    let also = further(&mut section, (Of::Live, first), symbols);
    live.also = also;
    if kind == LiveKind::OpenAlgo {
        wants(&mut section, live.url.is_some(), "url", URL);
        wants(&mut section, live.account.is_some(), "account", ACCOUNT);
        let key = "the name of an environment variable that holds the key, or key_file, or key_ring";
        wants(&mut section, live.key_at().is_some(), "key_env", key);
    }
    section.finish();
    live
}

/// A key that must be there; the fault stands where the kind was chosen.
fn wants(section: &mut Section<'_, '_>, there: bool, key: &str, expected: &str) {
    if there {
        return;
    }
    let kind = section.path_of("kind");
    let problem = format!("openalgo, and {key} is missing");
    section.log.fault_between(&kind, &[], problem, format!("{key}: {expected}"));
    // Each of several is named.
    section.log.faulty.remove(&kind);
}

#[cfg(test)]
mod tests {
    use super::{Live, is_account, is_url, is_ws_url};

    #[test]
    fn a_key_leaves_this_machine_under_tls_only_and_no_url_carries_one() {
        for good in [
            "https://algo.example.com",
            "https://algo.example.com:8443/",
            "https://203.0.113.7",
            "https://[2001:db8::1]:443",
            "http://127.0.0.1:5000",
        ] {
            assert!(is_url(good), "{good}");
        }
        for bad in [
            "http://algo.example.com",
            "http://203.0.113.7:5000",
            "https://",
            "https://user:word@algo.example.com",
            "https://algo.example.com/api",
            "https://algo.example.com?apikey=1",
            "https://algo.example.com:0",
            "https://algo.example.com:70000",
            "https://[2001:db8::1",
            "ftp://algo.example.com",
            "algo.example.com",
            "",
        ] {
            assert!(!is_url(bad), "{bad}");
        }
        assert!(is_ws_url("wss://algo.example.com/") && is_ws_url("ws://127.0.0.1:8765"));
        assert!(!is_ws_url("ws://algo.example.com:8765") && !is_ws_url("http://127.0.0.1:8765"));
    }

    #[test]
    fn an_account_ends_in_the_four_digits_that_arming_asks_for() {
        for good in ["AB3321", "3321", "ab-cd_0001", "**3321"] {
            assert!(is_account(good), "{good}");
        }
        for bad in ["", "321", "AB332x", "AB 3321", "0123456789012345678901234", "AB3321é"] {
            assert!(!is_account(bad), "{bad}");
        }
        let live = Live { account: Some("AB123321".to_owned()), ..Live::NONE };
        assert_eq!((live.digits(), live.masked().as_str()), ("3321", "**3321"));
        assert_eq!(Live::NONE.digits(), "");
    }
}
