//! Home: "the region that serves an origin in the baseline" (`definitions.md`), here the one that served most of a
//! population's baseline successes.
//!
//! Edge cases: without a baseline, or without a success in it, there is no home, and whatever needs one says "not
//! measured". Two regions with exactly as many: the first of the plan. Whether the home's part is large (one home) or
//! small (users spread over regions) is shown by the served-by shares, not judged here.

use crate::{
    evidence::{Requests, Timeline},
    findings::Operations,
};

/// The home of a population.
pub(crate) fn home(requests: &Requests, timeline: &Timeline, population: usize) -> Option<usize> {
    let baseline = timeline.baseline?;
    let range = requests.tenths.index(baseline.from)..requests.tenths.index(baseline.to);
    let served = requests.stream(population, Operations::All).served(&range);
    let known = served.into_iter().filter_map(|(region, count)| region.map(|region| (region, count)));
    known.max_by_key(|(region, count)| (*count, std::cmp::Reverse(*region))).map(|(region, _)| region)
}
