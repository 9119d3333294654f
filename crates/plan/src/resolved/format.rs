//! Reading and writing resolved plans, with their version.
//!
//! A reader accepts its own major version with any minor up to its own: minors only add fields that have a default when
//! they are missing. Newer plans are refused before anything else of them is read, so that the message names the version
//! and not some field. A writer refuses to write what says that it is newer than the writer.
//!
//! What was read is also checked for what the types can't say (indices, sums): a recording may be damaged, and an index
//! out of range must be an error here and not a panic in a judgement.

use super::{FORMAT, ResolvedPlan, Target};
use serde::Deserialize;
use std::collections::BTreeSet;
use units::Share;

/// A resolved plan that can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// No JSON, or not that of a resolved plan.
    #[error("this is no resolved plan of format {FORMAT}")]
    Malformed(#[source] serde_json::Error),
    /// It was written by a newer Landfall.
    #[error("this resolved plan has format {found}, this Landfall knows {FORMAT}: a newer Landfall is needed")]
    Newer {
        /// Its version.
        found: String,
    },
    /// Its version isn't one.
    #[error("{found:?} is no version of a resolved plan's format, such as {FORMAT}")]
    NoVersion {
        /// What stands there.
        found: String,
    },
    /// It contradicts itself.
    #[error("this resolved plan contradicts itself: {0}")]
    Contradiction(String),
}

/// The part that every version has.
#[derive(Deserialize)]
struct Versioned {
    format: String,
}

/// Reads a resolved plan.
///
/// # Errors
/// [`FormatError`] when it isn't one, is newer than [`FORMAT`], or contradicts itself.
pub fn read(text: &str) -> Result<ResolvedPlan, FormatError> {
    let Versioned { format } = serde_json::from_str(text).map_err(FormatError::Malformed)?;
    check_version(&format)?;
    let plan = serde_json::from_str(text).map_err(FormatError::Malformed)?;
    check(&plan).map_err(FormatError::Contradiction)?;
    Ok(plan)
}

/// Writes a resolved plan.
///
/// # Errors
/// [`FormatError`] when its version is newer than [`FORMAT`], or it contradicts itself.
pub fn write(plan: &ResolvedPlan) -> Result<String, FormatError> {
    check_version(&plan.format)?;
    check(plan).map_err(FormatError::Contradiction)?;
    serde_json::to_string_pretty(plan).map_err(FormatError::Malformed)
}

fn check_version(found: &str) -> Result<(), FormatError> {
    let no_version = || FormatError::NoVersion { found: found.to_owned() };
    let (major, minor) = version(found).ok_or_else(no_version)?;
    let (own_major, own_minor) = version(FORMAT).expect("our own version is one");
    match major.cmp(&own_major) {
        std::cmp::Ordering::Less => Err(no_version()),
        std::cmp::Ordering::Equal if minor <= own_minor => Ok(()),
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => Err(FormatError::Newer { found: found.to_owned() }),
    }
}

fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// What the types can't say.
fn check(plan: &ResolvedPlan) -> Result<(), String> {
    let regions = plan.regions.len();
    let names: BTreeSet<_> = plan.regions.iter().map(|region| &region.name).collect();
    require(names.len() == regions, || "two regions have the same name".to_owned())?;
    if let Target::Attached { endpoints, .. } = &plan.target {
        require(endpoints.len() == regions, || format!("{} endpoints for {regions} regions", endpoints.len()))?;
    }
    let ordered = plan.peer_paths.iter().all(|path| path.from < path.to && path.to < regions);
    require(ordered, || "a path between regions that don't exist".to_owned())?;
    let share: u64 = plan.populations.iter().map(|population| u64::from(population.share.parts_per_million())).sum();
    require(share == u64::from(Share::WHOLE.parts_per_million()), || format!("shares of {share} parts per million"))?;
    for population in &plan.populations {
        let nearest: BTreeSet<_> = population.nearest.iter().copied().collect();
        let all = population.nearest.len() == regions && nearest.into_iter().eq(0..regions);
        require(all, || format!("{} doesn't rank the regions", population.name))?;
        let paths = population.paths.len();
        require(paths == 0 || paths == regions, || format!("{} has {paths} paths", population.name))?;
    }
    require(!plan.load.stages.is_empty(), || "no load".to_owned())?;
    require(!plan.journeys.is_empty(), || "no journeys".to_owned())?;
    for journey in &plan.journeys {
        require(journey.weight > 0 && !journey.steps.is_empty(), || format!("{} can't be walked", journey.name))?;
    }
    for feed in &plan.feeds {
        let even = !feed.rows.is_empty() && feed.rows.iter().all(|row| row.len() == feed.columns.len());
        require(even, || format!("the feed {} is uneven", feed.name))?;
    }
    for fault in &plan.faults {
        let unknown = fault.kind.regions().into_iter().find(|region| !names.contains(region));
        require(unknown.is_none(), || format!("{} is about an unknown region", fault.name))?;
    }
    Ok(())
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
