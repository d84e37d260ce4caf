//! Keys: nothing anybody can read ever holds one.

use crate::desk::{Desk, KEY, PATIENCE, told};
use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// Every file below a directory that holds the key, but for the key's own.
fn leaks(dir: &Path, own: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path, own));
        } else if path.is_file() && entry.file_name() != own {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn clean(what: &str, text: &str) {
    assert!(!text.contains(KEY), "{what} tells the key: {text}");
}

/// Trades a little, asks everything there is to ask, breaks it, and looks for the key in all of it.
fn canary(desk: &mut Desk, own: &str) {
    // What is to be asked before it breaks takes longer on a slow machine.
    let whole = [25, 250].into_iter().any(|seconds| asks_everything(desk, seconds));
    assert!(whole, "it broke before everything was asked: {}", desk.story());
    assert!(
        fs::read_dir(desk.data()).unwrap().any(|entry| entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("crash-"))
    );
    clean("kill --direct", &told(&desk.says(&["kill", "--direct", "--flat"])));
    assert_eq!(leaks(desk.dir.path(), own), Vec::<String>::new());
}

/// A flight whose core panics after so many seconds; whether it was still there when everything had been asked.
fn asks_everything(desk: &mut Desk, seconds: u64) -> bool {
    let fault = format!("panic-core@{seconds}");
    desk.start(&["--set", "run.log=trace", "--rehearse", &fault]);
    let began = Instant::now();
    let trades = |desk: &Desk| desk.truth().open.len() >= 2 && desk.truth().fills >= 1;
    while !trades(desk) && desk.is_alive() {
        assert!(began.elapsed() < 2 * PATIENCE, "nobody trades: {}", desk.story());
        // Also where an earlier flight has left a kill behind.
        desk.says(&["resume", "--reason", "looked at it"]);
        desk.says(&["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"]);
        desk.says(&["arm", "fast"]);
    }
    for words in [
        &["status", "--json"][..],
        &["config", "show"],
        &["order", "place", "buy", "0.001", "BTCUSDT", "--price", "21000"],
        &["runs", "--json"],
        &["journal"],
        &["alerts"],
        &["reconcile"],
    ] {
        clean(&words.join(" "), &told(&desk.says(words)));
    }
    let argv = fs::read(format!("/proc/{}/cmdline", desk.engine.as_ref().unwrap().id())).unwrap_or_default();
    clean("argv", &String::from_utf8_lossy(&argv));
    let whole = desk.is_alive() && trades(desk) && !argv.is_empty();
    while desk.is_alive() {
        assert!(began.elapsed() < 2 * PATIENCE, "the core was to panic: {}", desk.story());
        std::thread::sleep(Duration::from_millis(50));
    }
    whole
}

#[test]
fn a_key_of_the_environment_is_in_no_output_log_record_or_crash_file() {
    let mut desk = Desk::open(&[]);
    canary(&mut desk, "");
}

#[test]
fn a_key_of_a_file_is_in_no_output_log_record_or_crash_file() {
    let mut desk = Desk::open(&[]);
    desk.env.clear();
    let path = desk.dir.path().join("desk.key");
    fs::write(&path, format!("{KEY}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let config = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&config).unwrap();
    let with_file = format!("kind = \"openalgo\"\nkey_file = \"{}\"", path.display());
    fs::write(&config, text.replacen("kind = \"openalgo\"", &with_file, 1)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let refused = desk.says(&["run", "--headless"]);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains(&format!("chmod 600 {}", path.display())), "{}", told(&refused));
    clean("a refusal", &told(&refused));
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    canary(&mut desk, "desk.key");
}

#[test]
fn a_check_of_the_configuration_warns_of_a_key_that_cannot_be_had_with_the_command_that_mends_it() {
    let desk = crate::arming::desk(10, &[]);
    let path = desk.dir.path().join("live key");
    let config = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&config).unwrap();
    let with_file = format!("key_file = '{}'\naccount = \"AB123321\"", path.display());
    fs::write(&config, text.replacen("account = \"AB123321\"", &with_file, 1)).unwrap();
    let quoted = format!("'{}'", path.display());
    let warned = |expected: &str| {
        let out = desk.says(&["config", "check"]);
        let words = told(&out);
        clean("a check", &words);
        assert_eq!(out.status.code(), Some(0), "the configuration itself is right: {words}");
        assert!(words.contains("no fault") && words.contains(expected), "{words}");
        assert!(words.contains("warning: ") && words.contains(": live.key_file: "), "{words}");
        let rows = desk.says(&["config", "check", "--json"]);
        let rows: serde_json::Value = serde_json::from_slice(&rows.stdout).unwrap();
        assert_eq!((&rows[0]["severity"], &rows[0]["path"]), (&"warning".into(), &"live.key_file".into()));
        assert!(rows[0]["line"].is_u64() && rows.as_array().is_some_and(|rows| rows.len() == 1), "{rows:#}");
    };
    warned(&format!("(umask 077 && cat > {quoted})"));
    fs::write(&path, format!("{KEY}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    warned(&format!("mode 0644 lets others at the API key: chmod 600 {quoted}"));
    fs::write(&path, &KEY[..5]).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    warned("the API key is too short, it has 5 characters: one line of 8 to 256");
    fs::write(&path, format!("{KEY}\n")).unwrap();
    let words = told(&desk.says(&["config", "check"]));
    assert!(words.contains("no fault") && !words.contains("warning"), "{words}");
}

/// Answers every request with the key, in each place an answer has.
fn repeats(mut stream: TcpStream) {
    let body = format!("{{\"status\":\"error\",\"message\":{{\"{KEY}\":[\"wrong apikey {KEY}\"]}}}}");
    let head = format!("HTTP/1.1 403 {KEY}\r\nLocation: /?apikey={KEY}\r\nX-Key: {KEY}");
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes).is_ok_and(|read| read > 0) && stream.write_all(answer.as_bytes()).is_ok() {}
}

#[test]
fn a_server_that_repeats_the_key_in_an_error_or_a_header_does_not_make_us_repeat_it() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let Ok(stream) = stream else { return };
            std::thread::spawn(move || repeats(stream));
        }
    });
    let mut desk = Desk::open(&[]);
    let config = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&config).unwrap().replace(&desk.url, &url);
    fs::write(&config, text).unwrap();
    let out = fs::File::create(desk.dir.path().join("engine.out")).unwrap();
    let mut run = desk.command();
    run.args(["run", "--headless", "--set", "run.log=trace"]).stdout(out.try_clone().unwrap()).stderr(out);
    desk.engine = Some(run.spawn().unwrap());
    let status = desk.until("the broker is away", |status| status.to_string().contains("403"));
    clean("status", &status.to_string());
    assert!(status.to_string().contains("***"), "what it said is shown, masked: {status}");
    desk.signal(rustix::process::Signal::TERM);
    desk.engine.take().unwrap().wait().unwrap();
    assert_eq!(leaks(desk.dir.path(), ""), Vec::<String>::new());
}
