//! Faults put into system calls, with `strace`, which stands between the program and the kernel.
#![allow(dead_code, reason = "two tests and a bench share it, each uses its part")]

use flightdeck::sim::Rng;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The calls at which it is killed, and a number of which at most each thread makes within such a flight: what writes
/// the journal, the databases and the tape, what takes a request to the venue, what answers at the door, what replaces
/// files.
const CALLS: [(&str, u64); 8] = [
    ("fsync,fdatasync", 32),
    ("pwrite64", 128),
    ("write", 64),
    ("writev", 128),
    ("sendto", 64),
    ("rename", 4),
    ("unlink", 4),
    ("ftruncate", 4),
];

/// What happens at which call.
#[derive(Debug, Clone)]
pub(crate) struct Injection {
    fault: String,
    /// Only calls on this file; `None`: all.
    on: Option<PathBuf>,
}

impl Injection {
    /// SIGKILL instead of the nth such call of a thread. Small numbers are as likely as large ones: a start makes few
    /// calls of most kinds.
    pub(crate) fn kill(rng: &mut Rng) -> Self {
        let of = usize::try_from(rng.below(u64::try_from(CALLS.len()).unwrap())).unwrap();
        let (calls, most) = CALLS[of];
        let most = most >> rng.below(u64::from(most.ilog2()));
        Self { fault: format!("{calls}:signal=SIGKILL:when={}", 1 + rng.below(most)), on: None }
    }

    /// A fault of calls on one file, as `strace` writes it: `fsync:error=EIO:when=3`.
    pub(crate) fn on(file: &Path, fault: &str) -> Self {
        Self { fault: fault.to_owned(), on: Some(file.to_owned()) }
    }

    /// The program under `strace`. The tracer is its grandchild (`-D`): the process started is the program itself, and
    /// dies as itself.
    pub(crate) fn command(&self, binary: &str) -> Command {
        let calls = self.fault.split(':').next().unwrap_or_default();
        let mut command = Command::new("strace");
        command.args(["-D", "-f", "-qq", "-o", "/dev/null"]);
        if let Some(file) = &self.on {
            command.arg("-P").arg(file);
        }
        command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={}", self.fault)]).arg(binary);
        command
    }

    /// Whether this machine can: `strace` is there and may trace.
    pub(crate) fn is_possible() -> bool {
        let tried = Command::new("strace")
            .args(["-D", "-qq", "-o", "/dev/null", "-e", "trace=none", "true"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    }
}

impl std::fmt::Display for Injection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.fault)
    }
}
