//! One deployment's figures, from what was measured of it.

use crate::{
    candidates::Candidate,
    cost::{Cost, PriceList, cost},
    figure,
    run::{Collision, Machines, Run, Traffic},
};
use serde::Serialize;
use std::collections::BTreeMap;
use verdict::{
    Findings, Verdict,
    findings::{Operations, Percentile, PhaseName, Proof, Quantity, Recovery, RecoveryState},
    words,
};

/// Figures by the key of their column.
pub type Figures = BTreeMap<&'static str, Quantity>;

/// One deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The candidate's id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its model.
    pub model: String,
    /// Its durability.
    pub durability: String,
    /// Its resolver; `–` where nothing can collide.
    pub resolver: String,
    /// Its engine.
    pub engine: String,
    /// How its users find a region.
    pub steering: String,
    /// Why nothing could be measured; `None`: it was.
    pub not_measured: Option<String>,
    /// Why the figures are to be taken with care: each trust rule that was not met, in words.
    pub doubts: Vec<Doubt>,
    /// Defects that were on.
    pub defects_on: Vec<String>,
    /// Its run directory with the whole recording and report, relative to the comparison's own folder.
    pub folder: Option<String>,
    /// One figure for each of [`crate::columns::COLUMNS`].
    pub figures: Figures,
    /// The same per origin, in the order of the plan's populations.
    pub origins: Vec<Origin>,
    /// How collisions were settled, by kind.
    pub collisions: Vec<Collision>,
    /// What had to run.
    pub machines: Machines,
    /// The price, part by part.
    pub cost: Option<Cost>,
}

/// A trust rule that was not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// What was measured and allowed, in words.
    pub text: String,
    /// What can't be told because of it: `latency`, `availability`, `recovery`, `failback`, `data-loss`.
    pub spoils: Vec<String>,
}

/// One population's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// The population's name.
    pub population: String,
    /// Where it is.
    pub place: String,
    /// One figure for each of [`crate::columns::ORIGIN_COLUMNS`].
    pub figures: Figures,
}

impl Row {
    /// The figures of a deployment.
    #[must_use]
    pub fn of(candidate: &Candidate, run: &Run, prices: &PriceList) -> Self {
        let findings = run.findings.as_deref();
        let priced = run.traffic.as_ref().ok().map(|traffic| cost(prices, run.machines, traffic));
        let mut figures = match findings {
            Ok(findings) => measured(findings),
            Err(why) => crate::columns::COLUMNS.iter().map(|column| (column.key, figure::unknown(why))).collect(),
        };
        figures.extend(between_regions(findings.ok(), &run.traffic));
        figures.extend(collisions(candidate, &run.conflicts));
        cross_check(&mut figures, run.discarded);
        figures.insert(
            "cost_month",
            match (&priced, &run.traffic) {
                (Some(cost), _) => figure::money(cost.month, &prices.currency),
                (None, Err(why)) => figure::unknown(why),
                (None, Ok(_)) => figure::nothing(),
            },
        );
        Self {
            id: candidate.id.to_owned(),
            name: candidate.name(),
            model: candidate.model.to_owned(),
            durability: candidate.durability.to_owned(),
            resolver: candidate.resolver.to_owned(),
            engine: candidate.engine.to_owned(),
            steering: candidate.steering.to_owned(),
            not_measured: findings.err().cloned(),
            doubts: findings.map_or_else(|_| Vec::new(), doubts),
            defects_on: findings.map_or_else(|_| Vec::new(), |findings| findings.defects_on.clone()),
            folder: run.folder.clone(),
            figures,
            origins: findings.map_or_else(|_| Vec::new(), origins),
            collisions: run.conflicts.clone().unwrap_or_default(),
            machines: run.machines,
            cost: priced,
        }
    }

    /// The figure under that key, `write_p50`, or `write_p50@europe` for one origin's.
    #[must_use]
    pub fn figure(&self, key: &str) -> Option<&Quantity> {
        match key.split_once('@') {
            None => self.figures.get(key),
            Some((key, population)) => {
                self.origins.iter().find(|origin| origin.population == population)?.figures.get(key)
            }
        }
    }
}

impl Row {
    /// Why the figure under that key can't be trusted; `None`: it can.
    #[must_use]
    pub fn doubt(&self, key: &str) -> Option<&Doubt> {
        let spoiled = match key.split('@').next()? {
            "read_p50" | "read_p99" | "write_p50" | "write_p99" => "latency",
            "read_recovery" | "write_recovery" => "recovery",
            "lost_writes" | "missing_writes" | "stale_reads" => "data-loss",
            _ => return None,
        };
        self.doubts.iter().find(|doubt| doubt.spoils.iter().any(|topic| topic == spoiled))
    }

    /// Why figures are missing, and why the others are to be taken with care; each reason once.
    #[must_use]
    pub fn reservations(&self) -> Vec<String> {
        if let Some(why) = &self.not_measured {
            return vec![why.clone()];
        }
        let mut said: Vec<String> = Vec::new();
        let titles =
            crate::columns::COLUMNS.iter().filter_map(|column| Some((column.title, self.figures.get(column.key)?)));
        for (title, figure) in titles.filter(|(_, figure)| figure.value.is_none() && figure.text != "–") {
            match said.iter_mut().find(|one| one.ends_with(&figure.text)) {
                Some(same) => *same = format!("{title}, {same}"),
                None => said.push(format!("{title}: {}", figure.text)),
            }
        }
        said.extend(self.doubts.iter().map(|doubt| doubt.text.clone()));
        said
    }
}

fn doubts(findings: &Findings) -> Vec<Doubt> {
    let unmet = findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass);
    unmet.map(|rule| Doubt { text: rule.text.clone(), spoils: rule.spoils.clone() }).collect()
}

/// What the findings alone tell.
fn measured(findings: &Findings) -> Figures {
    let response = |operations: Operations, percentile: fn(&verdict::findings::Together) -> &Percentile| {
        let baseline =
            |one: &&verdict::findings::Together| one.operations == operations && one.phase == PhaseName::Baseline;
        match findings.together.iter().find(baseline) {
            Some(together) => figure::percentile(percentile(together)),
            None => figure::unknown("no baseline"),
        }
    };
    let mut figures = Figures::from([
        ("read_p50", response(Operations::Read, |one| &one.response_p50)),
        ("read_p99", response(Operations::Read, |one| &one.response_p99)),
        ("write_p50", response(Operations::Write, |one| &one.response_p50)),
        ("write_p99", response(Operations::Write, |one| &one.response_p99)),
        ("read_recovery", recovery(findings, "read")),
        ("write_recovery", recovery(findings, "write")),
    ]);
    figures.extend(ledger(findings));
    figures
}

fn ledger(findings: &Findings) -> Figures {
    let Some(ledger) = &findings.ledger else {
        return ["lost_writes", "missing_writes", "stale_reads"].map(|key| (key, figure::unknown("no ledger"))).into();
    };
    let mut lost = figure::count(ledger.lost, "write");
    if !ledger.final_reads_complete {
        lost = figure::unknown("the final reads are incomplete");
    } else if ledger.lost == 0 && ledger.unproven_unseen > 0 {
        lost = figure::unknown(&format!("{} unproven", words::count(ledger.unproven_unseen)));
    }
    let mut missing = figure::count(ledger.temporarily_missing.count, "write");
    if let Some(longest) = ledger.temporarily_missing.longest {
        missing.text = format!("{} (≤ {})", missing.text, words::duration(longest.0));
    }
    let stale = match ledger.stale_reads.share {
        Some(share) => Quantity::share(share, words::share(share)),
        None => figure::unknown(&ledger.stale_reads.text),
    };
    [("lost_writes", lost), ("missing_writes", missing), ("stale_reads", stale)].into()
}

/// The longest recovery of a class over all populations, and whom it hit.
fn recovery(findings: &Findings, class: &str) -> Quantity {
    let Some(fault) = findings.faults.first() else { return figure::unknown("no fault") };
    if let Proof::NotProven { reason } = &fault.effect {
        return figure::unknown(reason);
    }
    let of_class: Vec<&Recovery> = fault.recovery.iter().filter(|one| one.class == class).collect();
    let hit: Vec<String> = of_class
        .iter()
        .filter(|one| one.state != RecoveryState::NotAffected)
        .filter_map(|one| findings.run.populations.get(one.population).map(|population| population.name.clone()))
        .collect();
    let worst = of_class.iter().max_by_key(|one| one.time.or(one.at_least).unwrap_or_default());
    let Some(worst) = worst else { return figure::unknown("no such operations") };
    if hit.is_empty() {
        return Quantity::seconds(verdict::findings::Length::default(), "nobody hit".to_owned());
    }
    if let Some(undecided) = of_class.iter().find(|one| one.state == RecoveryState::Undecided) {
        return figure::unknown(&undecided.text);
    }
    let whom = if hit.len() == of_class.len() { "all".to_owned() } else { words::list(&hit) };
    let mut quantity = one_recovery(worst);
    quantity.text = format!("{} ({whom})", quantity.text);
    quantity
}

/// One population's recovery, in seconds.
fn one_recovery(recovery: &Recovery) -> Quantity {
    let seconds = recovery.time.or(recovery.at_least).unwrap_or_default();
    match recovery.state {
        RecoveryState::NotAffected => Quantity::seconds(seconds, "not hit".to_owned()),
        RecoveryState::Recovered => Quantity::seconds(seconds, words::duration(seconds.0)),
        RecoveryState::NotRecovered => Quantity::seconds(seconds, format!("> {}", words::duration(seconds.0))),
        RecoveryState::Undecided => figure::unknown(&recovery.text),
    }
}

fn origins(findings: &Findings) -> Vec<Origin> {
    let one = |(index, population): (usize, &verdict::findings::PopulationPlace)| {
        let phase = |operations: Operations| {
            let of = |one: &&verdict::findings::Experience| one.population == index && one.operations == operations;
            let experience = findings.experience.iter().find(of)?;
            experience.phases.iter().find(|phase| phase.phase == PhaseName::Baseline)
        };
        let response = |operations, percentile: fn(&verdict::findings::ExperiencePhase) -> &Percentile| {
            phase(operations)
                .map_or_else(|| figure::unknown("no baseline"), |phase| figure::percentile(percentile(phase)))
        };
        let recovery = |class: &str| {
            let all = findings.faults.first().into_iter().flat_map(|fault| &fault.recovery);
            let own = all.into_iter().find(|one| one.population == index && one.class == class);
            own.map_or_else(|| figure::unknown("no such operations"), one_recovery)
        };
        Origin {
            population: population.name.clone(),
            place: population.origin.clone(),
            figures: Figures::from([
                ("read_p50", response(Operations::Read, |phase| &phase.response_p50)),
                ("read_p99", response(Operations::Read, |phase| &phase.response_p99)),
                ("write_p50", response(Operations::Write, |phase| &phase.response_p50)),
                ("write_p99", response(Operations::Write, |phase| &phase.response_p99)),
                ("read_recovery", recovery("read")),
                ("write_recovery", recovery("write")),
            ]),
        }
    };
    findings.run.populations.iter().enumerate().map(one).collect()
}

/// What went between regions for one request of a user: two rates of the same stretch, divided.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn between_regions(findings: Option<&Findings>, traffic: &Result<Traffic, String>) -> Figures {
    let both =
        |text: &str| Figures::from([("cross_bytes", figure::unknown(text)), ("cross_requests", figure::unknown(text))]);
    let traffic = match traffic {
        Ok(traffic) => traffic,
        Err(why) => return both(why),
    };
    let baseline = findings.and_then(|findings| {
        let span = findings.run.baseline?.length().as_secs_f64();
        let all =
            |one: &&verdict::findings::Together| one.operations == Operations::All && one.phase == PhaseName::Baseline;
        let requests = findings.together.iter().find(all)?.requests;
        (span > 0.0 && requests > 0).then_some(requests as f64 / span)
    });
    let Some(user_rate) = baseline else { return both("no requests to compare with") };
    let seconds = traffic.window.as_secs_f64().max(f64::MIN_POSITIVE);
    let per_request = |count: u64| count as f64 / seconds / user_rate;
    Figures::from([
        ("cross_bytes", figure::number(per_request(traffic.bytes()), "bytes")),
        (
            "cross_requests",
            traffic.requests.map_or_else(
                || figure::unknown("not counted"),
                |requests| figure::number(per_request(requests), "requests"),
            ),
        ),
    ])
}

/// Says beside the ledger's count of lost writes what the databases say they threw away. The two need not be equal: a
/// database counts what was never acknowledged, too, and the ledger what was lost in other ways.
fn cross_check(figures: &mut Figures, discarded: Option<u64>) {
    let (Some(discarded), Some(lost)) = (discarded, figures.get_mut("lost_writes")) else { return };
    lost.text = format!("{} (rewound: {})", lost.text, words::count(discarded));
}

fn collisions(candidate: &Candidate, conflicts: &Result<Vec<Collision>, String>) -> Figures {
    let (lost, made) = match conflicts {
        _ if candidate.is_alone() => (figure::nothing(), figure::nothing()),
        Err(why) => (figure::unknown(why), figure::unknown(why)),
        Ok(collisions) => {
            let updates: u64 = collisions.iter().map(|one| one.updates).sum();
            let mut lost = figure::count(collisions.iter().map(|one| one.lost).sum(), "update");
            lost.text = format!("{} of {}", lost.text, words::count(updates));
            (lost, figure::count(collisions.len() as u64, "kind"))
        }
    };
    Figures::from([("lost_updates", lost), ("conflicts", made)])
}
