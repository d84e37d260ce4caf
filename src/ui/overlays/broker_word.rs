//! The broker's word on what orders under review would need: asked once the fields stand still, shown beside our own estimate.

use super::line::Line;
use crate::model::{Class, Instrument, Money, OptionWorst, Qty, Side, Span, Timestamp};
use crate::ui::effect::Effect;
use crate::ui::figure;
use crate::ui::theme::Role;
use crate::ui::view::View;
use crate::wire::{MarginLeg, MarginReply, MarginWord};

/// How long the fields must stand still before the broker is asked: it is no matcher of keystrokes.
const STILL: Span = Span::from_millis(400);
/// How often it is asked again about unchanged fields.
const ASK_AGAIN: Span = Span::from_secs(10);

/// What was asked and what was told.
#[derive(Debug, Default)]
pub(super) struct BrokerWord {
    /// What stands there, and since when.
    wanted: Option<(Vec<MarginLeg>, Timestamp)>,
    asked: Option<(Vec<MarginLeg>, Timestamp)>,
    told: Option<MarginReply>,
}

impl BrokerWord {
    /// The question, where there is somebody to ask and it is time for one.
    pub(super) fn question(&mut self, legs: Vec<MarginLeg>, view: &View<'_>) -> Option<Effect> {
        if !view.asks_broker || legs.is_empty() {
            return None;
        }
        let now = view.hand;
        let since = match &self.wanted {
            Some((wanted, since)) if *wanted == legs => *since,
            Some(_) | None => {
                self.wanted = Some((legs, now));
                return None;
            }
        };
        let asked = self.asked.as_ref().filter(|(asked, _)| *asked == legs);
        let is_due = asked.is_none_or(|(_, at)| now.since(*at) >= ASK_AGAIN);
        (now.since(since) >= STILL && is_due).then(|| {
            self.asked = Some((legs.clone(), now));
            Effect::AskBroker(legs)
        })
    }

    /// Takes an answer.
    pub(super) fn hear(&mut self, reply: &MarginReply) {
        if self.asked.as_ref().is_some_and(|(asked, _)| *asked == reply.legs) {
            self.told = Some(reply.clone());
        }
    }

    /// What it says of the orders as they stand, beside what we make of them; nothing where there is nobody to ask.
    pub(super) fn line(&self, legs: &[MarginLeg], view: &View<'_>) -> Option<Line> {
        if !view.asks_broker || legs.is_empty() {
            return None;
        }
        let line = Line::of(" broker     ");
        let told = self.told.as_ref().filter(|told| told.legs == legs);
        Some(match told.map(|told| &told.word) {
            None => line.dim("asking what it needs"),
            Some(MarginWord::Unknown(why)) => line.part(&format!("margin unknown: {why}"), Role::Warn),
            Some(MarginWord::Needs(total, currency)) => {
                let here = estimate(legs, view);
                let here =
                    here.map_or_else(|| "unknown".to_owned(), |here| figure::money(here, 2, "").to_string());
                line.text(&format!("needs {}, by our rates {here}", figure::named(*total, *currency, "")))
            }
        })
    }
}

/// What our own rates make of the orders, each by itself; `None` where a price is missing.
fn estimate(legs: &[MarginLeg], view: &View<'_>) -> Option<Money> {
    legs.iter().map(|leg| own(leg, view)).sum()
}

fn own(leg: &MarginLeg, view: &View<'_>) -> Option<Money> {
    let instrument: &Instrument = view.state.genesis().instrument(leg.instrument)?;
    let mark = |id| view.state.market(id).and_then(crate::state::InstrumentMarket::mark);
    let price = leg.kind.limit_price().or(leg.kind.trigger()).or_else(|| mark(leg.instrument))?;
    if let Class::Option { underlying, .. } = instrument.listing.class {
        let worst = match leg.side {
            Side::Buy => OptionWorst { long: leg.qty, short: Qty::ZERO },
            Side::Sell => OptionWorst { long: Qty::ZERO, short: leg.qty },
        };
        return instrument.option_margin(worst, price, mark(underlying)?);
    }
    Some(instrument.notional(price, leg.qty).at_rate(instrument.initial_margin))
}
