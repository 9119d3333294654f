//! What is said while a run goes on, held against what the verdict says of the same run in the end.

use crate::story::{AMERICA, EU, EUROPE, Story, US, at};
use record::{Entry, LedgerEntry, Outcome};
use std::time::Duration;
use units::RunTime;
use verdict::{
    findings::MarkKind,
    live::{Live, Mark, Now, Phase, State},
};

/// What is said at these seconds of load.
fn said(story: &Story, when: &[f64]) -> Vec<Now> {
    let mut live = Live::new(story.plan.clone(), None);
    let entries = story.entries();
    let mut entries = entries.iter().peekable();
    let mut said = Vec::new();
    for tick in 1..60 {
        let now = RunTime::from(Duration::from_secs(tick));
        while let Some(entry) = entries.next_if(|entry| came(entry) <= now) {
            live.take(entry);
        }
        let told = live.now(now);
        if when.iter().any(|when| at(*when) == now) {
            said.push(told);
        }
    }
    said
}

/// When an entry is known.
fn came(entry: &Entry) -> RunTime {
    let behind = |second: u64| RunTime::from(Duration::from_secs(second + 1));
    match entry {
        Entry::Event(event) => event.at,
        Entry::Interval(interval) => behind(interval.second),
        Entry::Arrivals(arrivals) => behind(arrivals.second),
        Entry::Generator(generator) => behind(generator.second),
        Entry::Ledger(LedgerEntry::Write(write)) => write.done,
        Entry::Ledger(LedgerEntry::Read(read)) => read.done,
        _ => RunTime::START,
    }
}

fn mark(now: &Now, kind: MarkKind) -> Option<RunTime> {
    now.marks
        .iter()
        .find(|mark| mark.kind == kind && mark.population.is_none_or(|who| who == EUROPE))
        .map(|mark| mark.at)
}

#[test]
fn the_good_run_as_it_goes() {
    let cases = [
        (0.0, Phase::WarmUp, State::NoData, "nothing is known before anything was told"),
        (10.0, Phase::Baseline, State::Fine, "the baseline"),
        (13.0, Phase::Fault, State::Degraded, "a second after the fault"),
        (15.0, Phase::Fault, State::Down, "nobody is served"),
        (23.0, Phase::Recovering, State::Rerouted, "served elsewhere, and well"),
        (35.0, Phase::Healed, State::Fine, "home again"),
        (44.0, Phase::Settling, State::Fine, "the load is over"),
    ];
    let when: Vec<f64> = cases.iter().map(|(when, ..)| *when).collect();
    for (now, (when, phase, state, what)) in said(&Story::good(), &when).iter().zip(cases) {
        assert_eq!((now.phase, now.populations[EUROPE].state), (phase, state), "{what}, at {when}: {}", now.sentence);
        let other = if state == State::NoData { State::NoData } else { State::Fine };
        assert_eq!(now.populations[AMERICA].state, other, "{what}: america is not hit");
        assert!(now.is_trusted, "{}", now.second_line);
        if phase == Phase::Baseline {
            assert_eq!(now.second_line, "Measurement trusted.", "that all are fine says the sentence");
        }
    }
}

#[test]
fn every_mark_is_the_verdicts_once_it_is_known() {
    let story = Story::good();
    let findings = story.judged();
    let last = said(&story, &[44.0]).remove(0);
    for known in findings.faults[0].marks.iter().filter(|mark| mark.at.is_some()) {
        assert_eq!(mark(&last, known.kind), known.at, "{}", known.kind.as_str());
    }
    let taken = findings.faults[0].recovery.iter().filter_map(|one| one.time).max().unwrap();
    assert_eq!(last.populations[EUROPE].affected, taken.0, "affected for as long as the recovery took");
    assert!(last.score[0].value.starts_with("4.2 s ±0.1 s europe"), "{:?}", last.score[0]);
}

#[test]
fn who_fails_again_has_not_recovered() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, 13.0, Outcome::Refused);
    story.serve(EUROPE, 13.0, 19.0, US);
    story.fail(EUROPE, 19.0, 20.0, Outcome::Refused);
    story.serve(EUROPE, 20.0, 40.0, US);
    let said = said(&story, &[18.0, 23.0, 30.0]);
    assert_eq!(mark(&said[0], MarkKind::Recovered), Some(at(13.0)), "well for five seconds");
    assert_eq!(mark(&said[1], MarkKind::Recovered), None, "it failed again: what was said is taken back");
    assert_eq!(mark(&said[2], MarkKind::Recovered), Some(at(20.0)), "and is well for good now");
    let limit = Duration::from_millis(7_900);
    assert_eq!(said[2].populations[EUROPE].affected, limit, "from the first impact to the last recovery");
}

/// Users were well again after 4.2 s; only the window that proves it is not over when the limit is.
#[test]
fn a_recovery_that_looks_good_is_not_called_too_slow() {
    let mut story = Story::good();
    story.plan.trust.recovered_window = Duration::from_secs(60);
    let said = said(&story, &[17.0, 30.0]);
    assert!(said[0].score[0].value.ends_with("so far, europe"), "{:?}", said[0].score[0]);
    assert_eq!((said[1].score[0].value.as_str(), said[1].score[0].mark), ("4.2 s if it holds, europe", Mark::Open));
}

#[test]
fn a_black_hole_is_seen_before_its_time_outs() {
    let mut story = Story::good();
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.0, EU);
    let said = said(&story, &[12.0, 15.0]);
    assert_eq!(said[0].populations[EUROPE].state, State::Fine);
    let europe = &said[1].populations[EUROPE];
    assert_eq!((europe.state, europe.why.as_str()), (State::Down, "nothing is answered, 3 requests under way"));
}

#[test]
fn silence_is_no_data_and_never_fine() {
    let story = Story::good();
    let mut live = Live::new(story.plan.clone(), None);
    let entries = story.entries();
    entries.iter().filter(|entry| came(entry) <= at(10.0)).for_each(|entry| live.take(entry));
    assert_eq!(live.now(at(10.0)).state, State::Fine);
    assert_eq!(live.now(at(12.0)).state, State::Fine, "two seconds are no silence");
    let silent = live.now(at(14.0));
    assert!(silent.populations.iter().all(|one| one.state == State::NoData), "{:?}", silent.populations);
    assert!(!silent.is_trusted, "whose generator is silent can't be trusted");
    assert!(silent.sentence.contains("no data for 4 s (since T+10.0 s)"), "{}", silent.sentence);
}

#[test]
fn a_generator_that_is_late_makes_nobody_fine() {
    let mut story = Story::good();
    story.send_lag = Duration::from_millis(80);
    let now = said(&story, &[11.0]).remove(0);
    assert!(now.populations.iter().all(|one| one.state == State::NotTrusted), "{:?}", now.populations);
    assert!(
        now.sentence.contains("not to be trusted") && now.sentence.contains("send lag p99 80.1 ms > 5 ms"),
        "{}",
        now.sentence
    );
}
