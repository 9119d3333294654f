//! Who may write what: `model`, `[writer]`, `[partition]`, and the zone of each region.
//!
//! A **partition** is what has one writer at a time. `active-passive` and `read-replicas` have one, of
//! all data, named `all`; `geo-partitioned` has one per region, named like it, of the users at home there;
//! `single-region` and `active-active` have none: nobody else may write, or everybody may.
//!
//! The name `all` does not depend on `preferred`: voters remember what they promised by the partition's
//! name, and a promise must survive a change of the configuration.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::{Number, RegionTable};
use crate::names::{PartitionName, RegionName};

/// `[writer]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WriterTable {
    preferred: Option<Spanned<String>>,
    promotion: Option<Spanned<String>>,
    lease_ms: Number,
    failback_after_ms: Number,
}

/// `[partition]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionTable {
    away: Option<Spanned<String>>,
    copies: Option<Spanned<String>>,
    takeover: Option<bool>,
}

/// A deployment model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// One region and no other.
    SingleRegion,
    /// One region serves; the others follow it and stand by.
    ActivePassive,
    /// One region writes; all read, and send writes on to it.
    ReadReplicas,
    /// Every region writes.
    ActiveActive,
    /// Each user's home region writes for them.
    GeoPartitioned,
}

impl Model {
    /// Every model.
    pub(crate) const ALL: [Self; 5] =
        [Self::SingleRegion, Self::ActivePassive, Self::ReadReplicas, Self::ActiveActive, Self::GeoPartitioned];

    /// The name in the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SingleRegion => "single-region",
            Self::ActivePassive => "active-passive",
            Self::ReadReplicas => "read-replicas",
            Self::ActiveActive => "active-active",
            Self::GeoPartitioned => "geo-partitioned",
        }
    }
}

/// What a region does with a request for a user whose home is elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Away {
    /// Reads its copy, sends the rest on to the home.
    Forward,
    /// Refuses (421) and names the home.
    Refuse,
}

/// Which regions may hold copies of a home's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copies {
    /// All.
    Everywhere,
    /// Those of the same zone.
    Zone,
}

/// What has one writer at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Its name.
    pub(crate) name: PartitionName,
    /// Who may write it, best first; never empty. The first is the preferred one.
    pub(crate) candidates: Vec<RegionName>,
}

impl Partition {
    /// Who gets it when all is well.
    pub(crate) fn preferred(&self) -> &RegionName {
        &self.candidates[0]
    }
}

/// The model with all that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// Which model.
    pub(crate) model: Model,
    /// In the order of the regions; empty for models without a lease.
    pub(crate) partitions: Vec<Partition>,
    /// How long a lease lasts that is not renewed.
    pub(crate) lease: Duration,
    /// Whether another region takes over by itself.
    pub(crate) promotes_itself: bool,
    /// How long the preferred region must have been caught up before it asks for its partition; none:
    /// only `chirp promote` moves it back.
    pub(crate) failback_after: Option<Duration>,
    /// What happens to requests away from home.
    pub(crate) away: Away,
    /// Who may hold copies.
    pub(crate) copies: Copies,
}

/// The tables of the file that this page is about.
pub(super) struct Tables<'a> {
    pub(super) model: Option<&'a Spanned<String>>,
    pub(super) writer: &'a WriterTable,
    pub(super) partition: &'a PartitionTable,
    pub(super) regions: &'a [RegionTable],
}

/// Checks it all against the names of the regions.
pub(super) fn check(tables: &Tables<'_>, names: &[RegionName], mistakes: &mut Mistakes<'_>) -> Deployment {
    let models = Model::ALL.map(|model| (model.name(), model));
    let model = mistakes.choice("model", tables.model, &models, Model::ActiveActive);
    if let Some(written) = tables.model
        && model == Model::SingleRegion
        && names.len() > 1
    {
        let message = format!("model = \"single-region\" with {} regions", names.len());
        mistakes.at(written.span(), message, "leave one [[region]], or take another model");
    }
    let writer = tables.writer;
    let promotion =
        mistakes.choice("promotion", writer.promotion.as_ref(), &[("automatic", true), ("manual", false)], true);
    let failback = mistakes.number("failback_after_ms", &writer.failback_after_ms, 8000, 0..=3_600_000);
    let partition = tables.partition;
    let away = [("forward", Away::Forward), ("refuse", Away::Refuse)];
    let copies = [("everywhere", Copies::Everywhere), ("zone", Copies::Zone)];
    let copies = mistakes.choice("copies", partition.copies.as_ref(), &copies, Copies::Everywhere);
    if copies == Copies::Zone {
        check_zones(tables.regions, mistakes);
    }
    let preferred = preferred(writer, names, mistakes);
    let takeover = partition.takeover.unwrap_or(true);
    let may_take = |home: usize, other: usize| {
        takeover && (copies == Copies::Everywhere || zone(tables.regions, home) == zone(tables.regions, other))
    };
    Deployment {
        model,
        partitions: match model {
            Model::SingleRegion | Model::ActiveActive => Vec::new(),
            Model::ActivePassive | Model::ReadReplicas => preferred
                .map(|preferred| {
                    let name = PartitionName::all();
                    Partition { name, candidates: candidates(names, preferred, |_| true) }
                })
                .into_iter()
                .collect(),
            Model::GeoPartitioned => (0..names.len())
                .map(|home| Partition {
                    name: PartitionName::home(&names[home]),
                    candidates: candidates(names, home, |other| may_take(home, other)),
                })
                .collect(),
        },
        lease: Duration::from_millis(mistakes.number("lease_ms", &writer.lease_ms, 3000, 100..=600_000)),
        promotes_itself: promotion,
        failback_after: (promotion && failback > 0).then(|| Duration::from_millis(failback)),
        away: mistakes.choice("away", partition.away.as_ref(), &away, Away::Forward),
        copies,
    }
}

/// The first of the line, then those after it in the order of the file, once around.
fn candidates(names: &[RegionName], first: usize, may: impl Fn(usize) -> bool) -> Vec<RegionName> {
    let around = (0..names.len()).map(|step| (first + step) % names.len());
    around.filter(|index| *index == first || may(*index)).map(|index| names[index].clone()).collect()
}

fn preferred(writer: &WriterTable, names: &[RegionName], mistakes: &mut Mistakes<'_>) -> Option<usize> {
    let Some(written) = &writer.preferred else {
        return (!names.is_empty()).then_some(0);
    };
    let found = names.iter().position(|name| name.as_str() == written.get_ref());
    if found.is_none() {
        let known: Vec<&str> = names.iter().map(RegionName::as_str).collect();
        let message = format!("preferred = \"{}\" is no region", written.get_ref());
        mistakes.at(written.span(), message, format!("there are: {}", known.join(", ")));
    }
    found
}

fn zone(regions: &[RegionTable], index: usize) -> Option<&str> {
    regions[index].zone.as_ref().map(|zone| zone.get_ref().as_str())
}

fn check_zones(regions: &[RegionTable], mistakes: &mut Mistakes<'_>) {
    for region in regions.iter().filter(|region| region.zone.is_none()) {
        let message = format!("region {} has no zone, and copies stay in their zone", region.name.get_ref());
        mistakes.at(region.name.span(), message, "add zone = \"eu\", or whatever its law is");
    }
}
