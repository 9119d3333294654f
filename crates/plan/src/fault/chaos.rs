//! `chaos`: faults at random moments, within a budget. Drawn from the run's seed while the plan is resolved, so that the
//! resolved plan has plain faults with plain times, and the same seed gives the same ones.
//!
//! ```text
//!   from                                                                     until
//!    |   gap   |== 1 ==|..proof..|  gap  |=== 2 ===|..proof..| gap |= 3 =|     |
//!                                                     lengths together ≤ budget × (until − from)
//! ```
//!
//! Each lane (`at_once` of them) draws in turn: which fault, how long (from half of its `for` to all of it), how long a pause
//! (from half of `gap` to one and a half). A fault that can't be together with one that is there already is drawn again
//! later. Faults that the plan wants at certain times keep them; chaos goes around them.

use super::{Fault, text::FaultText};
use crate::{
    check::overlap,
    mistakes::{Code, Mistake, Span},
    read::{
        Spanned,
        collections::List,
        section::section,
        units_read::{DAY_MS, Time},
        values::Whole,
    },
    resolve::{Ground, Resolver, Shaped},
    resolved::Population,
};
use std::time::Duration;
use units::{FaultName, RegionName, Seed, Share, duration::Text};

/// A plan with more would be no test, and its report no reading.
const FAULTS_MAX: usize = 200;
/// Draws that find no place, one after the other, until the rest is given up.
const VAIN_DRAWS_MAX: u32 = 200;
/// No fault is shorter.
const SHORTEST: Duration = Duration::from_secs(1);

section! {
    /// Faults at random moments, within a budget: drawn from the run's seed, and in the resolved plan with their times.
    ChaosText "chaos" {
        /// What may break, each without `at` and `repeat`. Each time one of them is drawn; `for` is the longest that it lasts.
        required "faults" faults: List<FaultText>;
        /// Nothing is injected before. Default: 5s after the warm-up, or later where `gap` is longer.
        optional "from" from: Time<0, DAY_MS>;
        /// Everything is healed by then. Default: the load's end, less the longest `for`, so that recovery can be seen.
        optional "until" until: Time<1_000, DAY_MS>;
        /// The lengths of all of them together are at most this share of the time from `from` to `until`.
        optional "budget" budget: Share = "40%";
        /// So many at the same time, at most.
        optional "at_once" at_once: Whole<1, 10> = "1";
        /// Between the proof that one is gone and the next, in the mean.
        optional "gap" gap: Time<1_000, 3_600_000> = "10s";
    }
}

/// What chaos may do, decided.
#[derive(Debug, Clone, PartialEq)]
struct Rules {
    menu: Vec<Fault>,
    from: Duration,
    until: Duration,
    /// Lengths together.
    budget: Duration,
    at_once: usize,
    gap: Duration,
}

impl Resolver<'_, '_> {
    /// The faults of `chaos`, around those that the plan has at certain times.
    pub(super) fn chaos(
        &mut self,
        text: &Spanned<ChaosText>,
        seed: Seed,
        around: &[Fault],
        (ground, populations, load): (&Ground, Option<&[Population]>, Option<&Shaped>),
    ) -> Option<Vec<(Fault, Span)>> {
        let place = text.span;
        let text = &text.value;
        let list = text.faults.written()?;
        let mut menu = Vec::new();
        for item in &list.value.items {
            for (key, span) in [("at", item.value.at.written().map(|at| at.span))]
                .into_iter()
                .chain([("repeat", item.value.repeat.written().map(|repeat| repeat.span))])
            {
                if let Some(span) = span {
                    let mistake =
                        Mistake::new(Code::Conflict, span, format!("chaos decides by itself, without `{key}`"));
                    self.add(mistake.hint("leave it out, or put the fault into `faults`"));
                }
            }
            menu.push(self.fault(&item.value, ground, populations));
        }
        let complete = list.value.complete && menu.iter().all(Option::is_some);
        let menu: Vec<Fault> = menu.into_iter().flatten().collect();
        let load = load?;
        let longest = menu.iter().map(|fault| fault.duration).max()?;
        let gap = text.gap.value()?.0;
        let from = written(&text.from)?.unwrap_or(load.times.warm_up + gap.max(Duration::from_secs(5)));
        let lead = menu.iter().map(|fault| fault.kind.lead()).max().unwrap_or_default();
        if from < lead {
            let message =
                format!("one of them is made ready {} before, and the first may come at {}", Text(lead), Text(from));
            let mistake = Mistake::new(Code::Timing, text.from.span_or(place), message);
            self.add(mistake.hint(format!("from: {} or later", Text(lead))));
        }
        let until = written(&text.until)?.unwrap_or(load.times.end.saturating_sub(longest));
        if until > load.times.end || from + longest > until {
            let message = format!(
                "there is no room for a fault of {} from {} to {}, in a load of {}",
                Text(longest),
                Text(from),
                Text(until),
                Text(load.times.end)
            );
            let mistake = Mistake::new(Code::Timing, text.until.span_or(text.from.span_or(place)), message);
            self.add(mistake.hint("a longer load, or shorter faults"));
            return None;
        }
        let budget = (until - from).mul_f64(text.budget.value()?.fraction());
        let at_once = usize::try_from(text.at_once.value()?.0).ok()?;
        let regions: Vec<RegionName> = ground.sites.iter().map(|site| site.name.clone()).collect();
        let rules = Rules { menu, from, until, budget, at_once, gap };
        let drawn = complete.then(|| draw(&rules, around, &regions, seed))?;
        if drawn.is_empty() {
            let message = format!("a budget of {} holds none of these faults", Text(budget));
            self.add(Mistake::new(Code::Timing, text.budget.span_or(place), message).hint("a larger `budget`"));
        }
        Some(drawn.into_iter().map(|fault| (fault, place)).collect())
    }
}

/// As written, `Some(None)` where nothing is, and `None` where it can't be read.
fn written<const MIN: u64, const MAX: u64>(field: &crate::read::Field<Time<MIN, MAX>>) -> Option<Option<Duration>> {
    (!field.is_bad()).then(|| field.written().map(|written| written.value.0))
}

/// Draws a schedule.
fn draw(rules: &Rules, around: &[Fault], regions: &[RegionName], seed: Seed) -> Vec<Fault> {
    let mut dice = Dice { seed: seed.derive("chaos"), thrown: 0 };
    let mut lanes: Vec<Duration> = (0..rules.at_once).map(|_| rules.from + dice.part(rules.gap)).collect();
    let mut drawn: Vec<Fault> = Vec::new();
    let (mut used, mut vain) = (Duration::ZERO, 0);
    while drawn.len() < FAULTS_MAX && vain < VAIN_DRAWS_MAX {
        let Some(lane) = (0..lanes.len()).min_by_key(|lane| lanes[*lane]) else { break };
        let pause = rules.gap / 2 + dice.part(rules.gap);
        let chosen = &rules.menu[dice.below(rules.menu.len())];
        let shortest = (chosen.duration / 2).max(SHORTEST).min(chosen.duration);
        let length = whole_milliseconds(shortest + dice.part(chosen.duration - shortest));
        let at = whole_milliseconds(lanes[lane]);
        if at + SHORTEST > rules.until {
            break;
        }
        let fault = Fault {
            name: FaultName::new(format!("chaos-{} {}", drawn.len() + 1, chosen.name)),
            at,
            duration: length,
            verify_within: chosen.verify_within.min(length.saturating_sub(chosen.ramp.on + chosen.ramp.off)),
            ..chosen.clone()
        };
        let fits = at + chosen.start_jitter + length <= rules.until && used + length <= rules.budget;
        let alone = !around.iter().chain(&drawn).any(|other| overlap::clash_in_time(other, &fault, regions));
        if !fits || !alone {
            vain += 1;
            lanes[lane] += if fits { pause } else { Duration::ZERO };
            continue;
        }
        vain = 0;
        used += length;
        lanes[lane] = overlap::free_at(&fault) + pause;
        drawn.push(fault);
    }
    drawn
}

/// Numbers from a seed, one after the other.
struct Dice {
    seed: Seed,
    thrown: u64,
}

impl Dice {
    fn number(&mut self) -> u64 {
        self.thrown += 1;
        self.seed.derive_number(self.thrown).value()
    }

    /// Below a number above zero.
    fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }

    /// From nothing to all of it.
    fn part(&mut self, whole: Duration) -> Duration {
        let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(if nanos == 0 { 0 } else { self.number() % nanos })
    }
}

/// What plans can write.
fn whole_milliseconds(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    //! Whatever the seed: within the budget and the times, never two that can't be together, and the same seed gives the same.
    use super::*;
    use crate::fault::{Direction, Established, FaultKind, Manner, Partition, RegionLoss};
    use proptest::prelude::*;

    fn region(name: &str) -> RegionName {
        RegionName::new(name)
    }

    fn regions() -> Vec<RegionName> {
        ["a", "b", "c"].map(region).to_vec()
    }

    fn menu() -> Vec<Fault> {
        let seconds = Duration::from_secs;
        let loss = |name: &str| FaultKind::from(RegionLoss::of(name));
        let cut = Partition {
            between: region("a"),
            and: region("b"),
            direction: Direction::Both,
            manner: Manner::Drop,
            established: Established::default(),
        };
        vec![
            Fault::new(FaultName::new("lose a"), loss("a"), Duration::ZERO, seconds(10)),
            Fault::new(FaultName::new("lose c"), loss("c"), Duration::ZERO, seconds(6)),
            Fault::new(FaultName::new("cut"), cut.into(), Duration::ZERO, seconds(20)),
        ]
    }

    fn rules(budget: f64, at_once: usize) -> Rules {
        let (from, until) = (Duration::from_secs(10), Duration::from_secs(310));
        let budget = (until - from).mul_f64(budget);
        Rules { menu: menu(), from, until, budget, at_once, gap: Duration::from_secs(4) }
    }

    proptest! {
        #[test]
        fn every_schedule_keeps_the_rules(seed in any::<u64>(), budget in 0.1_f64..1.0, at_once in 1_usize..4) {
            let rules = rules(budget, at_once);
            let drawn = draw(&rules, &[], &regions(), Seed::new(seed));
            prop_assert!(!drawn.is_empty());
            prop_assert_eq!(&drawn, &draw(&rules, &[], &regions(), Seed::new(seed)));
            prop_assert!(drawn.iter().map(|fault| fault.duration).sum::<Duration>() <= rules.budget);
            for (index, fault) in drawn.iter().enumerate() {
                prop_assert!(fault.at >= rules.from && fault.at + fault.duration <= rules.until);
                let template = rules.menu.iter().find(|menu| fault.name.as_str().ends_with(menu.name.as_str()));
                let fits = |whole: Duration| fault.duration <= whole && fault.duration >= whole / 2;
                prop_assert!(template.is_some_and(|template| fits(template.duration)));
                let others = drawn[..index].iter();
                prop_assert!(!others.clone().any(|other| overlap::clash_in_time(other, fault, &regions())));
                let together = others.filter(|other| other.at <= fault.at && fault.at < other.at + other.duration);
                prop_assert!(together.count() < at_once);
            }
        }

        #[test]
        fn chaos_goes_around_what_the_plan_wants(seed in any::<u64>()) {
            let fixed = Fault { at: Duration::from_secs(100), duration: Duration::from_secs(60), ..menu().remove(0) };
            let rules = rules(0.9, 2);
            for fault in draw(&rules, std::slice::from_ref(&fixed), &regions(), Seed::new(seed)) {
                prop_assert!(!overlap::clash_in_time(&fixed, &fault, &regions()), "{:?}", fault);
            }
        }
    }

    #[test]
    fn another_seed_is_another_day() {
        let days: Vec<_> = (0..20).map(|seed| draw(&rules(0.5, 1), &[], &regions(), Seed::new(seed))).collect();
        assert!(days.windows(2).all(|days| days[0] != days[1]));
        let names =
            |day: &[Fault]| day.iter().map(|fault| fault.name.clone()).collect::<std::collections::BTreeSet<_>>();
        assert!(days.iter().all(|day| names(day).len() == day.len()), "names are unique");
    }
}
