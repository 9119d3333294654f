//! The certificates of a lab whose users come in with TLS: an authority of its own, and for each door one that is good for a day, one
//! that was until an hour ago, and one of another name, all of one key.
//!
//! Nothing here is a secret worth keeping: the authority's key is forgotten when they are made, and whoever trusts it does so for
//! this lab only.

use crate::{LabError, boot::ENTRY_NAME};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde::Serialize;
use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Where they are, in the lab's folder.
const FOLDER: &str = "tls";
/// Another name than the entry's.
const OTHER_NAME: &str = "other.test";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What Chirp's configuration says of a door, relative to the lab's folder.
#[derive(Debug, Serialize)]
pub(crate) struct Files {
    certificate: String,
    key: String,
    expired: String,
    other_name: String,
}

impl Files {
    /// Those of that door: a region's or an edge's name.
    pub(crate) fn of(door: &str) -> Self {
        let file = |name: &str| format!("{FOLDER}/{door}/{name}.pem");
        Self {
            certificate: file("certificate"),
            key: file("key"),
            expired: file("expired"),
            other_name: file("other-name"),
        }
    }
}

/// Where the authority's certificate is, relative to the lab's folder.
pub(crate) fn authority() -> String {
    format!("{FOLDER}/ca.pem")
}

/// Makes them for these doors, in the lab's folder. Answers where the authority's is.
pub(crate) fn write(folder: &Path, doors: &[String]) -> Result<PathBuf, LabError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let authority_key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "authority of a lab of Landfall");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    good_between(&mut params, now.saturating_sub(2 * DAY), now + DAY);
    let trusted = folder.join(authority());
    write_file(&trusted, &params.self_signed(&authority_key)?.pem())?;
    let issuer = Issuer::new(params, authority_key);
    for door in doors {
        let key = KeyPair::generate()?;
        let sign = |file: &str, name: &str, from: Duration, until: Duration| {
            let mut params = CertificateParams::new(vec![name.to_owned()])?;
            params.distinguished_name.push(DnType::CommonName, name);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            good_between(&mut params, from, until);
            write_file(&folder.join(file), &params.signed_by(&key, &issuer)?.pem())
        };
        let files = Files::of(door);
        sign(&files.certificate, ENTRY_NAME, now.saturating_sub(HOUR), now + DAY)?;
        sign(&files.expired, ENTRY_NAME, now.saturating_sub(DAY), now.saturating_sub(HOUR))?;
        sign(&files.other_name, OTHER_NAME, now.saturating_sub(HOUR), now + DAY)?;
        write_file(&folder.join(files.key), &key.serialize_pem())?;
    }
    Ok(trusted)
}

/// Both since 1970.
fn good_between(params: &mut CertificateParams, from: Duration, until: Duration) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    (params.not_before, params.not_after) = (epoch + from, epoch + until);
}

/// A file that only its owner can read.
fn write_file(path: &Path, text: &str) -> Result<(), LabError> {
    let failed = |source| LabError::File { path: path.to_owned(), source };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn each_door_has_a_key_and_three_certificates_that_differ_and_nobody_else_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let trusted = write(folder.path(), &["us-east-1".to_owned(), "eu-west-1".to_owned()]).unwrap();
        assert!(fault::Tls::trusting(&trusted, ENTRY_NAME).is_ok());
        let mut seen = Vec::new();
        for door in ["us-east-1", "eu-west-1"] {
            let Files { certificate, key, expired, other_name } = Files::of(door);
            for file in [certificate, key, expired, other_name].map(|file| folder.path().join(file)) {
                assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
                seen.push(fs::read_to_string(file).unwrap());
            }
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
