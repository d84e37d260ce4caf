//! One simulated world: engine, honest venue, and everything that can go wrong between them, in virtual time.

use super::chaos::Chaos;
use super::checker::{Checker, Heard, Moment, Violation};
use super::dice::{Dice, Faults};
use super::kind::FaultKind;
use super::market::{Market, quote};
use super::operator::Operator;
use super::setup::{START, genesis};
use super::venue::{Told, Venue};
use crate::engine::{Engine, Hired, NoProbe, effect};
use crate::model::{
    BrokerRequest, ClientOrderId, ClockReport, Command, Envelope, Event, Input, InstrumentId, Label,
    LinkReport, MarketEvent, Money, Price, Quote, Request, Span, StrategyId, Timestamp,
};
use crate::sim::Rng;
use crate::state::{Planted, State};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How often the timer comes.
const TICK: Span = Span::from_millis(250);

/// How often faults that come by themselves are drawn.
const TURN: Span = Span::from_millis(250);

/// How often the links answer and the account is asked for.
const BEAT: Span = Span::from_millis(1_000);

/// Messages the venue may repeat after a reconnect, and quotes a feed may.
const RECENT: usize = 24;

/// Something that is going to happen.
#[derive(Debug, Clone)]
pub(super) enum Due {
    /// A request arrives at the venue.
    Venue(BrokerRequest),
    /// A report arrives here.
    Told(Told),
    Command(Request),
    /// The market makes its next step.
    Walk(InstrumentId),
    /// A market event arrives; `true` where it is a genuine new quote.
    Event(MarketEvent, bool),
    Link(LinkReport),
    Clock(ClockReport),
    /// The connection is back.
    Back,
    Tick,
    Beat,
    Turn,
    Operator,
    /// Funding is settled on one instrument.
    Funding,
}

/// Until when what is out of order, by true time.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// No connection to the broker.
    pub(super) down: Timestamp,
    /// We send and hear nothing.
    pub(super) deaf: Timestamp,
    pub(super) slow: Timestamp,
    /// The venue refuses everything, and in which words.
    pub(super) closed: Timestamp,
    pub(super) closed_why: &'static str,
    /// Questions are not answered.
    pub(super) mute_answers: Timestamp,
    pub(super) no_cancels: Timestamp,
    pub(super) no_market: Timestamp,
    pub(super) no_quotes: Vec<Timestamp>,
    pub(super) no_ticks: Timestamp,
    /// New risk is not sent: the journal cannot be written.
    pub(super) no_journal: Timestamp,
    pub(super) asleep: Timestamp,
}

/// The world.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is allowed, healing and still are apart")]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) dice: Dice,
    pub(super) engine: Engine,
    pub(super) venue: Venue,
    pub(super) market: Market,
    pub(super) operator: Operator,
    pub(super) checker: Checker,
    pub(super) windows: Windows,
    pub(super) rng: Rng,
    /// True time; the venue's clock too.
    pub(super) now: Timestamp,
    /// How far our clock is from it.
    pub(super) skew: Span,
    queue: BTreeMap<(Timestamp, u64), Due>,
    pushed: u64,
    /// When the last report sent in order arrives: a stream keeps its order.
    pub(super) stream: Timestamp,
    /// Reports that could not be heard, told again when the connection is back.
    pub(super) unheard: Vec<Told>,
    pub(super) recent: VecDeque<Told>,
    pub(super) recent_quotes: VecDeque<Quote>,
    /// Orders whose fills have no ids.
    pub(super) nameless: BTreeSet<ClientOrderId>,
    pub(super) may_kill: bool,
    pub(super) healing: bool,
    /// The market stands still, so that nothing trades or wakes and the venue's last words come in.
    pub(super) calm: bool,
    pub(super) steps: u64,
    pub(super) events: u64,
    pub(super) fills: u64,
    hash: Sha256,
    line: Vec<u8>,
    /// Every input and event as text, where somebody wants to read them.
    pub(super) log: Option<Vec<String>>,
    out: Vec<Envelope>,
    pub(super) violation: Option<Violation>,
}

impl World {
    pub(super) fn new(seed: u64, faults: &Faults, planted: Planted) -> Self {
        let mut dice = Dice::new(seed, faults);
        let genesis = Arc::new(genesis(seed, *faults != Faults::None));
        let ids = genesis.strategy_ids().filter(|id| *id > StrategyId::EXTERNAL);
        let hired = ids.map(|id| {
            let number = u64::from(id.get());
            let storm = dice.strikes(FaultKind::Storm).map(|mut rng| {
                let from = START.after(Span::from_millis(rng.between(2_000, 30_000)));
                (from, from.after(Span::from_millis(rng.between(500, 3_000))))
            });
            Hired { id, strategy: Box::new(Chaos::new(seed, number, storm)) }
        });
        let mut engine = Engine::new(Arc::clone(&genesis), hired.collect());
        engine.plant(planted);
        let mut checker = Checker::new(&genesis);
        checker.replica.plant(planted);
        checker.facts.plant(planted);
        let count = genesis.instruments.len();
        Self {
            seed,
            dice,
            venue: Venue::new(&genesis, seed),
            market: Market::new(&genesis.instruments, seed),
            operator: Operator::new(seed),
            checker,
            windows: Windows { no_quotes: vec![Timestamp::EPOCH; count], ..Windows::default() },
            rng: Rng::stream(seed, 5),
            now: START,
            skew: Span::ZERO,
            queue: BTreeMap::new(),
            pushed: 0,
            stream: START,
            unheard: Vec::new(),
            recent: VecDeque::new(),
            recent_quotes: VecDeque::new(),
            nameless: BTreeSet::new(),
            may_kill: *faults != Faults::None,
            healing: false,
            calm: false,
            steps: 0,
            events: 0,
            fills: 0,
            hash: Sha256::new(),
            line: Vec::with_capacity(1_024),
            log: None,
            out: Vec::with_capacity(256),
            violation: None,
            engine,
        }
    }

    pub(super) fn state(&self) -> &State {
        self.engine.state()
    }

    /// The clock the engine sees.
    pub(super) fn ours(&self) -> Timestamp {
        self.now.after(self.skew)
    }

    pub(super) fn push(&mut self, wait: Span, due: Due) {
        self.push_at(self.now.after(wait), due);
    }

    pub(super) fn push_at(&mut self, at: Timestamp, due: Due) {
        self.pushed += 1;
        self.queue.insert((at.max(self.now), self.pushed), due);
    }

    pub(super) fn fails(&mut self, invariant: &'static str, text: String) {
        if self.violation.is_none() {
            self.violation = Some(Violation { seed: self.seed, invariant, step: self.steps, text });
        }
    }

    /// The first event, and everything that keeps the world going.
    pub(super) fn start(&mut self) {
        let mut out = std::mem::take(&mut self.out);
        self.checker.before(Heard::Start, None);
        self.engine.start(self.ours(), &mut out);
        self.observe(&mut out);
        self.out = out;
        for name in ["broker", "feed"] {
            self.push(Span::ZERO, Due::Link(LinkReport::Alive { name: Label::new(name) }));
        }
        for id in self.checker.genesis.instrument_ids() {
            self.push(Span::from_millis(1), Due::Walk(id));
        }
        for due in [Due::Tick, Due::Beat, Due::Turn, Due::Operator, Due::Funding] {
            self.push(Span::from_millis(10), due);
        }
    }

    /// Lets everything happen that is due until then, or until something is wrong.
    pub(super) fn run_until(&mut self, end: Timestamp) {
        while self.violation.is_none() {
            let Some(entry) = self.queue.first_entry() else { return };
            let at = entry.key().0;
            if at > end {
                self.now = end;
                return;
            }
            let due = entry.remove();
            self.now = self.now.max(at);
            self.happen(due);
        }
    }

    /// Takes what is due off the list.
    pub(super) fn drop_due(&mut self, what: fn(&Due) -> bool) {
        self.queue.retain(|_, due| !what(due));
    }

    fn happen(&mut self, due: Due) {
        // A process that sleeps hears nothing; the venue and the market go on.
        let asleep = self.now < self.windows.asleep;
        match due {
            Due::Venue(request) => {
                self.check_self_match(&request);
                self.venue.request(self.now, &request);
                self.hear_venue();
            }
            Due::Walk(id) => self.walk(id),
            Due::Tick => {
                if !asleep && self.now >= self.windows.no_ticks {
                    self.input(Input::Tick, Heard::Tick, None);
                }
                self.push(TICK, Due::Tick);
            }
            Due::Beat => self.beat(),
            Due::Turn => {
                self.turn();
                self.push(TURN, Due::Turn);
            }
            Due::Operator => self.operate(),
            Due::Funding => self.fund(),
            Due::Back => self.back(),
            Due::Told(_) | Due::Command(_) | Due::Event(..) | Due::Link(_) | Due::Clock(_) if asleep => {
                self.push_at(self.windows.asleep, due);
            }
            Due::Told(told) => self.arrive(told),
            Due::Command(request) => self.command(request),
            Due::Event(event, genuine) => self.market_event(event, genuine),
            Due::Clock(report) => self.input(Input::Clock(report), Heard::Clock, None),
            Due::Link(link) => self.input(Input::Link(link), Heard::Link, None),
        }
    }

    pub(super) fn command(&mut self, request: Request) {
        self.input(Input::Command(request.clone()), Heard::Command(request), None);
    }

    /// What the venue has said goes on its way.
    pub(super) fn hear_venue(&mut self) {
        for told in self.venue.said() {
            self.post(told);
        }
    }

    /// One engine step, observed; its effects leave at once.
    pub(super) fn input(&mut self, input: Input, heard: Heard, deal: Option<usize>) {
        if self.violation.is_some() {
            return;
        }
        self.steps += 1;
        if let Some(log) = &mut self.log
            && !matches!(input, Input::Market(_))
        {
            log.push(format!("{} step {}: {input:?}", self.now.nanos(), self.steps));
        }
        let told = deal.and_then(|index| Some((index, self.venue.deals.get(index)?)));
        self.checker.before(heard, told);
        let mut out = std::mem::take(&mut self.out);
        self.engine.step(self.ours(), input, &mut out, &mut NoProbe);
        self.observe(&mut out);
        self.out = out;
    }

    fn observe(&mut self, out: &mut Vec<Envelope>) {
        for envelope in out.iter() {
            if let Err((invariant, text)) = self.checker.event(envelope) {
                self.fails(invariant, text);
            }
            self.line.clear();
            if serde_json::to_writer(&mut self.line, envelope).is_err() {
                self.fails("27 the log is whole", "an event cannot be written".to_owned());
            }
            if let Some(log) = &mut self.log
                && !matches!(envelope.event, Event::Market(_))
            {
                log.push(format!("    {}", String::from_utf8_lossy(&self.line)));
            }
            self.line.push(b'\n');
            self.hash.update(&self.line);
            self.events += 1;
        }
        let moment = Moment { state: self.engine.state(), events: out, venue: &self.venue };
        if let Err((invariant, text)) = self.checker.step(moment) {
            self.fails(invariant, text);
        }
        let effects: Vec<_> = out.iter().filter_map(|envelope| effect(&envelope.event)).collect();
        let moved = out.iter().any(|envelope| matches!(envelope.event, Event::Order(_)));
        out.clear();
        for effect in effects {
            self.send(effect);
        }
        // What is reserved and what may trade change with an order's events only.
        if moved && self.violation.is_none() {
            self.check_reserve();
        }
    }

    /// What is on its way to the venue.
    pub(super) fn on_its_way(&self) -> impl Iterator<Item = &BrokerRequest> {
        self.queue.values().filter_map(|due| if let Due::Venue(request) = due { Some(request) } else { None })
    }

    /// Asks what must hold when all is quiet.
    pub(super) fn check_quiet(&mut self) {
        let moment = Moment { state: self.engine.state(), events: &[], venue: &self.venue };
        if let Err((invariant, text)) = self.checker.quiet(moment) {
            self.fails(invariant, text);
        }
    }

    /// The process dies here and what is on disk is folded again: nothing may be missing. What comes after the last fact
    /// is market data, which moves the numbers of the log and nothing that decides.
    pub(super) fn crash(&mut self) {
        let text = |state: &State| {
            let mut state = state.clone().canonical();
            (state.seq, state.now) = (self.checker.facts.seq, self.checker.facts.now);
            format!("{state:?}")
        };
        let whole = format!("{:?}", self.engine.state()) == format!("{:?}", self.checker.replica);
        if !whole || text(self.engine.state()) != text(&self.checker.facts) {
            self.fails("26 a crash loses nothing", "the state folded from the log is another one".to_owned());
        }
    }

    /// SHA-256 over every event as a line of JSON.
    pub(super) fn event_hash(&self) -> String {
        format!("{:x}", self.hash.clone().finalize())
    }

    fn walk(&mut self, id: InstrumentId) {
        let Some((bid, ask, wait)) = self.market.step(id) else { return };
        self.push(wait, Due::Walk(id));
        if self.calm {
            return;
        }
        self.venue.moved(self.now, id, bid, ask);
        self.hear_venue();
        let silent = self.windows.no_quotes.get(id.index()).is_some_and(|until| self.now < *until);
        if silent || self.now < self.windows.no_market {
            return;
        }
        if let Some(trade) = self.market.print(id, (bid, ask), self.now) {
            self.push(Span::from_millis(2), Due::Event(MarketEvent::Trade(trade), false));
        }
        self.tell_quote(id, (bid, ask));
    }

    fn tell_quote(&mut self, id: InstrumentId, prices: (Price, Price)) {
        let mut quote = quote(id, prices, self.now);
        // The very first has nothing that its time could be held against.
        let first = self.checker.quoted_at.get(id.index()).copied().flatten().is_none();
        if !first && let Some(mut rng) = self.dice.strikes(FaultKind::BadTimes) {
            let off = rng.between(600, 5_000_000).saturating_mul(if rng.one_in(2) { 1 } else { -1 });
            quote.venue_time = self.now.after(Span::from_secs(off));
        }
        self.push(Span::from_millis(5), Due::Event(MarketEvent::Quote(quote), true));
    }

    /// A market event arrives: our clock is stamped on it here.
    fn market_event(&mut self, event: MarketEvent, genuine: bool) {
        let at = self.ours();
        let mut event = event;
        if let MarketEvent::Quote(quote) = &mut event {
            if genuine {
                self.checker.before_quote(quote, at);
                self.remember(*quote);
            }
            quote.local_time = at;
        }
        self.input(Input::Market(event), Heard::Market, None);
    }

    /// Keeps a quote that may come again. One whose time is out of order would be no proof of order then.
    fn remember(&mut self, quote: Quote) {
        let age = self.now.since(quote.venue_time);
        if age < Span::ZERO || age >= Span::from_secs(30) {
            return;
        }
        if self.recent_quotes.len() == RECENT {
            self.recent_quotes.pop_front();
        }
        self.recent_quotes.push_back(quote);
    }

    /// The links answer, the account is polled.
    fn beat(&mut self) {
        self.push(BEAT, Due::Beat);
        if self.now < self.windows.asleep {
            return;
        }
        if self.now >= self.windows.no_market {
            self.push(Span::ZERO, Due::Link(LinkReport::Alive { name: Label::new("feed") }));
        }
        if self.now >= self.windows.down && self.now >= self.windows.deaf {
            self.push(Span::ZERO, Due::Link(LinkReport::Alive { name: Label::new("broker") }));
            if self.now >= self.windows.mute_answers {
                self.push(Span::from_millis(10), Due::Venue(BrokerRequest::QueryAccount));
            }
        }
    }

    /// Every few seconds some position is charged or paid.
    fn fund(&mut self) {
        let wait = self.rng.between(5_000, 12_000);
        self.push(Span::from_millis(wait), Due::Funding);
        let count = u64::try_from(self.checker.genesis.instruments.len()).unwrap_or(1);
        let id = InstrumentId::new(u16::try_from(self.rng.below(count)).unwrap_or_default());
        let amount = Money::from_raw(i128::from(self.rng.between(-9_999_999, 9_999_999)) * 1_000_003);
        self.venue.fund(self.now, id, amount);
        self.hear_venue();
    }

    fn operate(&mut self) {
        let wait = if self.healing { 400 } else { self.rng.between(300, 1_500) };
        self.push(Span::from_millis(wait), Due::Operator);
        if self.now < self.windows.asleep {
            return;
        }
        let request = if self.healing {
            let venue = &self.venue;
            let state = self.engine.state();
            self.operator.resolve(state, |order| venue.verdict(order)).or_else(|| self.operator.heal(state))
        } else {
            self.operator.turn(self.engine.state(), self.may_kill)
        };
        let Some(request) = request else { return };
        let makes_order = matches!(request.command, Command::Submit { .. });
        if makes_order && let Some(mut rng) = self.dice.strikes(FaultKind::ReplayedIntent) {
            let wait = Span::from_millis(rng.between(0, 2_000));
            self.push(wait, Due::Command(request.clone()));
        }
        self.command(request);
    }
}
