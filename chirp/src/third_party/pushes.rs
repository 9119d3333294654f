//! Push notifications: after a post, apart from it, and never in its way.
//!
//! ```text
//!   post is durable ──▶ queue (with a limit; full: dropped) ──▶ workers (so many at a time)
//!                                                                 │ a page of followers, one call
//!                                                                 ▼
//!                                  wait for the provider, until the notification is too old: dropped
//! ```
//!
//! Offering a post to the queue never waits: a full queue drops its notifications and counts them. That is
//! the bound on what a dead provider can cost: `push_queue_max` posts of memory and `push_workers` tasks.
//! A worker keeps its post while the provider is away and tries again, after a growing wait or when a
//! breaker lets it; after `push_patience` the notification is stale and is dropped.
//!
//! **At most once per process life.** The queue is in memory: what waits in it when the process dies is
//! not sent. The region that took the post sends its notifications, so the world sends them once; a call
//! whose answer was lost is repeated with the same post id, and the provider tells nobody twice.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::dependency::Unavailable;
use super::protocol::{PushAnswer, PushQuestion};
use super::{ThirdParties, ThirdPartyMetrics};
use crate::condition::{Condition, Conditions};
use crate::config::ThirdPartyConfig;
use crate::names::UserName;
use crate::stop::Stop;

/// Followers told with one call, and read with one read.
pub(crate) const FOLLOWERS_PER_CALL: usize = 100;
/// How long one page may take with all its retries before the worker pauses.
const PAGE_DEADLINE: Duration = Duration::from_secs(2);
/// The shortest and the longest pause of a worker whose provider is away.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A post whose followers are to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushJob {
    /// Its id.
    pub(crate) post: String,
    /// Who wrote it.
    pub(crate) author: UserName,
    /// What it says.
    pub(crate) text: String,
}

/// Who follows; the region's storage, as far as pushes are concerned.
pub(crate) trait Audience: Send + Sync + 'static {
    /// The next followers by name, at most [`FOLLOWERS_PER_CALL`]; none when there are no more. The error
    /// is for people.
    fn followers(
        &self,
        of: &UserName,
        after: Option<String>,
    ) -> impl Future<Output = Result<Vec<String>, String>> + Send;
}

/// Where posts are offered.
#[derive(Clone, Debug)]
pub(crate) struct PushQueue {
    conditions: Conditions,
    jobs: mpsc::Sender<(PushJob, Instant)>,
    metrics: ThirdPartyMetrics,
}

/// The other end of the queue.
#[derive(Debug)]
pub(crate) struct PushReceiver(mpsc::Receiver<(PushJob, Instant)>);

impl PushQueue {
    /// An empty queue.
    pub(crate) fn new(
        config: &ThirdPartyConfig,
        metrics: &ThirdPartyMetrics,
        conditions: &Conditions,
    ) -> (Self, PushReceiver) {
        let (jobs, receiver) = mpsc::channel(config.push_queue_max);
        (Self { conditions: conditions.clone(), jobs, metrics: metrics.clone() }, PushReceiver(receiver))
    }

    /// Takes a post, or drops and counts it. Never waits.
    pub(crate) fn offer(&self, job: PushJob) {
        if self.conditions.strikes(Condition::PushesDropped).is_some() {
            return; // Forgotten: nobody counts it.
        }
        if self.conditions.strikes(Condition::PushesRepeated).is_some() {
            self.enqueue(job.clone());
        }
        self.enqueue(job);
    }

    fn enqueue(&self, job: PushJob) {
        if self.jobs.try_send((job, Instant::now())).is_ok() {
            self.metrics.push_queue().inc();
        } else {
            self.metrics.count_push("dropped_full");
        }
    }
}

/// Sends what is in the queue until `stop`.
pub(crate) async fn run<A: Audience>(
    third_parties: Arc<ThirdParties>,
    audience: Arc<A>,
    receiver: PushReceiver,
    stop: Stop,
) {
    let PushReceiver(mut jobs) = receiver;
    let workers = Arc::new(Semaphore::new(third_parties.config.push_workers));
    let mut sending = tokio::task::JoinSet::new();
    loop {
        let next = async {
            let worker = Arc::clone(&workers).acquire_owned().await.expect("the semaphore is never closed");
            jobs.recv().await.map(|job| (worker, job))
        };
        let next = tokio::select! {
            () = stop.requested() => break,
            next = next => next,
        };
        let Some((worker, (job, offered))) = next else { break };
        third_parties.metrics.push_queue().dec();
        let (third_parties, audience) = (Arc::clone(&third_parties), Arc::clone(&audience));
        sending.spawn(async move {
            let outcome = third_parties.push(&*audience, &job, offered + third_parties.config.push_patience).await;
            third_parties.metrics.count_push(outcome);
            drop(worker);
        });
        while sending.try_join_next().is_some() {}
    }
    let lost = jobs.len() + sending.len();
    if lost > 0 {
        tracing::warn!(posts = lost, "stopping; the notifications of these posts are not sent");
    }
}

impl ThirdParties {
    /// Tells all followers of a post, until it is too late. Answers the outcome for the metrics.
    async fn push(&self, audience: &impl Audience, job: &PushJob, expires: Instant) -> &'static str {
        let mut told: Option<String> = None;
        let mut failures = 0;
        while Instant::now() < expires {
            let page = match audience.followers(&job.author, told.clone()).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(error, "cannot read followers");
                    failures += 1;
                    self.pause(failures, expires).await;
                    continue;
                }
            };
            let Some(last) = page.last().cloned() else { return "sent" };
            match self.push_page(job, page, expires).await {
                Ok(()) | Err(Unavailable::NoProvider) => {
                    told = Some(last);
                    failures = 0;
                }
                Err(Unavailable::Refused { status }) => {
                    tracing::warn!(status, post = job.post, "the notifications of a post were refused");
                    return "refused";
                }
                Err(error) => {
                    tracing::debug!(%error, post = job.post, "notifications wait");
                    failures += 1;
                    self.pause(failures, expires).await;
                }
            }
        }
        "dropped_late"
    }

    async fn push_page(&self, job: &PushJob, to: Vec<String>, expires: Instant) -> Result<(), Unavailable> {
        let question =
            PushQuestion { post: job.post.clone(), from: job.author.to_string(), text: job.text.clone(), to };
        let body = Bytes::from(serde_json::to_vec(&question).expect("questions have text keys only"));
        let deadline = (Instant::now() + PAGE_DEADLINE).min(expires);
        let _: PushAnswer = self.pushes.ask(body, deadline).await?;
        Ok(())
    }

    /// Waits for a breaker that is open, else longer with each failure; never beyond `expires`.
    async fn pause(&self, failures: u32, expires: Instant) {
        let growing = PAUSE_MIN.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX);
        let until = self.pushes.closed_until().unwrap_or_else(|| Instant::now() + growing);
        tokio::time::sleep_until(until.max(Instant::now() + PAUSE_MIN).min(expires)).await;
    }
}
