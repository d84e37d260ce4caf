//! Looking for an order of unknown outcome in a book that does not say whose a row is (wire spec §13): by what it looks
//! like, by what stood there before it left, and by time. Exactly one is it; more are a human's business.

use super::desk::{Books, Desk, LOOKS};
use super::mode::Expect;
use super::rows::{OrderLine, TradeLine};
use super::times::Written;
use super::tracked::{Stage, Tracked, alike};
use crate::model::{BrokerReport, ClientOrderId, DisplayText, OrderKind, Price, Timestamp};

impl Desk {
    /// Looks for every order that is to be looked for at this reading. Gives the ids to cancel at once.
    pub(super) fn search(&mut self, books: &Books, (began, at): (Timestamp, Timestamp)) -> Vec<String> {
        if self.expect == Expect::Analyze {
            // There a row says whose it is.
            return Vec::new();
        }
        let due = |one: &Tracked| match one.stage {
            Stage::Unknown { since, looks } => {
                LOOKS.get(looks).is_some_and(|pause| since.after(*pause) <= began)
            }
            Stage::Waiting => true,
            Stage::Sending | Stage::Torn | Stage::Live => false,
        };
        let due: Vec<ClientOrderId> =
            self.orders.iter().filter(|(_, one)| due(one)).map(|(order, _)| *order).collect();
        let mut unwanted = Vec::new();
        for order in due {
            let found = self.candidates(order, books);
            let rivals = self.orders.get(&order).map_or(0, |one| self.rivals(one));
            match found.as_slice() {
                [] => {}
                [one] if rivals == 0 && self.is_sure(order, one, books) => {
                    unwanted.extend(self.accepted(order, one, at));
                }
                several => self.torn(order, several.len(), at),
            }
        }
        unwanted
    }

    /// The rows an order without an answer may be.
    pub(super) fn candidates(&self, order: ClientOrderId, books: &Books) -> Vec<String> {
        let Some(tracked) = self.orders.get(&order) else { return Vec::new() };
        books
            .orders
            .iter()
            .filter(|line| self.may_be(tracked, line))
            .map(|line| line.orderid.clone())
            .collect()
    }

    /// Whether a row may be one of ours that has no answer yet: not to be told as somebody else's.
    pub(super) fn may_be_ours(&self, line: &OrderLine) -> bool {
        self.expect == Expect::Live
            && self.orders.values().any(|one| {
                matches!(one.stage, Stage::Sending | Stage::Unknown { .. }) && self.may_be(one, line)
            })
    }

    fn may_be(&self, tracked: &Tracked, line: &OrderLine) -> bool {
        let Some(named) = self.named(&tracked.request) else { return false };
        let request = &tracked.request;
        tracked.venue_id.is_none()
            && !self.by_venue.contains_key(&line.orderid)
            && named.is(&line.symbol, &line.exchange, &line.product)
            && (line.side, line.qty) == (request.side, request.qty)
            && line.kind.is_none_or(|kind| stands_for(&kind, &request.kind, named.instrument.tick))
            && self.is_young(tracked, line)
    }

    /// Whether the one row that may be it is it. What an earlier process sent has no list of what stood there before: then
    /// only a time that can be read will do.
    fn is_sure(&self, order: ClientOrderId, venue_id: &str, books: &Books) -> bool {
        let listed = self.orders.get(&order).is_some_and(|one| one.sent.reading.is_some());
        let line = books.orders.iter().find(|line| line.orderid == venue_id);
        listed || line.is_some_and(|line| Written::read(&line.stamp).is_some())
    }

    /// Whether a row may have come after an order left.
    fn is_young(&self, tracked: &Tracked, line: &OrderLine) -> bool {
        let written = Written::read(&line.stamp);
        let young = written.is_none_or(|written| written.may_follow(tracked.sent.at, self.zone));
        let new = |reading| self.seen.get(&line.orderid).is_none_or(|first| *first > reading);
        young && tracked.sent.reading.is_none_or(new)
    }

    /// How many others of ours could be the same row.
    fn rivals(&self, tracked: &Tracked) -> usize {
        let unsure = |one: &&Tracked| one.stage != Stage::Live && one.request.order != tracked.request.order;
        self.orders
            .values()
            .filter(unsure)
            .filter(|one| alike(&one.request, &tracked.request, self.expect))
            .count()
    }

    fn torn(&mut self, order: ClientOrderId, count: usize, at: Timestamp) {
        let Some(tracked) = self.orders.get_mut(&order) else { return };
        let word = if count == 1 {
            "an order at the venue may be this one or another of ours: a human has to decide".to_owned()
        } else {
            format!("{count} orders at the venue look like it: a human has to decide")
        };
        tracked.stage = Stage::Torn;
        tracked.word = DisplayText::new(&word);
        let why = tracked.word.clone();
        self.out.push(BrokerReport::Doubted { order, why, at });
    }

    /// Whether a trade of a row nobody knows may be one of an order of ours on its way: it is told once that is known, or it
    /// would be booked twice.
    pub(super) fn may_be_on_its_way(&self, trade: &TradeLine) -> bool {
        self.expect == Expect::Live
            && self.orders.values().any(|one| {
                let young = one
                    .sent
                    .reading
                    .is_none_or(|reading| self.seen.get(&trade.orderid).is_none_or(|first| *first > reading));
                matches!(one.stage, Stage::Sending | Stage::Unknown { .. })
                    && young
                    && one.request.side == trade.side
                    && self
                        .named(&one.request)
                        .is_some_and(|named| named.is(&trade.symbol, &trade.exchange, &trade.product))
            })
    }
}

/// Whether a row shows what was asked for: the same kind, and prices within half a tick.
pub(super) fn shows(row: &OrderKind, wanted: &OrderKind, tick: Price) -> bool {
    row.is_same_class(wanted)
        && near(row.limit_price(), wanted.limit_price(), tick)
        && near(row.trigger(), wanted.trigger(), tick)
}

/// Whether a row may stand for what was asked for: brokers turn market orders into protected limits, and a stop that has
/// triggered into what it has become (wire spec §4, §13).
fn stands_for(row: &OrderKind, wanted: &OrderKind, tick: Price) -> bool {
    let limit = matches!(row, OrderKind::Limit { .. });
    match wanted {
        OrderKind::Market => limit || *row == OrderKind::Market,
        OrderKind::StopLimit { .. } if limit => near(row.limit_price(), wanted.limit_price(), tick),
        OrderKind::Stop { .. } if limit || *row == OrderKind::Market => true,
        OrderKind::Stop { .. } => near(row.trigger(), wanted.trigger(), tick),
        OrderKind::Limit { .. } | OrderKind::StopLimit { .. } | OrderKind::TrailingStop { .. } => {
            shows(row, wanted, tick)
        }
    }
}

fn near(one: Option<Price>, other: Option<Price>, tick: Price) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.raw().abs_diff(other.raw()).saturating_mul(2) <= tick.raw().unsigned_abs()
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::adapters::openalgo::known::{Known, KnownOrder};
    use crate::adapters::openalgo::scene::{at, books, buy, desk, id, limit, row, words};
    use crate::model::OrderKind;

    /// A desk whose only order has left and has no answer.
    fn doubting(kind: OrderKind) -> super::Desk {
        let mut desk = desk(Known::default());
        desk.sending(buy(1, "10", kind), at(0));
        desk.doubt(id(1), "no answer in time", at(100));
        words(&mut desk);
        desk
    }

    #[test]
    fn a_market_order_is_found_as_the_protected_limit_a_broker_makes_of_it() {
        let mut desk = doubting(OrderKind::Market);
        desk.take(&books(&[row("V-1", "open", "21-Nov-2026 11:01:36")], &[]), at(700), at(700));
        assert_eq!(words(&mut desk), ["accepted V-1"]);
    }

    #[test]
    fn a_row_of_another_size_side_or_price_or_from_before_is_not_it() {
        let mut desk = doubting(limit("800"));
        let mut rows = [1, 2, 3, 4].map(|_| row("V-0", "open", "21-Nov-2026 11:01:36"));
        rows[0]["quantity"] = 11.into();
        rows[1]["action"] = "SELL".into();
        rows[2]["price"] = "800.05".into();
        rows[3]["timestamp"] = "2026-11-20 11:01:36".into();
        for (number, row) in (0..).zip(&mut rows) {
            row["orderid"] = format!("V-{number}").into();
        }
        desk.take(&books(&rows, &[]), at(700), at(700));
        assert!(words(&mut desk).is_empty());
    }

    #[test]
    fn it_is_looked_for_at_its_times_only_and_given_up_after_the_last() {
        let mut desk = doubting(limit("800"));
        for millis in [150, 590] {
            desk.take(&books(&[row("V-1", "open", "-")], &[]), at(millis), at(millis));
            assert!(words(&mut desk).is_empty(), "not yet due");
        }
        let mut desk = doubting(limit("800"));
        assert!(desk.has_look_alike(&buy(2, "10", limit("800"))));
        for millis in [700, 1_200, 2_200, 5_200, 10_000] {
            desk.take(&books(&[], &[]), at(millis), at(millis));
            desk.tell(id(1), &books(&[], &[]), at(millis));
            assert!(words(&mut desk).is_empty(), "absence is not proven yet");
        }
        desk.take(&books(&[], &[]), at(10_200), at(10_200));
        desk.tell(id(1), &books(&[], &[]), at(10_200));
        assert_eq!(words(&mut desk), ["not found"]);
        assert!(!desk.has_look_alike(&buy(2, "10", limit("800"))));
    }

    #[test]
    fn what_an_earlier_process_sent_is_found_by_a_time_that_can_be_read_or_by_a_human() {
        let sent = |stamp: &str| {
            let mut known = Known::default();
            let request = buy(1, "10", limit("800"));
            let (filled, cost) = (crate::model::Qty::ZERO, crate::model::Money::ZERO);
            let sent_at = at(-3_000);
            known.open.push(KnownOrder {
                request,
                venue_id: None,
                filled,
                cost,
                triggered: false,
                change: None,
                sent_at,
            });
            let mut desk = desk(known);
            desk.take(&books(&[row("V-1", "open", stamp)], &[]), at(700), at(700));
            words(&mut desk).join("")
        };
        assert_eq!(sent("21-Nov-2026 11:01:34"), "accepted V-1");
        assert!(sent("morning").contains("a human has to decide"));
        assert_eq!(sent("21-Nov-2026 04:00:00"), "");
    }

    #[test]
    fn two_of_ours_that_look_alike_after_a_restart_are_a_humans_decision() {
        let mut desk = desk(Known::default());
        for number in [1, 2] {
            desk.sending(buy(number, "10", limit("800")), at(0));
            desk.doubt(id(number), "no answer in time", at(100));
        }
        words(&mut desk);
        desk.take(&books(&[row("V-1", "open", "11:01:36")], &[]), at(700), at(700));
        let told = words(&mut desk);
        assert!(
            told.iter().all(|word| word.contains("a human has to decide")) && told.len() == 2,
            "{told:?}"
        );
    }
}
