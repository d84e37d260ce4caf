//! The genuine `openalgo` client of `PyPI` takes a tour of the venue, in both modes.
//!
//! Left out, with a word why, where there is no Python of at least 3.12 or the package cannot be had.
//! `FLIGHTDECK_PYTHON` names an interpreter; one with the package already is used as it is.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
#![expect(clippy::disallowed_methods, reason = "processes take real time: waiting has an end")]
#![expect(clippy::print_stdout, reason = "what was left out is the result")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The client's version: its wheels need Python 3.12.
const PACKAGE: &str = "openalgo==2.0.5";

const KEY: &str = "key-of-the-tour";

/// How long a package may take to come, and a tour.
const PATIENCE: Duration = Duration::from_mins(6);

/// Runs to its end or is ended; whether it succeeded, and what it said.
fn run(command: &mut Command) -> (bool, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out");
    let out = std::fs::File::create(&path).unwrap();
    let child = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn();
    let Ok(mut child) = child else { return (false, "no such program".to_owned()) };
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let said = std::fs::read_to_string(&path).unwrap_or_default();
    (status.is_some_and(|status| status.success()), said)
}

/// Interpreters there may be: the one that is named, those on the path, those of version managers.
fn interpreters() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::env::var("FLIGHTDECK_PYTHON").into_iter().map(PathBuf::from).collect();
    found.extend(["python3.14", "python3.13", "python3.12", "python3"].map(PathBuf::from));
    let home = std::env::var("HOME").unwrap_or_default();
    for versions in [".pyenv/versions", ".local/share/uv/python"] {
        let entries = std::fs::read_dir(Path::new(&home).join(versions)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path().join("bin/python3")));
    }
    found
}

/// One that is new enough.
fn python() -> Option<PathBuf> {
    let new_enough = "import sys, venv; sys.exit(sys.version_info < (3, 12))";
    interpreters().into_iter().find(|path| run(Command::new(path).args(["-c", new_enough])).0)
}

fn has_client(python: &Path) -> bool {
    run(Command::new(python).args(["-c", "from openalgo import api; api.subscribe_orders"])).0
}

/// An interpreter with the client, or why there is none.
fn equipped() -> Result<PathBuf, String> {
    let python = python().ok_or("no Python of at least 3.12")?;
    if has_client(&python) {
        return Ok(python);
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openalgo-client");
    let own = home.join("bin/python3");
    if own.exists() && has_client(&own) {
        return Ok(own);
    }
    let (made, said) = run(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&home));
    if !made {
        return Err(format!("no virtual environment: {said}"));
    }
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", PACKAGE];
    let (installed, said) = run(Command::new(&own).args(quiet));
    if installed { Ok(own) } else { Err(format!("{PACKAGE} cannot be had: {said}")) }
}

/// A venue process; ends with the test.
struct Venue {
    child: Child,
    url: String,
    stream: String,
}

impl Venue {
    fn open(mode: &str, dir: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .env_clear()
            .env("HOME", dir)
            .env("OPENALGO_API_KEY", KEY)
            .arg("--data-dir")
            .arg(dir)
            .args(["venue", "--profile", "options", "--rate", "0", "--stream-port", "0", "--answers", mode])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = |before: &str| {
            let line = lines.next().unwrap().unwrap();
            line.strip_prefix(before).unwrap_or_else(|| panic!("{line:?}")).to_owned()
        };
        let (url, stream) = (said("listening on "), said("streaming on "));
        Self { child, url, stream }
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

#[test]
fn the_genuine_client_makes_sense_of_everything_the_venue_says() {
    let python = match equipped() {
        Ok(python) => python,
        Err(why) => return println!("left out: {why}"),
    };
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_sdk/tour.py");
    for mode in ["analyze", "live"] {
        let dir = tempfile::tempdir().unwrap();
        let venue = Venue::open(mode, dir.path());
        let mut command = Command::new(&python);
        command.arg(&tour).args([&venue.url, &venue.stream, KEY, mode]);
        // No proxy stands between us and this machine.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let (toured, said) = run(&mut command);
        assert!(toured && said.contains(&format!("toured {mode}")), "{said}");
        println!("{}", said.trim());
    }
}
