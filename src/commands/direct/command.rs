//! `kill --direct`: latches the kill on the disk, then ends everything at the venue without asking any engine.

use super::super::exit::Exit;
use super::super::output;
use super::super::settings::{Environment, data_dir, find_accounts};
use super::docket::Wish;
use super::latch;
use super::pursuit::{Ending, Pursuit, proven};
use super::target::{Target, Which, chosen, taken};
use crate::commands::PlaceArgs;
use crate::config::{Settings, StrategyKind};
use crate::model::DisplayText;
use crate::store::DataDir;
use anyhow::Context as _;
use clap::Args;
use futures_util::future::join_all;
use serde_json::json;
use std::io;
use std::path::Path;
use std::thread::{Builder, JoinHandle};
use tokio::signal::unix::{SignalKind, signal};

/// What the direct kill is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct DirectArgs {
    /// Without the engine: end every order of the account over own connections, until the venue's books prove it
    #[arg(long)]
    pub direct: bool,
    /// With --direct: close every position of the account too
    #[arg(long, requires = "direct")]
    pub flat: bool,
    /// With --direct: the sandbox of [broker], though [live] names an account
    #[arg(long, requires = "direct")]
    pub analyze: bool,
    /// With --direct, as the last resort: the server's own cancel-all besides, which asks for everything at once
    #[arg(long, requires = "direct")]
    pub account: bool,
}

/// Kills directly. Ends in order only when the books prove the end; a signal ends it with the list of what they do not prove.
pub(in crate::commands) fn kill_direct(
    args: &DirectArgs,
    place: &PlaceArgs,
    json: bool,
    kinds: &[StrategyKind],
) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let found = find_accounts(place, kinds, &environment);
    let dir = match &found {
        Ok((settings, _faults)) => data_dir(place, settings, &environment).ok(),
        // A broken configuration does not stop the latch.
        Err(_) => place.data_dir.clone().or_else(|| environment.data_dir()),
    };
    left(dir.as_deref());
    let (settings, faults) = found.context("kill --direct: which account, only the configuration says")?;
    let settings = &settings;
    for fault in faults {
        output::complain(format!("no reason not to kill: {fault}"));
    }
    let accounts = chosen(settings, args.analyze)?;
    let (targets, lost) = aimed(&accounts, settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let wish = if args.flat { Wish::Flat } else { Wish::NothingOpen };
    let mut endings = runtime.block_on(pursue(targets, wish, args.account))?;
    endings.extend(lost);
    report(&endings, wish, json)
}

/// The accounts that can be spoken to, and the ends of those that cannot: one without its key keeps no other from being killed,
/// and is never called over.
fn aimed(accounts: &[Which], settings: &Settings) -> anyhow::Result<(Vec<Target>, Vec<Ending>)> {
    let (mut targets, mut lost) = (Vec::new(), Vec::new());
    let places = accounts.iter().map(|one| one.key_at(settings)).collect();
    for (one, key) in accounts.iter().zip(all_at_once(places, taken)) {
        let key = key.context("taking its key panicked").and_then(|key| key.map_err(Into::into));
        match key.and_then(|key| one.target(settings, key)) {
            Ok(target) => targets.push(target),
            Err(error) if accounts.len() == 1 => return Err(error),
            Err(error) => {
                let (who, why) = (one.name(settings).to_owned(), format!("{error:#}"));
                output::complain(format!("{who}: {}", DisplayText::new(&why)));
                lost.push(Ending { who, unreadable: Some(why), ..Ending::default() });
            }
        }
    }
    Ok((targets, lost))
}

/// Each key on a thread of its own, and all of them before the first is waited for: four keyrings that say nothing take as long as
/// one does. `None` where taking it panicked.
fn all_at_once<A, K>(places: Vec<A>, take: fn(&A) -> K) -> Vec<Option<K>>
where
    A: Clone + Send + 'static,
    K: Send + 'static,
{
    let begin = |at: A| {
        let own = at.clone();
        (at, Builder::new().name("key".to_owned()).spawn(move || take(&own)))
    };
    let asked: Vec<_> = places.into_iter().map(begin).collect();
    let wait = |(at, thread): (A, io::Result<JoinHandle<K>>)| {
        // Where no thread can be had, a kill still can.
        thread.map_or_else(|_none| Some(take(&at)), |thread| thread.join().ok())
    };
    asked.into_iter().map(wait).collect()
}

/// Latches the kill where engines look for it; that it could not is said, and the kill goes on.
fn left(dir: Option<&Path>) {
    let latched = dir.map(|dir| {
        let path = DataDir::peek(dir).map_err(|error| error.to_string())?.kill_file();
        latch::leave(&path).map_err(|error| format!("{}: {error}", path.display())).map(|()| path)
    });
    match latched {
        Some(Ok(path)) => {
            output::complain(format!("{} stands: no engine adds risk until a human resumes", path.display()));
        }
        Some(Err(why)) => output::complain(format!("the kill is not latched for engines: {why}")),
        None => {
            output::complain("the kill is not latched for engines: no data directory is known (--data-dir)");
        }
    }
}

/// Until it is proven of every account or a signal comes. None waits for another.
async fn pursue(targets: Vec<Target>, wish: Wish, account_wide: bool) -> anyhow::Result<Vec<Ending>> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [interrupt, terminate, hang_up] = &mut signals;
    let told = "watching for signals";
    let (interrupt, terminate, hang_up) = (
        interrupt.as_mut().ok().context(told)?,
        terminate.as_mut().ok().context(told)?,
        hang_up.as_mut().ok().context(told)?,
    );
    let name = format!("flightdeck-kill-{:08x}", uuid::Uuid::now_v7().as_fields().0 ^ std::process::id());
    let begin = |target| Pursuit::new(target, wish, name.clone(), account_wide);
    let mut pursuits: Vec<Pursuit> = targets.into_iter().map(begin).collect();
    let say = |words: &str| output::complain(words);
    // A signal is heard before one more turn begins.
    tokio::select! {
        biased;
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
        _all = join_all(pursuits.iter_mut().map(|one| one.run(&say))) => {}
    }
    Ok(pursuits.iter().map(Pursuit::ending).collect())
}

fn report(endings: &[Ending], wish: Wish, json: bool) -> anyhow::Result<Exit> {
    let all_proven = !endings.is_empty() && endings.iter().all(|one| one.proven);
    if json {
        let live: Vec<String> =
            endings.iter().flat_map(|one| one.live.iter().map(move |line| of(one, line))).collect();
        let unreadable = endings.iter().find_map(|one| Some(of(one, one.unreadable.as_ref()?)));
        let readings: u64 = endings.iter().map(|one| one.readings).sum();
        let stays: Vec<String> =
            endings.iter().flat_map(|one| one.stays.iter().map(move |line| of(one, line))).collect();
        let mut told = json!({"proven": all_proven, "flat": wish == Wish::Flat && all_proven,
            "live": live, "unreadable": unreadable, "readings": readings, "stays": stays});
        if let (true, Some(told)) = (endings.len() > 1, told.as_object_mut()) {
            let account = |one: &Ending| {
                json!({"name": one.who, "proven": one.proven, "live": one.live, "unreadable": one.unreadable,
                    "readings": one.readings, "stays": one.stays})
            };
            told.insert("accounts".to_owned(), endings.iter().map(account).collect());
        }
        output::json(&told)?;
    }
    for one in endings.iter().filter(|one| one.proven) {
        if !json {
            output::text(of(one, proven(wish)))?;
            one.stays.iter().try_for_each(|line| output::text(of(one, line)))?;
        }
    }
    if all_proven {
        return Ok(Exit::Done);
    }
    output::complain("broken off: NOT proven to be over. What may still be live:");
    for one in endings.iter().filter(|one| !one.proven) {
        if let Some(why) = &one.unreadable {
            let why = DisplayText::new(why);
            output::complain(format!(
                "  {}",
                of(one, &format!("anything: the books could not be read: {why}"))
            ));
        }
        one.live.iter().for_each(|line| output::complain(format!("  {}", of(one, line))));
        if one.live.is_empty() && one.unreadable.is_none() {
            let words = "nothing that is known of; the books had not shown it long enough";
            output::complain(format!("  {}", of(one, words)));
        }
    }
    Ok(Exit::Unsafe)
}

/// Words about an account, which says its name where it is one of several.
fn of(ending: &Ending, words: &str) -> String {
    if ending.who.is_empty() { words.to_owned() } else { format!("{}: {words}", ending.who) }
}

#[cfg(test)]
mod tests {
    use super::all_at_once;
    use std::sync::{Arc, Barrier};

    /// A keyring that says nothing once held up the keys that were at hand, one after the other.
    #[test]
    fn no_key_of_a_kill_waits_for_another() {
        // Each waits for the other: one after the other they would never end.
        let both = Arc::new(Barrier::new(2));
        let taken = all_at_once(vec![("main", Arc::clone(&both)), ("b", both)], |(name, both)| {
            both.wait();
            *name
        });
        assert_eq!(taken, [Some("main"), Some("b")]);
    }
}
