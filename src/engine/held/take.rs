//! Taking orders that are held: judged when they are taken, as far as that makes sense, and again when they leave.
//!
//! Both exits of a bracket are held by the engine, and so is every exit of a protective OCO. At the venue each would
//! reserve the whole position, so that only one of them could be there, and the other would wait for its cancel in the
//! very moment it is needed. Held, they reserve nothing: whichever comes first leaves, never larger than what there is
//! to reduce, and no race with the venue can flip the position. The price: they end when the engine does, and the order
//! says so.

use super::watch;
use crate::engine::core::Core;
use crate::engine::risk::{self, Proposal, Stage};
use crate::engine::submit::{self, Origin, Place};
use crate::model::{
    Denial, Envelope, Event, Label, LegOf, Link, LinkRole, Measure, NewOrder, Order, OrderEvent, OrderId,
    OrderKind, Price, RuleId, Side, Span, TimeInForce,
};

/// An entry with the prices of the exits that protect it.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Bracket {
    pub(in crate::engine) entry: NewOrder,
    pub(in crate::engine) stop: Price,
    pub(in crate::engine) target: Option<Price>,
}

/// Whether the engine holds an order of this kind itself.
pub(in crate::engine) fn is_ours(core: &Core, order: &NewOrder) -> bool {
    core.state.genesis().engine_holds(&order.kind)
}

/// Takes an order and holds it: `Held` or `Denied`.
pub(in crate::engine) fn order(core: &mut Core, order: NewOrder, origin: Origin, out: &mut Vec<Envelope>) {
    match may_hold(core, &order, (Stage::Hold, 1), origin) {
        Ok(()) => {
            hold(core, order, (None, None), origin, out);
            watch::watch(core, order.instrument, out);
        }
        Err(denial) => submit::deny(core, order, denial, origin, out),
    }
}

/// Takes a leg of a batch and holds it; the batch tells of a denial.
pub(in crate::engine) fn leg(
    core: &mut Core,
    order: NewOrder,
    leg: LegOf,
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> Result<(), Denial> {
    let proposal = Proposal::new(&order, origin.actor, &core.state, core.now).of_batch(leg.batch);
    let proposal = proposal.at(Stage::Hold);
    risk::would_pass(&proposal)?;
    has_place(&proposal, 1)?;
    hold(core, order, (Some(leg), None), origin, out);
    watch::watch(core, order.instrument, out);
    Ok(())
}

/// Takes a bracket: its entry is the answer, `Submitted`, `Held` or `Denied`, and its exits sleep until it fills.
pub(in crate::engine) fn bracket(
    core: &mut Core,
    bracket: &Bracket,
    origin: Origin,
    out: &mut Vec<Envelope>,
) {
    let entry = bracket.entry;
    let exits = bracket.exits();
    let group = core.state.orders.next_id().0;
    let link = |role| Some(Link { group, role });
    let began = bracket.check(core).and_then(|()| {
        let held = u32::try_from(exits.len()).unwrap_or(u32::MAX).saturating_add(1);
        for exit in &exits {
            may_hold(core, exit, (Stage::Guard, held), origin)?;
        }
        if is_ours(core, &entry) {
            may_hold(core, &entry, (Stage::Hold, held), origin)?;
            hold(core, entry, (None, link(LinkRole::Entry)), origin, out);
            return Ok(());
        }
        let place = Place { link: link(LinkRole::Entry), ..Place::next(core) };
        submit::try_at(core, (entry, Stage::Send), place, origin, out)
    });
    if let Err(denial) = began {
        return submit::deny(core, entry, denial, origin, out);
    }
    for exit in exits {
        hold(core, exit, (None, link(LinkRole::Exit)), Origin { request: None, ..origin }, out);
    }
    watch::watch(core, entry.instrument, out);
}

/// Takes two orders of which one's fills shrink the other: the first of them is the answer, or one `Denied`.
///
/// At most one of them is ever at the broker, so that no race can fill both: a limit order that is no exit goes there
/// at once, for its place in the queue; the other one is held, and when its time comes the first is canceled, and its
/// end proven, before it leaves.
pub(in crate::engine) fn oco(core: &mut Core, pair: [NewOrder; 2], origin: Origin, out: &mut Vec<Envelope>) {
    let [one, other] = pair;
    let rests = |order: &NewOrder| !order.reduce_only && matches!(order.kind, OrderKind::Limit { .. });
    // What goes to the broker is asked for first: were it denied, nothing would be held.
    let (first, second) = if !rests(&one) && rests(&other) { (other, one) } else { (one, other) };
    let stage = if rests(&first) { Stage::Send } else { Stage::Hold };
    let about = |order: NewOrder| move |denial: Denial| (order, denial);
    let denied = check_pair((&first, stage), &second)
        .and_then(|()| may_hold(core, &first, (stage, 2), origin))
        .err()
        .map(about(first))
        .or_else(|| may_hold(core, &second, (Stage::Hold, 2), origin).err().map(about(second)));
    if let Some((order, denial)) = denied {
        return submit::deny(core, order, denial, origin, out);
    }
    let link = Some(Link { group: core.state.orders.next_id().0, role: LinkRole::Exit });
    if stage == Stage::Send {
        let place = Place { link, ..Place::next(core) };
        if let Err(denial) = submit::try_at(core, (first, stage), place, origin, out) {
            return submit::deny(core, first, denial, origin, out);
        }
    } else {
        hold(core, first, (None, link), origin, out);
    }
    hold(core, second, (None, link), Origin { request: None, ..origin }, out);
    watch::watch(core, one.instrument, out);
}

/// At which stage a change of an order is judged: one that sleeps in a bracket has no position to close yet.
pub(in crate::engine) fn stage_of(core: &Core, order: &Order) -> Stage {
    let sleeps =
        || core.state.groups.of(order.id).is_some_and(|one| one.entry != Some(order.id) && one.is_asleep());
    match (order.is_held(), order.request.reduce_only && sleeps()) {
        (true, true) => Stage::Guard,
        (true, false) => Stage::Hold,
        (false, _) => Stage::Send,
    }
}

/// Makes it a fact that an order is held, with the batch or the group it belongs to.
pub(super) fn hold(
    core: &mut Core,
    order: NewOrder,
    (leg, link): (Option<LegOf>, Option<Link>),
    origin: Origin,
    out: &mut Vec<Envelope>,
) -> OrderId {
    let (id, client_id) = core.state.orders.next_id();
    let (actor, request) = (origin.actor, origin.request);
    let held = OrderEvent::Held { id, client_id, order, actor, request, leg, link };
    core.emit(origin.cause, Event::Order(held), out);
    id
}

/// Whether an order may be taken. Every rule of the gate is asked, about the order as it was asked for, and whether there
/// is a place for it.
fn may_hold(
    core: &Core,
    order: &NewOrder,
    (stage, count): (Stage, u32),
    origin: Origin,
) -> Result<(), Denial> {
    let proposal = Proposal::new(order, origin.actor, &core.state, core.now).at(stage);
    risk::would_pass(&proposal)?;
    has_place(&proposal, count)
}

/// What is asked beyond the gate's rules: one strategy may have no more orders held than may be open (a held exit reserves
/// nothing, so no other rule would end a loop that makes them), and an order equal to one held a moment ago is a stuck
/// key, unless both are legs of one batch.
pub(in crate::engine) fn has_place(proposal: &Proposal<'_>, count: u32) -> Result<(), Denial> {
    let (state, order) = (proposal.state, proposal.order);
    let mine = state.orders.held().filter_map(|one| state.orders.get(one.id));
    let mine = mine.filter(|held| held.request.strategy == order.strategy);
    let meant = |one: &Order| proposal.batch.is_some() && one.leg.map(|leg| leg.batch) == proposal.batch;
    let (mut held, mut twin) = (0_u32, None);
    for one in mine {
        held = held.saturating_add(1);
        let age = proposal.now.since(one.submitted_at);
        if one.request == *order && age < state.limits().duplicate_window && !meant(one) {
            twin = Some(age);
        }
    }
    let limit = state.limits().max_open_orders;
    if held.saturating_add(count) > limit {
        let (value, limit) = (Measure::Count(held.saturating_add(count)), Measure::Count(limit));
        return Err(Denial { rule: RuleId::OpenOrders, value, limit, detail: "too many held" });
    }
    let window = state.limits().duplicate_window;
    twin.filter(|_| proposal.stage == Stage::Hold).map_or(Ok(()), |age| Err(duplicate(age, window)))
}

fn duplicate(age: Span, window: Span) -> Denial {
    let (value, limit) = (Measure::Age(age), Measure::Age(window));
    Denial { rule: RuleId::Duplicate, value, limit, detail: "same order held" }
}

fn wrong(detail: &'static str, value: Measure, limit: Measure) -> Denial {
    Denial { rule: RuleId::Filters, value, limit, detail }
}

impl Bracket {
    /// Its exits as they are held: the stop first. Their quantity is the entry's until it fills.
    fn exits(&self) -> Vec<NewOrder> {
        let exit = |kind, label| NewOrder {
            side: self.entry.side.opposite(),
            kind,
            tif: TimeInForce::Gtc,
            post_only: false,
            reduce_only: true,
            label: Label::new(label),
            ..self.entry
        };
        let stop = exit(OrderKind::Stop { trigger: self.stop }, "stop");
        let target = self.target.map(|price| exit(OrderKind::Limit { price }, "target"));
        std::iter::once(stop).chain(target).collect()
    }

    /// Whether its prices make sense: the stop where the entry loses, the target where it wins.
    fn check(&self, core: &Core) -> Result<(), Denial> {
        let entry = &self.entry;
        if entry.reduce_only {
            return Err(wrong("a bracket's entry cannot be reduce-only", Measure::None, Measure::None));
        }
        let mark = || core.state.market(entry.instrument).and_then(crate::state::InstrumentMarket::mark);
        let named = entry.kind.limit_price().or(entry.kind.trigger());
        // Without a price the gate denies the entry with a better word.
        let Some(reference) = named.or_else(mark) else { return Ok(()) };
        let wins = |price: Price| match entry.side {
            Side::Buy => price > reference,
            Side::Sell => price < reference,
        };
        let reference_is = Measure::Price(reference);
        if self.stop == reference || wins(self.stop) {
            return Err(wrong("stop not on the losing side", Measure::Price(self.stop), reference_is));
        }
        match self.target {
            Some(target) if !wins(target) => {
                Err(wrong("target not on the winning side", Measure::Price(target), reference_is))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether two orders can be one another's other. `stage` is what becomes of the first; the second is held.
fn check_pair((first, stage): (&NewOrder, Stage), second: &NewOrder) -> Result<(), Denial> {
    let plain = |detail| Err(wrong(detail, Measure::None, Measure::None));
    let kin = |order: &NewOrder| (order.strategy, order.instrument, order.mode, order.reduce_only);
    if kin(first) != kin(second) {
        return plain("not of one strategy, instrument and kind");
    }
    if first.qty != second.qty {
        return Err(wrong("not of one quantity", Measure::Qty(second.qty), Measure::Qty(first.qty)));
    }
    if [first, second].iter().any(|order| order.kind == OrderKind::Market) {
        return plain("a market order waits for nothing");
    }
    if second.post_only || (first.post_only && stage == Stage::Hold) {
        return plain("a held order cannot be post-only");
    }
    if (first.side, first.kind) == (second.side, second.kind) {
        return plain("twice the same order");
    }
    Ok(())
}
