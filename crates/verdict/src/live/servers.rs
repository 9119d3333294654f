//! Who serves each population, as it is said while a run goes on: a change once it holds.
//!
//! Each first answer of a region is recorded, and the verdict counts from those. But where users think for long, some come late to a region
//! that the others have left, and what one of them does is no news to a person. So a region's begin waits until most of the latest
//! answers are its own.

use record::{Event, EventKind, Interval};
use std::collections::BTreeMap;

/// The latest answers are those of so many whole seconds …
const SECONDS_MIN: usize = 2;
/// … and so many answers at least, where there were so many.
const ANSWERS_MIN: u64 = 5;
/// Seconds that are looked at, at most.
const SECONDS_KEPT: u64 = 60;

/// By population: who serves it.
#[derive(Debug, Clone)]
pub struct Servers(Vec<Server>);

#[derive(Debug, Clone, Default)]
struct Server {
    /// What was said last.
    said: Option<usize>,
    /// By region: when it began the last time.
    begins: BTreeMap<usize, Event>,
    /// By second, by region.
    answers: BTreeMap<u64, BTreeMap<usize, u64>>,
}

impl Servers {
    /// Of so many populations, of which nobody has been served yet.
    #[must_use]
    pub fn of(populations: usize) -> Self {
        Self(vec![Server::default(); populations])
    }

    /// Keeps an event that says that a region begins to serve; any other is given back.
    pub fn take<'e>(&mut self, event: &'e Event) -> Option<&'e Event> {
        let EventKind::ServedByStarted { population, region } = event.kind else { return Some(event) };
        self.0[population].begins.insert(region, event.clone());
        None
    }

    /// Somebody was served, or not.
    pub fn count(&mut self, interval: &Interval) {
        if let Some(region) = interval.served_by.filter(|_| interval.outcome.is_ok()) {
            let answers = &mut self.0[interval.population].answers;
            *answers.entry(interval.second).or_default().entry(region).or_default() += interval.count();
            let oldest = answers.last_key_value().map_or(0, |(last, _)| last.saturating_sub(SECONDS_KEPT));
            *answers = answers.split_off(&oldest);
        }
    }

    /// What holds now and was not said yet.
    #[must_use]
    pub fn changes(&mut self) -> Vec<Event> {
        self.0.iter_mut().filter_map(Server::change).collect()
    }
}

impl Server {
    fn change(&mut self) -> Option<Event> {
        let region = self.most().filter(|region| self.said != Some(*region))?;
        let event = self.begins.remove(&region)?;
        self.said = Some(region);
        Some(event)
    }

    /// Who gave most of the latest answers.
    fn most(&self) -> Option<usize> {
        let mut of: BTreeMap<usize, u64> = BTreeMap::new();
        let mut all = 0;
        // Of the last second not all may have been told.
        for (seconds, answers) in self.answers.values().rev().skip(1).enumerate() {
            if seconds >= SECONDS_MIN && all >= ANSWERS_MIN {
                break;
            }
            for (region, count) in answers {
                *of.entry(*region).or_default() += count;
                all += count;
            }
        }
        of.into_iter().find(|(_, count)| count * 2 > all).map(|(region, _)| region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;
    use std::time::Duration;
    use units::RunTime;

    /// What is said, as second and region, when regions answer so often in each second: `answers[second][region]`. A region begins when it
    /// has not answered in the second before.
    fn said(answers: &[[u32; 2]]) -> Vec<(u64, usize)> {
        let mut servers = Servers::of(1);
        let mut said = Vec::new();
        for (second, now) in (0..).zip(answers) {
            for (region, count) in now.iter().enumerate().filter(|(_, count)| **count > 0) {
                if second == 0 || answers[second as usize - 1][region] == 0 {
                    let at = RunTime::from(Duration::from_secs(second));
                    let kind = EventKind::ServedByStarted { population: 0, region };
                    assert!(servers.take(&Event::new(at, kind, "load", "it moves")).is_none());
                }
                let mut interval = Interval::empty(second, 0, Some(region), 0, Outcome::Ok);
                interval.tenths[0] = *count;
                servers.count(&interval);
            }
            let region = |event: &Event| match event.kind {
                EventKind::ServedByStarted { region, .. } => region,
                _ => unreachable!("nothing else was kept"),
            };
            said.extend(servers.changes().iter().map(|event| (event.at.second(), region(event))));
        }
        said
    }

    #[test]
    fn a_change_is_said_once_it_holds_with_its_own_time() {
        type Case<'a> = (&'a str, &'a [[u32; 2]], &'a [(u64, usize)]);
        let table: [Case<'_>; 5] = [
            ("who serves at first", &[[9, 0], [9, 0], [9, 0]], &[(0, 0)]),
            ("a failover", &[[9, 0], [9, 0], [2, 5], [0, 9], [0, 9], [0, 9], [0, 9]], &[(0, 0), (2, 1)]),
            (
                "one who comes late to the other region changes nothing",
                &[[9, 0], [9, 0], [8, 1], [9, 0], [9, 0], [8, 1], [9, 0], [9, 0]],
                &[(0, 0)],
            ),
            (
                "there and back, with stragglers",
                &[[0, 9], [0, 9], [3, 6], [6, 3], [9, 0], [8, 1], [9, 0], [8, 1], [9, 0], [9, 0]],
                &[(0, 1), (2, 0)],
            ),
            (
                "few answers are looked at together",
                &[[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [1, 0], [1, 0], [1, 0], [1, 0]],
                &[(0, 0)],
            ),
        ];
        for (sentence, answers, expected) in table {
            assert_eq!(said(answers), expected, "{sentence}");
        }
    }

    #[test]
    fn any_other_event_is_said_at_once() {
        let event = Event::new(RunTime::START, EventKind::LoadStarted, "landfall", "load starts");
        assert_eq!(Servers::of(1).take(&event), Some(&event));
    }
}
