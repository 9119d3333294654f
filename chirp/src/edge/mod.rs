//! An edge: a process close to users, in front of all regions. It chooses the nearest region that is well,
//! for each request anew.
//!
//! ```text
//!  users ──▶ front ──▶ forward ──▶ balance: which region? ──▶ pool ──▶ region
//!              │          ▲ │                   ▲
//!              │          └─┘ again, if that    │ findings, outcomes
//!              │              is harmless       │
//!              └ refused: malformed, late,   prober (one per region)
//!                too many
//! ```
//!
//! An edge is a failure domain of its own: it keeps nothing but answers (`cache`, if asked for), shares nothing with other edges, and judges
//! regions by what it sees from where it stands. When it dies, the geo-DNS sends its users to the next one.
//!
//! Everything that decides is pure and takes the time as a value: `balance` (who gets the request), `retry`
//! (what may be repeated), `headers`. `front`, `forward`, `attempt`, `pool` and `answer_body` do the I/O.
//!
//! **Absent**: no queue (a request that has no place is refused), no state that outlives the process, no retry
//! that is not in the budget, no request sent after its deadline.

mod answer_body;
mod attempt;
mod balance;
mod forward;
mod front;
mod headers;
mod metrics;
mod place;
mod pool;
mod reply;
mod retry;
mod window;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::admission::Tokens;
use crate::cache::{Cache, Invalidations};
use crate::condition::{self, Conditions, Role};
use crate::config::{Balancer, Config, EdgeConfig};
use crate::error::{BindError, Error};
use crate::events::{self, Event};
use crate::http::{Door, ServeOptions, serve};
use crate::mix::mix_text;
use crate::probe::{self, ProbeSettings, State};
use crate::stop::Stop;
use crate::tls;
use crate::trace::Tracer;
use crate::wall_clock::unix_micros;

use balance::Balance;
use metrics::Metrics;
#[cfg(test)]
pub(crate) use metrics::registered as registered_metrics;
use pool::Pool;

/// Everything that the parts of an edge share.
struct Edge {
    name: String,
    settings: Balancer,
    regions: Vec<Upstream>,
    balance: Mutex<Balance>,
    metrics: Metrics,
    /// What is wrong on purpose.
    conditions: Conditions,
    /// Answers for everybody, if they are to be kept.
    cache: Option<Cache>,
    /// Checks users, if the configuration asks for it.
    tokens: Option<Tokens>,
    /// Free places for requests of users.
    in_flight: Semaphore,
    /// Makes request ids, traces and spans.
    tracer: Tracer,
    started: Instant,
}

/// One region, as the edge reaches it.
struct Upstream {
    name: String,
    pool: Pool,
}

impl Edge {
    fn new(config: &Config, own: &EdgeConfig) -> Self {
        let settings = config.balancer;
        let tracer = Tracer::start(&config.telemetry, "chirp-edge", &own.name);
        let impossible = own.impossible_conditions();
        let conditions = Conditions::with(Role::Edge, &config.defects, impossible, Vec::new());
        let defects = conditions.defects();
        let upstream = |(region, address): (&crate::config::RegionConfig, &SocketAddr)| Upstream {
            name: region.name.to_string(),
            pool: Pool::new(
                *address,
                settings.idle_per_region_max,
                settings.idle,
                settings.connect_timeout,
                defects.clone(),
            ),
        };
        Self {
            name: own.name.clone(),
            settings,
            regions: config.regions.iter().zip(&own.regions).map(upstream).collect(),
            balance: Mutex::new(Balance::new(settings, own.near.clone(), defects.clone())),
            metrics: Metrics::new(tracer.counters()),
            cache: Cache::new(config.edge_cache, Arc::new(Invalidations::new(&conditions)), defects),
            tokens: config.token_checks(&conditions),
            conditions,
            in_flight: Semaphore::new(settings.in_flight_max),
            tracer,
            started: Instant::now(),
        }
    }

    /// Since the edge began.
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Never held over an await.
    fn balance(&self) -> MutexGuard<'_, Balance> {
        self.balance.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came of asking a region; `failure` says what went wrong.
    fn record(&self, region: usize, failure: Option<&str>) {
        let now = self.now();
        // Whoever finds an ejection ended tells it, be it a check or a request.
        self.readmit(now);
        let ejected = self.balance().record(region, failure.is_some(), now);
        let Some(length) = ejected else { return };
        let upstream = &self.regions[region];
        upstream.pool.empty();
        self.metrics.count_ejection(&upstream.name);
        let reason = failure.unwrap_or_default().to_owned();
        tracing::warn!(region = upstream.name, for_ms = length.as_millis() as u64, reason, "ejected");
        events::emit(&Event::Ejected {
            edge: self.name.clone(),
            region: upstream.name.clone(),
            for_ms: length.as_millis() as u64,
            reason,
            time_unix_us: unix_micros(),
        });
    }

    /// A health check has found something.
    fn found(&self, region: usize, state: State, reason: Option<String>) {
        self.readmit(self.now());
        let Some(state) = self.balance().found(region, state) else { return };
        let upstream = &self.regions[region];
        let healthy = state == State::Serving;
        if state == State::Failing {
            upstream.pool.empty();
        }
        tracing::warn!(region = upstream.name, healthy, reason, "health changed");
        events::emit(&Event::Health {
            region: upstream.name.clone(),
            edge: Some(self.name.clone()),
            healthy,
            reason,
            time_unix_us: unix_micros(),
        });
    }

    /// Tells which ejections have ended. The choice does not wait for this: it looks at the time itself.
    fn readmit(&self, now: Duration) {
        let ended = self.balance().readmit(now);
        for region in ended {
            let region = self.regions[region].name.clone();
            tracing::warn!(region, "readmitted");
            events::emit(&Event::Readmitted { edge: self.name.clone(), region, time_unix_us: unix_micros() });
        }
    }
}

/// Runs an edge until `stop`.
pub(crate) async fn run(config: &Config, own: &EdgeConfig, stop: Stop) -> Result<(), Error> {
    events::announce_defects(&config.defects);
    let address = SocketAddr::V4(own.listen);
    let bound = TcpListener::bind(address).await;
    let listener = bound.map_err(|source| Error::Bind(BindError { what: "users", address, source }))?;
    let edge = Arc::new(Edge::new(config, own));
    let tls = own.tls.as_ref().map(|files| tls::acceptor(files, &edge.conditions)).transpose()?;
    let door = Door { listener, tls };
    events::emit(&Event::EdgeReady { edge: own.name.clone(), listen: address.to_string() });
    tracing::info!(edge = own.name, %address, "ready");
    let options = ServeOptions { connections_max: config.limits.connections_max, drain: config.limits.drain };
    let mut tasks = vec![tokio::spawn(serve(door, front::router(Arc::clone(&edge)), options, stop.clone()))];
    for (index, (region, address)) in config.regions.iter().zip(&own.regions).enumerate() {
        let settings = ProbeSettings {
            address: *address,
            tls: None, // Regions behind edges have none.
            kind: edge.settings.check,
            interval: edge.settings.health_interval,
            timeout: edge.settings.health_timeout,
            jitter_percent: edge.settings.health_jitter_percent,
            seed: mix_text(&own.name) ^ mix_text(region.name.as_str()).rotate_left(1),
        };
        let edge = Arc::clone(&edge);
        let found = move |state, reason| edge.found(index, state, reason);
        tasks.push(tokio::spawn(probe::run(settings, stop.clone(), found)));
    }
    tasks.push(tokio::spawn(edge.conditions.clone().keep(stop.clone())));
    if let Some(address) = own.admin_listen {
        let conditions = edge.conditions.clone();
        let admin = condition::bind(address).await?;
        tasks.push(tokio::spawn(condition::serve_admin(admin, conditions, stop.clone())));
    }
    for task in tasks {
        task.await.map_err(|error| Error::Task(error.to_string()))?;
    }
    Ok(())
}
