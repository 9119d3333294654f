//! `chirp conflicts`: writes known pairs of concurrent updates to a running deployment, waits until the
//! regions have told each other everything, and says which acknowledged updates are still there.
//!
//! ```text
//!   make users and posts ─▶ quiet ─▶ stop replication ─▶ both updates of each pair, one region each
//!        ─▶ let it go on ─▶ quiet ─▶ read every pair in every region ─▶ one row per kind
//! ```
//!
//! **Concurrent for certain.** Where every region writes and an acknowledgement waits for no other region,
//! replication is stopped for the moment of the writes: neither can have seen the other, and the second
//! begins after the first was acknowledged, so that "the later one" means something. Where a write needs
//! other regions (one writer, `remote`, `quorum`) that would stop the writes, too; then both are sent at
//! the same moment, and which is later is not claimed.
//!
//! **Quiet** is known, not slept for: each region is given a user, and when every region knows all of them
//! it has read everything that was written before. All waits are bounded; what did not come in time is
//! said.

mod judge;
mod kind;
mod report;
mod talk;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::time::Instant;

use crate::config::{Config, Model};
use crate::durability::Durability;
use crate::error::Error;
use crate::wall_clock::unix_micros;

use judge::{Fate, Outcome, judge};
use kind::{Kind, Subject};
use report::{Report, Row};
use talk::Talk;

/// How long regions may take to tell each other everything.
const QUIET_MAX: Duration = Duration::from_secs(60);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// Arguments of `conflicts`.
#[derive(Debug, Args)]
pub struct ConflictsArguments {
    /// The configuration of the deployment, which must be running.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// How many pairs of each kind.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) pairs: u32,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A pair of updates: whom it is about, and what became of each.
struct Pair {
    kind: Kind,
    subject: Subject,
    /// Indexes into the regions that serve: where the first and the second update are written.
    places: [usize; 2],
    outcomes: [Outcome; 2],
}

/// Drives the pairs; answers what to print.
pub(crate) async fn run(config: &Config, pairs: u32, as_json: bool) -> Result<String, Error> {
    let mut talk = Talk::with_serving(config).await?;
    let (behind, ahead) = talk.extremes();
    let mut pairs = prepare(&mut talk, behind, ahead, pairs).await;
    let mut quiet = barrier(&mut talk, "before").await;
    let can_stop = config.deployment.model == Model::ActiveActive && config.durability == Durability::Local;
    let stopped = can_stop && talk.count() > 1 && talk.set_replication_stopped(true).await;
    for pair in pairs.iter_mut().filter(|pair| !pair.kind.is_sequential()) {
        write_pair(&mut talk, pair, stopped).await;
    }
    if can_stop {
        talk.set_replication_stopped(false).await;
    }
    for pair in pairs.iter_mut().filter(|pair| pair.kind.is_sequential()) {
        quiet &= write_in_sequence(&mut talk, pair).await;
    }
    quiet &= barrier(&mut talk, "after").await;
    let rows = Kind::ALL.map(|kind| Row::new(kind.name(), kind.description()));
    let mut report = Report {
        model: config.deployment.model.name(),
        resolver: config.data.resolver.name(),
        durability: config.durability.name(),
        regions: talk.names(),
        behind: talk.name(behind),
        ahead: talk.name(ahead),
        clock_skew_ms: talk.offset_ms(ahead) - talk.offset_ms(behind),
        replication_stopped: stopped,
        quiet,
        rows: rows.to_vec(),
    };
    for pair in &pairs {
        let (visible, agree) = read_everywhere(&mut talk, pair).await;
        let ordered = stopped || pair.kind.is_sequential();
        let fates = judge(pair.kind, config.data.resolver, pair.outcomes, visible, ordered);
        report.add(pair.kind.name(), fates, agree);
    }
    Ok(if as_json { report.json() } else { report.text() })
}

/// Makes the users and posts that the pairs are about.
async fn prepare(talk: &mut Talk, behind: usize, ahead: usize, count: u32) -> Vec<Pair> {
    let run = unix_micros();
    let mut pairs = Vec::new();
    for kind in Kind::ALL {
        for number in 0..count {
            let user = format!("c-{run:x}-{}-{number}", kind.name());
            let other = format!("{user}-b");
            for name in [&user, &other] {
                let made = json!({ "display_name": "before" });
                talk.insist(behind, "PUT", &format!("/v1/users/{name}"), Some(made)).await;
            }
            let post = json!({ "author": user, "text": "before" });
            let made = talk.insist(behind, "POST", "/v1/posts", Some(post)).await;
            let post = made.and_then(|post| post["id"].as_str().map(str::to_owned)).unwrap_or_default();
            let places = if kind.second_is_behind() || number % 2 == 1 { [ahead, behind] } else { [behind, ahead] };
            let subject = Subject { user, other, post };
            pairs.push(Pair { kind, subject, places, outcomes: [Outcome::Unknown; 2] });
        }
    }
    pairs
}

async fn write_pair(talk: &mut Talk, pair: &mut Pair, ordered: bool) {
    let [first, second] = pair.kind.steps(&pair.subject);
    pair.outcomes = if ordered || pair.places[0] == pair.places[1] {
        [talk.write(pair.places[0], &first).await, talk.write(pair.places[1], &second).await]
    } else {
        talk.write_both(pair.places, [&first, &second]).await
    };
}

/// The second update is written when its region has seen the first; answers whether it has in time.
async fn write_in_sequence(talk: &mut Talk, pair: &mut Pair) -> bool {
    let [first, second] = pair.kind.steps(&pair.subject);
    pair.outcomes[0] = talk.write(pair.places[0], &first).await;
    let began = Instant::now();
    let mut seen = false;
    while pair.outcomes[0] == Outcome::Acknowledged && !seen && began.elapsed() < QUIET_MAX {
        seen = look(talk, pair.places[1], pair).await.0[0];
        if !seen {
            tokio::time::sleep(LOOK).await;
        }
    }
    pair.outcomes[1] = talk.write(pair.places[1], &second).await;
    seen
}

/// Waits until every region has read everything; answers whether that came to be in time.
async fn barrier(talk: &mut Talk, name: &str) -> bool {
    let run = unix_micros();
    let mark = |region: usize| format!("/v1/users/q-{run:x}-{name}-{region}");
    for region in 0..talk.count() {
        talk.insist(region, "PUT", &mark(region), Some(json!({ "bio": "read everything" }))).await;
    }
    let began = Instant::now();
    loop {
        let mut missing = 0;
        for region in 0..talk.count() {
            for other in 0..talk.count() {
                missing += usize::from(talk.get(region, &mark(other)).await.is_none());
            }
        }
        if missing == 0 || began.elapsed() >= QUIET_MAX {
            return missing == 0;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Which of the two updates every region shows, and whether all regions show the same.
async fn read_everywhere(talk: &mut Talk, pair: &Pair) -> ([bool; 2], bool) {
    let (mut visible, first) = look(talk, 0, pair).await;
    let mut agree = true;
    for region in 1..talk.count() {
        let (shown, state) = look(talk, region, pair).await;
        visible = [visible[0] && shown[0], visible[1] && shown[1]];
        agree &= state == first;
    }
    (visible, agree)
}

/// What one region shows of a pair.
async fn look(talk: &mut Talk, region: usize, pair: &Pair) -> ([bool; 2], Vec<Option<serde_json::Value>>) {
    let mut state = Vec::new();
    for path in pair.kind.paths(&pair.subject) {
        state.push(talk.get(region, &path).await);
    }
    (pair.kind.visible(&pair.subject, &state), state)
}

#[cfg(test)]
mod tests;
