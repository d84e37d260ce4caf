//! Doing what keys lead to: the only place that speaks to the engine.

use super::action::{Action, Context};
use super::app::App;
use super::command_words::command_words;
use super::effect::{Effect, Zoom};
use super::exit::Exit;
use super::overlay_kind::OverlayKind;
use super::overlays;
use super::panel_kind::PanelKind;
use super::registry::PANELS;
use super::replay::READ_ONLY;
use super::requests::reason;
use super::view::{Selected, View};
use crate::model::{Command, InstrumentId, KillLevel, NewOrder, RequestId, Scope, Timestamp};
use crate::wire::{MarginLeg, Wind};

/// Orders a basket holds.
const LEGS: usize = 64;

/// Command lines kept.
const LINES_REMEMBERED: usize = 100;

impl App {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the number keys are asked by number, what is left means nothing here"
    )]
    /// What an action means when neither overlay nor panel answers it.
    pub(super) fn act_global(&mut self, action: Action, now: Timestamp) {
        self.touch();
        let open = !self.overlays.is_empty();
        if let Some(wind) = action.wind() {
            return self.conduct(Effect::Wind(wind), now);
        }
        match action {
            Action::Kill => self.latch(now),
            Action::Redraw => self.conduct(Effect::Redraw, now),
            Action::Leave | Action::Back if open => self.conduct(Effect::Close, now),
            // Nothing ends with a look at the past: nothing is asked.
            Action::Leave if self.replay.is_some() => self.exit = Some(Exit::Quit { stop_engine: false }),
            Action::Leave => self.open(OverlayKind::Quit, now),
            Action::Back => self.back(now),
            Action::Help => self.open(self.help(), now),
            Action::CommandLine => self.open(OverlayKind::Command, now),
            Action::Filter => self.open(OverlayKind::Filter, now),
            Action::Menu => self.open(OverlayKind::Menu, now),
            Action::Detail => self.open(OverlayKind::Detail, now),
            Action::Trace => self.open(OverlayKind::Trace, now),
            Action::Mode => self.open(OverlayKind::Mode, now),
            Action::BasketReview => self.open(OverlayKind::Basket, now),
            Action::OptionsTicket => self.open(OverlayKind::Options, now),
            Action::Resume => self.open(OverlayKind::Resume, now),
            Action::NextPanel => self.turn(1),
            Action::PreviousPanel => self.turn(-1),
            Action::ZoomIn => self.zoom = true,
            Action::ZoomOut => self.zoom = false,
            Action::NextInstrument => self.next_instrument(1),
            Action::PreviousInstrument => self.next_instrument(-1),
            other => {
                if let Some(number) = other.view_number() {
                    self.show(number, now);
                }
            }
        }
    }

    /// Help of what has the keys.
    fn help(&self) -> OverlayKind {
        self.overlays.last().map_or(OverlayKind::Help, |top| OverlayKind::HelpOf(top.context()))
    }

    /// Asks the broker what orders would need. Where it is not taken it is asked again later: nobody waits for it.
    fn ask_broker(&self, legs: Vec<MarginLeg>) {
        if !self.client.ask_broker(legs) {
            tracing::debug!("the broker is being asked already");
        }
    }

    /// Does what a panel or overlay said.
    pub(super) fn conduct(&mut self, effect: Effect, now: Timestamp) {
        self.touch();
        if self.replay.is_some() && effect.is_for_the_present() {
            return self.requests.say(READ_ONLY, true, now);
        }
        match effect {
            Effect::Send(command) => {
                let what = self.words(&command, now);
                let id = self.client.command(command);
                self.requests.sent(id, what, now);
                if let Some(top) = self.overlays.last_mut() {
                    top.on_sent(id);
                }
            }
            Effect::Kill { level, scope, reason } => {
                let what = format!("KILL K{} {}", level.number(), self.scope_words(scope, now));
                let id = self.client.kill(level, scope, reason);
                self.requests.sent(id, what, now);
            }
            Effect::WhatIf(order) => {
                let asked = self.client.what_if(order);
                self.questioned(asked, now);
            }
            Effect::WhatIfBatch(batch) => {
                let asked = self.client.what_if_batch(batch);
                self.questioned(asked, now);
            }
            Effect::AskBroker(legs) => self.ask_broker(legs),
            Effect::Open(kind) => self.open(kind, now),
            Effect::Ask(question) => self.overlays.push(overlays::ask_first(*question)),
            Effect::Ticket(words) => {
                let made = self.with_view(now, |view| overlays::ticket(&words, view));
                self.overlays.extend(made);
            }
            Effect::Close => drop(self.overlays.pop()),
            Effect::CloseThen(next) => {
                drop(self.overlays.pop());
                self.conduct(*next, now);
            }
            Effect::Both(first, second) => {
                self.conduct(*first, now);
                self.conduct(*second, now);
            }
            Effect::Select(selected) => self.select(selected),
            Effect::Filter(words) => self.selection.filter = words.to_lowercase(),
            Effect::Scroll(lines) => drop(self.selection.scroll.insert(self.focus, lines)),
            Effect::View(number) => self.show(number, now),
            Effect::Zoom(zoom) => self.zoom = zoom == Zoom::In,
            Effect::Copy(text) => {
                self.requests.say("copied", false, now);
                self.clipboard = Some(text);
            }
            Effect::Toast(text) => self.requests.toast(text, now),
            Effect::Quit { stop_engine } => self.quit(stop_engine),
            Effect::Nothing => {}
            Effect::Redraw => self.repaint = true,
            Effect::Act(action) => self.act(action, now),
            Effect::Theme(palette) => self.set_palette(palette),
            Effect::Stage(order) => self.stage(*order, now),
            Effect::StageAll(legs, name) => self.stage_all(legs, &name, now),
            Effect::Unstage(index) => {
                if index < self.selection.basket.len() {
                    self.selection.basket.remove(index);
                }
            }
            Effect::ClearBasket => self.selection.basket.clear(),
            Effect::Command(text) => self.overlays.push(overlays::command_line(&text)),
            Effect::Remember(line) => self.remember(line),
            Effect::Wind(wind) => self.wind(wind, now),
        }
    }

    /// Leaves, with or without the engine.
    fn quit(&mut self, stop_engine: bool) {
        if stop_engine {
            self.client.stop("operator quit");
        }
        self.exit = Some(Exit::Quit { stop_engine });
    }

    /// Moves the cursor of a replay.
    fn wind(&mut self, wind: Wind, now: Timestamp) {
        if !self.client.wind(wind) {
            self.requests.say("the replay does not listen", true, now);
        }
    }

    /// The kill key: the gate closes now, the panel opens for more.
    fn latch(&mut self, now: Timestamp) {
        // The gate may be closed while the engine has not been told: its lane was full, or it hung. Then it is told again.
        let known = self.state().is_some_and(|state| state.control.global > KillLevel::K0);
        let open = self.client.gate_level() == KillLevel::K0;
        if open || !(known || self.requests.awaits_kill()) {
            let (level, scope) = (KillLevel::K1, Scope::All);
            self.conduct(Effect::Kill { level, scope, reason: reason("kill key") }, now);
        }
        // What was open stays below: a half-written ticket is there again after Esc.
        match self.overlays.iter().position(|one| one.context() == Context::Kill) {
            Some(index) => {
                let panel = self.overlays.remove(index);
                self.overlays.push(panel);
            }
            None => self.open(OverlayKind::Kill, now),
        }
    }

    /// Puts an order into the basket, as far as one may reach.
    fn stage(&mut self, order: NewOrder, now: Timestamp) {
        let basket = &mut self.selection.basket;
        if basket.len() >= LEGS {
            return self.requests.say(format!("a basket holds at most {LEGS} orders"), true, now);
        }
        basket.push(order);
        let (count, key) = (basket.len(), Action::BasketReview.key());
        self.requests.say(format!("added: a basket of {count}, {key} reviews it"), false, now);
    }

    /// Says where a question was not taken.
    fn questioned(&mut self, asked: Option<RequestId>, now: Timestamp) {
        if asked.is_none() {
            self.requests.say("the engine does not take questions", true, now);
        }
    }

    /// The legs of a file as the basket, open for review. One that is being written is not mixed with it.
    fn stage_all(&mut self, legs: Vec<NewOrder>, name: &str, now: Timestamp) {
        let waiting = self.selection.basket.len();
        if waiting > 0 {
            let text = format!("a basket of {waiting} is being written: send or empty it before {name}");
            return self.requests.say(text, true, now);
        }
        self.selection.basket = legs;
        self.open(OverlayKind::Basket, now);
    }

    /// Keeps a command line, the same one only once.
    fn remember(&mut self, line: String) {
        self.history.retain(|old| *old != line);
        self.history.push(line);
        if self.history.len() > LINES_REMEMBERED {
            self.history.remove(0);
        }
    }

    /// One step back: filter, zoom, view.
    fn back(&mut self, now: Timestamp) {
        if !self.selection.filter.is_empty() {
            self.selection.filter.clear();
        } else if self.zoom {
            self.zoom = false;
        } else {
            self.show(1, now);
        }
    }

    fn show(&mut self, number: u8, now: Timestamp) {
        self.view = number;
        self.zoom = false;
        let leads = PANELS.iter().find(|entry| entry.view == Some(number));
        let Some(entry) = leads else { return };
        self.focus = entry.kind;
        let begin = |view: &View<'_>| self.panel(entry.kind).map(|panel| panel.on_show(view));
        if let Some(effect) = self.with_view(now, begin).flatten() {
            self.conduct(effect, now);
        }
    }

    fn turn(&mut self, by: isize) {
        let order = self.order();
        let Ok(count) = isize::try_from(order.len()) else { return };
        if count == 0 {
            return;
        }
        let here = order.iter().position(|kind| *kind == self.focus).and_then(|at| isize::try_from(at).ok());
        let next = here.map_or(0, |at| (at + by).rem_euclid(count));
        let next = usize::try_from(next).ok().and_then(|at| order.get(at));
        self.focus = next.copied().unwrap_or(PanelKind::Strategies);
    }

    fn next_instrument(&mut self, by: i32) {
        let Some(state) = self.state() else { return };
        let count = i32::try_from(state.genesis().instruments.len()).unwrap_or(i32::MAX);
        if count == 0 {
            return;
        }
        let next = (i32::from(self.selection.instrument.get()) + by).rem_euclid(count);
        self.selection.instrument = InstrumentId::new(u16::try_from(next).unwrap_or_default());
    }

    /// Takes a selection; what is selected also turns book, tape and chart to its instrument.
    fn select(&mut self, selected: Selected) {
        match selected {
            Selected::Strategy(id) => {
                self.selection.strategy = id;
                let Some(state) = self.state() else { return };
                let genesis = state.genesis();
                let held = genesis
                    .instrument_ids()
                    .find(|instrument| !state.ledger.position(id, *instrument).net.is_zero());
                let heard = genesis.strategy(id).and_then(|info| info.instruments.first().copied());
                if let Some(instrument) = held.or(heard) {
                    self.selection.instrument = instrument;
                }
            }
            Selected::Instrument(id) => self.selection.instrument = id,
            Selected::Order(id) => {
                self.selection.order = Some(id);
                let about = self.state().and_then(|state| state.orders.get(id));
                if let Some((strategy, instrument)) =
                    about.map(|order| (order.request.strategy, order.request.instrument))
                {
                    self.selection.strategy = strategy;
                    self.selection.instrument = instrument;
                }
            }
            Selected::Trade(seq) => self.selection.trade = seq,
            Selected::Event(seq) => self.selection.event = seq,
            Selected::Batch(id) => self.selection.batch = Some(id),
            Selected::Alert(id) => self.selection.alert = Some(id),
            Selected::Line(id) => self.selection.line = Some(id),
        }
    }

    fn scope_words(&self, scope: Scope, now: Timestamp) -> String {
        self.with_view(now, |view| view.scope_name(scope).to_owned()).unwrap_or_default()
    }

    fn words(&self, command: &Command, now: Timestamp) -> String {
        let words = command_words(command);
        let about = self.with_view(now, |view| match command {
            Command::Submit { order } => view.symbol(order.instrument).to_owned(),
            Command::Cancel { order } | Command::Replace { order, .. } | Command::Resolve { order, .. } => {
                super::view::View::order_name(view.mode(), *order).as_str().to_owned()
            }
            Command::CancelAll { scope } | Command::Kill { scope, .. } | Command::CloseAll { scope } => {
                view.scope_name(*scope).to_owned()
            }
            Command::Smart { order } => view.symbol(order.instrument).to_owned(),
            Command::Split { order } => view.symbol(order.parent.instrument).to_owned(),
            Command::Bracket { entry, .. } => view.symbol(entry.instrument).to_owned(),
            Command::Oco { one, .. } => view.symbol(one.instrument).to_owned(),
            Command::SetLimit { key, .. } | Command::ConfirmLimit { key } => {
                view.state.genesis().limit_name(*key)
            }
            Command::Options { order } => view.symbol(order.underlying).to_owned(),
            Command::Decide { batch, .. } => batch.to_string(),
            Command::Close { strategy, instrument } | Command::Claim { strategy, instrument, .. } => {
                format!("{} {}", view.strategy_name(*strategy), view.symbol(*instrument))
            }
            Command::Arm { strategy } | Command::Disarm { strategy, .. } => {
                view.strategy_name(*strategy).to_owned()
            }
            Command::Resume { .. }
            | Command::SetMode { .. }
            | Command::ArmLive { .. }
            | Command::Basket { .. }
            | Command::Reconcile
            | Command::AcceptDifference { .. }
            | Command::Acknowledge { .. } => String::new(),
        });
        match (command, about) {
            (Command::Cancel { .. }, Some(about)) => format!("cancel {about}"),
            (_, Some(about)) if !about.is_empty() => format!("{words} {about}"),
            (_, _) => words,
        }
    }
}

impl Action {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a few of many")]
    /// The view a key shows.
    pub const fn view_number(self) -> Option<u8> {
        match self {
            Self::View1 => Some(1),
            Self::View2 => Some(2),
            Self::View3 => Some(3),
            Self::View4 => Some(4),
            Self::View5 => Some(5),
            Self::View6 => Some(6),
            Self::View7 => Some(7),
            Self::View8 => Some(8),
            Self::View9 => Some(9),
            Self::Batches => Some(10),
            Self::Alerts => Some(11),
            Self::Unknown => Some(12),
            Self::Books => Some(13),
            Self::Report => Some(14),
            Self::Chain => Some(15),
            _ => None,
        }
    }

    /// Whether it only moves a cursor, so that holding the key down may repeat it.
    pub const fn is_motion(self) -> bool {
        matches!(
            self,
            Self::Down
                | Self::Up
                | Self::Left
                | Self::Right
                | Self::HalfPageDown
                | Self::HalfPageUp
                | Self::PreviousExpiry
                | Self::NextExpiry
                | Self::NextMatch
                | Self::PreviousMatch
                | Self::SecondBack
                | Self::SecondOn
                | Self::MinuteBack
                | Self::MinuteOn
                | Self::EventOn
                | Self::EventBack
                | Self::NextField
                | Self::PreviousField
        )
    }
}
