//! Who owns the messages of a run that goes on: takes what the run tells, makes messages of it, hands them to the hub, and answers
//! who asks. The run is on the other end of a queue, and never waits.

use super::live::{Ask, Judged, Welcome, headline};
use crate::{
    feed::Feed,
    hub::{Hub, WAITING_MAX},
    wire::{Gap, Message, PlanNews},
};
use record::Entry;
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::Instant,
};
use units::RunTime;
use verdict::Findings;

/// Entries that may wait to be made into messages: some seconds of a large run.
const NEWS_MAX: usize = 65_536;

/// What is told of a run.
#[derive(Debug)]
pub(crate) enum News {
    Entry(Box<Entry>),
    Tick(RunTime),
    Missed { from: RunTime, to: RunTime },
    Judged(Box<Findings>, Judged),
}

/// The run's end of the queue.
#[derive(Debug)]
pub struct Telling {
    news: mpsc::Sender<News>,
    now: RunTime,
    /// Since when something was missed, because the queue was full.
    missing: Option<RunTime>,
}

/// A queue for the news of a run.
pub(crate) fn telling() -> (Telling, mpsc::Receiver<News>) {
    let (news, told) = mpsc::channel(NEWS_MAX);
    (Telling { news, now: RunTime::START, missing: None }, told)
}

impl Telling {
    /// Something was recorded.
    pub fn entry(&mut self, entry: &Entry) {
        // Until the gap has its end, all is in it.
        if self.missing.is_none() && !self.tell(News::Entry(Box::new(entry.clone()))) {
            self.missing = Some(self.now);
        }
    }

    /// Time passes.
    pub fn tick(&mut self, now: RunTime) {
        if let Some(from) = self.missing
            && self.tell(News::Missed { from, to: now })
        {
            self.missing = None;
        }
        self.now = now;
        // The next one says more.
        let _ = self.tell(News::Tick(now));
    }

    /// The run is over and judged. Waits until all that was told before is taken in: nothing else goes on any more.
    pub fn judged(&mut self, findings: &Findings) {
        let news = News::Judged(Box::new(findings.clone()), Judged::of(findings));
        // The page may have ended.
        let _ = self.news.blocking_send(news);
    }

    /// Whether there was room for it. Where the page has ended, nobody misses it.
    fn tell(&self, news: News) -> bool {
        !matches!(self.news.try_send(news), Err(TrySendError::Full(_)))
    }
}

impl Judged {
    /// What the findings come to.
    pub(crate) fn of(findings: &Findings) -> Self {
        Self { verdict: headline(findings.summary.verdict), report: report::html::write(findings).into() }
    }
}

/// The owner of one run's messages.
pub(crate) struct Owner {
    feed: Feed,
    hub: Hub,
    /// As it was told last: a fault may be given while the run goes on.
    plan: Option<PlanNews>,
    /// Its name in addresses.
    run: String,
    /// Zero of the run's clock.
    run_start: Instant,
    judged: watch::Sender<Option<Judged>>,
}

impl Owner {
    pub(crate) fn new(feed: Feed, run: String, run_start: Instant, judged: watch::Sender<Option<Judged>>) -> Self {
        let mut owner = Self { feed, hub: Hub::new(WAITING_MAX), plan: None, run, run_start, judged };
        owner.tell_plan();
        owner
    }

    /// Until nobody asks any more.
    pub(crate) async fn own(mut self, mut told: mpsc::Receiver<News>, mut asked: mpsc::Receiver<Ask>) {
        let mut goes_on = true;
        loop {
            tokio::select! {
                news = told.recv(), if goes_on => match news {
                    Some(news) => self.take(news),
                    None => goes_on = false,
                },
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask),
                    None => return,
                },
            }
        }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Entry(entry) => self.feed.take(&entry),
            News::Tick(now) => {
                self.tell_plan();
                self.feed.tick(now).iter().for_each(|message| self.hub.publish(message));
            }
            News::Missed { from, to } => self.hub.publish(&Message::Gap(Gap {
                populations: (0..self.feed.plan().populations.len()).collect(),
                from: from.second(),
                to: Some(to.second() + 1),
                why: "more happened than this page could take; the recording has it".to_owned(),
            })),
            News::Judged(findings, judged) => {
                self.judged.send_replace(Some(judged));
                let messages = self.feed.judged(&findings, &report_address(&self.run));
                messages.iter().for_each(|message| self.hub.publish(message));
            }
        }
    }

    fn tell_plan(&mut self) {
        if self.plan.as_ref() != Some(self.feed.plan()) {
            self.plan = Some(self.feed.plan().clone());
            self.hub.publish(&Message::Plan(self.feed.plan().clone()));
        }
    }

    fn answer(&self, ask: Ask) {
        // Whoever asked may be gone.
        match ask {
            Ask::Join { after, reply } => {
                let now_us = RunTime::from(self.run_start.elapsed()).as_micros();
                let _ = reply.send(Welcome { joined: self.hub.join(after), now_us });
            }
            Ask::Series { range, reply } => {
                let _ = reply.send(self.feed.series(range.from, range.to, range.step));
            }
        }
    }
}

/// Where a run's report is.
pub(crate) fn report_address(run: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    format!("/api/v1/runs/{}/report.html", run.bytes().map(one).collect::<String>())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::hub::{Beginning, Frame};
    use record::{Event, EventKind, Recording};
    use std::{path::Path, sync::Arc, time::Duration};
    use tokio::{sync::oneshot, time::timeout};

    fn at(second: u64) -> RunTime {
        RunTime::from_micros(second * 1_000_000)
    }

    #[tokio::test]
    async fn what_could_not_be_taken_is_a_gap_and_the_run_did_not_wait() {
        let (mut telling, told) = telling();
        telling.tick(at(2));
        let entry = Entry::Event(Event::new(at(2), EventKind::Note, "test", "much"));
        (0..2 * NEWS_MAX).for_each(|_| telling.entry(&entry));
        telling.tick(at(3));
        let (asks, asked) = mpsc::channel(1);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../verdict/tests/recordings/good");
        let plan = Recording::read(&folder).unwrap().plan;
        let populations = (0..plan.populations.len()).map(|index| index.to_string()).collect::<Vec<_>>().join(",");
        let (judged, _) = watch::channel(None);
        let owner = Owner::new(Feed::new(plan, None), "run".to_owned(), Instant::now(), judged);
        let owning = tokio::spawn(owner.own(told, asked));
        let ask = async |after| {
            let (reply, answer) = oneshot::channel();
            asks.send(Ask::Join { after, reply }).await.unwrap();
            answer.await.unwrap().joined
        };
        let is_gap = |frame: &Arc<Frame>| frame.text.starts_with(b"event: gap");
        let gap_is_told = async {
            // The queue is full until some of it was taken.
            while telling.missing.is_some() {
                tokio::task::yield_now().await;
                telling.tick(at(5));
            }
            loop {
                let joined = ask(None).await;
                if joined.frames.iter().any(is_gap) {
                    return joined;
                }
                tokio::task::yield_now().await;
            }
        };
        let joined = timeout(Duration::from_secs(20), gap_is_told).await.expect("what was missed is told");
        assert_eq!(joined.beginning, Beginning::First);
        assert!(joined.frames[0].text.starts_with(b"event: plan\n"), "{:?}", joined.frames[0]);
        let gap = joined.frames.iter().find(|frame| is_gap(frame)).unwrap();
        let text = std::str::from_utf8(&gap.text).unwrap();
        assert!(text.contains(&format!(r#""populations":[{populations}],"from":2,"to":6"#)), "{text}");
        drop(asks);
        owning.await.unwrap();
    }

    #[test]
    fn the_report_is_where_the_run_is() {
        assert_eq!(report_address("a run/ü"), "/api/v1/runs/a%20run%2F%C3%BC/report.html");
    }
}
