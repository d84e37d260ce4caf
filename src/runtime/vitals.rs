//! Gathers the health of the process for the screens.

use super::clock::monotonic_nanos;
use super::staff::Health;
use super::stopwatch::Stopwatch;
use crate::bus::Gauge;
use crate::engine::risk;
use crate::model::{DisplayText, Span, Timestamp};
use crate::state::State;
use crate::wire::Vitals;
use hdrhistogram::Histogram;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What does not change during a run.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub started_at: Timestamp,
    pub feed: DisplayText,
    pub speed: DisplayText,
    pub broker: DisplayText,
    pub data_dir: DisplayText,
}

/// Everything vitals are read from.
#[derive(Debug)]
pub struct VitalsSource {
    pub about: About,
    /// What the broker can do, as its adapter declares it.
    pub can: DisplayText,
    pub gauges: Vec<Arc<Gauge>>,
    pub staff: Vec<Arc<Health>>,
    /// Rows the recorder has committed.
    pub rows_written: Arc<AtomicU64>,
}

/// Times measured by the loop.
#[derive(Debug)]
pub(super) struct Times {
    steps: Histogram<u64>,
    orders: Histogram<u64>,
    inputs: u64,
    last_inputs: u64,
    last_read: u64,
}

impl Times {
    pub(super) fn new() -> Self {
        let histogram = || Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("the bounds are in order");
        Self {
            steps: histogram(),
            orders: histogram(),
            inputs: 0,
            last_inputs: 0,
            last_read: monotonic_nanos(),
        }
    }

    pub(super) fn step(&mut self, nanos: u64) {
        self.inputs += 1;
        self.steps.saturating_record(nanos.max(1));
    }

    pub(super) fn order(&mut self, nanos: u64) {
        self.orders.saturating_record(nanos.max(1));
    }
}

/// How long nothing may be written down before no new risk is taken.
const UNRECORDED_NANOS: u64 = 5_000_000_000;

impl VitalsSource {
    /// Whether the recorder has written nothing for so long that trading on would leave no record.
    pub(super) fn records_fail(&self) -> bool {
        self.staff.iter().any(|one| one.is_named("recorder") && one.failing_nanos() >= UNRECORDED_NANOS)
    }

    /// Reads everything. Step times start afresh each time, so they speak of the last moments.
    pub(super) fn read(&self, state: &State, now: Timestamp, times: &mut Times, watch: &Stopwatch) -> Vitals {
        let nanos = |value: u64| Span::from_nanos(i64::try_from(value).unwrap_or(i64::MAX));
        let clock = monotonic_nanos();
        let gone = clock.saturating_sub(times.last_read).max(1);
        let fresh = u128::from(times.inputs - times.last_inputs) * 1_000_000_000 / u128::from(gone);
        let vitals = Vitals {
            at: now,
            started_at: self.about.started_at,
            feed: self.about.feed.clone(),
            speed: self.about.speed.clone(),
            broker: self.about.broker.clone(),
            can: self.can.clone(),
            queues: self.gauges.iter().map(|gauge| gauge.read()).collect(),
            subscribers: self.staff.iter().map(|health| health.read()).collect(),
            step_p50: nanos(times.steps.value_at_quantile(0.5)),
            step_p99: nanos(times.steps.value_at_quantile(0.99)),
            order_p50: nanos(times.orders.value_at_quantile(0.5)),
            order_p99: nanos(times.orders.value_at_quantile(0.99)),
            inputs: times.inputs,
            inputs_per_s: u64::try_from(fresh).unwrap_or(u64::MAX),
            headroom: risk::headroom(state, now),
            strategies: watch.timings(),
            data_dir: self.about.data_dir.clone(),
            rows_written: self.rows_written.load(Ordering::Relaxed),
            rss_bytes: rss_bytes(),
        };
        times.last_inputs = times.inputs;
        times.last_read = clock;
        times.steps.reset();
        vitals
    }
}

/// Resident memory of this process; 0 where the system does not tell.
fn rss_bytes() -> u64 {
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else { return 0 };
    let pages: u64 = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4_096);
    pages * page
}
