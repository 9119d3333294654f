//! The atlas: places where the field's services stand, and the paths between them.
//!
//! A path comes from the first of these that knows it, and says which:
//!
//! 1. **measured**: the mean of both directions of a published matrix, the source by name;
//! 2. **zone stretch**: `1 ms + stretch × 2d/200`, with the median stretch between the two zones;
//! 3. **line**: `max(2d/200, 6.3 + 0.0163·d)` ms, the fit over all pairs; d in km.
//!
//! Light in fibre makes 200 km in a millisecond, so none of the three is ever below `2d/200`. A place to itself is the
//! measured diagonal, or 1 ms, which is rule 2 at distance zero.
//!
//! Estimates are estimates: half of the line's are within 14 %, one in ten is off by a third or more, always towards too
//! fast where cables detour. What each figure rests on is in `geo/SOURCES.md`.
//!
//! Pure: the tables are embedded and parsed once.

mod distance;
mod tables;

#[cfg(test)]
mod tests;

use distance::{edits, great_circle_km};
use plan::{
    geography::{Backbone, Geography, Place},
    resolved::{AccessProfile, PathBasis},
};
use std::{collections::BTreeMap, sync::LazyLock, time::Duration};
use tables::{Measured, Region, milliseconds};

/// The access profile that adds nothing: users in a data centre.
pub(crate) const NO_ACCESS: &str = "none";

/// Slow jitter where none was measured: the median of p90 − p50 over the AWS pairs.
const JITTER_MS: f64 = 5.2;
/// Km of fibre that light passes in a millisecond.
const FIBRE_KM_PER_MS: f64 = 200.0;
/// At most so many hints.
const HINTS_MAX: usize = 3;

/// Places, paths and access profiles.
#[derive(Debug)]
pub struct Atlas {
    regions: Vec<Region>,
    /// Code or alias, in lower case, to the position in `regions`.
    names: BTreeMap<String, usize>,
    measured: BTreeMap<(String, String), Measured>,
    stretch: BTreeMap<(String, String), f64>,
    access: Vec<AccessProfile>,
}

impl Atlas {
    /// The atlas that is embedded into the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static ATLAS: LazyLock<Atlas> = LazyLock::new(Atlas::from_tables);
        &ATLAS
    }

    /// All places, provider by provider.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.regions.iter().map(|region| &region.place)
    }

    /// Great-circle distance between two places in km; `None` when one of them is unknown.
    #[must_use]
    pub fn kilometres(&self, from: &str, to: &str) -> Option<f64> {
        Some(kilometres(&self.region(from)?.place, &self.region(to)?.place))
    }

    fn from_tables() -> Self {
        let regions = tables::regions();
        let mut names = BTreeMap::new();
        for (position, region) in regions.iter().enumerate() {
            let code = region.place.code.as_str();
            for name in region.aliases.iter().map(String::as_str).chain([code]) {
                names.insert(name.to_lowercase(), position);
            }
        }
        let none = AccessProfile {
            name: NO_ACCESS.to_owned(),
            round_trip: Duration::ZERO,
            jitter: Duration::ZERO,
            up: None,
            down: None,
        };
        let access = std::iter::once(none).chain(tables::access()).collect();
        Self { regions, names, measured: tables::round_trips(), stretch: tables::stretch(), access }
    }

    fn region(&self, name: &str) -> Option<&Region> {
        self.names.get(&name.trim().to_lowercase()).map(|position| &self.regions[*position])
    }

    /// The mean of the directions that were measured.
    fn measured(&self, from: &Region, to: &Region) -> Option<Backbone> {
        let figure = |from: &Region, to: &Region| {
            self.measured.get(&(from.place.code.as_str().to_owned(), to.place.code.as_str().to_owned()))
        };
        let found: Vec<&Measured> = [figure(from, to), figure(to, from)].into_iter().flatten().collect();
        let source = found.first()?.source.clone();
        let round_trip = mean(found.iter().map(|figures| figures.round_trip_ms))?;
        let above = |figures: &&Measured| figures.p90_ms.map(|p90| (p90 - figures.round_trip_ms).max(0.0));
        let jitter = mean(found.iter().filter_map(above)).unwrap_or(JITTER_MS);
        Some(Backbone {
            round_trip: milliseconds(round_trip),
            jitter: milliseconds(jitter),
            basis: PathBasis::Measured { source },
        })
    }

    fn estimated(&self, from: &Region, to: &Region) -> Backbone {
        let kilometres = kilometres(&from.place, &to.place);
        let light = 2.0 * kilometres / FIBRE_KM_PER_MS;
        let (one, other) = (from.zone.as_str().min(&to.zone), from.zone.as_str().max(&to.zone));
        let zones = format!("{one}-{other}");
        if from.place.code == to.place.code {
            // Within one place there is no backbone that could drift.
            let basis = PathBasis::ZoneStretch { zones };
            return Backbone { round_trip: milliseconds(1.0), jitter: Duration::ZERO, basis };
        }
        let (round_trip, basis) = match self.stretch.get(&(one.to_owned(), other.to_owned())) {
            Some(stretch) => (1.0 + stretch * light, PathBasis::ZoneStretch { zones }),
            None => {
                let basis = PathBasis::Line { kilometres: kilometres.round() as u32 };
                (light.max(6.3 + 0.016_3 * kilometres), basis)
            }
        };
        Backbone { round_trip: milliseconds(round_trip), jitter: milliseconds(JITTER_MS), basis }
    }
}

impl Geography for Atlas {
    fn place(&self, code: &str) -> Option<Place> {
        self.region(code).map(|region| region.place.clone())
    }

    fn backbone(&self, from: &str, to: &str) -> Option<Backbone> {
        let (from, to) = (self.region(from)?, self.region(to)?);
        Some(self.measured(from, to).unwrap_or_else(|| self.estimated(from, to)))
    }

    fn access(&self, profile: &str) -> Option<AccessProfile> {
        let wanted = profile.trim().to_lowercase();
        self.access.iter().find(|known| known.name == wanted).cloned()
    }

    fn similar_places(&self, code: &str) -> Vec<String> {
        let wanted = code.trim().to_lowercase();
        let limit = (wanted.chars().count() / 3).max(2);
        let mut best: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, position) in &self.names {
            let edits = edits(&wanted, name);
            if edits <= limit {
                let known = best.entry(self.regions[*position].place.code.as_str()).or_insert(edits);
                *known = edits.min(*known);
            }
        }
        let mut hints: Vec<(usize, &str)> = best.into_iter().map(|(code, edits)| (edits, code)).collect();
        hints.sort_unstable();
        hints.into_iter().take(HINTS_MAX).map(|(_, code)| code.to_owned()).collect()
    }

    fn access_profiles(&self) -> Vec<String> {
        self.access.iter().map(|profile| profile.name.clone()).collect()
    }
}

fn kilometres(from: &Place, to: &Place) -> f64 {
    great_circle_km((from.latitude, from.longitude), (to.latitude, to.longitude))
}

fn mean(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = figures.fold((0.0, 0_u32), |(sum, count), figure| (sum + figure, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
