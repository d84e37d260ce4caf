//! Parses the command line, runs the chosen command, returns its exit code.

use flightdeck::commands::{Flight, fly};
use flightdeck::config::{Sources, load};

fn main() -> anyhow::Result<()> {
    let kinds = flightdeck::strategies::declared();
    let loaded =
        load(&Sources { kinds: &kinds, ..Sources::default() }).map_err(|f| anyhow::anyhow!("{f:?}"))?;
    let dir = std::env::temp_dir().join("fd-data");
    let landing = fly(Flight { settings: &loaded.settings, config: "", data_dir: &dir, with_screen: true })?;
    eprintln!("{landing:?}");
    Ok(())
}
