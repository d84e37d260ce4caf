//! Backtests as a trader checks them: reference results to the last digit, the matcher's rules, no look ahead, bad files.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::print_stderr,
    reason = "a broken fixture fails its test, events are picked by shape, and what is not tested is said"
)]

mod bad_input;
mod desk;
mod killed;
mod lookahead;
mod matcher;
mod merged;
mod plain_loop;
mod reference;
mod resampled;
mod sampled;
mod sweeps;
