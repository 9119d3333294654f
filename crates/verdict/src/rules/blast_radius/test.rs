//! The test itself: for every population and every number, is it different, is it the same, or can't it be told?
//!
//! One family, one answer each. *Same* asks whether the 90 % interval of the change lies within the margins; each population
//! has to be the same in all its numbers, which needs no adjustment (an intersection of tests). *Different* is asked of many
//! numbers, each of which may alarm, so that its p is adjusted by Holm over the whole family at 5 %. A change that is surely
//! within the margins is the same, however sure it is that it isn't zero.

use super::side::{NUMBERS, PERCENTILES, Side};
use crate::{
    findings::{Answer, Measure},
    statistics::{change::Change, holm},
};
use plan::resolved::Margins;
use record::Histogram;
use units::Seed;

/// Significance of a difference in the family, and of each side of sameness.
const ALPHA: f64 = 0.05;

/// Two sides of one population.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) population: usize,
    pub(super) before: Side,
    pub(super) after: Side,
}

/// What is known of one number of one population.
#[derive(Debug, Clone)]
pub(crate) struct Tested {
    pub(crate) population: usize,
    pub(crate) measure: Measure,
    /// As counted: a share, or seconds.
    pub(crate) before: Option<f64>,
    pub(crate) after: Option<f64>,
    /// 90 % interval of after − before.
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) margin: f64,
    /// Of no change, adjusted over the family.
    pub(crate) p: Option<f64>,
    pub(crate) answer: Answer,
    /// Why there is no answer, where the data is too little to even ask.
    pub(crate) why: Option<String>,
}

/// Every number of every pair, in their order.
pub(super) fn test(pairs: &[Pair], margins: &Margins, seed: Seed, draws: u64) -> Vec<Tested> {
    let mut changes: Vec<Option<Change>> = Vec::new();
    let mut tested: Vec<Tested> = Vec::new();
    for pair in pairs {
        let of = |name: &str, side: &Side| side.numbers(seed.derive(name).derive_number(pair.population as u64), draws);
        let numbers = of("before", &pair.before).zip(of("after", &pair.after));
        let (before, after) = (pair.before.counted(), pair.after.counted());
        for (index, measure) in Measure::ALL.into_iter().enumerate() {
            let why = lacking(pair, index, numbers.is_some());
            let change = numbers.as_ref().filter(|_| why.is_none());
            let change = change.map(|(before, after)| Change::between(before[index], after[index]));
            tested.push(Tested {
                population: pair.population,
                measure,
                before: before[index],
                after: after[index],
                interval: change.map(|change| change.interval(1.0 - 2.0 * ALPHA)),
                margin: margin(margins, index, before[index]),
                p: None,
                answer: Answer::NotEnoughData,
                why,
            });
            changes.push(change);
        }
    }
    answer(&mut tested, &changes);
    tested
}

/// How large a change still counts as none: points of the failing share; of a response time the larger of a share of it and a
/// length.
fn margin(margins: &Margins, index: usize, before: Option<f64>) -> f64 {
    if index == 0 {
        return margins.failing.fraction();
    }
    (before.unwrap_or(0.0) * margins.response_share.fraction()).max(margins.response_min.as_secs_f64())
}

fn lacking(pair: &Pair, index: usize, has_blocks: bool) -> Option<String> {
    let sides = [("baseline", &pair.before), ("fault", &pair.after)];
    if let Some((name, _)) = sides.iter().find(|(_, side)| side.requests() == 0) {
        return Some(format!("no requests in the {name}"));
    }
    if !has_blocks {
        return Some("too short to know how its seconds differ".to_owned());
    }
    let percent = *index.checked_sub(1).map(|index| &PERCENTILES[index])?;
    let needed = Histogram::samples_needed(percent);
    let (name, side) = sides.iter().find(|(_, side)| side.successes() < needed)?;
    Some(format!("{} of {needed} samples in the {name}", side.successes()))
}

fn answer(tested: &mut [Tested], changes: &[Option<Change>]) {
    let asked: Vec<usize> = (0..changes.len()).filter(|index| changes[*index].is_some()).collect();
    let p: Vec<f64> = asked.iter().filter_map(|index| changes[*index]).map(|change| change.p_different()).collect();
    for (index, p) in asked.into_iter().zip(holm::adjusted(&p)) {
        let Some(change) = changes[index] else { continue };
        let one = &mut tested[index];
        one.p = Some(p);
        one.answer = if change.p_same(one.margin) < ALPHA {
            Answer::Same
        } else if p < ALPHA {
            if change.estimate > 0.0 { Answer::Worse } else { Answer::Better }
        } else {
            Answer::NotEnoughData
        };
    }
}

const _: () = assert!(Measure::ALL.len() == NUMBERS, "every number has its name");

#[cfg(test)]
mod tests {
    use super::{super::side::Second, *};

    /// Chance with a seed.
    struct Chance(Seed);

    impl Chance {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.derive_number(1);
            self.0.value() as f64 / u64::MAX as f64
        }

        /// About normal: twelve uniforms.
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
        }

        /// Seconds of some requests around step 1070 (42 ms), whose level drifts: each second resembles the one before it.
        fn side(&mut self, (seconds, rate): (usize, u32), failing: f64, shift: f64) -> Side {
            let mut level = self.normal() * 3.0;
            let all: Vec<Second> = (0..seconds)
                .map(|_| {
                    level = 0.7 * level + 2.0 * self.normal();
                    let mut second = Second::default();
                    let mut cells = std::collections::BTreeMap::new();
                    for _ in 0..rate {
                        second.requests += 1;
                        if self.uniform() < failing {
                            second.failed += 1;
                        } else {
                            let tail = if self.uniform() < 0.1 { 20.0 * self.uniform() } else { 0.0 };
                            let step = 1_070.0 + level + shift + 4.0 * self.uniform() + tail;
                            *cells.entry(step as u16).or_insert(0) += 1;
                        }
                    }
                    second.cells = cells.into_iter().collect();
                    second
                })
                .collect();
            Side::of(&all)
        }
    }

    #[test]
    fn a_baseline_against_itself_is_called_different_in_at_most_5_of_100_runs() {
        let mut chance = Chance(Seed::new(11));
        let alarms = (0..1_000).filter(|run| {
            let pairs: Vec<Pair> = (0..3)
                .map(|population| Pair {
                    population,
                    before: chance.side((45, 12), 0.002, 0.0),
                    after: chance.side((45, 12), 0.002, 0.0),
                })
                .collect();
            let tested = test(&pairs, &Margins::default(), Seed::new(*run), 100);
            tested.iter().any(|one| matches!(one.answer, Answer::Worse | Answer::Better))
        });
        let alarms = alarms.count();
        // 5 % with three standard deviations of 0.7 points.
        assert!(alarms <= 71, "{alarms} of 1,000 families had a false alarm");
    }

    #[test]
    fn what_is_different_is_found_and_what_is_the_same_is_said() {
        let mut chance = Chance(Seed::new(12));
        // A step of the grid is 1 %.
        let cases = [
            ("nothing", 0.002, 0.0, [Answer::Same; NUMBERS]),
            ("twice as slow", 0.002, 70.0, [Answer::Same, Answer::Worse, Answer::Worse, Answer::Worse]),
            ("faster by half", 0.002, -70.0, [Answer::Same, Answer::Better, Answer::Better, Answer::Better]),
            ("failing", 0.1, 0.0, [Answer::Worse, Answer::Same, Answer::Same, Answer::Same]),
        ];
        for (case, failing, shift, expected) in cases {
            let pair = Pair {
                population: 0,
                before: chance.side((300, 40), 0.002, 0.0),
                after: chance.side((300, 40), failing, shift),
            };
            let found: Vec<Answer> =
                test(&[pair], &Margins::default(), Seed::new(13), 500).iter().map(|one| one.answer).collect();
            assert_eq!(found, expected, "{case}");
        }
        let pair =
            Pair { population: 0, before: chance.side((14, 40), 0.0, 0.0), after: chance.side((60, 40), 0.0, 0.0) };
        assert!(
            test(&[pair], &Margins::default(), Seed::new(13), 100)
                .iter()
                .all(|one| one.answer == Answer::NotEnoughData)
        );
    }
}
