//! What a panel or overlay sees: the replica, the health, the time, the theme and the selection. Read only.

use super::figure::{self, Clock, Figure};
use super::panel_kind::PanelKind;
use super::requests::Notice;
use super::theme::Theme;
use crate::model::{
    AccountId, Actor, BatchId, Instrument, InstrumentId, KillLevel, Mode, NewOrder, OrderId, Scope, Seq,
    Span, StrategyId, Timestamp,
};
use crate::state::{BROKER_LINK, InstrumentMarket, State, Trust};
use crate::wire::{ReplayStanding, Vitals};
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// A row of a list, by what it is and not by where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selected {
    Strategy(StrategyId),
    Instrument(InstrumentId),
    Order(OrderId),
    /// A fill, by its event. `None` follows the newest.
    Trade(Option<Seq>),
    /// A line of the log. `None` follows the newest.
    Event(Option<Seq>),
    Batch(BatchId),
    Alert(u32),
    /// A line on which the books differ.
    Line(u32),
}

/// What is selected, of each kind. One for the whole screen, so that panels need not know each other.
#[derive(Debug, Clone)]
pub struct Selection {
    pub strategy: StrategyId,
    /// Drives book, tape, chart and ticket.
    pub instrument: InstrumentId,
    pub order: Option<OrderId>,
    pub trade: Option<Seq>,
    pub event: Option<Seq>,
    pub batch: Option<BatchId>,
    pub alert: Option<u32>,
    pub line: Option<u32>,
    /// Orders put aside for a basket, in the order they are to be sent.
    pub basket: Vec<NewOrder>,
    /// Words that rows must contain, lower case: `strat:mm inst:btc fill`. Empty shows all.
    pub filter: String,
    /// How many panels of rows can be scrolled without a selection: lines scrolled away from the newest or the top.
    pub scroll: BTreeMap<PanelKind, usize>,
}

/// How fast and how much is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaintStats {
    pub frames: u64,
    pub bytes: u64,
    pub unchanged: u64,
}

/// Everything a frame is made of.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub state: &'a State,
    /// `None` until the first arrives.
    pub vitals: Option<&'a Vitals>,
    /// Where past data stands; `None` where the present is shown.
    pub replay: Option<&'a ReplayStanding>,
    /// The engine's clock: what ages are counted by.
    pub now: Timestamp,
    /// The wall's clock: what fingers and patience are counted by.
    pub hand: Timestamp,
    pub theme: Theme,
    /// The level standing at the egress, read without asking the engine.
    pub gate: KillLevel,
    pub selection: &'a Selection,
    /// Whether the broker can be asked what orders would need.
    pub asks_broker: bool,
    /// How long the engine has said nothing, once that is long.
    pub silent: Option<Span>,
    /// The newest notices for the operator.
    pub notices: &'a [Notice],
    pub paint: PaintStats,
    /// Rows the focused panel showed last: what half a page is.
    pub page: u16,
    /// The whole screen, bars included.
    pub screen: Rect,
    /// Command lines of this session, newest last.
    pub history: &'a [String],
    /// Whether the panel that is drawn has the keys.
    pub focused: bool,
    /// Added to instants before they are shown: zero for UTC.
    pub zone: Span,
}

/// A link or subscriber that does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble<'a> {
    pub name: &'a str,
    /// Its state in capitals.
    pub words: String,
    /// Whether nothing goes on without it.
    pub is_severe: bool,
}

impl<'a> View<'a> {
    /// The mode of the whole.
    pub const fn mode(&self) -> Mode {
        self.state.control.mode
    }

    /// `~` in analyze, nothing in live.
    pub const fn tilde(&self) -> &'static str {
        self.theme.tilde()
    }

    /// What no comparison speaks of: the accounts of which it is not known how they stand.
    pub fn without(&self) -> Option<String> {
        let accounts = &self.state.genesis().accounts;
        let names: Vec<&str> = self.state.accounts_missing().map(|id| accounts.name(id)).collect();
        match names.as_slice() {
            [] => None,
            // The only one has no name.
            [""] => Some("without the broker".to_owned()),
            names => Some(format!("without {}", names.join(", "))),
        }
    }

    /// What every sum is not sure of, for so much room: of accounts of which it is not known how they stand those of which
    /// nothing is in it, and those that are there as last known. `without c, b as last known`.
    pub fn unsure_of(&self, room: usize) -> Option<String> {
        let (state, accounts) = (self.state, &self.state.genesis().accounts);
        if accounts.is_single() {
            return self.without();
        }
        let (never, known) = state.accounts_unsure();
        let names = |ids: &[AccountId]| -> Option<String> {
            let names: Vec<&str> = ids.iter().map(|id| accounts.name(*id)).collect();
            (!names.is_empty()).then(|| names.join(", "))
        };
        let (known, never) = (names(&known), names(&never).map(|names| format!("without {names}")));
        let words = |known: Option<String>| {
            let parts: Vec<String> = never.iter().cloned().chain(known).collect();
            (!parts.is_empty()).then(|| parts.join(", "))
        };
        let whole = words(known.as_ref().map(|names| format!("{names} as last known")));
        let fits = whole.as_ref().is_none_or(|words| words.len() <= room);
        if fits { whole } else { words(known.map(|names| format!("old: {names}"))) }
    }

    /// Before a sum over all accounts: `~` too where one is missing in it.
    pub fn tilde_of_sum(&self) -> &'static str {
        if self.state.accounts_missing().next().is_some() { "~" } else { self.tilde() }
    }

    /// The instrument that book, chart and ticket are about.
    pub fn instrument(&self) -> Option<&'a Instrument> {
        self.state.genesis().instrument(self.selection.instrument)
    }

    /// Its market.
    pub fn market(&self) -> Option<&'a InstrumentMarket> {
        self.state.market(self.selection.instrument)
    }

    /// How far the day's result lies below its high, now: never less than what is lost since the high.
    pub fn drawdown(&self, day: crate::model::Money) -> crate::model::Money {
        self.state.history.peak.max(day) - day
    }

    /// A strategy's name, `EXTERNAL` for what is nobody's.
    pub fn strategy_name(&self, id: StrategyId) -> &'a str {
        if id == StrategyId::EXTERNAL {
            return "EXTERNAL";
        }
        self.state.genesis().strategy(id).map_or("?", |info| info.name.as_str())
    }

    /// An instrument's symbol.
    pub fn symbol(&self, id: InstrumentId) -> &'a str {
        self.state.genesis().instrument(id).map_or("?", |one| one.symbol.as_str())
    }

    /// Decimal places of an instrument's prices and quantities.
    pub fn places(&self, id: InstrumentId) -> (usize, usize) {
        self.state.genesis().instrument(id).map_or((2, 2), |one| (one.price_places(), one.qty_places()))
    }

    /// A time of day in the screen's zone.
    pub fn clock(&self, at: Timestamp, fine: Clock) -> Figure {
        figure::clock(at.after(self.zone), fine)
    }

    /// How old an instant is.
    pub fn age(&self, at: Timestamp) -> Figure {
        let age = self.now.since(at);
        if age.nanos() < 0 { figure::span(Span::ZERO) } else { figure::span(age) }
    }

    /// An order's name on the screen: `A-12` or `L-12`.
    pub fn order_name(mode: Mode, id: OrderId) -> Figure {
        Figure::of(format_args!("{}-{}", mode.letter(), id.get()))
    }

    /// A correlation in four hex digits or more, as on every line about the same chain.
    pub fn cid(seq: Seq) -> Figure {
        Figure::of(format_args!("{:04x}", seq.get()))
    }

    /// The highest kill standing, whether the engine has told of it yet or only the gate knows.
    pub fn kill(&self) -> KillLevel {
        self.gate.max(self.state.control.highest_kill())
    }

    /// Where kills stand, the widest first.
    pub fn kills(&self) -> Vec<(Scope, KillLevel)> {
        let genesis = self.state.genesis();
        let strategies = genesis.strategy_ids().map(Scope::Strategy);
        let instruments = genesis.instrument_ids().map(Scope::Instrument);
        let level = |scope: Scope| match scope {
            Scope::All => self.gate.max(self.state.control.kill_at(Scope::All)),
            Scope::Strategy(_) | Scope::Instrument(_) => self.state.control.kill_at(scope),
        };
        let scopes = std::iter::once(Scope::All).chain(strategies).chain(instruments);
        scopes.map(|scope| (scope, level(scope))).filter(|(_, level)| *level > KillLevel::K0).collect()
    }

    /// Links and subscribers that do not work: what nothing goes without first, since a narrow bar names few.
    pub fn troubles(&self) -> Vec<Trouble<'a>> {
        let mut links: Vec<_> = self
            .state
            .links
            .list()
            .iter()
            .filter(|link| !link.is_well() && !self.is_told_by_its_broker(link))
            .collect();
        let weight = |link: &crate::state::Link| match link.state.as_str() {
            "dead" | "not flat" => 0,
            "down" | "silent" => 1,
            _ => 2,
        };
        links.sort_by_key(|link| weight(link));
        let trouble = |link: &'a crate::state::Link| {
            let (name, words) = match (link.name.as_str(), link.state.as_str()) {
                // Not one trouble among others: the desk takes no new risk until it is restarted.
                ("journal", "dead") => ("JOURNAL", "DEAD: reduce only".to_owned()),
                (name, state) => (name, state.to_uppercase()),
            };
            Trouble { name, words, is_severe: weight(link) < 2 }
        };
        links.into_iter().map(trouble).collect()
    }

    /// Whether a link is the feed of a further account that is down itself: one trouble, not two.
    fn is_told_by_its_broker(&self, link: &crate::state::Link) -> bool {
        let account = link.name.as_str().strip_prefix("feed@");
        let broker = |account| self.state.links.named(&format!("{BROKER_LINK}@{account}"));
        account.and_then(broker).is_some_and(|broker| !broker.is_well())
    }

    /// What a kill does, or has done: past only where nothing is open any more and the engine has heard it, and never of an
    /// account of which it is not known how it stands, nor of what is too small for any order.
    pub fn kill_words(&self, scope: Scope, level: KillLevel) -> String {
        let heard = self.state.control.kill_at(scope) >= level;
        let open = self.state.left_to_kill(scope);
        match (level, heard, open) {
            (KillLevel::K0 | KillLevel::K1, ..) => kill_verb(level).to_owned(),
            (_, true, 0) => self.done_words(scope, level),
            (_, true, open) => format!("{}, {open} open", level.doing()),
            (_, false, _) => level.doing().to_owned(),
        }
    }

    fn done_words(&self, scope: Scope, level: KillLevel) -> String {
        let away = match scope {
            Scope::All | Scope::Strategy(_) => self.without(),
            Scope::Instrument(id) => {
                let at = self.state.genesis().accounts.of(id);
                self.state.accounts_missing().any(|account| account == at).then(|| "as last known".to_owned())
            }
        };
        let small = match level {
            KillLevel::K4 => self.state.dust_under_flatten(scope),
            KillLevel::K0 | KillLevel::K1 | KillLevel::K2 | KillLevel::K3 => 0,
        };
        let small = (small > 0).then(|| format!("{small} too small to close"));
        // Never touched by a kill of ours: who reads that all is canceled shall know that the account has more.
        let others = self.state.others_at_work(scope);
        let others = (others > 0).then(|| format!("{others} of others at work"));
        let words = level.meaning().to_owned();
        let words = away.iter().fold(words, |words, away| format!("{words} {away}"));
        small.iter().chain(&others).fold(words, |words, more| format!("{words}, {more}"))
    }

    /// Who did it: a strategy by name, others by their word.
    pub fn actor_name(&self, actor: Actor) -> &'a str {
        match actor {
            Actor::Strategy(id) => self.strategy_name(id),
            Actor::Operator
            | Actor::Cli
            | Actor::Signal
            | Actor::File
            | Actor::Watchdog
            | Actor::Supervisor => actor.as_str(),
        }
    }

    /// A scope in words: `all`, a strategy, an instrument.
    pub fn scope_name(&self, scope: Scope) -> &'a str {
        match scope {
            Scope::All => "all",
            Scope::Strategy(id) => self.strategy_name(id),
            Scope::Instrument(id) => self.symbol(id),
        }
    }

    /// Why a market is not to be believed, in a word; `None` when it is.
    pub fn distrust(&self, instrument: &Instrument, market: &InstrumentMarket) -> Option<&'static str> {
        match (market.trust, market.stale) {
            (Trust::Quarantined { .. }, _) => Some("QUARANTINED"),
            (Trust::Good, _) if market.quote.is_none() => Some("NO DATA"),
            (Trust::Good, false) if market.is_usable(instrument, self.now) => None,
            (Trust::Good, _) => Some("STALE"),
        }
    }
}

/// What a rung of the ladder asks for.
pub(super) const fn kill_verb(level: KillLevel) -> &'static str {
    match level {
        KillLevel::K0 => "trading",
        KillLevel::K1 => "no new risk",
        KillLevel::K2 => "cancel entries",
        KillLevel::K3 => "cancel all orders",
        KillLevel::K4 => "flatten",
    }
}

impl Selection {
    /// The first strategy and instrument.
    pub fn new() -> Self {
        Self {
            strategy: StrategyId::MANUAL,
            instrument: InstrumentId::new(0),
            order: None,
            trade: None,
            event: None,
            batch: None,
            alert: None,
            line: None,
            basket: Vec::new(),
            filter: String::new(),
            scroll: BTreeMap::new(),
        }
    }

    /// How far a panel is scrolled.
    pub fn scrolled(&self, panel: PanelKind) -> usize {
        self.scroll.get(&panel).copied().unwrap_or_default()
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::new()
    }
}
