//! The risk gate: every order passes all rules, synchronously, fail-closed. One rule is one file and one line here.

mod armed;
mod changes;
mod collar;
mod duplicate;
mod filters;
mod gate;
mod headroom;
mod journal;
mod kill;
mod loss;
mod margin;
mod mode;
mod open_orders;
mod open_value;
mod order_size;
mod permission;
mod position;
mod proposal;
mod rate;
mod reduce_only;
mod reference;
mod rule;
mod self_trade;
mod session;
mod spread;
mod strategy_count;
mod strategy_size;
mod strategy_time;
mod trigger;
mod unknown;
mod what_if;

pub use gate::{
    Approved, Passed, RULES, approve, approve_at_length, approve_new, check_filters, has_room, judge,
    judge_unpaced, would_pass,
};
pub(super) use headroom::free_margin;
pub use headroom::headroom;
pub use proposal::{Proposal, Stage};
pub use rule::Rule;
pub(super) use self_trade::met;
pub use what_if::assess;
