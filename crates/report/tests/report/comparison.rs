//! A comparison in every rendering: the same figures, each row there, nothing foreign taken for markup.

use compare::{
    Candidate, Comparison, PriceList, Row, Run, Setting,
    candidates::CANDIDATES,
    row::{Doubt, Origin},
    run::{Collision, Machines, Traffic},
};
use report::{comparison, terminal::Style};
use std::{collections::BTreeMap, time::Duration};
use verdict::findings::Quantity;

const MACHINES: Machines = Machines { regions: 3, edges: 0, databases: 0 };

fn number(text: &str, value: f64) -> Quantity {
    Quantity { text: text.to_owned(), value: Some(value), unit: "s".to_owned(), error: None }
}

fn row(candidate: &Candidate, place: usize) -> Row {
    let sent = BTreeMap::from([("eu-west-1".to_owned(), 100_000)]);
    let traffic = Traffic { window: Duration::from_secs(10), sent_bytes: sent, requests: Some(500) };
    let collision = Collision { kind: "profile".to_owned(), updates: 2, lost: 1, resolution: "the later".to_owned() };
    let run = Run { traffic: Ok(traffic), conflicts: Ok(vec![collision]), ..Run::failed("", MACHINES) };
    let mut row = Row::of(candidate, &run, &PriceList::built_in());
    row.not_measured = None;
    row.folder = Some(candidate.id.to_owned());
    let figures = [
        ("read_p50", number("22.4 ms", 0.0224)),
        ("read_p99", number("131 ms", 0.131)),
        ("write_p50", number("98.7 ms", 0.0987 * (place + 1) as f64)),
        ("write_p99", Quantity::text("not enough samples (12 of 299)")),
        ("read_recovery", number("6.12 s (all)", 6.12)),
        ("write_recovery", number("nobody hit", 0.0)),
        ("lost_writes", number("0", 0.0)),
        ("missing_writes", number("4 (≤ 13.2 s)", 4.0)),
        ("stale_reads", number("12.5 %", 0.125)),
        ("cross_bytes", number("812", 812.0)),
        ("cross_requests", number("0.41", 0.41)),
    ];
    row.figures.extend(figures.clone());
    let own = figures.into_iter().take(6).collect();
    row.origins = vec![Origin { population: "europe".to_owned(), place: "eu-west-2".to_owned(), figures: own }];
    row
}

fn setting(load: &str) -> Setting {
    Setting {
        landfall: "0.1.0".to_owned(),
        started_unix_us: 1_795_305_600_000_000,
        seed: "20261122".to_owned(),
        load: load.to_owned(),
        populations: vec!["europe (eu-west-2, fcc-cable, 33%)".to_owned()],
        lost_region: "eu-west-1".to_owned(),
        loss_seconds: 12.0,
        round_trips_ms: vec![("us-east-1".to_owned(), "eu-west-1".to_owned(), 69.7)],
    }
}

fn compared() -> Comparison {
    let mut rows: Vec<Row> = CANDIDATES.iter().enumerate().map(|(place, one)| row(one, place)).collect();
    let why = "eu-west-1 ended while booting: unknown field `model`";
    rows[12] = Row::of(&CANDIDATES[12], &Run::failed(why, MACHINES), &PriceList::built_in());
    rows[2].doubts =
        vec![Doubt { text: "the generator could not keep up for 4 s".to_owned(), spoils: vec!["latency".to_owned()] }];
    Comparison::new(setting("120/s for 47 s"), rows, PriceList::built_in(), None)
}

#[test]
fn every_row_is_in_every_rendering_with_its_figures_or_why_not() {
    let comparison = compared();
    let page = comparison::html(&comparison);
    let table = comparison::markdown(&comparison);
    let shell = comparison::terminal(&comparison, None, &Style::plain());
    let json = comparison::json(&comparison);
    for row in &comparison.rows {
        for (name, text) in [("html", &page), ("markdown", &table), ("json", &json)] {
            assert!(text.contains(&row.name), "{} is not in {name}", row.name);
        }
    }
    for text in [&page, &table, &shell, &json] {
        for wanted in ["22.4 ms", "98.7 ms", "ended while booting", "could not keep up", "not enough samples"] {
            assert!(text.contains(wanted), "{wanted} is not in {text}");
        }
    }
    assert!(page.contains("href=\"read-replicas-local/report.html\""), "a row leads to its run's own report");
    if let Some(folder) = std::env::var_os("KEEP_COMPARISON") {
        std::fs::write(std::path::Path::new(&folder).join("comparison.html"), &page)
            .expect("the folder can be written to");
    }
}

#[test]
fn the_page_asks_nobody_for_anything() {
    let page = comparison::html(&compared());
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http-equiv=\"refresh\""));
    assert!(page.contains("default-src &#39;none&#39;"));
}

#[test]
fn lines_fit_the_terminal() {
    for columns in [60, 80] {
        let shell = comparison::terminal(&compared(), None, &Style::plain().with_size(columns, 24));
        let widest = shell.lines().max_by_key(|line| line.chars().count()).unwrap_or_default();
        assert!(widest.chars().count() <= columns, "{columns} columns: {widest}");
    }
}

#[test]
fn foreign_text_stays_text() {
    let mut rows = vec![row(&CANDIDATES[1], 0)];
    rows[0].collisions[0].resolution = "</td><script>|\u{1b}[31m".to_owned();
    rows[0].not_measured = Some("<b>|\u{202e}".to_owned());
    let comparison = Comparison::new(setting("<img>"), rows, PriceList::built_in(), Some("<i>".to_owned()));
    let page = comparison::html(&comparison);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>") && !page.contains("<i>"));
    let shell = comparison::terminal(&comparison, None, &Style::plain());
    assert!(!shell.contains('\u{1b}') && !shell.contains('\u{202e}'), "{shell}");
    let table = comparison::markdown(&comparison);
    assert!(!table.contains("<script") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn all_files_are_written_and_the_same_value_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let written = comparison::write_all(folder.path(), &compared()).unwrap();
    for (path, text) in [
        (&written.html, comparison::html(&compared())),
        (&written.json, comparison::json(&compared())),
        (&written.markdown, comparison::markdown(&compared())),
    ] {
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
}
