//! A report with the page in it, in a real browser: it opens as the report, and an address with a choice in it opens the page.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of other things")]
#[path = "support/game_day.rs"]
mod game_day;

use std::{fs, path::Path, process::Command};

/// A report's document after loading, as Debian's browser writes it out; `fragment` is what its address ends with.
fn document(report: &Path, fragment: &str) -> String {
    let profile = report.with_extension("profile");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--window-size=1440,900", "--virtual-time-budget=10000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}{fragment}", report.display()))
        .output()
        .expect("the report is tested in a real browser: apt-get install chromium");
    String::from_utf8(output.stdout).unwrap()
}

/// The tag of the whole document.
fn root(document: &str) -> &str {
    let tag = &document[document.find("<html").unwrap()..];
    &tag[..tag.find('>').unwrap()]
}

#[test]
fn the_run_of_a_report_can_be_explored() {
    let recording = game_day::game_day(3, game_day::SECONDS_MIN);
    let findings = verdict::judge(&recording);
    let layer = dashboard::layer::Layer::of(&recording, &findings).expect("built with its page");
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.html");
    fs::write(&report, report::html::write_interactive(&findings, &layer.interactive())).unwrap();
    let size = fs::metadata(&report).unwrap().len();
    assert!(size < 400_000, "{size} bytes, and mail takes less");

    let opened = document(&report, "");
    assert!(opened.contains("Explore this run"), "the way to the page is offered");
    assert!(
        !root(&opened).contains("is-explored") && opened.contains("<h2 id=\"scorecard-heading\">"),
        "and the report is seen"
    );

    let explored = document(&report, "#w=0-120");
    let start = explored.find("<div id=\"page\">").unwrap();
    // A number and its unit stay on one line there.
    let page = explored[start..explored.find("<script type").unwrap()].replace("&nbsp;", " ");
    assert!(root(&explored).contains("class=\"is-explored\""), "the page is seen");
    assert!(page.contains(&findings.summary.sentence), "with the same sentence:\n{page}");
    for population in &findings.run.populations {
        assert!(page.contains(&population.name), "{}", population.name);
    }
}
