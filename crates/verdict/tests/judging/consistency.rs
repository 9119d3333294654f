//! Consistency for readers: a level, within a time, for a share of the reads; kept, broken, and not to be told.

use crate::story::{Story, operations, share};
use plan::resolved::{
    ConsistencyLevel::{self, BoundedStaleness, Eventual, MonotonicReads, ReadYourWrites, Strong},
    Objective, ObjectiveKind, RunPhase,
};
use std::time::Duration;
use verdict::{
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::ObjectiveFinding,
};

/// What is promised of the reads of a story.
struct Promise {
    level: ConsistencyLevel,
    within_ms: u64,
    percent: f64,
    population: Option<&'static str>,
    phase: Option<RunPhase>,
}

/// Half of europe's reads within half a second.
const HALF: Promise =
    Promise { level: Eventual, within_ms: 500, percent: 50.0, population: Some("europe"), phase: None };

fn judged(story: &Story, promise: &Promise) -> ObjectiveFinding {
    let mut story = story.clone();
    let kind = ObjectiveKind::Consistency {
        level: promise.level,
        within: Duration::from_millis(promise.within_ms),
        min: share(promise.percent),
        population: promise.population.map(Into::into),
        phase: promise.phase,
    };
    story.plan.objectives = vec![Objective { name: "readers".to_owned(), kind }];
    story.judged().objectives.remove(0)
}

fn told(lines: &str) -> Story {
    let mut story = Story::good();
    story.operations = operations(lines);
    story
}

/// Ten reads of a user of europe before the fault: one shows the state before the session's own write and before what it had read,
/// which was acknowledged 2 s before; one takes a second, and one fails.
const READS: &str = "
    1.0 europe eu 3.0 3.1 w7
    1.1 europe eu 3.2 3.3 r7
    1.2 europe eu 3.4 3.5 r7
    1.3 europe eu 3.6 3.7 r7
    1.4 europe eu 3.8 3.9 r7
    1.5 europe eu 4.0 4.1 r7
    1.6 europe eu 4.2 4.3 r7
    1.7 europe eu 4.4 4.5 r7
    1.8 europe eu 5.1 5.2 r-
    1.9 europe eu 6.0 7.0 r7
    1.10 europe eu 7.1 7.2 r- !
    91.0 at-us us 45.0 45.1 r7 f";

#[test]
fn each_level_counts_the_reads_that_keep_it() {
    let of = |level, percent| Promise { level, percent, ..HALF };
    let bounded = |ms| BoundedStaleness { max: Duration::from_millis(ms) };
    let cases = [
        ("anything in time: all but the late and the failed one", of(Eventual, 80.0), Pass),
        ("and no more than those", of(Eventual, 80.1), Fail),
        ("what was acknowledged: one less", of(Strong, 70.0), Pass),
        ("and no more than those", of(Strong, 70.1), Fail),
        ("what had been acknowledged for 2 s", of(bounded(2_000), 80.0), Pass),
        ("what had been acknowledged for 1.9 s", of(bounded(1_900), 80.0), Fail),
        ("the session's own write", of(ReadYourWrites, 70.0), Pass),
        ("but once", of(ReadYourWrites, 70.1), Fail),
        ("what it had read", of(MonotonicReads, 70.0), Pass),
        ("but once", of(MonotonicReads, 70.1), Fail),
        ("with a second's time one more", Promise { within_ms: 1_000, ..of(Eventual, 85.0) }, Pass),
        ("with a hundredth's none", Promise { within_ms: 10, ..of(Eventual, 1.0) }, Fail),
        ("before the fault", Promise { phase: Some(RunPhase::Baseline), ..of(Eventual, 80.0) }, Pass),
        ("nobody read in the fault", Promise { phase: Some(RunPhase::Fault), ..HALF }, Inconclusive),
        ("nobody of america read", Promise { population: Some("america"), ..HALF }, Inconclusive),
        ("of each population", Promise { population: None, ..HALF }, Inconclusive),
    ];
    let story = told(READS);
    for (case, promise, expected) in cases {
        let found = judged(&story, &promise);
        assert_eq!(found.verdict, expected, "{case}: {} ({})", found.reason, found.promise);
    }
    let found = judged(&story, &of(Strong, 70.0));
    assert_eq!(found.reason, "europe: 7 of 10 reads, 1 failed, 1 late, 1 with less");
    assert_eq!((found.measured.value, found.limit_is_most), (Some(0.7), false));
    let promise = "at least 70 % of europe's reads show everything acknowledged before them within 500 ms";
    assert_eq!(found.promise, promise);
}

#[test]
fn few_reads_or_few_that_could_break_it_show_nothing() {
    let strict = |level| Promise { level, percent: 90.0, ..HALF };
    let nine: String = (1..10).map(|turn| format!("1.{turn} europe eu 3.{turn} 3.{turn}5 r7\n")).collect();
    let wrote = told(&format!("1.0 europe eu 3.0 3.05 w7\n {nine}"));
    let found = judged(&wrote, &strict(ReadYourWrites));
    assert_eq!(found.verdict, Inconclusive, "nine reads can't show nine in ten: {}", found.reason);
    assert!(found.reason.contains("too few to show it (at least 10)"), "{}", found.reason);
    let more = "1.10 europe eu 4.0 4.05 r7";
    let wrote = told(&format!("1.0 europe eu 3.0 3.05 w7\n {nine} {more}"));
    assert_eq!(judged(&wrote, &strict(ReadYourWrites)).verdict, Pass);
    let read_only = told(&format!("2.0 america us 3.0 3.05 w7\n {nine} {more}"));
    let found = judged(&read_only, &strict(ReadYourWrites));
    assert_eq!(found.verdict, Inconclusive, "no session read what it had written: {}", found.reason);
    assert!(found.reason.contains("0 reads could have shown less"), "{}", found.reason);
    assert_eq!(judged(&read_only, &strict(Strong)).verdict, Pass, "but they could have missed america's");
    assert_eq!(judged(&Story::good(), &HALF).verdict, Inconclusive, "there are no sessions");
}

#[test]
fn only_users_own_reads_of_the_key_itself_count() {
    let story = told(
        "1.0 europe eu 3.0 3.1 a7
         1.1 europe eu 3.2 3.3 l7
         1.2 europe eu 3.4 3.5 l7
         1.3 europe eu 3.6 3.7 d
         2.0 at-us us 3.6 3.7 l
         91.0 europe eu 45.0 45.1 l f",
    );
    let found = judged(&story, &Promise { level: Strong, percent: 50.0, ..HALF });
    assert_eq!((found.verdict, found.reason.as_str()), (Pass, "europe: 2 of 2 reads"));
}

#[test]
fn a_late_generator_spoils_it() {
    let verdict = |change: fn(&mut Story), percent: f64| -> Verdict {
        let mut story = told(READS);
        change(&mut story);
        judged(&story, &Promise { percent, ..HALF }).verdict
    };
    assert_eq!((verdict(|_| {}, 80.0), verdict(|_| {}, 90.0)), (Pass, Fail));
    let late: fn(&mut Story) = |story| story.send_lag = Duration::from_millis(12);
    assert_eq!(
        (verdict(late, 80.0), verdict(late, 90.0)),
        (Inconclusive, Inconclusive),
        "it may be the generator's own"
    );
}
