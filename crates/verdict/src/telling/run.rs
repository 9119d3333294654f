//! The head of every report: what ran, on what, for whom.

use crate::{
    evidence::Evidence,
    findings::{Length, PathText, PlanSummary, PopulationPlace, RegionPlace, Run},
    words,
};
use plan::resolved::{Entry, LoadModel, Path, PathBasis, ResolvedPlan, Routing, Stage, Target};

/// What ran.
pub(crate) fn run(evidence: &Evidence<'_>) -> Run {
    let plan = evidence.plan;
    let manifest = evidence.recording.manifest.as_ref();
    let timeline = &evidence.timeline;
    Run {
        name: plan.name.clone(),
        seed: plan.seed.to_string(),
        plan_sha256: plan.plan_sha256.clone(),
        recorded_by: manifest.map(|manifest| manifest.landfall_version.clone()),
        judged_by: env!("CARGO_PKG_VERSION").to_owned(),
        started_unix_us: manifest.map(record::Manifest::started_unix_micros),
        host: manifest.and_then(|manifest| manifest.host.clone()),
        load_started: timeline.load_started,
        load_ended: timeline.load_ended,
        length: Length(timeline.end.since_start()),
        baseline: timeline.baseline,
        target_kind: if matches!(plan.target, Target::Chirp(_)) { "chirp" } else { "attached" }.to_owned(),
        target: target(evidence),
        regions: regions(evidence),
        populations: populations(evidence),
        plan: summary(evidence.plan),
    }
}

fn target(evidence: &Evidence<'_>) -> String {
    let regions = words::counted(evidence.plan.regions.len() as u64, "region");
    match &evidence.plan.target {
        Target::Chirp(_) => format!("Chirp on this machine, {regions}"),
        Target::Attached { entry: Entry::Name { url, .. }, .. } => format!("{url}, {regions}"),
        Target::Attached { entry: Entry::Endpoints { routing }, .. } => {
            let how = match routing {
                Routing::Nearest => "each user takes the nearest",
                Routing::Failover { .. } => "users move on to the next nearest by themselves",
            };
            format!("{regions} by their own addresses, {how}")
        }
    }
}

fn regions(evidence: &Evidence<'_>) -> Vec<RegionPlace> {
    let targets: Vec<usize> =
        (0..evidence.timeline.outages.len()).flat_map(|outage| evidence.targets(outage)).collect();
    let regions = evidence.plan.regions.iter().enumerate();
    regions
        .map(|(index, region)| RegionPlace {
            name: region.name.to_string(),
            place: region.place.to_string(),
            latitude: region.latitude,
            longitude: region.longitude,
            is_target: targets.contains(&index),
        })
        .collect()
}

fn populations(evidence: &Evidence<'_>) -> Vec<PopulationPlace> {
    // Who really is in a place has no emulated path, whatever the plan has computed for it.
    let paths = |index: usize| match evidence.places.real(index) {
        Some(_) => Vec::new(),
        None => evidence.plan.populations[index].paths.iter().map(path).collect(),
    };
    let populations = evidence.plan.populations.iter().zip(&evidence.homes).enumerate();
    populations
        .map(|(index, (population, home))| PopulationPlace {
            name: population.name.to_string(),
            origin: population.origin.to_string(),
            latitude: population.latitude,
            longitude: population.longitude,
            share: population.share.fraction(),
            access: population.access.name.clone(),
            home: *home,
            paths: paths(index),
        })
        .collect()
}

fn path(path: &Path) -> PathText {
    let (basis, basis_text) = match &path.basis {
        PathBasis::Measured { source } => ("measured", format!("measured ({source})")),
        PathBasis::ZoneStretch { zones } => ("zone-stretch", format!("estimated from the stretch typical for {zones}")),
        PathBasis::Line { kilometres } => {
            ("line", format!("estimated from {} km", words::count(u64::from(*kilometres))))
        }
        PathBasis::Chosen => ("chosen", "chosen by the plan".to_owned()),
    };
    PathText { round_trip: Length(path.round_trip), jitter: Length(path.jitter), basis: basis.to_owned(), basis_text }
}

/// A plan in words.
#[must_use]
pub fn summary(plan: &ResolvedPlan) -> PlanSummary {
    let model = match plan.load.model {
        LoadModel::Open => "open",
        LoadModel::Closed => "closed",
        LoadModel::PartlyOpen { .. } => "partly-open",
    };
    let stages: Vec<String> = plan.load.stages.iter().map(|stage| describe(stage, &plan.load.model)).collect();
    let faults = plan.faults.iter().map(|fault| {
        let text = crate::rules::fault::describe(fault);
        let (at, length) = (words::duration(fault.at), words::duration(fault.duration));
        format!("{}: {text}, from {at} for {length}", fault.name)
    });
    PlanSummary {
        load_model: model.to_owned(),
        load: format!("{model}, {}", stages.join(", then ")),
        load_duration: Length(plan.load_duration()),
        warm_up: Length(plan.warm_up),
        faults: faults.collect(),
        failed_means:
            "failed = refused, reset, timed out, not resolved, a broken TLS handshake, status 5xx, or an answer \
                       that a check of the plan rejects"
                .to_owned(),
    }
}

fn describe(stage: &Stage, model: &LoadModel) -> String {
    let rate = |rate: units::Rate| match model {
        LoadModel::Closed => format!("{} users", rate.value()),
        LoadModel::Open => rate.to_string(),
        LoadModel::PartlyOpen { .. } => format!("{} sessions/s", rate.value()),
    };
    let length = words::duration(stage.duration());
    match stage {
        Stage::Constant { rate: constant, .. } => format!("{} for {length}", rate(*constant)),
        Stage::Linear { from, to, .. } => format!("{} to {} in {length}", rate(*from), rate(*to)),
        Stage::Exponential { from, to, .. } => {
            format!("{} to {} by an even factor in {length}", rate(*from), rate(*to))
        }
    }
}
