//! Every report of every stored recording: what `verdict` is judged by, drawn.
//!
//! The recordings are verdict's own (good, bad and undecidable ones for every check), so a report that can't show one of
//! them, or shows another verdict than the findings have, is found here.

use record::{Entry, Recording};
use report::{
    Clock,
    terminal::{Stamps, Style, event_line, summary},
};
use std::{fs, path::PathBuf, sync::LazyLock};
use verdict::{Findings, Verdict};

/// Name, recording, and what verdict says of it. Judged once for all tests.
static RECORDINGS: LazyLock<Vec<(String, Recording, Findings)>> = LazyLock::new(read_all);

fn read_all() -> Vec<(String, Recording, Findings)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../verdict/tests/recordings");
    let mut read: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| {
            let recording = Recording::read(&path).unwrap();
            let findings = verdict::judge(&recording);
            (path.file_name().unwrap().to_string_lossy().into_owned(), recording, findings)
        })
        .collect();
    read.sort_by(|left, right| left.0.cmp(&right.0));
    assert!(read.len() >= 20, "{} recordings in {}", read.len(), folder.display());
    read
}

#[test]
fn every_recording_has_every_report_with_one_verdict() {
    for (name, _, findings) in RECORDINGS.iter() {
        let verdict = findings.summary.verdict;
        let terminal = summary(findings, None, &Style::plain());
        assert!(terminal.lines().last().unwrap().starts_with(verdict.as_str()), "{name}: {terminal}");
        let html = report::html::write(findings);
        assert!(html.contains(&format!("<title>{}: {}</title>", verdict.as_str(), findings.run.name)), "{name}");
        let markdown = report::markdown::write(findings);
        assert!(markdown.starts_with(&format!("## {}: ", verdict.as_str())), "{name}: {markdown}");
        let junit = report::junit::write(findings);
        let is_green = !junit.contains("<failure") && !junit.contains("<error");
        assert_eq!(is_green, verdict == Verdict::Pass, "{name}: {junit}");
    }
}

#[test]
fn the_live_log_and_the_event_log_use_the_same_words() {
    let style = Style::plain().with_stamps(Stamps::Utc);
    for (name, recording, findings) in RECORDINGS.iter() {
        let clock = Clock::new(findings.run.started_unix_us);
        for entry in &recording.entries {
            let Entry::Event(event) = entry else { continue };
            let line = event_line(event, clock, &style);
            let logged = findings.events.iter().find(|logged| logged.at == event.at && logged.text == event.text);
            let tag = logged.unwrap_or_else(|| panic!("{name}: {line} is not in the event log")).tag;
            assert_eq!(line.split(' ').nth(1), Some(tag.as_str()), "{name}: {line}");
        }
    }
}

#[test]
fn a_lost_write_is_named_wherever_people_look() {
    let (_, _, findings) = RECORDINGS.iter().find(|(name, ..)| name == "writes-lost").unwrap();
    let lost = &findings.ledger.as_ref().unwrap().lost_writes[0].value;
    assert!(summary(findings, None, &Style::plain()).contains(lost.as_str()), "terminal");
    assert!(report::html::write(findings).contains(lost.as_str()), "page");
    assert!(report::markdown::write(findings).contains(lost.as_str()), "job summary");
    assert!(report::json::write(findings).contains(lost.as_str()), "JSON");
}
