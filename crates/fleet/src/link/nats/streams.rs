//! The streams and consumers of a fleet. The controller makes them all, so that nobody else can choose what is heard.
//!
//! | stream | where | kept |
//! | --- | --- | --- |
//! | `DOWN` | at the hub, on three servers where there are several | [`DOWN_AGE_MAX`]: what is older was said again since |
//! | `UP-REGION` | in the region's domain, if its servers have one | [`UP_AGE_MAX`]: as long as an agent waits for its controller |
//!
//! A consumer acknowledges nothing: what gets lost is said again by whoever said it ([`crate::link`]).

use super::subjects::{self, ALL_DOWN, DOWN_STREAM, Whose};
use async_nats::jetstream::{
    Context, ErrorCode,
    consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull},
    context::{CreateStreamError, CreateStreamErrorKind},
    stream::{self, ConsumerError, ConsumerErrorKind, StorageType},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What is said to an agent and not heard for so long is of no use any more.
pub const DOWN_AGE_MAX: Duration = Duration::from_mins(2);
/// What an agent says is kept for so long.
pub const UP_AGE_MAX: Duration = Duration::from_mins(75);
/// A controller's consumer that nobody reads is removed after this.
const READER_FORGOTTEN_AFTER: Duration = Duration::from_mins(10);
/// Servers that keep what the hub keeps, where there are several.
const REPLICAS: usize = 3;
/// Nobody waits longer for what a server refuses.
const MAKE_MAX: Duration = Duration::from_secs(10);
/// While servers choose who leads they refuse everything, and say so. On machines with much else to do that takes several rounds.
const CHOOSING_MAX: Duration = Duration::from_secs(40);
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// A stream or a consumer that can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} can't be made: {said}")]
pub struct StreamError {
    /// Which.
    pub what: String,
    /// What the server said.
    pub said: String,
}

/// Makes the stream of what goes to agents.
///
/// # Errors
/// The server refuses, or doesn't answer.
pub async fn down(hub: &Context, clustered: bool) -> Result<(), StreamError> {
    let config = stream::Config {
        name: DOWN_STREAM.to_owned(),
        subjects: vec![ALL_DOWN.to_owned()],
        storage: StorageType::File,
        max_age: DOWN_AGE_MAX,
        num_replicas: if clustered { REPLICAS } else { 1 },
        ..stream::Config::default()
    };
    made("stream DOWN", async || Ok(hub.create_or_update_stream(config.clone()).await.map(drop)?)).await
}

/// Makes the consumer with which an agent hears what is said to it from now on.
///
/// # Errors
/// The server refuses, or doesn't answer.
pub async fn ear(hub: &Context, whose: &Whose) -> Result<(), StreamError> {
    let config = pull::Config {
        durable_name: Some(whose.agent().to_owned()),
        filter_subject: whose.all_down(),
        deliver_policy: DeliverPolicy::New,
        ack_policy: AckPolicy::None,
        ..pull::Config::default()
    };
    let make = async || Ok(hub.create_consumer_on_stream(config.clone(), DOWN_STREAM).await.map(drop)?);
    made(&format!("the consumer of agent {}", whose.agent()), make).await
}

/// Makes the stream of what the agents of a region say.
///
/// # Errors
/// The server refuses, or doesn't answer: the region may be cut off.
pub async fn up(at: &Context, region: &str) -> Result<(), StreamError> {
    let config = stream::Config {
        name: subjects::up_stream(region),
        subjects: vec![subjects::all_up(region)],
        storage: StorageType::File,
        max_age: UP_AGE_MAX,
        ..stream::Config::default()
    };
    let make = async || Ok(at.create_or_update_stream(config.clone()).await.map(drop)?);
    made(&format!("stream {}", config.name), make).await
}

/// Makes a consumer of everything that the agents of a region say to a run, from the first word.
///
/// # Errors
/// The server refuses, or doesn't answer.
pub async fn reader(at: &Context, region: &str, run: &str) -> Result<PullConsumer, String> {
    let config = pull::Config {
        name: Some(format!("controller-{run}")),
        filter_subject: subjects::up_of_run(region, run),
        ack_policy: AckPolicy::None,
        inactive_threshold: READER_FORGOTTEN_AFTER,
        ..pull::Config::default()
    };
    let made = at.create_consumer_on_stream(config, subjects::up_stream(region)).await;
    made.map_err(|error| crate::with_sources(&error))
}

/// Removes what the agents of a region have said to a run before message `sequence`: it was read, and they keep it until it is stored.
pub async fn forget(at: &Context, region: &str, run: &str, sequence: u64) {
    if let Ok(stream) = at.get_stream(subjects::up_stream(region)).await {
        // What can't be removed ends with its age.
        let _ = stream.purge().filter(subjects::up_of_run(region, run)).sequence(sequence).await;
    }
}

/// Removes what was said to and by the agents of a run: none of it may reach another one.
pub async fn purge(hub: &Context, agents: &[Whose], regions: &[(Context, String)], run: &str) {
    for (at, region) in regions {
        let stream = subjects::up_stream(region);
        // What can't be removed ends with its age, and carries its run's name in any case.
        let _ = at.delete_consumer_from_stream(format!("controller-{run}"), &stream).await;
        if let Ok(stream) = at.get_stream(&stream).await {
            let _ = stream.purge().filter(subjects::up_of_run(region, run)).await;
        }
    }
    if let Ok(stream) = hub.get_stream(DOWN_STREAM).await {
        for whose in agents {
            let _ = stream.purge().filter(whose.down(run, ">")).await;
        }
    }
}

/// What a server said to an attempt.
struct Refused {
    /// The servers have nobody who leads yet.
    choosing: bool,
    said: String,
}

impl Refused {
    fn new(code: Option<ErrorCode>, error: &dyn std::error::Error) -> Self {
        Self { choosing: code == Some(ErrorCode::CLUSTER_NOT_AVAILABLE), said: crate::with_sources(error) }
    }

    fn waits_at_most(&self) -> Duration {
        if self.choosing { CHOOSING_MAX } else { MAKE_MAX }
    }
}

impl From<CreateStreamError> for Refused {
    fn from(error: CreateStreamError) -> Self {
        let code = match error.kind() {
            CreateStreamErrorKind::JetStream(said) => Some(said.error_code()),
            _ => None,
        };
        Self::new(code, &error)
    }
}

impl From<ConsumerError> for Refused {
    fn from(error: ConsumerError) -> Self {
        let code = match error.kind() {
            ConsumerErrorKind::JetStream(said) => Some(said.error_code()),
            _ => None,
        };
        Self::new(code, &error)
    }
}

/// Tries again until it is made or the time is over.
async fn made(what: &str, make: impl AsyncFn() -> Result<(), Refused>) -> Result<(), StreamError> {
    let begun = Instant::now();
    loop {
        match make().await {
            Ok(()) => return Ok(()),
            Err(refused) if begun.elapsed() >= refused.waits_at_most() => {
                return Err(StreamError { what: what.to_owned(), said: refused.said });
            }
            Err(_) => sleep(AGAIN_AFTER).await,
        }
    }
}
