//! The pursuit: reads the books, cancels, closes, and begins again, for as long as the books do not prove the end.

use super::closing::Closing;
use super::docket::{Docket, Plan, Wish};
use super::target::Target;
use crate::adapters::openalgo::{HeldKey, HeldRow, Sent};
use crate::model::DisplayText;
use crate::runtime::monotonic_nanos;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use std::time::Duration;

/// The shortest time between two readings while something happens, and the longest pause where nothing answers.
const PACE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// Cancels on their way at once.
const AT_ONCE: usize = 8;

/// How often an unchanged list is said again.
const SAY_AGAIN: u64 = 5_000_000_000;

/// Where a pursuit stands; what is said when it is broken off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::commands) struct Ending {
    /// The account's name among several.
    pub(in crate::commands) who: String,
    /// The books prove what was wanted.
    pub(in crate::commands) proven: bool,
    /// What may still be live.
    pub(in crate::commands) live: Vec<String>,
    /// Why the last reading failed, where it did: then nobody knows what is live.
    pub(in crate::commands) unreadable: Option<String>,
    pub(in crate::commands) readings: u64,
    /// What is held there after the cancels, where closing was not asked for: no order is left that would protect it.
    pub(in crate::commands) stays: Vec<String>,
}

/// Positions that stay, as the venue's book told them after its last order had ended: so no stop for them is there.
fn stays(read: &Result<Vec<HeldRow>, String>) -> Vec<String> {
    let held = match read {
        Ok(held) => held.iter().filter(|row| !row.net.is_zero()),
        Err(why) => {
            let why = DisplayText::new(why);
            return vec![format!("what is held there could not be read: {why}; nothing protects it")];
        }
    };
    let words = |row: &HeldRow| {
        let HeldKey { symbol, exchange, product } = &row.key;
        let row = DisplayText::new(&format!("{:+} {symbol} {exchange} {product}", row.net));
        format!(
            "{row} stays open without a stop at the venue (what an engine holds is not there): --flat closes it"
        )
    };
    held.map(words).collect()
}

/// What the books have proven at the end of a pursuit, as it is said.
pub(super) const fn proven(wish: Wish) -> &'static str {
    match wish {
        Wish::NothingOpen => "proven by the venue's books: no order is open; positions are as they were",
        Wish::Flat => "proven by the venue's books: no order is open, no position is held",
    }
}

/// A pursuit of one account.
#[derive(Debug)]
pub(in crate::commands) struct Pursuit {
    target: Target,
    docket: Docket,
    wish: Wish,
    /// Whether the account-wide cancel is used too.
    account_wide: bool,
    failures: u32,
    unreadable: Option<String>,
    proven: bool,
    stays: Vec<String>,
    said: (Vec<String>, u64),
}

impl Pursuit {
    /// A pursuit before its first reading. `name` begins the text of every closing order.
    pub(in crate::commands) fn new(mut target: Target, wish: Wish, name: String, account_wide: bool) -> Self {
        let docket = Docket::new(wish, name, std::mem::take(&mut target.freeze));
        Self {
            target,
            docket,
            wish,
            account_wide,
            failures: 0,
            unreadable: None,
            proven: false,
            stays: Vec::new(),
            said: (Vec::new(), 0),
        }
    }

    /// Goes on until the end is proven. May be dropped at any time; `ending` then says what is not.
    pub(in crate::commands) async fn run(&mut self, say: &(dyn Fn(&str) + Sync)) {
        say(&format!(
            "{}: {}",
            self.target.name,
            match self.wish {
                Wish::NothingOpen => "canceling every order of the account",
                Wish::Flat => "canceling every order of the account, then closing every position",
            }
        ));
        while !self.proven {
            let began = monotonic_nanos();
            let pause = match self.turn().await {
                Ok(()) => PACE.0,
                Err(why) => self.failed(why),
            };
            self.tell(say);
            let took = Duration::from_nanos(monotonic_nanos().saturating_sub(began));
            if !self.proven {
                tokio::time::sleep(pause.saturating_sub(took)).await;
            }
        }
        if self.wish == Wish::NothingOpen {
            self.stays = stays(&self.target.direct.positions().await);
        }
        // The others may go on for hours.
        if !self.target.who.is_empty() {
            let proven = proven(self.wish);
            say(&format!("{}: {proven}; its books are not read again", self.target.who));
        }
    }

    /// Where it stands.
    pub(in crate::commands) fn ending(&self) -> Ending {
        Ending {
            proven: self.proven,
            who: self.target.who.clone(),
            live: self.docket.list(),
            unreadable: self.unreadable.clone(),
            readings: self.docket.readings,
            stays: self.stays.clone(),
        }
    }

    /// One reading and what follows from it.
    async fn turn(&mut self) -> Result<(), String> {
        let direct = &self.target.direct;
        let orders = direct.orders().await.map_err(|why| format!("the order book: {why}"))?;
        // Read after the orders: what they still did is in it.
        let positions = match self.wish {
            Wish::NothingOpen => Ok(Vec::new()),
            Wish::Flat => direct.positions().await.map_err(|why| format!("the position book: {why}")),
        };
        let read = positions.as_deref().ok();
        let Plan { cancel, close, proven } = self.docket.read(&orders, read, monotonic_nanos());
        self.proven = proven;
        if self.account_wide
            && !cancel.is_empty()
            && let Err(why) = self.target.direct.cancel_account().await
        {
            tracing::warn!(why, "the account-wide cancel");
        }
        self.cancel(cancel).await;
        self.close(close).await;
        positions?;
        (self.failures, self.unreadable) = (0, None);
        Ok(())
    }

    /// Sends cancels, so many a second and a few at once. The rest of a second's worth waits for the next turn.
    async fn cancel(&mut self, mut ids: Vec<String>) {
        while !ids.is_empty() {
            let rest = ids.split_off(ids.len().min(self.target.cancels_per_s));
            let began = monotonic_nanos();
            let mut queue = ids.into_iter();
            let direct = &self.target.direct;
            let one = |id: String| async move {
                let answer = direct.cancel(&id).await;
                (id, answer)
            };
            let mut on_their_way: FuturesUnordered<_> = queue.by_ref().take(AT_ONCE).map(one).collect();
            while let Some((id, answer)) = on_their_way.next().await {
                self.docket.answered(&id, answer.err());
                on_their_way.extend(queue.next().map(one));
            }
            ids = rest;
            if !ids.is_empty() {
                let took = Duration::from_nanos(monotonic_nanos().saturating_sub(began));
                tokio::time::sleep(Duration::from_millis(1_050).saturating_sub(took)).await;
            }
        }
    }

    /// Sends closing orders one after the other.
    async fn close(&mut self, closings: Vec<Closing>) {
        for Closing { key, side, qty, name } in closings {
            let sent: Sent = self.target.direct.close(&key, side, qty, &name).await;
            self.docket.sent(&key, &sent, monotonic_nanos());
        }
    }

    fn failed(&mut self, why: String) -> Duration {
        self.docket.unreadable();
        self.unreadable = Some(why);
        self.failures = self.failures.saturating_add(1);
        PACE.0.saturating_mul(1 << self.failures.min(6)).min(PACE.1)
    }

    /// Says the list when it is another, and every few seconds.
    fn tell(&mut self, say: &(dyn Fn(&str) + Sync)) {
        let mut list = self.docket.list();
        let now = monotonic_nanos();
        let why = self.unreadable.as_ref().map(|why| format!("its books cannot be read: {why}"));
        let known = list.len();
        list.extend(why.clone());
        if self.proven || (list == self.said.0 && now.saturating_sub(self.said.1) < SAY_AGAIN) {
            return;
        }
        let of = if self.target.who.is_empty() { String::new() } else { format!("{}: ", self.target.who) };
        say(&match (known, why) {
            (0, Some(why)) => format!("{of}anything may still be live: {why}"),
            (0, None) => format!("{of}nothing known is live; the books are read again until they prove it"),
            (known, Some(why)) => format!("{of}{known} may still be live, as last read; {why}"),
            (known, None) => format!("{of}{known} may still be live:"),
        });
        for line in list.iter().take(known) {
            say(&format!("  {line}"));
        }
        self.said = (list, now);
    }
}

#[cfg(test)]
mod tests {
    use super::stays;
    use crate::adapters::openalgo::{HeldKey, HeldRow};

    #[test]
    fn a_position_that_stays_is_named_with_its_size_and_that_nothing_protects_it() {
        let row = |symbol: &str, net: &str| {
            let (exchange, product) = ("CRYPTO".to_owned(), "NRML".to_owned());
            let key = HeldKey { symbol: symbol.to_owned(), exchange, product };
            HeldRow { key, net: net.parse().unwrap() }
        };
        let told = stays(&Ok(vec![row("BTCUSDT", "6"), row("ETHUSDT", "0")]));
        let [one] = &told[..] else { panic!("{told:?}") };
        assert!(one.starts_with("+6 BTCUSDT CRYPTO NRML stays open without a stop at the venue"), "{one}");
        assert!(one.contains("--flat closes it"), "{one}");
        assert!(stays(&Ok(Vec::new())).is_empty());
        let unread = stays(&Err("the server is silent".to_owned()));
        assert!(unread[0].contains("could not be read: the server is silent"), "{unread:?}");
    }
}
