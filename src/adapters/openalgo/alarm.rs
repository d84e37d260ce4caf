//! When the server is not what it must be: the other mode, a login that has expired, a server that is away.

use super::answer::Bad;
use super::mode::Expect;
use super::work::Work;
use crate::model::{DisplayText, LinkReport, Span, Timestamp};

/// Failed readings in a row after which the broker counts as away.
const FAILURES: u32 = 3;

/// The longest pause between attempts to reach a server that does not answer, and one that nobody has logged in to.
const LONGEST_PAUSE: Span = Span::from_secs(5);
const LONGEST_LOGIN_PAUSE: Span = Span::from_secs(30);

/// How long what is on its way is waited for before the adapter ends.
const LAST_ANSWERS: Span = Span::from_secs(5);

impl Work {
    /// The server says that it is in the other mode: nothing leaves until that is over. An order of a sandbox that was not
    /// answered may have been done for real money: no sandbox's book proves later that it was not.
    pub(super) fn other_mode(&mut self, now: Timestamp) {
        self.asks_mode = false;
        if self.expect == Expect::Analyze && self.desk.is_in_doubt() {
            return self.acted_in_other_mode(now);
        }
        let why = match self.expect {
            Expect::Analyze => {
                "live mode: the OpenAlgo server is in live mode and this run is in analyze, so nothing leaves for it; switch \
                 it to analyze, this run then goes on by itself"
            }
            Expect::Live => {
                "analyze mode: the OpenAlgo server is in analyze mode: orders at the broker can be neither seen nor canceled \
                 through it; switch it back to live"
            }
        };
        self.go_away(why, now);
    }

    /// Something of ours was done in the other mode. Real money where none was to move ends the adapter, once what is on its
    /// way is known and canceled; a sandbox where real money was meant lets nothing leave until it is over.
    pub(super) fn acted_in_other_mode(&mut self, now: Timestamp) {
        match self.expect {
            Expect::Analyze => self.end(
                "the OpenAlgo server is in live mode and took, or may have taken, a message of this run, which is in analyze: \
                 look at the broker, switch it to analyze and start again, this run speaks with it no more",
                now,
            ),
            Expect::Live => self.other_mode(now),
        }
    }

    /// An order was done in the other mode, under this id: a cancel for it leaves at once.
    pub(super) fn done_astray(&mut self, venue_id: &str, now: Timestamp) {
        self.astray.insert(venue_id.to_owned(), "its cancel has no answer: look at the broker".to_owned());
        self.cancel_now(venue_id.to_owned());
        self.acted_in_other_mode(now);
    }

    /// Ends once nothing of ours is on its way, or after a while.
    pub(super) fn end(&mut self, why: &str, now: Timestamp) {
        why.clone_into(&mut self.away);
        if self.ending.is_none() {
            tracing::error!(why, "the adapter ends");
            self.ending = Some((why.to_owned(), now.after(LAST_ANSWERS)));
        }
    }

    /// Why it has ended, once everything is told.
    pub(super) fn has_ended(&self) -> Option<String> {
        let (why, until) = self.ending.as_ref()?;
        let told = self.unsent.is_empty() && self.waiting.is_empty();
        if (self.errands.has_orders() || !told) && (self.clock)() < *until {
            return None;
        }
        let orders =
            self.astray.iter().map(|(id, fate)| format!("; order {id} was placed for real money, {fate}"));
        Some(format!("{why}{}", orders.collect::<String>()))
    }

    /// A question got no answer.
    pub(super) fn failed(&mut self, bad: Bad, now: Timestamp) {
        let why = match bad {
            // A book's answer that says so may be that of another question, told twice: nothing leaves until the server has
            // said which it is in.
            Bad::OtherMode if self.expect == Expect::Analyze && self.opened => {
                self.go_away("an answer was of the other mode: the server is asked which one it is in", now);
                self.asks_mode = true;
                self.next_read = now;
                return;
            }
            Bad::OtherMode => return self.other_mode(now),
            Bad::Login(said) => {
                let url = self.http.url();
                let text =
                    format!("login expired: log in at {url} (403: {said}; a wrong key reads the same)");
                return self.go_away(&text, now);
            }
            Bad::Failed(why) => why,
        };
        self.failures = self.failures.saturating_add(1);
        self.next_read = now.after(self.pause(Span::from_millis(25), LONGEST_PAUSE));
        if why.starts_with("429") {
            self.reads.drain(now);
        }
        if self.failures >= FAILURES {
            let url = self.http.url();
            self.down(&format!("{why}: look whether {url} is up, this run then goes on by itself"));
        }
    }

    /// Nothing leaves any more, and only the greeting asks, ever more rarely, until the server is what it must be; then
    /// everything is read anew.
    fn go_away(&mut self, why: &str, now: Timestamp) {
        why.clone_into(&mut self.away);
        (self.opened, self.looked) = (false, false);
        self.failures = self.failures.saturating_add(1);
        self.next_read = now.after(self.pause(Span::from_millis(250), LONGEST_LOGIN_PAUSE));
        self.next_account = now;
        self.down(why);
    }

    pub(super) fn down(&self, why: &str) {
        self.reports.link(LinkReport::Down { name: self.link("broker"), reason: DisplayText::new(why) });
    }

    /// Twice as long with every failure, at random within that: nobody knocks in step with others.
    fn pause(&mut self, first: Span, longest: Span) -> Span {
        let doublings = self.failures.saturating_sub(1).min(12);
        let whole = first.nanos().saturating_mul(1 << doublings).min(longest.nanos());
        let half = whole / 2;
        Span::from_nanos(
            half + i64::try_from(self.rng.below(u64::try_from(half).unwrap_or(1).max(1))).unwrap_or(0),
        )
    }
}
