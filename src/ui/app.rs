//! The screen's own state: the replica, the selection, the panels and overlays, and what a key does to them.

use super::action::{Action, Context};
use super::bars;
use super::compose::{self, Scene};
use super::effect::Effect;
use super::exit::Exit;
use super::keymap::{Keymap, Meaning};
use super::layout::{self, Placed, Wish};
use super::overlay::{Answer, Overlay};
use super::overlay_kind::OverlayKind;
use super::overlays;
use super::painter::Painter;
use super::panel::Panel;
use super::panel_kind::PanelKind;
use super::panels::{gather_log, wanted_rows};
use super::registry::PANELS;
use super::replay::READ_ONLY;
use super::requests::Requests;
use super::screen_options::ScreenOptions;
use super::theme::{Palette, Theme};
use super::view::{PaintStats, Selection, View};
use crate::model::{Envelope, KillLevel, Mode, Span, StrategyId, Timestamp};
use crate::state::State;
use crate::wire::{Client, Message, ReplayStanding, Vitals};
use crossterm::event::{Event as TerminalEvent, KeyEvent, KeyEventKind};
use ratatui::layout::Rect;
use std::io::{self, Write};
use std::sync::Arc;

/// The engine speaks at least four times a second; silence beyond this is said.
const SILENCE: Span = Span::from_secs(1);

/// The screen.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags for the next frame, not a state")]
pub struct App {
    pub(super) client: Client,
    options: ScreenOptions,
    theme: Theme,
    state: Option<Box<State>>,
    vitals: Option<Arc<Vitals>>,
    /// Where past data stands; `None` where the present is shown.
    pub(super) replay: Option<Arc<ReplayStanding>>,
    pub(super) selection: Selection,
    pub(super) requests: Requests,
    panels: Vec<(PanelKind, Box<dyn Panel>)>,
    pub(super) overlays: Vec<Box<dyn Overlay>>,
    keymap: Keymap,
    pub(super) view: u8,
    pub(super) focus: PanelKind,
    pub(super) zoom: bool,
    screen: Rect,
    heard_at: Timestamp,
    /// The engine's clock, where it is not the wall's.
    market: Option<fn() -> Timestamp>,
    drawn_at: Timestamp,
    gate_drawn: KillLevel,
    dirty: bool,
    pub(super) exit: Option<Exit>,
    pub(super) clipboard: Option<String>,
    pub(super) repaint: bool,
    pub(super) history: Vec<String>,
    closing: bool,
    stats: PaintStats,
    /// What the bell last rang for.
    rung: Option<(bool, Mode)>,
}

impl App {
    /// A screen of a session that has not heard anything yet.
    pub fn new(client: Client, options: ScreenOptions, now: Timestamp) -> Self {
        Self {
            client,
            options,
            theme: Theme::new(options.palette, options.colors, options.ascii),
            state: None,
            vitals: None,
            replay: None,
            selection: Selection::new(),
            requests: Requests::default(),
            panels: PANELS.iter().map(|entry| (entry.kind, (entry.make)())).collect(),
            overlays: Vec::new(),
            keymap: Keymap::new(),
            view: 1,
            focus: PanelKind::Strategies,
            zoom: false,
            screen: Rect::default(),
            heard_at: now,
            market: None,
            drawn_at: Timestamp::EPOCH,
            gate_drawn: KillLevel::K0,
            dirty: true,
            exit: None,
            clipboard: None,
            repaint: false,
            history: Vec::new(),
            closing: false,
            stats: PaintStats::default(),
            rung: None,
        }
    }

    /// The same screen, counting ages by the engine's clock instead of the time it is handed.
    #[must_use]
    pub fn following(self, market: fn() -> Timestamp) -> Self {
        Self { market: Some(market), ..self }
    }

    /// Why it is to end, once it is.
    pub fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// The replica, once the first snapshot came.
    pub fn state(&self) -> Option<&State> {
        self.state.as_deref()
    }

    /// The focused panel.
    pub const fn focus(&self) -> PanelKind {
        self.focus
    }

    /// Takes up to `most` waiting messages.
    pub fn drain(&mut self, most: usize, now: Timestamp) {
        for _ in 0..most {
            let Some(message) = self.client.receive() else { break };
            self.heard_at = now;
            self.hear(message, now);
        }
        while let Some(reply) = self.client.broker_says() {
            self.overlays.iter_mut().for_each(|one| one.on_broker(&reply));
            self.dirty = true;
        }
        if self.client.is_finished() && !self.closing {
            self.closing = true;
            self.requests.say("the engine is gone", true, now);
            self.dirty = true;
        }
    }

    fn hear(&mut self, message: Message, now: Timestamp) {
        match message {
            Message::Snapshot(state) => {
                let first = self.state.is_none();
                self.state = Some(state);
                if first {
                    self.select_first();
                    self.show_what_was_found(now);
                }
            }
            Message::Event(envelope) => return self.hear_event(&envelope, now),
            Message::Assessment(reply) => self.overlays.iter_mut().for_each(|one| one.on_reply(&reply)),
            Message::BatchAssessment(reply) => {
                self.overlays.iter_mut().for_each(|one| one.on_batch_reply(&reply));
            }
            // Shown with the next frame, a second from now at the latest: the machine's pulse is no news by itself.
            Message::Vitals(vitals) => {
                let first = self.vitals.replace(vitals).is_none();
                self.dirty |= first;
                return;
            }
            Message::Replay(standing) => {
                let same = self.replay.as_ref().is_some_and(|known| *known == standing);
                self.replay = Some(standing);
                if same {
                    return;
                }
            }
            Message::Closing(reason) => {
                self.closing = true;
                self.requests.say(format!("the engine is ending: {reason}"), true, now);
            }
        }
        self.dirty = true;
    }

    fn hear_event(&mut self, envelope: &Envelope, now: Timestamp) {
        self.requests.hear(envelope, now);
        if let Some(state) = &mut self.state {
            state.apply(envelope);
        }
        self.overlays.iter_mut().for_each(|one| one.on_event(envelope));
        // Quotes and trades of instruments that no panel of this view shows still move P&L: everything counts.
        self.dirty = true;
    }

    /// A start after a crash opens by itself what it lists: orders of unknown fate, batches cut off.
    fn show_what_was_found(&mut self, now: Timestamp) {
        let halt = self.state.as_ref().and_then(|state| state.halt.as_ref());
        if halt.is_some_and(|halt| halt.recovers && halt.resumed_at.is_none() && !halt.lines.is_empty()) {
            self.open(OverlayKind::Kill, now);
        }
    }

    /// The first own strategy and its first instrument.
    fn select_first(&mut self) {
        let Some(state) = &self.state else { return };
        let genesis = state.genesis();
        let own = genesis.strategy_ids().find(|id| id.index() > StrategyId::EXTERNAL.index());
        self.selection.strategy = own.unwrap_or(StrategyId::MANUAL);
        let first = genesis.strategy(self.selection.strategy).and_then(|info| info.instruments.first());
        self.selection.instrument = first.copied().unwrap_or_default();
    }

    /// Whether a frame is worth drawing: something came, or a second passed and ages on the screen moved on.
    pub fn wants_frame(&mut self, now: Timestamp) -> bool {
        let expired = self.requests.pass(now);
        let second = second_of(now) != second_of(self.drawn_at);
        // Closed by whom ever, also while the engine hangs and says nothing.
        let gate = self.client.gate_level() != self.gate_drawn;
        self.dirty || expired || second || gate
    }

    /// Draws a frame and writes what changed.
    pub fn paint<W: Write>(&mut self, now: Timestamp, painter: &mut Painter<W>) -> io::Result<()> {
        self.screen = painter.area();
        gather_log();
        self.ask_overlays(now);
        self.dirty = false;
        // Once a second, or a screen that shows its own counters would change by being drawn.
        if second_of(now) != second_of(self.drawn_at) {
            self.stats = painter.stats();
        }
        self.drawn_at = now;
        self.gate_drawn = self.client.gate_level();
        if std::mem::take(&mut self.repaint) {
            painter.repaint();
        }
        if let Some(text) = self.clipboard.take() {
            painter.also(&clipboard_bytes(&text));
        }
        if self.is_to_ring(now) {
            painter.also(b"\x07");
        }
        let plan = self.plan();
        match self.view(now) {
            Some(view) => {
                painter.set_title(bars::title(&view));
                let scene = self.scene(view, &plan);
                painter.paint(|buf| compose::draw(&scene, buf))
            }
            None => painter.paint(|buf| compose::waiting(self.theme, buf)),
        }
    }

    /// Whether live mode or a kill was entered since the last frame.
    fn is_to_ring(&mut self, now: Timestamp) -> bool {
        let Some(state) = self.view(now).map(|view| (view.kill() > KillLevel::K0, view.mode())) else {
            return false;
        };
        let before = self.rung.replace(state);
        let (killed, mode) = state;
        // What rang then was heard then.
        self.replay.is_none()
            && before.is_some_and(|before| {
                (killed && !before.0) || (mode == Mode::Live && before.1 == Mode::Analyze)
            })
    }

    /// Draws a frame into a buffer of its own, for tests and for the saved picture of an incident.
    pub fn draw(&mut self, now: Timestamp, buf: &mut ratatui::buffer::Buffer) {
        self.screen = buf.area;
        self.ask_overlays(now);
        let plan = self.plan();
        match self.view(now) {
            Some(view) => compose::draw(&self.scene(view, &plan), buf),
            None => compose::waiting(self.theme, buf),
        }
    }

    fn scene<'a>(&'a self, view: View<'a>, plan: &'a [Placed]) -> Scene<'a> {
        Scene {
            view,
            panels: &self.panels,
            plan,
            focus: self.focus,
            overlays: &self.overlays,
            pending: self.keymap.pending(),
        }
    }

    fn plan(&self) -> Vec<Placed> {
        let strategies = self.state.as_ref().map_or(3, |state| wanted_rows(state.genesis()));
        let wish = Wish {
            view: self.view,
            focus: self.focus,
            zoom: self.zoom,
            strategies: u16::try_from(strategies).unwrap_or(u16::MAX).min(64),
            scrubber: self.scrubber(),
        };
        layout::plan(self.screen, wish)
    }

    /// Rows above the panels that say where past data stands.
    fn scrubber(&self) -> u16 {
        if self.replay.is_some() { layout::scrubber_rows(self.screen) } else { 0 }
    }

    /// What panels and overlays see; `None` before the first snapshot.
    fn view(&self, now: Timestamp) -> Option<View<'_>> {
        let state = self.state.as_deref()?;
        let silence = now.since(self.heard_at);
        let page = self.plan().iter().find(|placed| placed.kind == self.focus).map_or(10, |placed| {
            let inner = placed.area.height.saturating_sub(2);
            self.panel(self.focus).map_or(inner, |panel| panel.page(inner))
        });
        Some(View {
            state,
            vitals: self.vitals.as_deref(),
            now: self.clock(now),
            replay: self.replay.as_deref(),
            hand: now,
            // The theme follows the mode the replica is in.
            theme: self.theme,
            gate: self.client.gate_level(),
            selection: &self.selection,
            asks_broker: self.client.asks_broker(),
            silent: (silence > SILENCE).then_some(silence),
            notices: self.requests.notices(),
            paint: self.stats,
            page,
            screen: self.screen,
            history: &self.history,
            focused: false,
            zone: if self.options.utc { Span::ZERO } else { self.options.zone },
        })
    }

    /// The engine's clock; of the past the one of then.
    fn clock(&self, now: Timestamp) -> Timestamp {
        match (&self.replay, &self.state) {
            (Some(standing), Some(state)) if standing.seq == state.seq => standing.at,
            (Some(_), Some(state)) => state.now,
            (_, _) => self.market.map_or(now, |market| market()),
        }
    }

    pub(super) fn panel(&self, kind: PanelKind) -> Option<&dyn Panel> {
        self.panels.iter().find(|(one, _)| *one == kind).map(|(_, panel)| panel.as_ref())
    }

    fn ask_overlays(&mut self, now: Timestamp) {
        if let Some(state) = &self.state {
            self.theme = self.theme.for_mode(state.control.mode);
        }
        let Some(mut top) = self.overlays.pop() else { return };
        let effect = self.view(now).and_then(|view| top.on_frame(&view));
        self.overlays.push(top);
        if let Some(effect) = effect {
            self.conduct(effect, now);
        }
    }

    /// Takes an event of the terminal.
    pub fn on_terminal<W: Write>(&mut self, event: &TerminalEvent, now: Timestamp, painter: &mut Painter<W>) {
        match event {
            TerminalEvent::Key(key) => self.on_key(*key, now),
            TerminalEvent::Paste(text) => {
                let clean: String = text.chars().filter(|letter| !letter.is_control()).collect();
                if let Some(top) = self.overlays.last_mut() {
                    top.on_paste(&clean);
                }
            }
            TerminalEvent::Resize(width, height) => painter.resize(Rect::new(0, 0, *width, *height)),
            TerminalEvent::FocusGained | TerminalEvent::FocusLost | TerminalEvent::Mouse(_) => return,
        }
        self.dirty = true;
    }

    /// Takes a key. Releases mean nothing; repeats only move.
    pub fn on_key(&mut self, key: KeyEvent, now: Timestamp) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        self.requests.key();
        let typing = self.overlays.last().is_some_and(|top| top.takes_text());
        if let Some(action) = self.keymap.always(key, typing) {
            return self.act(action, now);
        }
        if self.type_into_top(key, now) {
            return;
        }
        // A field that has no use for `!` gives it back: then it kills.
        if typing && let Some(action) = self.keymap.always(key, false) {
            return self.act(action, now);
        }
        let contexts = self.contexts();
        match self.keymap.press(key, &contexts) {
            Meaning::Action(action) if key.kind == KeyEventKind::Repeat && !action.is_motion() => {}
            Meaning::Action(action) => self.act(action, now),
            Meaning::Pending | Meaning::Nothing => {}
        }
    }

    /// Where a key is pressed, the nearest first.
    fn contexts(&self) -> Vec<Context> {
        if let Some(top) = self.overlays.last() {
            return vec![top.context()];
        }
        let panel = self.panel(self.focus).map_or(Context::Plain, Panel::context);
        let replay = self.replay.is_some().then_some(Context::Replay);
        replay.into_iter().chain([panel, Context::Global]).collect()
    }

    /// Gives a key to the top overlay while that takes text; whether it was taken.
    fn type_into_top(&mut self, key: KeyEvent, now: Timestamp) -> bool {
        let Some(mut top) = self.overlays.pop() else { return false };
        let answer = match self.view(now) {
            Some(view) if top.takes_text() => top.on_key(key, &view),
            Some(_) | None => Answer::Pass,
        };
        self.overlays.push(top);
        match answer {
            Answer::Pass => false,
            Answer::Taken => true,
            Answer::Do(effect) => {
                self.conduct(effect, now);
                true
            }
        }
    }

    /// Does an action: the top overlay first, else the focused panel, else the app.
    pub fn act(&mut self, action: Action, now: Timestamp) {
        if self.replay.is_some() && action.is_for_the_present() {
            self.dirty = true;
            return self.requests.say(READ_ONLY, true, now);
        }
        if !matches!(action, Action::Kill | Action::Redraw | Action::Leave) {
            let effect = match self.overlays.pop() {
                Some(mut top) => {
                    let effect = self.view(now).and_then(|view| top.on_action(action, &view));
                    self.overlays.push(top);
                    effect
                }
                None => self.ask_panel(action, now),
            };
            if let Some(effect) = effect {
                return self.conduct(effect, now);
            }
        }
        self.act_global(action, now);
    }

    fn ask_panel(&mut self, action: Action, now: Timestamp) -> Option<Effect> {
        let index = self.panels.iter().position(|(kind, _)| *kind == self.focus)?;
        let (kind, mut panel) = self.panels.remove(index);
        let effect = self.view(now).and_then(|view| panel.on_action(action, &view));
        self.panels.insert(index, (kind, panel));
        effect
    }

    /// Opens an overlay of a kind, for the present selection and focused panel.
    pub(super) fn open(&mut self, kind: OverlayKind, now: Timestamp) {
        let opened = self.view(now).and_then(|view| overlays::open(kind, &view, self.focus));
        match opened {
            Some(overlay) => self.overlays.push(overlay),
            None => self.requests.say("not possible here", true, now),
        }
    }

    /// The panels of the present view, in the order of Tab.
    pub(super) fn order(&self) -> Vec<PanelKind> {
        let (view, focus, scrubber) = (self.view, self.focus, self.scrubber());
        layout::order(self.screen, Wish { view, focus, zoom: false, strategies: 6, scrubber })
    }

    /// Draws in another palette from now on.
    pub(super) fn set_palette(&mut self, palette: Palette) {
        self.options.palette = palette;
        self.theme = Theme::new(palette, self.options.colors, self.options.ascii);
        self.repaint = true;
    }

    /// Something on the screen changed.
    pub(super) const fn touch(&mut self) {
        self.dirty = true;
    }

    /// Gives work to a view of this moment.
    pub(super) fn with_view<T>(&self, now: Timestamp, work: impl FnOnce(&View<'_>) -> T) -> Option<T> {
        self.view(now).map(|view| work(&view))
    }
}

const fn second_of(at: Timestamp) -> i64 {
    at.nanos().div_euclid(1_000_000_000)
}

fn clipboard_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let copy = crossterm::clipboard::CopyToClipboard::to_clipboard_from(text);
    let queued = crossterm::queue!(bytes, copy);
    debug_assert!(queued.is_ok(), "a Vec takes all that is written");
    bytes
}
