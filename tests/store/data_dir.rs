//! The data directory: made for its owner, held by one, and clear about what is wrong.

use flightdeck::store::{DataDir, DataDirError, Holder};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_new_directory_is_its_owners_alone_and_keeps_nothing_of_the_proof() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("a/b");
    let dir = DataDir::open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    let files: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["flightdeck.lock"]);
    assert_eq!(fs::read_to_string(dir.paths().lock()).unwrap(), std::process::id().to_string());
    assert_eq!(DataDir::peek(&path).unwrap(), *dir.paths());
}

#[test]
fn a_second_instance_is_told_who_holds_the_directory() {
    let temp = tempfile::tempdir().unwrap();
    let first = DataDir::open(temp.path()).unwrap();
    let error = DataDir::open(temp.path()).unwrap_err();
    let told = error.to_string();
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
    assert!(told.contains(&temp.path().display().to_string()), "{told}");
    assert!(matches!(error, DataDirError::InUse { holder: Holder(Some(_)), .. }));
    drop(first);
    DataDir::open(temp.path()).unwrap();
}

#[test]
fn a_lock_file_left_by_a_crash_stops_nobody() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("flightdeck.lock"), "99999999 and more").unwrap();
    let dir = DataDir::open(temp.path()).unwrap();
    assert_eq!(fs::read_to_string(dir.paths().lock()).unwrap(), std::process::id().to_string());
}

#[test]
fn a_file_in_the_way_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("data");
    fs::write(&path, "mine").unwrap();
    for error in [DataDir::open(&path).unwrap_err(), DataDir::peek(&path).unwrap_err()] {
        assert!(matches!(error, DataDirError::NotADirectory { .. }), "{error}");
    }
    assert!(matches!(DataDir::open(&path.join("deeper")).unwrap_err(), DataDirError::NotADirectory { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn a_reader_does_not_make_the_directory() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("none");
    assert!(matches!(DataDir::peek(&path).unwrap_err(), DataDirError::Missing { .. }));
    assert!(!path.exists());
}

#[test]
fn a_directory_that_takes_no_writes_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("data");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o500)).unwrap();
    // Permission bits do not hold back a superuser; there is nothing to refuse then.
    if fs::write(path.join("probe"), "").is_err() {
        let error = DataDir::open(&path).unwrap_err();
        assert!(matches!(error, DataDirError::Permission { .. }), "{error}");
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_directory_others_may_write_is_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shared");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = DataDir::open(&path).unwrap_err();
    assert!(matches!(error, DataDirError::Exposed { mode: 0o777, .. }), "{error}");
    assert!(error.to_string().contains("chmod go-w"), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    DataDir::open(&path).unwrap();
}
