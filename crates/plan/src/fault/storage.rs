//! `storage`: the storage of a region hangs, is slow, full or read-only.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::Span,
    read::{
        Placed as _,
        section::section,
        units_read::Time,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// The storage of a region hangs, is slow, full or read-only, while its processes live on. Chirp only.
    StorageText "storage" {
        /// Which region.
        required "region" region: NameText;
        /// `stalled`: commits wait, and nothing returns an error. `slow`: each takes `delay` longer. `full`, `read-only`: each
        /// fails at once.
        required "is" is: Word<StorageState>;
        /// How much longer each commit takes, 10ms to 10m; for `slow` only.
        optional "delay" delay: Time<10, 600_000>;
    }
}

/// The storage of a region hangs, is slow, full or read-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Which region.
    pub region: RegionName,
    /// What is wrong with it.
    pub is: StorageState,
    /// How much longer each commit takes; zero but for [`StorageState::Slow`].
    #[serde(with = "units::duration")]
    pub delay: Duration,
}

/// What is wrong with a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageState {
    /// Commits wait.
    Stalled,
    /// Commits take longer.
    Slow,
    /// Commits fail: no space is left.
    Full,
    /// Commits fail: the file system is read-only.
    ReadOnly,
}

impl StorageState {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Slow => "slow",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
        }
    }
}

impl Storage {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "storage",
        group: Group::Data,
        covers: &["D11"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the storage of its region",
        needs: "the processes of its region",
    };
}

impl Kind for Storage {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: vec![Thing::part("storage", &self.region)], needs: Thing::processes([&self.region]) }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let region = &self.region;
        match self.is {
            StorageState::Stalled => format!("the storage of {region} hangs"),
            StorageState::Slow => format!("each commit of {region} takes {} longer", time(self.delay)),
            StorageState::Full => format!("the storage of {region} is full"),
            StorageState::ReadOnly => format!("the storage of {region} is read-only"),
        }
    }
}

impl KindText for StorageText {
    type Kind = Storage;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Storage> {
        resolver.needs_lab(Storage::ABOUT.name, "its own process holds commits back", span, ground);
        let region = resolver.region(ground, &self.region);
        let is = self.is.value()?.0;
        let delay = resolver.only_with(&self.delay, is == StorageState::Slow, "delay", "is: slow", self.place());
        Some(Storage { region: region?, is, delay: delay?.map_or(Duration::ZERO, |delay| delay.0) })
    }
}

impl Words for StorageState {
    const WORDS: &'static [(&'static str, Self)] =
        &[("stalled", Self::Stalled), ("slow", Self::Slow), ("full", Self::Full), ("read-only", Self::ReadOnly)];
}
