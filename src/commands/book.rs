//! The book a flight goes on with: what the last run of its account left, made to fit the configuration, or a new one and why.

use crate::config::{BrokerKind, Settings, Speed};
use crate::model::{DisplayText, Found, KillLevel, Mode, RunId, Span};
use crate::runtime::{LiveOffer, Notice, genesis, offer_live, wall_now};
use crate::state::{Genesis, Renumbering, State};
use crate::store::{
    DataDir, Latched, Moved, Past, PastError, StoppedBefore, Tail, ended_in_disorder, halt_next_start,
    latch_standing, read_latch, read_past_of, read_stopped,
};
use anyhow::Context as _;
use std::sync::Arc;

/// How far behind the book's last fact our clock may be: what came then would be from the future for longer.
const CLOCK_MAY_LACK: Span = Span::from_secs(5);

/// Rows of a list in a notice; the screen and `status` have all of them.
const NAMED: usize = 12;

/// What a flight begins with.
pub(super) struct Book {
    pub(super) genesis: Arc<Genesis>,
    /// The state before the first event.
    pub(super) state: State,
    /// What was found of the book that is continued; `None` for a new one. Its epoch is the journal's to say.
    pub(super) found: Option<Found>,
    pub(super) numbers: Renumbering,
    /// The journal's end, where it was read.
    pub(super) tail: Option<Tail>,
    pub(super) latched: Latched,
    pub(super) stopped: StoppedBefore,
    /// What the operator must be told, what matters most last.
    pub(super) notices: Vec<Notice>,
}

/// What can be continued, and what is to be said about it.
#[derive(Default)]
struct Before {
    past: Option<Past>,
    tail: Option<Tail>,
    /// The account's last run and whether its journal was ended, also where its book is not continued.
    last: Option<(RunId, bool)>,
    /// Why everything is halted, besides what stands already.
    halt: Option<String>,
    told: Vec<String>,
    /// What is said and is as it was asked for.
    noted: Vec<String>,
}

/// Whose book a run of these settings writes: one that runs by another clock than ours is another account, and so is one
/// at another broker.
pub(super) fn account(settings: &Settings) -> String {
    if settings.run.mode == Mode::Live {
        let live = &settings.live;
        let (url, account) =
            (live.url.as_deref().unwrap_or_default(), live.account.as_deref().unwrap_or_default());
        return format!("{} openalgo {url} {account}", Mode::Live.as_str());
    }
    if settings.broker.kind == BrokerKind::OpenAlgo {
        return format!("{} openalgo {}", settings.run.mode.as_str(), settings.broker.url);
    }
    match settings.feed.speed {
        Speed::Permille(1_000) => settings.run.mode.as_str().to_owned(),
        Speed::Permille(_) => format!("{} x{}", settings.run.mode.as_str(), settings.feed.speed),
        Speed::Max => format!("{} max", settings.run.mode.as_str()),
    }
}

/// The same as it is told: of an account only what its last digits are.
fn told_as(settings: &Settings) -> String {
    let name = settings.live.account.as_deref().filter(|_| settings.run.mode == Mode::Live);
    name.map_or_else(|| account(settings), |name| account(settings).replace(name, &settings.live.masked()))
}

/// Finds what the last run left and makes of it what this one begins with.
pub(super) fn open(
    dir: &DataDir,
    (settings, fresh): (&Settings, bool),
    (run, offer): (RunId, &LiveOffer),
    host: &str,
) -> anyhow::Result<Book> {
    let configured = offer_live(genesis(settings, run, Vec::new()), settings, offer);
    let Before { past, tail, last, halt, mut told, mut noted } = before(dir, (settings, fresh), host)?;
    let run_before = last.map(|(run, _)| run);
    let disorder = last.is_some_and(|(_, ended)| !ended)
        || ended_in_disorder(dir, run_before).context("opening the database")?;
    let mut stranded = None;
    let (genesis, numbers, past) = match past {
        None => (configured, Renumbering::default(), None),
        Some(past) => match configured.clone().continuing(&past.state) {
            Ok((genesis, numbers)) => (genesis, numbers, Some(past)),
            // Somebody has changed the file: what lies at a broker may be lost from sight, what a sandbox had is not.
            Err(unfit) if configured.mode == Mode::Analyze => {
                stranded = stranded_by(settings, &past.state);
                let said = if stranded.is_some() { &mut told } else { &mut noted };
                said.push(format!("a new book begins: {unfit}; the old one stays in the journal"));
                (configured, Renumbering::default(), None)
            }
            Err(unfit) => return Err(unfit).context("continuing the book"),
        },
    };
    let crashed = (disorder || halt.is_some()) && past.is_some();
    let halt = halt.or(stranded).or_else(|| disorder.then(|| "the last run did not end in order".to_owned()));
    let latched = latched(dir, &genesis, halt.as_deref(), &mut told)?;
    let mut genesis = Genesis { standing: latched.standing.clone(), halted_by: latched.told(), ..genesis };
    let stopped = read_stopped(dir.paths());
    told.extend(stopped.warning.clone());
    noted.extend(keep_stopped(&mut genesis, &stopped));
    let genesis = Arc::new(genesis);
    let found = past.as_ref().map(|past| Found {
        epoch: 0,
        crashed,
        cut: past.cut.as_ref().map_or(0, |cut| u64::try_from(cut.rows).unwrap_or_default()),
        names: true,
    });
    let state = match past {
        Some(past) => State::resume(past.state, Arc::clone(&genesis)).context("continuing the book")?,
        None => State::new(Arc::clone(&genesis)),
    };
    let goes_on = found.map(|found| listed(&state, found)).unwrap_or_default();
    told.extend(halt.iter().map(|why| {
        let book =
            if found.is_some() { "its book goes on" } else { "what its sandbox held is not continued" };
        format!("{why}: halted at K1; {book}")
    }));
    // What is as it should be, or as somebody asked for, is said all the same, and is no failure.
    let as_asked = noted.iter().map(|text| ("ok", text));
    let book = goes_on.iter().map(|text| (if halt.is_some() { "failed" } else { "ok" }, text));
    let amiss = told.iter().map(|text| ("failed", text));
    let notices = as_asked.chain(book).chain(amiss).map(|(how, text)| (how, DisplayText::new(text)));
    let notices = notices.map(Notice::of_last_run).collect();
    Ok(Book { genesis, state, found, numbers, tail, latched, stopped, notices })
}

/// What a book that does not go on has at brokers that outlive it, where nothing shows it any more.
fn stranded_by(settings: &Settings, book: &State) -> Option<String> {
    let (positions, orders) = (book.positions_held(), book.orders.open().len());
    let stands = settings.broker.kind == BrokerKind::OpenAlgo && positions + orders > 0;
    stands.then(|| {
        format!("the old book has {positions} positions and {orders} open orders at its brokers, which this one does not know")
    })
}

/// What the last run of our account left, if it is to be continued.
fn before(dir: &DataDir, (settings, fresh): (&Settings, bool), host: &str) -> anyhow::Result<Before> {
    let mine = account(settings);
    let past = match read_past_of(dir.paths(), &mine) {
        Ok(None) => {
            let others = dir.paths().journal().exists();
            // A directory that was started before had a journal: what it held nobody can say.
            if !others && dir.paths().epoch().exists() {
                let why = "the journal is missing, though this directory was started before";
                let told = vec![format!("a new book begins, halted at K1: {why}")];
                return Ok(Before { halt: Some(why.to_owned()), told, ..Before::default() });
            }
            let noted =
                others.then(|| format!("a new book begins: the journal has none of {}", told_as(settings)));
            return Ok(Before { noted: noted.into_iter().collect(), ..Before::default() });
        }
        Ok(Some(past)) => past,
        // The journal itself puts it away when the run begins in it.
        Err(error @ PastError::Damaged { .. }) if settings.run.mode == Mode::Analyze => {
            let told = vec![format!("a new book begins, halted at K1: {error}")];
            return Ok(Before {
                halt: Some("the journal was damaged".to_owned()),
                told,
                ..Before::default()
            });
        }
        Err(error) => return Err(error).context("reading the journal"),
    };
    let last = Some((past.header.run, past.ended.is_some()));
    let moved = past.moved(host);
    if let Some(moved) = moved.iter().find(|moved| !matches!(moved, Moved::Host { .. })) {
        let told = vec![format!("a new book begins, halted at K1: {moved}; compare it with the broker's")];
        return Ok(Before { last, halt: Some(moved.to_string()), told, ..Before::default() });
    }
    if fresh {
        let noted = vec!["a new book begins, as asked; the old one stays in the journal".to_owned()];
        return Ok(Before { last, noted, ..Before::default() });
    }
    if settings.feed.speed != Speed::Permille(1_000) {
        return Ok(Before { last, ..Before::default() });
    }
    let lacks = past.state.now.since(wall_now());
    if lacks > CLOCK_MAY_LACK {
        let told = format!("a new book begins: our clock is {lacks} behind the last fact of the old one");
        return Ok(Before { last, told: vec![told], ..Before::default() });
    }
    let told = past.ignored.iter().map(|damage| format!("a snapshot of the book was left out: {damage}"));
    let earlier = past.earlier.iter().map(|damage| {
        format!("the journal is damaged in an earlier run: {damage}; the book does not rest on it, `journal --check` looks further")
    });
    let told = told.chain(earlier);
    // Another name for the machine loses no book; a human looks first.
    let halt = moved.first().map(Moved::to_string);
    let (told, tail) = (told.collect(), past.tail());
    Ok(Before { told, last, halt, tail, past: Some(past), ..Before::default() })
}

/// The kills to start under: those on file and those of the book, whichever is stricter, and K1 where nobody knows what
/// the last run left. `kill.json` is the belt for a journal that cannot be read, so it is made to say the same.
fn latched(
    dir: &DataDir,
    genesis: &Genesis,
    halt: Option<&str>,
    told: &mut Vec<String>,
) -> anyhow::Result<Latched> {
    let before = read_latch(dir.paths(), genesis);
    if let Some(warning) = &before.warning {
        tracing::warn!(warning, "the record of standing kills cannot be read");
        told.push(warning.clone());
        // A damaged record is for the latch to keep as evidence and to replace; it means K1 already.
        let mut before = before;
        before.standing.extend(genesis.standing.iter().copied());
        return Ok(before);
    }
    if !genesis.standing.is_empty() {
        let why = "stood at the end of the last run";
        latch_standing(dir.paths(), genesis, &genesis.standing, why, wall_now())
            .context("keeping the kills")?;
    }
    if let Some(why) = halt {
        tracing::warn!("{why}: halted at K1");
        halt_next_start(dir.paths(), genesis, why, wall_now()).context("halting the start")?;
    }
    Ok(read_latch(dir.paths(), genesis))
}

/// Disarms what was stopped in an earlier run and that no human has armed since; gives what to tell the operator. The
/// book says the same of the runs it has seen; whichever stops a strategy wins.
fn keep_stopped(genesis: &mut Genesis, stopped: &StoppedBefore) -> Vec<String> {
    let mut notices = Vec::new();
    for info in genesis.strategies.iter_mut().filter(|info| info.armed && info.kind.as_str() != "-") {
        if stopped.lets_start(info.name.as_str()) {
            continue;
        }
        info.armed = false;
        let why = stopped.stops.get(info.name.as_str()).map_or("", |stop| stop.reason.as_str());
        notices.push(format!(
            "{} starts disarmed: stopped in an earlier run ({why}); arm it when you have looked",
            info.name
        ));
    }
    notices
}

/// What a start that goes on from a crash lists: orders of unknown fate and batches that were not done, by name.
fn listed(state: &State, found: Found) -> Vec<String> {
    let air: Vec<_> = state.orders.open().iter().filter(|order| order.is_in_the_air()).collect();
    let open = state.batches.open();
    let torn = if found.cut > 0 {
        format!(", {} rows not whole on the disk left out", found.cut)
    } else {
        String::new()
    };
    let mut lines = vec![format!(
        "the book goes on: {} positions, {} open orders ({} of unknown fate, asked about and not sent again), {} batches{torn}",
        state.positions_held(),
        state.orders.open().len(),
        air.len(),
        open.len()
    )];
    let genesis = state.genesis();
    let letter = genesis.mode.letter();
    lines.extend(air.iter().take(NAMED).map(|order| {
        let request = &order.request;
        let symbol = genesis.instrument(request.instrument).map_or("?", |one| one.symbol.as_str());
        let owner = genesis.strategy(request.strategy).map_or("?", |one| one.name.as_str());
        let (number, status) = (order.id.get(), order.status.as_str());
        format!(
            "{letter}-{number} {owner} {} {} {symbol} was {status}: its fate is unknown",
            request.side, request.qty
        )
    }));
    lines.extend(open.iter().take(NAMED).map(|batch| {
        let legs: Vec<String> = batch
            .legs
            .iter()
            .map(|leg| leg.status.map_or("not sent".to_owned(), |status| status.as_str().to_lowercase()))
            .collect();
        format!("{} was cut off ({}): complete, unwind or leave", batch.id, legs.join(", "))
    }));
    lines
}

/// What is said of a book when the process ends.
pub(super) fn left_behind(state: &State, goes_on: bool, signal: u8) -> Option<String> {
    let (orders, positions) = (state.orders.open().len(), state.positions_held());
    let kill = state.control.highest_kill();
    let mut said = Vec::new();
    if orders + positions > 0 {
        let then = if goes_on {
            "the next start goes on with them (--fresh begins anew)"
        } else {
            "they are gone with it"
        };
        said.push(format!(
            "the sandbox ended with {orders} working orders and {positions} open positions; {then}"
        ));
    }
    if kill > KillLevel::K0 {
        said.push(format!("K{} stands and will stand at the next start", kill.number()));
    }
    if signal > 0 {
        said.push(format!("ended by signal {signal}"));
    }
    (!said.is_empty()).then(|| said.join("; "))
}

/// Whether the next start goes on with the book of such a run: it kept our time.
pub(super) fn goes_on(settings: &Settings) -> bool {
    settings.feed.speed == Speed::Permille(1_000)
}
