//! Recordings on disk with their expected findings beside them: a good, a bad and an undecidable one for every check.
//!
//! They stay as they are: a newer Landfall must still read and judge them. A story without a recording gets one with
//! `UPDATE_GENERATED=1`; the expected findings are reviewed with `cargo insta`.

mod histories;

use crate::{
    digest::digest,
    story::{AMERICA, Answer, EU, EUROPE, READ, Story, US, at, manifest, share, twice},
};
use plan::resolved::{Arrivals, ObjectiveKind};
use record::{Event, EventKind, Outcome, Recording, Writer};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use verdict::Verdict::{self, Fail, Inconclusive, Pass};

/// A stored recording: its name, the verdict it must give, and the run.
struct Case {
    name: &'static str,
    verdict: Verdict,
    story: Story,
}

fn case(name: &'static str, verdict: Verdict, change: impl FnOnce(&mut Story)) -> Case {
    let mut story = Story::good();
    name.clone_into(&mut story.plan.name);
    change(&mut story);
    Case { name, verdict, story }
}

fn cases() -> Vec<Case> {
    let mut cases =
        vec![case("good", Pass, |_| {}), Case { name: "without-fault", verdict: Pass, story: Story::without_fault() }];
    cases.extend(recoveries());
    cases.extend(repetitions());
    cases.extend(writes());
    cases.extend(histories::cases());
    cases.extend(requests());
    cases.extend(measurement());
    cases
}

/// Europe fails from the fault's beginning until `until`, then the other region serves it until it is home at `home`.
fn outage(story: &mut Story, until: f64, home: f64) {
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 12.1, EU);
    story.fail(EUROPE, 12.1, until, Outcome::Timeout);
    story.serve(EUROPE, until, home, US);
    story.serve(EUROPE, home, 40.0, EU);
    story.without_event(|kind| matches!(kind, EventKind::ServedByStarted { .. }));
    set(
        story,
        "availability",
        ObjectiveKind::Availability { min: share(10.0), population: None, class: None, step: None, phase: None },
    );
}

fn set(story: &mut Story, name: &str, kind: ObjectiveKind) {
    story.plan.objectives.iter_mut().find(|objective| objective.name == name).unwrap().kind = kind;
}

fn recoveries() -> Vec<Case> {
    vec![
        case("recovery-too-slow", Fail, |story| outage(story, 21.0, 27.0)),
        case("recovery-flapping", Fail, |story| {
            outage(story, 16.3, 27.0);
            story.fail(EUROPE, 20.0, 21.5, Outcome::Refused);
        }),
        case("recovery-never", Fail, |story| outage(story, 40.0, 40.0)),
        case("recovery-cut-short", Inconclusive, |story| {
            outage(story, 38.0, 40.0);
            set(
                story,
                "recovery",
                ObjectiveKind::RecoveryTime { max: Duration::from_secs(27), class: None, population: None },
            );
            set(story, "failback", ObjectiveKind::Failback { max: Duration::from_secs(30), population: None });
        }),
        case("failback-too-slow", Fail, |story| outage(story, 16.3, 33.0)),
        case("failback-cut-short", Inconclusive, |story| {
            outage(story, 16.3, 38.0);
            set(story, "failback", ObjectiveKind::Failback { max: Duration::from_secs(20), population: None });
        }),
        case("fault-unproven", Inconclusive, |story| {
            story.without_event(|kind| matches!(kind, EventKind::FaultActive(_)));
            let text = "eu-west-1 still answered after 2 s";
            story.events.push(Event::new(at(14.0), EventKind::FaultUnproven("eu-dies".into()), "fault", text));
        }),
        case("removal-unproven", Inconclusive, |story| {
            story.without_event(|kind| matches!(kind, EventKind::FaultHealed(_)));
            let text = "eu-west-1 did not answer within 2 s";
            story.events.push(Event::new(at(26.0), EventKind::FaultNotHealed("eu-dies".into()), "fault", text));
        }),
    ]
}

fn repetitions() -> Vec<Case> {
    let repeated = |name: &'static str, verdict, change: &dyn Fn(&mut Story)| {
        let mut story = twice();
        name.clone_into(&mut story.plan.name);
        change(&mut story);
        Case { name, verdict, story }
    };
    vec![
        repeated("repeated", Pass, &|_| {}),
        repeated("repeated-not-recovered", Fail, &|story| {
            story.traffic.retain(|stretch| stretch.population != EUROPE || stretch.to <= 24.1);
            story.fail(EUROPE, 24.1, 40.0, Outcome::Timeout);
        }),
        repeated("repeated-silent", Inconclusive, &|story| {
            story.traffic.retain(|stretch| stretch.population != EUROPE || stretch.to <= 24.1);
        }),
    ]
}

fn writes() -> Vec<Case> {
    vec![
        case("writes-lost", Fail, |story| {
            let dying = story.probes.iter_mut().filter(|probe| probe.population == EUROPE);
            dying.filter(|probe| (9.0..12.0).contains(&probe.intended)).for_each(|probe| probe.lose());
        }),
        case("writes-unproven", Inconclusive, |story| {
            story.probes[4].answers = vec![Answer::Unknown, Answer::AbsentOnce];
        }),
        case("writes-diverged", Fail, |story| {
            story.probes[6].answers = vec![Answer::Present, Answer::Absent];
            story.probes[8].answers = vec![Answer::Absent, Answer::PresentLate];
        }),
        case("divergence-unproven", Inconclusive, |story| {
            story.probes[6].answers = vec![Answer::Present, Answer::Unknown];
        }),
        case("writes-none", Inconclusive, |story| story.probes.clear()),
    ]
}

fn requests() -> Vec<Case> {
    vec![
        case("availability-broken", Fail, |story| {
            set(
                story,
                "availability",
                ObjectiveKind::Availability {
                    min: share(99.0),
                    population: None,
                    class: None,
                    step: None,
                    phase: None,
                },
            );
        }),
        case("availability-too-few", Inconclusive, |story| {
            let population = Some("america".into());
            set(
                story,
                "availability",
                ObjectiveKind::Availability { min: share(99.99), population, class: None, step: None, phase: None },
            );
        }),
        case("response-too-slow", Fail, |story| {
            let slow = story.traffic.iter_mut().filter(|stretch| stretch.population == AMERICA);
            slow.filter(|stretch| stretch.step == READ).for_each(|stretch| stretch.latency_ms = 400);
        }),
        case("response-too-few", Inconclusive, |story| {
            let max = Duration::from_secs(1);
            let (percentile, step, population) = (99.9, None, None);
            let kind = ObjectiveKind::ResponseTime {
                percentile,
                max,
                step,
                population,
                baseline_only: false,
                class: None,
                phase: None,
            };
            set(story, "fast", kind);
        }),
    ]
}

fn measurement() -> Vec<Case> {
    vec![
        case("generator-late", Inconclusive, |story| story.send_lag = Duration::from_millis(12)),
        case("generator-saturated", Inconclusive, |story| {
            story.event(20.0, EventKind::GeneratorSaturated(true));
            story.event(22.5, EventKind::GeneratorSaturated(false));
        }),
        case("load-unsent", Inconclusive, |story| story.dropped = 2),
        case("load-as-planned", Pass, |story| {
            story.plan.load.arrivals = Arrivals::Poisson;
            story.intended = crate::arrivals::poisson;
        }),
        case("load-in-bunches", Inconclusive, |story| {
            story.plan.load.arrivals = Arrivals::Poisson;
            story.intended = |second, _| if second % 2 == 0 { 10 } else { 50 };
        }),
        case("no-requests", Inconclusive, |story| story.traffic.clear()),
        case("aborted", Inconclusive, |story| {
            story.traffic.iter_mut().for_each(|stretch| stretch.to = stretch.to.min(30.0));
            story.events.retain(|event| event.at < at(30.0));
            story.event(30.0, EventKind::Aborted);
            story.probes.retain(|probe| probe.intended < 29.0);
            story.probes.iter_mut().for_each(|probe| probe.answers.clear());
        }),
        case("crashed", Inconclusive, |story| story.ends = false),
    ]
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn store(case: &Case) {
    let directory = home().join(case.name);
    let text = format!("name: {}\n", case.name);
    let mut writer = Writer::create(&directory, &manifest(), &text, &case.story.plan).unwrap();
    case.story.entries().iter().for_each(|entry| writer.append(entry).unwrap());
    if case.story.ends {
        writer.finish().unwrap();
    } else {
        writer.flush().unwrap();
    }
}

#[test]
fn stored_recordings_give_the_expected_findings() {
    for case in cases() {
        let directory = home().join(case.name);
        if !directory.exists() && std::env::var_os("UPDATE_GENERATED").is_some() {
            store(&case);
        }
        let recording = Recording::read(&directory).unwrap();
        assert_eq!(recording.entries, case.story.entries(), "{}: the story tells what is stored", case.name);
        let findings = verdict::judge(&recording);
        assert_eq!(findings.summary.verdict, case.verdict, "{}", case.name);
        insta::with_settings!({ snapshot_path => home(), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(case.name, digest(&findings));
        });
    }
}

#[test]
fn a_damaged_recording_is_inconclusive_and_says_where() {
    let home = tempfile::tempdir().unwrap();
    let good = self::home().join("good");
    for file in fs::read_dir(&good).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), home.path().join(file.file_name())).unwrap();
    }
    for (name, spoilt) in
        [("intervals.ndjson", "availability"), ("events.ndjson", "recovery"), ("ledger.ndjson", "nothing lost")]
    {
        let path = home.path().join(name);
        let original = fs::read(&path).unwrap();
        let mut bytes = original.clone();
        bytes[200] ^= 1;
        fs::write(&path, bytes).unwrap();
        let findings = verdict::judge(&Recording::read(home.path()).unwrap());
        fs::write(&path, original).unwrap();
        assert_eq!(findings.summary.verdict, Inconclusive, "{name}");
        let objective = findings.objectives.iter().find(|objective| objective.name == spoilt).unwrap();
        assert_eq!(objective.verdict, Inconclusive, "{name} spoils {spoilt}");
        assert!(objective.reason.contains("checksum") && objective.reason.contains(name), "{}", objective.reason);
    }
}
