//! How far a trade went against and for its holder before it was closed (MAE, MFE).

use super::lots::Trip;
use super::record::{Mark, Record};
use crate::model::{InstrumentId, Money, Price};
use std::collections::BTreeMap;

/// Marks by instrument, by time.
pub(super) type Courses = BTreeMap<InstrumentId, Vec<Mark>>;

/// The courses of a record. Its fills are marks too: at their price somebody traded.
pub(super) fn courses(record: &Record) -> Courses {
    let mut courses = Courses::new();
    for mark in &record.marks {
        courses.entry(mark.instrument).or_default().push(*mark);
    }
    for movement in &record.movements {
        let (at, fill) = (movement.row.at, &movement.row.fill);
        let mark = Mark { at, instrument: fill.instrument, low: fill.price, high: fill.price };
        courses.entry(fill.instrument).or_default().push(mark);
    }
    for course in courses.values_mut() {
        course.sort_by_key(|mark| mark.at);
    }
    courses
}

/// The worst and the best result before fees of the whole lot between its opening and its close, as if none of it had
/// been closed before; at most zero and at least zero. In settlement currency.
pub(super) fn excursion(record: &Record, courses: &Courses, trip: &Trip) -> (Money, Money) {
    let nothing = (Money::ZERO, Money::ZERO);
    let (Some(instrument), Some(course)) =
        (record.instrument(trip.instrument), courses.get(&trip.instrument))
    else {
        return nothing;
    };
    let net = trip.qty.signed(trip.side);
    let result = |price: Price| instrument.value(net, price) - trip.worth;
    let begin = course.partition_point(|mark| mark.at < trip.opened_at);
    let during = course.iter().skip(begin).take_while(|mark| mark.at <= trip.closed_at);
    during
        .flat_map(|mark| [mark.low, mark.high])
        .map(result)
        .fold(nothing, |(worst, best), result| (worst.min(result), best.max(result)))
}
