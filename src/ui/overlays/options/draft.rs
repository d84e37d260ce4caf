//! The fields of an options order, and the legs they make.

use crate::model::{Expiry, InstrumentId, Moneyness, OnFailure, OptionLeg, Qty, Right, Side, StrategyId};
use crate::ui::overlays::field::Field;
use crate::ui::overlays::ticket::next;

/// The shapes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Structure {
    Single,
    Straddle,
    Strangle,
    Vertical,
    Condor,
}

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Strategy,
    Underlying,
    Structure,
    Expiry,
    Side,
    Right,
    Offset,
    Width,
    Qty,
    OnFailure,
}

/// What has been filled in.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub strategy: StrategyId,
    pub underlying: InstrumentId,
    pub structure: Structure,
    pub expiry: Expiry,
    pub side: Side,
    pub right: Right,
    /// Strikes out of the money; below zero in it.
    pub offset: i8,
    /// Strikes between the legs of a spread.
    pub width: i8,
    pub qty: Field,
    pub on_failure: OnFailure,
    /// The side and offset chosen by hand: a shape that has its own gives them back when it is left.
    chosen: (Side, i8),
}

impl Structure {
    const ALL: [Self; 5] = [Self::Single, Self::Straddle, Self::Strangle, Self::Vertical, Self::Condor];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Straddle => "straddle",
            Self::Strangle => "strangle",
            Self::Vertical => "vertical",
            Self::Condor => "iron condor",
        }
    }
}

impl Draft {
    /// A single call at the money, its quantity to be typed.
    pub(super) fn new(underlying: InstrumentId) -> Self {
        Self {
            strategy: StrategyId::MANUAL,
            underlying,
            structure: Structure::Single,
            expiry: Expiry::Nearest,
            side: Side::Buy,
            right: Right::Call,
            offset: 0,
            width: 1,
            qty: Field::new("", 20),
            on_failure: OnFailure::Hold,
            chosen: (Side::Buy, 0),
        }
    }

    /// The fields in use, in the order of Tab.
    pub(super) fn slots(&self) -> Vec<Slot> {
        let mut slots = vec![Slot::Strategy, Slot::Underlying, Slot::Structure, Slot::Expiry, Slot::Side];
        if matches!(self.structure, Structure::Single | Structure::Vertical) {
            slots.push(Slot::Right);
        }
        if self.structure != Structure::Straddle {
            slots.push(Slot::Offset);
        }
        if matches!(self.structure, Structure::Vertical | Structure::Condor) {
            slots.push(Slot::Width);
        }
        slots.push(Slot::Qty);
        if self.structure != Structure::Single {
            slots.push(Slot::OnFailure);
        }
        slots
    }

    /// The legs: what is bought first, as the engine sends them.
    pub(super) fn legs(&self, qty: Qty) -> Vec<OptionLeg> {
        let (side, other) = (self.side, self.side.opposite());
        let leg =
            |right, offset, side| OptionLeg { expiry: self.expiry, offset: money(offset), right, side, qty };
        let (near, far) = (self.offset, self.offset.saturating_add(self.width));
        let mut legs = match self.structure {
            Structure::Single => vec![leg(self.right, near, side)],
            Structure::Straddle => vec![leg(Right::Call, 0, side), leg(Right::Put, 0, side)],
            Structure::Strangle => vec![leg(Right::Call, near, side), leg(Right::Put, near, side)],
            Structure::Vertical => vec![leg(self.right, near, side), leg(self.right, far, other)],
            Structure::Condor => vec![
                leg(Right::Call, near, side),
                leg(Right::Call, far, other),
                leg(Right::Put, near, side),
                leg(Right::Put, far, other),
            ],
        };
        legs.sort_by_key(|leg| leg.side == Side::Sell);
        legs
    }

    /// Turns a choice.
    pub(super) fn turn(&mut self, slot: Slot, by: isize, strategies: usize, underlyings: &[InstrumentId]) {
        const STRIKES: [i8; 13] = [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8, 10, 12];
        match slot {
            Slot::Strategy => {
                let count = u16::try_from(strategies).unwrap_or(u16::MAX);
                let all: Vec<_> =
                    (0..count).map(StrategyId::new).filter(|id| *id != StrategyId::EXTERNAL).collect();
                self.strategy = next(&all, self.strategy, by);
            }
            Slot::Underlying => self.underlying = next(underlyings, self.underlying, by),
            Slot::Structure => {
                self.structure = next(&Structure::ALL, self.structure, by);
                self.reshape();
            }
            Slot::Expiry => self.expiry = next(&[Expiry::Nearest, Expiry::Next], self.expiry, by),
            Slot::Side => {
                self.side = self.side.opposite();
                self.chosen.0 = self.side;
            }
            Slot::Right => self.right = next(&[Right::Call, Right::Put], self.right, by),
            Slot::Offset => {
                self.offset = next(&STRIKES, self.offset, by);
                self.chosen.1 = self.offset;
            }
            Slot::Width => self.width = next(&[1, 2, 3, 4, 5, 6, 8, 10], self.width, by),
            Slot::OnFailure => {
                self.on_failure = next(&[OnFailure::Hold, OnFailure::Unwind], self.on_failure, by);
            }
            Slot::Qty => {}
        }
    }

    /// What a shape usually is: a strangle and a condor lie out of the money, a condor is sold. Every other shape has the
    /// side and the offset that were chosen by hand.
    fn reshape(&mut self) {
        let (side, offset) = self.chosen;
        (self.side, self.offset) = match self.structure {
            Structure::Single | Structure::Vertical => (side, offset),
            Structure::Straddle => (side, 0),
            Structure::Strangle => (side, offset.max(1)),
            Structure::Condor => (Side::Sell, offset.max(1)),
        };
    }
}

const fn money(offset: i8) -> Moneyness {
    match offset {
        0 => Moneyness::Atm,
        1.. => Moneyness::Otm(offset.unsigned_abs()),
        _ => Moneyness::Itm(offset.unsigned_abs()),
    }
}

/// `ATM`, `OTM2`, `ITM1`.
pub(super) fn offset_words(offset: Moneyness) -> String {
    match offset {
        Moneyness::Atm => "ATM".to_owned(),
        Moneyness::Otm(strikes) => format!("OTM{strikes}"),
        Moneyness::Itm(strikes) => format!("ITM{strikes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Moneyness, Slot, Structure};
    use crate::model::{InstrumentId, Qty, Right, Side};

    #[test]
    fn a_condor_buys_its_wings_before_it_sells_its_body() {
        let mut draft = Draft::new(InstrumentId::new(0));
        (draft.structure, draft.side, draft.offset, draft.width) = (Structure::Condor, Side::Sell, 2, 3);
        let legs: Vec<_> = draft.legs(Qty::ONE).iter().map(|leg| (leg.side, leg.right, leg.offset)).collect();
        assert_eq!(
            legs,
            [
                (Side::Buy, Right::Call, Moneyness::Otm(5)),
                (Side::Buy, Right::Put, Moneyness::Otm(5)),
                (Side::Sell, Right::Call, Moneyness::Otm(2)),
                (Side::Sell, Right::Put, Moneyness::Otm(2)),
            ]
        );
    }

    #[test]
    fn going_through_all_shapes_leaves_side_and_offset_as_they_were() {
        let mut draft = Draft::new(InstrumentId::new(0));
        let turn = |draft: &mut Draft, slot| draft.turn(slot, 1, 2, &[InstrumentId::new(0)]);
        for _ in 0..5 {
            turn(&mut draft, Slot::Structure);
        }
        assert_eq!((draft.structure, draft.side, draft.offset), (Structure::Single, Side::Buy, 0));
        // A side chosen by hand stays chosen, also when it was chosen in a condor.
        for _ in 0..4 {
            turn(&mut draft, Slot::Structure);
        }
        assert_eq!((draft.structure, draft.side), (Structure::Condor, Side::Sell));
        turn(&mut draft, Slot::Side);
        turn(&mut draft, Slot::Side);
        turn(&mut draft, Slot::Structure);
        assert_eq!((draft.structure, draft.side), (Structure::Single, Side::Sell));
    }
}
