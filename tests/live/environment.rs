//! The wrong environment: a server of the other world, a key of another server, a certificate nobody vouches for, a name
//! nobody knows. Nothing leaves, and the reason is told with the way out.

use crate::arming::{pilot, types_digits};
use crate::desk::{Desk, KEY, PATIENCE, told};
use crate::judged::{asked, is_whole};
use crate::pilot::{Pilot, Place, Plan};
use rustix::process::{Pid, Signal, kill_process};
use rustls::{ServerConfig, ServerConnection};
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

/// What a link says of itself.
fn detail(status: &Value, name: &str) -> String {
    let links = status["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    let link = links.iter().find(|link| link["name"] == name && link["state"] == "down");
    link.and_then(|link| link["detail"].as_str()).unwrap_or_default().to_owned()
}

const FAR: [&str; 7] = ["order", "place", "buy", "0.001", "BTCUSDT", "--price", "20000"];

/// An order is denied, and no order message reaches the server.
fn nothing_leaves(desk: &Desk) {
    let denied = desk.says(&FAR);
    assert!(!denied.status.success(), "{}", told(&denied));
    assert_eq!((asked(desk, "placeorder"), desk.truth().open.len()), (0, 0), "{}", told(&denied));
}

#[test]
fn the_sandboxs_address_that_is_a_real_brokers_gets_no_order_until_it_is_a_sandbox() {
    let mut desk = Desk::open(&["--seed", "71", "--answers", "live"]);
    desk.launch(&[]);
    desk.until("it says which world it found", |status| detail(status, "broker").contains("live mode"));
    nothing_leaves(&desk);
    desk.operate("mode analyze");
    desk.rest(1);
    is_whole(desk);
}

#[test]
fn a_key_of_another_server_gets_no_order_anywhere_and_is_told_with_the_way_out() {
    let mut desk = Desk::open(&["--seed", "72"]);
    let other = KEY.replace("9f3c", "5ba1");
    desk.env = vec![("OPENALGO_API_KEY".to_owned(), other.clone())];
    desk.launch(&[]);
    let status = desk.until("it is not let in", |status| detail(status, "broker").contains("log in at"));
    assert!(!status.to_string().contains(&other));
    nothing_leaves(&desk);
}

#[test]
fn real_money_armed_at_a_server_that_trades_its_sandbox_sends_nothing_until_it_is_switched() {
    let desk = crate::arming::desk(10, &[]);
    desk.operate("mode analyze");
    let place = Place::new();
    let mut pilot = pilot(&desk, &place);
    types_digits(&mut pilot, "3321");
    pilot.press("Enter");
    pilot.sees("analyze mode: the OpenAlgo server");
    nothing_leaves(&desk);
    assert_eq!(pilot.leaves(), 0);
    nothing_leaves_ever(&desk);
}

/// By the venue's log: no order of ours was even asked for.
fn nothing_leaves_ever(desk: &Desk) {
    let log = desk.log();
    let ours = log.iter().filter(|entry| {
        entry.body["strategy"].as_str().is_some_and(|text| text.starts_with("flightdeck/"))
            || entry.what == "order"
    });
    assert_eq!(ours.count(), 0);
}

#[test]
fn real_money_armed_with_a_key_of_the_sandbox_sends_nothing_and_says_where_to_log_in() {
    let desk = crate::arming::desk(10, &[]);
    let place = Place::new();
    let config = desk.dir.path().join("flightdeck.toml").display().to_string();
    let data = desk.data().display().to_string();
    let args = ["--config", &config, "--data-dir", &data];
    let other = KEY.replace("9f3c", "5ba1");
    let env = [("OPENALGO_API_KEY", other.as_str())];
    let mut pilot = Pilot::starts(&place, &Plan { does: &["run"], size: (120, 40), args: &args, env: &env });
    types_digits(&mut pilot, "3321");
    pilot.press("Enter");
    pilot.sees("login expired: log in at");
    nothing_leaves_ever(&desk);
    assert_eq!(pilot.leaves(), 0);
}

/// What `kill --direct` says of a live server at this address until it says these words; then it is broken off and ends
/// without having called anything over.
fn is_not_spoken_to(url: &str, words: &str) {
    let desk = crate::arming::desk(10, &[]);
    let path = desk.dir.path().join("flightdeck.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, live) = text.split_once("[live]").unwrap();
    fs::write(&path, format!("{before}[live]{}", live.replace(&desk.url, url))).unwrap();
    let said = desk.dir.path().join("kill.err");
    let mut kill = desk.command();
    kill.args(["kill", "--direct", "--flat"]).stdout(Stdio::null());
    let mut child = kill.stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
    let read = || fs::read_to_string(&said).unwrap();
    let began = Instant::now();
    while !read().contains(words) {
        assert!(began.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{}", read());
    assert!(read().contains("NOT proven") && !read().contains(KEY), "{}", read());
}

#[test]
fn a_name_nobody_knows_is_never_called_flat() {
    is_not_spoken_to("https://nobody.invalid", "lookup");
}

/// How a server answers the first words of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handshake {
    /// Whole, with a certificate that it signed itself.
    SelfSigned,
    /// With the words of another protocol.
    Plain,
    /// By hanging up.
    Reset,
}

/// One connection: the first words, and what the client then says under TLS.
fn greets(mut stream: TcpStream, handshake: Handshake, config: &Arc<ServerConfig>) -> Vec<u8> {
    let mut bytes = vec![0; 4_096];
    let read = match handshake {
        Handshake::SelfSigned => {
            let mut server = ServerConnection::new(Arc::clone(config)).unwrap();
            // Nothing, where the client does not like what it sees.
            rustls::Stream::new(&mut server, &mut stream).read(&mut bytes).unwrap_or_default()
        }
        Handshake::Plain => {
            let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            0
        }
        Handshake::Reset => 0,
    };
    bytes.truncate(read);
    bytes
}

/// A server at an https address; and what it was told under TLS, connection by connection.
fn secure(handshake: Handshake) -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (tell, told) = sync_channel(64);
    let certificate = include_bytes!("../fixtures/tls/self_signed.crt.der").to_vec();
    let key = include_bytes!("../fixtures/tls/self_signed.key.der").to_vec();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key).into();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate.into()], key).unwrap());
    std::thread::spawn(move || {
        let heard = listener.incoming().flatten().map(|stream| greets(stream, handshake, &config));
        heard.map(|heard| tell.send(heard)).take_while(Result::is_ok).for_each(drop);
    });
    (url, told)
}

#[test]
fn a_certificate_nobody_vouches_for_and_a_handshake_that_breaks_get_no_key() {
    for handshake in [Handshake::SelfSigned, Handshake::Plain, Handshake::Reset] {
        let (url, told) = secure(handshake);
        let reason =
            if handshake == Handshake::SelfSigned { "certificate: UnknownIssuer" } else { "cannot be read" };
        is_not_spoken_to(&url, reason);
        let heard: Vec<Vec<u8>> = told.try_iter().collect();
        assert!(!heard.is_empty(), "{handshake:?}: it was tried");
        assert!(heard.iter().all(Vec::is_empty), "{handshake:?}: nothing was said under TLS");
    }
}
