//! The clocks of a fleet: an agent asks, every controller that is there answers.
//!
//! The agent asks often until it knows a clock well, then once a second: a step of either clock is noticed by the next exchange.
//! While no controller is there nobody answers; that costs a message a second. Several may answer (one carries a run out, another
//! only looks who is there), so each question has an inbox of its own and each machine's clock is known for itself.

use crate::{
    agent::{Clocks, KnownClock, KnownClocks},
    clock::{ClockFilter, ClockLimits, LocalReading, Reading as _, RemoteReading, Sample},
    link::nats::subjects::{ALL_CLOCKS, parse_own},
    message::{ClockAnswer, ClockSaid},
    monotonic,
};
use async_nats::{Client, Message, SubscribeError, connection::State};
use futures_util::StreamExt as _;
use rustix::time::{ClockId, clock_gettime};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant as Deadline, sleep_until},
};

/// Exchanges until a clock counts as known well.
const FIRST: u32 = 20;
const FIRST_EVERY: Duration = Duration::from_millis(100);
const EVERY: Duration = Duration::from_secs(1);
/// Questions that may still be answered; an answer to an older one says nothing that counts.
const QUESTIONS_MAX: usize = 16;
/// Clocks of so many machines are kept, those that were heard last.
const CLOCKS_MAX: usize = 4;

/// Clocks that are asked. Dropping it ends the asking.
#[derive(Debug)]
pub(super) struct Asking {
    clocks: Clocks,
    task: JoinHandle<()>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Asking {
    pub(super) fn clocks(&self) -> Clocks {
        self.clocks.clone()
    }

    /// As others are told.
    pub(super) fn said(&self) -> Vec<ClockSaid> {
        let now = now();
        let own = time_of_day() - i128::from(now);
        let said = |(boot, known): (&String, &KnownClock)| {
            let estimate = known.filter.estimate(LocalReading::from_nanos(now)).ok()?;
            let ahead = own - known.time_of_day - i128::from(estimate.offset.as_nanos());
            Some(ClockSaid {
                boot: boot.clone(),
                bound_ns: nanos(estimate.bound),
                round_trip_ns: nanos(known.round_trip),
                time_of_day_ns: i64::try_from(ahead).unwrap_or(i64::MAX),
            })
        };
        self.clocks.borrow().iter().filter_map(said).collect()
    }
}

/// Asks whoever answers to that subject.
pub(super) fn ask(client: Client, subject: String) -> Asking {
    let (tell, clocks) = watch::channel(KnownClocks::new());
    let task = tokio::spawn(async move {
        loop {
            // Ends only when it could not be subscribed, or the connection was closed for good.
            let _ = ask_on(&client, &subject, &tell).await;
            tokio::time::sleep(EVERY).await;
        }
    });
    Asking { clocks, task }
}

async fn ask_on(client: &Client, subject: &str, tell: &watch::Sender<KnownClocks>) -> Result<(), SubscribeError> {
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(format!("{inbox}.*")).await?;
    let mut questions: VecDeque<(u64, LocalReading)> = VecDeque::new();
    let (mut number, mut next) = (0_u64, Deadline::now());
    loop {
        tokio::select! {
            () = sleep_until(next) => {
                next = Deadline::now() + EVERY;
                if client.connection_state() != State::Connected {
                    continue;
                }
                number += 1;
                if questions.len() == QUESTIONS_MAX {
                    questions.pop_front();
                }
                questions.push_back((number, LocalReading::from_nanos(now())));
                // A question that isn't sent is not answered.
                let _ = client.publish_with_reply(subject.to_owned(), format!("{inbox}.{number}"), "".into()).await;
            }
            answer = answers.next() => {
                let received = LocalReading::from_nanos(now());
                let Some(answer) = answer else { return Ok(()) };
                if let Some((sample, answer)) = exchange(&answer, &questions, received) {
                    let mut is_learning = false;
                    tell.send_modify(|clocks| is_learning = take(clocks, sample, answer) < FIRST);
                    if is_learning {
                        next = next.min(Deadline::now() + FIRST_EVERY);
                    }
                }
            }
        }
    }
}

/// Which question was answered, and what that says.
fn exchange(
    answer: &Message,
    questions: &VecDeque<(u64, LocalReading)>,
    received: LocalReading,
) -> Option<(Sample, ClockAnswer)> {
    let number: u64 = answer.subject.rsplit('.').next()?.parse().ok()?;
    let (_, sent) = questions.iter().find(|(asked, _)| *asked == number)?;
    let answer: ClockAnswer = serde_json::from_slice(&answer.payload).ok()?;
    let remote = |nanos: u64| RemoteReading::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
    let (remote_received, remote_sent) = (remote(answer.received_ns), remote(answer.sent_ns));
    Some((Sample { sent: *sent, remote_received, remote_sent, received }, answer))
}

/// Takes an exchange in; gives how many there were with that clock.
fn take(clocks: &mut KnownClocks, sample: Sample, answer: ClockAnswer) -> u32 {
    let there = sample.remote_sent.as_nanos() - sample.remote_received.as_nanos();
    let round_trip = sample.received.as_nanos() - sample.sent.as_nanos() - there;
    let round_trip = Duration::from_nanos(u64::try_from(round_trip).unwrap_or_default());
    if !clocks.contains_key(&answer.boot) && clocks.len() == CLOCKS_MAX {
        let oldest = clocks.iter().min_by_key(|(_, known)| known.heard).map(|(boot, _)| boot.clone());
        oldest.and_then(|boot| clocks.remove(&boot));
    }
    let known = clocks.entry(answer.boot).or_insert_with(|| KnownClock {
        filter: ClockFilter::new(ClockLimits::default()),
        exchanges: 0,
        round_trip,
        time_of_day: 0,
        heard: Instant::now(),
    });
    // What can't be true says nothing; a step is forgotten about by the filter, and the bound shows it.
    if known.filter.feed(sample).is_ok() {
        known.exchanges = known.exchanges.saturating_add(1);
        known.round_trip = known.round_trip.min(round_trip);
        known.time_of_day = i128::from(answer.time_of_day_ns) - i128::from(answer.sent_ns);
        known.heard = Instant::now();
    }
    known.exchanges
}

/// Questions that are answered. Dropping it ends the answering.
#[derive(Debug)]
pub struct Answering {
    task: JoinHandle<()>,
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers the questions of all agents' clocks until it is dropped.
///
/// # Errors
/// The questions can't be subscribed to.
pub async fn answer(client: &Client) -> Result<Answering, SubscribeError> {
    let mut questions = client.subscribe(ALL_CLOCKS).await?;
    let (client, boot) = (client.clone(), monotonic::boot());
    let task = tokio::spawn(async move {
        while let Some(question) = questions.next().await {
            let received_ns = now().unsigned_abs();
            let Some(reply) = question.reply.filter(|_| parse_own(&question.subject).is_some()) else { continue };
            let time_of_day_ns = i64::try_from(time_of_day()).unwrap_or(i64::MAX);
            let answer = ClockAnswer { boot: boot.clone(), received_ns, sent_ns: now().unsigned_abs(), time_of_day_ns };
            let text = serde_json::to_vec(&answer).expect("messages are plain JSON");
            // It is asked again.
            let _ = client.publish(reply, text.into()).await;
        }
    });
    Ok(Answering { task })
}

/// Now, on this machine's monotonic clock, in nanoseconds.
fn now() -> i64 {
    i64::try_from(monotonic::now().as_nanos()).unwrap_or(i64::MAX)
}

/// The time of day, in nanoseconds since 1970: only for people.
fn time_of_day() -> i128 {
    let time = clock_gettime(ClockId::Realtime);
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
