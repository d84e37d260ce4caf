//! The two mode bars: the first and the last row, drawn last, never covered. Their words and shapes say the mode
//! without colour.

use super::figure::Clock;
use super::overlays::remaining;
use super::pen::{Pen, display_width, whole_words};
use super::theme::Role;
use super::view::View;
use crate::model::{AccountId, Actor, KillLevel, Label, Mode, Scope, Timestamp, Trigger};
use crate::state::{Alarm, KillRecord, live_unavailable};
use crate::wire::ReplayStanding;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// One piece of a bar. The piece of the highest rank goes first when there is no room.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub text: String,
    pub rank: u8,
    /// Whether it is worth reading in part: a sentence that begins with what matters most.
    pub is_sentence: bool,
}

/// Less of a sentence than this, in cells, says nothing.
const LEAST_OF_A_SENTENCE: u16 = 16;

impl Piece {
    /// A piece.
    pub(super) fn new(rank: u8, text: impl Into<String>) -> Self {
        Self { text: text.into(), rank, is_sentence: false }
    }

    /// A sentence, which is shortened by whole words before it is left out.
    pub(super) fn sentence(rank: u8, text: impl Into<String>) -> Self {
        Self { text: text.into(), rank, is_sentence: true }
    }

    /// The sentence in this many cells; nothing where it is none, or where too little of it would be left.
    fn shortened(&self, room: u16) -> Option<String> {
        let worth = self.is_sentence && room >= LEAST_OF_A_SENTENCE;
        worth.then(|| whole_words(&self.text, room)).flatten().map(|part| format!("{part} .."))
    }
}

/// Leaves out pieces of the highest rank until the rest fits; at equal rank the last one goes. A sentence is shortened
/// where that is enough.
pub(super) fn fitting(pieces: &mut Vec<Piece>, room: u16, gap: u16) {
    let total = |pieces: &[Piece]| -> u16 {
        pieces.iter().map(|piece| display_width(&piece.text).saturating_add(gap)).fold(0, u16::saturating_add)
    };
    while pieces.len() > 1 {
        let excess = total(pieces).saturating_sub(gap).saturating_sub(room);
        let worst = pieces.iter_mut().enumerate().max_by_key(|(index, piece)| (piece.rank, *index));
        let Some((index, piece)) = worst.filter(|_| excess > 0) else { return };
        if let Some(shorter) = piece.shortened(display_width(&piece.text).saturating_sub(excess)) {
            piece.text = shorter;
            return;
        }
        pieces.remove(index);
    }
}

/// Once something had no room, only what is of this rank or lower may still take what is left: what matters less would come
/// and go with the width of a number.
const STILL: u8 = 3;

/// Which pieces have room, the lowest rank first, at equal rank the earlier. What is too long for what is left makes room for
/// what is shorter and matters.
pub(super) fn chosen(pieces: &[Piece], room: u16, gap: u16) -> Vec<bool> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|index| (pieces.get(*index).map(|piece| piece.rank), *index));
    let mut kept = vec![false; pieces.len()];
    let (mut used, mut is_full) = (0_u16, false);
    for index in order {
        let Some((piece, kept)) = pieces.get(index).zip(kept.get_mut(index)) else { continue };
        let before = if used == 0 { 0 } else { gap };
        let with = used.saturating_add(before).saturating_add(display_width(&piece.text));
        if (with <= room && (!is_full || piece.rank <= STILL)) || used == 0 {
            (*kept, used) = (true, with);
        } else {
            is_full = true;
        }
    }
    kept
}

/// What fills a bar and stands around its word.
#[derive(Debug, Clone, Copy)]
struct Dress {
    word: &'static str,
    filler: char,
    role: Role,
}

/// What the lower bar says of the way out and of help.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    /// Whether an overlay has the keys.
    pub is_overlaid: bool,
    /// The key that shows help now; `None` where there is none.
    pub help: Option<&'static str>,
}

/// Draws both bars over whatever is in their rows.
pub(super) fn draw(view: &View<'_>, ways: Ways, screen: Rect, buf: &mut Buffer) {
    if screen.height == 0 || screen.width == 0 {
        return;
    }
    let dress = dress(view);
    let mut upper = upper(view);
    line(view, dress, &mut upper, Rect { height: 1, ..screen }, buf);
    if screen.height > 1 {
        let mut lower = lower(view, ways);
        let row = Rect { y: screen.bottom() - 1, height: 1, ..screen };
        line(view, dress, &mut lower, row, buf);
    }
}

/// The word for the terminal's title.
pub(super) fn title(view: &View<'_>) -> String {
    if let Some(standing) = view.replay {
        return format!("REPLAY {}", date(standing.at));
    }
    match (view.kill(), view.mode()) {
        (KillLevel::K0, Mode::Live) => {
            let broker = view.vitals.map(|vitals| vitals.broker.as_str().to_owned()).unwrap_or_default();
            format!("LIVE {broker}").trim_end().to_owned()
        }
        (KillLevel::K0, Mode::Analyze) => "analyze".to_owned(),
        (_, mode) => format!("KILLED ({})", mode.as_str()),
    }
}

fn dress(view: &View<'_>) -> Dress {
    if view.replay.is_some() {
        return Dress { word: "~~ REPLAY ~~", filler: '~', role: Role::BarReplay };
    }
    if view.kill() > KillLevel::K0 {
        return Dress { word: "!! KILLED !!", filler: '!', role: Role::BarKilled };
    }
    match view.mode() {
        Mode::Live => Dress { word: "## LIVE ##", filler: '#', role: Role::BarLive },
        Mode::Analyze => Dress { word: ".. ANALYZE ..", filler: '.', role: Role::BarAnalyze },
    }
}

fn line(view: &View<'_>, dress: Dress, pieces: &mut Vec<Piece>, row: Rect, buf: &mut Buffer) {
    let style = view.theme.style(dress.role);
    buf.set_style(row, style);
    let word = display_width(dress.word);
    fitting(pieces, row.width.saturating_sub(word + 3), 3);
    let mut pen = Pen::new(buf, row, 0);
    pen.put(dress.word, style).put(" ", style);
    for (index, piece) in pieces.iter().enumerate() {
        let gap = if index > 0 { " | " } else { "" };
        pen.put(gap, style).put(&piece.text, style);
    }
    if !pieces.is_empty() {
        pen.put(" ", style);
    }
    pen.fill(dress.filler, style);
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "LIVE",
        Mode::Analyze => "ANALYZE",
    }
}

fn upper(view: &View<'_>) -> Vec<Piece> {
    if let Some(standing) = view.replay {
        return upper_of_past(view, standing);
    }
    let mut pieces = Vec::with_capacity(8);
    if let Some(silent) = view.silent {
        pieces.push(Piece::new(0, format!("ENGINE SILENT {silent}")));
    }
    if view.kill() > KillLevel::K0 {
        killed(view, &mut pieces);
        return pieces;
    }
    match view.mode() {
        Mode::Analyze => {
            let feed = view.vitals.map(|vitals| vitals.feed.as_str()).filter(|feed| !feed.is_empty());
            match feed {
                Some(feed) => pieces.push(Piece::new(3, format!("sim venue on {feed}"))),
                None => pieces.push(Piece::new(3, "sim venue")),
            }
            pieces.push(Piece::new(1, "NO REAL ORDERS"));
        }
        Mode::Live => {
            if let Some(vitals) = view.vitals {
                pieces.push(Piece::new(2, vitals.broker.as_str()));
            }
            pieces.push(Piece::new(1, "REAL MONEY"));
            pieces.extend(armed(view).map(|text| Piece::new(0, text)));
        }
    }
    pieces.push(Piece::new(2, "KILL ^K ready"));
    common(view, &mut pieces);
    pieces
}

/// How long it is armed for, or that it is not any more.
fn armed(view: &View<'_>) -> Option<String> {
    view.state.control.armed_until?;
    Some(match remaining(view) {
        Some(left) => format!("ARMED {left}"),
        None => "REDUCE-ONLY until re-armed (M)".to_owned(),
    })
}

/// Which session, which instant, how fast, and that nobody acts on it; what was in force then.
fn upper_of_past(view: &View<'_>, standing: &ReplayStanding) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(6);
    pieces.push(Piece::new(3, format!("session {}", date(standing.track.first.after(view.zone)))));
    let clock = view.clock(standing.at, Clock::Millis);
    let pace = if standing.playing { standing.speed_words() } else { "paused".to_owned() };
    pieces.push(Piece::new(0, format!("at {clock} {pace}")));
    pieces.push(Piece::new(1, "read-only"));
    let mode = mode_word(view.mode());
    let kill = view.kill();
    if kill > KillLevel::K0 {
        pieces.push(Piece::new(2, format!("{mode} KILLED K{} then", kill.number())));
    } else {
        pieces.push(Piece::new(4, format!("{mode} then")));
    }
    if !standing.track.is_whole {
        pieces.push(Piece::new(2, "session INCOMPLETE"));
    }
    pieces
}

fn date(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_nanos(at.nanos()).format("%Y-%m-%d").to_string()
}

fn common(view: &View<'_>, pieces: &mut Vec<Piece>) {
    let Some(vitals) = view.vitals else { return };
    if !vitals.speed.as_str().is_empty() {
        pieces.push(Piece::new(4, format!("speed {}", vitals.speed)));
    }
    pieces.push(Piece::new(6, format!("up {}", view.age(vitals.started_at))));
    if let (Mode::Analyze, Some(why)) = (view.mode(), live_unavailable(view.state)) {
        pieces.push(Piece::new(7, format!("live: {why}")));
    }
}

fn killed(view: &View<'_>, pieces: &mut Vec<Piece>) {
    let kills = view.kills();
    let whole = kills.iter().find(|(scope, _)| *scope == Scope::All);
    if let Some((_, level)) = whole {
        pieces.push(Piece::new(0, format!("K{} {}", level.number(), view.kill_words(Scope::All, *level))));
        pieces.push(Piece::new(1, mode_word(view.mode())));
    } else {
        for (index, (scope, level)) in kills.iter().enumerate() {
            let (name, number) = (view.scope_name(*scope), level.number());
            let words = format!("{name} K{number} {}", view.kill_words(*scope, *level));
            pieces.push(Piece::new(u8::from(index > 0), words));
        }
        pieces.push(Piece::new(1, format!("rest trades in {}", mode_word(view.mode()))));
    }
    // A kill does not stop the time armed for.
    pieces.extend(armed(view).filter(|_| view.mode() == Mode::Live).map(|text| Piece::new(0, text)));
    // The gate is ahead of the engine: whoever raised it last is not who raised it to this.
    let unheard = whole.is_some_and(|(_, level)| *level > view.state.control.kill_at(Scope::All));
    match &view.state.control.last_kill {
        Some(_) if unheard => pieces.push(Piece::new(2, "gate closed, engine not yet heard")),
        Some(record) => {
            let who = view.actor_name(record.actor);
            // Who asked last for less than what stands did not ask for what stands.
            let less = record.level < view.state.control.kill_at(record.scope);
            let what = if less { format!("last asked K{} ", record.level.number()) } else { String::new() };
            pieces.push(Piece::sentence(2, format!("{what}by {who}: {}", reason_now(view, record))));
            pieces.push(Piece::new(3, format!("{} UTC", view.clock(record.at, Clock::Seconds))));
        }
        None if !view.state.genesis().standing.is_empty() => {
            let by = view.state.genesis().halted_by.as_ref();
            pieces.push(Piece::sentence(
                2,
                match by {
                    Some(by) => format!("halted by {by}, in an earlier run"),
                    None => "halted at start, from an earlier run".to_owned(),
                },
            ));
        }
        None => pieces.push(Piece::new(2, "gate closed, engine not yet heard")),
    }
}

/// Why a kill was raised; where a broker's loss raised it and the broker is away, why it is away now.
fn reason_now(view: &View<'_>, record: &KillRecord) -> String {
    let accounts = &view.state.genesis().accounts;
    let account = match record.scope {
        Scope::Instrument(id) => accounts.of(id),
        Scope::All | Scope::Strategy(_) => AccountId::FIRST,
    };
    let away = view.state.links.broker(accounts, account).filter(|link| !link.is_well());
    match away.and_then(|link| Some((raised_by(view, record, link.name)?, link.detail.as_ref()?))) {
        Some((Trigger::BrokerDown, why)) => {
            format!("{}: {}{why}", Trigger::BrokerDown, accounts.prefix(account))
        }
        Some(_) | None => record.reason.to_string(),
    }
}

/// The condition the watchdog raised a kill for. The record does not name it: it is the one of the alarms that stood then and
/// ask for as much; of an account that is away, not one of another's link. `None` where more than one could be meant.
fn raised_by(view: &View<'_>, record: &KillRecord, link: Label) -> Option<Trigger> {
    let stood = |alarm: &&Alarm| {
        alarm.at <= record.at
            && alarm.level >= record.level
            && alarm.over_at.is_none_or(|over| over > record.at)
            && (alarm.trigger != Trigger::BrokerDown || alarm.subject == link)
    };
    let mut alarms = view.state.watch.alarms().iter().filter(stood);
    let first = alarms.next().filter(|_| record.actor == Actor::Watchdog)?;
    alarms.next().is_none().then_some(first.trigger)
}

/// What the standing kills let pass.
fn stopped(view: &View<'_>) -> String {
    match view.kills().as_slice() {
        [] | [(Scope::All, _), ..] => "no new risk, cancels and closes pass".to_owned(),
        [(scope, _)] => format!("no new risk in {}, the rest trades", view.scope_name(*scope)),
        more => format!("no new risk in {} scopes, the rest trades", more.len()),
    }
}

fn lower(view: &View<'_>, ways: Ways) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(4);
    let leave = if ways.is_overlaid { "Esc close" } else { "q leave" };
    let help = |rank| ways.help.map(|key| Piece::new(rank, format!("{key} help")));
    if view.replay.is_some() {
        pieces.push(Piece::new(1, "past data, nothing can be sent"));
        // An overlay has this key for itself.
        pieces.extend((!ways.is_overlaid).then(|| Piece::new(3, "Space play")));
        pieces.push(Piece::new(0, leave));
        pieces.extend(help(2));
        return pieces;
    }
    if view.kill() > KillLevel::K0 {
        pieces.push(Piece::new(1, format!("{}: {}", mode_word(view.mode()), stopped(view))));
        pieces.push(Piece::new(0, "^K panel"));
        pieces.push(Piece::new(2, leave));
        return pieces;
    }
    match view.mode() {
        Mode::Analyze => pieces.push(Piece::new(3, "simulated fills, nothing reaches a venue")),
        Mode::Live if armed(view).is_some() && remaining(view).is_none() => {
            pieces.push(Piece::new(1, "only what reduces passes"));
        }
        Mode::Live => pieces.push(Piece::new(1, "real orders")),
    }
    pieces.push(Piece::new(0, "^K KILL"));
    pieces.push(Piece::new(2, leave));
    pieces.extend(help(4));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_makes_room_for_what_is_shorter() {
        let pieces = [
            Piece::new(0, "eq 100"),
            Piece::new(1, "feed 2 STALE or QUARANTINED"),
            Piece::new(2, "ALERTS 2"),
        ];
        assert_eq!(chosen(&pieces, 60, 3), [true, true, true]);
        assert_eq!(chosen(&pieces, 38, 3), [true, true, false]);
        assert_eq!(chosen(&pieces, 24, 3), [true, false, true]);
        assert_eq!(chosen(&pieces, 3, 3), [true, false, false], "never nothing");
    }

    fn fitted(room: u16) -> String {
        let mut pieces = vec![
            Piece::new(0, "K1 no new risk"),
            Piece::new(1, "ANALYZE"),
            Piece::sentence(2, "by supervisor: the last run did not end in order"),
            Piece::new(3, "13:37:02 UTC"),
        ];
        fitting(&mut pieces, room, 3);
        pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn who_stopped_the_trading_is_told_as_far_as_there_is_room() {
        assert!(fitted(120).ends_with("did not end in order | 13:37:02 UTC"));
        assert_eq!(fitted(75), "K1 no new risk | ANALYZE | by supervisor: the last run did not end in order");
        assert_eq!(fitted(74), "K1 no new risk | ANALYZE | by supervisor: the last run did not end in ..");
        assert_eq!(fitted(46), "K1 no new risk | ANALYZE | by supervisor: ..");
        assert_eq!(fitted(40), "K1 no new risk | ANALYZE");
    }
}
