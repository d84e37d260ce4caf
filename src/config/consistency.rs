//! What must hold between sections: every currency that trading brings in can be held and valued.

use super::reader::Log;
use super::settings::{Account, Settings};
use crate::model::{Currency, Money};

/// Most instruments and strategies a run takes.
pub(super) const MOST_ENTRIES: usize = 256;

/// Notes what does not fit together.
pub(super) fn check(settings: &Settings, log: &mut Log) {
    for entry in &settings.instruments {
        let path = format!("instrument.{}.settle", entry.instrument.symbol);
        let settle = entry.instrument.settle;
        if !settings.account.capital.contains_key(&settle) {
            let problem = format!("{settle} has no capital");
            let expected = format!("a line {settle} = \"…\" in [account.capital]");
            log.fault_between(&path, &["account.capital"], problem, expected);
        } else if !valued(&settings.account, settle) {
            unvalued(&path, settle, log);
        }
    }
    for (currency, amount) in &settings.account.capital {
        if *amount != Money::ZERO && !valued(&settings.account, *currency) {
            unvalued(&format!("account.capital.{currency}"), *currency, log);
        }
    }
    for (currency, id) in &settings.account.convert {
        let Some(entry) = settings.instruments.get(id.index()) else {
            continue;
        };
        let quote = entry.instrument.quote;
        if quote != settings.account.currency && !settings.account.par.contains(&quote) {
            let path = format!("account.convert.{currency}");
            let problem = format!("{} is quoted in {quote}", entry.instrument.symbol);
            let expected =
                format!("an instrument quoted in {} or a currency in par", settings.account.currency);
            let others =
                [format!("instrument.{}.quote", entry.instrument.symbol), "account.currency".to_owned()];
            log.fault_between(&path, &[&others[0], &others[1], "account.par"], problem, expected);
        }
    }
}

/// Whether an amount of a currency can be counted in the account's.
fn valued(account: &Account, currency: Currency) -> bool {
    currency == account.currency || account.par.contains(&currency) || account.convert.contains_key(&currency)
}

fn unvalued(path: &str, currency: Currency, log: &mut Log) {
    let problem = format!("{currency} cannot be valued in account currency");
    let expected = format!("{currency} in account.par or in [account.convert]");
    let convert = format!("account.convert.{currency}");
    log.fault_between(path, &[&convert, "account.par", "account.currency"], problem, expected);
}
