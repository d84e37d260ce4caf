//! The way to live, looked at again while a run is on: a key file that was mended and a drill that was passed count at once,
//! and what is not as it was stops counting.

use super::roster::LiveOffer;
use crate::bus::ReportSender;
use crate::model::{DisplayText, LIVE_LINK, Label, LinkReport, Passed};
use crate::wire::Ask;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks at files and addresses; it may take its time.
pub type LiveLook = Box<dyn FnMut() -> LiveOffer + Send>;

/// Looks until it is stopped, and tells what has changed since it was seen.
pub(super) async fn look_again(
    mut look: LiveLook,
    mut seen: LiveOffer,
    news: ReportSender<Ask>,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let looked = tokio::task::spawn_blocking(move || {
            let offer = look();
            (look, offer)
        });
        // Who lands does not wait for a disk or a keyring that hangs.
        let looked = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            looked = looked => looked,
        };
        let Ok((again, offer)) = looked else { return };
        look = again;
        if tell(&seen, &offer, &news) {
            seen = offer;
        }
    }
}

/// Tells what is to be told of another look; whether all of it was taken. What was not is told again.
fn tell(seen: &LiveOffer, now: &LiveOffer, news: &ReportSender<Ask>) -> bool {
    changes(seen, now).into_iter().all(|report| news.link(report))
}

/// What is to be told of another look.
fn changes(seen: &LiveOffer, now: &LiveOffer) -> Vec<LinkReport> {
    let mut told = Vec::new();
    if seen.unavailable != now.unavailable {
        let state = if now.unavailable.is_some() { "unavailable" } else { Passed::Yes.as_str() };
        let detail = now.unavailable.clone().unwrap_or_else(|| DisplayText::new("nothing stands in the way"));
        told.push(LinkReport::Subscriber { name: Label::new(LIVE_LINK), state, detail });
    }
    let other = now.checks.iter().filter(|check| !seen.checks.contains(check));
    told.extend(other.map(|check| LinkReport::Subscriber {
        name: Label::new(check.name.as_str()),
        state: check.passed.as_str(),
        detail: check.detail.clone(),
    }));
    told
}

#[cfg(test)]
mod tests {
    use super::{changes, look_again, tell};
    use crate::bus::{Inbox, Taken};
    use crate::model::{LIVE_LINK, Label, LinkReport, LiveCheck, Passed};
    use crate::runtime::LiveOffer;
    use crate::wire::Ask;
    use std::sync::mpsc::sync_channel;
    use tokio_util::sync::CancellationToken;

    fn offer(unavailable: Option<&str>, passed: Passed, detail: &str) -> LiveOffer {
        let drill = LiveCheck { name: "kill drill".into(), passed, detail: detail.into() };
        LiveOffer { unavailable: unavailable.map(Into::into), checks: vec![drill] }
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let never = offer(Some("chmod 600 k"), Passed::No, "never here");
        assert!(changes(&never, &never).is_empty());
        let told = changes(&never, &offer(None, Passed::Yes, "0 days ago"));
        let words: Vec<(&str, &str)> = told
            .iter()
            .filter_map(|report| match report {
                LinkReport::Subscriber { name, state, .. } => Some((name.as_str(), *state)),
                LinkReport::Alive { .. } | LinkReport::Down { .. } => None,
            })
            .collect();
        assert_eq!(words, [("live", "ok"), ("kill drill", "ok")]);
    }

    #[test]
    fn what_no_room_was_left_for_is_told_again() {
        let (mut inbox, ends) = Inbox::<Ask>::new();
        let (never, passed) = (offer(None, Passed::No, "never here"), offer(None, Passed::Yes, "0 days ago"));
        while ends.reports.link(LinkReport::Alive { name: Label::new(LIVE_LINK) }) {}
        assert!(!tell(&never, &passed, &ends.reports), "nobody has heard it");
        while inbox.urgent().is_some() {}
        assert!(tell(&never, &passed, &ends.reports));
        let heard = inbox.urgent();
        assert!(matches!(&heard, Some(Taken::Link(LinkReport::Subscriber { state: "ok", .. }))), "{heard:?}");
    }

    /// A keyring that said nothing once held up the landing.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_lands_does_not_wait_for_a_look_that_hangs() {
        let (_inbox, ends) = Inbox::<Ask>::new();
        let (stop, seen) = (CancellationToken::new(), offer(None, Passed::Yes, ""));
        let (begun, (release, released)) = (stop.clone(), sync_channel::<()>(1));
        let look = Box::new(move || {
            // From within the look: it has begun, and it ends only after the landing.
            begun.cancel();
            assert!(released.recv().is_ok());
            offer(None, Passed::Yes, "")
        });
        look_again(look, seen, ends.reports, stop).await;
        release.send(()).unwrap();
    }
}
