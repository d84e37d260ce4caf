//! Follows crossings of two simple moving averages of bars built from trades.
//!
//! - Bars of a history are taken as they come, and a crossing trades at once. Else bars are `bar_ms` of local time; an interval without trades makes no bar. Averages of `fast` and `slow` closes are
//!   compared exactly. A crossing at a bar trades with the first print of the next one.
//! - `reverse`: up is long `qty`, down is short `qty`. `long_only`: up is long, down is flat.
//! - It walks to its target with one market order at a time and never sends one while another is open, so neither a
//!   partial fill nor a denial makes it double up. A reversal that was refused closes first, reduce-only.
//! - An entry not done ten seconds after its crossing is forgotten; an exit never is. A crossing heard while it may not
//!   trade closes what contradicts it when it may trade again, and opens nothing.
//! - When a recording starts again it forgets bars and averages and keeps its position.

use super::bars::BarBuilder;
use super::crossing::{CrossDetector, Crossing};
use super::kind::{HireError, Kind, PERIOD, QTY, spec};
use super::pacer::Pacer;
use crate::config::{ParamKind, Params, StrategyKind};
use crate::engine::{Desk, OrderSpec, Strategy};
use crate::model::{Envelope, Event, InstrumentId, MarketEvent, NetQty, Qty, Side, Span, Timestamp};

/// An entry older than this is a missed one.
const ENTRY_LIFE: Span = Span::from_secs(10);

pub(super) const KIND: Kind = Kind {
    declares: StrategyKind {
        name: "sma_cross",
        doc: "Follows crossings of two simple moving averages, long and short or long only.",
        params: &[
            spec("bar_ms", PERIOD, "1000", "length of a bar, in milliseconds of local time"),
            spec("fast", ParamKind::Int { min: 1, max: 999 }, "5", "bars in the fast average, below slow"),
            spec("slow", ParamKind::Int { min: 2, max: 1_000 }, "20", "bars in the slow average"),
            spec("qty", QTY, "0.010", "position it takes, in units of the instrument"),
            spec(
                "style",
                ParamKind::Choice(&["reverse", "long_only"]),
                "reverse",
                "reverse: long and short; long_only: long and flat",
            ),
        ],
    },
    hire,
};

fn hire(instrument: InstrumentId, params: &Params) -> Result<Box<dyn Strategy>, HireError> {
    let count = |name| params.int(name).map(|bars| usize::try_from(bars).unwrap_or(1));
    let (fast, slow) = (count("fast")?, count("slow")?);
    if fast >= slow {
        return Err(HireError::Contradiction("fast must be below slow: equal averages never cross"));
    }
    let style = if params.choice("style")? == "long_only" { Style::LongOnly } else { Style::Reverse };
    let qty = params.qty("qty")?;
    Ok(Box::new(SmaCross::new(instrument, params.span("bar_ms")?, (fast, slow), qty, style)))
}

/// What a crossing down means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    LongOnly,
    Reverse,
}

/// The last crossing.
#[derive(Debug, Clone, Copy)]
struct Signal {
    crossing: Crossing,
    at: Timestamp,
    /// Heard while it could not trade.
    missed: bool,
}

/// The strategy.
#[derive(Debug)]
pub struct SmaCross {
    instrument: InstrumentId,
    qty: Qty,
    style: Style,
    bars: BarBuilder,
    averages: CrossDetector,
    signal: Option<Signal>,
    pacer: Pacer,
}

impl SmaCross {
    fn new(
        instrument: InstrumentId,
        bar: Span,
        (fast, slow): (usize, usize),
        qty: Qty,
        style: Style,
    ) -> Self {
        Self {
            instrument,
            qty,
            style,
            bars: BarBuilder::new(bar),
            averages: CrossDetector::new(fast, slow),
            signal: None,
            pacer: Pacer::new(instrument),
        }
    }

    /// Walks towards what the last crossing wants.
    fn steer(&mut self, desk: &mut Desk<'_>) {
        let Some(signal) = self.signal else { return };
        let net = desk.position(self.instrument).net;
        let goal = self.goal(signal.crossing);
        if net == goal || desk.open_orders(self.instrument).next().is_some() {
            return;
        }
        let fresh = !signal.missed && desk.now().since(signal.at) < ENTRY_LIFE;
        let gap = (goal - net).side().map(|side| (side, (goal - net).magnitude()));
        let Some((side, qty)) = gap else { return };
        let contradicts = net.side() == Some(side.opposite()) && net.side() != goal.side();
        let enters = goal.side() == Some(side);
        if enters && fresh && self.pacer.may_enter(side, desk) {
            let label = if side == Side::Buy { "cross-up" } else { "cross-down" };
            self.pacer.enter(desk, OrderSpec::market(self.instrument, side, qty, label));
        } else if contradicts {
            self.pacer.close(desk, "cross-exit");
        }
    }

    fn goal(&self, crossing: Crossing) -> NetQty {
        match (crossing.side(), self.style) {
            (Side::Sell, Style::LongOnly) => NetQty::ZERO,
            (side @ Side::Sell, Style::Reverse) | (side @ Side::Buy, Style::LongOnly | Style::Reverse) => {
                self.qty.signed(side)
            }
        }
    }
}

impl Strategy for SmaCross {
    fn on_event(&mut self, event: &Envelope, desk: &mut Desk<'_>) {
        self.pacer.hear(event, desk.now());
        let Event::Market(market) = &event.event else { return };
        if market.instrument() != self.instrument {
            return;
        }
        match market {
            MarketEvent::Trade(trade) => {
                if let Some(bar) = self.bars.add(trade)
                    && let Some(crossing) = self.averages.push(bar.close)
                {
                    self.signal = Some(Signal { crossing, at: desk.now(), missed: !desk.may_trade() });
                }
                self.steer(desk);
            }
            MarketEvent::Bar(bar) => {
                if let Some(crossing) = self.averages.push(bar.close) {
                    self.signal = Some(Signal { crossing, at: desk.now(), missed: !desk.may_trade() });
                }
                self.steer(desk);
            }
            MarketEvent::Quote(_) => self.steer(desk),
            MarketEvent::Looped { .. } => {
                self.bars.clear();
                self.averages.clear();
            }
            MarketEvent::Depth(_)
            | MarketEvent::Quarantined { .. }
            | MarketEvent::Trusted { .. }
            | MarketEvent::Stale { .. }
            | MarketEvent::Fresh { .. }
            | MarketEvent::Dropped { .. } => {}
        }
    }
}
