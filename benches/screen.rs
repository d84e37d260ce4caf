//! The screen: bytes, writes and time of a frame at 200×60 with every panel busy.
//!
//! `cargo bench --bench screen`. The built-in recording is traded in virtual time, its events go to the real screen as
//! a session sends them, one frame each 33 ms of market time. Goal G11: bytes ≤ 1.05 × a bare ratatui terminal showing
//! the same cells, at most one write a frame, none and no bytes where nothing changed. Goal G12: ≤ 330 µs a frame,
//! ≤ 1.4 × a bare ratatui frame with a ten-row table, so that 30 frames/s cost at most 1 % of a core.

use flightdeck::adapters::market_source;
use flightdeck::bus::{Inbox, InboxEnds, KillSwitch, Outlet};
use flightdeck::config::{Settings, Sources, load};
use flightdeck::engine::Engine;
use flightdeck::model::{Envelope, RunId, Span, Timestamp};
use flightdeck::runtime::{genesis, hired, monotonic_nanos};
use flightdeck::sim::paper::{Latency, PaperConfig, QueueModel};
use flightdeck::sim::{Sandbox, World};
use flightdeck::ui::{App, Painter, ScreenOptions};
use flightdeck::wire::{Ask, Client, ClientParts, Message, SessionId};
use hdrhistogram::Histogram;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::{Block, Cell, Row, Table};
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::hint::black_box;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const ROUNDS: usize = 5;
const FRAMES: u64 = 600;
const AREA: Rect = Rect::new(0, 0, 200, 60);
/// Market time before the first frame, so that charts, tapes and logs have something to show.
const WARM: Span = Span::from_secs(90);
const FRAME: Span = Span::from_nanos(33_333_333);

/// Counts what reaches the terminal.
#[derive(Debug, Default, Clone)]
struct Sink(Arc<[AtomicU64; 2]>);

impl Sink {
    fn bytes(&self) -> u64 {
        self.0[0].load(Ordering::Relaxed)
    }

    fn writes(&self) -> u64 {
        self.0[1].load(Ordering::Relaxed)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0[0].fetch_add(u64::try_from(bytes.len()).expect("small"), Ordering::Relaxed);
        self.0[1].fetch_add(1, Ordering::Relaxed);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A traded recording and the screen that watches it.
struct Stage {
    world: World,
    app: App,
    outlet: Outlet<Message>,
    painter: Painter<Sink>,
    now: Timestamp,
    out: Vec<Envelope>,
    _inbox: Inbox<Ask>,
    _ends: InboxEnds<Ask>,
}

fn world(settings: &Settings) -> World {
    let genesis = Arc::new(genesis(settings, RunId::new(1), Vec::new()));
    let source = market_source(
        &settings.feed,
        &genesis.instruments,
        1,
        Timestamp::EPOCH,
        flightdeck::adapters::tape::OnDamage::Stop,
    );
    let paper = &settings.paper;
    let config = PaperConfig {
        capital: genesis.capital.clone(),
        latency: Latency { order: paper.order_latency, report: paper.report_latency, jitter: paper.jitter },
        queue: QueueModel::Proportional,
        seed: 1,
    };
    let sandbox = Sandbox::new(config, &genesis.instruments);
    let engine = Engine::new(
        genesis,
        hired(settings, &flightdeck::state::Renumbering::default()).expect("the defaults can be hired"),
    );
    World::new(engine, sandbox, source.expect("the built-in recording opens"))
}

impl Stage {
    fn new() -> Self {
        let kinds = flightdeck::strategies::declared();
        let settings = load(&Sources { kinds: &kinds, ..Sources::default() }).expect("defaults").settings;
        let mut world = world(&settings);
        let mut out = Vec::new();
        world.step(&mut out).expect("the recording plays");
        let until = world.engine().state().now.after(WARM);
        while world.engine().state().now < until {
            out.clear();
            world.step(&mut out).expect("the recording plays");
        }
        let state = world.engine().state().clone();
        let now = state.now;
        let (inbox, ends) = Inbox::new();
        let (mut outlet, messages) = Outlet::new("screen", 65_536);
        let kill_switch =
            KillSwitch::new(state.genesis().strategies.len(), state.genesis().instruments.len());
        let parts = ClientParts { id: SessionId(1), asks: ends.control.clone(), messages, kill_switch };
        let app = App::new(Client::new(parts), ScreenOptions::default(), now);
        outlet.offer(false, || Message::Snapshot(Box::new(state)));
        let painter = Painter::new(Sink::default(), AREA);
        Self { world, app, outlet, painter, now, out, _inbox: inbox, _ends: ends }
    }

    /// Lets a frame's worth of market happen. Returns the nanoseconds the screen needs to fold it.
    fn play(&mut self) -> u64 {
        self.now = self.now.after(FRAME);
        while self.world.engine().state().now < self.now {
            self.out.clear();
            self.world.step(&mut self.out).expect("the recording plays");
            for envelope in &self.out {
                self.outlet.offer(false, || Message::Event(envelope.clone()));
            }
        }
        let began = monotonic_nanos();
        self.app.drain(usize::MAX, self.now);
        monotonic_nanos() - began
    }

    fn paint(&mut self) -> u64 {
        let began = monotonic_nanos();
        self.app.paint(self.now, &mut self.painter).expect("a sink takes all");
        monotonic_nanos() - began
    }
}

fn terminal(sink: &Sink) -> Terminal<CrosstermBackend<Sink>> {
    let options = TerminalOptions { viewport: Viewport::Fixed(AREA) };
    Terminal::with_options(CrosstermBackend::new(sink.clone()), options).expect("a sink takes all")
}

/// Shows the same cells through a bare ratatui terminal.
fn show(terminal: &mut Terminal<CrosstermBackend<Sink>>, cells: &Buffer) -> u64 {
    let began = monotonic_nanos();
    let drawn = terminal.draw(|frame| frame.buffer_mut().content.clone_from_slice(&cells.content));
    drawn.expect("a sink takes all");
    monotonic_nanos() - began
}

/// The limit of a frame's time: ratatui's own widgets, a ten-row table of which every price changes.
fn draw_table(terminal: &mut Terminal<CrosstermBackend<Sink>>, number: u64) -> u64 {
    let began = monotonic_nanos();
    let drawn = terminal.draw(|frame| {
        let areas = Layout::vertical([Constraint::Length(3), Constraint::Min(14), Constraint::Length(3)])
            .split(frame.area());
        let rows = (0..10_u64).map(|row| {
            let price = 61_800_000 + number * 7 + row * 13;
            Row::new([
                Cell::from(format!("strategy-{row}")),
                Cell::from("BTCUSDT"),
                Cell::from(format!("{}.{:02}", price / 100, price % 100)),
                Cell::from(format!("{}.{:02}", (price + 50) / 100, (price + 50) % 100)),
                Cell::from(format!("{:+}", number % 1_000)),
            ])
        });
        let table = Table::new(rows, [Constraint::Length(20); 5]).block(Block::bordered().title("orders"));
        frame.render_widget(Block::bordered().title("status"), areas[0]);
        frame.render_widget(table, areas[1]);
        frame.render_widget(Block::bordered().title("keys"), areas[2]);
    });
    drawn.expect("a sink takes all");
    monotonic_nanos() - began
}

/// One round's figures.
struct Round {
    frame: Histogram<u64>,
    fold: Histogram<u64>,
    table: Histogram<u64>,
    bytes: u64,
    writes: u64,
    bare_bytes: u64,
    most_writes: u64,
}

fn round() -> Round {
    let mut stage = Stage::new();
    let histogram = || Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3).expect("bounds in order");
    let bare_sink = Sink::default();
    let (mut bare, mut probe) = (terminal(&bare_sink), terminal(&Sink::default()));
    let (mut frame, mut fold, mut table) = (histogram(), histogram(), histogram());
    stage.play();
    stage.paint();
    show(&mut bare, stage.painter.shown());
    let (bytes, writes) = (stage.painter.out().bytes(), stage.painter.out().writes());
    let bare_before = bare_sink.bytes();
    let mut most_writes = 0;
    for number in 0..FRAMES {
        fold.saturating_record(stage.play().max(1));
        let before = stage.painter.out().writes();
        frame.saturating_record(stage.paint());
        most_writes = most_writes.max(stage.painter.out().writes() - before);
        show(&mut bare, stage.painter.shown());
        table.saturating_record(draw_table(&mut probe, number));
    }
    let round = Round {
        frame,
        fold,
        table,
        bytes: stage.painter.out().bytes() - bytes,
        writes: stage.painter.out().writes() - writes,
        bare_bytes: bare_sink.bytes() - bare_before,
        most_writes,
    };
    unchanged(&mut stage);
    black_box(bare);
    round
}

/// Nothing came: the screen does not ask for a frame, and one drawn all the same writes nothing.
fn unchanged(stage: &mut Stage) {
    stage.paint();
    assert!(!stage.app.wants_frame(stage.now), "nothing came, and a frame is asked for");
    let (bytes, writes) = (stage.painter.out().bytes(), stage.painter.out().writes());
    stage.paint();
    // The status line counts frames and bytes: what it says of the frame before may differ once, then all is still.
    let (still_bytes, still_writes) = (stage.painter.out().bytes(), stage.painter.out().writes());
    stage.paint();
    assert_eq!(
        (stage.painter.out().bytes(), stage.painter.out().writes()),
        (still_bytes, still_writes),
        "an unchanged screen was written to (first {bytes} bytes, {writes} writes)"
    );
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    println!(
        "{FRAMES} frames at {}x{}, all panels of the first view, recording at 1x",
        AREA.width, AREA.height
    );
    println!(
        "{:<6}{:>11}{:>11}{:>8}{:>14}{:>8}{:>12}{:>12}{:>12}{:>12}{:>14}",
        "round",
        "bytes/fr",
        "bare",
        "ratio",
        "writes/frame",
        "most",
        "frame p50",
        "frame p99",
        "table p50",
        "fold p50",
        "% core at 30"
    );
    for number in 1..=ROUNDS {
        let round = round();
        let micros = |times: &Histogram<u64>, quantile| times.value_at_quantile(quantile) / 1_000;
        let share = (round.frame.mean() + round.fold.mean()) * 30.0 / 1e7;
        println!(
            "{number:<6}{:>11}{:>11}{:>8.3}{:>14.2}{:>8}{:>9} us{:>9} us{:>9} us{:>9} us{:>14.2}",
            round.bytes / FRAMES,
            round.bare_bytes / FRAMES,
            to_f64(round.bytes) / to_f64(round.bare_bytes),
            to_f64(round.writes) / to_f64(FRAMES),
            round.most_writes,
            micros(&round.frame, 0.5),
            micros(&round.frame, 0.99),
            micros(&round.table, 0.5),
            micros(&round.fold, 0.5),
            share,
        );
        assert!(round.most_writes <= 1, "a frame took more than one write");
    }
    println!("an unchanged screen: 0 bytes, 0 writes, no frame asked for (asserted)");
}

#[expect(clippy::cast_precision_loss, reason = "a ratio for a human")]
fn to_f64(count: u64) -> f64 {
    count as f64
}
