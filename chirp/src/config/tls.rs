//! `tls` of a region or an edge: the files of its door.
//!
//! Regions behind edges have none: edges ask them without TLS.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::File;
use crate::condition::{Condition, Name};

/// `tls` of a `[[region]]` or an `[[edge]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsTable {
    certificate: String,
    key: String,
    expired: Option<String>,
    other_name: Option<String>,
}

/// What a door shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificate, with those between it and its authority after it.
    pub(crate) certificate: PathBuf,
    /// The key of all its certificates.
    pub(crate) key: PathBuf,
    /// What it can show instead, on purpose.
    pub(crate) wrong: Option<WrongFiles>,
}

/// Certificates of the same key that nobody should accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrongFiles {
    /// One whose time is over.
    pub(crate) expired: PathBuf,
    /// One of another name.
    pub(crate) other_name: PathBuf,
}

/// Checks what is written; `directory` is where relative paths begin.
pub(super) fn files(
    table: Option<&Spanned<TlsTable>>,
    directory: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Option<TlsFiles> {
    let written = table?;
    let table = written.get_ref();
    let wrong = match (&table.expired, &table.other_name) {
        (Some(expired), Some(other_name)) => {
            Some(WrongFiles { expired: directory.join(expired), other_name: directory.join(other_name) })
        }
        (None, None) => None,
        _ => {
            let message = "tls has one of `expired` and `other_name`".to_owned();
            mistakes.at(written.span(), message, "give both, or none: they are shown while `certificate` is set");
            None
        }
    };
    Some(TlsFiles { certificate: directory.join(&table.certificate), key: directory.join(&table.key), wrong })
}

/// That a door without wrong certificates can't show any, and why.
pub(super) fn impossible_condition(files: Option<&TlsFiles>) -> Option<(Name, &'static str)> {
    let reason = match files {
        Some(TlsFiles { wrong: Some(_), .. }) => return None,
        Some(_) => "its `tls` names no wrong certificates: `expired` and `other_name`",
        None => "it has no TLS",
    };
    Some((Name::Condition(Condition::Certificate), reason))
}

/// Edges reach regions without TLS.
pub(super) fn check(file: &File, mistakes: &mut Mistakes<'_>) {
    if file.edge.is_empty() {
        return;
    }
    for region in &file.region {
        if let Some(tls) = &region.tls {
            let message = format!("region {} is behind edges, which ask it without TLS", region.name.get_ref());
            mistakes.at(tls.span(), message, "give `tls` to the edges: users come in there");
        }
    }
}
