//! The report on paper, printed by a real browser: three pages at most, of three regions and of twenty, in A4 and in Letter.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "support/game_day.rs"]
#[expect(dead_code, reason = "shared with the tests of other things")]
mod game_day;

use std::{
    fs,
    io::ErrorKind,
    process::{Command, Stdio},
};

/// What the browser is called, depending on who packaged it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// More is not read by whoever is handed it.
const PAGES_MAX: usize = 3;

/// How many pages the file has on that paper.
fn pages(html: &str, paper: &str) -> usize {
    let directory = tempfile::tempdir().unwrap();
    let (page, pdf) = (directory.path().join("page.html"), directory.path().join("page.pdf"));
    // The policy allows no style but the file's own, so the paper's size stands in that one.
    let policy = html.find("<meta http-equiv").unwrap();
    let rest = policy + html[policy..].find('>').unwrap() + 1;
    let sized = html[rest..].replacen("</style>", &format!("@page {{ size: {paper}; }}</style>"), 1);
    fs::write(&page, format!("{}{sized}", &html[..policy])).unwrap();
    let print = |name: &str| {
        Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer"])
            .arg(format!("--user-data-dir={}", directory.path().join("profile").display()))
            .arg(format!("--print-to-pdf={}", pdf.display()))
            .arg(format!("file://{}", page.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
    };
    let found = NAMES.iter().map(|name| print(name)).find(|tried| !is_missing(tried));
    let status = found.unwrap_or_else(|| panic!("none of {NAMES:?} is installed: apt-get install chromium")).unwrap();
    assert!(status.success(), "the browser printed nothing: {status}");
    let written = fs::read(&pdf).unwrap();
    let is_page = |part: &[u8]| part.starts_with(b"/Type /Page") && part.get(11) != Some(&b's');
    written.windows(12).filter(|part| is_page(part)).count()
}

fn is_missing<T>(tried: &std::io::Result<T>) -> bool {
    tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

#[test]
fn few_regions_and_many_are_three_pages_at_most() {
    for regions in [3, 20] {
        let html = report::html::write(&verdict::judge(&game_day::game_day(regions, game_day::SECONDS_MIN)));
        for paper in ["A4", "letter"] {
            let pages = pages(&html, paper);
            assert!(
                (1..=PAGES_MAX).contains(&pages),
                "{regions} regions take {pages} pages of {paper} (with a font as wide as Arial: apt-get install fonts-liberation)"
            );
        }
    }
}
