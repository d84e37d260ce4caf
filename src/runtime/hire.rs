//! An adapter put to work: the first beside everything else, those of further accounts each on a thread and a runtime of its
//! own, so that one that hangs or burns its thread is waited for by nobody.

use crate::adapters::{Adapter, AdapterError, Ends};
use crate::bus::ReportSender;
use crate::model::{AccountId, DisplayText, Label, LinkReport};
use crate::state::{Accounts, BROKER_LINK};
use crate::wire::Ask;
use std::sync::mpsc::{SyncSender, sync_channel};
use tokio::sync::oneshot::Receiver;
use tokio_util::task::TaskTracker;

/// An adapter before its first message.
pub(super) struct Hire {
    pub(super) adapter: Box<dyn Adapter>,
    pub(super) ends: Ends,
    /// What is down when it has ended.
    pub(super) links: [Label; 2],
    pub(super) news: ReportSender<Ask>,
}

impl Hire {
    /// The links of an account without which nothing goes.
    pub(super) fn links(accounts: &Accounts, account: AccountId) -> [Label; 2] {
        [BROKER_LINK, "feed"].map(|kind| accounts.link(account, kind))
    }

    /// Works until it is stopped; its end is told to the core.
    pub(super) async fn work(self) {
        let Self { adapter, ends, links, news } = self;
        let name = adapter.name();
        let ended = adapter.run(ends).await;
        // At an end in order the core goes first, so that a core that hangs is canceled for at the broker.
        if let Err(error) =
            ended.or_else(|error| if matches!(error, AdapterError::CoreGone) { Ok(()) } else { Err(error) })
        {
            let [broker, _feed] = links;
            tracing::error!(adapter = name, link = %broker, error = %DisplayText::new(&error.to_string()), "adapter ended");
            for link in links {
                let reason = DisplayText::new(&error.to_string());
                news.link(LinkReport::Down { name: link, reason });
            }
        }
    }
}

/// A thread and a runtime for the adapter of a further account. Made before anything runs: what could not be made then is
/// nothing that others would have to be stopped for.
pub(super) struct Apart {
    work: SyncSender<Hire>,
    end: Receiver<()>,
}

impl Apart {
    /// A thread that waits for its work. Dropped before, it ends.
    pub(super) fn new(accounts: &Accounts, account: AccountId) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let [broker, _feed] = Hire::links(accounts, account);
        let (work, hired) = sync_channel::<Hire>(1);
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        std::thread::Builder::new().name(broker.as_str().to_owned()).spawn(move || {
            let _ended = ended;
            if let Ok(hire) = hired.recv() {
                runtime.block_on(hire.work());
            }
        })?;
        Ok(Self { work, end })
    }

    /// Has an adapter work there; that it has ended is waited for with the other tasks.
    pub(super) fn work(self, hire: Hire, tasks: &TaskTracker) {
        let Self { work, end } = self;
        if work.send(hire).is_err() {
            // It waits for this and for nothing else.
            tracing::error!("the thread of an adapter is gone before its work");
        }
        tasks.spawn(async move {
            // It ends with the thread, whatever that ended by.
            let _gone = end.await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Apart;
    use crate::model::AccountId;
    use crate::state::Accounts;

    #[test]
    fn a_thread_that_gets_no_work_ends() {
        let Apart { work, end } = Apart::new(&Accounts::default(), AccountId::FIRST).unwrap();
        drop(work);
        assert!(end.blocking_recv().is_err(), "its end of the channel goes with it");
    }
}
