//! From which run on recovery times are other ones.

use crate::{
    runs::failing_for,
    story::{EUROPE, Story, manifest},
};
use record::{Manifest, Recording};
use std::time::Duration;
use verdict::runs::{ChangeState, Judged, Runs, StreamChanges, several};

/// Runs whose users failed for so many seconds, started a minute apart; asked for in that order of their starts.
fn runs(seconds: &[f64], asked: impl Fn(usize) -> usize, change: impl Fn(usize, &mut Story)) -> Runs {
    let started = |run: usize| manifest().started + Duration::from_secs(60 * run as u64);
    let recording = |run: usize| {
        let mut story = failing_for(seconds[run]);
        change(run, &mut story);
        let manifest = Manifest { started: started(run), ..manifest() };
        Recording::in_memory(manifest, story.plan.clone(), story.entries())
    };
    let order: Vec<usize> = (0..seconds.len()).map(asked).collect();
    let recordings: Vec<Recording> = order.iter().map(|run| recording(*run)).collect();
    let findings: Vec<_> = recordings.iter().map(verdict::judge).collect();
    let names: Vec<String> = order.iter().map(|run| format!("run-{run}")).collect();
    let judged = names.iter().zip(&recordings).zip(&findings);
    let judged: Vec<Judged<'_>> =
        judged.map(|((name, recording), findings)| Judged { name, recording, findings }).collect();
    several(&judged).unwrap()
}

fn europes_reads(runs: &Runs) -> &StreamChanges {
    let mut streams = runs.changes.streams.iter();
    streams.find(|one| one.population == EUROPE && one.class == "read").unwrap()
}

/// Times about this level.
fn level(of: f64, count: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| of + 0.1 * (at % 3) as f64)
}

/// Runs as they are.
const PLAIN: fn(usize, &mut Story) = |_, _| {};

#[test]
fn a_step_is_told_with_the_run_at_which_it_came() {
    let seconds: Vec<f64> = level(2.0, 6).chain(level(6.0, 7)).collect();
    let found = runs(&seconds, |run| run, PLAIN);
    let reads = europes_reads(&found);
    assert_eq!(reads.text, "changed at run-6 from 2.1 s to 6.1 s");
    assert_eq!((reads.state, reads.looked_at, reads.left_out), (ChangeState::Changed, 13, 0));
    assert!(reads.points[0].run == 6 && reads.points[0].p <= found.changes.level, "{:?}", reads.points);
    assert_eq!(found.changes.text, "2 of 2 recovery times changed", "nobody of america had to recover");
    // The order is that of their starts, however they are asked for.
    let backwards = runs(&seconds, |run| 12 - run, PLAIN);
    let reads = europes_reads(&backwards);
    assert_eq!((reads.points[0].name.as_str(), reads.points[0].run), ("run-6", 6));
    assert_eq!(reads.text, "changed at run-6 from 2.1 s to 6.1 s");
}

#[test]
fn noise_and_what_nobody_could_have_seen_is_no_change() {
    let noise = [3.1, 2.2, 4.0, 2.9, 3.3, 2.4, 3.8, 2.6, 3.0, 3.5, 2.7, 3.2];
    let found = runs(&noise, |run| run, PLAIN);
    assert_eq!(europes_reads(&found).text, "no change seen in 12 runs");
    assert_eq!(found.changes.text, "no change seen in 2 recovery times");
    let little: Vec<f64> = [3.0; 6].into_iter().chain([3.2; 6]).collect();
    let found = runs(&little, |run| run, PLAIN);
    assert_eq!(europes_reads(&found).state, ChangeState::NoneSeen, "each time is known to a tenth of a second");
    let more: Vec<f64> = [3.0; 6].into_iter().chain([3.3; 6]).collect();
    assert_eq!(europes_reads(&runs(&more, |run| run, PLAIN)).state, ChangeState::Changed);
}

#[test]
fn too_few_runs_say_nothing_and_those_that_cannot_be_trusted_are_none() {
    let seconds: Vec<f64> = level(2.0, 6).chain(level(6.0, 6)).collect();
    let few = runs(&seconds[1..], |run| run, PLAIN);
    assert_eq!(few.changes.text, "too few runs to see a change (11 of 12)");
    assert_eq!(europes_reads(&few).state, ChangeState::TooFew);
    let late = |run: usize, story: &mut Story| {
        if run == 3 {
            story.send_lag = Duration::from_millis(12);
        }
    };
    let untrusted = runs(&seconds, |run| run, late);
    let reads = europes_reads(&untrusted);
    assert_eq!((reads.looked_at, reads.left_out), (11, 1));
    assert_eq!(reads.text, "too few runs to see a change (11 of 12); 1 run says nothing of it");
}

#[test]
fn a_run_that_never_recovered_counts_with_what_it_took_at_least() {
    let seconds: Vec<f64> = level(2.0, 9).chain([27.9; 6]).collect();
    let never = |run: usize, story: &mut Story| {
        if run >= 9 {
            story.without_event(|kind| {
                matches!(kind, record::EventKind::FaultHealing(_) | record::EventKind::FaultHealed(_))
            });
        }
    };
    let found = runs(&seconds, |run| run, never);
    let reads = europes_reads(&found);
    assert_eq!((reads.looked_at, reads.state), (15, ChangeState::Changed), "{}", reads.text);
    assert_eq!(reads.points[0].name, "run-9");
}

#[test]
fn the_same_runs_say_the_same_again() {
    let seconds: Vec<f64> = level(2.0, 6).chain(level(6.0, 6)).collect();
    assert_eq!(runs(&seconds, |run| run, PLAIN), runs(&seconds, |run| run, PLAIN));
}
