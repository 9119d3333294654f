//! Reads a consumer's messages, whatever happens to connections and servers meanwhile.
//!
//! A stream of messages that ends or fails is thrown away, and a new one is made; a server that says nothing, not even that it is
//! there, has failed after twice [`HEARTBEAT`].

use super::{streams, subjects::DOWN_STREAM};
use async_nats::jetstream::{Context, ErrorCode, Message, consumer::PullConsumer, stream::ConsumerErrorKind};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::sleep,
};

/// Messages that may wait for whoever reads.
const QUEUE_MAX: usize = 64;
/// Messages that a server may send without being asked again.
const ASKED_MAX: usize = 64;
/// How long a question is good for: also how long a server may think that a reader is there which is gone.
const EXPIRES: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(2);
const AGAIN_MIN: Duration = Duration::from_millis(100);
const AGAIN_MAX: Duration = Duration::from_secs(2);

/// What is read.
#[derive(Debug, Clone)]
pub enum Source {
    /// What is said to an agent: its consumer of `DOWN`, which a controller has made.
    Ear {
        /// The hub's streams.
        hub: Context,
        /// The agent's name.
        agent: String,
    },
    /// What the agents of a region say to a run: a consumer that is made here.
    Region {
        /// The region's streams.
        at: Context,
        /// The region's name.
        region: String,
        /// The run.
        run: String,
    },
}

/// Whether anything can be heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearing {
    /// What is said is heard.
    Open,
    /// The hub is reached, and no controller has spoken to this agent yet.
    Unasked,
    /// The hub is not reached, for this reason.
    Cut(String),
}

/// Messages that are read. Dropping it ends the reading.
#[derive(Debug)]
pub struct Reading {
    /// The messages.
    pub messages: mpsc::Receiver<Message>,
    /// Whether anything can be heard.
    pub hearing: watch::Receiver<Hearing>,
    task: JoinHandle<()>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Source {
    async fn open(&self) -> Result<PullConsumer, Hearing> {
        match self {
            Self::Ear { hub, agent } => hub.get_consumer_from_stream(agent, DOWN_STREAM).await.map_err(|error| {
                let nothing = [ErrorCode::CONSUMER_NOT_FOUND, ErrorCode::STREAM_NOT_FOUND];
                match error.kind() {
                    ConsumerErrorKind::JetStream(said) if nothing.contains(&said.error_code()) => Hearing::Unasked,
                    _ => Hearing::Cut(crate::with_sources(&error)),
                }
            }),
            Self::Region { at, region, run } => streams::reader(at, region, run).await.map_err(Hearing::Cut),
        }
    }

    /// How many questions for an agent's messages wait at the hub: more than none while nobody asks here means that another agent
    /// of this name is there. `None`: nobody can say.
    pub async fn asked(&self) -> Option<usize> {
        let mut consumer = self.open().await.ok()?;
        Some(consumer.info().await.ok()?.num_waiting)
    }
}

/// Reads from that source until it is dropped.
#[must_use]
pub fn read(source: Source) -> Reading {
    let (sender, messages) = mpsc::channel(QUEUE_MAX);
    let (tell, hearing) = watch::channel(Hearing::Cut("not connected yet".to_owned()));
    let task = tokio::spawn(async move {
        let mut again = AGAIN_MIN;
        loop {
            let ended = match source.open().await {
                Ok(consumer) => {
                    tell.send_replace(Hearing::Open);
                    again = AGAIN_MIN;
                    match pass_on(&consumer, &sender).await {
                        Some(why) => Hearing::Cut(why),
                        None => return,
                    }
                }
                Err(hearing) => hearing,
            };
            tell.send_replace(ended);
            sleep(again).await;
            again = (again * 2).min(AGAIN_MAX);
        }
    });
    Reading { messages, hearing, task }
}

/// Passes messages on until something fails: why. `None`: nobody wants them any more.
async fn pass_on(consumer: &PullConsumer, sender: &mpsc::Sender<Message>) -> Option<String> {
    let asking = consumer.stream().max_messages_per_batch(ASKED_MAX).expires(EXPIRES).heartbeat(HEARTBEAT);
    let mut stream = match asking.messages().await {
        Ok(stream) => stream,
        Err(error) => return Some(crate::with_sources(&error)),
    };
    loop {
        match stream.next().await {
            Some(Ok(message)) => sender.send(message).await.ok()?,
            Some(Err(error)) => return Some(crate::with_sources(&error)),
            None => return Some("the server sends nothing more".to_owned()),
        }
    }
}
