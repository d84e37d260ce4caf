//! What trading came to: round trips, profit and loss, drawdown and ratios of a recorded run or of a session at work. Pure:
//! plain data in, figures out.

mod curve;
mod excursion;
mod exposure;
mod fall;
mod figures;
mod lots;
mod mean;
mod record;
mod report;
mod times;
mod trip_row;

pub use curve::{Ratios, period_of};
pub use exposure::Exposure;
pub use fall::{Drawdown, Fall, Falls, drawdown};
pub use figures::Figures;
pub use lots::{Lot, Matcher, Trip};
pub use record::{Decision, EquityPoint, Funding, Mark, Movement, MovementKind, Opening, Record};
pub use report::{Report, report};
pub use trip_row::TripRow;
