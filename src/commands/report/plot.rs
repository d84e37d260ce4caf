//! A curve drawn in characters: braille dots, or ASCII.

use crate::model::{Money, Timestamp};

/// Dots of a character: two columns of four.
const ACROSS: usize = 2;
const DOWN: usize = 4;
const LEFT: [u32; DOWN] = [0x40, 0x04, 0x02, 0x01];
const RIGHT: [u32; DOWN] = [0x80, 0x20, 0x10, 0x08];

/// The width of the numbers beside it.
const AXIS: usize = 14;

/// A curve over time in so many columns and rows, its highest and lowest value beside it, its ends below it.
pub fn plot(curve: &[(Timestamp, Money)], (columns, rows): (usize, usize), ascii: bool) -> String {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return String::new() };
    let values = spread(curve, columns * ACROSS);
    let all = || curve.iter().map(|(_, value)| *value);
    let (high, low) = (all().max().unwrap_or_default(), all().min().unwrap_or_default());
    let heights: Vec<usize> = values.iter().map(|value| height(*value, low, high, rows * DOWN)).collect();
    let mut lines = Vec::new();
    for row in 0..rows {
        let label = match row {
            0 => format!("{high:.2}"),
            row if row + 1 == rows => format!("{low:.2}"),
            _ => String::new(),
        };
        let base = (rows - 1 - row) * DOWN;
        let line: String = heights.chunks(ACROSS).map(|pair| character(pair, base, ascii)).collect();
        lines.push(format!("{label:>AXIS$} {}\n", line.trim_end()));
    }
    let (from, to) = (super::moment::second(first.0), super::moment::second(last.0));
    let room = columns.saturating_sub(to.len());
    lines.push(format!("{:AXIS$} {from:<room$}{to}\n", ""));
    lines.concat()
}

/// One value for each of `count` equal parts of the time: of several the one furthest from that of the part before, so
/// that no fall and no high is lost; a value stands until the next.
fn spread(curve: &[(Timestamp, Money)], count: usize) -> Vec<Money> {
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return Vec::new() };
    let length = i128::from(last.0.since(first.0).nanos());
    let steps = i128::try_from(count.max(2) - 1).unwrap_or(1);
    let mut rest = curve.iter().peekable();
    let (mut stands, mut drawn) = (first.1, first.1);
    let mut values = Vec::with_capacity(count);
    for step in 0..=steps {
        let until = i128::from(first.0.nanos()) + length * step / steps;
        let mut furthest = stands;
        while let Some((_, next)) = rest.next_if(|(at, _)| i128::from(at.nanos()) <= until) {
            stands = *next;
            if (stands - drawn).abs() > (furthest - drawn).abs() {
                furthest = stands;
            }
        }
        drawn = furthest;
        values.push(furthest);
    }
    values
}

/// Which of `dots` a value stands at, from the bottom.
fn height(value: Money, low: Money, high: Money, dots: usize) -> usize {
    let range = (high - low).raw();
    if range == 0 {
        return dots / 2;
    }
    let top = i128::try_from(dots.saturating_sub(1)).unwrap_or(0);
    // Scaled down first: amounts of 38 digits would overflow.
    let scale = (range / 1_000_000).max(1);
    usize::try_from((value - low).raw() / scale * top / (range / scale).max(1)).unwrap_or(0)
}

fn character(pair: &[usize], base: usize, ascii: bool) -> char {
    let dot =
        |height: Option<&usize>| height.and_then(|height| height.checked_sub(base)).filter(|at| *at < DOWN);
    let (left, right) = (dot(pair.first()), dot(pair.get(1)));
    if left.is_none() && right.is_none() {
        return ' ';
    }
    if ascii {
        return if left.or(right).unwrap_or(0) < 2 { '.' } else { '\'' };
    }
    let bits = |at: Option<usize>, of: [u32; DOWN]| at.and_then(|at| of.get(at).copied()).unwrap_or(0);
    char::from_u32(0x2800 + bits(left, LEFT) + bits(right, RIGHT)).unwrap_or('.')
}
