//! The list of invariants.

use super::super::checker::{Checker, Moment};
use super::{batches, books, doubt, journal, kill, limits, orders, quiet, risk, self_match};
use crate::engine::Effect;
use crate::model::Envelope;

/// Fine, or the invariant that is broken and how.
pub(in crate::sim::faults) type Verdict = Result<(), (&'static str, String)>;

/// When it is asked.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim::faults) enum Check {
    /// Before each event is folded.
    Event(fn(&Checker, &Envelope) -> Result<(), String>),
    /// After each step.
    Step(fn(&Checker, &Moment<'_>) -> Result<(), String>),
    /// When something leaves for the venue.
    Wire(fn(&Checker, &Effect) -> Result<(), String>),
    /// When everything is healed and delivered.
    Quiet(fn(&Checker, &Moment<'_>) -> Result<(), String>),
    /// By the run itself: at a crash, at the end, or over two runs.
    ByRun,
    /// Not here, and why.
    Elsewhere(&'static str),
}

/// One line of the list.
#[derive(Debug, Clone, Copy)]
pub struct Invariant {
    /// Its number in the reliability list, then its name.
    pub name: &'static str,
    pub(in crate::sim::faults) check: Check,
}

impl Invariant {
    /// Why it is not asked by the simulation, if it is not.
    pub const fn elsewhere(&self) -> Option<&'static str> {
        match self.check {
            Check::Elsewhere(why) => Some(why),
            Check::Event(_) | Check::Step(_) | Check::Wire(_) | Check::Quiet(_) | Check::ByRun => None,
        }
    }
}

const fn event(name: &'static str, check: fn(&Checker, &Envelope) -> Result<(), String>) -> Invariant {
    Invariant { name, check: Check::Event(check) }
}

const fn step(name: &'static str, check: fn(&Checker, &Moment<'_>) -> Result<(), String>) -> Invariant {
    Invariant { name, check: Check::Step(check) }
}

const fn wire(name: &'static str, check: fn(&Checker, &Effect) -> Result<(), String>) -> Invariant {
    Invariant { name, check: Check::Wire(check) }
}

const fn quiet(name: &'static str, check: fn(&Checker, &Moment<'_>) -> Result<(), String>) -> Invariant {
    Invariant { name, check: Check::Quiet(check) }
}

const fn by_run(name: &'static str) -> Invariant {
    Invariant { name, check: Check::ByRun }
}

const fn elsewhere(name: &'static str, why: &'static str) -> Invariant {
    Invariant { name, check: Check::Elsewhere(why) }
}

/// All of them. The first that fails names the violation.
pub const INVARIANTS: &[Invariant] = &[
    event("27 the log is whole", journal::log_is_whole),
    event("1 one order an intent", orders::one_order_an_intent),
    event("4 only what is open is asked of the broker", orders::asks_are_of_open_orders),
    event("9 a permit by every rule", risk::permit_by_every_rule),
    event("10 the worst case stays within the limits", risk::worst_case_within_limits),
    event("10 an order within its size", risk::order_within_size),
    event("11 the rate is kept", risk::rate_is_kept),
    event("12 no order off an absent reference", risk::reference_is_good),
    event("12 no order beyond the collar", risk::within_collar),
    event("13 a limit is loosened by a human who waited", limits::changed_by_a_human),
    step("13 no limit above its ceiling", limits::below_the_ceiling),
    event("14 no order leaves that meets our own", self_match::none_released),
    event("a batch completes once", batches::one_completion),
    event("a batch sends its legs and no more", batches::legs_within_batch),
    event("15 no risk under a kill", kill::no_risk_under_a_kill),
    event("15 a flatten opens nothing", kill::flatten_opens_nothing),
    event("16 a kill is lowered by a human with a reason", kill::lowered_by_a_human),
    event("18 an exit only reduces", kill::exits_only_reduce),
    event("20 one mode, one owner, armed", risk::mode_owner_armed),
    step("4 only published transitions", orders::published_transitions),
    step("3 an end has its proof", orders::ends_are_proven),
    step("6 Unknown is left by proof", orders::unknown_is_left_by_proof),
    step("6 Unknown is asked about", doubt::unknown_is_asked_about),
    step("5 fills add up", orders::fills_add_up),
    step("8 each fill once, in its owner's books", books::each_fill_once),
    step("8 funding is shared out once", books::funding_shared_once),
    step("21 strategies add up to the account", books::strategies_are_the_account),
    step("10 reserved is what is open", books::reserved_is_what_is_open),
    step("11 a cancel never waits", orders::cancel_never_waits),
    step("16 kills only rise", kill::only_rise),
    step("17 K2 keeps what protects", kill::k2_keeps_protection),
    step("17 a kill cancels in its own step", kill::cancels_at_once),
    step("19 an unbookable fill stops new risk", kill::set_aside_stops),
    step("19 a loss limit kills", kill::loss_limit_kills),
    step("19 a hung order is Unknown in time", orders::hung_in_time),
    step("24 a mark is a quote of the market", books::mark_is_a_quote),
    step("26 the fold is the state", journal::fold_is_state),
    step("26 the facts are the state", journal::facts_are_state),
    step("26 what is plain to see is so", journal::plain_is_so),
    step("32 nothing grows without bound", journal::bounded),
    wire("2 one message an order", orders::one_message_an_order),
    wire("28 nothing leaves without its event", orders::event_before_wire),
    quiet("31 nothing unknown or pending", quiet::nothing_pending),
    quiet("7 the live orders are the broker's", quiet::same_live_orders),
    quiet("22 our books are the broker's", quiet::same_books),
    quiet("3 every ended order ended as at the venue", quiet::same_ends),
    quiet("a batch that has ended has completed", batches::all_completed),
    by_run("10 the reserve covers the venue"),
    by_run("14 no self-match"),
    by_run("17 after K4 nothing is open"),
    by_run("18 after K4 nothing is held"),
    by_run("19 no automatic kill without a fault"),
    by_run("26 a crash loses nothing"),
    by_run("29 the same seed, the same bytes"),
    by_run("33 a resumed system trades"),
    elsewhere("23 a query never moves a position", "part of 8: no snapshot is a deal"),
    elsewhere(
        "25 durable before egress",
        "the core has no journal barrier; the store's and the runtime's tests",
    ),
    elsewhere("30 projections", "the store's tests"),
    elsewhere("34 canary secrets", "no secret reaches the core; the leak tests"),
    elsewhere("35 bytes to the terminal", "the screen's tests"),
    elsewhere("36 log lines", "the store's tests"),
    elsewhere("37 the screen shows a prefix", "the screen's tests"),
];
