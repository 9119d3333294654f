//! Certificates: one authority per fleet, and one key for each server, agent and controller.
//!
//! ```text
//!   authority/ca.crt, ca.key                      keep the key away from all servers
//!   IDENTITY/tls.crt, tls.key, ca.crt, ends       hub, controller, REGION/leaf, REGION/AGENT
//!   kubernetes/hub.yaml, kubernetes/REGION.yaml   the same as Secrets, with the names that the manifests refer to
//! ```
//!
//! **Why our own authority**, and not cert-manager, step-ca or a list of passwords: it needs no other software and no
//! network, and a certificate does three things at once: it encrypts, it says who is there, and it ends by itself. Whoever
//! has an authority of their own uses that one; only the DNS names matter.
//!
//! **Made once.** What is there is kept, so the command can be run again after an agent was added. With `renew`, every
//! certificate is made anew, with a new key, by the same authority; servers take both, so nothing has to happen at once.
//! Files are readable by their owner only, and the folder has a `.gitignore` that keeps all of it out of version control.
//!
//! This is the one module with chance in it: keys come from the system's source, for a key that can be computed is none.

use crate::fleet::Fleet;
use crate::{kubernetes, rights, yaml};
use jiff::{ToSpan as _, civil::Date};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// How long the authority is good for: ten years, as a fleet's name doesn't change before.
const AUTHORITY_DAYS: i32 = 3650;

/// How certificates are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Today.
    pub today: Date,
    /// How many days a certificate is good for, from today.
    pub days: i32,
    /// Whether those that are there are made anew.
    pub renew: bool,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Issued {
    /// Identities that got a certificate.
    pub made: Vec<String>,
    /// Identities that had one, with the day when it ends.
    pub kept: Vec<(String, String)>,
}

/// Why there are no certificates.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file can't be read or written.
    #[error("{path} can't be read or written", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A certificate can't be made.
    #[error("the certificate of {identity} can't be made")]
    Certificate {
        /// Whose.
        identity: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// The folder is another fleet's.
    #[error("{path} belongs to the authority of another fleet, or is not whole", path = path.display())]
    OtherFleet {
        /// The file that says so.
        path: PathBuf,
    },
    /// No certificate is good for that long.
    #[error("{0} days: 1 to 3650 are possible")]
    Days(i32),
}

/// Somebody who needs a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    /// Where its files go.
    folder: String,
    /// Its user, and the names and addresses under which it is reached.
    names: Vec<String>,
    /// The cluster and the name of its Secret.
    secret: Option<(String, String)>,
}

/// Makes what is missing in `folder`.
///
/// # Errors
/// When a file can't be read or written, or belongs to another fleet.
pub fn issue(fleet: &Fleet, folder: &Path, terms: Terms) -> Result<Issued, CredentialsError> {
    if !(1..=AUTHORITY_DAYS).contains(&terms.days) {
        return Err(CredentialsError::Days(terms.days));
    }
    write(&folder.join(".gitignore"), "*\n")?;
    let authority = Authority::open(fleet, &folder.join("authority"), terms.today)?;
    let mut issued = Issued::default();
    let mut secrets: Vec<(String, Value)> = Vec::new();
    for identity in identities(fleet) {
        let place = folder.join(&identity.folder);
        let ends = place.join("ends");
        if terms.renew || !place.join("tls.crt").is_file() || !ends.is_file() {
            let (certificate, key) = authority.sign(&identity, terms)?;
            // Its end is written last: without it the others are not whole, and are made again.
            remove(&ends)?;
            write(&place.join("ca.crt"), &authority.certificate)?;
            write(&place.join("tls.key"), &key)?;
            write(&place.join("tls.crt"), &certificate)?;
            write(&ends, &format!("{}\n", end(terms)))?;
            issued.made.push(identity.folder.clone());
        } else {
            issued.kept.push((identity.folder.clone(), read(&ends)?.trim().to_owned()));
        }
        if let Some((cluster, name)) = &identity.secret {
            secrets.push((cluster.clone(), secret(fleet, name, &place)?));
        }
    }
    let mut clusters: Vec<&str> = secrets.iter().map(|(cluster, _)| cluster.as_str()).collect();
    clusters.dedup();
    for cluster in clusters {
        let own = secrets.iter().filter(|(other, _)| other == cluster).map(|(_, secret)| secret.clone());
        write(&folder.join(format!("kubernetes/{cluster}.yaml")), &yaml::documents(&own.collect::<Vec<_>>()))?;
    }
    Ok(issued)
}

/// The day after which a certificate is refused.
fn end(terms: Terms) -> Date {
    terms.today.saturating_add(terms.days.days())
}

fn identities(fleet: &Fleet) -> Vec<Identity> {
    let addresses = fleet.hub().addresses.iter().cloned();
    let mut identities = vec![
        Identity { folder: "controller".to_owned(), names: vec![rights::controller_user(fleet.name())], secret: None },
        Identity {
            folder: "hub".to_owned(),
            names: addresses.chain(kubernetes::hub_names(fleet)).collect(),
            secret: Some(("hub".to_owned(), "nats-hub".to_owned())),
        },
    ];
    for region in fleet.regions() {
        let mut names = vec![rights::leaf_user(fleet.name(), &region.name), region.leaf.clone()];
        names.extend(kubernetes::leaf_names(fleet));
        identities.push(Identity {
            folder: format!("{}/leaf", region.name),
            names,
            secret: Some((region.name.clone(), "nats-leaf".to_owned())),
        });
        identities.extend(region.agents().map(|agent| Identity {
            folder: format!("{}/{}", region.name, agent.name),
            names: vec![rights::agent_user(fleet.name(), &agent)],
            secret: Some((region.name.clone(), format!("agent-{}", agent.name))),
        }));
    }
    identities
}

/// A Secret of the type that Ingress controllers and cert-manager have, too.
fn secret(fleet: &Fleet, name: &str, place: &Path) -> Result<Value, CredentialsError> {
    let file = |name: &str| read(&place.join(name));
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": kubernetes::secret_name(name),
            "namespace": fleet.name(),
            "labels": {"app.kubernetes.io/part-of": fleet.name()},
        },
        "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": file("tls.crt")?, "tls.key": file("tls.key")?, "ca.crt": file("ca.crt")?},
    }))
}

/// Who signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    /// The authority in that folder; made if there is none.
    fn open(fleet: &Fleet, folder: &Path, today: Date) -> Result<Self, CredentialsError> {
        let failed = |source| CredentialsError::Certificate { identity: "the authority".to_owned(), source };
        let (key_file, certificate_file, name_file) =
            (folder.join("ca.key"), folder.join("ca.crt"), folder.join("fleet"));
        let is_there = certificate_file.is_file();
        if is_there != key_file.is_file() || (is_there && read(&name_file)?.trim() != fleet.name()) {
            return Err(CredentialsError::OtherFleet { path: certificate_file });
        }
        let params = authority_params(fleet, today);
        if is_there {
            let key = KeyPair::from_pem(&read(&key_file)?).map_err(failed)?;
            return Ok(Self { issuer: Issuer::new(params, key), certificate: read(&certificate_file)? });
        }
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.self_signed(&key).map_err(failed)?.pem();
        write(&name_file, &format!("{}\n", fleet.name()))?;
        write(&key_file, &key.serialize_pem())?;
        write(&certificate_file, &certificate)?;
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// A certificate and its key.
    fn sign(&self, identity: &Identity, terms: Terms) -> Result<(String, String), CredentialsError> {
        let failed = |source| CredentialsError::Certificate { identity: identity.folder.clone(), source };
        let mut params = CertificateParams::new(identity.names.clone()).map_err(failed)?;
        params.distinguished_name = distinguished_name(&identity.folder);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Servers are each other's clients, and the leaf node is the hub's.
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        set_days(&mut params, terms.today, end(terms));
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

/// Only what an issuer's name and rights are is taken from this for an authority that is there already.
fn authority_params(fleet: &Fleet, today: Date) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(&format!("authority of the fleet {}", fleet.name()));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_days(&mut params, today, today.saturating_add(AUTHORITY_DAYS.days()));
    params
}

/// From the day before, for clocks and time zones differ.
fn set_days(params: &mut CertificateParams, today: Date, end: Date) {
    let day = |date: Date| rcgen::date_time_ymd(i32::from(date.year()), date.month() as u8, date.day() as u8);
    params.not_before = day(today.saturating_sub(1.day()));
    params.not_after = day(end);
}

fn distinguished_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::OrganizationName, "Landfall");
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn read(path: &Path) -> Result<String, CredentialsError> {
    fs::read_to_string(path).map_err(|source| CredentialsError::File { path: path.to_owned(), source })
}

/// Writes a file that only its owner can read, beside its place first.
fn write(path: &Path, text: &str) -> Result<(), CredentialsError> {
    let failed = |source| CredentialsError::File { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    // A part that a killed call left behind may have other rights.
    remove(Path::new(&part))?;
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

fn remove(path: &Path) -> Result<(), CredentialsError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CredentialsError::File { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
