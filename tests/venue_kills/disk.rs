//! The journal's disk fails under the real binary (F-400, F-401, F-402): `strace` makes the calls on its log fail or last, and
//! the venue's log says what left all the same.

use crate::desk::{Desk, PATIENCE};
use crate::hand::{ask, far};
use crate::inject::Injection;
use crate::judge::{Verdict, judge, lots};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::time::Instant;

/// Calls a thread makes on the log before the fault: more than the main thread makes at a start, few enough that the
/// first orders come to it. A slow machine may write more before the first order: then more.
const AFTER: [u32; 3] = [24, 96, 384];

/// What a test's operator does with a desk.
struct Operator(Desk);

impl Operator {
    /// A desk under an injection on the journal's log, with one order at rest. The fault is at so many calls.
    fn begins(fault: impl Fn(u32) -> String) -> (Self, String) {
        let begun = AFTER.into_iter().find_map(|after| Self::rests(&fault(after)).ok());
        begun.unwrap_or_else(|| {
            panic!("no order rested before the fault: {:?}", Self::rests(&fault(AFTER[2])).err())
        })
    }

    /// One try; the error is what became of the order.
    fn rests(fault: &str) -> Result<(Self, String), Value> {
        let mut desk = Desk::by_hand(7);
        // The files are made in a first flight: what is injected counts calls of the second.
        desk.start(None).unwrap();
        desk.end();
        let on = Injection::on(&desk.data().join("journal.db-wal"), fault);
        desk.start(Some(&on)).unwrap();
        let mut operator = Self(desk);
        operator.resumed();
        let below = far(&operator.0.data(), "BUY").unwrap();
        let (placed, rests) = operator.places("BUY", Some(&below), false);
        let is_well = !operator.journal_is("dead") && !operator.journal_is("slow");
        if placed["ok"] == true && is_well { Ok((operator, rests)) } else { Err(placed) }
    }

    /// Lowers what stands.
    fn resumed(&mut self) {
        let began = Instant::now();
        while !self.0.asks(&json!({"cmd": "resume", "reason": "looked"})) {
            assert!(began.elapsed() < PATIENCE, "{}", self.0.story());
            // Refused for now, or nothing stands, or nothing may be resumed any more.
            let status = self.0.until("a status", |_any| true).unwrap();
            if status["gate"] == "K0" || links_say(&status, "dead") {
                return;
            }
        }
    }

    fn order(&self, operation: &Value) -> Value {
        ask(&self.0.data(), &json!({"cmd": "order", "ask": operation})).unwrap()
    }

    /// Places an order by hand; the answer and its number.
    fn places(&self, side: &str, price: Option<&str>, reduce_only: bool) -> (Value, String) {
        let order = json!({"side": side, "qty": "0.002", "symbol": "BTCUSDT", "price": price, "reduce_only": reduce_only});
        let reply = self.order(&json!({"op": "place", "order": order}));
        let number = reply["order"]["order"].as_str().unwrap_or_default().to_owned();
        (reply, number)
    }

    /// Buys until the journal's link says this word.
    fn trades_until(&mut self, word: &str) {
        for _ in 0..200 {
            if self.journal_is(word) {
                return;
            }
            self.places("BUY", None, false);
        }
        panic!("the journal never was {word}: {}", self.0.story());
    }

    fn journal_is(&self, word: &str) -> bool {
        let status = self.0.status().unwrap_or_default();
        let links = status["links"].as_array().cloned().unwrap_or_default();
        links.iter().any(|link| link["name"] == "journal" && link["state"] == word)
    }

    /// What `flightdeck status` prints.
    fn page(&self) -> String {
        self.0.prints(&["status"])
    }

    fn held(&self) -> i64 {
        held(&self.0.status().unwrap())
    }

    /// Cancels an order, and waits until it is gone.
    fn cancels(&mut self, number: &str) {
        self.order(&json!({"op": "cancel", "order": number}));
        let there = |status: &Value| {
            let orders = status["orders"].as_array().cloned().unwrap_or_default();
            orders.iter().any(|order| order["id"] == number)
        };
        self.0.until("canceled", |status| !there(status)).unwrap();
    }

    /// Entries of the venue's log of a kind.
    fn at_venue(&self, what: &str) -> usize {
        self.0.log().iter().filter(|entry| entry.what == what).count()
    }

    /// A journal that has failed is dead for the run: nothing new leaves, exits and cancels do, and it is said.
    fn is_reduce_only(&mut self, rests: &str) {
        self.0.until("K1", |status| status["gate"] == "K1").unwrap();
        let page = self.page();
        assert!(page.contains("journal dead") && page.contains("K1"), "{page}");
        let placed = self.at_venue("order");
        let (denied, _) = self.places("BUY", None, false);
        assert_eq!(
            (&denied["ok"], &denied["order"]["outcome"]),
            (&json!(false), &json!("denied")),
            "{denied}"
        );
        assert_eq!(self.at_venue("order"), placed, "nothing new leaves");
        // What was in the air when the journal failed has come down before one counts.
        let alone = |status: &Value| {
            let orders = status["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
            orders.iter().all(|order| order["id"] == rests)
        };
        self.0.until("nothing else is open", alone).unwrap();
        assert!(self.held() > 0, "{}", self.0.story());
        let left = self.held() - 2;
        let (exit, _) = self.places("SELL", None, true);
        assert_eq!(exit["ok"], true, "{exit}");
        self.0.until("an exit fills", |status| held(status) == left).unwrap();
        self.cancels(rests);
        assert_eq!(self.at_venue("cancel"), 1, "a cancel leaves");
        let refused = ask(&self.0.data(), &json!({"cmd": "resume", "reason": "never mind"})).unwrap();
        assert_eq!(
            refused["refusal"]["refusal"], "journal_dead",
            "only a restart gives a journal: {refused}"
        );
        assert!(refused["error"].as_str().unwrap_or_default().contains("restart"), "{refused}");
    }

    /// The next start has books equal to the venue's; what left while the journal was dead is known by then.
    fn starts_again(mut self) -> Verdict {
        self.0.kill();
        self.0.start(None).unwrap();
        let standing = self.0.status().unwrap();
        assert_eq!(standing["gate"], "K1", "a start after a dead journal is halted: {standing}");
        let held = self.held_in_all();
        // Everything it has met is written down at its end.
        self.0.end();
        judge(&self.0, held)
    }

    /// With what nobody here has sent.
    fn held_in_all(&mut self) -> i64 {
        // What was sent when the journal failed is unknown first, and proven absent only after some readings of the book.
        let settled = |status: &Value| {
            let open = status["orders"].as_array().is_some_and(Vec::is_empty);
            open && !status["books"]["account_age_ms"].is_null()
        };
        let status = self.0.until("nothing unknown and the account compared", settled).unwrap();
        held(&status)
    }

    /// The journal says of one order that it was not sent, and why; it is written after what is seen at the door.
    fn tells_one_not_sent(&mut self) {
        let path = self.0.data().join("journal.db");
        self.0
            .until("told", |_status| {
                let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
                let text = "SELECT count(*) FROM facts WHERE payload LIKE '%not sent: journal slow%'";
                db.query_row(text, [], |row| row.get::<_, i64>(0)).unwrap() == 1
            })
            .unwrap();
    }

    fn facts(&self, kind: &str) -> i64 {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = Connection::open_with_flags(self.0.data().join("journal.db"), flags).unwrap();
        let run = "(SELECT max(no) FROM runs)";
        let text = format!("SELECT count(*) FROM facts WHERE kind = ?1 AND run = {run}");
        db.query_row(&text, [kind], |row| row.get(0)).unwrap()
    }
}

/// Whether this machine can; says so where it cannot.
fn can() -> bool {
    let can = Injection::is_possible();
    if !can {
        println!("left out: strace is missing or may not trace");
    }
    can
}

#[test]
fn f_401_a_journal_whose_sync_fails_once_is_dead_for_the_run_and_exits_and_cancels_still_leave() {
    if !can() {
        return;
    }
    let (mut operator, rests) = Operator::begins(|after| format!("fsync,fdatasync:error=EIO:when={after}"));
    operator.trades_until("dead");
    operator.is_reduce_only(&rests);
    let verdict = operator.starts_again();
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    assert_eq!(verdict.found, 1, "the exit that left while the journal was dead");
}

#[test]
fn f_400_a_full_disk_is_k1_at_once_and_the_kept_room_puts_the_kill_on_record() {
    if !can() {
        return;
    }
    let (mut operator, rests) = Operator::begins(|after| format!("pwrite64:error=ENOSPC:when={}", 6 * after));
    assert!(operator.0.data().join("journal.reserve").exists());
    operator.trades_until("dead");
    operator.is_reduce_only(&rests);
    assert!(!operator.0.data().join("journal.reserve").exists(), "the kept room was given back");
    assert_eq!(operator.facts("kill_raised"), 1, "the kill is on record");
    let verdict = operator.starts_again();
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
}

#[test]
fn f_400_a_disk_that_stays_full_is_no_worse() {
    if !can() {
        return;
    }
    let (mut operator, rests) =
        Operator::begins(|after| format!("pwrite64:error=ENOSPC:when={}+", 6 * after));
    operator.trades_until("dead");
    operator.is_reduce_only(&rests);
    let verdict = operator.starts_again();
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
    assert_eq!(verdict.found, 1, "the exit that left while the journal was dead");
}

#[test]
fn f_402_while_a_sync_takes_seconds_nothing_new_leaves_and_cancels_do() {
    if !can() {
        return;
    }
    let (mut operator, rests) =
        Operator::begins(|after| format!("fsync,fdatasync:delay_exit=20000000:when={after}"));
    let data = operator.0.data();
    // Orders are placed until one waits for the disk; it is answered when its patience is over.
    let buys = std::thread::spawn(move || {
        let order = json!({"side": "BUY", "qty": "0.002", "symbol": "BTCUSDT"});
        let place = json!({"cmd": "order", "ask": {"op": "place", "order": order}});
        let is_slow =
            || ask(&data, &json!({"cmd": "status"})).is_some_and(|all| links_say(&all["status"], "slow"));
        let answers = std::iter::repeat_with(|| ask(&data, &place).unwrap());
        answers.take(200).find(|answer| answer["order"]["outcome"] != "filled" && is_slow()).unwrap()
    });
    operator.0.until("slow", |status| links_say(status, "slow")).unwrap();
    assert!(operator.page().contains("journal slow"), "{}", operator.page());
    let placed = operator.at_venue("order");
    operator.cancels(&rests);
    assert!(operator.journal_is("slow"), "it was canceled while the disk hung");
    buys.join().unwrap();
    operator.0.until("well again", |status| links_say(status, "ok")).unwrap();
    assert_eq!(operator.at_venue("order"), placed, "what waited too long has not left");
    operator.tells_one_not_sent();
    let more = operator.held() + 2;
    operator.places("BUY", None, false);
    operator.0.until("the disk is well", |status| held(status) == more).unwrap();
    let verdict = operator.starts_again();
    assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
}

/// What the account holds, by the strategies' rows, in lots.
fn held(status: &Value) -> i64 {
    let rows = status["strategies"].as_array().cloned().unwrap_or_default();
    let held = rows.iter().flat_map(|row| row["positions"].as_array().cloned().unwrap_or_default());
    held.map(|one| lots(one["net"].as_str().unwrap())).sum()
}

fn links_say(status: &Value, word: &str) -> bool {
    let links = status["links"].as_array().cloned().unwrap_or_default();
    links.iter().any(|link| link["name"] == "journal" && link["state"] == word)
}
