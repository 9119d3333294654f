//! Updates that collide on purpose: `chirp conflicts` makes them at two regions of the lab while it is still up, and says
//! which of them are left.

use compare::run::Collision;
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Known pairs, a quiet time, a few reads.
const WITHIN: Duration = Duration::from_secs(45);

/// Makes updates collide in a lab with that configuration.
pub(super) async fn provoke(config: &Path) -> Result<Vec<Collision>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let child = Command::new(program)
        .args(["chirp", "conflicts", "--json", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = timeout(WITHIN, child).await.map_err(|_| "collisions were not settled in time".to_owned())?;
    let output = output.map_err(|error| format!("collisions could not be made: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match read(&text) {
        Some(collisions) if !collisions.is_empty() => Ok(collisions),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
            Err(format!("collisions could not be made: {first}"))
        }
    }
}

/// What the tool said: a list of kinds, by itself or as a member of an object.
fn read(text: &str) -> Option<Vec<Collision>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let kinds = value.as_array().or_else(|| value.as_object()?.values().find_map(Value::as_array))?;
    kinds.iter().map(collision).collect()
}

fn collision(kind: &Value) -> Option<Collision> {
    let number = |key: &str| kind.get(key).and_then(Value::as_u64);
    let text = |key: &str| kind.get(key).and_then(Value::as_str).map(str::to_owned);
    let updates = number("acknowledged")?;
    Some(Collision {
        kind: text("kind")?,
        updates,
        lost: updates.saturating_sub(number("survived")?),
        resolution: text("kept").unwrap_or_default(),
    })
}
