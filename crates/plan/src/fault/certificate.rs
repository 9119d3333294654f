//! `certificate`: the doors of a region show a certificate that users don't accept, or none.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::{in_words, one_or_several},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        collections::List,
        section::section,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Whoever connects to a region is shown a certificate that users don't accept, or none. Chirp with `tls` only.
    CertificateText "certificate" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once.
        optional "regions" regions: List<NameText>;
        /// `expired`, `other-name` (one that another service should show), or `missing`.
        required "is" is: Word<CertificateState>;
    }
}

/// Whoever connects to a region is shown a certificate that users don't accept, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Which; at least one.
    pub regions: Vec<RegionName>,
    /// What is wrong with it.
    pub is: CertificateState,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateState {
    /// Its time is over.
    Expired,
    /// It is one of another name.
    OtherName,
    /// There is none to show.
    Missing,
}

impl CertificateState {
    /// Its word, in plans and as Chirp calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::OtherName => "other-name",
            Self::Missing => "missing",
        }
    }
}

impl Certificate {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "certificate",
        group: Group::Steering,
        covers: &["C9"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: true,
        takes: "the certificate of its regions",
        needs: "the processes of its regions, and their edges where there are some",
    };
}

impl Kind for Certificate {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.regions.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let needs = [Thing::processes(&self.regions), Thing::parts("edge", &self.regions)].concat();
        Claims { takes: Thing::parts("certificate", &self.regions), needs }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let names = in_words(&self.regions);
        match self.is {
            CertificateState::Expired => format!("the certificate of {names} has expired"),
            CertificateState::OtherName => format!("the certificate of {names} is of another name"),
            CertificateState::Missing => format!("there is no certificate in {names}"),
        }
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { regions: vec![region.clone()], ..self.clone() }.into())
    }
}

impl KindText for CertificateText {
    type Kind = Certificate;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Certificate> {
        resolver.needs_lab(Certificate::ABOUT.name, "its own processes show another one", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground);
        if ground.deployment().is_some_and(|deployment| deployment.tls.is_none()) {
            let mistake = Mistake::new(Code::Unmet, span, "users of this lab come in without TLS");
            resolver.add(mistake.hint("add tls: true to `chirp`"));
        }
        Some(Certificate { regions: regions?, is: self.is.value()?.0 })
    }
}

impl Words for CertificateState {
    const WORDS: &'static [(&'static str, Self)] =
        &[("expired", Self::Expired), ("other-name", Self::OtherName), ("missing", Self::Missing)];
}
