//! The PostgreSQL engine in a region: how it is opened, what peers and operators ask of it, its numbers.
//!
//! On the replication listener: `GET /peer/postgres?epoch=E` is what a candidate of epoch E asks (it also
//! cuts this region's server off from older writers, see `postgres::agent`); `GET /admin/postgres` says
//! what the server is.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use prometheus_client::metrics::gauge::Gauge;
use serde::Deserialize;
use serde_json::json;

use super::Region;
use super::api::ApiError;
use super::metrics::Seconds;
use crate::config::{Config, EngineChoice, RegionConfig};
use crate::defects::Defect;
use crate::engine::Engine;
use crate::error::Error;
use crate::metrics::Registry;
use crate::postgres::{Assignment, Open, Postgres};
use crate::stop::Stop;
use crate::store::StorageGate;
use crate::wall_clock::WallClock;

/// Opens the engine, if it is the one that is configured.
pub(super) async fn open(
    config: &Config,
    own: &RegionConfig,
    gate: StorageGate,
    wall_clock: WallClock,
    stop: Stop,
) -> Result<Option<Postgres>, Error> {
    let EngineChoice::Postgres(choice) = &config.engine else { return Ok(None) };
    let open = Open {
        region: own.name.clone(),
        data: own.data.clone(),
        bin: choice.bin.clone(),
        user: choice.user.clone(),
        address: choice.address(own),
        links: choice.links(own, &config.regions),
        peers: own.peers.clone(),
        confirmations: config.durability.others(config.regions.len()),
        seed: config.seed,
        celebrity_followers: config.data.celebrity_followers,
        defects: config.defects.clone(),
        wall_clock,
        clock_ahead_max: config.replication.clock_ahead_max,
        read_deadline: config.limits.read_deadline,
        write_deadline: config.limits.write_deadline,
        heartbeat: config.replication.heartbeat,
        gate,
    };
    let postgres = Postgres::open(open, stop).await.map_err(|error| Error::Postgres(error.into()))?;
    if config.deployment.partitions.is_empty() {
        // Nobody else can write, so no lease is needed to say who does.
        postgres.assign(Assignment { epoch: 1, writer: Some(own.name.clone()) });
    }
    Ok(Some(postgres))
}

/// What a candidate asks.
#[derive(Deserialize)]
pub(super) struct ReportQuery {
    epoch: u64,
}

pub(super) async fn report(
    State(region): State<Arc<Region>>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, ApiError> {
    let report = engine(&region)?.report(query.epoch).await;
    Ok(match report {
        Ok(report) => Json(report).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": error.to_string() }))).into_response(),
    })
}

pub(super) async fn status(State(region): State<Arc<Region>>) -> Result<Response, ApiError> {
    let status = engine(&region)?.status().borrow().clone();
    let following = status.following.map(|(region, epoch)| json!({ "region": region, "epoch": epoch }));
    Ok(Json(json!({
        "running": status.running,
        "writing": status.writing,
        "following": following,
        "discarded": status.discarded,
        "trouble": status.trouble,
    }))
    .into_response())
}

fn engine(region: &Region) -> Result<&Postgres, ApiError> {
    match &region.engine {
        Engine::Postgres(postgres) => Ok(postgres),
        Engine::Embedded(_) => Err(ApiError::not_found("the engine of this region is not PostgreSQL")),
    }
}

/// Numbers of the engine.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    writing: Gauge,
    following: Gauge,
    lag: Seconds,
    age: Seconds,
    discarded: Gauge,
}

impl Numbers {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("postgres_writing_epoch", "Epoch in which the server writes, else 0", self.writing.clone());
        registry.register("postgres_following", "1 if the server follows a writer", self.following.clone());
        registry.register(
            "postgres_lag_seconds",
            "Own wall clock minus the writer's in its newest sign of life here (contains clock offsets)",
            self.lag.clone(),
        );
        registry.register(
            "postgres_heartbeat_age_seconds",
            "Since the writer's last sign of life arrived, by the own clock alone",
            self.age.clone(),
        );
        registry.register("postgres_discarded_writes", "Writes thrown away by rewinds", self.discarded.clone());
    }

    pub(super) fn set(&self, region: &Region) {
        let Engine::Postgres(postgres) = &region.engine else { return };
        let status = postgres.status().borrow().clone();
        self.writing.set(status.writing.unwrap_or(0) as i64);
        self.following.set(status.following.is_some().into());
        self.discarded.set(status.discarded as i64);
        if let Some(lag) = postgres.pulse().lag(region.wall_clock.now_ms()) {
            // DEFECT frozen-lag-gauge
            let frozen = region.defects.has(Defect::FrozenLagGauge);
            self.lag.set(if frozen { lag.lag - lag.age } else { lag.lag });
            self.age.set(lag.age);
        }
    }
}
