//! Backtests on history: bars and quotes from files, the same engine, and a venue that fills by stated rules.
//!
//! What happens is told in the order of time: at one instant bars close before others open, and of two sources the one
//! named first comes first. A strategy hears a bar at its close; what it then asks for can meet a price of the next bar at
//! the earliest. Nothing later than the moment at hand is in the engine or in the venue, so nobody can look at it.
//!
//! Rules of the bar matcher, in one place (`BarRules` has the choices):
//!
//! - *Market*: at the open of the first bar of its instrument that begins at or after the order, `slippage` worse.
//! - *Limit*: where the open is better than its price, at the open; else at its price, where a bar trades through it
//!   (`LimitFill::Through`; with `Touch` reaching it is enough). Immediate-or-cancel: at that open or not at all.
//! - *Stop*: where the open is at its trigger or beyond, at the open (a gap costs); else at its trigger, where the bar
//!   reaches it; both `slippage` worse.
//! - *Stop limit*: woken as a stop is. At the open it then is a limit order of that bar. Woken within the bar it fills at its
//!   trigger where its limit allows that; else it waits for the next bar, since what the bar did after the trigger is
//!   not known.
//! - *Within a bar* the way from open to close is not known. The worse happens: stops are asked before limits, each fill
//!   is told to the engine before the next is looked for (an OCO's other leg is then gone), and of what is ordered because
//!   of a fill in the bar, a stop may still be reached in that bar and a limit may not.
//! - Exits that the engine holds (brackets, OCOs, trailing stops) watch the mark, which is a bar's close: they wake there and
//!   trade at the next open.
//! - An order fills whole: there are no sizes in a history. The time of a fill at the open is the bar's open, of one within
//!   the bar its close.
//! - *Day* orders end at the first bar of another UTC day, good-till-canceled ones never.
//! - Fees are the instrument's: taker where it trades at once or as a stop, maker where it rested.
//!
//! Quotes without a book: what trades at once fills whole at the other side of the standing quote after `latency`; a
//! resting limit fills at its price when the other side comes to it, a stop wakes by the side it would trade against.

mod account;
mod backtest;
mod fate;
mod merge;
mod rules;
mod stage;
mod tally;
mod venue;
mod working;

pub use backtest::{Backtest, Listener, Silent};
pub use merge::{BadRow, Datum, Gaps, History, Merge, Notes};
pub use rules::{BarRules, LimitFill};
pub use stage::{Stage, StageError, stage};
pub use tally::{FillLine, Tally};
pub use venue::HistoryVenue;
