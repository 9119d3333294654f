//! Which region gets a request: pure. Time comes in as a value (since the edge began), and nothing waits.
//!
//! ```text
//!  near: eu, us, ap          a region is usable when
//!    │                        - the health checks find it serving (not failing, passive, draining)
//!    ▼                        - and it is not ejected (users' own requests say so)
//!  usable? ──no──▶ next
//!    │yes
//!  full?   ──yes─▶ next      full: its places for requests under way are taken
//!    │no
//!  spill?  ──yes─▶ next      spill: it is partly unhealthy, and this request is of the share that moves
//!    │no
//!    ▼
//!  take it
//! ```
//!
//! **No usable region** ("panic"): with `fail_open` the nearest one is asked all the same, for the checks
//! may be what is broken, and a user who finds a sick region is not worse off than one who finds none.
//! A draining region comes after all others then, and a passive one is never asked: it has said that it
//! must not serve. A *retry* never goes to an unusable region.
//!
//! **All usable regions full**: refused at once. Waiting would only move the queue to where nobody sees it.

mod budget;
mod load;
mod outlier;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::config::Balancer;
use crate::defects::{Defect, Defects};
use crate::mix::mix;
use crate::probe::{Health, State, Thresholds};

use budget::RetryBudget;
use load::Recent;
use outlier::Outlier;

/// The share of the regions that a draw is made from, in parts of a thousand.
const WHOLE: u64 = 1000;

/// Why no region gets a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRegion {
    /// Every region that could serve has its places taken.
    Full,
    /// No region can serve (that has not been tried).
    Unusable,
}

/// One region, as the edge sees it.
#[derive(Clone, Debug, Default)]
struct Region {
    health: Health,
    outlier: Outlier,
    recent: Recent,
    in_flight: usize,
}

/// How a region looks right now, for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) serving: bool,
    pub(super) ejected: bool,
    pub(super) in_flight: usize,
}

/// All that the choice depends on. Indexes are those of the configuration's regions.
#[derive(Clone, Debug)]
pub(super) struct Balance {
    settings: Balancer,
    defects: Defects,
    near: Vec<usize>,
    regions: Vec<Region>,
    budget: RetryBudget,
    picks: u64,
}

impl Balance {
    /// `near` has every region once, nearest first.
    pub(super) fn new(settings: Balancer, near: Vec<usize>, defects: Defects) -> Self {
        let regions = vec![Region::default(); near.len()];
        let budget = RetryBudget::new(settings.retry_percent, settings.retry_reserve);
        Self { settings, defects, near, regions, budget, picks: 0 }
    }

    /// The region for a request; it holds a place there until [`Self::release`]. `tried` have had this
    /// request before.
    pub(super) fn pick(&mut self, now: Duration, tried: &[usize]) -> Result<usize, NoRegion> {
        self.picks += 1;
        let is_tried = |region: &usize| tried.contains(region) && !self.is_without_budget();
        let open = self.near.iter().copied().filter(|region| !is_tried(region));
        let usable: Vec<usize> = open.filter(|region| self.is_usable(*region, now)).collect();
        let chosen = if usable.is_empty() {
            if !tried.is_empty() || !self.settings.fail_open {
                return Err(NoRegion::Unusable);
            }
            self.pick_in_panic()?
        } else {
            self.pick_among(&usable, now).ok_or(NoRegion::Full)?
        };
        self.regions[chosen].in_flight += 1;
        Ok(chosen)
    }

    fn pick_among(&self, usable: &[usize], now: Duration) -> Option<usize> {
        let with_place: Vec<usize> = usable.iter().copied().filter(|region| self.has_place(*region)).collect();
        // One draw for all regions: what leaves the first is drawn for the second by other bits.
        let mut draw = mix(self.picks);
        let stays = with_place.iter().copied().find(|region| {
            let stays = draw % WHOLE < self.regions[*region].recent.kept(now);
            draw = mix(draw);
            stays
        });
        stays.or_else(|| with_place.first().copied())
    }

    fn pick_in_panic(&self) -> Result<usize, NoRegion> {
        let state = |region: &usize| self.regions[*region].health.state();
        let mut open: Vec<usize> =
            self.near.iter().copied().filter(|region| state(region) != Some(State::Passive)).collect();
        open.sort_by_key(|region| state(region) == Some(State::Draining));
        if open.is_empty() {
            return Err(NoRegion::Unusable);
        }
        open.into_iter().find(|region| self.has_place(*region)).ok_or(NoRegion::Full)
    }

    fn is_usable(&self, region: usize, now: Duration) -> bool {
        let region = &self.regions[region];
        region.health.is_serving() && !region.outlier.is_ejected(now)
    }

    fn has_place(&self, region: usize) -> bool {
        self.regions[region].in_flight < self.settings.in_flight_per_region_max
    }

    /// Whether some region can serve users.
    pub(super) fn any_usable(&self, now: Duration) -> bool {
        self.near.iter().any(|region| self.is_usable(*region, now))
    }

    /// A request at a region has ended, whatever came of it.
    pub(super) fn release(&mut self, region: usize) {
        let in_flight = &mut self.regions[region].in_flight;
        *in_flight = in_flight.checked_sub(1).expect("every release follows a pick");
    }

    /// What came of asking a region. Answers for how long it is ejected, if it is because of this.
    pub(super) fn record(&mut self, region: usize, failed: bool, now: Duration) -> Option<Duration> {
        // DEFECT no-outlier-ejection
        let may_eject = !self.defects.has(Defect::NoOutlierEjection) && self.ejected(now) < self.ejected_max();
        let limits = outlier::Limits {
            failures: self.settings.ejection_failures,
            min: self.settings.ejection_min,
            max: self.settings.ejection_max,
        };
        let region = &mut self.regions[region];
        region.recent.record(failed, now);
        region.outlier.record(failed, now, limits, may_eject)
    }

    fn ejected(&self, now: Duration) -> usize {
        self.regions.iter().filter(|region| region.outlier.is_ejected(now)).count()
    }

    /// So many regions may be ejected at a time: the share, rounded down, but at least one, for with two
    /// regions and a third of them the defence would else not exist.
    fn ejected_max(&self) -> usize {
        let share = self.regions.len() * self.settings.ejected_percent_max as usize / 100;
        if self.settings.ejected_percent_max == 0 { 0 } else { share.max(1) }
    }

    /// The regions whose ejection has ended since the last call.
    pub(super) fn readmit(&mut self, now: Duration) -> Vec<usize> {
        let ended = |(index, region): (usize, &mut Region)| region.outlier.readmit(now).then_some(index);
        self.regions.iter_mut().enumerate().filter_map(ended).collect()
    }

    /// A health check's finding. Answers the new state if it changes.
    pub(super) fn found(&mut self, region: usize, state: State) -> Option<State> {
        let thresholds = Thresholds {
            to_unhealthy: self.settings.failures_to_unhealthy,
            to_healthy: self.settings.successes_to_healthy,
        };
        self.regions[region].health.record(state, thresholds)
    }

    /// A request of a user has come in.
    pub(super) fn count_request(&mut self, now: Duration) {
        self.budget.count_request(now);
    }

    /// Whether a request may be sent once more; if so, it is counted.
    pub(super) fn try_retry(&mut self, now: Duration) -> bool {
        // DEFECT retries-without-budget
        self.budget.try_retry(now) || self.is_without_budget()
    }

    /// Whether a region is left that a retry could go to.
    pub(super) fn can_retry(&self, now: Duration, tried: &[usize]) -> bool {
        let is_open = |region: &usize| self.is_without_budget() || !tried.contains(region);
        let has_place = |region: usize| self.is_usable(region, now) && self.has_place(region);
        self.near.iter().copied().filter(is_open).any(has_place)
    }

    fn is_without_budget(&self) -> bool {
        self.defects.has(Defect::RetriesWithoutBudget)
    }

    /// Retries that are left right now.
    pub(super) fn retries_left(&self, now: Duration) -> u64 {
        self.budget.left(now)
    }

    /// How each region looks now.
    pub(super) fn look(&self, now: Duration) -> impl Iterator<Item = Look> {
        self.regions.iter().map(move |region| Look {
            serving: region.health.is_serving(),
            ejected: region.outlier.is_ejected(now),
            in_flight: region.in_flight,
        })
    }
}
