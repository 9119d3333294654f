//! What the lab's processes say on their standard output, as events of the run.
//!
//! Health is understood, because findings count from it. Of everything else only that it happened is told, in words made
//! from the line itself: whoever teaches Chirp a new event needs no change here, and finds it in the report.

use crate::{LabEvent, process::Line};
use record::EventKind;
use serde_json::Value;
use tokio::sync::mpsc;
use units::RegionName;

/// Events that are told elsewhere, or are no news.
const NO_NEWS: [&str; 5] = ["", "ready", "serving", "defect", "stopping"];
/// Members that say when and who, which the event itself says already.
const KNOWN: [&str; 5] = ["event", "time_unix_us", "region", "edge", "kind"];

/// Tells what a process said, if it is news.
pub(crate) fn tell(line: &Line, regions: &[RegionName], source: &'static str, events: &mpsc::Sender<LabEvent>) {
    let Some((kind, text)) = news(line, regions) else { return };
    // Nobody listens when the run is over.
    let _ = events.try_send(LabEvent { at: line.at, kind, text, source });
}

fn news(line: &Line, regions: &[RegionName]) -> Option<(EventKind, String)> {
    let event = line.event();
    if NO_NEWS.contains(&event) {
        return None;
    }
    if event == "health" {
        return Some(health(line, regions));
    }
    let who = [line.text("edge"), line.text("region")].into_iter().find(|who| !who.is_empty()).unwrap_or("chirp");
    let about = if line.text("edge").is_empty() { "" } else { line.text("region") };
    let members = line.value.as_object().into_iter().flatten();
    let said: Vec<String> = members
        .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(key, value)| format!("{} {}", key.replace('_', " "), plain(value)))
        .collect();
    let mut text = format!("{who}: {}", event.replace(['_', '-'], " "));
    for part in [about.to_owned(), said.join(", ")].into_iter().filter(|part| !part.is_empty()) {
        text = format!("{text} {part}");
    }
    Some((EventKind::Note, text))
}

fn health(line: &Line, regions: &[RegionName]) -> (EventKind, String) {
    let region = RegionName::new(line.text("region"));
    let healthy = line.value.get("healthy").and_then(Value::as_bool).unwrap_or(false);
    let state = if healthy { "healthy" } else { "unhealthy" };
    let who = if line.text("edge").is_empty() { "health checks find" } else { line.text("edge") };
    let finds = if line.text("edge").is_empty() { "" } else { " finds" };
    let reason = line.text("reason");
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let text = format!("{who}{finds} {region} {state}{because}");
    // The steering in front of edges tells of their health, which is not a region's.
    let kind = if regions.contains(&region) { EventKind::HealthChanged { region, healthy } } else { EventKind::Note };
    (kind, text)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tokio::time::Instant;

    fn said(value: Value) -> Option<(EventKind, String)> {
        news(&Line { at: Instant::now(), value }, &[RegionName::new("eu-west-1")])
    }

    #[test]
    fn what_happens_in_chirp_is_told_in_its_own_words() {
        let health = |region: &str| json!({"event": "health", "region": region, "healthy": false, "reason": "refused"});
        let mut of_edge = health("eu-west-1");
        of_edge["edge"] = json!("edge-us-east-1");
        let unhealthy = EventKind::HealthChanged { region: RegionName::new("eu-west-1"), healthy: false };
        let cases = [
            (json!({"event": "ready", "region": "eu-west-1", "listen": "127.2.0.1:7400"}), None),
            (json!("no event"), None),
            (health("eu-west-1"), Some((unhealthy.clone(), "health checks find eu-west-1 unhealthy: refused"))),
            (of_edge, Some((unhealthy, "edge-us-east-1 finds eu-west-1 unhealthy: refused"))),
            (health("edge-eu-west-1"), Some((EventKind::Note, "health checks find edge-eu-west-1 unhealthy: refused"))),
            (
                json!({"event": "writer", "region": "eu-west-1", "partition": 0, "epoch": 3, "time_unix_us": 1}),
                Some((EventKind::Note, "eu-west-1: writer partition 0, epoch 3")),
            ),
            (
                json!({"event": "ejected", "edge": "edge-a", "region": "eu-west-1", "for_ms": 2000, "reason": "late"}),
                Some((EventKind::Note, "edge-a: ejected eu-west-1 for ms 2000, reason late")),
            ),
            (
                json!({"event": "read-only", "partition": "all", "region": "eu-west-1", "read_only": true}),
                Some((EventKind::Note, "eu-west-1: read only partition all, read only true")),
            ),
            (
                json!({"event": "breaker", "region": "eu-west-1", "provider": "mail", "state": "open", "time_unix_us": 1}),
                Some((EventKind::Note, "eu-west-1: breaker provider mail, state open")),
            ),
            (
                json!({"event": "postgres_writer", "region": "eu-west-1", "epoch": 2}),
                Some((EventKind::Note, "eu-west-1: postgres writer epoch 2")),
            ),
            (
                json!({"event": "postgres_standby", "region": "eu-west-1", "of": "us-east-1", "epoch": 2}),
                Some((EventKind::Note, "eu-west-1: postgres standby of us-east-1, epoch 2")),
            ),
            (
                json!({"event": "discarded", "region": "eu-west-1", "writes": 7, "more": false}),
                Some((EventKind::Note, "eu-west-1: discarded writes 7, more false")),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(said(line.clone()), expected.map(|(kind, text)| (kind, text.to_owned())), "{line}");
        }
    }
}
