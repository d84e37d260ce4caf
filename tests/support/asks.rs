//! The engine's end in tests of overlays: what was asked of it, and the gate's answers.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "each test uses a part"
)]

use super::{Desk, NOW, key};
use flightdeck::engine::assess_batch;
use flightdeck::engine::risk::{Proposal, assess};
use flightdeck::model::*;
use flightdeck::wire::{Ask, BatchReply, Message, Reply};
use std::sync::Arc;

/// What the screen asked of the engine since the last look.
pub(crate) fn asks(desk: &mut Desk) -> Vec<Ask> {
    use flightdeck::bus::Taken;
    let mut asks = Vec::new();
    while let Some(taken) = desk.inbox.urgent() {
        if let Taken::Control(ask) = taken {
            asks.push(ask);
        }
    }
    asks
}

/// The commands among them.
pub(crate) fn commands(desk: &mut Desk) -> Vec<Request> {
    asks(desk)
        .into_iter()
        .filter_map(|ask| if let Ask::Command(request) = ask { Some(request) } else { None })
        .collect()
}

/// How many rules the gate has.
pub(crate) fn rules() -> usize {
    flightdeck::engine::risk::RULES.len()
}

/// The gate's own answer about the desk as it stands; `denied` fails whatever it found.
pub(crate) fn assessment(desk: &Desk, order: &NewOrder, denied: Option<RuleId>) -> Assessment {
    let proposal = Proposal::new(order, Actor::Operator, &desk.state, NOW);
    let mut assessment = assess(&proposal);
    for finding in &mut assessment.findings {
        finding.pass &= denied != Some(finding.rule);
    }
    assessment
}

/// Draws a frame, lets the gate answer what the screen asked, and draws again.
pub(crate) fn answered(desk: &mut Desk, now: Timestamp, denied: Option<RuleId>) -> Vec<Ask> {
    let _frame = desk.frame_at(80, 24, now);
    let asked = asks(desk);
    for ask in &asked {
        if let Ask::WhatIf { request, order, .. } = ask {
            let assessment = assessment(desk, order, denied);
            desk.tell(Message::Assessment(Reply { request: *request, order: *order, assessment }));
        }
        if let Ask::WhatIfBatch { request, batch, .. } = ask {
            let assessment = assess_batch(&desk.state, batch, Actor::Operator, now);
            let (request, batch) = (*request, Arc::clone(batch));
            desk.tell(Message::BatchAssessment(Box::new(BatchReply { request, batch, assessment })));
        }
    }
    asked
}

/// Time after the scene.
pub(crate) fn later(millis: i64) -> Timestamp {
    NOW.after(Span::from_millis(millis))
}

/// Types letters, one key each.
pub(crate) fn type_text(desk: &mut Desk, text: &str, now: Timestamp) {
    for letter in text.chars() {
        let word = if letter == ' ' { "Space".to_owned() } else { letter.to_string() };
        desk.app.on_key(key(&word), now);
    }
}

/// Compares a frame with the one that was approved; `UPDATE_FRAMES` writes it anew.
pub(crate) fn golden(name: &str, frame: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames").join(name);
    if std::env::var_os("UPDATE_FRAMES").is_some() {
        std::fs::write(&path, frame).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == frame, "{name} differs:\n{frame}");
}

/// A paste as the terminal sends it.
pub(crate) fn paste(desk: &mut Desk, text: &str) {
    let mut painter = flightdeck::ui::Painter::new(Vec::new(), ratatui::layout::Rect::new(0, 0, 80, 24));
    desk.app.on_terminal(&crossterm::event::Event::Paste(text.to_owned()), NOW, &mut painter);
}

/// Presses one key at a time of its own.
pub(crate) fn press_at(desk: &mut Desk, word: &str, now: Timestamp) {
    desk.app.on_key(key(word), now);
}

/// The commands sent since the last look, without who and when.
pub(crate) fn sent(desk: &mut Desk) -> Vec<Command> {
    commands(desk).into_iter().map(|request| request.command).collect()
}

/// The screen at 80×24.
pub(crate) fn seen(desk: &mut Desk, now: Timestamp) -> String {
    super::text(&desk.frame_at(80, 24, now))
}

/// A desk whose overlay has been opened by these keys, the questions of the start forgotten.
pub(crate) fn opened(mode: Mode, keys: &str) -> Desk {
    opened_on(super::scene(mode, super::ascii()), keys)
}

/// The same on this desk.
pub(crate) fn opened_on(mut desk: Desk, keys: &str) -> Desk {
    let _frame = desk.frame(80, 24);
    let _start = asks(&mut desk);
    desk.press(keys);
    desk
}
