//! Plans, and runs of them with known answers.

use plan::{
    Source,
    resolved::{Arrivals, ResolvedPlan, Stage},
};
use record::{
    ArrivalCounts, Entry, Event, EventKind, GeneratorSecond, Histogram, Interval, Manifest, Outcome, Recording,
};
use std::time::{Duration, UNIX_EPOCH};
use units::{Rate, RunTime};
use verdict::Findings;

/// One region and one population; the promise is an availability of 99 % where `more` promises nothing.
pub(crate) fn plan(load: &str, more: &str) -> ResolvedPlan {
    checked(load, &format!("objectives: [{{availability: 99%}}]\n{more}"))
}

/// One region and one population.
pub(crate) fn checked(load: &str, more: &str) -> ResolvedPlan {
    let text = format!(
        "version: 1\nname: small\ntarget:\n  endpoints: {{us-east-1: \"http://127.0.0.1:8080\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n{load}{more}"
    );
    let source = Source { name: "small.yaml".to_owned(), text };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// A run of ten seconds whose first is warm-up.
pub(crate) struct Run {
    pub(crate) plan: ResolvedPlan,
    /// Requests in each second.
    pub(crate) rate: u64,
    /// Of those: failed.
    pub(crate) failed: u64,
    /// Arrivals in each second that found no free user.
    pub(crate) dropped: u64,
    /// Arrivals in each second that were never sent.
    pub(crate) unsent: u64,
    pub(crate) send_lag_ms: u64,
    pub(crate) events: Vec<(u64, EventKind, &'static str)>,
}

impl Run {
    /// 100 requests a second, and all is well.
    pub(crate) fn good() -> Self {
        let plan = plan("load: {rate: 100/s, for: 10s, warm_up: 1s}\n", "");
        let events = vec![
            (0, EventKind::LoadStarted, ""),
            (1, EventKind::BaselineStarted, ""),
            (10, EventKind::LoadEnded, ""),
            (11, EventKind::RunEnded, ""),
        ];
        Self { plan, rate: 100, failed: 0, dropped: 0, unsent: 0, send_lag_ms: 1, events }
    }

    pub(crate) fn judged(&self) -> Findings {
        let at = |second: u64| RunTime::from(Duration::from_secs(second));
        let mut entries: Vec<Entry> = Vec::new();
        for second in 0..10 {
            entries.push(self.requests(second, Outcome::Ok, self.rate - self.failed));
            entries.push(self.requests(second, Outcome::ServerError, self.failed));
            entries.push(Entry::Arrivals(self.arrivals(second)));
            entries.push(Entry::Generator(GeneratorSecond { second, thread_cpu: vec![0.2], ..Default::default() }));
        }
        let mut events = self.events.clone();
        events.sort_by_key(|(second, ..)| *second);
        let events = events.into_iter().map(|(second, kind, text)| Event::new(at(second), kind, "test", text));
        entries.extend(events.map(Entry::Event));
        let manifest = Manifest { landfall_version: "test".to_owned(), started: UNIX_EPOCH, host: None };
        verdict::judge(&Recording::in_memory(manifest, self.as_it_came(), entries))
    }

    /// The plan, of which every arrival came when it was to come.
    fn as_it_came(&self) -> ResolvedPlan {
        let mut plan = self.plan.clone();
        let rate = Rate::per_second((self.rate + self.dropped + self.unsent) as f64).expect("a rate");
        plan.load.stages = vec![Stage::Constant { rate, duration: plan.load.duration() }];
        plan.load.arrivals = Arrivals::Regular;
        plan
    }

    fn requests(&self, second: u64, outcome: Outcome, count: u64) -> Entry {
        let served_by = outcome.is_ok().then_some(0);
        let mut interval = Interval::empty(second, 0, served_by, 0, outcome);
        let intended = RunTime::from(Duration::from_secs(second));
        (0..count).for_each(|_| interval.add(intended, 1, Duration::from_millis(20)));
        Entry::Interval(interval)
    }

    fn arrivals(&self, second: u64) -> ArrivalCounts {
        let mut send_lag = Histogram::new();
        (0..self.rate).for_each(|_| send_lag.record(Duration::from_millis(self.send_lag_ms)));
        let (dropped, unsent) = (self.dropped, self.unsent);
        let intended = self.rate + dropped + unsent;
        ArrivalCounts { second, intended, started: self.rate, dropped, unsent, send_lag, ..Default::default() }
    }
}
