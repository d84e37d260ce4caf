//! `kill --direct`: latches the kill on the disk, then ends everything at the venue without asking any engine.

use super::super::exit::Exit;
use super::super::output;
use super::super::settings::{Environment, Found, data_dir, find};
use super::docket::Wish;
use super::pursuit::{Ending, Pursuit};
use super::target::chosen;
use super::{latch, target::Target};
use crate::commands::PlaceArgs;
use crate::config::StrategyKind;
use crate::model::DisplayText;
use crate::store::DataDir;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use std::path::Path;
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
    let found = find(place, &[], kinds, &environment);
    let dir = match &found {
        Ok(Found { loaded, .. }) => data_dir(place, &loaded.settings, &environment).ok(),
        // A broken configuration does not stop the latch.
        Err(_) => place.data_dir.clone().or_else(|| environment.data_dir()),
    };
    left(dir.as_deref());
    let found = found.context("kill --direct: which account, only the configuration says")?;
    let target = chosen(&found.loaded.settings, args.analyze)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the async runtime")?;
    let wish = if args.flat { Wish::Flat } else { Wish::NothingOpen };
    let ending = runtime.block_on(pursue(target, wish, args.account))?;
    report(&ending, wish, json)
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

/// Until it is proven or a signal comes.
async fn pursue(target: Target, wish: Wish, account_wide: bool) -> anyhow::Result<Ending> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [interrupt, terminate, hang_up] = &mut signals;
    let told = "watching for signals";
    let (interrupt, terminate, hang_up) = (
        interrupt.as_mut().ok().context(told)?,
        terminate.as_mut().ok().context(told)?,
        hang_up.as_mut().ok().context(told)?,
    );
    let name = format!("flightdeck-kill-{:08x}", uuid::Uuid::now_v7().as_fields().0 ^ std::process::id());
    let mut pursuit = Pursuit::new(target, wish, name, account_wide);
    let mut say = |words: &str| output::complain(words);
    // A signal is heard before one more turn begins.
    tokio::select! {
        biased;
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
        () = pursuit.run(&mut say) => {}
    }
    Ok(pursuit.ending())
}

fn report(ending: &Ending, wish: Wish, json: bool) -> anyhow::Result<Exit> {
    if json {
        output::json(&json!({"proven": ending.proven, "flat": wish == Wish::Flat && ending.proven,
            "live": ending.live, "unreadable": ending.unreadable, "readings": ending.readings}))?;
    }
    if ending.proven {
        let words = match wish {
            Wish::NothingOpen => "proven by the venue's books: no order is open; positions are as they were",
            Wish::Flat => "proven by the venue's books: no order is open, no position is held",
        };
        if !json {
            output::text(words)?;
        }
        return Ok(Exit::Done);
    }
    output::complain("broken off: NOT proven to be over. What may still be live:");
    if let Some(why) = &ending.unreadable {
        output::complain(format!("  anything: the books could not be read: {}", DisplayText::new(why)));
    }
    ending.live.iter().for_each(|line| output::complain(format!("  {line}")));
    if ending.live.is_empty() && ending.unreadable.is_none() {
        output::complain("  nothing that is known of; the books had not shown it long enough");
    }
    Ok(Exit::Unsafe)
}
