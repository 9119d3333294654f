//! A table that is as the books say passes every expectation; each figure that isn't fails exactly those that are about it.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use compare::{
    Comparison, PriceList, Row, Run, Setting,
    candidates::{CANDIDATES, Candidate},
    run::{Collision, Machines},
    theory::{Expectation, judge},
};
use std::collections::BTreeMap;
use verdict::{
    Verdict::{self, Fail, Inconclusive, Pass},
    findings::Quantity,
};

fn setting() -> Setting {
    Setting {
        landfall: "0.1.0".to_owned(),
        started_unix_us: 1_763_726_400_000_000,
        seed: "7".to_owned(),
        load: "120/s for 47 s".to_owned(),
        populations: vec!["europe".to_owned()],
        lost_region: "eu-west-1".to_owned(),
        loss_seconds: 12.0,
        round_trips_ms: vec![
            ("us-east-1".to_owned(), "eu-west-1".to_owned(), 70.0),
            ("eu-west-1".to_owned(), "ap-southeast-1".to_owned(), 179.0),
        ],
    }
}

fn number(value: f64) -> Quantity {
    Quantity { text: format!("{value}"), value: Some(value), unit: "x".to_owned(), error: None }
}

/// What the books expect of a candidate, in seconds and counts.
fn by_the_books(candidate: &Candidate) -> Row {
    let machines = Machines { regions: 3, edges: 0, databases: 0 };
    let mut row = Row::of(candidate, &Run::failed("not run", machines), &PriceList::built_in());
    row.not_measured = None;
    let (model, local) = (candidate.model, candidate.durability == "local");
    let failover = match model {
        "single-region" => 13.0,
        "active-passive" => 6.0,
        _ => 4.0,
    };
    let stale = if matches!(model, "single-region" | "active-passive") { 0.0 } else { 0.3 };
    let lost_updates = match candidate.resolver {
        "last-write-wins" => 3.0,
        "crdt" => 1.0,
        _ => 0.0,
    };
    row.figures = BTreeMap::from([
        ("read_recovery", number(failover)),
        ("write_recovery", number(failover)),
        ("lost_writes", number(0.0)),
        ("missing_writes", number(if local { 2.0 } else { 0.0 })),
        ("stale_reads", number(stale)),
        ("lost_updates", number(lost_updates)),
        ("cross_bytes", number(if candidate.is_alone() { 0.0 } else { 300.0 })),
        ("cross_requests", number(if model == "read-replicas" { 0.6 } else { 0.1 })),
    ]);
    for population in ["america", "europe", "asia"] {
        let at_home = population == "europe";
        let hit = at_home || matches!(model, "single-region" | "active-passive");
        let writes_hit = hit || model == "read-replicas";
        let far = if population == "asia" { 0.18 } else { 0.07 };
        let away = |pays: bool| if pays && !at_home { far } else { 0.02 };
        let quorum = if local { 0.0 } else { 0.075 };
        row.origins.push(compare::row::Origin {
            population: population.to_owned(),
            place: "somewhere".to_owned(),
            figures: BTreeMap::from([
                ("read_recovery", number(if hit { failover } else { 0.0 })),
                ("write_recovery", number(if writes_hit { failover } else { 0.0 })),
                ("read_p50", number(away(matches!(model, "single-region" | "active-passive")))),
                (
                    "write_p50",
                    number(away(matches!(model, "single-region" | "active-passive" | "read-replicas")) + quorum),
                ),
            ]),
        });
    }
    row
}

fn table() -> Vec<Row> {
    CANDIDATES.iter().map(by_the_books).collect()
}

fn row<'a>(rows: &'a mut [Row], id: &str) -> &'a mut Row {
    rows.iter_mut().find(|row| row.id == id).unwrap()
}

fn judged(change: impl FnOnce(&mut Vec<Row>)) -> Vec<Expectation> {
    let mut rows = table();
    change(&mut rows);
    judge(&setting(), &rows)
}

/// Starts of the statements with that verdict.
fn with(verdict: Verdict, expectations: &[Expectation]) -> Vec<&str> {
    let those = expectations.iter().filter(|one| one.verdict == verdict);
    those.map(|one| one.statement.split([',', ':', '.']).next().unwrap()).collect()
}

#[test]
fn what_the_books_say_passes() {
    let all = judged(|_| {});
    assert_eq!(all.len(), 42, "{all:#?}");
    assert!(all.iter().all(|one| one.verdict == Pass), "{all:#?}");
}

#[test]
fn each_figure_that_contradicts_fails_what_is_about_it() {
    let cases: [(&str, &str, f64, &[&str]); 17] = [
        ("single-region", "read_recovery", 5.0, &["With one region nothing takes over"]),
        ("active-passive-local", "write_recovery", 0.0, &["A passive region pays failover time"]),
        ("active-passive-quorum", "read_recovery", 13.0, &["A passive region pays failover time"]),
        (
            "read-replicas-local",
            "write_recovery@asia",
            0.0,
            &["A single writer loses writes everywhere until it has moved; reads go on where the writer is not"],
        ),
        (
            "read-replicas-local",
            "read_recovery@america",
            2.0,
            &["A single writer loses writes everywhere until it has moved; reads go on where the writer is not"],
        ),
        ("active-active-crdt", "read_recovery@america", 0.5, &["Where every region writes"]),
        ("geo-partitioned-local", "write_recovery@asia", 3.0, &["Only users whose home died suffer"]),
        (
            "active-passive-quorum",
            "write_p50@europe",
            0.03,
            &["Being durable in a second region costs a write about one round trip to the nearest (70 ms)"],
        ),
        (
            "active-passive-quorum",
            "write_p50@europe",
            0.3,
            &["Being durable in a second region costs a write about one round trip to the nearest (70 ms)"],
        ),
        (
            "active-passive-quorum",
            "lost_writes",
            1.0,
            &["What another region has on disk is neither lost nor away when this one dies"],
        ),
        (
            "active-passive-remote",
            "missing_writes",
            1.0,
            &["What another region has on disk is neither lost nor away when this one dies"],
        ),
        ("active-passive-local", "lost_writes", 1.0, &["What is on the dead region's disk alone is away"]),
        (
            "active-active-last-write-wins",
            "lost_updates",
            0.0,
            &[
                "Last-write-wins under a wrong clock loses updates that were acknowledged",
                "CRDTs keep what does not contradict",
            ],
        ),
        ("active-active-semantic", "lost_updates", 1.0, &["Ranking by meaning needs no clock"]),
        ("single-region", "stale_reads", 0.1, &["One copy is never old"]),
        (
            "read-replicas-local",
            "stale_reads",
            0.0,
            &["Who reads a copy nearby reads the past for as long as replication takes"],
        ),
        (
            "active-passive-balancer",
            "read_recovery",
            9.0,
            &["A load balancer that chooses per request is not slower to leave a dead region than DNS"],
        ),
    ];
    for (id, key, value, expected) in cases {
        let all = judged(|rows| set(row(rows, id), key, number(value)));
        assert_eq!(with(Fail, &all), expected, "{id} {key} = {value}");
        assert!(with(Inconclusive, &all).is_empty(), "{id} {key} = {value}");
    }
}

fn set(row: &mut Row, key: &'static str, figure: Quantity) {
    match key.split_once('@') {
        None => row.figures.insert(key, figure),
        Some((key, population)) => {
            let origin = row.origins.iter_mut().find(|origin| origin.population == population).unwrap();
            let known = origin.figures.keys().copied().find(|known| *known == key).unwrap();
            origin.figures.insert(known, figure)
        }
    };
}

#[test]
fn what_was_not_measured_is_not_judged() {
    let missing = judged(|rows| set(row(rows, "active-passive-quorum"), "lost_writes", Quantity::text("3 unproven")));
    assert_eq!(
        with(Inconclusive, &missing),
        ["What another region has on disk is neither lost nor away when this one dies"]
    );
    let said = missing.iter().find(|one| one.verdict == Inconclusive).unwrap();
    assert_eq!(said.measured, "lost 3 unproven");
    let doubt =
        compare::row::Doubt { text: "the recording is damaged".to_owned(), spoils: vec!["recovery".to_owned()] };
    let doubted = judged(|rows| row(rows, "active-passive-local").doubts.push(doubt));
    let open = doubted.iter().filter(|one| one.verdict == Inconclusive);
    assert!(open.clone().all(|one| one.measured.contains("the recording is damaged")), "{doubted:#?}");
    assert_eq!(open.count(), 2, "its own failover, and the balancer's against it; its losses are another matter");
    let unasked = judged(|rows| rows.retain(|row| row.id == "active-active-semantic"));
    assert_eq!(unasked.len(), 3, "rules that compare with others are left out: {unasked:#?}");
}

#[test]
fn the_worst_decides_and_missing_rows_are_never_good() {
    let compared = |rows: Vec<Row>, partial: Option<&str>| {
        Comparison::new(setting(), rows, PriceList::built_in(), partial.map(str::to_owned))
    };
    assert_eq!(compared(table(), None).verdict(), Pass);
    assert_eq!(compared(table(), Some("stopped")).verdict(), Inconclusive);
    assert_eq!(compared(Vec::new(), None).verdict(), Inconclusive);
    let mut failed = table();
    set(row(&mut failed, "single-region"), "lost_writes", number(1.0));
    assert_eq!(compared(failed, None).verdict(), Fail);
    let mut unbooted = table();
    let machines = Machines { regions: 3, edges: 0, databases: 0 };
    let broken = Run::failed("it could not be booted", machines);
    *row(&mut unbooted, "geo-partitioned-quorum") =
        Row::of(&Candidate::named("geo-partitioned-quorum").unwrap(), &broken, &PriceList::built_in());
    let comparison = compared(unbooted, None);
    assert_eq!(comparison.verdict(), Inconclusive);
    assert_eq!(comparison.rows.len(), CANDIDATES.len(), "no row is dropped");
    assert!(comparison.sentence().starts_with("13 of 14 deployments measured"), "{}", comparison.sentence());
}

#[test]
fn collisions_add_up() {
    let machines = Machines { regions: 3, edges: 0, databases: 0 };
    let collision = |kind: &str, lost| Collision { kind: kind.to_owned(), updates: 2, lost, resolution: String::new() };
    let run = Run { conflicts: Ok(vec![collision("profile", 1), collision("likes", 0)]), ..Run::failed("x", machines) };
    let row = Row::of(&Candidate::named("active-active-crdt").unwrap(), &run, &PriceList::built_in());
    assert_eq!(row.figure("lost_updates").unwrap().text, "1 of 4");
    assert_eq!(row.figure("conflicts").unwrap().value, Some(2.0));
    let alone = Row::of(&Candidate::named("single-region").unwrap(), &run, &PriceList::built_in());
    assert_eq!(alone.figure("lost_updates").unwrap().text, "–");
}
