//! The way from connections to the keeper: two bounded lanes, kills in their own.

use super::protocol::{DoorReply, DoorRequest};
use tokio::sync::{mpsc, oneshot};

/// Requests waiting in a lane. A connection asks one thing at a time and there are fewer connections, so a lane is
/// never full; were it so, the connection would wait.
const LANE_BOUND: usize = 16;

/// A request and where its answer goes.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: DoorRequest,
    pub(super) answer: oneshot::Sender<DoorReply>,
}

/// The connections' end.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    kills: mpsc::Sender<Asked>,
    others: mpsc::Sender<Asked>,
}

/// The keeper's end.
#[derive(Debug)]
pub(super) struct LaneEnds {
    pub(super) kills: mpsc::Receiver<Asked>,
    pub(super) others: mpsc::Receiver<Asked>,
}

impl Lanes {
    pub(super) fn new() -> (Self, LaneEnds) {
        let (kills, kills_end) = mpsc::channel(LANE_BOUND);
        let (others, others_end) = mpsc::channel(LANE_BOUND);
        (Self { kills, others }, LaneEnds { kills: kills_end, others: others_end })
    }

    /// Asks and waits for the answer; `None` when the door is closing. The keeper answers within its patience.
    pub(super) async fn ask(&self, request: DoorRequest) -> Option<DoorReply> {
        let (answer, answered) = oneshot::channel();
        let lane = if request.is_kill() { &self.kills } else { &self.others };
        lane.send(Asked { request, answer }).await.ok()?;
        answered.await.ok()
    }
}
