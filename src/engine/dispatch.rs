//! The inner ring: strategies hear each event of the step in registration order, and what they ask for is decided at once.

use super::core::Core;
use super::held;
use super::intake;
use super::kill;
use super::replace;
use super::strategy::{Desk, Hired, INTENTS_PER_STEP, Intent, Probe, Strategy};
use super::submit;
use crate::model::{
    Actor, BatchEvent, Cause, Command, ControlEvent, DisplayText, Envelope, Event, InstrumentId, MarketEvent,
    OrderEvent, Reason, Request, RequestId, Scope, StrategyId,
};
use crate::state::Genesis;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Events one step may make before strategies stop being asked: a loop of strategies answering each other ends here, and
/// who has not heard something of its own is told to have failed.
const EVENTS_PER_STEP: usize = 512;

/// A strategy at work.
pub(super) struct Slot {
    id: StrategyId,
    instruments: Vec<InstrumentId>,
    strategy: Box<dyn Strategy>,
    /// After a panic, or when the shell's stopwatch found it too slow, it is not called until a human arms it again.
    benched: bool,
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot").field("id", &self.id).field("benched", &self.benched).finish_non_exhaustive()
    }
}

impl Slot {
    pub(super) fn new(genesis: &Genesis, hired: Hired) -> Self {
        let info = genesis.strategy(hired.id);
        let instruments = info.map(|info| info.instruments.clone()).unwrap_or_default();
        Self { id: hired.id, instruments, strategy: hired.strategy, benched: false }
    }

    fn is_among(&self, audience: Audience) -> bool {
        match audience {
            Audience::Nobody => false,
            Audience::Owner(id) => id == self.id,
            Audience::Watchers(instrument) => self.instruments.contains(&instrument),
        }
    }
}

/// Who hears an event; found once an event, not once a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Nobody,
    /// The strategy it belongs to.
    Owner(StrategyId),
    /// Those who were given the instrument.
    Watchers(InstrumentId),
}

impl Audience {
    fn of(core: &Core, event: &Event) -> Self {
        Self::plain(event).unwrap_or_else(|| owner(core, event).map_or(Self::Nobody, Self::Owner))
    }

    /// Of what most events are; `None` for the others, which are looked up out of line.
    #[inline]
    fn plain(event: &Event) -> Option<Self> {
        if let Event::Market(MarketEvent::Quote(quote)) = event {
            return Some(Self::Watchers(quote.instrument));
        }
        if let Event::Order(OrderEvent::Submitted { order, .. }) = event {
            return Some(Self::Owner(order.strategy));
        }
        if let Event::Market(market) = event { Some(Self::Watchers(market.instrument())) } else { None }
    }
}

/// Lets strategies hear the events from `start` on, and the events they cause, until nobody has anything to say.
pub(super) fn hear(
    core: &mut Core,
    slots: &mut [Slot],
    pen: &mut Vec<Intent>,
    (out, start): (&mut Vec<Envelope>, usize),
    probe: &mut dyn Probe,
) {
    let mut heard = start;
    while heard < out.len() && heard - start < EVENTS_PER_STEP {
        let Some(envelope) = out.get(heard) else { break };
        let audience = if let Some(audience) = Audience::plain(&envelope.event) {
            audience
        } else {
            bench_slow(slots, &envelope.event);
            owner(core, &envelope.event).map_or(Audience::Nobody, Audience::Owner)
        };
        for slot in slots.iter_mut().filter(|slot| slot.is_among(audience)) {
            let Some(envelope) = out.get(heard) else { break };
            let armed = core.state.is_armed(slot.id);
            if slot.benched && !armed {
                continue;
            }
            slot.benched = false;
            let cause = Cause(envelope.seq);
            match call(core, (slot, armed), pen, envelope, probe) {
                // Mostly there is nothing to settle.
                Ok(()) if pen.is_empty() => {}
                Ok(()) => settle(core, slot, pen, cause, out),
                Err(message) => quarantine(core, slot, message, cause, out),
            }
        }
        heard += 1;
    }
    if heard < out.len() {
        unheard(core, slots, (out, heard));
    }
}

/// Strategies that were not told all of a step do not know what they have: each is told to have failed, its entries are
/// canceled, and it is called again when a human arms it.
#[cold]
fn unheard(core: &mut Core, slots: &mut [Slot], (out, first): (&mut Vec<Envelope>, usize)) {
    let rest = out.get(first..).unwrap_or_default();
    let Some(cause) = rest.first().map(|envelope| Cause(envelope.seq)) else { return };
    let missed = |slot: &Slot| {
        let told = |one: &&Envelope| slot.is_among(Audience::of(core, &one.event));
        rest.iter().filter(told).count()
    };
    let counts: Vec<usize> = slots.iter().map(missed).collect();
    for (slot, count) in slots.iter_mut().zip(counts) {
        let asleep = slot.benched && !core.state.control.is_armed(slot.id);
        if count > 0 && !asleep {
            let message = format!("not told {count} events: more than {EVENTS_PER_STEP} in one step");
            quarantine(core, slot, DisplayText::new(&message), cause, out);
        }
    }
}

/// A strategy that is disarmed for what its calls cost is benched: one that only stops trading would still cost them.
fn bench_slow(slots: &mut [Slot], event: &Event) {
    if let Event::Control(ControlEvent::Disarmed { strategy, actor: Actor::Supervisor, .. }) = event {
        slots.iter_mut().filter(|slot| slot.id == *strategy).for_each(|slot| slot.benched = true);
    }
}

/// The strategy an event that is no market data belongs to.
#[inline(never)]
fn owner(core: &Core, event: &Event) -> Option<StrategyId> {
    match event {
        Event::Order(OrderEvent::Submitted { order, .. }) | Event::Denied { order, .. } => {
            Some(order.strategy)
        }
        Event::Order(OrderEvent::Filled { fill, .. }) => Some(fill.strategy),
        Event::Order(order) => core.state.orders.get(order.id()?).map(|order| order.request.strategy),
        Event::Batch(BatchEvent::Denied { batch, .. }) => Some(batch.strategy),
        Event::Batch(batch) => core.state.batches.get(batch.id()?).map(|batch| batch.batch.strategy),
        // The answers to what it asked for itself.
        Event::Control(ControlEvent::Refused { request, .. }) => asker(request.actor),
        Event::Control(ControlEvent::CloseBegan { actor, .. } | ControlEvent::Done { actor, .. }) => {
            asker(*actor)
        }
        Event::Market(_) | Event::Account(_) | Event::Link(_) | Event::Control(_) | Event::Risk(_) => None,
    }
}

fn asker(actor: Actor) -> Option<StrategyId> {
    if let Actor::Strategy(id) = actor { Some(id) } else { None }
}

/// Calls a strategy behind a wall: its panic is a text, not ours.
fn call(
    core: &Core,
    (slot, may_trade): (&mut Slot, bool),
    pen: &mut Vec<Intent>,
    envelope: &Envelope,
    probe: &mut dyn Probe,
) -> Result<(), DisplayText> {
    pen.clear();
    let mut desk = Desk { state: &core.state, me: slot.id, now: core.now, may_trade, pen };
    probe.enter(slot.id);
    let result = catch_unwind(AssertUnwindSafe(|| slot.strategy.on_event(envelope, &mut desk)));
    probe.leave(slot.id);
    result.map_err(|payload| words_of(payload.as_ref()))
}

/// What a panic said.
#[cold]
fn words_of(payload: &(dyn Any + Send)) -> DisplayText {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panicked without a message");
    DisplayText::new(text)
}

/// A strategy that panicked or missed something: disarmed, its entries canceled, not called until a human arms it again.
#[cold]
fn quarantine(core: &mut Core, slot: &mut Slot, message: DisplayText, cause: Cause, out: &mut Vec<Envelope>) {
    slot.benched = true;
    let failed = ControlEvent::StrategyFailed { strategy: slot.id, message };
    core.emit(cause, Event::Control(failed), out);
    kill::cancel_entries(core, Scope::Strategy(slot.id), cause, out);
}

/// Turns what a strategy wrote into facts; a flood of intents disarms it instead. Never inlined: most calls of a
/// strategy write nothing, and their way would be slowed down by its size.
#[inline(never)]
fn settle(core: &mut Core, slot: &Slot, pen: &mut Vec<Intent>, cause: Cause, out: &mut Vec<Envelope>) {
    if pen.len() > INTENTS_PER_STEP {
        pen.clear();
        let disarmed = ControlEvent::Disarmed {
            strategy: slot.id,
            actor: Actor::Watchdog,
            reason: Reason::new("flood of intents"),
            request: None,
        };
        core.emit(cause, Event::Control(disarmed), out);
        kill::cancel_entries(core, Scope::Strategy(slot.id), cause, out);
        return;
    }
    // Read where it was written, not moved.
    for intent in pen.iter() {
        let origin = submit::Origin { actor: Actor::Strategy(slot.id), request: None, cause };
        match intent {
            Intent::Submit(order) => submit::order(core, order, origin, out),
            Intent::Bracket(bracket) => held::bracket(core, bracket, origin, out),
            Intent::Oco(pair) => held::oco(core, **pair, origin, out),
            Intent::Cancel(id) => submit::cancel_own(core, *id, slot.id, origin, out),
            Intent::Ask(command) => carry_out(core, slot.id, command.clone(), cause, out),
            Intent::Replace(id, change) => replace::replace_own(core, (*id, *change), slot.id, origin, out),
        }
    }
    pen.clear();
}

/// A strategy's command, by the way every command goes; its events carry what the strategy answers to as their cause.
fn carry_out(core: &mut Core, id: StrategyId, command: Command, cause: Cause, out: &mut Vec<Envelope>) {
    core.answering = Some(cause);
    let request = Request { id: RequestId::default(), actor: Actor::Strategy(id), command };
    intake::command(core, &request, out);
    core.answering = None;
}
