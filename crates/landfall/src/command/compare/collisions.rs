//! Updates that collide on purpose: `chirp conflicts` makes them at two regions of the lab while it is still up, and says
//! which of them are left.

use compare::run::Collision;
use serde::Deserialize;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Known pairs, the quiet before and after, for each of which the tool waits a minute, and reads.
const WITHIN: Duration = Duration::from_secs(150);

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
    if output.status.success() {
        return read(&text).map_err(|why| format!("collisions could not be judged: {why}"));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it said nothing");
    Err(format!("collisions could not be made: {first}"))
}

/// What the tool said. Its format is Chirp's, which shares no code with this: `sample.json` is what it printed once, and a
/// test of real processes compares the two.
#[derive(Debug, Deserialize)]
struct Said {
    /// Whether all regions had told each other everything before it was looked.
    quiet: bool,
    rows: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    kind: String,
    pairs: u64,
    acknowledged: u64,
    survived: u64,
    superseded: u64,
    lost: u64,
    refused: u64,
    unknown: u64,
    agreed: u64,
}

/// The collisions that the tool tells of.
fn read(text: &str) -> Result<Vec<Collision>, String> {
    let said: Said = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !said.quiet {
        return Err("the regions were not quiet in time".to_owned());
    }
    // A kind of which nothing was acknowledged tells nothing.
    Ok(said.rows.into_iter().filter(|kind| kind.acknowledged > 0).map(collision).collect())
}

fn collision(kind: Kind) -> Collision {
    let counted =
        [(kind.survived, "kept"), (kind.superseded, "replaced"), (kind.refused, "refused"), (kind.unknown, "unknown")];
    let mut parts: Vec<String> =
        counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    if kind.agreed < kind.pairs {
        parts.push(format!("regions differ about {}", kind.pairs - kind.agreed));
    }
    Collision { kind: kind.kind, updates: kind.acknowledged, lost: kind.lost, resolution: parts.join(", ") }
}

#[cfg(test)]
mod tests;
