//! Several runs of one plan: recovery times as a distribution, and two runs held against each other.

use crate::{
    neighbours::{long, slow},
    story::{EU, EUROPE, Story, US, twice},
};
use plan::fault::Repeat;
use record::{EventKind, Outcome, Recording};
use std::time::Duration;
use units::Seed;
use verdict::{
    Findings,
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::RecoveryTimes,
    runs::{
        Beside, BesideRow, BesideScore, Difference, Fared, Judged, POINTS_MAX, Point, Runs, Trend, beside, several,
        trend,
    },
};

/// A run in which europe fails for so long.
pub(crate) fn failing_for(seconds: f64) -> Story {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 12.1 + seconds, Outcome::Timeout);
    if seconds < 14.0 {
        story.serve(EUROPE, 12.1 + seconds, 27.0, US);
        story.serve(EUROPE, 27.0, 40.0, EU);
    }
    story
}

fn with<T>(stories: &[Story], act: impl FnOnce(&[Judged<'_>]) -> T) -> T {
    let recordings: Vec<Recording> = stories.iter().map(Story::recording).collect();
    let findings: Vec<Findings> = recordings.iter().map(verdict::judge).collect();
    let names: Vec<String> = (1..=stories.len()).map(|run| format!("run-{run}")).collect();
    let runs = names.iter().zip(&recordings).zip(&findings);
    let runs: Vec<Judged<'_>> =
        runs.map(|((name, recording), findings)| Judged { name, recording, findings }).collect();
    act(&runs)
}

fn together(stories: &[Story]) -> Result<Runs, Difference> {
    with(stories, several)
}

fn two(before: &Story, now: &Story) -> Beside {
    with(&[before.clone(), now.clone()], |runs| beside(&runs[0], &runs[1]))
}

fn europes_reads(runs: &Runs) -> &RecoveryTimes {
    runs.recovery_times.iter().find(|one| one.population == EUROPE && one.class == "read").unwrap()
}

fn row<'a>(beside: &'a Beside, what: &str, whom: &str) -> &'a BesideRow {
    let found = beside.rows.iter().find(|row| row.what == what && row.whom == whom);
    found.unwrap_or_else(|| panic!("no {what} of {whom} in {:?}", beside.rows))
}

#[test]
fn recovery_times_of_several_runs_are_one_distribution() {
    let stories: Vec<Story> = [3.0, 1.0, 5.0, 2.0, 4.0].into_iter().map(failing_for).collect();
    let runs = together(&stories).unwrap();
    let times = europes_reads(&runs);
    let seconds = |length: Option<verdict::findings::Length>| length.map(|length| length.as_secs_f64().round());
    assert_eq!((times.outages, times.known, times.not_recovered, times.undecided), (5, 5, 0, 0));
    assert_eq!((seconds(times.shortest), seconds(times.longest)), (Some(1.0), Some(5.0)));
    assert_eq!(seconds(times.p50.value), Some(3.0), "five times make a median");
    assert_eq!(times.p90.text, "not enough samples (5 of 29)");
    assert_eq!(times.worst.as_deref(), Some("run-3: eu-dies"));
    assert_eq!((runs.verdict, runs.text.as_str()), (Pass, "5 runs: 5 passed"));
    assert!(runs.beside.is_none(), "two are held against each other, not five");
    let few = together(&stories[..4]).unwrap();
    assert_eq!(europes_reads(&few).p50.text, "not enough samples (4 of 5)");
}

#[test]
fn times_that_are_not_known_stay_apart() {
    let mut late = failing_for(3.0);
    late.send_lag = Duration::from_millis(12);
    let mut never = failing_for(27.9);
    never.without_event(|kind| matches!(kind, EventKind::FaultHealing(_) | EventKind::FaultHealed(_)));
    let runs = together(&[failing_for(2.0), late, never]).unwrap();
    let times = europes_reads(&runs);
    assert_eq!((times.outages, times.known, times.not_recovered, times.undecided), (3, 1, 1, 1), "{}", times.text);
    assert_eq!(times.worst.as_deref(), Some("run-3: eu-dies"));
    assert_eq!((runs.verdict, runs.text.as_str()), (Fail, "3 runs: 1 passed, 1 inconclusive and 1 failed"));
    let trusted: Vec<bool> = runs.runs.iter().map(|run| run.is_trusted).collect();
    assert_eq!(trusted, [true, false, true]);
}

#[test]
fn runs_of_plans_that_differ_in_what_matters_are_refused() {
    type Change = fn(&mut Story);
    let cases: [(&str, Change, &[&str]); 8] = [
        (
            "a seed, a name and a plan's text",
            |story| {
                (story.plan.seed, story.plan.name) = (Seed::new(99), "other".to_owned());
                story.plan.plan_sha256 = "abc".to_owned();
            },
            &[],
        ),
        (
            "promises and limits of trust",
            |story| {
                story.plan.objectives.truncate(1);
                story.plan.trust.send_lag_p99_max = Duration::from_millis(1);
            },
            &[],
        ),
        ("the load", |story| story.plan.load.connections.users_max = 7, &["the load"]),
        ("the warm-up", |story| story.plan.warm_up = Duration::from_secs(1), &["the load"]),
        ("the faults", |story| story.plan.faults[0].lease = Duration::from_secs(9), &["the faults"]),
        ("a place", |story| story.plan.regions[0].latitude = 1.0, &["the regions"]),
        (
            "two things",
            |story| {
                story.plan.populations[0].origin = "mars".into();
                story.plan.journeys[0].weight = 7;
            },
            &["the populations", "the journeys"],
        ),
        (
            "the window",
            |story| story.plan.trust.recovered_window = Duration::from_secs(2),
            &["what counts as recovered"],
        ),
    ];
    for (case, change, expected) in cases {
        let mut other = Story::good();
        change(&mut other);
        let found = together(&[Story::good(), Story::good(), other.clone()]);
        let what = found.err().map_or_else(Vec::new, |difference| {
            assert_eq!((difference.one.as_str(), difference.other.as_str()), ("run-1", "run-3"));
            difference.what
        });
        assert_eq!(what, expected, "{case}");
        let beside = two(&Story::good(), &other);
        assert_eq!((beside.differences.as_slice(), beside.rows.is_empty()), (&what[..], !what.is_empty()), "{case}");
    }
    let mut other = Story::good();
    other.plan.load.connections.users_max = 7;
    let text = together(&[Story::good(), other]).unwrap_err().to_string();
    assert_eq!(text, "run-1 and run-2 are not runs of one plan: they differ in the load");
}

#[test]
fn one_time_each_differs_by_more_than_chance_or_not_at_all() {
    use Fared::{Better, NotComparable, WithinNoise, Worse};
    // 0.1 s of error on each side, a second between two checks, and a second in which a DNS answer is kept: 2.2 s.
    let never = failing_for(27.9);
    let mut late = failing_for(9.0);
    late.send_lag = Duration::from_millis(12);
    let cases = [
        ("the same", failing_for(4.0), failing_for(4.0), WithinNoise),
        ("2.2 s longer", failing_for(4.0), failing_for(6.2), WithinNoise),
        ("2.3 s longer", failing_for(4.0), failing_for(6.3), Worse),
        ("2.3 s shorter", failing_for(6.3), failing_for(4.0), Better),
        ("never", failing_for(4.0), never.clone(), Worse),
        ("no longer never", never.clone(), failing_for(4.0), Better),
        ("never again", never.clone(), never, WithinNoise),
        ("a late generator may have made it longer", failing_for(4.0), late, NotComparable),
    ];
    for (case, before, now, expected) in cases {
        let found = two(&before, &now);
        let row = row(&found, "recovery time", "europe, reads, eu-dies");
        assert_eq!(row.fared, expected, "{case}: {}", row.text);
    }
    let found = two(&failing_for(4.0), &failing_for(6.3));
    assert_eq!(found.aligned, Some([crate::story::at(12.3); 2]));
    let recovery = row(&found, "recovery time", "europe, reads, eu-dies");
    assert_eq!((recovery.before.text.as_str(), recovery.now.text.as_str()), ("4 s", "6.3 s"));
    assert_eq!(recovery.text, "longer by more than chance explains (2.2 s)");
    assert!(!found.rows.iter().any(|row| row.whom.starts_with("america, ")), "nobody of america was hit in either");
    assert_eq!(row(&found, "failback", "europe, eu-dies").fared, WithinNoise);
    let short = row(&found, "p99 in the fault", "europe");
    assert_eq!(short.fared, NotComparable, "12 s of fault are too few: {}", short.text);
}

/// Europe is home again at that second: all at once, or some of them in every other quarter of a second from 27 on.
fn home_at(second: f64, at_once: bool) -> Story {
    let mut story = failing_for(4.0);
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 16.1, Outcome::Timeout);
    story.serve(EUROPE, 16.1, 27.0, US);
    let quarters = (0_u32..).map(|quarter| (27.0 + f64::from(quarter) / 4.0, quarter));
    for (begin, quarter) in quarters.take_while(|(begin, _)| *begin < second) {
        let region = if at_once || quarter % 2 == 1 { US } else { EU };
        story.serve(EUROPE, begin, (begin + 0.25).min(second), region);
    }
    story.serve(EUROPE, second, 40.0, EU);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { population: EUROPE, region: 0 }));
    story.event(0.1, EventKind::ServedByStarted { population: EUROPE, region: 0 });
    story.event(if at_once { second } else { 27.0 }, EventKind::ServedByStarted { population: EUROPE, region: 0 });
    story
}

#[test]
fn the_last_visitors_of_elsewhere_are_chance() {
    use Fared::{WithinNoise, Worse};
    for (case, at_once, expected) in [("all leave later", true, Worse), ("some stay longer", false, WithinNoise)] {
        let found = two(&home_at(27.0, true), &home_at(29.6, at_once));
        let row = row(&found, "failback", "europe, eu-dies");
        assert_eq!(row.fared, expected, "{case}: {} {} {}", row.before.text, row.now.text, row.text);
    }
}

/// Europe's home dies four times for 2 s, and its users fail for so long each time.
fn four_times(lengths: [f64; 4]) -> Story {
    let mut story = twice();
    let fault = &mut story.plan.faults[0];
    fault.duration = Duration::from_secs(2);
    fault.repeat = Repeat { times: 4, every: Duration::from_secs(7), rolling: false };
    story.without_event(|kind| {
        matches!(
            kind,
            EventKind::FaultInjecting(_)
                | EventKind::FaultActive(_)
                | EventKind::FaultHealing(_)
                | EventKind::FaultHealed(_)
                | EventKind::HealthChanged { .. }
        )
    });
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 10.1, EU);
    for (begin, length) in [10.0, 17.0, 24.0, 31.0].into_iter().zip(lengths) {
        story.fail(EUROPE, begin + 0.1, begin + 0.1 + length, Outcome::Refused);
        story.serve(EUROPE, begin + 0.1 + length, begin + 3.0, US);
        story.serve(EUROPE, begin + 3.0, if begin > 30.0 { 40.0 } else { begin + 7.1 }, EU);
        let fault = || "eu-dies".into();
        story.event(begin, EventKind::FaultInjecting(fault()));
        story.event(begin + 0.1, EventKind::FaultActive(fault()));
        story.event(begin + 2.0, EventKind::FaultHealing(fault()));
        story.event(begin + 2.5, EventKind::FaultHealed(fault()));
    }
    story
}

#[test]
fn of_four_times_and_more_the_ranks_decide() {
    use Fared::{Better, WithinNoise, Worse};
    // All of them are within the 2.2 s that are chance for a single one.
    let (short, long) = ([0.5, 0.6, 0.7, 0.8], [1.2, 1.3, 1.4, 1.5]);
    let cases = [(short, long, Worse), (long, short, Better), (short, [0.4, 0.6, 0.8, 0.9], WithinNoise)];
    for (before, now, expected) in cases {
        let found = two(&four_times(before), &four_times(now));
        let row = row(&found, "recovery time", "europe, reads, eu-dies");
        assert_eq!(row.fared, expected, "{before:?} to {now:?}: {}", row.text);
    }
    let found = two(&four_times(short), &four_times(long));
    let row = row(&found, "recovery time", "europe, reads, eu-dies");
    assert_eq!(
        (row.before.text.as_str(), row.now.text.as_str()),
        ("500 ms to 800 ms, 4 times", "1.2 s to 1.5 s, 4 times")
    );
    let runs = together(&[four_times(short), four_times(long)]).unwrap();
    let times = europes_reads(&runs);
    assert_eq!((times.outages, times.known), (8, 8), "the times of each run and of both");
    assert_eq!(times.worst.as_deref(), Some("run-2: eu-dies (4 of 4)"));
}

#[test]
fn what_users_met_in_the_fault_is_tested_and_the_baselines_are_the_control() {
    use Fared::{Better, NotComparable, WithinNoise, Worse};
    let whole = |failing: f64, per_tenth: u32| Story { ends: true, ..long(failing, per_tenth) };
    let slower_in_the_fault = || {
        let mut story = whole(0.0, 4);
        slow(&mut story, 42.0, 100.0, 60);
        story
    };
    let slower_always = || {
        let mut story = whole(0.0, 4);
        slow(&mut story, 0.0, 100.0, 60);
        story
    };
    let cases = [
        ("the same run", whole(0.0, 4), whole(0.0, 4), WithinNoise, WithinNoise),
        ("slower in the fault", whole(0.0, 4), slower_in_the_fault(), Worse, WithinNoise),
        ("faster in the fault", slower_in_the_fault(), whole(0.0, 4), Better, WithinNoise),
        ("a slower machine", whole(0.0, 4), slower_always(), NotComparable, WithinNoise),
        ("a tenth fails", whole(0.0, 4), whole(0.1, 4), WithinNoise, Worse),
        ("three in a thousand may be chance", whole(0.0, 1), whole(0.003, 1), WithinNoise, WithinNoise),
    ];
    for (case, before, now, median, failed) in cases {
        let found = two(&before, &now);
        let fared = |what: &str| (row(&found, what, "america").fared, row(&found, what, "america").text.clone());
        assert_eq!(fared("median in the fault").0, median, "{case}: {}", fared("median in the fault").1);
        assert_eq!(fared("failed in the fault").0, failed, "{case}: {}", fared("failed in the fault").1);
    }
    let found = two(&whole(0.0, 4), &slower_always());
    assert_eq!(row(&found, "median in the fault", "america").text, "the baselines of the two runs differ already");
}

#[test]
fn lost_writes_are_more_only_when_that_is_no_chance() {
    use Fared::{Better, WithinNoise, Worse};
    let losing = |writes: usize| {
        let mut story = Story::good();
        let europes = story.probes.iter_mut().filter(|probe| probe.population == EUROPE);
        europes.take(writes).for_each(|probe| probe.lose());
        story
    };
    for (before, now, expected) in
        [(0, 0, WithinNoise), (0, 1, WithinNoise), (0, 9, Worse), (9, 0, Better), (9, 8, WithinNoise)]
    {
        let found = two(&losing(before), &losing(now));
        let row = row(&found, "lost writes", "the ledger");
        assert_eq!(row.fared, expected, "{before} to {now}: {} ({} to {})", row.text, row.before.text, row.now.text);
    }
}

fn score<'a>(beside: &'a Beside, name: &str) -> &'a BesideScore {
    beside.scorecard.iter().find(|row| row.name == name).unwrap()
}

#[test]
fn a_row_of_the_scorecard_is_as_bad_as_the_worst_of_its_numbers() {
    use Fared::{Better, NotComparable, WithinNoise, Worse};
    let names = ["recovery time", "data loss", "error budget", "blast radius", "other regions", "failback", "trust"];
    let longer = two(&failing_for(4.0), &failing_for(6.3));
    assert_eq!(longer.scorecard.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), names);
    let recovery = score(&longer, "recovery time");
    assert_eq!(
        (recovery.before.as_str(), recovery.now.as_str(), recovery.fared),
        ("4 s ±0.1 s", "6.3 s ±0.1 s", Worse)
    );
    assert_eq!(
        recovery.text,
        "europe, reads, eu-dies: longer by more than chance explains (2.2 s); 1 more is worse too."
    );
    assert_eq!(score(&longer, "data loss").text, "the ledger, lost writes: none is lost.");
    assert_eq!(score(&longer, "failback").fared, WithinNoise);
    assert_eq!(score(&longer, "trust").text, "the same in both runs.");
    assert_eq!(score(&two(&failing_for(6.3), &failing_for(4.0)), "recovery time").fared, Better);
    // 12 s of fault are too few for the percentiles of the others: what can't be told is no "within noise".
    assert_eq!(score(&longer, "other regions").fared, NotComparable, "{}", score(&longer, "other regions").text);
    let mut late = failing_for(4.0);
    late.send_lag = Duration::from_millis(12);
    let untrusted = two(&failing_for(4.0), &late);
    assert_eq!(score(&untrusted, "trust").text, "what is not trusted can't be compared.");
    assert_eq!(score(&untrusted, "recovery time").fared, NotComparable);
    let mut other = failing_for(6.3);
    other.plan.load.connections.users_max = 7;
    let differing = two(&failing_for(4.0), &other);
    assert!(differing.scorecard.iter().all(|row| row.fared == NotComparable), "{:?}", differing.scorecard);
    assert_eq!(score(&differing, "recovery time").text, "the plans differ in the load.");
}

/// The trend of runs that began in that order, whose names are their numbers.
fn trend_of(stories: &[Story]) -> Trend {
    with(stories, |runs| {
        let points = runs
            .iter()
            .zip(0_u64..)
            .map(|(run, number)| Point { started_unix_us: Some(1_000 - number), ..Point::of(run.name, run.findings) });
        trend(points.collect())
    })
}

#[test]
fn a_trend_goes_from_the_oldest_run_to_the_newest_and_says_when_they_are_too_few() {
    let stories: Vec<Story> = [3.0, 1.0, 5.0, 2.0, 4.0].into_iter().map(failing_for).collect();
    let five = trend_of(&stories);
    // The last of them began first.
    assert_eq!(
        five.points.iter().map(|point| point.text.as_str()).collect::<Vec<_>>(),
        ["4 s ±0.1 s", "2 s ±0.1 s", "5 s ±0.1 s", "1 s ±0.1 s", "3 s ±0.1 s"]
    );
    assert_eq!(five.text, "5 runs, recovery time known of 5: 1 s to 5 s, median 3 s");
    assert_eq!(five.points[0].limit_seconds, Some(8.0));
    let four = trend_of(&stories[..4]);
    assert_eq!(four.text, "4 runs, recovery time known of 4: 1 s to 5 s, too few to say what is usual (4 of 5)");
    let mut late = failing_for(3.0);
    late.send_lag = Duration::from_millis(12);
    let unknown = trend_of(&[failing_for(27.9), late]);
    assert_eq!(unknown.text, "2 runs, recovery time known of none");
    assert!(unknown.points.iter().all(|point| point.recovery.is_none()), "never, and not trusted: {unknown:?}");
    assert_eq!(unknown.points[0].text, "3 s ±0.1 s, not trusted");
    let many: Vec<Point> =
        (0..30).map(|number| Point { started_unix_us: Some(number), ..five.points[0].clone() }).collect();
    let newest = trend(many);
    assert_eq!((newest.points.len(), newest.points[0].started_unix_us), (POINTS_MAX, Some(10)));
}

#[test]
fn a_trend_says_from_which_run_on_recovery_takes_longer_also_of_runs_that_are_not_shown() {
    let two = [failing_for(2.0), failing_for(5.0)];
    with(&two, |runs| {
        let point = |number: u64, of: usize| Point {
            started_unix_us: Some(number),
            ..Point::of(&format!("run-{number:02}"), runs[of].findings)
        };
        let slower =
            |from: u64, count: u64| trend((0..count).map(|n| point(n, usize::from(n >= from))).rev().collect());
        let changed = slower(12, 24);
        assert!(changed.changes.text.ends_with("changed"), "{:?}", changed.changes);
        assert!(!changed.changed.is_empty());
        for told in &changed.changed {
            assert!(told.ends_with(": changed at run-12 from 2 s to 5 s"), "{told}");
        }
        assert_eq!((changed.points.len(), &*changed.points[0].name), (POINTS_MAX, "run-04"));
        assert_eq!(slower(3, 6).changes.text, "too few runs to see a change (6 of 12)");
        let steady = slower(24, 24);
        assert!(steady.changes.text.starts_with("no change seen") && steady.changed.is_empty(), "{:?}", steady.changes);
    });
}

#[test]
fn the_worst_verdict_is_that_of_all_runs() {
    let verdict = |stories: &[Story]| -> Verdict { together(stories).unwrap().verdict };
    let mut late = Story::good();
    late.send_lag = Duration::from_millis(12);
    assert_eq!(verdict(&[Story::good(), Story::good()]), Pass);
    assert_eq!(verdict(&[Story::good(), late]), Inconclusive);
    assert_eq!(verdict(&[failing_for(9.0), Story::good()]), Fail);
}
