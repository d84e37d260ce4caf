//! What the ticket asks for: kinds of order, plans of several, and the fields each needs.

/// Which type of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui::overlays) enum Kind {
    Market,
    Limit,
    StopMarket,
    StopLimit,
    Trailing,
}

/// What else belongs to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui::overlays) enum Plan {
    /// The order alone.
    Once,
    /// The order as an entry, with the exits that protect it once it fills.
    Bracket,
    /// The order and a stop beside it: the first to fill cancels the other.
    Oco,
    /// One large order in children.
    Split,
    /// The difference to a target position.
    Target,
}

/// A field of the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Strategy,
    Side,
    Kind,
    Tif,
    Qty,
    Price,
    Trigger,
    Trail,
    PostOnly,
    ReduceOnly,
    Plan,
    Stop,
    Target,
    Each,
}

impl Kind {
    /// In the order of the field.
    pub(super) const ALL: [Self; 5] =
        [Self::Market, Self::Limit, Self::StopMarket, Self::StopLimit, Self::Trailing];

    /// The word of the field.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "MKT",
            Self::Limit => "LMT",
            Self::StopMarket => "SLM",
            Self::StopLimit => "SL",
            Self::Trailing => "TRL",
        }
    }

    /// Whether it names a limit price.
    pub(super) const fn has_price(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit)
    }

    /// Whether it sleeps until a trigger.
    pub(super) const fn has_trigger(self) -> bool {
        matches!(self, Self::StopMarket | Self::StopLimit | Self::Trailing)
    }
}

impl Plan {
    /// In the order of the field.
    pub(super) const ALL: [Self; 5] = [Self::Once, Self::Bracket, Self::Oco, Self::Split, Self::Target];

    /// The word of the field.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Bracket => "bracket",
            Self::Oco => "oco",
            Self::Split => "split",
            Self::Target => "target",
        }
    }

    /// The fields it adds.
    const fn slots(self) -> &'static [Slot] {
        match self {
            Self::Once | Self::Target => &[],
            Self::Bracket => &[Slot::Stop, Slot::Target],
            Self::Oco => &[Slot::Stop],
            Self::Split => &[Slot::Each],
        }
    }
}

impl Slot {
    /// The word of an error.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Strategy => "strategy",
            Self::Side => "side",
            Self::Kind => "type",
            Self::Tif => "tif",
            Self::Qty => "qty",
            Self::Price => "price",
            Self::Trigger => "trigger",
            Self::Trail => "trail",
            Self::PostOnly => "post-only",
            Self::ReduceOnly => "reduce-only",
            Self::Plan => "plan",
            Self::Stop => "stop",
            Self::Target => "target",
            Self::Each => "each",
        }
    }

    /// Whether it holds typed text.
    pub(super) const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Qty | Self::Price | Self::Trigger | Self::Trail | Self::Stop | Self::Target | Self::Each
        )
    }
}

/// The fields in use, in the order of Tab.
pub(super) fn slots(kind: Kind, plan: Plan) -> Vec<Slot> {
    let mut slots = vec![Slot::Strategy, Slot::Side, Slot::Kind, Slot::Tif, Slot::Qty];
    slots.extend(numbers(kind));
    // A target's order is the engine's to make: it takes liquidity or closes as it must.
    if plan != Plan::Target {
        slots.extend([Slot::PostOnly, Slot::ReduceOnly]);
    }
    slots.push(Slot::Plan);
    slots.extend(plan.slots());
    slots
}

/// The prices a kind of order names.
pub(super) fn numbers(kind: Kind) -> impl Iterator<Item = Slot> {
    let all = [
        (Slot::Price, kind.has_price()),
        (Slot::Trail, kind == Kind::Trailing),
        (Slot::Trigger, kind.has_trigger()),
    ];
    all.into_iter().filter(|(_, used)| *used).map(|(slot, _)| slot)
}
