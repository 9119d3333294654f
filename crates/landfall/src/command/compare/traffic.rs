//! What goes between regions: bytes from the relay's counters, requests from Chirp's own metrics, sampled all along, so that
//! the baseline's share can be told afterwards. A dead region loses its counters; the baseline ends before that.

use compare::run::Traffic;
use fault::{ChirpPorts, Door, LinkBytes, RelayPort, RelayRequest};
use lab::Lab;
use plan::resolved::ResolvedPlan;
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use units::RunTime;
use verdict::findings::Span;

const EVERY: Duration = Duration::from_secs(1);
const ANSWER_WITHIN: Duration = Duration::from_millis(900);
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// Samples at most: an hour's.
const SAMPLES_MAX: usize = 3_600;

/// Counters at one instant.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    at: RunTime,
    links: Vec<LinkBytes>,
    /// `None`: somebody did not answer.
    requests: Option<u64>,
}

/// Takes samples until it is stopped.
pub(super) struct Sampler {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Vec<Sample>>,
}

impl Sampler {
    /// Starts to watch a lab.
    pub(super) fn start(lab: &Lab, plan: &ResolvedPlan, run_start: Instant) -> Self {
        let relay = (plan.regions.len() > 1).then(|| lab.relay());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(watch(relay, servers(&lab.chirp(), plan), run_start, stopped));
        Self { stop, task }
    }

    /// The samples.
    pub(super) async fn stop(self) -> Result<Vec<Sample>, String> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.task.await.map_err(|error| format!("the traffic was not sampled: {error}"))
    }
}

/// A process that counts requests to other regions: where it is asked, and at which region's place it is if it is an edge.
type Server = (Door, Option<String>);

/// The regions, then the edges of each.
fn servers(chirp: &ChirpPorts, plan: &ResolvedPlan) -> Vec<Server> {
    let regions = chirp.users.iter().map(|address| (chirp.door(*address), None));
    let places = plan.regions.iter().map(|region| region.name.to_string()).zip(&chirp.doors);
    let doors = places.flat_map(|(place, doors)| doors.iter().map(move |door| (*door, place.clone())));
    let edges = doors.filter(|(door, _)| !chirp.users.contains(door));
    regions.chain(edges.map(|(door, place)| (chirp.door(door), Some(place)))).collect()
}

async fn watch(
    relay: Option<RelayPort>,
    servers: Vec<Server>,
    run_start: Instant,
    mut stopped: oneshot::Receiver<()>,
) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while samples.len() < SAMPLES_MAX {
        tokio::select! {
            _ = &mut stopped => break,
            _ = ticks.tick() => {}
        }
        let at = RunTime::from(run_start.elapsed());
        let links = match &relay {
            None => Some(Vec::new()),
            Some(relay) => passed(relay).await,
        };
        let mut requests = Some(0);
        for (door, place) in &servers {
            let counted = metrics(door).await.map(|text| cross_region_requests(&text, place.as_deref()));
            requests = requests.zip(counted).map(|(sum, more)| sum + more);
        }
        samples.extend(links.map(|links| Sample { at, links, requests }));
    }
    samples
}

async fn passed(relay: &RelayPort) -> Option<Vec<LinkBytes>> {
    let (reply, answer) = oneshot::channel();
    relay.send(RelayRequest::Traffic { reply }).await.ok()?;
    answer.await.ok()?.ok()
}

/// A process's metrics; `None`: it doesn't answer.
async fn metrics(door: &Door) -> Option<String> {
    let exchange = async {
        let mut stream = door.open().await?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: chirp.test\r\nconnection: close\r\n\r\n").await?;
        let mut text = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut text).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&text).into_owned())
    };
    timeout(ANSWER_WITHIN, exchange).await.ok()?.ok()
}

/// Requests to other regions: what a region counts itself, and what an edge sent to regions elsewhere than at its place.
fn cross_region_requests(text: &str, place: Option<&str>) -> u64 {
    let counted = |line: &&str| match place {
        None => line.starts_with("chirp_cross_region_requests_total{"),
        Some(place) => line.starts_with("chirp_edge_attempts_total{") && !line.contains(&format!("region=\"{place}\"")),
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.trim().parse::<f64>().ok());
    text.lines().filter(counted).filter_map(value).map(|value| value.max(0.0) as u64).sum()
}

/// What went between regions in the baseline.
pub(super) fn between_regions(
    samples: &[Sample],
    baseline: Option<Span>,
    plan: &ResolvedPlan,
) -> Result<Traffic, String> {
    let Some(baseline) = baseline else { return Err("there was no baseline".to_owned()) };
    let mut within = samples.iter().filter(|sample| baseline.from <= sample.at && sample.at < baseline.to);
    let (Some(first), Some(last)) = (within.next(), within.next_back()) else {
        return Err("too few samples of the traffic".to_owned());
    };
    let mut sent_bytes: BTreeMap<String, u64> = BTreeMap::new();
    for link in &last.links {
        let before = first.links.iter().find(|before| (before.from, before.to) == (link.from, link.to));
        let (forward, backward) = before.map_or((0, 0), |before| (before.forward, before.backward));
        for (region, bytes) in
            [(link.from, link.forward.saturating_sub(forward)), (link.to, link.backward.saturating_sub(backward))]
        {
            let name = plan.regions.get(region).map_or_else(|| region.to_string(), |region| region.name.to_string());
            *sent_bytes.entry(name).or_default() += bytes;
        }
    }
    Ok(Traffic {
        window: last.at.saturating_since(first.at),
        sent_bytes,
        requests: requests(samples, baseline, first, last),
    })
}

/// Requests in the window, from the first and the last sample of it in which everybody answered: what passed between them,
/// extended to the whole window, for one slow answer must not cost the figure. `None`: that was less than half of it.
fn requests(samples: &[Sample], baseline: Span, first: &Sample, last: &Sample) -> Option<u64> {
    let counted = |sample: &&Sample| baseline.contains(sample.at) && sample.requests.is_some();
    let (begin, end) = (samples.iter().find(counted)?, samples.iter().rfind(counted)?);
    let window = last.at.saturating_since(first.at).as_secs_f64();
    let seen = end.at.saturating_since(begin.at).as_secs_f64();
    if seen <= 0.0 || seen < window / 2.0 {
        return None;
    }
    let passed = end.requests?.saturating_sub(begin.requests?);
    Some((passed as f64 * window / seen).round() as u64)
}

#[cfg(test)]
mod tests;
