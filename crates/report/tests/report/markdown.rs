//! `summary.md`.

use crate::fixture;

#[test]
fn it_has_sixty_lines_at_most_whatever_was_found() {
    let mut crowded = fixture::twenty_populations();
    crowded.experience.iter_mut().for_each(|experience| experience.down = fixture::length(1_000));
    crowded.objectives = crowded.objectives.iter().cycle().take(40).cloned().collect();
    crowded.summary.reasons = crowded.summary.reasons.iter().cycle().take(40).cloned().collect();
    crowded.faults = crowded.faults.iter().cycle().take(40).cloned().collect();
    crowded.defects_on = vec!["everything".to_owned()];
    let lines = report::markdown::write(&crowded).lines().count();
    assert!((50..=60).contains(&lines), "{lines} lines");
}

#[test]
fn what_the_tested_system_says_is_no_markup() {
    let text = report::markdown::write(&fixture::hostile());
    assert!(!text.contains("<script") && !text.contains("[a]") && !text.contains('\u{1b}'), "{text}");
    let rows = text.lines().filter(|line| line.starts_with('|'));
    assert!(rows.clone().count() > 5 && rows.clone().all(|row| row.matches('|').count() == 6), "{text}");
}

#[test]
fn it_reads_well() {
    insta::assert_snapshot!(report::markdown::write(&fixture::lost_writes()));
}

#[test]
fn it_says_something_of_an_empty_run() {
    insta::assert_snapshot!(report::markdown::write(&fixture::empty()));
}
