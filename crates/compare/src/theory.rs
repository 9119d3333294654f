//! What the books say, held against the table.
//!
//! Each rule is a sentence of theory with the figures it is about and the test they must pass. A row that was not asked for
//! makes no expectation; one whose figure is missing or can't be trusted makes an inconclusive one. The tests leave room for the machine's noise
//! and none for the opposite: "pays one round trip" is from half of one to two and a half.

use crate::{
    candidates::{LOST_POPULATION, LOST_REGION},
    comparison::Setting,
    row::Row,
};
use serde::Serialize;
use verdict::Verdict;

/// A sentence of theory and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expectation {
    /// The deployment it is about (the first, where it compares).
    pub about: String,
    /// What was to be expected.
    pub statement: String,
    /// Whether it came true.
    pub verdict: Verdict,
    /// The figures that decided, in words.
    pub measured: String,
}

/// A rule: `(row, figure)` for each figure it needs, and the test of their values in that order.
struct Rule {
    statement: String,
    needs: Vec<(&'static str, String)>,
    test: Test,
}

/// Whether the values, in the order of what the rule needs, are as expected.
type Test = Box<dyn Fn(&[f64]) -> bool>;

fn rule(statement: impl Into<String>, needs: &[(&'static str, &str)], test: impl Fn(&[f64]) -> bool + 'static) -> Rule {
    let needs = needs.iter().map(|(row, key)| (*row, (*key).to_owned())).collect();
    Rule { statement: statement.into(), needs, test: Box::new(test) }
}

/// Every expectation that the rows allow.
#[must_use]
pub fn judge(setting: &Setting, rows: &[Row]) -> Vec<Expectation> {
    let all =
        [away(setting), bystanders(), round_trips(setting), loss(), collisions(), staleness(), distance(), steering()];
    all.into_iter().flatten().filter_map(|rule| held_against(&rule, rows)).collect()
}

/// `None`: a row that it needs was not asked for.
fn held_against(rule: &Rule, rows: &[Row]) -> Option<Expectation> {
    let mut values = Vec::new();
    let (mut measured, mut missing) = (Vec::new(), Vec::new());
    for (id, key) in &rule.needs {
        let row = rows.iter().find(|row| row.id == *id)?;
        let figure = row.figure(key);
        let is_measured = row.not_measured.is_none();
        let text = figure.filter(|_| is_measured).map_or("not measured", |figure| figure.text.as_str());
        // The row that the expectation is about needs no name again.
        let whose = if *id == rule.needs[0].0 { String::new() } else { format!("{}: ", row.name) };
        let said = format!("{whose}{} {text}", title(key));
        match (figure.filter(|_| is_measured).and_then(|figure| figure.value), row.doubt(key)) {
            (Some(value), None) => values.push(value),
            (Some(_), Some(doubt)) => missing.push(format!("{said}, but {}", doubt.text)),
            (None, _) => missing.push(said.clone()),
        }
        measured.push(said);
    }
    let verdict = match missing.is_empty() {
        false => Verdict::Inconclusive,
        true if (rule.test)(&values) => Verdict::Pass,
        true => Verdict::Fail,
    };
    let about = rows.iter().find(|row| row.id == rule.needs[0].0)?.name.clone();
    let measured = if missing.is_empty() { measured } else { missing };
    Some(Expectation { about, statement: rule.statement.clone(), verdict, measured: measured.join("; ") })
}

/// The column's title, with the origin where the figure is one origin's.
fn title(key: &str) -> String {
    let (column, origin) = key.split_once('@').map_or((key, None), |(column, origin)| (column, Some(origin)));
    let known = crate::columns::COLUMNS.iter().find(|known| known.key == column);
    let title = known.map_or(column, |known| known.title);
    origin.map_or_else(|| title.to_owned(), |origin| format!("{title} in {origin}"))
}

/// Shorter than this is noise and not a failover.
const FAILOVER_MIN: f64 = 1.0;
/// Users whose nearest region stays up.
const OTHERS: [&str; 2] = ["america", "asia"];

/// How long users are without the service.
fn away(setting: &Setting) -> Vec<Rule> {
    let loss = setting.loss_seconds;
    let mut rules = vec![rule(
        "With one region nothing takes over: reads and writes are away until the region itself is back.",
        &[("single-region", "read_recovery"), ("single-region", "write_recovery")],
        move |seconds| seconds.iter().all(|one| *one >= 0.8 * loss),
    )];
    for id in ["active-passive-local", "active-passive-remote", "active-passive-quorum", "active-passive-postgres"] {
        rules.push(rule(
            "A passive region pays failover time, for reads and for writes: detection, promotion, steering. It is over before \
             the dead region is back.",
            &[(id, "read_recovery"), (id, "write_recovery")],
            move |seconds| seconds.iter().all(|one| (FAILOVER_MIN..loss).contains(one)),
        ));
    }
    for id in ["read-replicas-local", "read-replicas-quorum"] {
        rules.push(rule(
            "A single writer loses writes everywhere until it has moved; reads go on where the writer is not.",
            &[
                (id, "write_recovery@america"),
                (id, "write_recovery@asia"),
                (id, "read_recovery@america"),
                (id, "read_recovery@asia"),
            ],
            |seconds| seconds[..2].iter().all(|one| *one >= FAILOVER_MIN) && seconds[2..].iter().all(|one| *one == 0.0),
        ));
    }
    rules
}

/// Who must not notice.
fn bystanders() -> Vec<Rule> {
    let keys =
        || OTHERS.iter().flat_map(|origin| ["read_recovery", "write_recovery"].map(|key| format!("{key}@{origin}")));
    let unhurt = |statement: &str, id: &'static str| Rule {
        statement: statement.to_owned(),
        needs: keys().map(|key| (id, key)).collect(),
        test: Box::new(|seconds| seconds.iter().all(|one| *one == 0.0)),
    };
    let active =
        ["active-active-last-write-wins", "active-active-crdt", "active-active-semantic", "active-active-quorum"];
    let geo = ["geo-partitioned-local", "geo-partitioned-quorum"];
    let active = active.map(|id| unhurt("Where every region writes, only users of the dead region notice.", id));
    let geo = geo.map(|id| unhurt("Only users whose home died suffer: the others' homes are elsewhere.", id));
    active.into_iter().chain(geo).collect()
}

/// What waiting for another region costs.
fn round_trips(setting: &Setting) -> Vec<Rule> {
    let Some(round_trip) = setting.nearest_peer(LOST_REGION) else { return Vec::new() };
    let pairs = [
        ("active-passive-remote", "active-passive-local"),
        ("active-passive-quorum", "active-passive-local"),
        ("read-replicas-quorum", "read-replicas-local"),
        ("active-active-quorum", "active-active-crdt"),
        ("geo-partitioned-quorum", "geo-partitioned-local"),
    ];
    let key = format!("write_p50@{LOST_POPULATION}");
    let millis = round_trip * 1_000.0;
    pairs
        .into_iter()
        .map(|(durable, local)| {
            rule(
                format!("Being durable in a second region costs a write about one round trip to the nearest ({millis:.0} ms)."),
                &[(durable, &key), (local, &key)],
                move |seconds| (0.5 * round_trip..=2.5 * round_trip).contains(&(seconds[0] - seconds[1])),
            )
        })
        .collect()
}

/// What becomes of acknowledged writes.
fn loss() -> Vec<Rule> {
    let durable = [
        "active-passive-remote",
        "active-passive-quorum",
        "read-replicas-quorum",
        "active-active-quorum",
        "geo-partitioned-quorum",
    ];
    let local = [
        "single-region",
        "active-passive-local",
        "active-passive-balancer",
        "read-replicas-local",
        "active-active-last-write-wins",
        "active-active-crdt",
        "active-active-semantic",
        "geo-partitioned-local",
    ];
    let durable = durable.map(|id| {
        rule(
            "What another region has on disk is neither lost nor away when this one dies.",
            &[(id, "lost_writes"), (id, "missing_writes")],
            |writes| writes.iter().all(|one| *one == 0.0),
        )
    });
    let local = local.map(|id| {
        rule(
            "What is on the dead region's disk alone is away, and there again when it returns: nothing is lost for good.",
            &[(id, "lost_writes")],
            |writes| writes[0] == 0.0,
        )
    });
    durable.into_iter().chain(local).collect()
}

/// What becomes of updates that collide.
fn collisions() -> Vec<Rule> {
    vec![
        rule(
            "Last-write-wins under a wrong clock loses updates that were acknowledged.",
            &[("active-active-last-write-wins", "lost_updates")],
            |lost| lost[0] > 0.0,
        ),
        rule(
            "CRDTs keep what does not contradict: they lose less than last-write-wins.",
            &[("active-active-crdt", "lost_updates"), ("active-active-last-write-wins", "lost_updates")],
            |lost| lost[0] < lost[1],
        ),
        rule(
            "Ranking by meaning needs no clock: the semantic resolver loses nothing that mattered.",
            &[("active-active-semantic", "lost_updates")],
            |lost| lost[0] == 0.0,
        ),
    ]
}

/// Who reads the past.
fn staleness() -> Vec<Rule> {
    let mut rules = vec![rule(
        "One copy is never old: a single region has no stale reads, and sends nothing to another.",
        &[("single-region", "stale_reads"), ("single-region", "cross_bytes")],
        |values| values.iter().all(|one| *one == 0.0),
    )];
    let lagging = ["read-replicas-local", "active-active-crdt", "geo-partitioned-local"];
    rules.extend(lagging.map(|id| {
        rule(
            "Who reads a copy nearby reads the past for as long as replication takes.",
            &[(id, "stale_reads")],
            |share| share[0] > 0.0,
        )
    }));
    rules
}

/// Who pays for distance.
fn distance() -> Vec<Rule> {
    vec![
        rule(
            "Readers far from the only region that serves pay the way; with a replica beside them they don't.",
            &[("active-passive-local", "read_p50@asia"), ("read-replicas-local", "read_p50@asia")],
            |seconds| seconds[0] > 2.0 * seconds[1],
        ),
        rule(
            "A write that is forwarded to the writer pays the way; where every region writes it doesn't.",
            &[("read-replicas-local", "write_p50@asia"), ("active-active-crdt", "write_p50@asia")],
            |seconds| seconds[0] > 2.0 * seconds[1],
        ),
        rule(
            "Forwarding writes takes requests between regions that a passive copy doesn't need.",
            &[("read-replicas-local", "cross_requests"), ("active-passive-local", "cross_requests")],
            |requests| requests[0] > requests[1],
        ),
    ]
}

/// Who finds the way around.
fn steering() -> Vec<Rule> {
    vec![rule(
        "A load balancer that chooses per request is not slower to leave a dead region than DNS, whose answers are kept.",
        &[("active-passive-balancer", "read_recovery"), ("active-passive-local", "read_recovery")],
        |seconds| seconds[0] <= seconds[1] + 0.5,
    )]
}
