//! `run.json`: who recorded what, when; written last of the three files that don't grow, so that its presence means that
//! they are whole.
//!
//! It is one sealed line (see `line`), so that a flipped bit in it is noticed too, and it carries the checksums of the plan
//! and the resolved plan. This envelope stays the same in every major version, so that an old Landfall can say that a
//! recording is newer than it knows.

use crate::{
    line,
    version::{RECORDING, Version},
};
use plan::resolved::ResolvedPlan;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who recorded a run, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Landfall's version.
    pub landfall_version: String,
    /// Wall clock at the zero of every [`units::RunTime`], to the microsecond; times before 1970 count as 1970.
    pub started: SystemTime,
    /// The machine, if it is to be known.
    pub host: Option<String>,
}

impl Manifest {
    /// Microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn started_unix_micros(&self) -> u64 {
        let since = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct ManifestFormat {
    format: String,
    landfall: String,
    started_unix_us: u64,
    plan: String,
    seed: String,
    host: Option<String>,
    plan_yaml_crc32: String,
    resolved_json_crc32: String,
}

/// What `run.json` says.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    pub(crate) manifest: Manifest,
    /// The format's version, as written.
    pub(crate) format: String,
    plan_yaml_crc32: String,
    resolved_json_crc32: String,
}

/// Why `run.json` can't be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ManifestFault {
    /// Something in it was changed, or it isn't whole.
    Damaged(String),
    /// It is whole, and from a Landfall whose recordings this one doesn't know.
    Newer {
        /// The version in the file.
        found: String,
    },
}

/// The bytes of `run.json`.
pub(crate) fn write(manifest: &Manifest, plan: &ResolvedPlan, plan_yaml: &[u8], resolved_json: &[u8]) -> Vec<u8> {
    let format = ManifestFormat {
        format: RECORDING.to_string(),
        landfall: manifest.landfall_version.clone(),
        started_unix_us: manifest.started_unix_micros(),
        plan: plan.name.clone(),
        seed: plan.seed.to_string(),
        host: manifest.host.clone(),
        plan_yaml_crc32: checksum(plan_yaml),
        resolved_json_crc32: checksum(resolved_json),
    };
    let object = serde_json::to_vec(&format).expect("texts and numbers are always JSON");
    let mut bytes = Vec::new();
    line::seal(&object, &mut bytes);
    bytes
}

/// Reads the bytes of `run.json`.
pub(crate) fn read(bytes: &[u8]) -> Result<ManifestFile, ManifestFault> {
    #[derive(Deserialize)]
    struct Envelope {
        format: String,
    }
    let damaged = |what: &str| ManifestFault::Damaged(what.to_owned());
    let sealed = bytes.strip_suffix(b"\n").ok_or_else(|| damaged("it does not end with a line end"))?;
    let json = line::open(sealed).ok_or_else(|| damaged("its checksum does not fit"))?;
    let unreadable = |error: serde_json::Error| ManifestFault::Damaged(format!("it can't be read: {error}"));
    let envelope: Envelope = serde_json::from_slice(json).map_err(unreadable)?;
    if !Version::parse(&envelope.format).is_some_and(|written| RECORDING.reads(written)) {
        return Err(ManifestFault::Newer { found: envelope.format });
    }
    let format: ManifestFormat = serde_json::from_slice(json).map_err(unreadable)?;
    let manifest = Manifest {
        landfall_version: format.landfall,
        started: UNIX_EPOCH + Duration::from_micros(format.started_unix_us),
        host: format.host,
    };
    let (plan_yaml_crc32, resolved_json_crc32) = (format.plan_yaml_crc32, format.resolved_json_crc32);
    Ok(ManifestFile { manifest, format: format.format, plan_yaml_crc32, resolved_json_crc32 })
}

impl ManifestFile {
    /// Whether the bytes of `plan.yaml` are those that were written.
    pub(crate) fn fits_plan_yaml(&self, bytes: &[u8]) -> bool {
        self.plan_yaml_crc32 == checksum(bytes)
    }

    /// Whether the bytes of `resolved.json` are those that were written.
    pub(crate) fn fits_resolved_json(&self, bytes: &[u8]) -> bool {
        self.resolved_json_crc32 == checksum(bytes)
    }
}

fn checksum(bytes: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(bytes))
}
