//! `landfall deploy` as a user calls it: what it writes, what it refuses, and how it ends.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::path::Path;
use std::process::Command;

/// The exit code, standard output and standard error.
fn deploy(arguments: &[&str], out: &Path) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    let output = command.arg("deploy").args(arguments).arg("--out").arg(out).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const PLACES: [&str; 4] = ["--region", "eu-west-1=2", "--hub", "nats.example.com"];

#[test]
fn manifests_are_written_once_and_never_over_somebodys_changes() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["kubernetes", "--image", "registry.example.com/landfall:1"][..], &PLACES].concat();
    let (code, said, _) = deploy(&arguments, folder.path());
    assert_eq!((code, said.lines().count()), (0, 5), "{said}");
    assert_eq!(deploy(&arguments, folder.path()).1, "", "nothing is created twice");
    let file = folder.path().join("eu-west-1/3-agents.yaml");
    std::fs::write(&file, "mine\n").unwrap();
    let (code, _, said) = deploy(&arguments, folder.path());
    assert!(code == 2 && said.contains("3-agents.yaml") && said.contains("--force"), "{code}: {said}");
    let forced = [&arguments[..], &["--force"]].concat();
    assert_eq!(deploy(&forced, folder.path()).0, 0);
    assert_ne!(std::fs::read_to_string(file).unwrap(), "mine\n");
}

#[test]
fn units_and_credentials_are_written_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = folder.path().join("fleet.toml");
    std::fs::write(&fleet, "hub.addresses = [\"h\"]\n[[region]]\nname = \"eu\"\nagents = 1\n").unwrap();
    let fleet = fleet.to_str().unwrap();
    assert_eq!(deploy(&["systemd", "--fleet", fleet], &folder.path().join("machines")).0, 0);
    let (code, said, _) = deploy(&["credentials", "--fleet", fleet], &folder.path().join("secrets"));
    assert_eq!((code, said.lines().count()), (0, 4), "{said}");
    assert!(!said.contains("BEGIN"), "no key is ever printed");
    let (_, said, _) = deploy(&["credentials", "--fleet", fleet], &folder.path().join("secrets"));
    assert!(said.lines().all(|line| line.starts_with("kept") && line.contains("ends on")), "{said}");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["kubernetes", "--region", "eu=1", "--hub", "h"], "--image"),
        (&["kubernetes", "--region", "eu", "--hub", "h"], "eu-west-1=3"),
        (&["kubernetes", "--region", "EU=0", "--image", "i"], "at least one address"),
        (&["systemd", "--region", "eu=1", "--hub", "a", "--hub", "b"], "1, 3 or 5"),
        (&["credentials", "--region", "eu=1", "--hub", "h", "--days", "0"], "0 days"),
    ];
    for (arguments, expected) in cases {
        let (code, _, said) = deploy(arguments, &folder.path().join("out"));
        assert!(code == 2 && said.contains(expected), "{arguments:?}: {code}: {said}");
    }
    assert_eq!(deploy(&["systemd", "--fleet", "/nowhere/fleet.toml"], folder.path()).0, 66);
}
