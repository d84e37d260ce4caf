//! No server is spoken with in both modes: it is in analyze or in live, never both.

use super::broker::BrokerKind;
use super::further::Further;
use super::live::LiveKind;
use super::reader::Log;
use super::server::place;
use super::settings::Settings;

/// An address of the file: which value it is, and where it leads.
struct Address {
    path: String,
    place: String,
}

/// Whether real money would be traded where analyze is: arming would find a server in the other mode and be left at once, or
/// what was meant for a sandbox would be real.
pub(super) fn check(settings: &Settings, log: &mut Log) {
    let (broker, live) = (&settings.broker, &settings.live);
    if broker.kind != BrokerKind::OpenAlgo || live.kind != LiveKind::OpenAlgo {
        return;
    }
    let own = [("broker.url", Some(broker.url.as_str())), ("broker.ws_url", broker.ws_url.as_deref())];
    let sandboxes = addresses(own, ("broker.also", &broker.also));
    let own = [("live.url", live.url.as_deref()), ("live.ws_url", live.ws_url.as_deref())];
    for real in addresses(own, ("live.also", &live.also)) {
        let Some(sandbox) = sandboxes.iter().find(|sandbox| sandbox.place == real.place) else { continue };
        let problem = format!("leads where {} does: a server is in one mode, analyze or live", sandbox.path);
        let expected = "another server than any of [broker]".to_owned();
        log.fault_between(&real.path, &[&sandbox.path], problem, expected);
    }
}

/// The addresses of a section's first account and of the further ones.
fn addresses(own: [(&str, Option<&str>); 2], (list, also): (&str, &[Further])) -> Vec<Address> {
    let own = own.into_iter().map(|(path, url)| (path.to_owned(), url));
    let further = also.iter().flat_map(|one| {
        let path = |key: &str| format!("{list}.{}.{key}", one.name);
        [(path("url"), Some(one.url.as_str())), (path("ws_url"), one.ws_url.as_deref())]
    });
    let given = own.chain(further).filter_map(|(path, url)| Some((path, url.filter(|url| !url.is_empty())?)));
    given.map(|(path, url)| Address { path, place: place(url) }).collect()
}
