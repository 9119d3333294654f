//! Exactly one provider of cryptography is compiled in.
//!
//! Why: with two, or none, rustls cannot choose and panics at run time, in the first connection that somebody makes.
//! Crates disagree about the default, so a single dependency with its default features on is enough.

use super::Finding;
use super::repository::Repository;

const WANTED: &str = "aws-lc-rs";
const UNWANTED: [&str; 4] = ["ring", "rustls-openssl", "rustls-rustcrypto", "openssl-sys"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let versions_of = |name: &str| -> Vec<&str> {
        repository
            .packages
            .iter()
            .filter(|package| package.name == name)
            .map(|package| package.version.as_str())
            .collect()
    };
    let mut findings = Vec::new();
    for name in UNWANTED.iter().filter(|name| !versions_of(name).is_empty()) {
        let message =
            format!("{name} is compiled in beside {WANTED}; `cargo tree --workspace -i {name}` says for whom");
        findings.push(Finding::new("Cargo.lock", 0, message));
    }
    for name in [WANTED, "rustls"] {
        let versions = versions_of(name);
        if versions.len() != 1 {
            let message = format!("{name} must be compiled in exactly one version, but has {versions:?}");
            findings.push(Finding::new("Cargo.lock", 0, message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    //! One provider, two, none.
    use super::*;
    use crate::tidy::dependencies::Package;

    fn found(packages: &[(&str, &str)]) -> usize {
        let package = |&(name, version): &(&str, &str)| Package {
            name: name.to_owned(),
            version: version.to_owned(),
            licence: String::new(),
        };
        let packages = packages.iter().map(package).collect();
        check(&Repository { packages, ..Repository::default() }).len()
    }

    #[test]
    fn one_provider_is_right_and_any_other_number_is_not() {
        assert_eq!(found(&[("aws-lc-rs", "1.19.0"), ("rustls", "0.23.46")]), 0);
        assert_eq!(found(&[("aws-lc-rs", "1.19.0"), ("rustls", "0.23.46"), ("ring", "0.17.0")]), 1);
        assert_eq!(found(&[("rustls", "0.23.46")]), 1);
        assert_eq!(found(&[("aws-lc-rs", "1.19.0"), ("rustls", "0.23.46"), ("rustls", "0.22.0")]), 1);
    }
}
