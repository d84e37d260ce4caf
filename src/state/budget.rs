//! What was sent to each venue of each account lately: messages in the last second, minute and day, changes of an order,
//! equal orders.

use super::accounts::Accounts;
use super::genesis::Genesis;
use super::lately::{Blank, Lately};
use crate::model::{AccountId, Ask, InstrumentId, NewOrder, OrderId, Price, Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Messages of a venue remembered for the rolling second: more than the highest limit a configuration may set.
const MESSAGES_KEPT: usize = 1_024;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A rolling minute in whole seconds, the one at hand and the one that is half over included: never less than the truth.
const SECONDS: usize = 61;

/// How far back equal orders count.
pub const IDENTICAL_WINDOW: Span = Span::from_secs(10);
const ORDERS_KEPT: usize = 1_024;
pub(super) const MARKS: usize = 256;

/// When an order left, its mark, and what it asked for.
type Equal = (Timestamp, u8, Ask);

impl Blank for Equal {
    const BLANK: Self = (Timestamp::EPOCH, 0, Ask::BLANK);
}

/// What has left, by account and venue: two accounts are two servers, and each has a rate of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Budget {
    /// The lane of each instrument.
    lanes_of: Vec<usize>,
    lanes: Vec<Lane>,
    changes: BTreeMap<OrderId, u32>,
    /// Orders of the last ten seconds, and how many of them carry each mark: an upper bound that costs no search.
    recent: Lately<Equal>,
    marks: Vec<u32>,
}

/// The messages to one venue of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Lane {
    messages: Lately<Timestamp>,
    /// By second, modulo their number.
    seconds: Vec<u32>,
    in_minute: u32,
    /// The newest second counted, since the epoch.
    newest: i64,
    /// When the second of the last message began, and its place among the seconds.
    began: Timestamp,
    slot: usize,
    day: i64,
    today: u32,
}

impl Budget {
    pub(super) fn new(genesis: &Genesis) -> Self {
        let mut venues: Vec<(AccountId, &str)> = Vec::new();
        let mut lanes_of = Vec::with_capacity(genesis.instruments.len());
        for instrument in &genesis.instruments {
            let venue = (genesis.accounts.of(instrument.id), instrument.venue.as_str());
            let lane = venues.iter().position(|known| *known == venue).unwrap_or(venues.len());
            if lane == venues.len() {
                venues.push(venue);
            }
            lanes_of.push(lane);
        }
        Self {
            lanes_of,
            lanes: venues.iter().map(|_| Lane::new()).collect(),
            changes: BTreeMap::new(),
            recent: Lately::new(ORDERS_KEPT),
            marks: vec![0; MARKS],
        }
    }

    /// The lanes of a configuration that continues the book: those there are keep their places, since instruments do.
    pub(super) fn resume(&mut self, genesis: &Genesis) {
        let fresh = Self::new(genesis);
        self.lanes_of = fresh.lanes_of;
        self.lanes.resize_with(fresh.lanes.len().max(self.lanes.len()), Lane::new);
    }

    /// Messages sent to an instrument's venue in the second before `now`. No calendar second of any clock holds more.
    #[inline]
    pub fn in_last_second(&self, instrument: InstrumentId, now: Timestamp) -> u32 {
        self.lane(instrument).map_or(0, |lane| lane.in_second_at(now))
    }

    /// Messages sent there in the minute before `now`, counted by whole seconds: at most one second's too many.
    #[inline]
    pub fn in_last_minute(&self, instrument: InstrumentId, now: Timestamp) -> u32 {
        self.lane(instrument).map_or(0, |lane| lane.in_minute_at(second(now)))
    }

    /// Messages sent there on the day of `now` (UTC).
    #[inline]
    pub fn today(&self, instrument: InstrumentId, now: Timestamp) -> u32 {
        let today = second(now).div_euclid(DAY);
        self.lane(instrument).map_or(0, |lane| if lane.day == today { lane.today } else { 0 })
    }

    /// Messages of an instrument's venue in the second, the minute and the day that end now, or more: the counts as they
    /// stood at the last one.
    #[inline]
    pub fn at_most(&self, instrument: InstrumentId) -> (u32, u32, u32) {
        self.lane(instrument).map_or((0, 0, 0), |lane| {
            (u32::try_from(lane.messages.len()).unwrap_or(u32::MAX), lane.in_minute, lane.today)
        })
    }

    /// The messages of the last second to the venue that got the most.
    pub fn busiest(&self, now: Timestamp) -> u32 {
        self.lanes.iter().map(|lane| lane.in_second_at(now)).max().unwrap_or_default()
    }

    /// Messages of the last second to all venues: new orders, changes, cancels and questions.
    pub fn everywhere(&self, now: Timestamp) -> u32 {
        self.lanes.iter().map(|lane| lane.in_second_at(now)).sum()
    }

    /// The same to all venues of an account.
    pub fn everywhere_at(&self, accounts: &Accounts, account: AccountId, now: Timestamp) -> u32 {
        if accounts.is_single() {
            return self.everywhere(now);
        }
        let own = (0..).zip(&self.lanes_of).filter(|(id, _)| accounts.of(InstrumentId::new(*id)) == account);
        let own: BTreeSet<usize> = own.map(|(_, lane)| *lane).collect();
        own.iter().filter_map(|lane| self.lanes.get(*lane)).map(|lane| lane.in_second_at(now)).sum()
    }

    /// Changes asked for of an open order.
    pub fn changes_of(&self, order: OrderId) -> u32 {
        self.changes.get(&order).copied().unwrap_or_default()
    }

    /// Orders equal to this one released in the ten seconds before `now`; counted only where they may be `enough`.
    #[inline]
    pub fn identical_to(&self, order: &NewOrder, now: Timestamp, enough: u32) -> u32 {
        let (ask, mark) = (order.ask(), mark_of(order));
        let bound = self.identical_at_most(mark);
        if bound < enough {
            return bound;
        }
        let young = self.recent.iter().rev().take_while(|(at, ..)| now.since(*at) < IDENTICAL_WINDOW);
        let same = young.filter(|(_, marked, earlier)| *marked == mark && *earlier == ask).count();
        u32::try_from(same).unwrap_or(u32::MAX)
    }

    /// How many orders of a mark are remembered: no less than those equal to one that carries it.
    #[inline]
    pub fn identical_at_most(&self, mark: u8) -> u32 {
        self.marks.get(usize::from(mark)).copied().unwrap_or_default()
    }

    fn lane(&self, instrument: InstrumentId) -> Option<&Lane> {
        self.lanes.get(*self.lanes_of.get(instrument.index())?)
    }

    /// A new order, a change or a cancel left for an instrument's venue.
    #[inline]
    pub(super) fn message_sent(&mut self, instrument: InstrumentId, at: Timestamp) {
        let lane = self.lanes_of.get(instrument.index()).copied();
        if let Some(lane) = lane.and_then(|lane| self.lanes.get_mut(lane)) {
            lane.count(at);
        }
    }

    /// A new order left; `mark` is `mark_of` it. The legs of a batch are meant to be alike.
    #[inline]
    pub(super) fn order_sent(&mut self, (order, mark): (&NewOrder, u8), is_leg: bool, at: Timestamp) {
        self.message_sent(order.instrument, at);
        if is_leg {
            return;
        }
        while let Some((oldest, gone, _)) = self.recent.oldest() {
            if self.recent.len() < ORDERS_KEPT && at.since(*oldest) < IDENTICAL_WINDOW {
                break;
            }
            let gone = *gone;
            self.recent.drop_oldest();
            self.count_mark(gone, u32::saturating_sub);
        }
        self.count_mark(mark, u32::saturating_add);
        self.recent.push_with(|(time, marked, ask)| {
            (*time, *marked) = (at, mark);
            *ask = order.ask();
        });
    }

    fn count_mark(&mut self, mark: u8, change: fn(u32, u32) -> u32) {
        if let Some(count) = self.marks.get_mut(usize::from(mark)) {
            *count = change(*count, 1);
        }
    }

    pub(super) fn change_sent(&mut self, order: OrderId, instrument: InstrumentId, at: Timestamp) {
        self.message_sent(instrument, at);
        *self.changes.entry(order).or_default() += 1;
    }

    /// Whether changes of any order are remembered.
    pub(super) fn remembers_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// An order has ended: it will not be changed again.
    pub(super) fn forget(&mut self, order: OrderId) {
        self.changes.remove(&order);
    }
}

impl Lane {
    fn new() -> Self {
        Self {
            messages: Lately::new(MESSAGES_KEPT),
            seconds: vec![0; SECONDS],
            in_minute: 0,
            newest: 0,
            began: Timestamp::EPOCH,
            slot: 0,
            day: 0,
            today: 0,
        }
    }

    #[inline]
    fn in_second_at(&self, now: Timestamp) -> u32 {
        let window = Span::from_nanos(SECOND);
        let old = self.messages.iter().take_while(|at| now.since(**at) >= window).count();
        u32::try_from(self.messages.len() - old).unwrap_or(u32::MAX)
    }

    fn count(&mut self, at: Timestamp) {
        let window = Span::from_nanos(SECOND);
        while self.messages.take_oldest_if(|oldest| at.since(*oldest) >= window) {}
        self.messages.push(at);
        // Most messages come in the second of the one before, or soon after: no division is needed to tell.
        let into = at.since(self.began).nanos();
        if !(0..SECOND).contains(&into) {
            self.begin_second(at);
        }
        if let Some(slot) = self.seconds.get_mut(self.slot) {
            *slot += 1;
            self.in_minute += 1;
        }
        self.today = self.today.saturating_add(1);
    }

    /// Finds the second and the day of a message that is not of the second at hand.
    #[inline(never)]
    fn begin_second(&mut self, at: Timestamp) {
        let now = second(at);
        self.turn(now);
        self.began = Timestamp::from_nanos(now.saturating_mul(SECOND));
        self.slot = slot_of(now);
        let day = now.div_euclid(DAY);
        if day != self.day {
            (self.day, self.today) = (day, 0);
        }
    }

    /// Empties the seconds that have left the window.
    fn turn(&mut self, now: i64) {
        if now - self.newest >= SECONDS_KEPT {
            self.seconds.fill(0);
            self.in_minute = 0;
            self.newest = now;
        }
        while self.newest < now {
            self.newest += 1;
            if let Some(slot) = self.seconds.get_mut(slot_of(self.newest)) {
                self.in_minute -= *slot;
                *slot = 0;
            }
        }
    }

    fn in_minute_at(&self, now: i64) -> u32 {
        if now <= self.newest {
            return self.in_minute;
        }
        let gone = (self.newest + 1..=now).take(SECONDS);
        let old: u32 = gone.filter_map(|second| self.seconds.get(slot_of(second))).sum();
        self.in_minute - old
    }
}

const SECONDS_KEPT: i64 = 61;

fn slot_of(second: i64) -> usize {
    usize::try_from(second.rem_euclid(SECONDS_KEPT)).unwrap_or_default()
}

const fn second(at: Timestamp) -> i64 {
    at.nanos().div_euclid(SECOND)
}

/// A byte that equal orders share and unequal ones seldom do.
#[inline]
pub fn mark_of(order: &NewOrder) -> u8 {
    mark_at(order, order.kind.limit_price().or(order.kind.trigger()))
}

/// The same of an order whose limit, or else trigger, is at hand.
#[expect(clippy::inline_always, reason = "it is one multiplication, on the way of every order")]
#[inline(always)]
pub fn mark_at(order: &NewOrder, price: Option<Price>) -> u8 {
    let price = price.map_or(0, |price| price.raw().unsigned_abs());
    let who = u64::from(order.strategy.get()) << 17
        | u64::from(order.instrument.get()) << 1
        | u64::from(order.side == crate::model::Side::Buy);
    let mixed = (price ^ order.qty.raw().unsigned_abs().rotate_left(24) ^ who.rotate_left(48))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed.to_be_bytes().first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Lane;
    use crate::model::{Span, Timestamp};
    use proptest::prelude::*;

    #[test]
    fn the_highest_limit_the_settings_allow_is_counted_whole() {
        let mut lane = Lane::new();
        let at = |millis: i64| Timestamp::EPOCH.after(Span::from_millis(millis));
        for millis in 0..1_000 {
            lane.count(at(millis));
        }
        assert_eq!(lane.in_second_at(at(999)), 1_000);
        assert_eq!(lane.in_second_at(at(1_499)), 500);
    }

    proptest! {
        #[test]
        fn the_minute_counts_never_too_few_and_at_most_a_second_too_many(
            gaps in prop::collection::vec(0_i64..4_000, 1..200),
            later in 0_i64..90_000,
        ) {
            let mut lane = Lane::new();
            let mut at = Timestamp::from_nanos(1_700_000_000_000_000_000);
            let mut sent = Vec::new();
            for gap in gaps {
                at = at.after(Span::from_millis(gap));
                lane.count(at);
                sent.push(at);
            }
            let now = at.after(Span::from_millis(later));
            let within = |span: i64| sent.iter().filter(|one| now.since(**one) < Span::from_secs(span)).count();
            let counted = usize::try_from(lane.in_minute_at(super::second(now))).unwrap();
            prop_assert!(counted >= within(60), "{counted} of {}", within(60));
            prop_assert!(counted <= within(62), "{counted} of {}", within(62));
        }

        #[test]
        fn no_calendar_second_holds_more_than_a_rolling_one_allows(
            offers in prop::collection::vec(0_i64..300, 1..300),
            offset in 0_i64..1_000,
        ) {
            let genesis_lane = &mut Lane::new();
            let mut at = Timestamp::from_nanos(1_700_000_000_000_000_000);
            let mut sent: Vec<Timestamp> = Vec::new();
            for gap in offers {
                at = at.after(Span::from_millis(gap));
                let rolling = sent.iter().filter(|one| at.since(**one) < Span::from_secs(1)).count();
                if rolling < 8 {
                    genesis_lane.count(at);
                    sent.push(at);
                }
            }
            // The venue's clock may be off by anything.
            let second_of = |one: &Timestamp| (one.nanos() + offset * 1_000_000).div_euclid(1_000_000_000);
            for one in &sent {
                let same = sent.iter().filter(|other| second_of(other) == second_of(one)).count();
                prop_assert!(same <= 8);
            }
        }
    }
}
