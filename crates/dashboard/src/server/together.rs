//! What several recordings say together: the runs of a plan in a row, and two of them beside each other. Every word of it is the
//! verdict's ([`verdict::runs`]).

use super::{
    Run, Site, live,
    problem::Problem,
    shelf::{Came, StoredRun},
};
use crate::wire::{Beside, BesideRow, BesideScore, Fared, Trend, TrendPoint};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use record::Recording;
use serde::Deserialize;
use std::{collections::BTreeMap, path, sync::Arc};
use units::RunTime;
use verdict::{
    Findings,
    runs::{self, Judged, Point},
};

/// A trend of each plan that has several judged runs, the newest plan first.
pub(super) async fn trends(State(site): State<Arc<Site>>) -> Json<Vec<Trend>> {
    let mut plans: BTreeMap<usize, Vec<(&str, Point)>> = BTreeMap::new();
    for run in &site.runs {
        let Run::Stored(stored) = run else { continue };
        if let Some(Came { point, plan }) = &*stored.came.borrow() {
            plans.entry(*plan).or_default().push((&stored.identity.name, point.clone()));
        }
    }
    let several = plans.into_values().filter(|own| own.len() > 1);
    let mut trends: Vec<Trend> = several.map(trend).collect();
    trends.sort_by_key(|trend| std::cmp::Reverse(trend.points.last().map(|point| point.started_unix_us)));
    Json(trends)
}

/// Runs are kept from the newest to the oldest.
fn trend(own: Vec<(&str, Point)>) -> Trend {
    let plan = own[0].0.to_owned();
    let runs::Trend { points, text, changes, changed, .. } =
        runs::trend(own.into_iter().map(|(_, point)| point).collect());
    let begins =
        |name: &str| changes.streams.iter().flat_map(|stream| &stream.points).any(|change| change.name == name);
    let point = |point: Point| TrendPoint {
        is_changed: begins(&point.name),
        run: point.name,
        started_unix_us: point.started_unix_us.unwrap_or(0),
        verdict: live::headline(point.verdict),
        recovery_us: point.recovery.map(|time| RunTime::from(time.0).as_micros()),
        limit_us: point.limit_seconds.map(|seconds| (seconds * 1e6) as u64),
        text: point.text,
    };
    Trend { plan, points: points.into_iter().map(point).collect(), text, changes: changes.text.clone(), changed }
}

/// The run that another is held against.
#[derive(Debug, Deserialize)]
pub(super) struct With {
    with: String,
}

/// Two recordings beside each other: the later one held against the earlier, whichever was asked for.
pub(super) async fn beside(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    with: Result<Query<With>, QueryRejection>,
) -> Result<Json<Beside>, Problem> {
    let Query(With { with }) = with.map_err(|error| {
        let form = "its form is ?with=RUN: the run that it is compared with";
        Problem::bad(error.body_text(), form)
    })?;
    let (one, other) = (stored(&site, &name)?, stored(&site, &with)?);
    let is_later = one.identity.started_unix_us >= other.identity.started_unix_us;
    let (before, now) = if is_later { (other, one) } else { (one, other) };
    now.against(before).await.map(|held| Json((*held).clone()))
}

fn stored<'a>(site: &'a Site, name: &str) -> Result<&'a StoredRun, Problem> {
    match site.run(name)? {
        Run::Stored(stored) => Ok(stored),
        Run::Live(_) => {
            let detail = "compare it when it is over: landfall serve RUN OTHER";
            Err(Problem::new(StatusCode::CONFLICT, "that run goes on", detail))
        }
    }
}

/// What is needed of a recording to hold it against another: its findings, and what it was read from.
pub(super) struct Read {
    pub(super) name: String,
    pub(super) folder: path::PathBuf,
    pub(super) findings: Arc<Findings>,
}

impl Read {
    /// A later recording held against this one. Both are read again: what is open has no recording any more, which may be large.
    pub(super) fn beside(&self, later: &Self) -> Result<Beside, String> {
        let read = |folder: &path::Path| Recording::read(folder).map_err(|error| error.to_string());
        let (before, now) = (read(&self.folder)?, read(&later.folder)?);
        let held = runs::beside(
            &Judged { name: &self.name, recording: &before, findings: &self.findings },
            &Judged { name: &later.name, recording: &now, findings: &later.findings },
        );
        Ok(Beside {
            before: self.name.clone(),
            now: later.name.clone(),
            aligned_us: held.aligned.map(|[before, now]| (before.as_micros(), now.as_micros())),
            scorecard: held.scorecard.into_iter().map(score).collect(),
            rows: held.rows.into_iter().map(row).collect(),
            text: held.text,
        })
    }
}

fn score(row: runs::BesideScore) -> BesideScore {
    let runs::BesideScore { name, before, now, fared: how, text } = row;
    BesideScore { name, before, now, fared: fared(how), text }
}

fn row(row: runs::BesideRow) -> BesideRow {
    let runs::BesideRow { what, whom, before, now, fared: how, text, .. } = row;
    BesideRow { what, whom, before: before.text, now: now.text, fared: fared(how), text }
}

fn fared(fared: runs::Fared) -> Fared {
    match fared {
        runs::Fared::Better => Fared::Better,
        runs::Fared::Worse => Fared::Worse,
        runs::Fared::WithinNoise => Fared::WithinNoise,
        runs::Fared::NotComparable => Fared::NotComparable,
    }
}

#[cfg(test)]
mod tests;
