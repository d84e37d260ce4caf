//! Backtests as a trader checks them: reference results to the last digit, the matcher's rules, no look ahead, bad files.
#![expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]

mod bad_input;
mod desk;
mod lookahead;
mod matcher;
mod merged;
mod plain_loop;
mod reference;
mod resampled;
mod sweeps;
