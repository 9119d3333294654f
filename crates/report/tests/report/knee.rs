//! A knee in every rendering: the same figures, every step there, nothing foreign taken for markup.

use knee::{Faults, Knee, Range, Search, Seen, Setting, Step};
use plan::resolved::LoadModel;
use report::{knee as rendered, terminal::Style};

fn setting() -> Setting {
    Setting {
        landfall: "0.1.0".to_owned(),
        started_unix_us: 1_795_305_600_000_000,
        plan: "shop".to_owned(),
        plan_sha256: "3f9c".to_owned(),
        seed: "7".to_owned(),
        model: LoadModel::Open,
        peak: 100.0,
        faults: Faults::None,
        objectives: vec!["availability".to_owned(), "response_time p99".to_owned()],
    }
}

/// A load breaks above 300/s, for a reason that the tested system may have written.
fn found(reason: &str) -> Knee {
    of(Faults::None, reason)
}

/// The same load with each region lost.
fn headroom(reason: &str) -> Knee {
    of(Faults::EachRegion(vec!["us-east-1".into(), "eu-west-1".into()]), reason)
}

fn of(faults: Faults, reason: &str) -> Knee {
    let mut search = Search::new(Range::new(1.0, 8.0, 2.0, 0.5).expect("a range"), faults.variants());
    let mut steps = Vec::new();
    while let Some(ask) = search.next() {
        // Without the last region it holds less.
        let limit = if ask.variant == 0 && faults != Faults::None { 5.0 } else { 3.0 };
        let (seen, why) = if ask.factor <= limit { (Seen::Held, "") } else { (Seen::Broke, reason) };
        search.take(seen);
        steps.push(Step {
            number: steps.len() + 1,
            factor: ask.factor,
            lost: faults.lost(ask.variant).cloned(),
            repeats: ask.repeats,
            load: format!("{}/s", ask.factor * 100.0),
            seen,
            why: why.to_owned(),
            requests: 12_345,
            failed_share: Some(if seen == Seen::Held { 0.0 } else { 0.25 }),
            response_p50: "12 ms".to_owned(),
            response_p99: "84 ms".to_owned(),
            send_lag_p99: "0.4 ms".to_owned(),
            folder: Some(format!("{:02}-x{}", steps.len() + 1, ask.factor)),
        });
    }
    Knee::new(Setting { faults, ..setting() }, &search, steps, None)
}

const REASON: &str = "response_time p99: 412 ms, limit 200 ms";

#[test]
fn it_reads_well() {
    let knee = found(REASON);
    insta::assert_snapshot!("knee_terminal", rendered::terminal(&knee, None, &Style::plain().with_size(80, 24)));
    insta::assert_snapshot!("knee_markdown", rendered::markdown(&knee));
    let headroom = headroom(REASON);
    let shell = rendered::terminal(&headroom, None, &Style::plain().with_size(80, 24));
    insta::assert_snapshot!("headroom_terminal", shell);
    insta::assert_snapshot!("headroom_markdown", rendered::markdown(&headroom));
}

#[test]
fn a_headroom_says_without_which_region() {
    let headroom = headroom(REASON);
    let expected =
        "The headroom lies between 283/s (×2.83), which held, and 400/s (×4), which broke twice (without eu-west-1, ";
    assert!(headroom.sentence.starts_with(expected), "{}", headroom.sentence);
    assert_eq!(headroom.binding, Some("eu-west-1".into()));
    let json: serde_json::Value = serde_json::from_str(&rendered::json(&headroom)).expect("JSON");
    assert_eq!(json["setting"]["faults"], "each-region");
    assert_eq!(json["setting"]["lost"], serde_json::json!(["us-east-1", "eu-west-1"]));
    let folder = tempfile::tempdir().expect("a folder");
    let written = rendered::write_all(folder.path(), &headroom).expect("written");
    assert_eq!(written.json, folder.path().join("headroom.json"));
    assert!(written.markdown.ends_with("headroom.md"));
}

#[test]
fn every_step_is_in_every_rendering() {
    let knee = found(REASON);
    let texts = [rendered::terminal(&knee, None, &Style::plain()), rendered::markdown(&knee), rendered::json(&knee)];
    for text in texts {
        for wanted in ["283", "2.83", "84 ms", "The knee lies between", "p99: 412 ms, limit 200 ms"] {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
    }
    let line = rendered::step_line(&knee.steps[2], &Style::plain());
    assert!(line.contains("3 broke") && line.contains("×4") && line.ends_with(REASON), "{line}");
}

#[test]
fn lines_fit_the_terminal() {
    for columns in [60, 80] {
        let style = Style::plain().with_size(columns, 24);
        let shell = rendered::terminal(&found(REASON), None, &style);
        let lines = found(REASON).steps.iter().map(|step| rendered::step_line(step, &style)).collect::<Vec<_>>();
        for line in shell.lines().chain(lines.iter().flat_map(|line| line.lines())) {
            assert!(line.chars().count() <= columns, "{columns} columns: {line}");
        }
    }
}

#[test]
fn foreign_text_stays_text() {
    let knee = found("<b>\u{1b}[31m| no</b>");
    assert!(!rendered::terminal(&knee, None, &Style::plain()).contains('\u{1b}'));
    let table = rendered::markdown(&knee);
    assert!(!table.contains("<b>") && !table.contains("| no"), "{table}");
}
