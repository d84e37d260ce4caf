//! Whether the process stood still: stopped by a signal, starved, or asleep with the whole machine; and whether somebody
//! moved the wall clock meanwhile.

use super::clock::{boot_nanos, system_nanos};
use crate::model::{ClockReport, Span};

/// A wall clock that moved by less than this was only corrected.
const CORRECTED: i64 = 500_000_000;

/// Looks at the clocks once a turn.
#[derive(Debug)]
pub(super) struct Standstill {
    /// Clock that goes on while the machine sleeps, and the wall clock, at the last look.
    boot: i64,
    wall: i64,
    /// What is a gap: longer than any turn takes.
    gap: i64,
}

impl Standstill {
    /// From now on; `gap` is by our own clock, whatever the speed of the market.
    pub(super) fn new(gap: Span) -> Self {
        Self { boot: boot_nanos(), wall: system_nanos(), gap: gap.nanos() }
    }

    /// What was wrong since the last look: first the gap, then the jump.
    pub(super) fn look(&mut self) -> [Option<ClockReport>; 2] {
        self.judge(boot_nanos(), system_nanos())
    }

    fn judge(&mut self, boot: i64, wall: i64) -> [Option<ClockReport>; 2] {
        let gone = boot.saturating_sub(self.boot);
        let moved = wall.saturating_sub(self.wall).saturating_sub(gone);
        (self.boot, self.wall) = (boot, wall);
        let gap = (gone >= self.gap).then(|| ClockReport::Gap { gap: Span::from_nanos(gone) });
        let jump =
            (moved.saturating_abs() >= CORRECTED).then(|| ClockReport::Jump { by: Span::from_nanos(moved) });
        [gap, jump]
    }
}

#[cfg(test)]
mod tests {
    use super::Standstill;
    use crate::model::{ClockReport, Span};

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_standstill_and_a_moved_wall_clock_are_told_apart_and_each_once() {
        let mut watch = Standstill { boot: 0, wall: 100 * SECOND, gap: 2 * SECOND };
        assert_eq!(watch.judge(SECOND, 101 * SECOND), [None, None], "a slow turn");
        let gap = ClockReport::Gap { gap: Span::from_secs(5) };
        assert_eq!(watch.judge(6 * SECOND, 106 * SECOND), [Some(gap), None], "stopped: both go on");
        let jump = ClockReport::Jump { by: Span::from_secs(-3_600) };
        assert_eq!(watch.judge(7 * SECOND, -3_493 * SECOND), [None, Some(jump)]);
        assert_eq!(watch.judge(8 * SECOND, -3_492 * SECOND), [None, None]);
    }

    #[test]
    fn a_clock_that_is_slewed_is_no_jump() {
        let mut watch = Standstill { boot: 0, wall: 0, gap: 2 * SECOND };
        for turn in 1..100 {
            assert_eq!(watch.judge(turn * SECOND, turn * (SECOND + 400_000_000)), [None, None]);
        }
    }
}
