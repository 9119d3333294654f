//! Certificates: made once, kept, made anew when told to, and never readable by others.

use deploy::credentials::{CredentialsError, Issued, Terms, issue};
use deploy::fleet::Fleet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::fleet;

/// From today on, for ninety days. Certificates are checked by programs that read the real clock.
pub(crate) fn terms() -> Terms {
    Terms { today: jiff::Zoned::now().date(), days: 90, renew: false }
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn what_is_there_is_kept_and_a_new_agent_gets_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let first = issue(&fleet(), folder.path(), terms()).unwrap();
    let all = [
        "controller",
        "hub",
        "eu-west-1/leaf",
        "eu-west-1/eu-west-1-0",
        "eu-west-1/eu-west-1-1",
        "ap-northeast-1/leaf",
        "ap-northeast-1/ap-northeast-1-0",
    ];
    assert_eq!(first, Issued { made: all.map(str::to_owned).to_vec(), kept: Vec::new() });
    let key = read(folder.path(), "hub/tls.key");
    let larger = "hub.addresses = [\"nats.example.com\"]\n[[region]]\nname = \"eu-west-1\"\nagents = 3\n";
    let second = issue(&Fleet::read(larger).unwrap(), folder.path(), terms()).unwrap();
    assert_eq!(second.made, ["eu-west-1/eu-west-1-2"]);
    assert_eq!(second.kept.len(), 5);
    assert_eq!(read(folder.path(), "hub/tls.key"), key);
    assert_eq!(read(folder.path(), "hub/ca.crt"), read(folder.path(), "eu-west-1/eu-west-1-2/ca.crt"));
    let renewed = issue(&fleet(), folder.path(), Terms { renew: true, ..terms() }).unwrap();
    assert_eq!(renewed.made.len(), 7);
    assert_ne!(read(folder.path(), "hub/tls.key"), key);
    assert_eq!(read(folder.path(), "authority/ca.crt"), read(folder.path(), "hub/ca.crt"), "the authority stays");
}

#[test]
fn a_certificate_that_is_not_whole_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    issue(&fleet(), folder.path(), terms()).unwrap();
    fs::remove_file(folder.path().join("hub/ends")).unwrap();
    assert_eq!(issue(&fleet(), folder.path(), terms()).unwrap().made, ["hub"]);
}

#[test]
fn nobody_else_can_read_them_and_no_version_control_takes_them() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("secrets");
    issue(&fleet(), &inner, terms()).unwrap();
    let mut folders = vec![inner.clone()];
    let mut files = 0;
    while let Some(next) = folders.pop() {
        assert_eq!(fs::metadata(&next).unwrap().permissions().mode() & 0o077, 0, "{}", next.display());
        for entry in fs::read_dir(next).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files += 1;
                assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", entry.path().display());
            }
        }
    }
    assert_eq!(files, 1 + 3 + 7 * 4 + 3);
    assert_eq!(read(&inner, ".gitignore"), "*\n");
}

#[test]
fn another_fleets_authority_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    issue(&fleet(), folder.path(), terms()).unwrap();
    let other = "name = \"other\"\nhub.addresses = [\"h\"]\n[[region]]\nname = \"eu\"\nagents = 1\n";
    let error = issue(&Fleet::read(other).unwrap(), folder.path(), terms()).unwrap_err();
    assert!(matches!(error, CredentialsError::OtherFleet { .. }), "{error}");
    fs::remove_file(folder.path().join("authority/ca.key")).unwrap();
    assert!(issue(&fleet(), folder.path(), terms()).is_err(), "half an authority signs nothing");
    let error = issue(&fleet(), folder.path(), Terms { days: 0, ..terms() }).unwrap_err();
    assert_eq!(error.to_string(), "0 days: 1 to 3650 are possible");
}
