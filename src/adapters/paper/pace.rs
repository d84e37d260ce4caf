//! How recording time follows the wall clock.

use crate::model::{Span, Timestamp};

/// The speed of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// This many thousandths of recorded speed.
    Permille(u32),
    /// As fast as it is taken.
    Max,
}

/// Both clocks at the start of the replay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mapping {
    pub(super) wall: Timestamp,
    pub(super) recording: Timestamp,
    pub(super) pace: Pace,
}

impl Mapping {
    /// Recording time at a wall time; `None` where recording time runs by itself.
    pub(super) fn recording_at(&self, wall: Timestamp) -> Option<Timestamp> {
        match self.pace {
            Pace::Permille(permille) => {
                let gone = i128::from(wall.since(self.wall).nanos()) * i128::from(permille) / 1_000;
                Some(self.recording.after(Span::from_nanos(i64::try_from(gone).unwrap_or(i64::MAX))))
            }
            Pace::Max => None,
        }
    }

    /// How long until the wall clock reaches a recording time.
    pub(super) fn wait(&self, wall: Timestamp, recording: Timestamp) -> Span {
        match self.pace {
            Pace::Permille(permille) => {
                let ahead =
                    i128::from(recording.since(self.recording).nanos()) * 1_000 / i128::from(permille);
                let due = self.wall.after(Span::from_nanos(i64::try_from(ahead).unwrap_or(i64::MAX)));
                due.since(wall)
            }
            Pace::Max => Span::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mapping, Pace};
    use crate::model::{Span, Timestamp};

    #[test]
    fn ten_times_the_speed_makes_ten_seconds_of_one() {
        let (wall, recording) = (Timestamp::from_nanos(1_000), Timestamp::from_nanos(50));
        let mapping = Mapping { wall, recording, pace: Pace::Permille(10_000) };
        let later = wall.after(Span::from_secs(1));
        assert_eq!(mapping.recording_at(later), Some(recording.after(Span::from_secs(10))));
        assert_eq!(mapping.wait(wall, recording.after(Span::from_secs(10))), Span::from_secs(1));
    }
}
