//! The end summary in terminals of several kinds.

use crate::fixture;
use report::{
    Written,
    terminal::{Colour, Glyphs, Style, summary},
};
use unicode_width::UnicodeWidthStr;
use verdict::Findings;

fn written() -> Written {
    Written {
        html: "out/report.html".into(),
        json: "out/report.json".into(),
        junit: "out/junit.xml".into(),
        markdown: "out/summary.md".into(),
    }
}

fn at(columns: usize) -> Style {
    Style::plain().with_size(columns, 24)
}

fn shown(findings: &Findings, style: &Style) -> String {
    summary(findings, Some(&written()), style)
}

#[test]
fn it_fits_every_width_and_says_the_verdict_last() {
    for (name, findings) in fixture::all() {
        for columns in [40, 60, 80, 120, 200] {
            let text = shown(&findings, &at(columns));
            for line in text.lines().filter(|line| !line.contains("out/")) {
                assert!(line.width() <= columns.min(80), "{name} at {columns}: {} columns: {line}", line.width());
            }
            let last = text.lines().last().unwrap();
            let verdict = findings.summary.verdict;
            assert!(last.starts_with(verdict.as_str()), "{name}: {last}");
            assert!(last.ends_with(&format!("exit {}", report::exit_code(verdict))), "{name} at {columns}: {last}");
        }
    }
}

#[test]
fn segments_are_folded_and_never_cut() {
    let mut findings = fixture::passed();
    let fault = findings.faults[0].clone();
    let parts: Vec<String> = fault
        .segments
        .iter()
        .map(|segment| format!("{} {}", segment.label, verdict::words::duration(segment.length.0)))
        .collect();
    let long = "everything-in-europe-west-1-dies";
    for turn in 1..=4 {
        let name = if turn == 1 { format!("{long}-and-comes-back") } else { long.to_owned() };
        findings
            .faults
            .push(verdict::findings::FaultFinding { name: format!("{name} ({turn} of 4)"), ..fault.clone() });
    }
    findings.faults.remove(0);
    for columns in [60, 80] {
        let text = shown(&findings, &at(columns));
        let told: Vec<&str> = text.lines().skip_while(|line| !line.contains("everything-in")).collect();
        let joined = told.join(" ");
        for part in &parts {
            assert!(joined.contains(part.as_str()), "{columns}: {part} in\n{text}");
        }
        let segments = told.iter().take_while(|line| !line.starts_with("  service"));
        assert!(segments.clone().all(|line| !line.contains('…')), "{columns}:\n{text}");
        assert_eq!(segments.count(), if columns == 80 { 2 } else { 3 }, "{columns}: whole faults only:\n{text}");
        assert!(told[0].contains("(1 of 4): ") || told[0].ends_with("(1 of 4):"), "{columns}: {}", told[0]);
    }
}

#[test]
fn it_is_no_higher_than_a_terminal_but_for_the_list_of_lost_writes() {
    for (name, findings) in fixture::all() {
        for columns in [80, 120] {
            let text = shown(&findings, &at(columns));
            let lost = text
                .lines()
                .skip_while(|line| !line.contains("writes lost; the first"))
                .take_while(|line| !line.is_empty());
            let lines = text.lines().count() - lost.count();
            assert!(
                lines <= 25,
                "{name} at {columns}: {lines} lines without the list and the blank line before it\n{text}"
            );
        }
    }
}

#[test]
fn plain_text_has_no_escape_codes_and_ascii_is_ascii() {
    for (name, findings) in fixture::all() {
        let plain = shown(&findings, &at(80));
        assert!(!plain.contains('\u{1b}'), "{name}: {plain}");
        let ascii = shown(&findings, &at(80).with_glyphs(Glyphs::Ascii));
        assert!(ascii.is_ascii(), "{name}: {ascii}");
        assert!(ascii.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)), "{name}: {ascii}");
        let colour = shown(&findings, &at(80).with_colour(Colour::Always));
        assert_eq!(without_colour(&colour), plain, "{name}: colour changes no letter");
        assert_eq!(colour.matches('\u{1b}').count(), colour.matches("\u{1b}[").count(), "{name}");
    }
}

#[test]
fn ten_populations_that_were_hit_are_all_named() {
    let mut findings = fixture::twenty_populations();
    for experience in findings.experience.iter_mut().filter(|experience| experience.population < 10) {
        experience.down = fixture::length(1_000);
        experience.affected = Some(fixture::span(32_000, 40_000));
    }
    let text = shown(&findings, &at(80));
    assert_eq!(text.lines().filter(|line| line.contains("affected")).count(), 10, "{text}");
    assert!(text.contains("10 others"), "{text}");
    assert!(text.lines().any(|line| line.contains("FAIL  no-lost-writes")), "{text}");
    findings.experience.iter_mut().for_each(|experience| experience.down = fixture::length(1_000));
    assert!(shown(&findings, &at(80)).contains("10 more not fine"), "twenty are too many to name");
}

#[test]
fn without_a_written_report_it_says_so() {
    let text = summary(&fixture::lost_writes(), None, &at(80));
    assert!(text.contains("no report file was written"), "{text}");
    assert!(text.contains("judge the recording with --json"), "{text}");
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('m').unwrap() + 1..];
    }
    plain + rest
}

macro_rules! snapshots {
    ($($name:ident: $findings:ident, $style:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(shown(&fixture::$findings(), &$style));
            }
        )*
    };
}

snapshots! {
    passed_at_80: passed, at(80);
    lost_writes_at_60: lost_writes, at(60);
    lost_writes_at_80: lost_writes, at(80);
    lost_writes_at_120: lost_writes, at(120);
    lost_writes_in_ascii: lost_writes, at(80).with_glyphs(Glyphs::Ascii);
    lost_writes_in_colour: lost_writes, at(80).with_colour(Colour::Always);
    inconclusive_at_80: inconclusive, at(80);
    crashed_at_80: crashed, at(80);
    empty_at_80: empty, at(80);
    no_faults_at_80: no_faults, at(80);
    twenty_populations_at_60: twenty_populations, at(60);
    twenty_populations_at_80: twenty_populations, at(80);
    hostile_at_80: hostile, at(80);
}
