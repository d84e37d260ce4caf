//! The engine's side of a screen's session, played from a timeline: the past goes out, and nothing but the cursor moves.

use super::timeline::Timeline;
use crate::bus::{Inbox, Offer, Outlet, Taken};
use crate::engine::risk;
use crate::model::{DisplayText, Envelope, Seq, Span};
use crate::runtime::monotonic_nanos;
use crate::wire::{Ask, MarkKind, Message, ReplayStanding, Vitals, Wind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the screen is told where it stands while nothing moves, and at most while it plays.
const TELL_NANOS: u64 = 250_000_000;
const PLAY_NANOS: u64 = 15_000_000;

/// Events folded in one turn; what is left over makes the session run slower than asked, not the screen.
const BURST: usize = 16_384;

/// Events of a turn that are sent one by one; of more only what became of them is sent.
const SENT: usize = 2_048;

/// A pause of ours is no jump of the session's clock.
const LONGEST_TURN: u64 = 500_000_000;

/// The speeds, in thousandths.
const SPEEDS: [u32; 15] = [
    100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000,
    2_000_000, 5_000_000,
];

/// Plays a timeline to one screen.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags for the next turn, not a state")]
pub struct Player {
    timeline: Timeline,
    inbox: Inbox<Ask>,
    outlet: Outlet<Message>,
    about: Vitals,
    playing: bool,
    speed: u32,
    /// What the screen has is not what the cursor shows: it needs a snapshot.
    behind: bool,
    /// It has not been told where the cursor stands.
    moved: bool,
    /// The monotonic clock at the last turn, and when the standing and the health are told next.
    last: u64,
    next_told: u64,
    out: Vec<Envelope>,
    ended: bool,
    /// Requests that would have sent something: none of them went anywhere.
    refused: u64,
}

impl Player {
    /// A player of a timeline, paused at its cursor.
    pub fn new(timeline: Timeline, inbox: Inbox<Ask>, outlet: Outlet<Message>, speed: u32) -> Self {
        let about = Vitals {
            started_at: timeline.track().first,
            feed: DisplayText::new("tape"),
            broker: DisplayText::new("none: past data"),
            ..Vitals::default()
        };
        Self {
            timeline,
            inbox,
            outlet,
            about,
            playing: false,
            speed,
            behind: false,
            moved: true,
            last: monotonic_nanos(),
            next_told: 0,
            out: Vec::with_capacity(BURST),
            ended: false,
            refused: 0,
        }
    }

    /// Moves the cursor before anybody looks.
    pub fn begin_at(&mut self, wind: Wind) -> anyhow::Result<()> {
        self.wind(wind)
    }

    /// Turns until the screen goes or `stop` is set.
    pub fn run(mut self, stop: &AtomicBool) {
        self.inbox.wake.register();
        while !stop.load(Ordering::SeqCst) && !self.ended && !self.outlet.is_closed() {
            self.turn(monotonic_nanos());
            let wait = if self.playing { PLAY_NANOS } else { TELL_NANOS / 2 };
            std::thread::park_timeout(Duration::from_nanos(wait));
        }
        let reason = DisplayText::new("the replay is over");
        self.outlet.offer(false, || Message::Closing(reason));
    }

    /// What was asked, then what has passed by this monotonic clock.
    pub fn turn(&mut self, nanos: u64) {
        while let Some(taken) = self.inbox.urgent() {
            match taken {
                Taken::Control(ask) => self.take(&ask),
                Taken::Report(_) | Taken::Link(_) | Taken::Market(_) => {}
            }
        }
        let passed = nanos.saturating_sub(std::mem::replace(&mut self.last, nanos)).min(LONGEST_TURN);
        if self.playing {
            self.play(passed);
        }
        if self.behind {
            let state = self.timeline.state();
            let sent = self.outlet.offer(false, || Message::Snapshot(Box::new(state.clone())));
            self.behind = sent != Offer::Taken;
            self.moved = true;
        }
        if self.moved || nanos >= self.next_told {
            self.next_told = nanos + TELL_NANOS;
            self.tell();
        }
    }

    /// Requests that were refused.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// The timeline with its cursor.
    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    fn take(&mut self, ask: &Ask) {
        match ask {
            Ask::Wind(wind) => {
                if let Err(error) = self.wind(*wind) {
                    self.give_up(&error);
                }
                self.moved = true;
            }
            Ask::Resync { .. } => self.behind = true,
            Ask::Stop { .. } => self.ended = true,
            // The past takes no orders.
            Ask::Command(_) | Ask::WhatIf { .. } | Ask::WhatIfBatch { .. } => self.refused += 1,
        }
    }

    fn wind(&mut self, wind: Wind) -> anyhow::Result<()> {
        match wind {
            Wind::Toggle => {
                self.playing = !self.playing;
                if self.playing && self.timeline.is_at_end() {
                    self.jump(|line| line.to_time(line.track().first))?;
                    self.playing = true;
                }
            }
            Wind::Faster => self.speed = faster(self.speed),
            Wind::Slower => self.speed = slower(self.speed),
            Wind::By(span) => self.jump(|line| line.to_time(line.at().after(span)))?,
            Wind::StepOn => {
                self.playing = false;
                let stepped = self.timeline.step()?;
                self.send(stepped.into_iter().collect());
            }
            Wind::StepBack => {
                self.playing = false;
                let before = self.timeline.state().seq.get().saturating_sub(1);
                self.jump(|line| line.to_event(Seq::new(before)))?;
            }
            Wind::Next(kind) => {
                let mark = self.timeline.mark_after(|one| is_met(kind, one));
                self.stop_at(mark.map(|mark| mark.seq))?;
            }
            Wind::Previous(kind) => {
                let mark = self.timeline.mark_before(|one| is_met(kind, one));
                self.stop_at(mark.map(|mark| mark.seq))?;
            }
            Wind::Start => self.jump(|line| line.to_time(line.track().first))?,
            Wind::End => self.jump(Timeline::to_end)?,
            Wind::To(at) => self.jump(|line| line.to_time(at))?,
            Wind::ToEvent(seq) => self.jump(|line| line.to_event(seq))?,
        }
        Ok(())
    }

    /// A jump to an event stops there: it is what somebody wants to look at.
    fn stop_at(&mut self, seq: Option<Seq>) -> anyhow::Result<()> {
        let Some(seq) = seq else { return Ok(()) };
        self.playing = false;
        self.jump(|line| line.to_event(seq))
    }

    fn jump(&mut self, go: impl FnOnce(&mut Timeline) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.behind = true;
        go(&mut self.timeline)
    }

    /// So much of our time passes.
    fn play(&mut self, passed: u64) {
        let nanos = u128::from(passed) * u128::from(self.speed) / 1_000;
        let span = Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let mut out = std::mem::take(&mut self.out);
        let until = self.timeline.at().after(span);
        if let Err(error) = self.timeline.play_to(until, BURST, &mut out) {
            self.give_up(&error);
        }
        self.send(out);
        self.playing = self.playing && !self.timeline.is_at_end();
        self.moved = true;
    }

    /// Hands events to the screen, or the state after them where they are too many.
    fn send(&mut self, mut events: Vec<Envelope>) {
        self.behind |= events.len() > SENT;
        for envelope in events.drain(..) {
            if self.behind {
                break;
            }
            self.behind = self.outlet.offer(false, || Message::Event(envelope)) != Offer::Taken;
        }
        self.out = events;
    }

    /// What was whole when it was opened is not any more: it stands where it is.
    fn give_up(&mut self, error: &anyhow::Error) {
        tracing::error!(error = %DisplayText::new(&format!("{error:#}")), "the session cannot be read on");
        self.playing = false;
        self.behind = true;
    }

    fn tell(&mut self) {
        let standing = Arc::new(self.standing());
        let vitals = Arc::new(Vitals {
            at: standing.at,
            speed: DisplayText::new(&standing.speed_words()),
            headroom: risk::headroom(self.timeline.state(), standing.at),
            ..self.about.clone()
        });
        let told = self.outlet.offer(true, || Message::Replay(standing)) == Offer::Taken;
        self.outlet.offer(true, || Message::Vitals(vitals));
        self.moved = !told;
    }

    /// Where it stands.
    pub fn standing(&self) -> ReplayStanding {
        let weighs = |kind| kind >= MarkKind::Trade;
        ReplayStanding {
            track: Arc::clone(self.timeline.track()),
            at: self.timeline.at(),
            seq: self.timeline.state().seq,
            playing: self.playing,
            speed: self.speed,
            before: self.timeline.mark_before(weighs),
            after: self.timeline.mark_after(weighs),
        }
    }
}

/// A kill is an alert to whoever looks for alerts.
fn is_met(wanted: MarkKind, met: MarkKind) -> bool {
    wanted == met || (wanted == MarkKind::Alert && met == MarkKind::Kill)
}

fn faster(speed: u32) -> u32 {
    SPEEDS.into_iter().find(|one| *one > speed).unwrap_or(speed)
}

fn slower(speed: u32) -> u32 {
    SPEEDS.into_iter().rev().find(|one| *one < speed).unwrap_or(speed)
}
