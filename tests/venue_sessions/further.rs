//! A second venue with an account of its own, under the same engine.

use crate::desk::{Desk, World, open_venue, port};
use crate::hand::{log_at, operate};
use flightdeck::venue::Entry;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::process::Child;
use tempfile::TempDir;

/// What is traded at the second account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pair {
    /// The first one's contract under another name.
    Same,
    /// Another contract.
    Other,
}

impl Pair {
    /// The name of the instrument here.
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Same => "BTCUSDT-B",
            Self::Other => "ETHUSDT",
        }
    }

    /// Its name at the venue.
    pub(crate) const fn there(self) -> &'static str {
        match self {
            Self::Same => "BTCUSDT",
            Self::Other => "ETHUSDT",
        }
    }

    /// The configuration of a world with this account in it, where it is at these addresses.
    fn text(self, world: World, (url, stream): (&str, &str)) -> String {
        let text = Desk::text_in(world);
        let (_, rest) = text.split_once("[[instrument]]").unwrap();
        let (block, _) = rest.split_once("[[strategy]]").unwrap();
        let block = match self {
            Self::Same => block.replacen("symbol = \"BTCUSDT\"", "symbol = \"BTCUSDT-B\"", 1),
            Self::Other => block.replace("BTC", "ETH"),
        };
        // Two of the four strategies trade there.
        let (before, there) = text.split_once("name = \"third\"").unwrap();
        let elsewhere = format!("instrument = \"{}\"", self.symbol());
        let there = there.replace("instrument = \"BTCUSDT\"", &elsewhere);
        let text = format!("{before}name = \"third\"{there}");
        let text = text.replacen("[[strategy]]", &format!("[[instrument]]{block}[[strategy]]"), 1);
        let ws = if world == World::Streamed { format!("ws_url = \"{stream}\"\n") } else { String::new() };
        let also = format!(
            "name = \"b\"\ninstruments = [\"{}\"]\nurl = \"{url}\"\nkey_env = \"OPENALGO_API_KEY\"\n{ws}",
            self.symbol()
        );
        if world == World::Analyze {
            return text.replacen("[account]", &format!("[[broker.also]]\n{also}[account]"), 1);
        }
        format!("{text}[[live.also]]\n{also}account = \"CD997788\"\n")
    }
}

/// Its process, with a directory of its own.
pub(crate) struct Further {
    dir: TempDir,
    venue: Child,
    url: String,
    stream: String,
    how: (World, (u64, u64)),
    pub(crate) pair: Pair,
}

impl Further {
    /// Opens both venues; `misbehave` is of each.
    pub(crate) fn open(world: World, seed: u64, misbehave: (u64, u64), pair: Pair) -> (Desk, Self) {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = pair.text(world, ("http://127.0.0.1:2", "ws://127.0.0.1:2"));
        let nowhere = nowhere.replace("STREAM", "ws://127.0.0.1:1").replace("URL", "http://127.0.0.1:1");
        fs::write(dir.path().join("flightdeck.toml"), nowhere).unwrap();
        // Misbehaviour of its own, whatever the first one does.
        let how = (world, (seed.wrapping_add(1_000_003), misbehave.1));
        let (venue, url, stream) = open_venue(&dir, how, ("0", "0"));
        let desk = Desk::with(&pair.text(world, (&url, &stream)), world, (seed, misbehave.0));
        (desk, Self { dir, venue, url, stream, how, pair })
    }

    pub(crate) fn operate(&self, words: &str) {
        operate(&self.url, words);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.venue), signal).unwrap();
    }

    /// SIGKILL; another one goes on with its log at the same address.
    pub(crate) fn restarts(&mut self) {
        self.venue.kill().unwrap();
        self.venue.wait().unwrap();
        let ports = [&self.url, &self.stream].map(|url| port(url));
        (self.venue, self.url, self.stream) = open_venue(&self.dir, self.how, (&ports[0], &ports[1]));
    }

    pub(crate) fn log(&self) -> Vec<Entry> {
        log_at(&self.dir.path().join("venue.jsonl"))
    }
}

impl Drop for Further {
    fn drop(&mut self) {
        let _gone = self.venue.kill();
        let _gone = self.venue.wait();
    }
}
