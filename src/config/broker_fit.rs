//! Whether what is configured can be executed by the broker that is configured.

use super::broker::{BrokerKind, OpenAlgoName};
use super::fault::quoted;
use super::live::LiveKind;
use super::reader::Log;
use super::settings::{InstrumentSettings, Settings, Speed};
use crate::model::{Class, Contract, Mode};

/// What must hold for everything to be executed by an `OpenAlgo` server.
pub(super) fn check(settings: &Settings, log: &mut Log) {
    check_further(settings, log);
    if settings.broker.kind != BrokerKind::OpenAlgo && settings.live.kind != LiveKind::OpenAlgo {
        return;
    }
    if settings.feed.speed != Speed::Permille(1_000) {
        let problem = format!("{} is not the speed of another process", settings.feed.speed);
        log.fault_between("feed.speed", &["broker.kind"], problem, "1".to_owned());
    }
    check_pace(settings, log);
    for mode in [Mode::Analyze, Mode::Live] {
        check_names(settings, mode, log);
    }
    for entry in &settings.instruments {
        check_instrument(entry, settings, log);
    }
}

/// Accounts beside one that is not spoken with would be read and do nothing.
fn check_further(settings: &Settings, log: &mut Log) {
    let (broker, live) = (&settings.broker, &settings.live);
    let idle = [
        ("broker", broker.kind != BrokerKind::OpenAlgo && !broker.also.is_empty(), broker.kind.as_str()),
        ("live", live.kind != LiveKind::OpenAlgo && !live.also.is_empty(), live.kind.as_str()),
    ];
    for (section, _, kind) in idle.into_iter().filter(|(_, is_idle, _)| *is_idle) {
        let problem = format!("is \"{kind}\", and [[{section}.also]] names further accounts");
        let expected = format!("\"openalgo\", or no [[{section}.also]]");
        log.fault_between(&format!("{section}.kind"), &[], problem, expected);
    }
}

/// A broker is heard of when it is asked: it has to be asked some times before its silence is a loss.
fn check_pace(settings: &Settings, log: &mut Log) {
    let (poll, silent) = (settings.broker.poll, settings.watchdog.broker_silent);
    let most = silent.millis().div_euclid(3);
    if poll.millis() > most {
        let problem = format!(
            "{} is more than a third of watchdog.broker_silent_ms, {}: a healthy broker would be taken for lost",
            poll.millis(),
            silent.millis()
        );
        let expected = format!("at most {most}");
        log.fault_between("broker.poll_ms", &["watchdog.broker_silent_ms"], problem, expected);
    }
}

/// At one account a name means one instrument; the same at another is another instrument.
fn check_names(settings: &Settings, mode: Mode, log: &mut Log) {
    let traded = match mode {
        Mode::Analyze => settings.broker.kind == BrokerKind::OpenAlgo,
        Mode::Live => settings.live.kind == LiveKind::OpenAlgo,
    };
    let mut named: Vec<(usize, &OpenAlgoName)> = Vec::new();
    for entry in settings.instruments.iter().filter(|_| traded) {
        let Some(name) = &entry.openalgo else { continue };
        let further = settings.further(mode).iter();
        let home = further.take_while(|one| !one.instruments.contains(&entry.instrument.id)).count();
        let same = |(at, one): &(usize, &OpenAlgoName)| {
            (*at, &one.symbol, &one.exchange) == (home, &name.symbol, &name.exchange)
        };
        if named.iter().any(same) {
            let path = format!("instrument.{}.openalgo.symbol", entry.instrument.symbol);
            let problem = format!("{} on {} is another instrument's", quoted(&name.symbol), name.exchange);
            log.fault_between(&path, &[], problem, "a symbol of its own".to_owned());
        }
        named.push((home, name));
    }
}

fn check_instrument(entry: &InstrumentSettings, settings: &Settings, log: &mut Log) {
    let instrument = &entry.instrument;
    if instrument.listing.class == Class::Index {
        return;
    }
    let path = |key: &str| format!("instrument.{}.{key}", instrument.symbol);
    let Some(name) = &entry.openalgo else {
        let problem = "has no name at the openalgo broker".to_owned();
        let expected = "[instrument.openalgo] with symbol, exchange and product".to_owned();
        return log.fault_between(&path("symbol"), &["broker.kind"], problem, expected);
    };
    if instrument.contract != Contract::Linear || instrument.settle != settings.account.currency {
        let problem = format!("settles in {}; OpenAlgo keeps one account in one currency", instrument.settle);
        let expected = format!("a linear contract settled in {}", settings.account.currency);
        log.fault_between(&path("settle"), &[&path("contract")], problem, expected);
    }
    let whole = instrument.lot.raw().rem_euclid(crate::model::Qty::ONE.raw()) == 0;
    if !whole && name.exchange != "CRYPTO" {
        let problem = format!("{} is a fraction; {} takes whole quantities", instrument.lot, name.exchange);
        log.fault_between(&path("lot"), &[&path("openalgo.exchange")], problem, "a whole number".to_owned());
    }
}
