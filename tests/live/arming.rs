//! Going live at a venue that answers as a broker does, in a real terminal.

use crate::desk::{Desk, KEY, PATIENCE, told};
use crate::pilot::{Pilot, Place, Plan, contains};
use std::fs;
use std::time::{Duration, Instant};

/// A desk whose analyze is the sandbox in the process and whose live is the venue's process, opened with these flags besides.
pub(crate) fn desk(minutes: u32, flags: &[&str]) -> Desk {
    let desk = Desk::open(&[&["--seed", "9", "--answers", "live"], flags].concat());
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap().replace("kind = \"openalgo\"", "kind = \"paper\"");
    // The account holds another sum than the configuration says: the first word of the broker counts. It tells its money in
    // hundredths and no fees.
    let text = text.replace("USDT = \"100000\"", "USDT = \"4711\"");
    let stream = desk.stream.as_ref().map(|url| format!("ws_url = \"{url}\"\n")).unwrap_or_default();
    let live = format!(
        "\n[live]\n{stream}kind = \"openalgo\"\nurl = \"{}\"\nkey_env = \"OPENALGO_API_KEY\"\naccount = \"AB123321\"\n\
         arm_minutes = {minutes}\ndrill_days = 0\n",
        desk.url
    );
    fs::write(&path, text + &live).unwrap();
    desk
}

pub(crate) fn pilot(desk: &Desk, place: &Place) -> Pilot {
    let config = desk.dir.path().join("flightdeck.toml").display().to_string();
    let data = desk.data().display().to_string();
    let args = ["--config", &config, "--data-dir", &data];
    let env = [("OPENALGO_API_KEY", KEY)];
    Pilot::starts(place, &Plan { does: &["run"], size: (120, 40), args: &args, env: &env })
}

/// What the process wrote down of itself.
fn logs(desk: &Desk) -> String {
    let Ok(entries) = fs::read_dir(desk.data().join("logs")) else { return String::new() };
    entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap_or_default()).collect()
}

/// An order far from the market.
const ORDER: [&str; 7] = ["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"];

/// Orders; a run that has just begun compares its books and hears a market first. One whose answer did not come in time is
/// not placed again where it is there.
pub(crate) fn orders(desk: &Desk, pilot: &mut Pilot) {
    let (began, before) = (Instant::now(), desk.truth().open.len());
    loop {
        let out = desk.says(&ORDER);
        if out.status.success() || desk.truth().open.len() > before {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
        pilot.lets_pass(200);
    }
}

/// The first step, and the digits of the second; Enter goes live.
pub(crate) fn types_digits(pilot: &mut Pilot, digits: &str) {
    pilot.sees("ANALYZE");
    pilot.press("M").sees("step 1 of 2");
    pilot.until("every check but none failed", |screen| {
        screen.contains("[x] feed") && screen.contains("[x] books") && screen.contains("[x] disk barrier")
    });
    pilot.press("Enter").sees("step 2 of 2");
    pilot.types(digits).sees(digits);
}

/// Both steps, in order.
pub(crate) fn goes_live(pilot: &mut Pilot) {
    types_digits(pilot, "3321");
    pilot.press("Enter");
    pilot.sees("## LIVE ##");
    pilot.sees("ARMED ");
}

#[test]
fn armed_with_the_digits_an_order_reaches_the_broker_until_the_time_is_over_and_one_key_leads_back() {
    let desk = desk(1, &[]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    orders(&desk, &mut pilot);
    desk.until_venue("a real order rests", |venue| !venue.open.is_empty());
    assert!(
        told(&desk.says(&["status"])).starts_with("live, armed for "),
        "{}",
        told(&desk.says(&["status"]))
    );
    let until = Instant::now() + Duration::from_mins(1) + PATIENCE;
    while !pilot.screen().contains("REDUCE-ONLY") {
        assert!(
            Instant::now() < until && pilot.is_alive(),
            "the time never ended: {}\n{}",
            pilot.screen(),
            logs(&desk)
        );
        pilot.look();
    }
    let status = told(&desk.says(&["status"]));
    assert!(status.starts_with("live, REDUCE-ONLY until re-armed (M)"), "{status}");
    desk.until_venue("the entry is canceled", |venue| venue.open.is_empty());
    let denied = desk.says(&ORDER);
    assert!(!denied.status.success() && told(&denied).contains("reduce only"), "{}", told(&denied));
    pilot.sees("working 0");
    pilot.press("M").sees("back to ANALYZE");
    pilot.press("Enter").sees("no digits typed, nothing done");
    pilot.press("A");
    pilot.sees(".. ANALYZE ..");
    let before = desk.truth().open.len();
    orders(&desk, &mut pilot);
    assert_eq!(desk.truth().open.len(), before, "an order of analyze reaches no broker");
    assert_eq!(pilot.leaves(), 0);
    assert!(!contains(&pilot.seen, KEY.as_bytes()), "no frame ever held the key");
    assert!(!contains(&pilot.seen, b"AB123321"), "nor the account's whole name");
}

#[test]
fn a_key_file_others_can_read_keeps_live_away_and_names_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = desk(1, &[]);
    let key = desk.dir.path().join("live.key");
    fs::write(&key, KEY).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let path = desk.dir.path().join("flightdeck.toml");
    let file = format!("key_file = \"{}\"", key.display());
    let text = fs::read_to_string(&path).unwrap().replace("key_env = \"OPENALGO_API_KEY\"", &file);
    let text = text.replace("drill_days = 0", "drill_days = 30");
    fs::write(&path, text).unwrap();
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    pilot.sees("ANALYZE");
    pilot.press("M").sees("LIVE is unavailable");
    pilot.sees("chmod 600");
    pilot.escapes("LIVE is unavailable");
    // The command it names, and a drill, done while it runs: seen when the form is opened again.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    loop {
        let screen = pilot.press("M").until("a form", |screen| {
            screen.contains("LIVE is unavailable") || screen.contains("step 1 of 2")
        });
        if screen.contains("step 1 of 2") {
            break;
        }
        pilot.escapes("LIVE is unavailable");
        pilot.lets_pass(200);
    }
    pilot.sees("[x] API key");
    pilot.sees("[ ] kill drill never here");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    fs::write(desk.data().join("drill.passed"), now.to_string()).unwrap();
    pilot.sees("[x] kill drill 0 days ago");
    pilot.escapes("step 1 of 2");
    assert_eq!(pilot.leaves(), 0);
    assert!(!contains(&pilot.seen, KEY.as_bytes()));
}

#[test]
fn a_kill_that_stands_in_the_live_book_is_named_before_anybody_goes_back_into_it() {
    let desk = desk(15, &[]);
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    goes_live(&mut pilot);
    let killed = desk.says(&["kill", "--level", "3"]);
    assert!(killed.status.success(), "{}", told(&killed));
    let left = desk.says(&["mode", "analyze"]);
    assert!(left.status.success(), "{}", told(&left));
    pilot.sees("ANALYZE");
    // The file of standing kills holds for whoever starts next; a human lowers it here, and with it only what is here.
    let began = Instant::now();
    loop {
        let out = desk.says(&["resume", "--reason", "back at the desk"]);
        if out.status.success() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{} {}", told(&out), pilot.screen());
        pilot.lets_pass(200);
    }
    pilot.press("M").sees("step 1 of 2");
    pilot.sees("[!] live book K3 there: begins in it");
    pilot.sees("[x] no kill stands");
    pilot.escapes("step 1 of 2");
    types_digits(&mut pilot, "3321");
    pilot.press("Enter");
    pilot.sees("!! KILLED !! LIVE");
    pilot.sees("K3 all orders canceled");
    assert_eq!(pilot.leaves(), 0);
}
