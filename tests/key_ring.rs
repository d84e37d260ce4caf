//! The API key in the keyring of the session: how the configuration names it, in builds with it and without, and that a keyring
//! which is away or says nothing holds nobody up.

use flightdeck::config::{KeyAt, Loaded, SettingsFile, Sources, load, show};

fn read(text: &str) -> Result<Loaded, Vec<String>> {
    let kinds = flightdeck::strategies::declared();
    let file = Some(SettingsFile { name: "my.toml", bytes: text.as_bytes() });
    load(&Sources { file, kinds: &kinds, ..Sources::default() })
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

const BOTH: &str = "[broker]\nkey_ring = \"desk\"\n[live]\nkey_ring = \"openalgo-live\"\n";

#[test]
fn a_name_in_the_keyring_is_where_the_key_is_or_is_refused_by_a_build_that_cannot_look_there() {
    let read_all = read(BOTH);
    if cfg!(not(feature = "keyring")) {
        let faults = read_all.unwrap_err();
        assert_eq!(faults.len(), 2, "{faults:#?}");
        for (fault, place) in
            faults.iter().zip(["my.toml:2:12: broker.key_ring", "my.toml:4:12: live.key_ring"])
        {
            assert!(fault.starts_with(place), "{fault}");
            assert!(fault.contains("was built without the keyring"), "{fault}");
            assert!(fault.contains("--features keyring`, or key_file instead"), "{fault}");
        }
        return;
    }
    let Loaded { settings, origins } = read_all.unwrap();
    assert_eq!(settings.broker.key_at(), KeyAt::Ring("desk".to_owned()));
    assert_eq!(settings.live.key_at(), Some(KeyAt::Ring("openalgo-live".to_owned())));
    assert_eq!(read(&show(&settings, &origins)).unwrap().settings, settings);
}

#[test]
fn a_key_has_one_place() {
    for (text, told) in [
        ("[broker]\nkey_ring = \"desk\"\nkey_env = \"DESK_KEY\"\n", "broker.key_ring: stands beside key_env"),
        ("[broker]\nkey_file = \"/etc/k\"\nkey_ring = \"desk\"\n", "broker.key_ring: stands beside key_file"),
        ("[live]\nkey_ring = \"desk\"\nkey_env = \"LIVE_KEY\"\n", "live.key_ring: stands beside key_env"),
        ("[live]\nkey_file = \"/etc/k\"\nkey_ring = \"desk\"\n", "live.key_ring: stands beside key_file"),
        (
            "[[broker.also]]\nname = \"b\"\nkey_ring = \"desk\"\nkey_file = \"/etc/k\"\n",
            "broker.also.b.key_ring: stands beside key_file",
        ),
        (
            "[broker]\nkey_ring = \"desk\"\n[[broker.also]]\nname = \"b\"\nkey_ring = \"desk\"\n",
            "broker.also.b.key_ring: is another account's",
        ),
    ] {
        // Where there is no keyring, that is the first thing to be told of a name that is right in itself.
        let told =
            if told.contains("another") && cfg!(not(feature = "keyring")) { "built without" } else { told };
        let faults = read(text).unwrap_err();
        assert!(faults.iter().any(|fault| fault.contains(told)), "{told} not in {faults:#?}");
    }
}

#[test]
fn what_is_no_name_in_the_keyring_is_refused_and_not_repeated() {
    for wrong in [
        "9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee9f3c55aa17c0ffee",
        "af3c55aa17c0ffee",
        "deadbeef",
        "Zx81kQ0w",
        "secret key",
        "k3jx8w0q2m5n7v1z9c4bt6y0p",
        "../desk",
        "",
    ] {
        let faults = read(&format!("[live]\nkey_ring = \"{wrong}\"\n")).unwrap_err().join("\n");
        assert!(faults.contains("my.toml:2:12: live.key_ring: is none"), "{faults}");
        assert!(wrong.is_empty() || !faults.contains(wrong), "{faults}");
    }
}

/// What `kill --direct` does where the keyring cannot be had: it says so and ends, instead of waiting for somebody to unlock it.
#[cfg(feature = "keyring")]
#[expect(clippy::unwrap_used, reason = "a broken fixture fails its test")]
mod processes {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::process::{Command, Output};

    fn kills(dir: &Path, bus: &Path) -> Output {
        let config = dir.join("flightdeck.toml");
        let broker = "[broker]\nkind = \"openalgo\"\nurl = \"http://127.0.0.1:9\"\nkey_ring = \"desk\"\n";
        fs::write(&config, broker).unwrap();
        fs::create_dir_all(dir.join("data")).unwrap();
        Command::new(env!("CARGO_BIN_EXE_flightdeck"))
            .env_clear()
            .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()))
            .args(["kill", "--direct", "--config"])
            .arg(&config)
            .arg("--data-dir")
            .arg(dir.join("data"))
            .output()
            .unwrap()
    }

    #[test]
    fn a_kill_without_a_keyring_says_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        let told = kills(dir.path(), &dir.path().join("nobody"));
        let words = String::from_utf8_lossy(&told.stderr);
        assert_eq!(told.status.code(), Some(2), "{words}");
        assert!(words.contains("kill --direct: desk: no keyring is in reach: start one"), "{words}");
        assert!(words.contains("no engine adds risk until a human resumes"), "{words}");
    }

    #[test]
    fn a_kill_does_not_wait_for_a_keyring_that_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let bus = dir.path().join("bus");
        // Whoever connects is let in and never answered.
        let _open = UnixListener::bind(&bus).unwrap();
        let told = kills(dir.path(), &bus);
        let words = String::from_utf8_lossy(&told.stderr);
        assert_eq!(told.status.code(), Some(2), "{words}");
        assert!(words.contains("kill --direct: desk: the keyring did not answer within 3 s"), "{words}");
    }
}
