//! Writing the files.

use crate::fixture;
use std::fs;

#[test]
fn all_four_are_there_whole_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("not/there/yet");
    let findings = fixture::lost_writes();
    let written = report::write_all(&target, &findings, None).unwrap();
    assert_eq!(fs::read_to_string(&written.json).unwrap(), report::json::write(&findings));
    assert_eq!(fs::read_to_string(&written.html).unwrap(), report::html::write(&findings));
    assert_eq!(fs::read_to_string(&written.junit).unwrap(), report::junit::write(&findings));
    assert_eq!(fs::read_to_string(&written.markdown).unwrap(), report::markdown::write(&findings));
    let mut names: Vec<_> = fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["junit.xml", "report.html", "report.json", "summary.md"], "no drafts are left");
}

#[test]
fn a_report_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    report::write_all(directory.path(), &fixture::passed(), None).unwrap();
    let written = report::write_all(directory.path(), &fixture::lost_writes(), None).unwrap();
    assert!(fs::read_to_string(written.markdown).unwrap().contains("FAIL"));
}

#[test]
fn what_can_not_be_written_is_named_and_leaves_no_draft() {
    let directory = tempfile::tempdir().unwrap();
    // A directory in the place of a file can't be replaced by one.
    fs::create_dir_all(directory.path().join("junit.xml/occupied")).unwrap();
    let error = report::write_all(directory.path(), &fixture::passed(), None).unwrap_err();
    assert_eq!(error.path(), directory.path().join("junit.xml"));
    assert!(error.to_string().ends_with("junit.xml"), "{error}");
    assert!(std::error::Error::source(&error).is_some(), "the cause is the operating system's");
    assert!(!directory.path().join("junit.xml.part").exists());
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(report::write_all(&file, &fixture::passed(), None).unwrap_err().path(), file, "a file is no directory");
}
