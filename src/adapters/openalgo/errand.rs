//! What the adapter's tasks are about, so that one that falls is not forgotten with its order.

use super::done::Done;
use super::hours_check::HoursQuestion;
use super::questions::Questions;
use crate::model::{ClientOrderId, InstrumentId};
use std::collections::BTreeMap;
use tokio::task::{Id, JoinSet};

/// What a task is about.
#[derive(Debug, Clone)]
pub(super) enum Errand {
    Greeting,
    Placing(ClientOrderId),
    Changing,
    Canceling(String),
    Sweeping,
    Reading(Questions),
    Quoting(InstrumentId),
    Listing(InstrumentId),
    Probing,
    Hours(HoursQuestion),
}

/// How a task came back.
#[derive(Debug)]
pub(super) enum Joined {
    Done(Done),
    /// It panicked.
    Fell(Errand),
}

/// Tasks under way: as many as the lanes' rates let out in the time an answer may take.
#[derive(Debug, Default)]
pub(super) struct Errands {
    tasks: JoinSet<Done>,
    about: BTreeMap<Id, Errand>,
}

impl Errands {
    /// Sends one out.
    pub(super) fn send(&mut self, errand: Errand, task: impl Future<Output = Done> + Send + 'static) {
        let id = self.tasks.spawn(task).id();
        self.about.insert(id, errand);
    }

    /// The next one that is back; `None` where none is out. May be dropped at any time.
    pub(super) async fn next(&mut self) -> Option<Joined> {
        loop {
            let joined = self.tasks.join_next_with_id().await?;
            let fallen = match joined {
                Ok((id, done)) => {
                    self.about.remove(&id);
                    return Some(Joined::Done(done));
                }
                Err(fallen) => self.about.remove(&fallen.id()),
            };
            if let Some(errand) = fallen {
                return Some(Joined::Fell(errand));
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether an order message of ours is out.
    pub(super) fn has_orders(&self) -> bool {
        let order = |errand: &Errand| {
            matches!(errand, Errand::Placing(_) | Errand::Changing | Errand::Canceling(_) | Errand::Sweeping)
        };
        self.about.values().any(order)
    }
}

#[cfg(test)]
mod tests {
    use super::{Errand, Errands, Joined};
    use crate::model::{ClientOrderId, OrderId, RunId};

    #[tokio::test]
    async fn a_task_that_falls_comes_back_with_the_order_it_was_about() {
        let order = ClientOrderId::derive(RunId::new(7), OrderId::new(3));
        let mut errands = Errands::default();
        errands.send(Errand::Placing(order), async { panic!("a planted fall") });
        assert!(errands.has_orders());
        let back = errands.next().await;
        assert!(matches!(back, Some(Joined::Fell(Errand::Placing(about))) if about == order), "{back:?}");
        assert!(errands.next().await.is_none() && !errands.has_orders());
    }
}
