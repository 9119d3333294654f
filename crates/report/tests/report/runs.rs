//! Several runs of one plan in every rendering: the same texts, and nothing foreign taken for markup or for a terminal's code.

use crate::fixture::{percentile, too_few};
use report::{runs as rendered, terminal::Style};
use std::time::Duration;
use units::RunTime;
use verdict::{
    Verdict,
    findings::{Length, Quantity, RecoveryTimes},
    runs::{
        Beside, BesideRow, BesideScore, ChangeState, Changes, FORMAT, Fared, RunChange, RunLine, Runs, StreamChanges,
    },
};

fn run(name: &str, verdict: Verdict, is_trusted: bool) -> RunLine {
    let sentence = "Failover worked in 4.2 s.".to_owned();
    let (name, seed) = (name.to_owned(), "7".to_owned());
    RunLine { name, started_unix_us: Some(1_795_000_000_000_000), seed, verdict, sentence, is_trusted }
}

fn row(what: &str, fared: Fared, before: Quantity, now: Quantity) -> BesideRow {
    let (whom, text) = ("europe, reads, eu-dies".to_owned(), "longer by more than chance explains (2.2 s)".to_owned());
    BesideRow { score: what.to_owned(), what: what.to_owned(), whom, before, now, fared, text }
}

/// One recovery time that changed at that run.
fn changes(name: &str) -> Changes {
    let length = |millis: u64| Length(Duration::from_millis(millis));
    let point = RunChange { run: 1, name: name.to_owned(), before: length(4_200), after: length(9_000), p: 0.003 };
    let stream = StreamChanges {
        fault: "eu-dies".to_owned(),
        population: 0,
        class: "write".to_owned(),
        state: ChangeState::Changed,
        looked_at: 14,
        left_out: 0,
        points: vec![point],
        text: format!("changed at {name} from 4.2 s to 9 s"),
    };
    let unchanged = StreamChanges {
        class: "read".to_owned(),
        state: ChangeState::NoneSeen,
        points: Vec::new(),
        text: "no change seen in 14 runs".to_owned(),
        ..stream.clone()
    };
    let text = "1 of 2 recovery times changed".to_owned();
    Changes { level: 0.01, runs_needed: 12, streams: vec![unchanged, stream], text }
}

/// Two runs of a plan; the second is called as the tested system may have wanted.
fn two(name: &str) -> Runs {
    let length = |millis: u64| Length(Duration::from_millis(millis));
    let times = RecoveryTimes {
        fault: "eu-dies".to_owned(),
        population: 0,
        class: "read".to_owned(),
        outages: 6,
        known: 4,
        not_recovered: 1,
        undecided: 1,
        shortest: Some(length(4_200)),
        p50: percentile(50.0, 5_000_000),
        p90: too_few(90.0),
        longest: Some(length(9_000)),
        worst: Some("run-2: eu-dies".to_owned()),
        text: "4 of 6 times known".to_owned(),
    };
    let seconds = |millis: u64, text: &str| Quantity::seconds(length(millis), text.to_owned());
    let rows = vec![
        row("recovery time", Fared::Worse, seconds(4_200, "4.2 s"), seconds(9_000, "9 s")),
        row("p99 in the fault", Fared::NotComparable, seconds(74, "74 ms"), Quantity::not_measured()),
    ];
    Runs {
        format: FORMAT.to_owned(),
        plan: "shop".to_owned(),
        populations: vec!["europe".to_owned()],
        verdict: Verdict::Fail,
        runs: vec![run("run-1", Verdict::Pass, true), run(name, Verdict::Fail, false)],
        recovery_times: vec![times],
        changes: changes(name),
        beside: Some(Beside {
            differences: Vec::new(),
            aligned: Some([RunTime::from_micros(14_300_000); 2]),
            scorecard: vec![BesideScore {
                name: "data loss".to_owned(),
                before: "none of 1,000 lost".to_owned(),
                now: format!("9 lost in {name}"),
                fared: Fared::Worse,
                text: "the ledger, lost writes: more are lost, and not by chance.".to_owned(),
            }],
            rows,
            text: "1 worse, 1 not comparable".to_owned(),
        }),
        text: "2 runs: 1 passed and 1 failed".to_owned(),
    }
}

#[test]
fn each_rendering_has_every_text() {
    let runs = two("run-2");
    let wide = rendered::terminal(&runs, None, &Style::plain());
    for text in [
        "data loss",
        "more are lost, and not by chance",
        "1 of 2 recovery times changed",
        "changed at run-2 from 4.2 s to 9 s",
        "recovery time",
        "worse",
        "not comparable",
        "4.2 s",
        "9 s",
        "4 of 6",
        "2 runs: 1 passed and 1 failed",
        "FAIL",
    ] {
        assert!(wide.contains(text), "{text} is not in\n{wide}");
        assert!(rendered::markdown(&runs).contains(text), "{text} is not in the Markdown");
    }
    assert!(wide.contains("eu-dies, europe, writes") && !wide.contains("no change seen"), "{wide}");
    assert!(wide.lines().all(|line| line.chars().count() <= 80), "{wide}");
    let markdown = rendered::markdown(&runs);
    for text in ["1, 1 untold", "(not trusted)", "longer by more than chance explains"] {
        assert!(markdown.contains(text), "{text} is not in\n{markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&rendered::json(&runs)).unwrap();
    assert_eq!(json["beside"]["rows"][0]["fared"], "worse");
    assert_eq!(json["recovery_times"][0]["not_recovered"], 1);
    assert_eq!(json["beside"]["aligned_us"][1], 14_300_000);
    assert_eq!(json["changes"]["streams"][1]["points"][0]["after_us"], 9_000_000);
    assert_eq!(json["changes"]["streams"][0]["state"], "none-seen");
}

#[test]
fn nothing_foreign_is_taken_for_markup() {
    let runs = two("<script>|@team\u{1b}[31m");
    let markdown = rendered::markdown(&runs);
    assert!(!markdown.contains("<script>") && !markdown.contains("@team"), "{markdown}");
    assert!(!rendered::terminal(&runs, None, &Style::plain()).contains('\u{1b}'));
}

#[test]
fn runs_without_a_fault_and_without_a_second_say_so() {
    let runs = Runs { recovery_times: Vec::new(), beside: None, ..two("run-2") };
    assert!(rendered::terminal(&runs, None, &Style::plain()).contains("nobody had to recover"));
    assert!(!rendered::markdown(&runs).contains("##"), "{}", rendered::markdown(&runs));
}
